#include "detectors/credit_trend/credit_trend.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct CreditTrendTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d27_shop()}};
  DetectorBench bench{few};
  void reviews(int day, int n, std::uint8_t stars) {
    for (int i = 0; i < n; ++i) bench.feed(review(at(day, 8 + 0.02 * i), "s", mix64(static_cast<std::uint64_t>(1000 * day + i)), stars));
  }
  void orders(int day, int n) {
    for (int i = 0; i < n; ++i) bench.feed(paid(at(day, 8 + 0.02 * i), "s", mix64(static_cast<std::uint64_t>(1000 * day + i))));
  }
  void judge(int day) {
    bench.close_round(at(day, 23));
    bench.settle();
  }
};

TEST_F(CreditTrendTest, FindsCreditThatRisesTenfold) {
  for (int day = 0; day < 14; ++day) reviews(day, 1, 5);
  for (int day = 14; day < 19; ++day) reviews(day, 20, 5);
  judge(20);
  const auto verdicts = bench.verdicts_of(27);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].direction, Direction::kPromote);
  EXPECT_EQ(verdicts[0].params[0], 100);
  EXPECT_EQ(verdicts[0].params[1], 2) << "weeks before";
  EXPECT_EQ(verdicts[0].baseline_milli, 7'000) << "14 in two weeks";
  EXPECT_EQ(verdicts[0].llr_milli, 2'000) << "a shop that is discovered looks the same";
}
TEST_F(CreditTrendTest, CountsWeeksInWhichNothingHappened) {
  reviews(0, 30, 5);
  for (int day = 28; day < 33; ++day) reviews(day, 30, 5);
  bench.close_round(at(27, 0));
  judge(34);
  const auto verdicts = bench.verdicts_of(27);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].params[1], 4);
}
TEST_F(CreditTrendTest, LetsAShopGrowAndAFirstWeekBeBusy) {
  for (int day = 0; day < 21; ++day) reviews(day, 4 + 2 * day, 5);
  judge(20);
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(CreditTrendTest, DividesByAnAnnouncedPromotion) {
  Event promotion;
  promotion.type = EventType::kRefPromotion;
  auto& body = promotion.emplace<ReferenceEvent>();
  body.id = NamedId::of("sale");
  body.parent = NamedId::of("s");
  body.valid_from = at(10, 0);
  body.valid_until = at(17, 0);
  body.factor_milli = 15'000;
  bench.reference().apply(promotion);
  for (int day = 0; day < 14; ++day) reviews(day, 1, 5);
  for (int day = 14; day < 19; ++day) reviews(day, 20, 5);
  judge(20);
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(CreditTrendTest, NamesAShopThatFellAfterAWaveOfLowStars) {
  for (int day = 0; day < 14; ++day) orders(day, 10), reviews(day, 1, 5);
  reviews(12, 30, 1);
  for (int day = 14; day < 21; ++day) orders(day, 2);
  judge(20);
  const auto verdicts = bench.verdicts_of(27);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].direction, Direction::kVictim);
  EXPECT_EQ(verdicts[0].params[0], 14);
  EXPECT_EQ(verdicts[0].params[1], 30);
  EXPECT_LT(verdicts[0].llr_milli, 3'000) << "names no victim alone";
}
TEST_F(CreditTrendTest, TakesAQuietWeekForOne) {
  for (int day = 0; day < 14; ++day) orders(day, 10), reviews(day, 3, static_cast<std::uint8_t>(day % 5 == 0 ? 1 : 5));
  for (int day = 14; day < 21; ++day) orders(day, 2);
  judge(20);
  EXPECT_TRUE(bench.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
