#include "engine/math/e_process.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace brushwatch {
namespace {

/// log NB(x; mean, shape) without the terms that do not depend on the mean: they cancel in the ratio.
double log_kernel(double x, double mean, double shape) { return x * std::log(mean) - (x + shape) * std::log(mean + shape); }

}  // namespace

double EProcess::rate(unsigned g) { return std::ldexp(kLeastRate, static_cast<int>(g / 2)) * (g % 2 == 0 ? 1 : std::numbers::sqrt2); }

double EProcess::log_supremum() const {
  // Concave: below both neighbouring tangents everywhere between two grid points, and below the outer tangents' ends outside.
  double greatest = log_likelihood_[0];
  for (unsigned g = 0; g < kRates; ++g) {
    greatest = std::max(greatest, log_likelihood_[g]);
    if (g + 1 == kRates || slope_[g] <= 0 || slope_[g + 1] >= 0) continue;
    // Rising here, falling there: the peak lies between, below the crossing of the two tangents.
    const double width = std::numbers::ln2 / 2;
    const double at = (log_likelihood_[g + 1] - log_likelihood_[g] - slope_[g + 1] * width) / (slope_[g] - slope_[g + 1]);
    greatest = std::max(greatest, log_likelihood_[g] + slope_[g] * std::clamp(at, 0.0, width));
  }
  return greatest;
}

double EProcess::add(std::int64_t count, double exposure) {
  if (!(exposure > 0)) return log_value();
  const auto x = static_cast<double>(std::max<std::int64_t>(0, count));
  // What the past foretells: its mean rate, pulled to half an order in ten periods.
  const double expected = (counts_ + 0.5) / (exposures_ + 10) * exposure;
  constexpr std::array<double, 4> kExcess = {0, 3, 10, 30}, kShare = {0.7, 0.1, 0.1, 0.1};
  std::array<double, 4> term{};
  for (unsigned i = 0; i < 4; ++i) term[i] = std::log(kShare[i]) + log_kernel(x, expected + kExcess[i], shape_);
  const double most = *std::max_element(term.begin(), term.end());
  double sum = 0;
  for (const double t : term) sum += std::exp(t - most);
  // shape·log(shape) belongs to both; it is left out of both.
  log_q_ += most + std::log(sum);
  for (unsigned g = 0; g < kRates; ++g) {
    const double mean = rate(g) * exposure;
    log_likelihood_[g] += log_kernel(x, mean, shape_);
    slope_[g] += x - (x + shape_) * mean / (mean + shape_);
  }
  counts_ += x;
  exposures_ += exposure;
  return log_value();
}

}  // namespace brushwatch
