#include "detectors/synthetic_track/synthetic_track.h"

#include <gtest/gtest.h>

#include <random>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch::test {
namespace {

struct Track {
  EventTime signed_at;
  std::array<std::int64_t, 3> legs_s;
  std::uint16_t upload = TrackPrint::kPrompt;
};
Event summary_of(int i, const Track& track, std::uint32_t revision = 0) {
  Event e;
  e.type = EventType::kParcelSummary;
  e.event_time = track.signed_at;
  e.position = EvidenceRef::of(2, static_cast<std::uint64_t>(i + 1));
  auto& p = e.emplace<ParcelSummaryEvent>();
  p.shop = NamedId::of("s");
  p.order = NamedId::of(keep("order-" + std::to_string(i)));
  p.waybill = NamedId::of(keep("78" + std::to_string(i)));
  p.signed_time = p.delivered = track.signed_at;
  p.revision = revision;
  TrackPrint print;
  for (std::size_t leg = 0; leg < 3; ++leg) print.legs[leg] = static_cast<std::uint16_t>(track.legs_s[leg] / TrackPrint::kStepS);
  print.upload = track.upload;
  p.track = print.packed();
  return e;
}

struct SyntheticTrackTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d18_shop()}};
  DetectorBench bench{few};
  std::mt19937_64 random{7};
  std::int64_t between(std::int64_t low, std::int64_t high) { return std::uniform_int_distribution<std::int64_t>(low, high)(random); }
  Track honest(int i) { return {at(i % 5, 9 + i % 10), {between(1'800, 12'000), between(3'600, 14'000), between(1'000, 40'000)}}; }
  Track written(int i, std::int64_t jitter_s) {
    return {at(i % 5, static_cast<double>(i * 7 % 24)), {7'200 + between(0, jitter_s), 9'000 + between(0, jitter_s), 14'000 + between(0, jitter_s)}};
  }
  void judge(int from_program, int from_carrier, std::int64_t jitter_s) {
    for (int i = 0; i < from_program; ++i) bench.feed(summary_of(i, written(i, jitter_s)));
    for (int i = 0; i < from_carrier; ++i) bench.feed(summary_of(1000 + i, honest(i)));
    bench.close_round(at(6, 23));
    bench.settle();
  }
};

TEST_F(SyntheticTrackTest, FindsLegsThatRepeatToTheSecond) {
  judge(60, 40, 1);
  const auto verdicts = bench.verdicts_of(18);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].reason, 1);
  EXPECT_EQ(verdicts[0].params[2], 2) << "within two seconds";
  EXPECT_EQ(verdicts[0].evidence.size(), verdicts[0].count);
  for (const EvidenceRef ref : verdicts[0].evidence) EXPECT_LE(ref.offset(), 60U) << "an honest parcel is no evidence";
}

TEST_F(SyntheticTrackTest, SpeaksOfTheTenthTrackOfABatch) {
  for (int i = 0; i < 10; ++i) bench.feed(summary_of(i, written(i, 1)));
  bench.close_round(at(5, 0));
  EXPECT_EQ(bench.verdicts_of(18).size(), 1U);
}

TEST_F(SyntheticTrackTest, SeesThroughAMinuteOfJitterAndLeavesATimetableAlone) {
  judge(80, 20, 55);
  ASSERT_EQ(bench.verdicts_of(18).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(18)[0].params[2], 60);
  for_each_seed(50, [&](std::uint64_t seed) {
    random.seed(seed);
    DetectorBench timetable{few};
    for (int i = 0; i < 80; ++i) timetable.feed(summary_of(i, written(i, 1'200)));
    timetable.close_round(at(6, 23));
    timetable.settle();
    EXPECT_TRUE(timetable.findings().empty());
  });
}

TEST_F(SyntheticTrackTest, LeavesCarriersAloneInManyWorlds) {
  for_each_seed(200, [&](std::uint64_t seed) {
    random.seed(seed);
    DetectorBench fresh{few};
    for (int i = 0; i < 100; ++i) fresh.feed(summary_of(i, honest(i)));
    fresh.close_round(at(6, 23));
    fresh.settle();
    EXPECT_TRUE(fresh.findings().empty());
  });
}

TEST_F(SyntheticTrackTest, LeavesALorryAndACounterAlone) {
  // One bag: unloaded together, shelved together, signed for together, to the second.
  for (int i = 0; i < 60; ++i) bench.feed(summary_of(i, {at(2, 16) + i * kSecondMs, {7'200, 9'000, 14'000}}));
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(SyntheticTrackTest, LeavesSameDayCouriersAlone) {
  // Minutes from door to door: legs that have no room to differ.
  for (int i = 0; i < 60; ++i) bench.feed(summary_of(i, {at(i % 5, 9 + i % 10), {between(120, 600), between(300, 1'200), between(300, 1'500)}}));
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

TEST_F(SyntheticTrackTest, FindsWholeLivesThatComeInBulkAgainAndAgain) {
  for (int i = 0; i < 60; ++i) {
    Track track = honest(i);
    if (i % 3 != 0) track.upload = static_cast<std::uint16_t>(1000 + 12 * (i % 13));
    bench.feed(summary_of(i, track));
  }
  bench.close_round(at(6, 23));
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(18).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(18)[0].reason, 2);
}

TEST_F(SyntheticTrackTest, LeavesAnOutageAndADailyFileAlone) {
  for (int i = 0; i < 60; ++i) {  // the feed was down: one upload, and everything else as always
    Track track = honest(i);
    if (i % 3 != 0) track.upload = 1000;
    bench.feed(summary_of(i, track));
  }
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
  DetectorBench daily{few};
  for (int i = 0; i < 60; ++i) {  // a carrier that sends a file a day, of all its parcels
    Track track = honest(i);
    track.upload = i % 3 == 0 ? 0 : static_cast<std::uint16_t>(1000 + 24 * (i % 5));
    daily.feed(summary_of(i, track));
  }
  daily.close_round(at(6, 23));
  daily.settle();
  EXPECT_TRUE(daily.findings().empty());
}

TEST_F(SyntheticTrackTest, TakesItBackWhenLateScansMakeTheTracksDiffer) {
  for (int i = 0; i < 60; ++i) bench.feed(summary_of(i, written(i, 1)));
  bench.close_round(at(5, 0));
  ASSERT_EQ(bench.verdicts_of(18).size(), 1U);
  for (int i = 0; i < 60; ++i) {
    Track track = honest(i);
    track.signed_at = written(i, 0).signed_at;
    bench.feed(summary_of(i, track, 1));
  }
  bench.close_round(at(6, 0));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(18).empty());
}

}  // namespace
}  // namespace brushwatch::test
