#include "detectors/early_reviews/early_reviews.h"

#include <gtest/gtest.h>

#include <random>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch::test {
namespace {

std::string_view order_name(int i) { return keep("order-" + std::to_string(i)); }

Event review_of(int order, EventTime t, std::uint8_t stars) {
  Event e = review(t, "s", static_cast<Pid>(order + 1), stars);
  std::get<ReviewEvent>(e.body).order = NamedId::of(order_name(order));
  e.position = EvidenceRef::of(3, static_cast<std::uint64_t>(order + 1));
  return e;
}
Event delivery_of(int order, EventTime delivered, EventTime first_told, std::uint32_t revision = 0) {
  Event e;
  e.type = EventType::kParcelSummary;
  e.event_time = first_told;
  e.position = EvidenceRef::of(2, static_cast<std::uint64_t>(order + 1));
  auto& p = e.emplace<ParcelSummaryEvent>();
  p.shop = NamedId::of("s");
  p.order = NamedId::of(order_name(order));
  p.signed_time = first_told;
  p.delivered = delivered;
  p.revision = revision;
  return e;
}

struct EarlyReviewsTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d14_shop()}};
  DetectorBench bench{few};
  void judge(std::vector<Event> events) {
    for (Event& e : events) bench.feed(std::move(e));
    bench.close_round(at(10, 0));
    bench.settle();
  }
};

/// 40 orders, reviewed `lead_h` before they are signed for; half of them on Sunday for a parcel of the next week.
std::vector<Event> orders(double lead_h, std::uint8_t stars) {
  std::vector<Event> out;
  for (int i = 0; i < 40; ++i) {
    const EventTime signed_at = at(i % 2 == 0 ? 3 : 7, 9 + i * 0.1);
    out.push_back(review_of(i, signed_at - static_cast<std::int64_t>(lead_h * kHourMs), stars));
    out.push_back(delivery_of(i, signed_at, signed_at));
  }
  return out;
}

TEST_F(EarlyReviewsTest, FindsPraiseOfWhatNobodyHasYet) {
  judge(orders(20, 5));
  const auto verdicts = bench.verdicts_of(14);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].direction, Direction::kPromote);
  EXPECT_EQ(verdicts[0].family, Family::kReview);
  EXPECT_EQ(verdicts[0].window_start, at(0, 0));
  ASSERT_FALSE(verdicts[0].evidence.empty());
  EXPECT_EQ(verdicts[0].evidence[0].source(), 3) << "the reviews are the evidence";
}

TEST_F(EarlyReviewsTest, SaysThatLowStarsBeforeDeliveryPullTheShopDown) {
  judge(orders(20, 1));
  ASSERT_EQ(bench.verdicts_of(14).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(14)[0].direction, Direction::kDemote);
}

TEST_F(EarlyReviewsTest, LeavesReviewsAfterDeliveryAndWithinTheHourAlone) {
  judge(orders(-5, 5));
  EXPECT_TRUE(bench.findings().empty());
  DetectorBench clocks{few};
  for (const Event& e : orders(0.9, 5)) clocks.feed(e);
  clocks.close_round(at(10, 0));
  clocks.settle();
  EXPECT_TRUE(clocks.findings().empty());
}

TEST_F(EarlyReviewsTest, LeavesGoodsWithoutAParcelAndSplitOrdersAlone) {
  std::vector<Event> events;
  for (int i = 0; i < 40; ++i) events.push_back(review_of(i, at(2, 9 + i * 0.1), 5));  // nothing is ever signed for
  for (int i = 100; i < 140; ++i) {  // the second parcel comes three days after the first, which was praised
    events.push_back(delivery_of(i, at(1, 9), at(1, 9)));
    events.push_back(review_of(i, at(2, 9), 5));
    events.push_back(delivery_of(i, at(4, 9), at(4, 9)));
  }
  judge(events);
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(EarlyReviewsTest, TakesItBackWhenLateScansShowAnEarlierSignature) {
  std::vector<Event> events = orders(20, 5);
  for (Event& e : events) bench.feed(e);
  bench.close_round(at(8, 23));
  ASSERT_EQ(bench.verdicts_of(14).size(), 1U);
  for (int i = 0; i < 40; ++i) {
    const EventTime told = at(i % 2 == 0 ? 3 : 7, 9 + i * 0.1);
    bench.feed(delivery_of(i, told - 26 * kHourMs, told, 1));
  }
  bench.close_round(at(9, 0));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(14).empty());
  EXPECT_TRUE(bench.findings().back().retracted);
}

TEST_F(EarlyReviewsTest, BelievesThePlatformThatTheParcelWasSignedFor) {
  std::vector<Event> events = orders(20, 5);
  for (int i = 0; i < 40; ++i) events.push_back(order_event(EventType::kOrderSigned, at(i % 2 == 0 ? 2 : 6, 9), "s", order_name(i), 1));
  judge(events);
  EXPECT_TRUE(bench.verdicts_of(14).empty());
}

TEST_F(EarlyReviewsTest, CountsTheSameInAnyOrder) {
  std::vector<Event> events = orders(20, 5);
  for (int i = 0; i < 60; ++i) {
    events.push_back(review_of(200 + i, at(4, 12 + i * 0.1), 5));
    events.push_back(delivery_of(200 + i, at(2, 12), at(2, 12)));
  }
  DetectorBench straight{few};
  for (const Event& e : events) straight.feed(e);
  straight.close_round(at(8, 0));
  straight.settle();
  for_each_seed(50, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> mixed = events;
    std::shuffle(mixed.begin(), mixed.end(), random);
    DetectorBench other{few};
    for (const Event& e : mixed) other.feed(e);
    other.close_round(at(8, 0));
    other.settle();
    ASSERT_EQ(other.verdicts().size(), straight.verdicts().size());
    for (const auto& [key, finding] : straight.verdicts()) {
      EXPECT_EQ(other.verdicts()[key].llr_milli, finding.llr_milli);
      EXPECT_EQ(other.verdicts()[key].evidence, finding.evidence);
    }
  });
}

}  // namespace
}  // namespace brushwatch::test
