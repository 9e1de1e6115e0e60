#include "engine/math/e_process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace brushwatch {
namespace {

/// log of ∏ q / sup over a fine grid of rates, with every factor written out.
double by_fine_grid(const std::vector<std::pair<int, double>>& periods, double shape) {
  const auto log_nb = [&](double x, double mean) {
    return std::lgamma(x + shape) - std::lgamma(shape) - std::lgamma(x + 1) + shape * std::log(shape / (mean + shape)) + x * std::log(mean / (mean + shape));
  };
  double log_q = 0, counts = 0, exposures = 0;
  for (const auto& [x, exposure] : periods) {
    const double expected = (counts + 0.5) / (exposures + 10) * exposure;
    const double q = 0.7 * std::exp(log_nb(x, expected)) + 0.1 * (std::exp(log_nb(x, expected + 3)) + std::exp(log_nb(x, expected + 10)) + std::exp(log_nb(x, expected + 30)));
    log_q += std::log(q);
    counts += x;
    exposures += exposure;
  }
  double greatest = -1e300;
  for (double rate = EProcess::kLeastRate; rate <= 512; rate *= 1.003) {
    double sum = 0;
    for (const auto& [x, exposure] : periods) sum += log_nb(x, rate * exposure);
    greatest = std::max(greatest, sum);
  }
  return log_q - greatest;
}

TEST(EProcess, NeverExceedsTheTrueSupremumsValueAndIsNearIt) {
  std::mt19937_64 chance(4);
  for (int round = 0; round < 10; ++round) {
    EProcess process(4);
    std::vector<std::pair<int, double>> periods;
    const auto typical = static_cast<int>(1 + chance() % 40);
    for (int day = 0; day < 12; ++day) {
      periods.emplace_back(static_cast<int>(chance() % static_cast<std::uint64_t>(2 * typical)), 0.5 + static_cast<double>(chance() % 4));
      const double mine = process.add(periods.back().first, periods.back().second);
      const double exact = by_fine_grid(periods, 4);
      ASSERT_LE(mine, exact + 1e-6) << "the tangents bound the supremum from above";
      ASSERT_GE(mine, exact - 0.8) << "and not from far above";
    }
  }
}

TEST(EProcess, ARiseBeyondLuckMakesItGrowAndASteadyShopDoesNot) {
  EProcess steady(4), rising(4);
  for (int day = 0; day < 20; ++day) {
    steady.add(2, 1);
    rising.add(2, 1);
  }
  EXPECT_LT(steady.log_value(), 0);
  for (int day = 0; day < 3; ++day) rising.add(32, 1);
  EXPECT_GT(rising.log_value(), std::log(100));
}

TEST(EProcess, AKnownSaleDayIsNoSurprise) {
  EProcess told(4), untold(4);
  for (int day = 0; day < 20; ++day) {
    told.add(4, 1);
    untold.add(4, 1);
  }
  EXPECT_LT(told.add(40, 10), 0);
  EXPECT_GT(untold.add(40, 1), told.log_value() + 2);
}

}  // namespace
}  // namespace brushwatch
