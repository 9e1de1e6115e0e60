#pragma once
/// The timers of one table: hands them out in (time, key) order, whatever the order of arrival.
///
/// Shape   at most one timer a key. Near ones (the bucket being handed out and before) lie in an ordered set; far ones in
///         one unsorted log per bucket of ~70 minutes, 12 bytes an entry, sorted when its turn comes.
/// Cost    add and remove ~30 ns far, ~150 ns near; pop amortised one sort and one set node.
/// Memory  far: 12 B × 1–4 (growth of the vector; a removal is an entry until its bucket is compacted); near: 64 B.
/// Threads one.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/base/time.h"

namespace brushwatch {

struct Timer {
  EventTime time;
  std::uint64_t key = 0;
  auto operator<=>(const Timer&) const = default;
};

class TimerQueue {
 public:
  static constexpr std::size_t kBytesMax = 64;  ///< of a timer: a set node of libstdc++, 32 of links, 16 of timer, 16 of malloc
  /// The key has no timer at this time yet.
  void add(Timer timer);
  /// The timer is in the queue.
  void remove(Timer timer);
  /// Takes out the first timer in (time, key) order if its time is ≤ now.
  std::optional<Timer> pop(EventTime now);

  /// Drops the latest timers until no more than `bytes` are used; the first of the times dropped, none when all may stay. Every timer from
  /// it on is gone, none before it. Far ones go by the bucket, so that all of them may go.
  std::optional<Timer> keep_first(std::size_t bytes);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    std::uint32_t when = 0;  // ms into the bucket << 1 | removed
    std::uint32_t key_high = 0;
    std::uint32_t key_low = 0;
    auto operator<=>(const Entry&) const = default;
  };
  struct Bucket {
    std::vector<Entry> entries;
    std::size_t removed = 0;
  };
  void log(Timer timer, bool removed);
  void compact(Bucket& bucket);

  std::set<Timer> near_;                    // all buckets ≤ near_bucket_
  std::map<std::int64_t, Bucket> far_;      // all later ones
  std::int64_t near_bucket_ = INT64_MIN;
  std::size_t far_entries_bytes_ = 0;
  std::size_t size_ = 0;
};

}  // namespace brushwatch
