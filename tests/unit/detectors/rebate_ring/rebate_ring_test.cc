#include "detectors/rebate_ring/rebate_ring.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct RebateRingTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d6_shop()}};
  DetectorBench bench{few};
  Pid people = 0;

  void orders(int n) {
    for (int i = 0; i < n; ++i) bench.feed(paid(at(i % 5, 9 + 0.01 * i), "s", ++people));
  }
  void transfers(int n, std::int64_t fen, std::string_view reason = "goodwill") {
    for (int i = 0; i < n; ++i) {
      Event e = order_event(EventType::kOrderMerchantTransfer, at(i % 5, 10 + 0.01 * i), "s", keep("t" + std::to_string(++people)), 1);
      std::get<OrderEvent>(e.body).amount_fen = fen;
      std::get<OrderEvent>(e.body).reason = NamedId::of(reason);
      bench.feed(e);
    }
  }
};

TEST_F(RebateRingTest, FindsEqualSmallTransfers) {
  orders(60);
  transfers(10, 200);
  transfers(5, 300);
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(6).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(6)[0].family, Family::kOrder);
  EXPECT_EQ(bench.verdicts_of(6)[0].count, 15U);
}

TEST_F(RebateRingTest, LeavesFreightAndLargeSumsAlone) {
  orders(60);
  transfers(15, 800, "freight");
  transfers(15, 15'000);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(6).empty());
}

TEST_F(RebateRingTest, LeavesUnequalGoodwillAlone) {
  orders(60);
  for (int i = 0; i < 15; ++i) transfers(1, 100 + 90 * i);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(6).empty());
}

}  // namespace
}  // namespace brushwatch::test
