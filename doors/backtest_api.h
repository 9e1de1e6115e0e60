#pragma once
/// The HTTP routes of backtests: history under a changed threshold, tried out beside the running pipeline. Nothing here changes a rule.
///
///   GET  /api/v1/rules           every rule with its bounds, its default and the value in force
///   GET  /api/v1/backtests       the last few, newest first, without their reports
///   POST /api/v1/backtests       {"rules": {"D1.min_orders": 30}, "from"?, "to"?}: begins one; 409 while another runs
///   GET  /api/v1/backtests/{id}  one, with its report once it is done
///   POST /api/v1/backtests/{id}  {"action": "cancel"}

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/http/server.h"
#include "doors/routes.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch::doors {

struct RuleView {
  std::string name, unit, reason;
  std::int64_t low = 0, high = 0, usual = 0, now = 0;  ///< `usual` is the default, `now` what is in force
};

struct BacktestWish {
  std::vector<std::pair<std::string, std::int64_t>> rules;
  std::optional<EventTime> from, to;  ///< processing time
};

struct BacktestView {
  std::string id, by;
  std::string_view state;             ///< "running", "done", "cancelled", "failed"
  BacktestWish wish;
  EventTime asked{}, at{};            ///< `at`: processing time of the last round read; ms 0 before the first
  int done_permille = 0;
  std::uint64_t rounds = 0;
  std::uint64_t appears = 0, vanishes = 0, moves = 0;
  std::string error;                  ///< why it failed
  std::string report;                 ///< one JSON object, once done (schema BacktestReport)
};

/// What runs them. Threads: any; nothing waits for a backtest.
class Backtests {
 public:
  virtual ~Backtests() = default;
  [[nodiscard]] virtual std::vector<RuleView> rules() const = 0;
  /// What is wrong with the value, in words; "" when nothing is.
  [[nodiscard]] virtual std::string complaint(std::string_view rule, std::int64_t value) const = 0;
  /// Errors: kBackpressure while one runs.
  virtual Result<BacktestView> begin(BacktestWish wish, std::string_view by) = 0;
  [[nodiscard]] virtual std::vector<BacktestView> all() const = 0;
  [[nodiscard]] virtual std::optional<BacktestView> find(std::string_view id) const = 0;
  /// Asks a running one to stop; nothing happens to one that is over.
  virtual void cancel(std::string_view id) = 0;
};

/// `backtests` null: 503. `verb` is one of the five, `id` that of the path.
HttpReply serve_backtest(Verb verb, Backtests* backtests, const HttpRequest& request, const Principal& who, const std::string& id);

}  // namespace brushwatch::doors
