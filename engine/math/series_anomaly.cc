#include "engine/math/series_anomaly.h"

#include <algorithm>
#include <cmath>

#include "engine/base/hash.h"

namespace brushwatch {
namespace {

// Chosen on every second series of the NAB corpus (docs/performance/public.md has the other half beside it).
constexpr double kStepWeight = 0.6, kSeasonWeight = 1.0, kContextWeight = 1.0;
constexpr double kSeasonGain = 0.07;    ///< of a half-hour's mean a day: two weeks of memory
constexpr double kSeasonFloor = 0.15;   ///< of the series' deviation: a slot that was constant by chance is not exact for ever
constexpr int kLevels = 100;            ///< of the range seen in the warm-up; as many again below and above
constexpr double kContextGain = 0.2;    ///< five points in a row of new contexts are one surprise
constexpr double kReport = 0.8, kWorse = 1.6;
/// A surprise beyond twenty times the record says no more than twenty.
constexpr double kMost = 20;
constexpr double kTiny = 1e-9;

}  // namespace

double SeriesAnomaly::new_contexts(double value) {
  if (points_ < options_.warmup / 2) {
    low_ = points_ == 0 ? value : std::min(low_, value);
    high_ = points_ == 0 ? value : std::max(high_, value);
  }
  if (points_ < options_.warmup / 4) return 0;
  const double place = std::floor((value - low_) / (high_ - low_ + 1e-12) * kLevels);
  const auto level = static_cast<std::int32_t>(std::clamp(place, -1.0 * kLevels, 2.0 * kLevels));
  const std::uint64_t one = static_cast<std::uint32_t>(level + 1000);
  const std::uint64_t two = one << 20 | static_cast<std::uint32_t>(level_ + 2000);
  const std::uint64_t three = two << 20 | static_cast<std::uint32_t>(level_before_ + 2000);
  double fresh = 0, worth = 3;  // a level never seen says more than a new succession of known ones
  for (const std::uint64_t context : {one, two, three}) {
    const std::size_t bit = mix64(context) >> (64 - kContextBits);
    if (!seen_[bit]) fresh += worth;
    seen_[bit] = true;
    worth -= 1;
  }
  level_before_ = level_;
  level_ = level;
  fresh_ += kContextGain * (fresh - fresh_);
  return fresh_;
}

double SeriesAnomaly::quiet(double score) {
  if (silent_ > 0) {
    if (score > reported_ * kWorse) {
      reported_ = score;
      silent_ = options_.rest;
      return score;
    }
    --silent_;
    return 0;
  }
  if (score > kReport) {
    reported_ = score;
    silent_ = options_.rest;
  }
  return score;
}

double SeriesAnomaly::add(std::int64_t time_s, double value) {
  if (!std::isfinite(value)) return 0;
  if (points_ == 0) mean_ = last_ = value;
  const double gain = std::max(1 / options_.memory, 1.0 / (points_ + 1));
  const double deviation = std::sqrt(variance_) + kTiny;
  Slot& slot = slots_[static_cast<std::size_t>((time_s % 86'400 + 86'400) % 86'400 / 1'800)];
  const double step = value - last_;
  std::array<double, 3> surprise{};
  surprise[0] = std::fabs(step) / (std::sqrt(step_variance_) + kTiny);
  if (slot.points >= 2) surprise[1] = std::fabs(value - slot.mean) / (std::sqrt(slot.variance) + kSeasonFloor * deviation + kTiny);
  surprise[2] = new_contexts(value);

  const double off = value - mean_;
  mean_ += gain * off;
  variance_ += gain * (off * off * (1 - gain) - variance_);
  step_variance_ += gain * (step * step - step_variance_);
  const double slot_gain = std::max(kSeasonGain, 1.0 / (slot.points + 1));
  const double slot_off = value - slot.mean;
  slot.mean += slot_gain * slot_off;
  slot.variance += slot_gain * (slot_off * slot_off * (1 - slot_gain) - slot.variance);
  ++slot.points;
  last_ = value;

  constexpr std::array<double, 3> kWeight = {kStepWeight, kSeasonWeight, kContextWeight};
  double sum = 0;
  for (unsigned i = 0; i < 3; ++i) {
    const double ratio = greatest_[i] > 0 ? std::min(kMost, surprise[i] / greatest_[i]) * kWeight[i] : 0;
    sum += ratio * ratio * ratio * ratio;
    // The first points have no deviation yet; what they call great is not.
    if (points_ >= std::min(60U, options_.warmup / 4)) greatest_[i] = std::max(surprise[i], greatest_[i] * (1 - options_.forget));
  }
  ++points_;
  if (points_ <= options_.warmup / 2) sum = 0;
  const double score = quiet(std::sqrt(std::sqrt(sum)));
  return points_ <= options_.warmup ? 0 : score;
}

}  // namespace brushwatch
