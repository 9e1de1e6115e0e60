#include "apps/backtest_desk.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "apps/backtest.h"

namespace brushwatch::app {
namespace {

/// Both folds together; beside the pipeline's own `pipeline.memory_mib`.
constexpr std::size_t kMemoryBytes = 256ULL << 20;
constexpr std::size_t kJobsKept = 8;
/// A report of more changes says of no threshold whether it is a better one; the counts are of all.
constexpr std::size_t kShiftsTold = 500;
constexpr int kLowestPriority = 19;

}  // namespace

BacktestDesk::BacktestDesk(const Operators& operators, BacktestDeskOptions options, Clock& clock)
    : operators_(operators), options_(std::move(options)), clock_(clock), book_(operators) {
  std::error_code ignored;  // what a process that was killed left behind
  std::filesystem::remove_all(options_.work, ignored);
}

BacktestDesk::~BacktestDesk() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void BacktestDesk::ask_rules_of(InForce in_force) {
  const std::lock_guard lock(rules_mutex_);
  in_force_ = std::move(in_force);
}

std::vector<doors::RuleView> BacktestDesk::rules() const {
  std::map<std::string_view, std::int64_t> now;
  std::shared_ptr<const Rules> in_force;
  {
    const std::lock_guard lock(rules_mutex_);
    if (in_force_) in_force = in_force_();
  }
  for (std::size_t i = 0; in_force && i < in_force->size(); ++i) now[in_force->name(i)] = in_force->value(i);
  std::vector<doors::RuleView> out;
  for (const Operators::Param& p : book_.params()) {
    const auto it = now.find(p.name);
    out.push_back({p.name, p.unit, p.reason, p.low, p.high, p.value, it == now.end() ? p.value : it->second});
  }
  return out;
}

std::string BacktestDesk::complaint(std::string_view rule, std::int64_t value) const { return book_.complaint(rule, value); }

doors::BacktestView* BacktestDesk::job(std::string_view id) {
  const auto it = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.id == id; });
  return it == jobs_.end() ? nullptr : &*it;
}

Result<doors::BacktestView> BacktestDesk::begin(doors::BacktestWish wish, std::string_view by) {
  const std::lock_guard lock(mutex_);
  if (!jobs_.empty() && jobs_.front().state == "running") return fail(ErrorCode::kBackpressure, "a backtest is running");
  if (thread_.joinable()) thread_.join();  // its last act was to say that it is over
  stop_ = false;
  doors::BacktestView made;
  made.asked = clock_.now();
  made.id = fmt::format("B-{:x}-{}", made.asked.ms, ++begun_);
  made.by = by;
  made.state = "running";
  made.wish = std::move(wish);
  jobs_.push_front(made);
  if (jobs_.size() > kJobsKept) jobs_.pop_back();
  thread_ = std::thread([this, id = made.id, asked = made.wish] { run(id, asked); });
  return made;
}

void BacktestDesk::run(const std::string& id, const doors::BacktestWish& wish) {
  // Linux: of this thread, and of those that it begins. The pipeline goes first.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority);
  BacktestOptions options;
  options.open_ledger = options_.open_ledger;
  options.proposed.rules = wish.rules;
  options.from = wish.from;
  options.to = wish.to;
  options.memory_bytes = kMemoryBytes;
  options.work = options_.work;
  options.stop = [this] { return stop_.load(); };
  options.on_progress = [&](double share, std::uint64_t rounds, EventTime at) {
    const std::lock_guard lock(mutex_);
    doors::BacktestView* j = job(id);
    j->done_permille = static_cast<int>(1000 * share);
    j->rounds = rounds;
    j->at = at;
  };
  auto report = backtest(operators_, options);
  std::uint64_t kinds[3]{};
  std::string json;
  if (report && report->complete) {
    for (const AlertShift& s : report->shifts) ++kinds[static_cast<std::size_t>(s.kind)];
    if (report->shifts.size() > kShiftsTold) report->shifts.resize(kShiftsTold);
    json = backtest_json(*report, options);
  }
  std::error_code ignored;
  std::filesystem::remove_all(options_.work, ignored);
  const std::lock_guard lock(mutex_);
  doors::BacktestView* j = job(id);
  if (!report) {
    j->error = report.error().message();
    j->state = "failed";
  } else if (!report->complete) {
    j->state = "cancelled";
  } else {
    j->done_permille = 1000;
    j->appears = kinds[0];
    j->vanishes = kinds[1];
    j->moves = kinds[2];
    j->report = std::move(json);
    j->state = "done";
  }
}

std::vector<doors::BacktestView> BacktestDesk::all() const {
  const std::lock_guard lock(mutex_);
  return {jobs_.begin(), jobs_.end()};
}

std::optional<doors::BacktestView> BacktestDesk::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& j) { return j.id == id; });
  if (it == jobs_.end()) return std::nullopt;
  return *it;
}

void BacktestDesk::cancel(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const doors::BacktestView* j = job(id);
  if (j != nullptr && j->state == "running") stop_ = true;
}

}  // namespace brushwatch::app
