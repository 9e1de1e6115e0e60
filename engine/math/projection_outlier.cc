#include "engine/math/projection_outlier.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/base/hash.h"

namespace brushwatch {
namespace {

/// Bins span ± 6 deviations; what lies beyond falls into the last one.
constexpr double kReach = 6;
/// Counts are halved by scaling what is added instead of what is there, and rescaled before a float would lose them.
constexpr double kRescale = 1e12;

/// A standard normal number from two draws (Box & Muller, 1958).
double normal(std::uint64_t& state) {
  const auto uniform = [&] { return (static_cast<double>(mix64(++state) >> 11) + 0.5) * 0x1p-53; };
  const double radius = std::sqrt(-2 * std::log(uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace

ProjectionOutlier::ProjectionOutlier(const Options& options)
    : options_(options), mean_(options.features, 0), variance_(options.features, 0), standard_(options.features, 0), views_(kViews) {
  std::uint64_t state = mix64(options.seed);
  for (auto& view : views_) {
    double norm = 0;
    for (unsigned i = 0; i < kTerms; ++i) {
      view.feature[i] = static_cast<std::uint16_t>(mix64(++state) % options.features);
      view.factor[i] = normal(state);
      norm += view.factor[i] * view.factor[i];
    }
    for (double& f : view.factor) f /= std::sqrt(norm);
  }
}

double ProjectionOutlier::add(std::span<const double> vector) {
  const double gain = std::max(1 / options_.memory, 1 / (points_ + 1));
  for (unsigned i = 0; i < options_.features; ++i) {
    const double x = std::isfinite(vector[i]) ? vector[i] : mean_[i];
    const double off = x - mean_[i];
    // Standardised with what was known before; without a deviation nothing is unusual.
    standard_[i] = variance_[i] > 0 ? off / std::sqrt(variance_[i]) : 0;
    mean_[i] += gain * off;
    variance_[i] += gain * (off * off * (1 - gain) - variance_[i]);
  }
  points_ += 1;
  weight_ *= 1 + 1 / options_.memory;
  const bool rescale = weight_ > kRescale;
  double density = 1;
  for (auto& view : views_) {
    double at = 0;
    for (unsigned i = 0; i < kTerms; ++i) at += view.factor[i] * standard_[view.feature[i]];
    const double place = (std::clamp(at, -kReach, kReach) + kReach) * (kBins / (2 * kReach));
    const unsigned bin = std::min(kBins - 1, static_cast<unsigned>(place));
    // Laplace's half an observation a bin, in the unit of today's weight.
    density *= (view.count[bin] + 0.5 * weight_) / (view.all + 0.5 * weight_ * kBins) * kBins;
    view.count[bin] += static_cast<float>(weight_);
    view.all += static_cast<float>(weight_);
    if (rescale) {
      for (float& c : view.count) c = static_cast<float>(c / weight_);
      view.all = static_cast<float>(view.all / weight_);
    }
  }
  if (rescale) weight_ = 1;
  return -std::log(density) / kViews;
}

}  // namespace brushwatch
