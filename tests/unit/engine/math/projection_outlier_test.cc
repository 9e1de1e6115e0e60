#include "engine/math/projection_outlier.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "engine/math/ranking.h"

namespace brushwatch {
namespace {

double uniform(std::mt19937_64& chance) { return static_cast<double>(chance() >> 11) * 0x1p-53; }

/// Two numbers that agree and two that do not know each other, of four scales.
std::array<double, 4> ordinary(std::mt19937_64& chance) {
  const double a = uniform(chance) + uniform(chance) + uniform(chance);
  return {1000 * a, 1000 * a + 20 * uniform(chance), 1e-3 * (uniform(chance) + uniform(chance)), uniform(chance)};
}

TEST(ProjectionOutlier, RanksStrangersAbove) {
  std::mt19937_64 chance(8);
  ProjectionOutlier detector({.features = 4});
  std::vector<Judged> judged;
  for (int i = 0; i < 40'000; ++i) {
    auto v = ordinary(chance);
    const bool strange = i % 50 == 7;
    if (strange) v[3] += 1;
    judged.push_back({detector.add(v), strange});
  }
  EXPECT_GT(area_under_roc(judged), 0.85);
}

TEST(ProjectionOutlier, IsTheSameForTheSameSeedAndSurvivesWhatIsNoNumber) {
  std::mt19937_64 chance(8);
  ProjectionOutlier one({.features = 4, .seed = 3}), same({.features = 4, .seed = 3});
  for (int i = 0; i < 2'000; ++i) {
    auto v = ordinary(chance);
    if (i % 100 == 0) v[2] = std::numeric_limits<double>::quiet_NaN();
    const double score = one.add(v);
    ASSERT_TRUE(std::isfinite(score));
    ASSERT_EQ(score, same.add(v));
  }
}

TEST(ProjectionOutlier, ForgetsAtTheRateOfItsMemory) {
  std::mt19937_64 chance(8);
  ProjectionOutlier detector({.features = 4, .memory = 500});
  for (int i = 0; i < 3'000; ++i) detector.add(ordinary(chance));
  const auto moved = [&] {
    auto v = ordinary(chance);
    v[3] += 10;
    return v;
  };
  const double fresh = detector.add(moved());
  for (int i = 0; i < 30'000; ++i) detector.add(moved());
  EXPECT_LT(detector.add(moved()), fresh - 0.5) << "what comes all the time is ordinary; the weights were rescaled on the way";
}

}  // namespace
}  // namespace brushwatch
