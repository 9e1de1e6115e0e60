#pragma once
/// A backtest: a ledger's history under other rules, beside the same history as it was recorded.
///
/// Both are folded by the same detectors, round by round; the proposed rules hold from the first round of `from` on, and
/// what the history set later to the same names does not change them. Until then there is one fold; its state is copied.
/// Cost    the ledger read once, folded once before `from` and twice from it on; the state of both in `work`.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/host.h"
#include "apps/rule_book.h"

namespace brushwatch::app {

struct BacktestOptions {
  std::string ledger;               ///< folder, or kafka://HOST:PORT/TOPIC
  std::function<Result<std::unique_ptr<Log>>()> open_ledger;  ///< instead of `ledger`
  RuleFile proposed;
  std::optional<EventTime> from;    ///< processing time; default: the first round
  std::optional<EventTime> to;      ///< rounds before it; default: the end that the ledger has when it begins
  unsigned threads = 1;
  std::size_t memory_bytes = 1024ULL << 20;  ///< for both folds
  std::string work;                 ///< an empty folder for the states; the caller removes it
  std::function<void(double share, std::uint64_t rounds, EventTime at)> on_progress;
  std::function<bool()> stop = [] { return false; };
};

/// One family's contribution to an alert, before and under the proposed rules; 0 where it does not speak.
struct TermShift {
  char family = '?';
  std::string detector_before, detector_after;
  std::int64_t before_milli = 0, after_milli = 0;
};

/// What one of the two folds says of an alert at its end.
struct AlertStand {
  bool standing = false;
  std::string severity;
  int posterior_permille = 0;
  std::int64_t prior_milli = 0, total_milli = 0;
  EventTime raised{};               ///< event time of its first line; ms 0 when it was never told
  std::string held_back;            ///< why it does not stand: "families", "posterior", "victim", "continues", "no_finding"
};

struct AlertShift {
  enum class Kind : std::uint8_t { kAppears, kVanishes, kMoves };
  Kind kind = Kind::kMoves;
  std::string id, pattern, direction, subject_kind, subject;
  EventTime week{};
  AlertStand before, after;
  std::vector<TermShift> terms;     ///< those that differ, the largest first
};
std::string_view shift_name(AlertShift::Kind kind);

/// What one detector said in each of the folds, from `from` on.
struct DetectorShift {
  std::string name;
  std::uint64_t counted_before = 0, counted_after = 0;  ///< findings that counted
  std::uint64_t trial_before = 0, trial_after = 0;      ///< findings on trial
  std::uint64_t alerts_before = 0, alerts_after = 0;    ///< standing alerts that it is a term of
};

struct BacktestReport {
  std::uint64_t rounds = 0, compared_rounds = 0, first_round = 0;
  EventTime from{}, to{};           ///< processing times of the first and last compared round
  std::uint64_t version_before = 0, version_after = 0;  ///< of the rules, at the end
  std::vector<AlertShift> shifts;   ///< by week, then subject
  std::uint64_t unchanged = 0;      ///< alerts that stand alike in both
  std::vector<DetectorShift> detectors;  ///< those that said anything
  bool complete = true;             ///< false when it was stopped
};

/// Errors: those of the ledger; kNotFound when no round lies in the window.
Result<BacktestReport> backtest(const Operators& operators, const BacktestOptions& options);

/// As text for people, and as one JSON object.
std::string backtest_text(const BacktestReport& report);
std::string backtest_json(const BacktestReport& report, const BacktestOptions& options);

}  // namespace brushwatch::app
