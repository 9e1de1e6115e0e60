#include "detectors/order_velocity/order_velocity.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct OrderVelocityTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d1_shop()}};
  DetectorBench bench{few};
  Pid buyer = 1;

  /// `n` orders spread over the waking hours of each day.
  void quiet(int first_day, int days, int n) {
    for (int d = first_day; d < first_day + days; ++d) {
      for (int i = 0; i < n; ++i) bench.feed(paid(at(d, 8 + 15.0 * i / n), "s", buyer++));
      bench.close_round(at(d, 23.9));
    }
  }
  void burst(int day, double hour, int n, double hours, Channel channel = Channel::kSearch) {
    for (int i = 0; i < n; ++i) {
      Event e = paid(at(day, hour + hours * i / n), "s", buyer++);
      std::get<OrderEvent>(e.body).channel = channel;
      bench.feed(e);
    }
    bench.close_round(at(day, hour + hours));
  }
};

TEST_F(OrderVelocityTest, FindsABurstWhileItRunsAndDatesItToItsDay) {
  quiet(0, 7, 3);
  burst(7, 20, 30, 1);
  const auto found = bench.verdicts_of(1);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].direction, Direction::kPromote);
  EXPECT_EQ(found[0].window_start, at(7, 0));
  EXPECT_EQ(found[0].window_end, at(8, 0));
  EXPECT_EQ(found[0].subject.text, "s");
  EXPECT_GT(found[0].llr_milli, 5000);
  EXPECT_LE(found[0].threshold_milli, found[0].value_milli);
  EXPECT_FALSE(found[0].evidence.empty());
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(1).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(1)[0].count, 30U);
}

TEST_F(OrderVelocityTest, SaysNothingOfASteadyShop) {
  quiet(0, 30, 40);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(OrderVelocityTest, SaysNothingOfAShopWithoutHistory) {
  burst(0, 20, 200, 1);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

// Once, winsorising from the prior made every large shop a burst on its fourth day.
TEST_F(OrderVelocityTest, LearnsALargeShopsSizeFromItsFirstDays) {
  quiet(0, 10, 400);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(OrderVelocityTest, LetsAnAnnouncedPromotionExplainTheOrders) {
  Event promotion;
  promotion.type = EventType::kRefPromotion;
  auto& p = promotion.emplace<ReferenceEvent>();
  p.id = NamedId::of("p1");
  p.parent = NamedId::of("s");
  p.factor_milli = 15'000;
  p.valid_from = at(7, 0);
  p.valid_until = at(8, 0);
  bench.reference().apply(promotion);
  quiet(0, 7, 10);
  quiet(7, 1, 120);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(OrderVelocityTest, ClaimsLittleWhenALiveRoomExplainsTheBurst) {
  quiet(0, 7, 3);
  burst(7, 20, 60, 0.2, Channel::kLive);
  ASSERT_EQ(bench.verdicts_of(1).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(1)[0].llr_milli, 2000);
}

TEST_F(OrderVelocityTest, DoesNotLearnThatBoughtDaysAreUsual) {
  quiet(0, 10, 3);
  burst(10, 20, 80, 1);
  burst(11, 20, 80, 1);
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(1).size(), 2U);
}

TEST_F(OrderVelocityTest, SeesAWeekThatNoSingleDayGivesAway) {
  quiet(0, 28, 4);
  quiet(28, 7, 16);
  bench.settle();
  ASSERT_FALSE(bench.verdicts_of(1).empty());
  EXPECT_EQ(bench.verdicts_of(1).back().params[0], 7 * 24 * 60);
}

TEST_F(OrderVelocityTest, ForgetsAShopThatFellSilent) {
  quiet(0, 5, 3);
  bench.close_round(at(70, 0));
  EXPECT_EQ(bench.rows(Stage::kShop), 0U);
}

}  // namespace
}  // namespace brushwatch::test
