#include "detectors/view_bots/view_bots.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct ViewBotsTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d24_shop()}};
  DetectorBench bench{few};
  Pid visitor = 1;

  /// An honest day: waking hours, five views a visitor, two of three scrolled, an order per 44 views.
  void honest(int day, int views) {
    for (int i = 0; i < views; ++i) {
      const EventTime t = at(day, 7 + 16.0 * i / views);
      bench.feed(view(t, "s", mix64(visitor + static_cast<Pid>(i / 5)), i % 3 != 0));
      if (i % 44 == 0) bench.feed(paid(t, "s", mix64(visitor)));
    }
    visitor += static_cast<Pid>(views);
    bench.close_round(at(day, 23.9));
  }
  void bots(int day, int views, int devices) {
    for (int i = 0; i < views; ++i) bench.feed(view(at(day, 24.0 * i / views), "s", mix64(1'000'000 + static_cast<Pid>(i % devices)), false));
    bench.close_round(at(day, 23.99));
  }
};

TEST_F(ViewBotsTest, FindsAFloodFromAFewDevices) {
  for (int d = 0; d < 6; ++d) honest(d, 100);
  bots(6, 3000, 50);
  EXPECT_EQ(bench.verdicts_of(24).size(), 1U);  // before the day is over
  bench.settle();
  const auto found = bench.verdicts_of(24);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].family, Family::kTraffic);
  EXPECT_EQ(found[0].count, 3000U);
  EXPECT_GE(found[0].llr_milli, 6000);
}

TEST_F(ViewBotsTest, FindsASteadyFlatFloodWithoutACalmDayToCompareWith) {
  bots(0, 5000, 5000);
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(24).size(), 1U);
}

TEST_F(ViewBotsTest, SaysNothingOfAnHonestCampaign) {
  for (int d = 0; d < 6; ++d) honest(d, 100);
  honest(6, 2000);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(ViewBotsTest, FindsAFloodThatReadsByDayAndWantsNothing) {
  const auto like = [&](int day) {  // one view in twenty puts something into a cart
    for (int i = 0; i < 8; ++i) {
      Event e = view(at(day, 9 + i), "s", mix64(visitor + static_cast<Pid>(i)), false);
      std::get<ViewEvent>(e.body).kind = ViewKind::kCart;
      bench.feed(e);
    }
  };
  const auto flood = [&] {  // other phones, other networks, by day, and they scroll
    for (int i = 0; i < 2500; ++i) bench.feed(view(at(6, 8 + 15.0 * i / 2500), "s", mix64(7'000'000 + static_cast<Pid>(i)), i % 5 != 0, mix64(static_cast<Pid>(i))));
    bench.close_round(at(6, 23.9));
    bench.settle();
    return bench.verdicts_of(24);
  };
  for (int d = 0; d < 6; ++d) like(d), honest(d, 100);
  const auto found = flood();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].reason, 3);
  EXPECT_EQ(found[0].params[1], 0) << "carts, favourites, questions";
  EXPECT_GE(found[0].llr_milli, 4000) << "enough for a suspicion";
}

TEST_F(ViewBotsTest, DoesNotMissCartsWhereNobodyTellsOfThem) {
  for (int d = 0; d < 6; ++d) honest(d, 100);
  for (int i = 0; i < 2500; ++i) bench.feed(view(at(6, 8 + 15.0 * i / 2500), "s", mix64(7'000'000 + static_cast<Pid>(i)), i % 5 != 0, mix64(static_cast<Pid>(i))));
  bench.close_round(at(6, 23.9));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(24).empty()) << "unsold is one sign, and one is not enough";
}

TEST_F(ViewBotsTest, DoesNotCountDeclaredCrawlers) {
  for (int d = 0; d < 6; ++d) honest(d, 100);
  for (int i = 0; i < 5000; ++i) {
    Event e = view(at(6, 24.0 * i / 5000), "s", 9, false);
    std::get<ViewEvent>(e.body).ua_class = 4;
    bench.feed(e);
  }
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(ViewBotsTest, ReadsTheClockOnlyWhenTheDayIsOver) {
  bots(0, 5000, 5000);
  DetectorBench morning{few};
  for (int i = 0; i < 3000; ++i) morning.feed(view(at(0, 5.0 * i / 3000), "s", mix64(static_cast<Pid>(i)), false));
  morning.close_round(at(0, 5));
  EXPECT_TRUE(morning.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
