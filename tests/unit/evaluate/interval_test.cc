#include "evaluate/interval.h"

#include <gtest/gtest.h>

#include <vector>

namespace brushwatch::evaluate {
namespace {

TEST(Interval, HoldsTheMeanAndNarrowsWithMoreObservations) {
  std::vector<double> few, many;
  for (int i = 0; i < 20; ++i) few.push_back(i % 4 == 0 ? 1 : 0);
  for (int i = 0; i < 2000; ++i) many.push_back(i % 4 == 0 ? 1 : 0);
  const Interval a = bootstrap_mean(few, true), b = bootstrap_mean(many, true);
  EXPECT_DOUBLE_EQ(a.value, 0.25);
  EXPECT_LT(a.low, 0.25);
  EXPECT_GT(a.high, 0.25);
  EXPECT_LT(b.high - b.low, (a.high - a.low) / 5);
}

TEST(Interval, DoesNotClaimCertaintyFromAFewEqualObservations) {
  const std::vector<double> all(10, 1.0), none(10, 0.0);
  EXPECT_NEAR(bootstrap_mean(all, true).low, 0.6915, 1e-3);  // Clopper and Pearson, 10 of 10
  EXPECT_EQ(bootstrap_mean(all, true).high, 1);
  EXPECT_NEAR(bootstrap_mean(none, true).high, 0.3085, 1e-3);
  EXPECT_EQ(bootstrap_mean({}, true).n, 0U);
}

TEST(Interval, GivesTheSameForTheSameInput) {
  const std::vector<double> x{1, 5, 2, 8, 3};
  EXPECT_EQ(bootstrap_mean(x, false).low, bootstrap_mean(x, false).low);
}

TEST(Quantile, InterpolatesBetweenObservations) {
  const std::vector<double> x{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(quantile(x, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(x, 1), 4);
  EXPECT_DOUBLE_EQ(quantile({}, 0.5), 0);
}

}  // namespace
}  // namespace brushwatch::evaluate
