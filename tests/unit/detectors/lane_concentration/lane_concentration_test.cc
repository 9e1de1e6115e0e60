#include "detectors/lane_concentration/lane_concentration.h"

#include <gtest/gtest.h>

#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"

namespace brushwatch {
namespace {

using namespace test;

struct LaneConcentrationTest : testing::Test {
  FoldHarness parties{Stage::kParty, nullptr, {&d22_outlet()}};
  unsigned parcels = 0;

  void parcel(int shop, int end) {
    Event e;
    e.type = EventType::kParcelSummary;
    e.event_time = kMonday + static_cast<std::int64_t>(++parcels) * kMinuteMs;
    e.position = EvidenceRef::of(1, parcels);
    auto& p = e.emplace<ParcelSummaryEvent>();
    p.shop = NamedId::of(keep("taobao:S" + std::to_string(shop)));
    p.outlet = NamedId::of("zto-610102-01");
    p.sign_outlet = NamedId::of(keep("end-" + std::to_string(end)));
    p.signed_time = e.event_time;
    parties.fold(party_key(PartyKind::kOutlet, p.outlet.hash), e);
  }
};

TEST_F(LaneConcentrationTest, NamesAnOutletWhoseParcelsOfManyShopsEndAtOnePlace) {
  for (int i = 0; i < 60; ++i) parcel(i % 3, 7);
  for (int i = 0; i < 30; ++i) parcel(i % 9, 100 + i);
  parties.advance(kMonday + 20 * kDayMs);
  ASSERT_EQ(parties.standing().size(), 1U);
  EXPECT_EQ(parties.standing()[0].subject_kind, SubjectKind::kOutlet);
  EXPECT_EQ(parties.standing()[0].subject.text, "zto-610102-01");
  EXPECT_EQ(parties.standing()[0].family, Family::kGraph);
}

TEST_F(LaneConcentrationTest, LeavesParcelsThatGoEverywhereAlone) {
  for (int i = 0; i < 300; ++i) parcel(i % 9, i);
  parties.advance(kMonday + 20 * kDayMs);
  EXPECT_TRUE(parties.standing().empty());
}

TEST_F(LaneConcentrationTest, LeavesOneShopWithOneCustomerAlone) {
  for (int i = 0; i < 100; ++i) parcel(1, 7);
  parties.advance(kMonday + 20 * kDayMs);
  EXPECT_TRUE(parties.standing().empty());
}

}  // namespace
}  // namespace brushwatch
