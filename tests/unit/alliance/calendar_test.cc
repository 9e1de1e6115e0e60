#include "alliance/calendar.h"

#include <gtest/gtest.h>

#include <tuple>

namespace brushwatch {
namespace {

const Calendar& newest() { return Calendar::version(Calendar::newest()); }
Date day(const char* text) { return *parse_date(text); }

TEST(Calendar, CountsTheWorkingDaysOfEachYear) {
  EXPECT_EQ(newest().working_days_in(2024), 251U);
  EXPECT_EQ(newest().working_days_in(2025), 248U);
  EXPECT_EQ(newest().working_days_in(2026), 248U);
}

TEST(Calendar, WorksOnMakeUpDaysAndRestsOnListedOnes) {
  for (const char* made_up : {"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29",
                              "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04",
                              "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}) {
    EXPECT_TRUE(newest().is_working(day(made_up))) << made_up;
  }
  for (const char* off : {"2018-12-31", "2023-01-02", "2024-10-07", "2025-10-08", "2026-02-23", "2026-11-28"}) {
    EXPECT_FALSE(newest().is_working(day(off))) << off;
  }
}

TEST(Calendar, FiveWorkingDaysEndWhereTheVectorsSay) {
  const std::pair<const char*, const char*> vectors[] = {
      {"2025-01-24", "2025-02-07"}, {"2025-09-26", "2025-10-10"}, {"2025-09-30", "2025-10-14"}, {"2025-12-31", "2026-01-08"},
      {"2026-02-13", "2026-02-27"}, {"2024-02-09", "2024-02-22"}, {"2018-12-27", "2019-01-04"}, {"2026-09-18", "2026-09-24"}};
  for (const auto& [from, to] : vectors) {
    const CountedTerm term = newest().working_days_after(day(from), 5);
    EXPECT_EQ(format_date(term.last), to) << from;
    EXPECT_FALSE(term.provisional) << from;
    EXPECT_EQ(term.version, Calendar::newest());
  }
}

TEST(Calendar, ThreeMonthsEndWhereTheVectorsSay) {
  // A Saturday that is a make-up working day does not move; a rest day moves to the next working day.
  const std::tuple<const char*, const char*, const char*> vectors[] = {{"2025-11-30", "2026-02-28", "2026-02-28"},
                                                                       {"2025-07-03", "2025-10-03", "2025-10-09"},
                                                                       {"2025-10-31", "2026-01-31", "2026-02-02"},
                                                                       {"2024-11-29", "2025-02-28", "2025-02-28"}};
  for (const auto& [from, plain, moved] : vectors) {
    EXPECT_EQ(format_date(newest().plain_months_after(day(from), 3)), plain) << from;
    EXPECT_EQ(format_date(newest().months_after(day(from), 3).last), moved) << from;
  }
  EXPECT_EQ(format_date(newest().plain_months_after(day("2024-02-29"), 12)), "2025-02-28");
}

TEST(Calendar, ATermBeyondTheTableIsProvisionalUnderTheVersionThatCountedIt) {
  const CountedTerm old = Calendar::version(1).working_days_after(day("2025-12-31"), 5);
  EXPECT_TRUE(old.provisional);
  EXPECT_EQ(old.version, 1);
  EXPECT_EQ(format_date(old.last), "2026-01-07") << "weekdays count while the notice for 2026 is not there";
  const CountedTerm counted_again = Calendar::version(2).working_days_after(day("2025-12-31"), 5);
  EXPECT_FALSE(counted_again.provisional);
  EXPECT_EQ(format_date(counted_again.last), "2026-01-08");
  EXPECT_TRUE(newest().months_after(day("2026-11-20"), 3).provisional);
}

TEST(Calendar, AVersionThatIsNotThereIsTheNearest) {
  EXPECT_EQ(Calendar::version(0).number(), 1);
  EXPECT_EQ(Calendar::version(200).number(), Calendar::newest());
}

TEST(Calendar, GivesTheAlarmBeforeTheTableEnds) {
  EXPECT_FALSE(Calendar::version(2).expires_soon(day("2026-09-01")));
  EXPECT_TRUE(Calendar::version(2).expires_soon(day("2026-11-27")));
  EXPECT_EQ(Calendar::version(2).days_left(day("2026-12-31")), 0);
  EXPECT_LT(Calendar::version(1).days_left(day("2026-01-01")), 0);
}

TEST(Calendar, ATermEndsAtMidnightInShanghai) {
  EXPECT_EQ(format_time(end_of(day("2026-02-27"))), "2026-02-28T00:00:00.000+08:00");
  EXPECT_EQ(date_of(*parse_time("2026-02-27T23:59:59+08:00")), day("2026-02-27"));
  EXPECT_EQ(date_of(*parse_time("2026-02-27T16:00:00Z")), day("2026-02-28"));
}

TEST(Calendar, RefusesWhatIsNoDate) {
  for (const char* text : {"", "2026-2-01", "2026-02-30", "2026-13-01", "2026/02/01", "2025-02-29", "20260201", "-026-01-01"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
  EXPECT_EQ(format_date(day("2024-02-29")), "2024-02-29");
}

TEST(Calendar, KnowsEveryDayOfTwoCenturies) {
  for (std::int64_t d = make_date(1900, 1, 1).day; d < make_date(2100, 1, 1).day; ++d) {
    const YearMonthDay c = civil({d});
    ASSERT_EQ(make_date(c.year, c.month, c.day).day, d);
    ASSERT_EQ(parse_date(format_date({d}))->day, d);
  }
}

}  // namespace
}  // namespace brushwatch
