#include "detectors/review_burst/review_burst.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct ReviewBurstTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d11_shop()}};
  DetectorBench bench{few};
  Pid buyer = 1;

  /// Each day `deliveries`, a third of them reviewed, stars as honest buyers give them.
  void quiet(int first_day, int days, int deliveries) {
    constexpr std::uint8_t kStars[] = {5, 5, 5, 4, 5, 5, 1, 5, 5, 3};
    for (int d = first_day; d < first_day + days; ++d) {
      for (int i = 0; i < deliveries; ++i) {
        const EventTime t = at(d, 8 + 14.0 * i / deliveries);
        bench.feed(order_event(EventType::kOrderSigned, t, "s", "o", buyer++));
        if (i % 3 == 0) bench.feed(review(t, "s", buyer, kStars[(d + i / 3) % 10]));
      }
      bench.close_round(at(d, 23.9));
    }
  }
  void burst(int day, int n, std::uint8_t stars) {
    for (int i = 0; i < n; ++i) bench.feed(review(at(day, 20 + 0.05 * i), "s", buyer++, stars));
    bench.close_round(at(day, 23.9));
  }
};

TEST_F(ReviewBurstTest, FindsBoughtPraise) {
  quiet(0, 10, 9);
  burst(10, 30, 5);
  const auto found = bench.verdicts_of(11);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].direction, Direction::kPromote);
  EXPECT_EQ(found[0].window_start, at(10, 0));
  EXPECT_GT(found[0].llr_milli, 4000);
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(11).size(), 1U);
}

TEST_F(ReviewBurstTest, CallsABurstOfBlameAnAttackAndClaimsLittle) {
  quiet(0, 10, 9);
  burst(10, 30, 1);
  bench.settle();
  const auto found = bench.verdicts_of(11);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].direction, Direction::kDemote);
  EXPECT_LE(found[0].llr_milli, 3000);
}

TEST_F(ReviewBurstTest, LetsADeliveryWaveExplainTheReviews) {
  quiet(0, 10, 12);
  quiet(10, 3, 84);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

// A live room sold 300 units of a shop that sells one a day: found on a simulated month as "bought praise".
TEST_F(ReviewBurstTest, LetsOneLiveEveningOfASmallShopExplainItsPraise) {
  quiet(0, 10, 1);
  quiet(10, 3, 100);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(ReviewBurstTest, SaysNothingOfASteadyShopOrANewOne) {
  quiet(0, 20, 30);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
  DetectorBench fresh{few};
  for (int i = 0; i < 50; ++i) fresh.feed(review(at(0, 10 + 0.1 * i), "s", buyer++, 5));
  fresh.settle();
  EXPECT_TRUE(fresh.findings().empty());
}

TEST_F(ReviewBurstTest, CountsAReviewThatComesADayLate) {
  quiet(0, 10, 9);
  burst(10, 25, 5);
  for (int i = 0; i < 5; ++i) bench.feed(review(at(10, 21), "s", buyer++, 5));
  bench.close_round(at(11, 20));
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(11).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(11)[0].count, 30U);
}

}  // namespace
}  // namespace brushwatch::test
