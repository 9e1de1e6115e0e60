#include "engine/math/series_anomaly.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace brushwatch {
namespace {

/// A day of 288 points with a wave in it and a little ripple.
double wave(int i) { return 100 + 40 * std::sin(2 * std::numbers::pi * i / 288) + (i * 7919 % 13) * 0.3; }

TEST(SeriesAnomaly, ReportsAValueWrongForTheTimeOfDayOnce) {
  SeriesAnomaly detector({.warmup = 288 * 4, .rest = 60});
  double usual = 0;
  for (int i = 0; i < 288 * 14; ++i) {
    const double score = detector.add(300LL * i, wave(i));
    if (i > 288 * 6) usual = std::max(usual, score);
  }
  // The night's value at noon lies well inside the range.
  int reports = 0;
  double highest = 0;
  for (int i = 288 * 14; i < 288 * 14 + 40; ++i) {
    const double score = detector.add(300LL * i, i >= 288 * 14 + 10 ? wave(i + 144) : wave(i));
    highest = std::max(highest, score);
    reports += score > 1 ? 1 : 0;
  }
  EXPECT_GT(highest, 1.5 * usual);
  EXPECT_GE(reports, 1);
  EXPECT_LE(reports, 5) << "then it rests, unless it gets much worse";
}

TEST(SeriesAnomaly, IsSilentInItsWarmUpAndOnWhatIsNoNumber) {
  SeriesAnomaly detector({.warmup = 100, .rest = 10});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(detector.add(300LL * i, i == 60 ? 1e9 : wave(i)), 0) << i;
  EXPECT_EQ(detector.add(40'000, std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(detector.add(40'000, std::numeric_limits<double>::infinity()), 0);
  EXPECT_TRUE(std::isfinite(detector.add(40'300, wave(3))));
}

TEST(SeriesAnomaly, ScoresDoNotDependOnTheUnit) {
  SeriesAnomaly one({}), other({});
  for (int i = 0; i < 3000; ++i) {
    const double x = wave(i) + (i == 2500 ? 300 : 0);
    const double a = one.add(300LL * i, x), b = other.add(300LL * i, 1024 * x);
    ASSERT_NEAR(a, b, 1e-6 * (1 + a)) << i;
  }
}

}  // namespace
}  // namespace brushwatch
