#include "detectors/recycled_waybill/recycled_waybill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using namespace test;

FoldHarness parcels() { return {Stage::kParcel, &parcel_core(), {&d19_parcel()}}; }
FoldHarness shops() { return {Stage::kShop, nullptr, {&d19_shop()}}; }
void fold_all(FoldHarness& stage, const std::vector<Event>& events) {
  for (const Event& event : events) stage.fold(row_of(event), event);
}
/// The last marks said of each shop's order.
std::map<std::string, std::uint32_t> marks_of(const std::vector<Event>& events) {
  FoldHarness stage = parcels();
  fold_all(stage, events);
  std::map<std::string, std::uint32_t> marks;
  for (const Sent& s : stage.sent(Stage::kShop)) {
    const auto& summary = s.event.as<ParcelSummaryEvent>();
    marks[std::string(summary.shop.text)] = summary.marks;
  }
  return marks;
}
/// An order of another shop on the number of `p`.
Parcel on_number_of(const Parcel& p, unsigned i, std::int64_t later_ms) {
  Parcel other = parcel(i, "taobao:S2");
  other.waybill = p.waybill;
  other.paid = p.paid + later_ms;
  return other;
}

TEST(RecycledWaybill, FindsNothingInAnHonestParcel) { EXPECT_EQ(marks_of(events_of(parcel(0)))["taobao:S1"], 0U); }

TEST(RecycledWaybill, AccusesTheOrderThatCameAfterTheSignatureAndNotTheFirst) {
  std::vector<Event> events = events_of(parcel(0));
  events.push_back(notice_of(on_number_of(parcel(0), 1, 9 * kDayMs)));
  auto marks = marks_of(events);
  EXPECT_EQ(marks["taobao:S1"], 0U);
  EXPECT_EQ(marks["taobao:S2"], kMarkTwoOrders | kMarkTwoShops | kMarkRecycled | kMarkScanBeforePaid);
}

TEST(RecycledWaybill, ExcusesMergedShipmentsToOneBuyerOrAddress) {
  for (const bool same_buyer : {true, false}) {
    std::vector<Event> events = events_of(parcel(0));
    Parcel merged = parcel(1);
    merged.waybill = parcel(0).waybill;
    (same_buyer ? merged.buyer : merged.consignee) = hash64(parcel(0).order + (same_buyer ? "b" : "c"));
    events.push_back(notice_of(merged));
    EXPECT_EQ(marks_of(events)["taobao:S1"], 0U);
  }
}

TEST(RecycledWaybill, MarksAScanBeforePaymentBeyondTheGraceOfClocks) {
  std::vector<Event> events = events_of(parcel(0));
  events.push_back(scan_of(parcel(0), ScanCode::kInTransit, -9 * kMinuteMs, kXianHub, 20));
  EXPECT_EQ(marks_of(events)["taobao:S1"], 0U);
  events.push_back(scan_of(parcel(0), ScanCode::kInTransit, -11 * kMinuteMs, kXianHub, 21));
  EXPECT_EQ(marks_of(events)["taobao:S1"], kMarkScanBeforePaid);
}

TEST(RecycledWaybill, MarksALabelMadeTwiceDaysApartButNotAReprint) {
  std::vector<Event> events = events_of(parcel(0));
  events.push_back(scan_of(parcel(0), ScanCode::kCreated, 8 * kHourMs, kXianHub, 20));
  EXPECT_EQ(marks_of(events)["taobao:S1"], 0U);
  events.push_back(scan_of(parcel(0), ScanCode::kCreated, 7 * kHourMs + 3 * kDayMs, kXianHub, 21));
  EXPECT_EQ(marks_of(events)["taobao:S1"], kMarkSecondCreated);
}

/// Thirty honest parcels of S1 and as many orders of S2, `recycled` of them on S1's numbers days later.
std::vector<Event> weeks_of(unsigned recycled) {
  std::vector<Event> events;
  for (unsigned i = 0; i < 30; ++i) {
    const std::vector<Event> one = events_of(parcel(i));
    events.insert(events.end(), one.begin(), one.end());
    Parcel p = i < recycled ? on_number_of(parcel(i), i, 8 * kDayMs) : parcel(i, "taobao:S2");
    p.offset = 100ULL * (i + 500);
    if (i < recycled) {
      events.push_back(notice_of(p));
      continue;
    }
    p.paid = p.paid + 8 * kDayMs;
    const std::vector<Event> other = events_of(p);
    events.insert(events.end(), other.begin(), other.end());
  }
  return events;
}
std::string run(const std::vector<Event>& events) {
  FoldHarness parcel_stage = parcels();
  FoldHarness shop_stage = shops();
  fold_all(parcel_stage, events);
  shop_stage.take_from(parcel_stage);
  shop_stage.advance(kMonday + 40 * kDayMs);
  return shop_stage.standing_json();
}

TEST(RecycledWaybill, AccusesTheShopThatBoughtUsedNumbers) {
  FoldHarness parcel_stage = parcels();
  FoldHarness shop_stage = shops();
  fold_all(parcel_stage, weeks_of(12));
  shop_stage.take_from(parcel_stage);
  shop_stage.advance(kMonday + 40 * kDayMs);
  const auto standing = shop_stage.standing();
  ASSERT_EQ(standing.size(), 1U);
  EXPECT_EQ(standing[0].subject.text, "taobao:S2");
  EXPECT_EQ(standing[0].detector, 19);
  EXPECT_EQ(standing[0].reason, 1);
  EXPECT_EQ(standing[0].count, 12U);
  EXPECT_EQ(standing[0].params[1], 30);
  EXPECT_EQ(standing[0].llr_milli, 4000);
  EXPECT_EQ(standing[0].evidence.size(), 12U);
}

TEST(RecycledWaybill, SpeaksSoftlyOfTheFirstUsedNumberAndLoudlyOfTheSecond) {
  const auto llr_of = [](unsigned recycled) {
    FoldHarness parcel_stage = parcels();
    FoldHarness shop_stage = shops();
    fold_all(parcel_stage, weeks_of(recycled));
    shop_stage.take_from(parcel_stage);
    shop_stage.advance(kMonday + 40 * kDayMs);
    const auto standing = shop_stage.standing();
    return standing.size() == 1 ? standing[0].llr_milli : -1;
  };
  EXPECT_EQ(llr_of(1), 1500) << "a clerk's slip is not excluded";
  EXPECT_EQ(llr_of(2), 4000);
  EXPECT_EQ(run(weeks_of(0)), "");
}

TEST(RecycledWaybill, IsSilentAboutAFewBadClocks) {
  std::vector<Event> events;
  for (unsigned i = 0; i < 100; ++i) {
    const std::vector<Event> one = events_of(parcel(i));
    events.insert(events.end(), one.begin(), one.end());
    if (i % 40 == 0) events.push_back(scan_of(parcel(i), ScanCode::kInTransit, -30 * kMinuteMs, kXianHub, 20));
  }
  EXPECT_EQ(run(events), "");
}

TEST(RecycledWaybill, AccusesAShopWhoseNumbersMoveBeforeItsOrdersArePaid) {
  std::vector<Event> events;
  for (unsigned i = 0; i < 40; ++i) {
    const std::vector<Event> one = events_of(parcel(i));
    events.insert(events.end(), one.begin(), one.end());
    if (i % 2 == 0) events.push_back(scan_of(parcel(i), ScanCode::kInTransit, -30 * kMinuteMs, kXianHub, 20));
  }
  EXPECT_NE(run(events).find("\"reason\":5"), std::string::npos);
}

TEST(RecycledWaybill, EndsInTheSameFindingWhateverTheOrder) {
  const std::vector<Event> events = weeks_of(12);
  const std::string straight = run(events);
  for_each_seed(10, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> shuffled = events;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(run(shuffled), straight);
  });
}

TEST(RecycledWaybill, GoesOnFromItsBytes) {
  const std::vector<Event> events = weeks_of(12);
  FoldHarness parcel_stage = parcels();
  for (std::size_t i = 0; i < events.size() / 2; ++i) parcel_stage.fold(row_of(events[i]), events[i]);
  FoldHarness restored = parcels();
  restored.restore_from(parcel_stage);
  for (std::size_t i = events.size() / 2; i < events.size(); ++i) restored.fold(row_of(events[i]), events[i]);
  FoldHarness before = shops();
  before.take_from(parcel_stage);
  FoldHarness after = shops();
  after.restore_from(before);
  after.take_from(restored);
  after.advance(kMonday + 40 * kDayMs);
  EXPECT_EQ(after.standing_json(), run(events));
}

}  // namespace
}  // namespace brushwatch
