#include "detectors/complaint_correlation/complaint_correlation.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct ComplaintCorrelationTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d26_shop()}};
  DetectorBench bench{few};

  void orders(int day, int n) {
    for (int i = 0; i < n; ++i) bench.feed(paid(at(day, 8 + 12.0 * i / n), "s", 1));
  }
  void complaints(int day, int n, ComplaintCode code, Pid first = 100) {
    for (int i = 0; i < n; ++i) bench.feed(complaint(at(day, 9 + 0.1 * i), "s", first + static_cast<Pid>(i) * 7919, code));
  }
};

TEST_F(ComplaintCorrelationTest, FindsAWeekOfEmptyParcelComplaints) {
  orders(0, 100);
  complaints(2, 6, ComplaintCode::kEmptyParcel);
  bench.close_round(at(2, 12));
  ASSERT_EQ(bench.verdicts_of(26).size(), 1U);
  const FindingEvent f = bench.verdicts_of(26)[0];
  EXPECT_EQ(f.reason, 2);
  EXPECT_EQ(f.family, Family::kComplaint);
  EXPECT_EQ(f.window_start, at(0, 0));
  EXPECT_EQ(f.window_end, at(7, 0));
  bench.settle();
  EXPECT_EQ(bench.verdicts_of(26).size(), 1U);
}

TEST_F(ComplaintCorrelationTest, MeasuresComplaintsByTheOrders) {
  orders(0, 20'000);
  complaints(2, 6, ComplaintCode::kNotReceived);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(ComplaintCorrelationTest, CountsOneComplainantTwiceAtMost) {
  orders(0, 100);
  for (int i = 0; i < 30; ++i) bench.feed(complaint(at(2, 9 + 0.1 * i), "s", 77, ComplaintCode::kNotReceived));
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(ComplaintCorrelationTest, AddsUpADripOverWeeks) {
  for (int w = 0; w < 4; ++w) {
    orders(7 * w, 20);
    complaints(7 * w + 2, 2, ComplaintCode::kNotOrdered, 100 + static_cast<Pid>(w) * 1'000'003);
    bench.close_round(at(7 * w + 6, 23));
  }
  bench.settle();
  EXPECT_FALSE(bench.verdicts_of(26).empty());
  EXPECT_GE(bench.verdicts_of(26).back().window_start, at(14, 0));
}

TEST_F(ComplaintCorrelationTest, DoesNotCountComplaintsThatMakeTheShopAVictim) {
  orders(0, 100);
  complaints(2, 20, ComplaintCode::kThreatenedReview);
  complaints(3, 20, ComplaintCode::kMaliciousReview);
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
