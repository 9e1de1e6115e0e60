#include "engine/math/llr.h"

#include <algorithm>
#include <cmath>

namespace brushwatch {
namespace {

/// Keeps logarithms finite; far below any rate that a week of counts can tell from zero.
constexpr double kEpsilon = 1e-9;
double inside(double p) { return std::clamp(p, kEpsilon, 1 - kEpsilon); }

}  // namespace

double binomial_llr(std::int64_t k, std::int64_t n, double guilty, double honest) {
  if (n <= 0) return 0.0;
  const double g = inside(guilty);
  const double h = inside(honest);
  return static_cast<double>(k) * std::log(g / h) + static_cast<double>(n - k) * (std::log1p(-g) - std::log1p(-h));
}

double poisson_llr(std::int64_t k, double guilty, double honest) {
  const double g = std::max(guilty, kEpsilon);
  const double h = std::max(honest, kEpsilon);
  return static_cast<double>(k) * std::log(g / h) - (g - h);
}

double binomial_llr_at_least(std::int64_t k, std::int64_t n, double least, double honest) {
  if (n <= 0) return 0.0;
  return binomial_llr(k, n, std::max(least, static_cast<double>(k) / static_cast<double>(n)), honest);
}

}  // namespace brushwatch
