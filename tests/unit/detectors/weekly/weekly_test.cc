#include "detectors/weekly/weekly.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brushwatch {
namespace {

TEST(Weekly, KeepsTheSmallestRefsWhateverTheOrder) {
  SmallestRefs<4> forward;
  SmallestRefs<4> backward;
  for (std::uint64_t i = 1; i <= 9; ++i) {
    forward.add({i * 10});
    forward.add({i * 10});
    backward.add({(10 - i) * 10});
  }
  EXPECT_EQ(forward.refs, backward.refs);
  EXPECT_EQ(forward.refs, (std::array<std::uint64_t, 4>{10, 20, 30, 40}));
  forward.remove({20});
  forward.remove({25});
  EXPECT_EQ(std::vector<std::uint64_t>(forward.span().begin(), forward.span().end()), (std::vector<std::uint64_t>{10, 30, 40}));
}

TEST(Weekly, LeavesOutANameThatIsTooLongInsteadOfCuttingIt) {
  KeptText<8> text;
  text.set("12345678");
  EXPECT_EQ(text.text(), "12345678");
  text.set("123456789");
  EXPECT_FALSE(text.named());
}

struct TestWeek {
  WeekHead head;
  std::uint64_t n;
};
constexpr EventTime kMonday{1'793'548'800'000};

TEST(Weekly, KeepsThreeWeeksInTimeOrderHoweverTheyCome) {
  Weeks<TestWeek> weeks;
  weeks.open(kMonday + 8 * kDayMs, EventTime::min())->n = 2;
  weeks.open(kMonday + 1 * kDayMs, EventTime::min())->n = 1;
  weeks.open(kMonday + 20 * kDayMs, EventTime::min())->n = 3;
  EXPECT_EQ(weeks.slots[0].n, 1U);
  EXPECT_EQ(weeks.slots[1].n, 2U);
  EXPECT_EQ(weeks.slots[2].n, 3U);
  EXPECT_EQ(weeks.open(kMonday - kDayMs, EventTime::min()), nullptr);
  weeks.open(kMonday + 22 * kDayMs, EventTime::min())->n = 4;
  EXPECT_EQ(weeks.find(kMonday), nullptr);
  EXPECT_EQ(weeks.slots[2].n, 4U);
}

TEST(Weekly, DoesNotOpenAWeekThatIsClosed) {
  Weeks<TestWeek> weeks;
  EXPECT_NE(weeks.open(kMonday, kMonday + 14 * kDayMs - 1), nullptr);
  EXPECT_EQ(Weeks<TestWeek>{}.open(kMonday, kMonday + 14 * kDayMs), nullptr);
}

TEST(Weekly, SaysNothingOfARateThatChanceExplains) {
  const RateRule rule{20, 5, 0.03, 0.1, std::log(1e-6), 4000};
  EXPECT_EQ(rate_llr_milli(3, 100, rule), 0);
  EXPECT_EQ(rate_llr_milli(8, 50, rule), 0) << "in favour, but one in ten thousand";
  EXPECT_EQ(rate_llr_milli(4, 4, rule), 0) << "too few";
  EXPECT_EQ(rate_llr_milli(800, 20'000, rule), 0) << "surely above 3 %, but nearer to it than to 10 %";
  EXPECT_EQ(rate_llr_milli(30, 50, rule), 4000);
}

}  // namespace
}  // namespace brushwatch
