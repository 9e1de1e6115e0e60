// `backtest`: which alerts of a ledger's history other rules would have raised, withdrawn or moved, and by which term.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "apps/backtest.h"
#include "apps/commands.h"
#include "apps/config_command.h"
#include "apps/desk.h"
#include "apps/exit_codes.h"
#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

/// A folder of this process, gone with it.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& parent)
      : path_((parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent)) / ("brushwatch-backtest-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_, code_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] Result<std::string> path() const {
    if (code_) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot make the folder for the states; --work names another place", code_.value()).in(path_.string()));
    return path_.string();
  }

 private:
  std::filesystem::path path_;
  std::error_code code_;
};

Result<int> compare(const Operators& operators, const BacktestCommand& command, BacktestOptions options) {
  if (!command.from.empty()) {
    BW_ASSIGN(options.from, parse_moment(command.from));
  }
  if (!command.to.empty()) {
    BW_ASSIGN(options.to, parse_moment(command.to));
  }
  const WorkFolder work(command.work);
  BW_ASSIGN(options.work, work.path());
  ProgressLine line(command.quiet);
  options.on_progress = [&](double share, std::uint64_t rounds, EventTime at) {
    if (line.due()) line.show(fmt::format("backtest  {:5.1f} %  {} rounds  {}", share * 100, grouped(rounds), format_time(at)));
  };
  options.stop = stop_requested;
  auto report = backtest(operators, options);
  line.clear();
  if (!report) return tl::unexpected<Error>(std::move(report.error()));
  if (!report->complete) {
    std::fprintf(stderr, "brushwatch: stopped before the end: nothing was compared\n");
    return kExitInterrupted;
  }
  std::printf("%s\n", (command.json ? backtest_json(*report, options) : backtest_text(*report)).c_str());
  return report->shifts.empty() ? kExitOk : kExitFindings;
}

}  // namespace

int backtest_command(const BacktestCommand& command) {
  const Operators operators;
  const RuleBook book(operators);
  BacktestOptions options;
  options.ledger = command.ledger;
  options.threads = command.threads;
  options.memory_bytes = static_cast<std::size_t>(command.memory_mib) << 20;
  std::vector<ConfigProblem> problems;
  auto file = read_rule_file(command.rules, book, problems);
  if (!file) return report_problems(problems, file.error(), command.json);
  options.proposed = std::move(*file);
  auto done = compare(operators, command, std::move(options));
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
