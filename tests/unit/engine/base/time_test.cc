#include "engine/base/time.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

TEST(Time, ReadsRfc3339AndTheShopsOwnForm) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), EventTime{0});
  EXPECT_EQ(parse_time("1970-01-01T08:00:00+08:00"), EventTime{0});
  EXPECT_EQ(parse_time("1970-01-01 08:00:00"), EventTime{0});
  EXPECT_EQ(parse_time("2026-11-11T00:00:00.1239+08:00")->ms % 1000, 123);
}

TEST(Time, RefusesWhatIsNoMoment) {
  for (const char* text : {"", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
                           "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0800", "20260101T000000Z", "2026-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Time, WritesWhatItReads) {
  for (const std::int64_t ms : {0LL, 1'762'000'000'123LL, -1LL, 951'782'400'000LL, 4'102'444'799'999LL}) {
    EXPECT_EQ(parse_time(format_time({ms})), EventTime{ms}) << format_time({ms});
  }
}

TEST(Time, AlignsWindowsToShanghaiMidnightAndMonday) {
  const EventTime wednesday = *parse_time("2026-11-11T10:30:00+08:00");
  EXPECT_EQ(format_time(window_start(wednesday, kDayMs)), "2026-11-11T00:00:00.000+08:00");
  EXPECT_EQ(format_time(window_start(wednesday, 7 * kDayMs)), "2026-11-09T00:00:00.000+08:00");
  EXPECT_EQ(shanghai_hour(wednesday), 10);
  EXPECT_EQ(shanghai_hour_of_week(wednesday), 2 * 24 + 10);
}

}  // namespace
}  // namespace brushwatch
