#include "engine/math/tails.h"

#include <cmath>
#include <limits>

namespace brushwatch {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();
/// Terms below this share of the sum no longer change a double.
constexpr double kNegligible = 1e-17;

/// 1 + r₁ + r₁r₂ + … where `ratio(i)` is term i over term i − 1; stops at ratio 0 or when terms no longer count.
template <class Ratio>
double relative_sum(Ratio&& ratio) {
  double sum = 1.0;
  double term = 1.0;
  for (std::int64_t i = 1;; ++i) {
    const double r = ratio(i);
    term *= r;
    sum += term;
    // A falling geometric bound: all that is left is below term × r / (1 − r).
    if (term <= 0 || (r < 1 && term * r / (1 - r) < sum * kNegligible)) return sum;
  }
}

/// log(1 − e^x), x ≤ 0.
double log_complement(double x) {
  if (x >= 0) return kImpossible;
  return x > -0.693147180559945309 ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
}

}  // namespace

double log_factorial(std::int64_t n) {
  if (n < 2) return 0.0;
  int sign = 0;
  return ::lgamma_r(static_cast<double>(n) + 1.0, &sign);
}

double log_poisson_tail(std::int64_t k, double mean) {
  if (k <= 0) return 0.0;
  if (!(mean > 0)) return kImpossible;
  const auto log_term = [&](std::int64_t i) {
    return static_cast<double>(i) * std::log(mean) - mean - log_factorial(i);
  };
  if (static_cast<double>(k) > mean) {
    const double sum = relative_sum([&](std::int64_t i) { return mean / static_cast<double>(k + i); });
    return std::fmin(0.0, log_term(k) + std::log(sum));
  }
  const std::int64_t last = k - 1;  // P[X < k], summed downwards from its largest term
  const double sum = relative_sum([&](std::int64_t i) { return static_cast<double>(last - i + 1) / mean; });
  return log_complement(log_term(last) + std::log(sum));
}

double log_binomial_tail(std::int64_t k, std::int64_t n, double p) {
  if (k <= 0) return 0.0;
  if (k > n || !(p > 0)) return kImpossible;
  if (p >= 1) return 0.0;
  const double odds = p / (1 - p);
  const auto log_term = [&](std::int64_t i) {
    return log_factorial(n) - log_factorial(i) - log_factorial(n - i) + static_cast<double>(i) * std::log(p) +
           static_cast<double>(n - i) * std::log1p(-p);
  };
  if (static_cast<double>(k) > static_cast<double>(n) * p) {
    const double sum = relative_sum(
        [&](std::int64_t i) { return static_cast<double>(n - k - i + 1) / static_cast<double>(k + i) * odds; });
    return std::fmin(0.0, log_term(k) + std::log(sum));
  }
  const std::int64_t last = k - 1;
  const double sum = relative_sum(
      [&](std::int64_t i) { return static_cast<double>(last - i + 1) / static_cast<double>(n - last + i) / odds; });
  return log_complement(log_term(last) + std::log(sum));
}

}  // namespace brushwatch
