#include "detectors/origin_scatter/origin_scatter.h"

#include <gtest/gtest.h>

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

TEST_F(OriginScatterTest, LeavesAFewWarehousesAlone) {
  parcels(200, 4);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(20).empty());
}

}  // namespace
}  // namespace brushwatch::test
