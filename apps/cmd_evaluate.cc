// `evaluate`: worlds through the whole pipeline, and what the verdicts are worth beside the truth.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "apps/commands.h"
#include "apps/evaluation.h"
#include "apps/exit_codes.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "evaluate/report.h"
#include "evaluate/suite.h"

namespace brushwatch::app {
namespace {

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the report").in(path));
  return {};
}

Result<void> write_report(const std::string& directory, const evaluate::Evaluation& evaluation) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the report's folder", code.value()).in(directory));
  BW_TRY(write_file(directory + "/report.md", evaluate::markdown(evaluation)));
  BW_TRY(write_file(directory + "/recall.svg", evaluate::recall_svg(evaluation.attacks)));
  return write_file(directory + "/reliability.svg", evaluate::reliability_svg(evaluation.attacks));
}

Result<evaluate::Evaluation> evaluate_foreign(const Operators& operators, const EvaluateOptions& options, const EvaluationRules& rules) {
  evaluate::Evaluation out;
  out.split = "foreign";
  out.command = fmt::format("brushwatch evaluate --events {} --truth {}", options.events, options.truth);
  BW_ASSIGN(const evaluate::JudgedWorld world, judge_folder(operators, options.events, options.truth, rules));
  out.attacks = evaluate::measure({&world, 1}, 0);
  return out;
}

Result<evaluate::Evaluation> evaluate_suite(const Operators& operators, const EvaluateOptions& options, const EvaluationRules& rules) {
  evaluate::Evaluation out;
  const auto split = options.train ? evaluate::Split::kTrain : evaluate::Split::kTest;
  out.split = options.train ? "train" : "test";
  out.command = fmt::format("brushwatch evaluate --seeds {} --clean {}{}", options.seeds, options.clean, options.train ? " --train" : "");
  const std::vector<std::string> attacks = options.attacks.empty() ? evaluate::known_attacks() : options.attacks;
  ProgressLine line(options.quiet || options.json);
  std::vector<evaluate::JudgedWorld> worlds, clean;
  for (std::uint32_t n = 0; n < options.seeds + options.clean && !stop_requested(); ++n) {
    line.show(fmt::format("evaluate  world {} of {}", n + 1, options.seeds + options.clean));
    const bool attacked = n < options.seeds;
    const simulate::WorldOptions world =
        attacked ? evaluate::attack_world(split, options.first + n, attacks) : evaluate::clean_world(split, options.first + n - options.seeds);
    BW_ASSIGN(auto judged, judge_simulated(operators, world, rules));
    (attacked ? worlds : clean).push_back(std::move(judged));
  }
  line.clear();
  out.attacks = evaluate::measure(worlds, evaluate::kBudgetPer1000ShopDays);
  out.clean = evaluate::measure(clean, evaluate::kBudgetPer1000ShopDays);
  return out;
}

}  // namespace

int evaluate_command(const EvaluateOptions& options) {
  if (options.events.empty() != options.truth.empty()) return report(Error(ErrorCode::kUsage, "--events and --truth belong together"));
  const Operators operators;
  EvaluationRules rules;
  auto parsed = parse_rules(operators, options.rules);
  if (!parsed) return report(parsed.error());
  rules.rules = std::move(*parsed);
  rules.threads = options.threads;
  auto evaluation = options.events.empty() ? evaluate_suite(operators, options, rules) : evaluate_foreign(operators, options, rules);
  if (!evaluation) return report(evaluation.error());
  if (!options.out.empty()) {
    if (auto written = write_report(options.out, *evaluation); !written) return report(written.error());
  }
  std::printf("%s\n", (options.json ? evaluate::json(*evaluation) : evaluate::markdown(*evaluation)).c_str());
  if (options.missed && !options.json) {
    for (const std::string& m : evaluation->attacks.missed) std::printf("missed  %s\n", m.c_str());
    for (const std::string& f : evaluation->attacks.false_subjects) std::printf("false   %s\n", f.c_str());
    for (const std::string& f : evaluation->clean.false_subjects) std::printf("false   %s (fraud-free)\n", f.c_str());
  }
  return stop_requested() ? kExitInterrupted : kExitOk;
}

}  // namespace brushwatch::app
