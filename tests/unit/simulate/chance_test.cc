#include "simulate/chance.h"

#include <cmath>

namespace brushwatch::simulate {
namespace {

TEST(Chance, LogAndExpAgreeWithTheMathLibrary) {
  for (double x = -30; x < 30; x += 0.37) EXPECT_NEAR(stable_exp(x) / std::exp(x), 1.0, 1e-13) << x;
  for (double x = 1e-12; x < 1e12; x *= 1.7) EXPECT_NEAR(stable_log(x), std::log(x), 1e-12 * std::max(1.0, std::abs(std::log(x)))) << x;
}

TEST(Chance, IsTheSameOnEveryMachine) {
  Chance chance(7);
  // splitmix64(7) × 4, then xoshiro256++; computed independently of this code.
  EXPECT_EQ(chance.next(), 1021219803524665661ULL);
  Chance again(7);
  std::int64_t sum = 0;
  for (int i = 0; i < 1000; ++i) sum += again.lognormal(1'000'000, 1.1);
  EXPECT_EQ(sum, 1'897'985'704);
}

TEST(Chance, NormalHasMeanZeroAndVarianceOne) {
  Chance chance(3);
  double sum = 0, squares = 0;
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    const double z = chance.normal();
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
}

TEST(Chance, PoissonHasItsMeanOnBothSidesOfTheApproximation) {
  Chance chance(5);
  for (const double mean : {0.3, 7.0, 63.0, 65.0, 900.0}) {
    double sum = 0;
    for (int i = 0; i < 4'000; ++i) sum += chance.poisson(mean);
    EXPECT_NEAR(sum / 4'000, mean, 0.05 + mean * 0.02);
  }
  EXPECT_EQ(chance.poisson(0), 0U);
}

TEST(Chance, PicksInProportionToTheWeights) {
  Chance chance(9);
  const std::vector<std::uint32_t> sums = {1, 1, 10};
  std::array<int, 3> seen{};
  for (int i = 0; i < 10'000; ++i) ++seen[chance.pick(sums)];
  EXPECT_NEAR(seen[0], 1'000, 150);
  EXPECT_EQ(seen[1], 0);
}

TEST(Chance, StreamsOfDifferentPurposeDiffer) {
  EXPECT_NE(Chance::of(1, 2, 3).next(), Chance::of(1, 3, 2).next());
  EXPECT_NE(Chance::of(1, 2, 3, 4).next(), Chance::of(1, 2, 4, 3).next());
}

}  // namespace
}  // namespace brushwatch::simulate
