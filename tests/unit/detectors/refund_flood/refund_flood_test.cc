#include "detectors/refund_flood/refund_flood.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct RefundFloodTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d7_shop()}};
  DetectorBench bench{few};

  void order(double hour, Pid buyer, double refund_after_hours) {
    bench.feed(paid(at(3, hour), "s", buyer));
    if (refund_after_hours >= 0) bench.feed(order_event(EventType::kOrderRefunded, at(3, hour + refund_after_hours), "s", "o", buyer));
  }
  void crowd(int n, double refunded_share) {
    for (int i = 0; i < n; ++i) order(8 + 12.0 * i / n, 1000 + mix64(static_cast<std::uint64_t>(i)), i % 100 < refunded_share * 100 ? 3 : -1);
  }
};

TEST_F(RefundFloodTest, NamesTheShopAVictimWhenOneAccountBuysAndTakesBack) {
  for (int i = 0; i < 60; ++i) order(10 + i * 0.05, 7, 0.1);
  bench.close_round(at(3, 14));
  const auto early = bench.verdicts_of(7);
  ASSERT_EQ(early.size(), 1U);
  EXPECT_EQ(early[0].direction, Direction::kVictim);
  EXPECT_GE(early[0].llr_milli, 6000);
  bench.settle();
  const auto final = bench.verdicts_of(7);
  ASSERT_EQ(final.size(), 1U);
  EXPECT_EQ(final[0].params, (std::array<std::int64_t, 4>{60, 1, 60, 6}));
}

TEST_F(RefundFloodTest, SeesTheAttackInsideALargeShopsCrowd) {
  crowd(1600, 0.03);
  for (int i = 0; i < 200; ++i) order(10 + i * 0.02, 7, 0.1);
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(7).size(), 1U);
}

TEST_F(RefundFloodTest, SeesTenAccounts) {
  for (int i = 0; i < 400; ++i) order(10 + i * 0.02, 7 + static_cast<Pid>(i % 10), 0.1);
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(7).size(), 1U);
}

TEST_F(RefundFloodTest, SeesAccountsThatEachStayBelowTheFloorOfOrders) {
  crowd(60, 0.03);
  for (int i = 0; i < 48; ++i) order(10 + i * 0.1, 7 + static_cast<Pid>(i % 6), 0.2);
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(7).size(), 1U) << "eight orders an account, all taken back within minutes";
}

TEST_F(RefundFloodTest, SaysNothingOfAFewBuyersWhoTakeBackAParcelOrTwo) {
  crowd(120, 0.06);
  for (Pid buyer = 7; buyer < 12; ++buyer) for (int i = 0; i < 3; ++i) order(9 + static_cast<double>(i), buyer, i == 0 ? 2 : -1);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(RefundFloodTest, SaysNothingOfAWaveOfReturnsFromManyBuyers) {
  crowd(800, 0.5);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(RefundFloodTest, SaysNothingOfABulkBuyerWhoKeepsTheGoods) {
  for (int i = 0; i < 200; ++i) order(10 + i * 0.02, 7, -1);
  crowd(30, 0.1);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(RefundFloodTest, KeepsNothingOnceTheDayIsSettled) {
  order(10, 7, 0.1);
  bench.close_round(at(70, 0));
  EXPECT_EQ(bench.rows(Stage::kShop), 0U);
}

}  // namespace
}  // namespace brushwatch::test
