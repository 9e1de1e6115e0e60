#include "detectors/lasting_praise/lasting_praise.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct LastingPraiseTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d31_shop()}};
  DetectorBench bench{few};

  /// A day's deliveries, of which so many are praised with a photograph.
  void day(int day, int delivered, int photographed, std::uint8_t stars = 5, std::uint8_t photos = 1) {
    for (int i = 0; i < delivered; ++i) {
      const EventTime t = at(day, 8 + 14.0 * i / delivered);
      bench.feed(order_event(EventType::kOrderSigned, t, "s", "o", 1));
      if (i >= photographed) continue;
      Event r = review(t + kHourMs, "s", static_cast<Pid>(day * 1000 + i), stars);
      std::get<ReviewEvent>(r.body).photos = photos;
      bench.feed(r);
    }
    bench.close_round(at(day, 23.9));
  }
  std::vector<FindingEvent> judged() {
    bench.settle();
    return bench.verdicts_of(31);
  }
};

TEST_F(LastingPraiseTest, FindsPhotographsThatKeepComing) {
  for (int d = 0; d < 14; ++d) day(d, 12, d < 2 ? 0 : 5);
  const auto said = judged();
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said[0].family, Family::kReview);
  EXPECT_EQ(said[0].llr_milli, 4000);
  EXPECT_FALSE(said[0].evidence.empty());
}

TEST_F(LastingPraiseTest, LeavesALaunchOfAFewDaysAlone) {
  for (int d = 0; d < 14; ++d) day(d, d >= 5 && d < 11 ? 25 : 8, d >= 5 && d < 11 ? 14 : 0);
  EXPECT_TRUE(judged().empty()) << "an invitation to its buyers, over in six days";
}

TEST_F(LastingPraiseTest, LeavesHonestShopsBlameAndBarePraiseAlone) {
  for (int d = 0; d < 14; ++d) day(d, 20, 1);
  EXPECT_TRUE(judged().empty());
  for (int d = 14; d < 28; ++d) day(d, 20, 10, 1);
  for (int d = 28; d < 42; ++d) day(d, 20, 10, 5, 0);
  EXPECT_TRUE(judged().empty());
}

TEST_F(LastingPraiseTest, RemembersTheWeekBeforeAfterItClosed) {
  // Praised for two weeks, then nothing: the second week's verdict must outlive the closing of the first.
  for (int d = 0; d < 14; ++d) day(d, 12, 5);
  for (int d = 14; d < 24; ++d) day(d, 12, 0);
  const auto said = judged();
  ASSERT_FALSE(said.empty());
}

}  // namespace
}  // namespace brushwatch::test
