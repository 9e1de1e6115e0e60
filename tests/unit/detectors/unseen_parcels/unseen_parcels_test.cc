#include "detectors/unseen_parcels/unseen_parcels.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

Event shipped_of(const Parcel& p) {
  Event e = order_event(EventType::kOrderShipped, p.paid + 6 * kHourMs, p.shop, keep(p.order), 1);
  std::get<OrderEvent>(e.body).waybill = NamedId::of(keep(p.waybill));
  return e;
}
Event reference_of(EventType type, std::string_view id) {
  Event e;
  e.type = type;
  e.emplace<ReferenceEvent>().id = NamedId::of(id);
  return e;
}

struct UnseenParcelsTest : testing::Test {
  FewDetectors few{{&parcel_core(), &shop_core()}, {&d23_parcel(), &d23_shop()}};
  DetectorBench bench{few};
  UnseenParcelsTest() { bench.reference().apply(reference_of(EventType::kRefCarrier, "zto")); }

  /// `unseen` of `n` orders have a number that is not scanned.
  void ship(unsigned n, unsigned unseen) {
    for (unsigned i = 0; i < n; ++i) {
      const Parcel p = parcel(i);
      bench.feed(shipped_of(p));
      if (i < unseen) bench.feed(notice_of(p));
      else for (const Event& e : events_of(p)) bench.feed(e);
    }
  }
  void wait(int hours) {
    bench.close_round(kMonday + hours * kHourMs);
    bench.close_round(kMonday + (hours + 1) * kHourMs);  // the shop reads what the parcel stage's timers told
  }
};

TEST_F(UnseenParcelsTest, FindsNumbersThatNobodyScans) {
  ship(60, 20);
  wait(77);
  EXPECT_TRUE(bench.findings().empty()) << "the first label is 77 h old, less than three days after its notice";
  wait(84);
  const auto verdicts = bench.verdicts_of(23);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].params[0], 20);
  EXPECT_EQ(verdicts[0].params[1], 60);
  EXPECT_EQ(verdicts[0].evidence[0].source(), 1) << "the notices are the evidence";
}

TEST_F(UnseenParcelsTest, TakesItBackWhenScansComeAfterAll) {
  ship(60, 20);
  wait(84);
  ASSERT_EQ(bench.verdicts_of(23).size(), 1U);
  for (unsigned i = 0; i < 20; ++i) bench.feed(scan_of(parcel(i), ScanCode::kPickedUp, 80 * kHourMs, kXianHub, 1));
  wait(100);
  EXPECT_TRUE(bench.verdicts_of(23).empty());
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(23).empty());
}

TEST_F(UnseenParcelsTest, LeavesACarrierAloneThatIsNoMember) {
  DetectorBench no_members{few};
  std::swap(bench.reference(), no_members.reference());
  ship(60, 20);
  wait(84);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(UnseenParcelsTest, LeavesARushAlone) {
  Event sale = reference_of(EventType::kRefPromotion, "sale");
  auto& body = std::get<ReferenceEvent>(sale.body);
  body.valid_from = kMonday;
  body.valid_until = kMonday + 7 * kDayMs;
  body.factor_milli = 3'000;
  bench.reference().apply(sale);
  ship(60, 20);
  wait(84);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(UnseenParcelsTest, LeavesAFewLabelsAlone) {
  ship(60, 4);
  wait(84);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(UnseenParcelsTest, LeavesGoodsAloneThatNeverTravel) {
  for (int i = 0; i < 60; ++i) bench.feed(order_event(EventType::kOrderShipped, kMonday + i * kMinuteMs, "taobao:S1", keep("v-" + std::to_string(i)), 1));
  wait(84);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(UnseenParcelsTest, JudgesANoticeThatComesAfterItsWait) {
  ASSERT_TRUE(bench.rules().set("D23.wait_h", 24));
  bench.feed(notice_of(parcel(500)));  // time goes on
  wait(50);
  bench.feed(notice_of(parcel(0)));  // of the sixth hour, within the 48 h that a notice may be late
  wait(52);
  EXPECT_EQ(bench.sent(Stage::kShop).size(), 2U);
  EXPECT_EQ(bench.sent(Stage::kShop).back().type, EventType::kParcelUnseen);
  EXPECT_EQ(bench.sent(Stage::kShop).back().as<ParcelSummaryEvent>().order.text, parcel(0).order);
}

}  // namespace
}  // namespace brushwatch::test
