#include "engine/math/llr.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brushwatch {
namespace {

TEST(Llr, IsZeroForNothingSeen) {
  EXPECT_EQ(binomial_llr(0, 0, 0.5, 0.03), 0);
  EXPECT_EQ(binomial_llr_at_least(0, 0, 0.5, 0.03), 0);
}

TEST(Llr, WeighsHitsForAndMissesAgainst) {
  EXPECT_NEAR(binomial_llr(1, 1, 0.5, 0.01), std::log(50.0), 1e-12);
  EXPECT_NEAR(binomial_llr(0, 1, 0.5, 0.01), std::log(0.5 / 0.99), 1e-12);
  EXPECT_LT(binomial_llr(3, 100, 0.5, 0.03), 0);
}

TEST(Llr, TakesTheRateSeenAsGuiltyOnlyAboveItsLeast) {
  EXPECT_NEAR(binomial_llr_at_least(8, 10, 0.5, 0.1), binomial_llr(8, 10, 0.8, 0.1), 1e-12);
  EXPECT_NEAR(binomial_llr_at_least(2, 10, 0.5, 0.1), binomial_llr(2, 10, 0.5, 0.1), 1e-12);
}

TEST(Llr, StaysFiniteAtRatesOfZeroAndOne) {
  EXPECT_TRUE(std::isfinite(binomial_llr(5, 10, 1, 0)));
  EXPECT_TRUE(std::isfinite(poisson_llr(5, 3, 0)));
  EXPECT_NEAR(poisson_llr(5, 3, 1), 5 * std::log(3.0) - 2, 1e-12);
}

}  // namespace
}  // namespace brushwatch
