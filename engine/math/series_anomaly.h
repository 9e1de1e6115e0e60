#pragma once
/// How unusual a point of a time series is: a jump, a value wrong for the time of day, or a pattern never seen.
///
/// Score   each of three surprises is divided by the greatest it has been so far (which fades slowly), so 1 means "as bad as
///         the worst that was normal" in any unit; they are joined by a 4-norm. After a point that was reported (score above
///         kReport) the next Options::rest points are silent unless they are worse by kWorse: an anomaly is reported once.
///         Surprises: |x − last x| over its running deviation · |x − mean of this half-hour of the day| over its deviation · share
///         of new contexts (level; two and three levels in a row, of a quantised series), smoothed.
/// Shape   one series; points in order of time, about evenly spaced. Until warmup points have come the score is 0.
/// Units   time in s since any epoch (UTC day = day of the series); values in any unit.
/// State   9.6 KiB a series, fixed; zero cost to forget. Not for one a shop: for a platform, an outlet, a topic.
/// Cost    about 0.1 µs a point; no allocation after construction.
/// Errors  none; a value that is not finite is left out and scores 0.
/// Fails   on slow drifts (the mean follows), and on series whose day has no shape and whose noise is heavy-tailed.
/// Source  the idea of new contexts of a quantised series: Smirnov, "CAD OSE" in the NAB (context-based, MIT); seasonal means:
///         Holt-Winters; the ratio to the record so far is ours. Judged by Lavin & Ahmad, "NAB", ICMLA'15.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace brushwatch {

class SeriesAnomaly {
 public:
  struct Options {
    std::uint32_t warmup = 300;  ///< points that are learnt from and not judged; their range is what gets quantised
    std::uint32_t rest = 80;     ///< points of silence after a report
    double memory = 500;         ///< points over which the deviation is taken
    double forget = 1e-4;        ///< share of the greatest surprise that fades a point
  };
  explicit SeriesAnomaly(const Options& options) : options_(options) {}

  /// The point's score: 0 = nothing, 1 = as surprising as the worst so far.
  double add(std::int64_t time_s, double value);

 private:
  static constexpr unsigned kSlots = 48, kContextBits = 16;
  struct Slot {
    double mean = 0, variance = 0;
    std::uint32_t points = 0;
  };
  double new_contexts(double value);
  double quiet(double score);

  Options options_;
  std::uint32_t points_ = 0;
  double mean_ = 0, variance_ = 0, last_ = 0, step_variance_ = 0;
  std::array<Slot, kSlots> slots_{};
  std::array<double, 3> greatest_{};
  std::bitset<1U << kContextBits> seen_;
  double low_ = 0, high_ = 0, fresh_ = 0;
  std::int32_t level_ = -1, level_before_ = -1;
  double reported_ = 0;
  std::uint32_t silent_ = 0;
};

}  // namespace brushwatch
