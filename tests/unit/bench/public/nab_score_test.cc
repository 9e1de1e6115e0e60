#include "bench/public/nab_score.h"

#include <gtest/gtest.h>

namespace brushwatch::bench {
namespace {

/// 1,000 points, probation 150, one anomaly in points 500 … 599.
std::vector<Series> one_window() {
  Series s;
  for (int i = 0; i < 1000; ++i) {
    s.time_s.push_back(300 * i);
    s.value.push_back(0);
  }
  s.windows = {{500, 599}};
  return {s};
}
std::vector<std::vector<double>> reports(std::initializer_list<std::size_t> at) {
  std::vector<double> scores(1000, 0);
  for (const std::size_t i : at) scores[i] = 1;
  return {scores};
}

TEST(NabScore, PerfectIsAHundredAndSilenceIsNothing) {
  EXPECT_NEAR(nab_score(one_window(), reports({500}), 0.11), 100, 1e-9);
  EXPECT_NEAR(nab_score(one_window(), reports({}), 0.11), 0, 1e-9) << "reporting every point is worse than reporting none";
}

TEST(NabScore, LateReportsEarnLessAndFalseOnesCost) {
  const double early = nab_score(one_window(), reports({510}), 0.11), late = nab_score(one_window(), reports({595}), 0.11);
  EXPECT_GT(early, 98);
  EXPECT_LT(late, 65);
  EXPECT_GT(late, 50) << "half of the score for having reported at all";
  // One false report long before any window costs its whole weight: 0.11 of the 2 that a window is worth.
  EXPECT_NEAR(nab_score(one_window(), reports({200, 500}), 0.11), 100 - 100 * 0.11 / 2, 1e-9);
  EXPECT_NEAR(nab_score(one_window(), reports({200, 500}), 0.22), 100 - 100 * 0.22 / 2, 1e-9);
  EXPECT_GT(nab_score(one_window(), reports({500, 601}), 0.11), 99.5) << "just behind the window is nearly forgiven";
}

TEST(NabScore, ProbationIsNotJudged) { EXPECT_NEAR(nab_score(one_window(), reports({10, 100, 500}), 0.11), 100, 1e-9); }

}  // namespace
}  // namespace brushwatch::bench
