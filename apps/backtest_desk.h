#pragma once
/// Backtests that people ask for over HTTP, run beside the pipeline: one at a time, at the lowest priority, ended with the process.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "apps/host.h"
#include "apps/rule_book.h"
#include "doors/backtest_api.h"
#include "engine/log/log.h"

namespace brushwatch::app {

struct BacktestDeskOptions {
  std::function<Result<std::unique_ptr<Log>>()> open_ledger;  ///< to read, beside its writer
  std::string work;                                           ///< folder for states; emptied at the start and after each run
};

class BacktestDesk final : public doors::Backtests {
 public:
  /// `operators` and `clock` outlive it.
  BacktestDesk(const Operators& operators, BacktestDeskOptions options, Clock& clock);
  /// A running backtest is stopped: it hears of it at the end of the round it folds.
  ~BacktestDesk() override;
  BacktestDesk(const BacktestDesk&) = delete;
  BacktestDesk& operator=(const BacktestDesk&) = delete;

  using InForce = std::function<std::shared_ptr<const Rules>()>;
  /// Whom to ask for the rules in force; null: nobody (any more), then the defaults are told. Waits for a question that is under way.
  void ask_rules_of(InForce in_force);

  [[nodiscard]] std::vector<doors::RuleView> rules() const override;
  [[nodiscard]] std::string complaint(std::string_view rule, std::int64_t value) const override;
  Result<doors::BacktestView> begin(doors::BacktestWish wish, std::string_view by) override;
  [[nodiscard]] std::vector<doors::BacktestView> all() const override;
  [[nodiscard]] std::optional<doors::BacktestView> find(std::string_view id) const override;
  void cancel(std::string_view id) override;

 private:
  void run(const std::string& id, const doors::BacktestWish& wish);
  /// The job of that id, under the lock.
  doors::BacktestView* job(std::string_view id);

  const Operators& operators_;
  const BacktestDeskOptions options_;
  Clock& clock_;
  const RuleBook book_;
  mutable std::mutex rules_mutex_;
  InForce in_force_;
  mutable std::mutex mutex_;
  std::deque<doors::BacktestView> jobs_;  // newest first
  std::uint64_t begun_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace brushwatch::app
