#include "engine/base/token_bucket.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(TokenBucket, BeginsFullAndFillsWithTimeUpToASecondsWorth) {
  TokenBucket bucket(100, 5 * kSecond);
  EXPECT_EQ(bucket.left(5 * kSecond), 100U);
  bucket.take(100, 5 * kSecond);
  EXPECT_FALSE(bucket.open(5 * kSecond));
  EXPECT_EQ(bucket.left(5 * kSecond + kSecond / 4), 25U);
  EXPECT_EQ(bucket.left(60 * kSecond), 100U);
}

TEST(TokenBucket, LetsOneLargeBatchPassAndMakesItsSenderWait) {
  TokenBucket bucket(100);
  ASSERT_TRUE(bucket.open(0));
  bucket.take(350, 0);
  EXPECT_EQ(bucket.left(0), 0U);
  const std::int64_t wait = bucket.wait_ns(0);
  EXPECT_GE(wait, 2 * kSecond + kSecond / 2);
  EXPECT_LE(wait, 2 * kSecond + kSecond / 2 + 1);
  EXPECT_FALSE(bucket.open(2 * kSecond));
  EXPECT_TRUE(bucket.open(wait));
}

TEST(TokenBucket, PassesNoMoreThanItsRateOverTime) {
  TokenBucket bucket(1'000);
  std::uint64_t passed = 0;
  for (std::int64_t now = 0; now < 10 * kSecond; now += 777'777) {
    if (!bucket.open(now)) continue;
    bucket.take(7, now);
    passed += 7;
  }
  EXPECT_GE(passed, 10'900U);
  EXPECT_LE(passed, 11'007U) << "the first second's worth, ten seconds of the rate, one batch";
}

TEST(TokenBucket, LosesNoFractionsAtSmallRatesAndSmallSteps) {
  TokenBucket bucket(3);
  bucket.take(3, 0);
  std::uint64_t passed = 0;
  for (std::int64_t now = 0; now <= 100 * kSecond; now += 1'001) {
    if (now % 1'001'000 != 0) { (void)bucket.open(now); continue; }
    while (bucket.open(now)) bucket.take(1, now), ++passed;
  }
  EXPECT_GE(passed, 300U);
  EXPECT_LE(passed, 302U);
}

TEST(TokenBucket, WithoutARateIsAlwaysOpenAndAClockThatGoesBackGivesNothing) {
  TokenBucket free(0);
  free.take(UINT64_MAX, 0);
  EXPECT_TRUE(free.open(0));
  EXPECT_EQ(free.wait_ns(0), 0);
  TokenBucket bucket(10, 100 * kSecond);
  bucket.take(10, 100 * kSecond);
  EXPECT_FALSE(bucket.open(90 * kSecond));
  EXPECT_FALSE(bucket.open(90 * kSecond));
  bucket.take(UINT64_MAX, 90 * kSecond);
  EXPECT_GT(bucket.wait_ns(90 * kSecond), 0);
}

TEST(Quota, WaitsForTheScarcerOfEventsAndBytes) {
  Quota quota(1'000, 100, 0);
  quota.take(10, 300, 0);
  EXPECT_EQ(quota.events_left(0), 990U);
  EXPECT_GE(quota.wait_ns(0), 2 * kSecond);
  EXPECT_FALSE(Quota().limited());
  EXPECT_EQ(Quota().wait_ns(0), 0);
}

}  // namespace
}  // namespace brushwatch
