#include "detectors/buyer_mix/buyer_mix.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

constexpr std::uint32_t kWorkersTown = 612'301;

struct BuyerMixTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d3_shop()}};
  DetectorBench bench{few};
  void order(int day, std::uint32_t region6) {
    Event e = paid(at(day, 10 + 0.01 * static_cast<double>(count_ % 500)), "s", mix64(static_cast<std::uint64_t>(count_)));
    ++count_;
    std::get<OrderEvent>(e.body).region6 = region6;
    bench.feed(e);
  }
  /// `n` a day, in ten towns.
  void usual_days(int first, int last, int n) {
    for (int day = first; day <= last; ++day) {
      for (int i = 0; i < n; ++i) order(day, static_cast<std::uint32_t>(610'101 + 100 * ((day + i) % 10)));
    }
  }
  void judge(int day = 13) {
    bench.close_round(at(day, 23));
    bench.settle();
  }
  int count_ = 0;
};

TEST_F(BuyerMixTest, FindsOneTownAmongBuyersFromEverywhere) {
  usual_days(0, 13, 10);
  for (int i = 0; i < 80; ++i) order(7 + i % 5, kWorkersTown);
  judge();
  const auto verdicts = bench.verdicts_of(3);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].params[0], 64) << "without the busiest of five days";
  EXPECT_EQ(verdicts[0].params[1], 124);
  EXPECT_EQ(verdicts[0].params[2], 4) << "days besides";
  EXPECT_EQ(verdicts[0].params[3], 70) << "orders before";
  EXPECT_EQ(verdicts[0].llr_milli, 2'500) << "a university that opens looks the same";
  EXPECT_FALSE(verdicts[0].evidence.empty());
}
TEST_F(BuyerMixTest, LetsANeighbourhoodOrderOnOneEvening) {
  usual_days(0, 13, 10);
  for (int i = 0; i < 80; ++i) order(9, kWorkersTown);
  order(10, kWorkersTown), order(11, kWorkersTown), order(12, kWorkersTown);  // and a few on their own
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(BuyerMixTest, KnowsAShopThatAlwaysSoldToItsTown) {
  for (int i = 0; i < 200; ++i) order(i % 14, i % 4 == 0 ? 610'101U : kWorkersTown);
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(BuyerMixTest, SaysNothingOfAShopWithoutAPast) {
  for (int i = 0; i < 80; ++i) order(i % 5, kWorkersTown);
  judge(6);
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(BuyerMixTest, RemembersClosedWeeks) {
  for (int i = 0; i < 200; ++i) order(i % 7, i % 4 == 0 ? 610'101U : kWorkersTown);
  bench.close_round(at(16, 0));  // the first week is closed
  for (int i = 0; i < 80; ++i) order(21 + i % 5, kWorkersTown);
  judge(27);
  EXPECT_TRUE(bench.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
