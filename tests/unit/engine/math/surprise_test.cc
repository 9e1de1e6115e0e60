#include "engine/math/surprise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/math/tails.h"

namespace brushwatch {
namespace {

/// The definition, summed from 0.
double plain_tail(int k, double mean, double shape) {
  double below = 0;
  for (int n = 0; n < k; ++n) {
    below += std::exp(std::lgamma(n + shape) - std::lgamma(shape) - std::lgamma(n + 1.0) + shape * std::log(shape / (shape + mean)) +
                      n * std::log(mean / (shape + mean)));
  }
  return 1.0 - below;
}

TEST(NegativeBinomialTail, AgreesWithThePlainSum) {
  for (const double mean : {0.3, 2.0, 9.0}) {
    for (const double shape : {0.5, 2.0, 8.0}) {
      for (const int k : {1, 3, 10, 20}) {
        if (k <= mean) continue;
        EXPECT_NEAR(std::exp(log_negative_binomial_tail(k, mean, shape)), plain_tail(k, mean, shape), 1e-10);
      }
    }
  }
}

TEST(NegativeBinomialTail, TendsToPoissonWhenTheShapeIsLarge) {
  EXPECT_NEAR(log_negative_binomial_tail(30, 5.0, 1e9), log_poisson_tail(30, 5.0), 1e-4);
}

TEST(NegativeBinomialTail, FindsNoSurpriseAtOrBelowTheMean) {
  EXPECT_EQ(log_negative_binomial_tail(5, 5.0, 2.0), 0.0);
  EXPECT_EQ(log_negative_binomial_tail(0, 0.0, 2.0), 0.0);
}

TEST(EValue, IsNothingForAnUnsurprisingTailAndGrowsWithSurprise) {
  EXPECT_EQ(log_e_value(0.0), 0.0);
  EXPECT_EQ(log_e_value(-0.5), 0.0);
  EXPECT_NEAR(log_e_value(std::log(1e-6)), std::log(1e6) - 2 * std::log(std::log(1e6)), 1e-3);
  double last = 0;
  for (double l = 4; l < 60; l += 1) {
    EXPECT_GT(log_e_value(-l), last);
    last = log_e_value(-l);
  }
}

}  // namespace
}  // namespace brushwatch
