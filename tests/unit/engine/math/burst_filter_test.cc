#include "engine/math/burst_filter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brushwatch {
namespace {

/// A platform of 1,000 shops and 10 orders an hour.
BurstFilter::Platform platform_at(double hours) { return {.orders = 1 + 10 * hours, .orders_an_hour = 10, .shops = 1000}; }

struct Shop {
  BurstFilter filter{BurstFilter::Options()};
  BurstFilter::State state{};
  double order(double hours) { return filter.fold(state, hours, platform_at(hours)); }
};

TEST(BurstFilter, BeliefsSumToOneAfterEveryOrder) {
  Shop shop;
  for (int i = 0; i < 200; ++i) {
    shop.order(100 + i * (i % 7 == 0 ? 0.01 : 30.0));
    double sum = 0;
    for (const auto& row : shop.state.p) {
      for (const float p : row) {
        ASSERT_GE(p, 0);
        sum += p;
      }
    }
    ASSERT_NEAR(sum, 1, 1e-4) << i;
  }
}

TEST(BurstFilter, ASteadyShopIsLeftAloneAndItsShareLearnt) {
  Shop shop;
  double odds = 0;
  for (int day = 1; day < 200; ++day) odds = shop.order(24.0 * day + 3 * (day % 5));
  EXPECT_LT(odds, 0.05);
  EXPECT_NEAR(shop.filter.share(shop.state), 1.0 / 240, 0.5 / 240) << "one of the day's 240 orders";
}

TEST(BurstFilter, CampaignsOfEveryLengthShowWithinAFewOrders) {
  for (const double length : {2.0, 24.0, 720.0}) {
    Shop shop;
    for (int month = 0; month < 6; ++month) shop.order(720.0 * month + 17 * month);
    const double begin = 5000;
    double first = 0, odds = 0;
    for (int k = 0; k < 12; ++k) {
      odds = shop.order(begin + length * k / 30);
      if (k == 0) first = odds;
    }
    EXPECT_GT(odds, 10) << length << " hours";
    EXPECT_GT(odds, 5 * first) << length << " hours";
    EXPECT_GT(BurstFilter::campaign(shop.state), 0.9);
  }
}

TEST(BurstFilter, ASaleDayForEverybodyIsNoCampaign) {
  Shop quiet, sale;
  BurstFilter::Platform platform = platform_at(0);
  for (int day = 1; day < 120; ++day) {
    platform = platform_at(24.0 * day);
    quiet.filter.fold(quiet.state, 24.0 * day, platform);
    sale.filter.fold(sale.state, 24.0 * day, platform);
  }
  // Fifteen orders in a day, with the platform as it was; and with fifteen times its flow.
  double alone = 0, with_all = 0;
  for (int k = 0; k < 15; ++k) {
    const double hours = 24.0 * 120 + 1.6 * k;
    alone = quiet.filter.fold(quiet.state, hours, platform_at(hours));
    platform.orders += 16 * 15;
    platform.orders_an_hour = 150;
    with_all = sale.filter.fold(sale.state, hours, platform);
  }
  EXPECT_GT(alone, 10);
  EXPECT_LT(with_all, 1);
}

TEST(BurstFilter, LongSilenceAndClocksThatRunBackwardsLeaveNumbers) {
  Shop shop;
  shop.order(10);
  for (const double hours : {9.0, 1e7, 1e7, 2e7}) {
    const double odds = shop.order(hours);
    EXPECT_TRUE(std::isfinite(odds));
    EXPECT_GE(odds, 0);
  }
}

}  // namespace
}  // namespace brushwatch
