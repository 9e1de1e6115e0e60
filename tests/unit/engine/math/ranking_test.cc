#include "engine/math/ranking.h"

#include <gtest/gtest.h>

#include <random>

namespace brushwatch {
namespace {

double naive_area(const std::vector<Judged>& judged) {
  double won = 0, pairs = 0;
  for (const auto& g : judged) {
    for (const auto& h : judged) {
      if (!g.guilty || h.guilty) continue;
      pairs += 1;
      won += g.score > h.score ? 1 : g.score == h.score ? 0.5 : 0;
    }
  }
  return pairs > 0 ? won / pairs : 0.5;
}

TEST(Ranking, AreaIsTheShareOfPairsWon) {
  std::mt19937_64 chance(2);
  for (int round = 0; round < 200; ++round) {
    std::vector<Judged> judged;
    for (std::uint64_t n = chance() % 40; n > 0; --n) judged.push_back({static_cast<double>(chance() % 7), chance() % 3 == 0});
    EXPECT_NEAR(area_under_roc(judged), naive_area(judged), 1e-12);
  }
}

TEST(Ranking, AveragePrecisionAndPrecisionAtKByHand) {
  const std::vector<Judged> judged = {{9, true}, {8, false}, {7, true}, {6, false}};
  EXPECT_NEAR(average_precision(judged), (1.0 + 2.0 / 3) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(precision_at(judged, 1), 1);
  EXPECT_DOUBLE_EQ(precision_at(judged, 2), 0.5);
  EXPECT_DOUBLE_EQ(precision_at(judged, 100), 0.5) << "no more than there are";
  const std::vector<Judged> tied = {{1, true}, {1, false}, {1, false}, {1, true}};
  EXPECT_DOUBLE_EQ(average_precision(tied), 0.5);
  EXPECT_DOUBLE_EQ(precision_at(tied, 1), 0.5) << "a tie at the edge counts by its mean";
  EXPECT_DOUBLE_EQ(average_precision({}), 0);
  EXPECT_DOUBLE_EQ(precision_at({}, 5), 0);
}

}  // namespace
}  // namespace brushwatch
