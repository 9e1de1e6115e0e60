#include "engine/math/hll64.h"

#include <gtest/gtest.h>

#include "engine/base/hash.h"

namespace brushwatch {
namespace {

TEST(Hll64, CountsNothingAsZero) { EXPECT_EQ(Hll64{}.estimate(), 0U); }

TEST(Hll64, IsNearTheTruthAtEverySize) {
  for (const std::uint32_t n : {1U, 5U, 20U, 60U, 200U, 1000U, 20'000U}) {
    double sum = 0;
    for (std::uint64_t trial = 0; trial < 20; ++trial) {
      Hll64 sketch;
      for (std::uint32_t i = 0; i < n; ++i) sketch.add(hash_combine(trial, i));
      sum += sketch.estimate();
    }
    EXPECT_NEAR(sum / 20 / n, 1.0, 0.12) << n;  // 13 % / √20 = 3 %, four of them
  }
}

TEST(Hll64, DoesNotCareAboutOrderOrRepeats) {
  Hll64 forward;
  Hll64 backward;
  for (std::uint64_t i = 0; i < 500; ++i) {
    forward.add(mix64(i));
    forward.add(mix64(i));
    backward.add(mix64(499 - i));
  }
  EXPECT_EQ(forward.registers, backward.registers);
}

TEST(Hll64, MergesToTheSketchOfTheUnion) {
  Hll64 left;
  Hll64 right;
  Hll64 both;
  for (std::uint64_t i = 0; i < 300; ++i) {
    (i % 3 == 0 ? left : right).add(mix64(i));
    both.add(mix64(i));
  }
  left.merge(right);
  EXPECT_EQ(left.registers, both.registers);
}

TEST(Hll64, BoundsItsRankForTheHashOfAllZeros) {
  Hll64 sketch;
  sketch.add(0);
  EXPECT_EQ(sketch.registers[0], 59);
}

}  // namespace
}  // namespace brushwatch
