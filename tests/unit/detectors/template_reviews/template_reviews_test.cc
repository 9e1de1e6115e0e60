#include "detectors/template_reviews/template_reviews.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct TemplateReviewsTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d12_shop()}};
  DetectorBench bench{few};
  Pid people = 0;

  void praise(int i, std::uint64_t simhash, std::uint8_t stars = 5, std::uint32_t points = 30) {
    Event e = review(at(i % 5, 9 + 0.1 * i), "s", ++people, stars);
    auto& r = std::get<ReviewEvent>(e.body);
    r.order = NamedId::of(keep("o" + std::to_string(people)));
    r.simhash = simhash;
    r.text_points = points;
    bench.feed(e);
  }
};

TEST_F(TemplateReviewsTest, FindsAFewWordingsUsedAgainAndAgain) {
  for (int i = 0; i < 18; ++i) praise(i, mix64(static_cast<std::uint64_t>(i % 3)) ^ static_cast<std::uint64_t>(i % 2));
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(12).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(12)[0].family, Family::kReview);
  EXPECT_GE(bench.verdicts_of(12)[0].llr_milli, 2'000);
}

TEST_F(TemplateReviewsTest, LeavesDifferentTextsAlone) {
  for (int i = 0; i < 60; ++i) praise(i, mix64(static_cast<std::uint64_t>(i)));
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(12).empty());
}

TEST_F(TemplateReviewsTest, HoldsTheDefaultPraiseBelowAFamilysVoice) {
  for (int i = 0; i < 60; ++i) praise(i, 0x1234'5678'9ABC'DEF0);
  bench.close_round(at(6, 23));
  bench.settle();
  for (const FindingEvent& f : bench.verdicts_of(12)) EXPECT_LT(f.llr_milli, 500);
}

TEST_F(TemplateReviewsTest, LeavesShortAndLowReviewsAlone) {
  for (int i = 0; i < 20; ++i) praise(i, mix64(static_cast<std::uint64_t>(i % 2)), 5, 6);
  for (int i = 0; i < 20; ++i) praise(i, mix64(static_cast<std::uint64_t>(i % 2)), 1);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(12).empty());
}

}  // namespace
}  // namespace brushwatch::test
