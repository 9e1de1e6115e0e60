#include "state/timer_queue.h"

#include <algorithm>
#include <iterator>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

// 2^22 ms ≈ 70 min: an offset with its flag fits 32 bits, half a year of timers is 3,700 buckets, and the set that a bucket
// becomes stays a small part of all timers.
constexpr int kBucketShift = 22;
constexpr std::size_t kBucketBytes = 96;  // a map node: links, index, vector, count, malloc

constexpr std::int64_t bucket_of(EventTime t) { return t.ms >> kBucketShift; }

}  // namespace

void TimerQueue::add(Timer timer) {
  ++size_;
  if (bucket_of(timer.time) <= near_bucket_) {
    BW_CHECK(near_.insert(timer).second, "a key has one timer");
  } else {
    log(timer, false);
  }
}

void TimerQueue::remove(Timer timer) {
  BW_CHECK(size_ > 0, "only what was added can be removed");
  --size_;
  if (bucket_of(timer.time) <= near_bucket_) {
    BW_CHECK(near_.erase(timer) == 1, "only what was added can be removed");
  } else {
    log(timer, true);
  }
}

void TimerQueue::log(Timer timer, bool removed) {
  Bucket& bucket = far_[bucket_of(timer.time)];
  const std::size_t before = bucket.entries.capacity();
  const auto offset = static_cast<std::uint32_t>(timer.time.ms & ((std::int64_t{1} << kBucketShift) - 1));
  bucket.entries.push_back({offset << 1 | (removed ? 1U : 0U), static_cast<std::uint32_t>(timer.key >> 32),
                            static_cast<std::uint32_t>(timer.key)});
  bucket.removed += removed ? 1 : 0;
  far_entries_bytes_ += (bucket.entries.capacity() - before) * sizeof(Entry);
  // When a third of a log are removals, two thirds of it are dead: one sort then pays for as many entries as died.
  if (bucket.removed * 3 > bucket.entries.size() && bucket.entries.size() >= 64) compact(bucket);
  if (bucket.entries.empty()) {
    far_entries_bytes_ -= bucket.entries.capacity() * sizeof(Entry);
    far_.erase(bucket_of(timer.time));
  }
}

/// Sorts the log and cancels each removal against its timer. Adds and removals of one timer alternate, so counting
/// is enough: no need to keep their order.
void TimerQueue::compact(Bucket& bucket) {
  auto& entries = bucket.entries;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.when >> 1 != b.when >> 1) return a.when >> 1 < b.when >> 1;
    return a.key_high != b.key_high ? a.key_high < b.key_high : a.key_low < b.key_low;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size();) {
    Entry entry = entries[i];
    entry.when &= ~1U;
    int alive = 0;
    for (; i < entries.size() && entries[i].when >> 1 == entry.when >> 1 && entries[i].key_high == entry.key_high &&
           entries[i].key_low == entry.key_low;
         ++i) {
      alive += (entries[i].when & 1U) != 0 ? -1 : 1;
    }
    BW_CHECK(alive == 0 || alive == 1, "a timer is added before it is removed, and once");
    if (alive == 1) entries[kept++] = entry;
  }
  entries.resize(kept);
  bucket.removed = 0;
}

std::optional<Timer> TimerQueue::pop(EventTime now) {
  while (near_.empty()) {
    const auto next = far_.begin();
    if (next == far_.end() || next->first > bucket_of(now)) return std::nullopt;
    compact(next->second);
    const std::int64_t start = next->first * (std::int64_t{1} << kBucketShift);
    for (const Entry& entry : next->second.entries) {
      near_.insert(near_.end(), {{start + (entry.when >> 1)}, std::uint64_t{entry.key_high} << 32 | entry.key_low});
    }
    near_bucket_ = next->first;
    far_entries_bytes_ -= next->second.entries.capacity() * sizeof(Entry);
    far_.erase(next);
  }
  const Timer first = *near_.begin();
  if (first.time > now) return std::nullopt;
  near_.erase(near_.begin());
  --size_;
  return first;
}

std::optional<Timer> TimerQueue::keep_first(std::size_t bytes) {
  std::optional<Timer> first;
  while (!far_.empty() && this->bytes() > bytes) {
    const auto last = std::prev(far_.end());
    first = Timer{{last->first * (std::int64_t{1} << kBucketShift)}, 0};
    size_ -= last->second.entries.size() - 2 * last->second.removed;  // a removal and the timer that it removes
    far_entries_bytes_ -= last->second.entries.capacity() * sizeof(Entry);
    far_.erase(last);
  }
  while (!near_.empty() && this->bytes() > bytes) {
    const auto last = std::prev(near_.end());
    first = *last;
    near_.erase(last);
    --size_;
  }
  return first;
}

std::size_t TimerQueue::bytes() const {
  return near_.size() * kBytesMax + far_.size() * kBucketBytes + far_entries_bytes_;
}

}  // namespace brushwatch
