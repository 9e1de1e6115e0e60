#pragma once
/// How long lines take from being readable to having been written to a reader of the live stream.
///
/// The time of a line is that of the round that made it readable. Readers that catch up with the past do not count: their lag is their own.
///
/// Memory   kRoundsMost rounds, 48 B each. A line of an older one counts as old as the oldest kept: too little, and far above any alarm.
/// Threads  all calls from any thread; observe() before them.

#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "doors/stream_key.h"
#include "engine/base/time.h"

namespace brushwatch::doors {

class StreamLag {
 public:
  /// `clock` outlives it.
  explicit StreamLag(Clock& clock) : clock_(clock) {}
  void observe(std::function<void(double seconds)> tell) { tell_ = std::move(tell); }
  /// Everything up to `newest` can be read from now on.
  void published(const StreamKey& newest);
  /// The line at `key` has been written to one reader.
  void written(const StreamKey& key) const;

 private:
  static constexpr std::size_t kRoundsMost = 1'024;
  Clock& clock_;
  std::function<void(double seconds)> tell_;
  mutable std::mutex mutex_;
  std::deque<std::pair<StreamKey, std::int64_t>> rounds_;  // last line, monotonic ns; ascending
};

}  // namespace brushwatch::doors
