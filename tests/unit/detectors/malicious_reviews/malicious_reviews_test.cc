#include "detectors/malicious_reviews/malicious_reviews.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct MaliciousReviewsTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d15_stars(), &d30_pressure()}};
  DetectorBench bench{few};
  Pid people = 0;

  void stars(int n, std::uint8_t value) {
    for (int i = 0; i < n; ++i) bench.feed(review(at(i % 4, 9 + 0.1 * i), "s", ++people, value));
  }
  bool told(Family family) const {
    for (const std::uint16_t number : {std::uint16_t{15}, std::uint16_t{30}})
      for (const FindingEvent& f : bench.verdicts_of(number)) if (f.family == family && f.direction == Direction::kDemote) return true;
    return false;
  }
};

TEST_F(MaliciousReviewsTest, FindsAWaveOfLowStars) {
  stars(10, 5);
  stars(14, 1);
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  EXPECT_TRUE(told(Family::kReview));
  EXPECT_FALSE(told(Family::kComplaint));
}

TEST_F(MaliciousReviewsTest, FindsThreatsAndStarsThatRiseForMoney) {
  bench.feed(complaint(at(1, 9), "s", 5, ComplaintCode::kThreatenedReview));
  Event money = order_event(EventType::kOrderMerchantTransfer, at(2, 9), "s", "o1", 1);
  std::get<OrderEvent>(money.body).amount_fen = 15'000;
  bench.feed(money);
  Event raised = review(at(2, 12), "s", 1, 5);
  raised.type = EventType::kReviewEdited;
  std::get<ReviewEvent>(raised.body).order = NamedId::of("o1");
  bench.feed(raised);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(told(Family::kComplaint));
}

TEST_F(MaliciousReviewsTest, FindsAnExtortionSpreadThin) {
  stars(12, 5);
  stars(7, 1);
  for (int i = 0; i < 2; ++i) {
    const std::string_view order = keep("thin" + std::to_string(i));
    Event money = order_event(EventType::kOrderMerchantTransfer, at(2 + i, 9), "s", order, 1);
    std::get<OrderEvent>(money.body).amount_fen = 12'000;
    bench.feed(money);
    Event raised = review(at(2 + i, 12), "s", 1, 5);
    raised.type = EventType::kReviewEdited;
    std::get<ReviewEvent>(raised.body).order = NamedId::of(order);
    bench.feed(raised);
  }
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(told(Family::kReview));
  EXPECT_TRUE(told(Family::kComplaint));
}

TEST_F(MaliciousReviewsTest, FindsTwoDaysThatDrownInABusyWeek) {
  for (int day = 0; day < 6; ++day)
    for (int i = 0; i < 40; ++i) bench.feed(review(at(day, 9 + 0.05 * i), "s", ++people, i % 10 == 0 ? 1 : 5));
  for (int day = 2; day < 4; ++day)
    for (int i = 0; i < 9; ++i) bench.feed(review(at(day, 14 + 0.1 * i), "s", ++people, 1));
  bench.close_round(at(6, 23));
  bench.settle();
  ASSERT_TRUE(told(Family::kReview));  // 42 of 258 are 16 % of the week, 26 of 98 are 27 % of two days
  bool days = false;
  for (const FindingEvent& f : bench.verdicts_of(15)) days |= f.reason == 3 && f.params[2] == 2 && f.params[0] == 26 && f.params[1] == 98;
  EXPECT_TRUE(days);
}

TEST_F(MaliciousReviewsTest, LetsABusyWeekHaveItsPoorDay) {
  for (int day = 0; day < 6; ++day)
    for (int i = 0; i < 20; ++i) bench.feed(review(at(day, 9 + 0.1 * i), "s", ++people, i < (day == 3 ? 5 : 2) ? 1 : 5));
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts().empty());  // 5 of 20 on the worst of six days is chance's
}

TEST_F(MaliciousReviewsTest, LeavesHonestStarsAndOneQuarrelAlone) {
  stars(40, 5);
  stars(4, 1);
  bench.feed(complaint(at(1, 9), "s", 5, ComplaintCode::kMaliciousReview));
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts().empty());
}

}  // namespace
}  // namespace brushwatch::test
