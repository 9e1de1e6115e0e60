#include "detectors/price_oddity/price_oddity.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

Event sale(EventTime t, std::int64_t paid_fen, Pid sku = 7, std::int64_t list_fen = 9'900) {
  Event e = paid(t, "s", mix64(static_cast<std::uint64_t>(t.ms)));
  auto& o = std::get<OrderEvent>(e.body);
  o.paid_fen = paid_fen;
  o.items.push_back({.sku = sku, .list_fen = list_fen, .paid_fen = paid_fen});
  return e;
}

struct PriceOddityTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d2_shop()}};
  DetectorBench bench{few};
  void judge() {
    bench.close_round(at(6, 23));
    bench.settle();
  }
};

TEST_F(PriceOddityTest, FindsOrdersForAFewFenAmongOthersAtThePrice) {
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), i / 6 % 2 == 0 ? 1 + i % 3 : 9'900));
  judge();
  const auto verdicts = bench.verdicts_of(2);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].params[0], 30);
  EXPECT_EQ(verdicts[0].params[3], 3) << "three amounts";
  EXPECT_EQ(verdicts[0].llr_milli, 2'500) << "flash sales look the same";
}
TEST_F(PriceOddityTest, TakesTheListPriceFromTheReference) {
  Event item;
  item.type = EventType::kRefItem;
  auto& body = item.emplace<ReferenceEvent>();
  body.id = NamedId{7, "sku"};
  body.list_fen = 9'900;
  bench.reference().apply(item);
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), i / 6 % 2 == 0 ? 1 : 9'900, 7, 0));
  judge();
  EXPECT_EQ(bench.verdicts_of(2).size(), 1U);
}
TEST_F(PriceOddityTest, LeavesClearancesPriceErrorsAndCouponsAlone) {
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), i % 6 < 3 ? 9'900 : 900, 1));         // cleared from Thursday on
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), 9'900, 2));
  for (int i = 0; i < 90; ++i) bench.feed(sale(at(2, 21 + i * 0.01), 99, 2));                               // an evening's error
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), i / 6 % 2 == 0 ? 1'500 : 9'900, 3));       // a bold coupon
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(PriceOddityTest, LeavesAnnouncedSalesAndUnknownPricesAlone) {
  Event promotion;
  promotion.type = EventType::kRefPromotion;
  auto& body = promotion.emplace<ReferenceEvent>();
  body.id = NamedId::of("flash");
  body.parent = NamedId::of("s");
  body.valid_from = at(0, 0);
  body.valid_until = at(7, 0);
  body.factor_milli = 4'000;
  bench.reference().apply(promotion);
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), i / 6 % 2 == 0 ? 1 : 9'900));
  for (int i = 0; i < 60; ++i) bench.feed(sale(at(i % 6, 9 + i * 0.1), i / 6 % 2 == 0 ? 1 : 9'900, 8, 0));
  judge();
  EXPECT_TRUE(bench.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
