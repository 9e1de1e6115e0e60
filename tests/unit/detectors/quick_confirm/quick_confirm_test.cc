#include "detectors/quick_confirm/quick_confirm.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct QuickConfirmTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d29_shop()}};
  DetectorBench bench{few};
  Pid people = 0;

  void order(int i, double hours, bool confirm_first = false) {
    const std::string_view id = keep("o" + std::to_string(++people));
    const EventTime t = at(i % 5, 9 + 0.1 * i);
    const Event sign = order_event(EventType::kOrderSigned, t, "s", id, people);
    const Event confirm = order_event(EventType::kOrderConfirmed, t + static_cast<std::int64_t>(hours * kHourMs), "s", id, people);
    bench.feed(confirm_first ? confirm : sign);
    bench.feed(confirm_first ? sign : confirm);
  }
};

TEST_F(QuickConfirmTest, FindsReceiptsConfirmedAtOnceInWhateverOrderTheyCome) {
  for (int i = 0; i < 20; ++i) order(i, 1 + 0.1 * i, i % 2 == 0);
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(29).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(29)[0].count, 20U);
  EXPECT_EQ(bench.verdicts_of(29)[0].family, Family::kOrder);
}

TEST_F(QuickConfirmTest, FindsWorkersWhoWaitADecentWhile) {
  for (int i = 0; i < 60; ++i) order(i, i % 2 == 0 ? 8 + i % 20 : 60);
  bench.close_round(at(6, 23));
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(29).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(29)[0].reason, 2);
}

TEST_F(QuickConfirmTest, LeavesPatientBuyersAlone) {
  for (int i = 0; i < 60; ++i) order(i, i % 20 == 0 ? 3 : i % 5 == 0 ? 20 : 40);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(29).empty());
}

TEST_F(QuickConfirmTest, CountsAnEventThatComesTwiceOnce) {
  for (int i = 0; i < 5; ++i) {
    const std::string_view id = keep("twice" + std::to_string(i));
    for (int n = 0; n < 4; ++n) {
      bench.feed(order_event(EventType::kOrderSigned, at(1, 9 + i), "s", id, 1));
      bench.feed(order_event(EventType::kOrderConfirmed, at(1, 10 + i), "s", id, 1));
    }
  }
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(29).empty());
}

}  // namespace
}  // namespace brushwatch::test
