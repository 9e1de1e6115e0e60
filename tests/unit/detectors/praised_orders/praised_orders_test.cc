#include "detectors/praised_orders/praised_orders.h"

#include <gtest/gtest.h>

#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct PraisedOrdersTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d13_shop()}};
  DetectorBench bench{few};
  int made = 0;

  /// An order delivered by `outlet`, praised a day later or not.
  void order(int day, std::string_view outlet, bool praised, std::uint8_t stars = 5, bool review_first = false) {
    const std::string_view id = keep("o" + std::to_string(++made));
    Event e;
    e.type = EventType::kParcelSummary;
    e.event_time = at(day, 9 + made % 12);
    auto& p = e.emplace<ParcelSummaryEvent>();
    p.shop = NamedId::of("s");
    p.order = NamedId::of(id);
    p.outlet = NamedId::of(outlet);
    p.signed_time = e.event_time;
    Event r = review(at(day + 1, 9 + made % 12), "s", 1, stars);
    std::get<ReviewEvent>(r.body).order = NamedId::of(id);
    if (praised && review_first) bench.feed(r);
    bench.feed(e);
    if (praised && !review_first) bench.feed(r);
  }
  void reward(int day, int order_number, std::string_view reason = "goodwill", std::int64_t fen = 900) {
    Event e = order_event(EventType::kOrderMerchantTransfer, at(day, 20), "s", keep("o" + std::to_string(order_number)), 1);
    auto& o = std::get<OrderEvent>(e.body);
    o.amount_fen = fen;
    o.reason = NamedId::of(reason);
    bench.feed(e);
  }
  std::vector<FindingEvent> judged() {
    bench.close_round(at(12, 23));
    bench.settle();
    return bench.verdicts_of(13);
  }
};

TEST_F(PraisedOrdersTest, FindsAShopWhoseOrdersAreNearlyAllPraised) {
  for (int i = 0; i < 40; ++i) order(i % 5, "home", i % 5 != 0, 5, i % 2 == 0);
  const auto said = judged();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].reason, 1);
  EXPECT_EQ(said[0].family, Family::kReview);
  EXPECT_EQ(said[0].params[2], 40);
  EXPECT_FALSE(said[0].evidence.empty());
}

TEST_F(PraisedOrdersTest, LeavesHonestBuyersAlone) {
  for (int i = 0; i < 200; ++i) order(i % 5, "home", i % 10 < 3);
  EXPECT_TRUE(judged().empty());
}

TEST_F(PraisedOrdersTest, DoesNotTakeBlameForPraise) {
  for (int i = 0; i < 40; ++i) order(i % 5, "home", true, 1);
  EXPECT_TRUE(judged().empty());
}

TEST_F(PraisedOrdersTest, FindsAFewPraisedGiftsAmongManyOrders) {
  for (int i = 0; i < 300; ++i) order(i % 7, "home", i % 10 < 3);
  for (int i = 0; i < 12; ++i) order(8 + i % 3, "gift-house", i != 5);
  for (int i = 0; i < 200; ++i) order(7 + i % 4, "home", i % 10 < 3);
  const auto said = judged();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].reason, 2) << "the orders of the new outlet, beside the shop's others";
  EXPECT_EQ(said[0].params[0], 11);
}

TEST_F(PraisedOrdersTest, LeavesASecondWarehouseAlone) {
  for (int i = 0; i < 100; ++i) order(i % 7, "home", i % 10 < 3);
  for (int i = 0; i < 60; ++i) order(8 + i % 3, i % 2 == 0 ? "second" : "home", i % 10 < 3);
  EXPECT_TRUE(judged().empty());
}

TEST_F(PraisedOrdersTest, FindsAFewPraisedOrdersWhoseBuyersWerePaid) {
  for (int i = 0; i < 200; ++i) order(i % 5, "home", i % 20 == 0 || i % 10 < 3);
  for (int i = 1; i <= 200; i += 20) reward(3, i);  // ten of the praised ones
  const auto said = judged();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].reason, 3);
  EXPECT_EQ(said[0].params[0], 10);
  EXPECT_EQ(said[0].params[1], 10);
}

TEST_F(PraisedOrdersTest, AMondaysRewardMayBeForASundaysPraise) {
  const int last = 5;  // delivered on Saturday, praised on Sunday, paid on Monday and later
  for (int i = 0; i < 10; ++i) order(last, "home", true);
  for (int i = 0; i < 60; ++i) order(i % 5, "home", i % 10 < 2);
  for (int i = 1; i <= 10; ++i) reward(7 + i % 2, i);
  bench.close_round(at(12, 23));
  bench.settle();
  bool rewarded = false;
  for (const FindingEvent& f : bench.verdicts_of(13)) rewarded = rewarded || f.reason == 3;
  EXPECT_TRUE(rewarded) << "also after the week of the praise has closed";
}

TEST_F(PraisedOrdersTest, DoesNotTakeFreightForAReward) {
  for (int i = 0; i < 200; ++i) order(i % 5, "home", i % 20 == 0 || i % 10 < 3);
  for (int i = 1; i <= 200; i += 20) i % 40 == 1 ? reward(3, i, "freight") : reward(3, i, "goodwill", 15'000);
  EXPECT_TRUE(judged().empty());
}

TEST_F(PraisedOrdersTest, AFullBitmapTellsNothing) {
  for (int i = 0; i < 3000; ++i) order(i % 5, "home", i % 10 < 4);
  EXPECT_TRUE(judged().empty());
}

}  // namespace
}  // namespace brushwatch::test
