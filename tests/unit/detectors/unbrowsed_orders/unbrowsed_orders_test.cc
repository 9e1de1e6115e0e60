#include "detectors/unbrowsed_orders/unbrowsed_orders.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct UnbrowsedOrdersTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d9_shop()}};
  DetectorBench bench{few};
  Pid people = 0;

  void order(int day, double hour, bool looked, Channel channel = Channel::kSearch) {
    const Pid buyer = mix64(++people);
    if (looked) {
      Event v = view(at(day, hour - 0.2), "s", buyer, true);
      std::get<ViewEvent>(v.body).buyer = buyer;
      bench.feed(v);
    }
    Event e = paid(at(day, hour), "s", buyer);
    std::get<OrderEvent>(e.body).channel = channel;
    bench.feed(e);
  }
};

TEST_F(UnbrowsedOrdersTest, FindsOrdersWithoutAView) {
  for (int i = 0; i < 40; ++i) order(i / 10, 9 + 0.2 * (i % 10), i % 5 == 0);
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(9).size(), 1U);
  const FindingEvent f = bench.verdicts_of(9)[0];
  EXPECT_EQ(f.family, Family::kTraffic);
  EXPECT_GE(f.count, 28U);
  EXPECT_FALSE(f.evidence.empty());
}

TEST_F(UnbrowsedOrdersTest, LeavesBuyersWhoLookedAlone) {
  for (int i = 0; i < 60; ++i) order(i / 15, 9 + 0.2 * (i % 15), i % 8 != 0);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(9).empty());
}

TEST_F(UnbrowsedOrdersTest, LeavesTheLiveRoomAlone) {
  for (int i = 0; i < 80; ++i) order(2, 20 + 0.01 * i, false, Channel::kLive);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(9).empty());
}

TEST_F(UnbrowsedOrdersTest, IsSilentWhereTheBitmapIsFull) {
  for (int i = 0; i < 2000; ++i) order(2, 9 + 0.005 * i, i % 2 == 0);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(9).empty());
}

}  // namespace
}  // namespace brushwatch::test
