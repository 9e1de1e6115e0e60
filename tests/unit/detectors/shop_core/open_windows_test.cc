#include "detectors/shop_core/open_windows.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

struct Slot {
  std::int32_t index;
  int events;
};

struct OpenWindowsTest : testing::Test {
  OpenWindows<Slot, 2> windows{};
  std::vector<std::pair<int, int>> settled;
  Slot* open(int index) {
    return windows.open(index, [&](const Slot& s) { settled.emplace_back(s.index, s.events); });
  }
  void close(int limit) {
    windows.close(limit, [&](const Slot& s) { settled.emplace_back(s.index, s.events); });
  }
};
using Settled = std::vector<std::pair<int, int>>;

TEST_F(OpenWindowsTest, LetsALateEventIntoAWindowThatIsStillOpen) {
  ++open(8)->events;
  ++open(7)->events;
  ++open(8)->events;
  close(8);
  EXPECT_EQ(settled, (Settled{{7, 1}, {8, 2}}));
}

TEST_F(OpenWindowsTest, TurnsAwayAnEventOfASettledWindow) {
  ++open(7)->events;
  close(7);
  EXPECT_EQ(open(7), nullptr);
  EXPECT_EQ(open(6), nullptr);
}

TEST_F(OpenWindowsTest, SettlesTheOldestEarlyWhenAnEventIsTooFarAhead) {
  ++open(7)->events;
  ++open(8)->events;
  ++open(9)->events;
  EXPECT_EQ(settled, (Settled{{7, 1}}));
  ++open(20)->events;
  EXPECT_EQ(settled, (Settled{{7, 1}, {8, 1}, {9, 1}}));
}

TEST(Weeks, BeginOnMondayMidnightInShanghai) {
  const EventTime monday = *parse_time("2024-03-04T00:00:00+08:00");
  EXPECT_EQ(week_start(week_index(monday)), monday);
  EXPECT_EQ(week_index(monday - 1) + 1, week_index(monday));
  EXPECT_EQ(week_start(week_index(monday)), window_start(monday + kDayMs, 7 * kDayMs));
  EXPECT_EQ(day_start(day_index(monday)), monday);
}

TEST(SettledBefore, StandsTheEndsOfTime) {
  EXPECT_EQ(settled_before(EventTime::min(), kHourMs).ms, 0);
  EXPECT_GT(settled_before(EventTime::max(), kHourMs).ms, 200'000LL * kDayMs - 2 * kHourMs);
}

}  // namespace
}  // namespace brushwatch
