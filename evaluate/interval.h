#pragma once
/// Bootstrap intervals: how far a measured mean could move if other campaigns, or other seeds, had been drawn.

#include <cstddef>
#include <span>

namespace brushwatch::evaluate {

struct Interval {
  double value = 0;          ///< the mean of what was seen
  double low = 0, high = 0;  ///< 95 % percentile bootstrap
  std::size_t n = 0;         ///< how many observations
};

/// Percentile bootstrap of the mean, 1,000 resamples of the observations, from a fixed seed: the same input gives the same
/// interval. For a share whose observations are all alike (the bootstrap would claim certainty) the other end is the exact
/// one-sided bound 0.025^(1/n) (Clopper & Pearson 1934); `share` asks for that.
/// Source: Efron (1979). Cost: 1,000 n additions.
Interval bootstrap_mean(std::span<const double> observations, bool share);

/// p-quantile of a copy of the observations, by linear interpolation; 0 when there are none.
double quantile(std::span<const double> observations, double p);

}  // namespace brushwatch::evaluate
