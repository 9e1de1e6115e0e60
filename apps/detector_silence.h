#pragma once
/// How long a detector has been silent, against its own longest silence: what names the one that lost its input or its rule.
///
/// Time is event time, by the watermark: nights and quiet hours are in what a detector is used to, and a stream that stands still makes nobody
/// silent. A pace is known after kRuns silences that span kSpanMs: detectors that look at days speak in the hours after midnight, and the day
/// between must have been seen once. With n silences of random length behind it, the next one is four times as long as the longest of them
/// with probability n! 4! / (n + 4)!: 0.2 % at n = 8, and below 1 % for all that follow together.
///
/// Cost     O(1) a look; 40 B a detector. Looks closer together see shorter silences: a scrape is near enough.
/// Threads  one at a time.
/// Fails    on a detector that has said nothing since the start: it has no pace (the alert rule has a part of its own for that). After a leap of
///          the watermark, of a source that had held it back, all are used to a silence as long as the leap, until the process ends.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/time.h"

namespace brushwatch::app {

class DetectorSilence {
 public:
  static constexpr std::uint64_t kRuns = 8;
  static constexpr std::int64_t kSpanMs = 2 * kDayMs;
  /// A detector that speaks all the time may pause for so long without anybody wondering.
  static constexpr std::int64_t kShortestMs = kHourMs;

  explicit DetectorSilence(std::size_t detectors) : of_(detectors) {}
  /// `findings` made by detector `d` so far, at this watermark. `expected`: the detector is on; one that is off is silent by decision.
  void look(std::size_t d, EventTime watermark, std::uint64_t findings, bool expected);
  /// The silence now divided by the longest before it; 0 while the pace is not known.
  [[nodiscard]] double ratio(std::size_t d) const;

 private:
  struct One {
    std::uint64_t findings = 0, runs = 0;
    EventTime first = EventTime::min(), last = EventTime::min(), now = EventTime::min();
    std::int64_t longest_ms = 0;
  };
  std::vector<One> of_;
};

}  // namespace brushwatch::app
