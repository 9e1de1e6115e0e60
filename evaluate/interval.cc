#include "evaluate/interval.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "simulate/chance.h"

namespace brushwatch::evaluate {
namespace {

constexpr int kResamples = 1000;
constexpr double kTail = 0.025;

}  // namespace

Interval bootstrap_mean(std::span<const double> observations, bool share) {
  Interval out;
  out.n = observations.size();
  if (out.n == 0) return out;
  const auto n = static_cast<double>(out.n);
  out.value = std::accumulate(observations.begin(), observations.end(), 0.0) / n;
  const auto [least, most] = std::minmax_element(observations.begin(), observations.end());
  if (*least == *most) {
    out.low = out.high = out.value;
    const double bound = std::pow(kTail, 1.0 / n);
    if (share && out.value == 1) out.low = bound;
    if (share && out.value == 0) out.high = 1 - bound;
    return out;
  }
  simulate::Chance chance(0xB007);
  std::vector<double> means;
  means.reserve(kResamples);
  for (int r = 0; r < kResamples; ++r) {
    double sum = 0;
    for (std::size_t i = 0; i < out.n; ++i) sum += observations[chance.below(out.n)];
    means.push_back(sum / n);
  }
  out.low = quantile(means, kTail);
  out.high = quantile(means, 1 - kTail);
  return out;
}

double quantile(std::span<const double> observations, double p) {
  if (observations.empty()) return 0;
  std::vector<double> sorted(observations.begin(), observations.end());
  std::sort(sorted.begin(), sorted.end());
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - static_cast<double>(below));
}

}  // namespace brushwatch::evaluate
