#include "detectors/odd_signatures/odd_signatures.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

constexpr std::int64_t kNightMs = 5 * kHourMs;

/// What the core holds after these events.
std::uint32_t marks_of(const std::vector<Event>& events) {
  FewDetectors few{{&parcel_core()}, {&d21_parcel()}};
  DetectorBench bench{few};
  for (const Event& e : events) bench.feed(e);
  bench.close_round(kMonday);
  return bench.sent(Stage::kShop).back().as<ParcelSummaryEvent>().marks;
}
std::vector<Event> signed_at(int hour, ScanCode code = ScanCode::kSigned) {
  std::vector<Event> events = events_of(parcel(0));
  events.back().event_time = kMonday + 2 * kDayMs + hour * kHourMs;
  std::get<ScanEvent>(events.back().body).code = code;
  return events;
}

TEST(SignatureMarks, TellHandAndNight) {
  EXPECT_EQ(marks_of(signed_at(15)), kMarkHandSigned);
  EXPECT_EQ(marks_of(signed_at(3 + 24)), kMarkHandSigned | kMarkNightSigned);
  EXPECT_EQ(marks_of(signed_at(27, ScanCode::kSignedProxy)), kMarkHandSigned | kMarkNightSigned);
  EXPECT_EQ(marks_of(signed_at(29)), kMarkHandSigned) << "five o'clock is morning";
}
TEST(SignatureMarks, LeaveStationsAndLockersAlone) {
  EXPECT_EQ(marks_of(signed_at(27, ScanCode::kSignedStation)), 0U);
  std::vector<Event> shelf = signed_at(27);
  shelf.push_back(scan_of(parcel(0), ScanCode::kAtStation, 51 * kHourMs, kBeijingOutlet, 9));
  EXPECT_EQ(marks_of(shelf), 0U);
  std::vector<Event> locker = signed_at(27);
  std::get<ScanEvent>(locker.back().body).outlet_kind = OutletKind::kLocker;
  EXPECT_EQ(marks_of(locker), 0U);
  ParcelCore unsigned_yet{};
  EXPECT_EQ(signature_marks(unsigned_yet, kNightMs), 0U);
}

Event summary_of(int i, EventTime t, std::uint32_t marks) {
  Event e;
  e.type = EventType::kParcelSummary;
  e.event_time = t;
  e.position = EvidenceRef::of(2, static_cast<std::uint64_t>(i + 1));
  auto& p = e.emplace<ParcelSummaryEvent>();
  p.shop = NamedId::of("s");
  p.courier = NamedId::of("C-1");
  p.signed_time = t;
  p.scans = 9;
  p.marks = marks;
  return e;
}

struct OddSignaturesTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d21_shop()}};
  DetectorBench bench{few};
};

TEST_F(OddSignaturesTest, FindsAShopWhosePeopleSignAtNightAndTakesItBack) {
  std::vector<Event> parcels;
  for (int i = 0; i < 60; ++i) parcels.push_back(summary_of(i, at(i % 5, i % 4 == 0 ? 2 : 14), i % 4 == 0 ? kMarkHandSigned | kMarkNightSigned : kMarkHandSigned));
  for (const Event& e : parcels) bench.feed(e);
  bench.close_round(at(6, 0));
  ASSERT_EQ(bench.verdicts_of(21).size(), 1U);
  EXPECT_GE(bench.verdicts_of(21)[0].params[0], 5);
  for (Event& e : parcels) {  // the shelf scans come late: it was a station after all
    auto& p = std::get<ParcelSummaryEvent>(e.body);
    p.revision = 1;
    p.previous_marks = std::exchange(p.marks, 0U);
    bench.feed(e);
  }
  bench.close_round(at(6, 1));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(21).empty());
}

TEST_F(OddSignaturesTest, LeavesDaysAndStationsAlone) {
  for (int i = 0; i < 100; ++i) bench.feed(summary_of(i, at(i % 5, 14), kMarkHandSigned));
  for (int i = 0; i < 100; ++i) bench.feed(summary_of(500 + i, at(i % 5, 2), 0));
  for (int i = 0; i < 3; ++i) bench.feed(summary_of(900 + i, at(i, 0.5), kMarkHandSigned | kMarkNightSigned));
  bench.close_round(at(6, 0));
  bench.settle();
  EXPECT_TRUE(bench.findings().empty());
}

/// The courier's column alone, folded by hand: summaries to `party` come from the parcel stage.
struct CourierTest : testing::Test {
  FewDetectors few{{&parcel_core()}, {&d21_parcel(), &d21_courier()}};
  DetectorBench bench{few};
  /// `n` parcels signed for by one courier on five days, `apart_s` after each other.
  void deliver(int n, std::int64_t apart_s, ScanCode code = ScanCode::kSigned) {
    for (int i = 0; i < n; ++i) {
      Parcel p = parcel(static_cast<unsigned>(i));
      std::vector<Event> events = events_of(p);
      events.back().event_time = kMonday + (3 + i % 4) * kDayMs + 14 * kHourMs + (i / 4) * apart_s * kSecondMs;
      std::get<ScanEvent>(events.back().body).code = code;
      for (const Event& e : events) bench.feed(e);
    }
    bench.close_round(kMonday + 8 * kDayMs);
    bench.settle();
  }
};

TEST_F(CourierTest, FindsBagsStampedOneAfterTheOther) {
  deliver(320, 3);
  ASSERT_EQ(bench.verdicts_of(21).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(21)[0].subject_kind, SubjectKind::kCourier);
  EXPECT_EQ(bench.verdicts_of(21)[0].reason, 3);
}
TEST_F(CourierTest, LeavesARoundAlone) {
  deliver(320, 180);
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(CourierTest, LeavesAStationsBatchAlone) {
  deliver(320, 1, ScanCode::kSignedStation);
  EXPECT_TRUE(bench.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
