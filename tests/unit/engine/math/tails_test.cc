#include "engine/math/tails.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brushwatch {
namespace {

/// Plain slow sums in long double, as the model.
double poisson_model(std::int64_t k, double mean) {
  long double below = 0;
  for (std::int64_t i = 0; i < k; ++i) below += std::exp(-static_cast<long double>(mean) + i * std::log(static_cast<long double>(mean)) - std::lgamma(static_cast<long double>(i) + 1));
  return static_cast<double>(std::log(1 - below));
}
double binomial_model(std::int64_t k, std::int64_t n, double p) {
  long double sum = 0;
  const long double q = p;
  for (std::int64_t i = k; i <= n; ++i) {
    sum += std::exp(std::lgamma(static_cast<long double>(n) + 1) - std::lgamma(static_cast<long double>(i) + 1) -
                    std::lgamma(static_cast<long double>(n - i) + 1) + i * std::log(q) + (n - i) * std::log1p(-q));
  }
  return static_cast<double>(std::log(sum));
}

TEST(Tails, PoissonAgreesWithAPlainSumWhereTheSumCanBeTrusted) {
  for (const double mean : {0.01, 0.5, 1.0, 3.7, 20.0, 144.0}) {
    for (std::int64_t k = 1; k <= static_cast<std::int64_t>(mean + 3 * std::sqrt(mean) + 2); ++k) {
      const double model = poisson_model(k, mean);
      if (model < -12) continue;  // the model cancels there
      EXPECT_NEAR(log_poisson_tail(k, mean), model, 1e-9) << k << " at " << mean;
    }
  }
}

TEST(Tails, PoissonKeepsItsDigitsFarOut) {
  EXPECT_NEAR(log_poisson_tail(1, 1e-12), std::log(1e-12), 1e-9);
  // The first term dominates: 20 · log(0.1) − 0.1 − log 20!, times 1 + 0.1/21 + …
  EXPECT_NEAR(log_poisson_tail(20, 0.1), 20 * std::log(0.1) - 0.1 - log_factorial(20) + std::log1p(0.1 / 21 + 0.01 / 21 / 22), 1e-6);
  EXPECT_LT(log_poisson_tail(3000, 1000.0), -1000);
  EXPECT_NEAR(log_poisson_tail(1'000'000, 1e6), std::log(0.5), 1e-3);
}

TEST(Tails, BinomialAgreesWithAPlainSum) {
  for (const std::int64_t n : {1, 2, 10, 77, 400}) {
    for (const double p : {0.001, 0.03, 0.3, 0.5, 0.97}) {
      for (std::int64_t k = 1; k <= n; k += 1 + n / 40) {
        EXPECT_NEAR(log_binomial_tail(k, n, p), binomial_model(k, n, p), 1e-8) << k << " of " << n << " at " << p;
      }
    }
  }
}

TEST(Tails, KnowWhatIsCertainAndWhatIsImpossible) {
  EXPECT_EQ(log_poisson_tail(0, 5), 0);
  EXPECT_EQ(log_poisson_tail(1, 0), -INFINITY);
  EXPECT_EQ(log_binomial_tail(0, 10, 0.5), 0);
  EXPECT_EQ(log_binomial_tail(11, 10, 0.5), -INFINITY);
  EXPECT_EQ(log_binomial_tail(1, 10, 0), -INFINITY);
  EXPECT_EQ(log_binomial_tail(10, 10, 1), 0);
}

TEST(Tails, FallAsTheCountRises) {
  double last_poisson = 0.0;
  double last_binomial = 0.0;
  for (std::int64_t k = 1; k <= 200; ++k) {
    EXPECT_LE(log_poisson_tail(k, 40), last_poisson);
    EXPECT_LE(log_binomial_tail(k, 200, 0.2), last_binomial);
    last_poisson = log_poisson_tail(k, 40);
    last_binomial = log_binomial_tail(k, 200, 0.2);
  }
}

}  // namespace
}  // namespace brushwatch
