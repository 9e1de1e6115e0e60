#include "engine/math/milli.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brushwatch {
namespace {

TEST(Milli, RoundsHalfAwayFromZero) {
  EXPECT_EQ(to_milli(0.0005), 1);
  EXPECT_EQ(to_milli(-0.0005), -1);
  EXPECT_EQ(to_milli(0.0004), 0);
  EXPECT_EQ(to_milli(3.25), 3250);
}

TEST(Milli, ClampsWhatDoesNotFit) {
  EXPECT_EQ(to_milli(INFINITY), kMilliMax);
  EXPECT_EQ(to_milli(-INFINITY), -kMilliMax);
  EXPECT_EQ(to_milli(1e300), kMilliMax);
  EXPECT_EQ(to_milli(NAN), 0);
}

TEST(Milli, DividesIntegersExactly) {
  EXPECT_EQ(ratio_milli(1, 3), 333);
  EXPECT_EQ(ratio_milli(2, 3), 667);
  EXPECT_EQ(ratio_milli(-2, 3), -667);
  EXPECT_EQ(ratio_milli(1, 2000), 1);
  EXPECT_EQ(ratio_milli(5, 0), 0);
  EXPECT_EQ(ratio_milli(1LL << 60, 1LL << 60), 1000);
  EXPECT_EQ(ratio_milli(INT64_MIN, 1), -kMilliMax);
}

}  // namespace
}  // namespace brushwatch
