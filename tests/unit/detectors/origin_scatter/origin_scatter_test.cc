#include "detectors/origin_scatter/origin_scatter.h"

#include <gtest/gtest.h>

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct OriginScatterTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d20_shop()}};
  DetectorBench bench{few};
  Pid people = 0;

  void parcels(int n, int outlets, unsigned first = 0) {
    for (int i = 0; i < n; ++i) {
      Event e;
      e.type = EventType::kParcelSummary;
      e.event_time = at(i % 5, 12);
      auto& p = e.emplace<ParcelSummaryEvent>();
      p.shop = NamedId::of("s");
      p.outlet = NamedId::of(keep("out-" + std::to_string(first + static_cast<unsigned>(i % outlets))));
      p.signed_time = e.event_time;
      bench.feed(e);
    }
  }
};

TEST_F(OriginScatterTest, FindsParcelsFromEverywhere) {
  parcels(30, 1);
  parcels(30, 30, 100);
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(20).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(20)[0].family, Family::kParcel);
}

/// A parcel of day `day`, from `outlet`, signed in the buyer's county or in the next.
Event one_parcel(int day, double hour, std::string_view outlet, std::uint32_t marks = 0) {
  Event e;
  e.type = EventType::kParcelSummary;
  e.event_time = at(day, hour);
  auto& p = e.emplace<ParcelSummaryEvent>();
  p.shop = NamedId::of("s");
  p.outlet = NamedId::of(outlet);
  p.signed_time = e.event_time;
  p.marks = marks;
  return e;
}

TEST_F(OriginScatterTest, FindsAGiftWarehouseBesideALargeShopsOwnOutlet) {
  for (int i = 0; i < 600; ++i) bench.feed(one_parcel(i % 14, 9 + i % 10, "home"));
  for (int i = 0; i < 12; ++i) bench.feed(one_parcel(8 + i % 5, 12, "gift-house"));
  bench.close_round(at(14, 1));
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(20).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(20)[0].reason, 2);
  EXPECT_LE(bench.verdicts_of(20)[0].llr_milli, 3000) << "it may be a second warehouse";
}

TEST_F(OriginScatterTest, LeavesAShopAloneThatHasMoved) {
  for (int i = 0; i < 70; ++i) bench.feed(one_parcel(i % 7, 9 + i % 10, "old"));
  for (int i = 0; i < 70; ++i) bench.feed(one_parcel(7 + i % 7, 9 + i % 10, "new"));
  bench.close_round(at(14, 1));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(20).empty());
}

TEST_F(OriginScatterTest, FindsParcelsSignedInTheNextCountyAndTakesItBackWhenTheyWereSentOn) {
  std::vector<Event> parcels;
  for (int i = 0; i < 40; ++i) parcels.push_back(one_parcel(i % 5, 9 + i % 10, "home", i % 2 == 0 ? kMarkOtherCounty : 0U));
  for (const Event& e : parcels) bench.feed(e);
  bench.close_round(at(6, 23));
  ASSERT_EQ(bench.verdicts_of(20).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(20)[0].reason, 3);
  for (Event& e : parcels) {
    auto& p = std::get<ParcelSummaryEvent>(e.body);
    p.revision = 1;
    p.previous_marks = std::exchange(p.marks, 0U);
    bench.feed(e);
  }
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(20).empty());
}

TEST_F(OriginScatterTest, LeavesAFewWarehousesAlone) {
  parcels(200, 4);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(20).empty());
}

}  // namespace
}  // namespace brushwatch::test
