#include "doors/stream_lag.h"

#include <algorithm>

namespace brushwatch::doors {

void StreamLag::published(const StreamKey& newest) {
  const std::lock_guard lock(mutex_);
  if (!rounds_.empty() && !(rounds_.back().first < newest)) return;
  if (rounds_.size() >= kRoundsMost) rounds_.pop_front();
  rounds_.emplace_back(newest, clock_.monotonic_ns());
}

void StreamLag::written(const StreamKey& key) const {
  if (!tell_) return;
  const std::int64_t now = clock_.monotonic_ns();
  std::int64_t since = now;  // readable, and its round not told yet: this very moment
  {
    const std::lock_guard lock(mutex_);
    const auto round = std::lower_bound(rounds_.begin(), rounds_.end(), key, [](const auto& r, const StreamKey& k) { return r.first < k; });
    if (round != rounds_.end()) since = round->second;
  }
  tell_(static_cast<double>(std::max<std::int64_t>(0, now - since)) / 1e9);
}

}  // namespace brushwatch::doors
