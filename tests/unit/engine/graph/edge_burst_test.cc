#include "engine/graph/edge_burst.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace brushwatch {
namespace {

/// The same statistic with a cell for every id and no table of powers: what the sets approximate.
struct Exact {
  struct Cell {
    double recent = 0, total = 0, highest = 0;
    std::uint32_t tick = 0;
  };
  std::map<std::uint64_t, Cell> source, target;
  static double end(Cell& c, std::uint32_t tick) {
    if (tick > c.tick) {
      const double kept = std::pow(0.8, tick - c.tick);
      c.total += std::min(c.recent, 10 / 0.2) * (1 - kept);
      c.recent *= kept;
      c.highest *= std::exp(-static_cast<double>(tick - c.tick) / 5040);
      c.tick = tick;
    }
    c.recent += 1;
    const double excess = std::max(0.0, c.recent * 0.2 - c.total / tick);
    return c.highest = std::max(c.highest, excess * excess * tick / (c.total + 1));
  }
  double add(std::uint64_t u, std::uint64_t v, std::uint32_t tick) { return (1 + end(source[u], tick)) * (1 + end(target[v], tick)); }
};

TEST(EdgeBurst, WithRoomForEverybodyIsTheExactStatistic) {
  std::mt19937_64 chance(5);
  EdgeBurst burst({.sets = 1U << 14});
  Exact exact;
  for (std::uint32_t i = 1; i < 50'000; ++i) {
    const std::uint32_t tick = 1 + i / 20 + (i > 30'000 ? 4000 : 0);
    const std::uint64_t u = chance() % 300, v = i > 40'000 && i % 2 == 0 ? 7 : chance() % 300;
    const double expected = exact.add(u, v, tick);
    ASSERT_NEAR(burst.add(u, v, tick) / expected, 1, 2e-3) << i;
  }
}

TEST(EdgeBurst, AFloodStandsOutAndIsRememberedAfterAPause) {
  EdgeBurst burst({});
  float steady = 0;
  for (std::uint32_t tick = 1; tick <= 5000; ++tick) {
    for (std::uint64_t u = 0; u < 5; ++u) steady = burst.add(u, 100 + u, tick);
  }
  float flood = 0;
  for (int i = 0; i < 400; ++i) flood = burst.add(9, 104, 5001);
  EXPECT_GT(flood, 1e4F * steady);
  const float after = burst.add(9, 104, 5001 + 600);
  EXPECT_GT(after, 0.7F * flood) << "ten hours of quiet are not innocence";
  EXPECT_LT(burst.add(9, 104, 5001 + 80'000), 1e-3F * flood) << "eight weeks are";
}

TEST(EdgeBurst, AFullSetKeepsTheBusy) {
  EdgeBurst small({.sets = 2}), roomy({.sets = 1U << 14});
  std::mt19937_64 chance(6);
  float crowded = 0, alone = 0;
  for (std::uint32_t tick = 1; tick < 300; ++tick) {
    for (int i = 0; i < 20; ++i) {
      crowded = small.add(1, 2, tick);
      alone = roomy.add(1, 2, tick);
    }
    for (int i = 0; i < 10; ++i) {
      small.add(1000 + chance() % 5000, 1000 + chance() % 5000, tick);
      roomy.add(1000 + chance() % 5000, 1000 + chance() % 5000, tick);
    }
  }
  EXPECT_NEAR(crowded / alone, 1, 0.2) << "three thousand strangers passed through its set";
}

TEST(EdgeBurst, ALateTickIsTakenForTheLastOne) {
  EdgeBurst one({}), other({});
  one.add(1, 2, 50);
  other.add(1, 2, 50);
  const float late = one.add(1, 2, 40), in_time = other.add(1, 2, 50);
  EXPECT_GT(late, 1);
  EXPECT_GT(in_time, 1);
  EXPECT_EQ(one.add(1, 2, 60), other.add(1, 2, 60)) << "neither moved a clock back";
}

}  // namespace
}  // namespace brushwatch
