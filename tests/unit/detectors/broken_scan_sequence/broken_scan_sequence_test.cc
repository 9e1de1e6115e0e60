#include "detectors/broken_scan_sequence/broken_scan_sequence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using namespace test;
using enum ScanCode;

FoldHarness parcels() { return {Stage::kParcel, &parcel_core(), {&d17_parcel()}}; }
FoldHarness shops() { return {Stage::kShop, nullptr, {&d17_shop()}}; }
FoldHarness parties() { return {Stage::kParty, nullptr, {&d17_outlet()}}; }

void fold_all(FoldHarness& stage, const std::vector<Event>& events) {
  for (const Event& event : events) stage.fold(row_of(event), event);
}
std::uint32_t marks_of(const std::vector<Event>& events) {
  FoldHarness stage = parcels();
  fold_all(stage, events);
  return stage.sent(Stage::kShop).empty() ? ~0U : stage.sent(Stage::kShop).back().event.as<ParcelSummaryEvent>().marks;
}

TEST(BrokenScanSequence, FindsNothingInACarriedParcel) { EXPECT_EQ(marks_of(events_of(parcel(0))), 0U); }

TEST(BrokenScanSequence, MarksEachBreakByItsName) {
  EXPECT_EQ(marks_of(events_of(parcel(0), {kPickedUp})), kMarkNoPickup);
  EXPECT_EQ(marks_of(events_of(parcel(0), {kOutForDelivery})), kMarkNoDelivery);

  std::vector<Event> no_hub = events_of(parcel(0));
  std::erase_if(no_hub, [](const Event& e) { return e.type == EventType::kParcelScan && e.as<ScanEvent>().outlet_kind == OutletKind::kHub; });
  EXPECT_EQ(marks_of(no_hub), kMarkHubMissing);

  std::vector<Event> moving = events_of(parcel(0));
  moving.push_back(scan_of(parcel(0), kArrived, 60 * kHourMs, kBeijingOutlet, 9));
  EXPECT_EQ(marks_of(moving), kMarkSignBeforeArrive);

  Parcel other_city = parcel(0);
  other_city.region6 = 440106;
  EXPECT_EQ(marks_of(events_of(other_city)), kMarkCityMismatch);
  Parcel other_county = parcel(0);
  other_county.region6 = 110106;
  EXPECT_EQ(marks_of(events_of(other_county)), kMarkOtherCounty) << "a mark of D20's, no break of the track";

  std::vector<Event> fast = events_of(parcel(0));
  fast.push_back(scan_of(parcel(0), kInTransit, 24 * kHourMs + 40 * kMinuteMs, kBeijingHub, 9));
  EXPECT_EQ(marks_of(fast), kMarkImpossibleSpeed);
}

TEST(BrokenScanSequence, KnowsThatDistrictsOfAMunicipalityAreOneCity) {
  Parcel p = parcel(0);
  p.region6 = 110229;  // a county of Beijing: 1102, signed in 1101
  EXPECT_EQ(marks_of(events_of(p)), 0U);
}

TEST(BrokenScanSequence, ExcusesForwardedParcels) {
  Parcel p = parcel(0);
  p.region6 = 440106;
  std::vector<Event> events = events_of(p);
  events.push_back(scan_of(p, kForwarded, 48 * kHourMs, kBeijingOutlet, 9));
  EXPECT_EQ(marks_of(events), 0U);
}

TEST(BrokenScanSequence, AccusesNoCarrierThatNeverNamesKindsOrPlaces) {
  std::vector<Event> events = events_of(parcel(0));
  for (Event& event : events) {
    if (event.type != EventType::kParcelScan) continue;
    auto& scan = *std::get_if<ScanEvent>(&event.body);
    scan.outlet_kind = OutletKind::kUnknown;
    scan.lat_e6 = scan.lon_e6 = 0;
    scan.region6 = 0;
  }
  EXPECT_EQ(marks_of(events), 0U);
}

TEST(BrokenScanSequence, ClearsAMarkWhenTheLostScanComesLate) {
  std::vector<Event> events = events_of(parcel(0));
  std::rotate(events.begin() + 2, events.begin() + 3, events.end());  // the pickup last
  FoldHarness stage = parcels();
  fold_all(stage, events);
  ASSERT_EQ(stage.sent(Stage::kShop).size(), 2U);
  EXPECT_EQ(stage.sent(Stage::kShop)[0].event.as<ParcelSummaryEvent>().marks, kMarkNoPickup);
  const auto& revision = stage.sent(Stage::kShop)[1].event.as<ParcelSummaryEvent>();
  EXPECT_EQ(revision.revision, 1U);
  EXPECT_EQ(revision.marks, 0U);
  EXPECT_EQ(revision.previous_marks, kMarkNoPickup);
}

/// Sixty parcels of one shop, the first `broken` of them never picked up.
std::vector<Event> week_of(unsigned broken, const std::string& shop = "taobao:S1") {
  std::vector<Event> events;
  for (unsigned i = 0; i < 60; ++i) {
    const std::vector<Event> one = events_of(parcel(i, shop), i < broken ? std::vector{kPickedUp} : std::vector<ScanCode>{});
    events.insert(events.end(), one.begin(), one.end());
  }
  return events;
}

TEST(BrokenScanSequence, AccusesAShopWhosePackagesWereNeverPickedUp) {
  FoldHarness parcel_stage = parcels();
  FoldHarness shop_stage = shops();
  fold_all(parcel_stage, week_of(30));
  shop_stage.take_from(parcel_stage);
  const auto standing = shop_stage.standing();
  ASSERT_EQ(standing.size(), 1U);
  const FindingEvent& finding = standing[0];
  EXPECT_EQ(finding.detector, 17);
  EXPECT_EQ(finding.family, Family::kParcel);
  EXPECT_EQ(finding.direction, Direction::kPromote);
  EXPECT_EQ(finding.subject.text, "taobao:S1");
  EXPECT_EQ(finding.reason, 1);
  EXPECT_EQ(finding.llr_milli, 4000);
  EXPECT_EQ(finding.window_start, kMonday);
  EXPECT_EQ(finding.window_end, kMonday + 7 * kDayMs);
  EXPECT_GE(finding.evidence.size(), 8U);

  shop_stage.advance(kMonday + 15 * kDayMs);
  const FindingEvent last = shop_stage.standing()[0];
  EXPECT_EQ(last.count, 30U) << "the last word of the week has the final count";
  EXPECT_EQ(last.value_milli, 500);
  EXPECT_EQ(last.params[1], 60);
  EXPECT_EQ(last.evidence.size(), 30U);
  EXPECT_EQ(shop_stage.rows(), 0U);
}

TEST(BrokenScanSequence, IsSilentAboutAShopThatLosesScansLikeOthers) {
  FoldHarness parcel_stage = parcels();
  FoldHarness shop_stage = shops();
  FoldHarness party_stage = parties();
  fold_all(parcel_stage, week_of(3));
  shop_stage.take_from(parcel_stage);
  party_stage.take_from(parcel_stage);
  shop_stage.advance(kMonday + 15 * kDayMs);
  EXPECT_TRUE(shop_stage.sent(Stage::kSubject).empty());
  EXPECT_TRUE(party_stage.sent(Stage::kSubject).empty());
}

TEST(BrokenScanSequence, AccusesTheOutletAndTheCourierBehindMuchOfIt) {
  FoldHarness parcel_stage = parcels();
  FoldHarness party_stage = parties();
  fold_all(parcel_stage, week_of(30, "taobao:S1"));
  fold_all(parcel_stage, week_of(30, "taobao:S2"));
  party_stage.take_from(parcel_stage);
  const auto standing = party_stage.standing();
  ASSERT_EQ(standing.size(), 2U);
  std::map<SubjectKind, std::string> subjects;
  for (const FindingEvent& finding : standing) subjects[finding.subject_kind] = finding.subject.text;
  EXPECT_EQ(subjects[SubjectKind::kOutlet], "XA-001");
  EXPECT_EQ(subjects[SubjectKind::kCourier], "C-77");
}

TEST(BrokenScanSequence, TakesTheFindingBackWhenLateScansRepairTheTracks) {
  FoldHarness parcel_stage = parcels();
  FoldHarness shop_stage = shops();
  FoldHarness party_stage = parties();
  fold_all(parcel_stage, week_of(30));
  shop_stage.take_from(parcel_stage);
  ASSERT_EQ(shop_stage.standing().size(), 1U);
  for (unsigned i = 0; i < 30; ++i) {
    const Parcel p = parcel(i);
    const Event pickup = scans_of(p)[1];
    parcel_stage.fold(row_of(pickup), pickup);
  }
  shop_stage.take_from(parcel_stage);
  party_stage.take_from(parcel_stage);
  EXPECT_TRUE(shop_stage.standing().empty());
  EXPECT_TRUE(shop_stage.sent(Stage::kSubject).back().event.as<FindingEvent>().retracted);
  EXPECT_TRUE(party_stage.standing().empty());
  shop_stage.advance(kMonday + 15 * kDayMs);
  EXPECT_TRUE(shop_stage.standing().empty());
}

TEST(BrokenScanSequence, EndsInTheSameFindingWhateverTheOrder) {
  const std::vector<Event> events = week_of(30);
  const auto run = [&](const std::vector<Event>& in) {
    FoldHarness parcel_stage = parcels();
    FoldHarness shop_stage = shops();
    FoldHarness party_stage = parties();
    fold_all(parcel_stage, in);
    shop_stage.take_from(parcel_stage);
    party_stage.take_from(parcel_stage);
    shop_stage.advance(kMonday + 15 * kDayMs);
    party_stage.advance(kMonday + 15 * kDayMs);
    return shop_stage.standing_json() + party_stage.standing_json();
  };
  const std::string straight = run(events);
  EXPECT_FALSE(straight.empty());
  for_each_seed(10, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> shuffled = events;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(run(shuffled), straight);
  });
}

TEST(BrokenScanSequence, GoesOnFromItsBytes) {
  FoldHarness parcel_stage = parcels();
  fold_all(parcel_stage, week_of(30));
  const auto& sent = parcel_stage.sent(Stage::kShop);
  FoldHarness straight = shops();
  straight.take_from(parcel_stage);
  straight.advance(kMonday + 15 * kDayMs);
  FoldHarness before = shops();
  for (std::size_t i = 0; i < 40; ++i) before.fold(sent[i].key, sent[i].event);
  FoldHarness after = shops();
  after.restore_from(before);
  for (std::size_t i = 40; i < sent.size(); ++i) after.fold(sent[i].key, sent[i].event);
  after.advance(kMonday + 15 * kDayMs);
  EXPECT_EQ(after.standing_json(), straight.standing_json());
}

}  // namespace
}  // namespace brushwatch
