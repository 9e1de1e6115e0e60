#include "engine/math/surprise.h"

#include <algorithm>
#include <cmath>

namespace brushwatch {
namespace {

double log_gamma(double x) {
  int sign = 0;  // lgamma() would write a global
  return ::lgamma_r(x, &sign);
}

}  // namespace

double log_negative_binomial_tail(std::int64_t k, double mean, double shape) {
  if (static_cast<double>(k) <= mean || k <= 0) return 0.0;
  if (mean <= 0.0 || shape <= 0.0) return -INFINITY;
  const auto x = static_cast<double>(k);
  // log1p keeps the digits when the shape is large and the law is nearly Poisson.
  const double log_q = std::log(mean) - std::log(mean + shape);
  const double log_first = log_gamma(x + shape) - log_gamma(shape) - log_gamma(x + 1.0) - shape * std::log1p(mean / shape) + x * log_q;
  const double q = std::exp(log_q);
  double term = 1.0, sum = 1.0;
  // Above the mean the ratio of neighbours falls below 1, so the terms shrink; 1e-12 is far below a milli-nat.
  for (double j = x; term > 1e-12 * sum && j < x + 100000.0; j += 1.0) {
    term *= (j + shape) / (j + 1.0) * q;
    sum += term;
  }
  return std::min(0.0, log_first + std::log(sum));
}

double log_e_value(double log_p) {
  if (!(log_p < 0.0)) return 0.0;
  const double l = -log_p;
  // Below one nat the closed form is a quotient of two vanishing numbers; its limit at p = 1 is 1/2, that is, no evidence.
  if (l < 1.0) return 0.0;
  const double p = std::exp(log_p);
  return std::max(0.0, std::log(1.0 - p * (1.0 + l)) + l - 2.0 * std::log(l));
}

}  // namespace brushwatch
