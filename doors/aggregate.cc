#include "doors/aggregate.h"

#include <algorithm>

namespace brushwatch::doors {

void Aggregates::add(const Record& alert) {
  if (alert.topic != Topic::kAlert || alert.subject.empty()) return;
  const std::lock_guard lock(mutex_);
  if (const auto it = alerts_.find(alert.id); it != alerts_.end()) {
    const Counted& was = it->second;
    auto& cell = cells_[{was.month, was.pattern}];
    if (--cell[was.subject] == 0) cell.erase(was.subject);
    alerts_.erase(it);
  }
  if (alert.state == "withdrawn") return;
  const Counted now{format_time(alert.event_time).substr(0, 7), alert.pattern, alert.subject};
  ++cells_[{now.month, now.pattern}][now.subject];
  alerts_.emplace(alert.id, now);
}

std::vector<AggregateCell> Aggregates::cells(EventTime now) const {
  const std::lock_guard lock(mutex_);
  // Months in which everything is older than that: the month before the one that `now` minus thirty days lies in, and earlier.
  const std::string settled = format_time(EventTime{now.ms - kSettledMs}).substr(0, 7);
  std::vector<AggregateCell> out;
  for (const auto& [key, subjects] : cells_) {
    if (key.first >= settled || subjects.size() < kSubjectsLeast) continue;
    std::uint64_t all = 0, most = 0;
    for (const auto& [subject, n] : subjects) {
      all += n;
      most = std::max(most, n);
    }
    if (most * 100 > all * kSharePercentMost) continue;
    out.push_back({key.first, key.second, subjects.size(), all});
  }
  std::sort(out.begin(), out.end(), [](const AggregateCell& a, const AggregateCell& b) { return a.month != b.month ? a.month > b.month : a.pattern < b.pattern; });
  return out;
}

}  // namespace brushwatch::doors
