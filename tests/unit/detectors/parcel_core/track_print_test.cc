#include <gtest/gtest.h>

#include "detectors/parcel_core/parcel_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

/// What the shop is told last of the track of these events.
TrackPrint print_of(const std::vector<Event>& events) {
  FewDetectors few{{&parcel_core()}, {}};
  DetectorBench bench{few};
  for (const Event& e : events) bench.feed(e);
  bench.close_round(kMonday);
  return bench.sent(Stage::kShop).empty() ? TrackPrint{} : TrackPrint::of(bench.sent(Stage::kShop).back().as<ParcelSummaryEvent>().track);
}

TEST(TrackPrint, SurvivesPacking) {
  const TrackPrint print{{1, 2, 65'535}, 7};
  const TrackPrint again = TrackPrint::of(print.packed());
  EXPECT_EQ(again.legs, print.legs);
  EXPECT_EQ(again.upload, 7);
}

TEST(TrackPrint, IsTheLastThreeLegsInStepsOfTwoSeconds) {
  const TrackPrint print = print_of(events_of(parcel(0)));
  // Arrived at 40 h, at the outlet at 47, out at 50, signed at 53.
  EXPECT_EQ(print.legs, (std::array<std::uint16_t, 3>{7 * 1800, 3 * 1800, 3 * 1800}));
  EXPECT_EQ(print.upload, TrackPrint::kPrompt);
}

TEST(TrackPrint, IsTheSameWhenTheSignatureComesFirst) {
  std::vector<Event> events = events_of(parcel(0));
  const TrackPrint straight = print_of(events);
  std::reverse(events.begin(), events.end());
  EXPECT_EQ(print_of(events).packed(), straight.packed());
}

TEST(TrackPrint, TellsAWholeLifeInOneUploadFromALiveFeed) {
  std::vector<Event> events = events_of(parcel(0));
  const EventTime upload = events.back().event_time + 5 * kHourMs;
  for (Event& e : events) e.ingest_time = upload;
  EXPECT_TRUE(print_of(events).in_one_upload());
  events[3].ingest_time = events[3].event_time + kMinuteMs;  // one scan that came as it was made
  EXPECT_EQ(print_of(events).upload, TrackPrint::kPrompt);
  events[3].ingest_time = events[3].event_time + 2 * kHourMs;  // a feed that is slow, but runs
  EXPECT_EQ(print_of(events).upload, 0);
}

TEST(TrackPrint, HasNoLegsOfFewerThanFourScans) {
  const Parcel p = parcel(0);
  const TrackPrint print = print_of(events_of(p, {ScanCode::kCreated, ScanCode::kPickedUp, ScanCode::kDeparted, ScanCode::kArrived}));
  EXPECT_FALSE(print.has_legs());
}

}  // namespace
}  // namespace brushwatch::test
