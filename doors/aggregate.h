#pragma once
/// Counts that may be published: a cell is shown only when it speaks of at least ten subjects and no one of them makes up more than
/// four fifths of it (domain facts §4). No totals are given, so that nothing can be had by subtraction.
///
/// Counted are the newest versions of standing alerts, by the month of their event time. A month is shown when it has been over for
/// thirty days: a cell that grows in front of the reader's eyes would tell who came last.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "doors/record.h"

namespace brushwatch::doors {

inline constexpr std::size_t kSubjectsLeast = 10;
inline constexpr std::uint64_t kSharePercentMost = 80;
inline constexpr std::int64_t kSettledMs = 30 * kDayMs;

struct AggregateCell {
  std::string month;    ///< "2026-11"
  std::string pattern;  ///< "fake_trade"
  std::uint64_t subjects = 0, alerts = 0;
};

/// Memory: ~200 B an alert. Threads: add() from one, cells() from any.
class Aggregates {
 public:
  /// A line of the alert output; later versions of an alert replace earlier ones, a withdrawal takes it back.
  void add(const Record& alert);
  /// The cells that may be shown at `now`, newest month first.
  [[nodiscard]] std::vector<AggregateCell> cells(EventTime now) const;

 private:
  struct Counted {
    std::string month, pattern, subject;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Counted, std::less<>> alerts_;  // standing, by id
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::uint64_t>> cells_;  // (month, pattern) → subject → alerts
};

}  // namespace brushwatch::doors
