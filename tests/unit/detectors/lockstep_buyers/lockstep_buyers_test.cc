#include "detectors/lockstep_buyers/lockstep_buyers.h"

#include <gtest/gtest.h>

#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"

namespace brushwatch {
namespace {

using namespace test;

struct LockstepTest : testing::Test {
  FoldHarness parties{Stage::kParty, nullptr, {&d5_party()}};
  FoldHarness rings{Stage::kRing, nullptr, {&d5_ring()}};
  unsigned orders = 0;

  void buys(Pid buyer, int shop, double hours, std::uint32_t shop_week = 60) {
    Event event;
    event.type = EventType::kEdge;
    event.event_time = kMonday + static_cast<std::int64_t>(hours * kHourMs);
    event.position = EvidenceRef::of(1, ++orders);
    auto& e = event.emplace<EdgeEvent>();
    e.kind = PartyKind::kBuyer;
    e.party = e.buyer = buyer;
    e.shop = NamedId::of(keep("taobao:S" + std::to_string(shop)));
    e.order = orders;
    e.shop_week = shop_week;
    parties.fold(party_key(e.kind, e.party), event);
    rings.take_from(parties);
  }
  std::int64_t told(int shop) const {
    for (const FindingEvent& f : rings.standing()) if (f.subject.text == "taobao:S" + std::to_string(shop)) return f.llr_milli;
    return 0;
  }
};

TEST_F(LockstepTest, TellsBothShopsOfAPairOnceEachWithItsOwnOrder) {
  buys(1, 1, 10);
  buys(1, 2, 10.5);
  ASSERT_EQ(parties.sent(Stage::kRing).size(), 2U);
  EXPECT_EQ(parties.sent(Stage::kRing)[0].key, hash64("taobao:S2"));
  EXPECT_EQ(parties.sent(Stage::kRing)[1].key, hash64("taobao:S1"));
  for (const Sent& s : parties.sent(Stage::kRing)) {
    const auto& pair = s.event.as<HubEdgeEvent>();
    EXPECT_NE(pair.party, s.key) << "the other shop";
    EXPECT_EQ(pair.buyers, 30U);
    EXPECT_EQ(s.event.position, pair.origin);
  }
}

TEST_F(LockstepTest, FindsWorkersWhoAreCalledOnTwoDays) {
  for (int day = 0; day < 3; ++day)
    for (Pid worker = 1; worker <= 25; ++worker)
      for (int shop = 1; shop <= 4; ++shop) buys(mix64(worker), shop, 24 * day + 10 + 0.2 * shop);
  for (int shop = 2; shop <= 4; ++shop) EXPECT_GE(told(shop), 3'000) << shop;
}

TEST_F(LockstepTest, HoldsACouponEveningBelowAFamilysVoice) {
  for (Pid buyer = 1; buyer <= 40; ++buyer)
    for (int shop = 1; shop <= 4; ++shop) buys(mix64(buyer), shop, 20 + 0.1 * shop);
  for (int shop = 1; shop <= 4; ++shop) EXPECT_LT(told(shop), 500) << shop;
}

TEST_F(LockstepTest, FindsSellersWhoBuyFromEachOtherOnDifferentDays) {
  for (Pid seller = 1; seller <= 14; ++seller)
    for (int shop = 1; shop <= 6; ++shop) buys(mix64(seller), shop, 24.0 * ((static_cast<int>(seller) + shop) % 6) + 0.1 * static_cast<double>(seller), 30);
  int found = 0;
  for (int shop = 1; shop <= 6; ++shop) found += told(shop) >= 2'000 ? 1 : 0;
  EXPECT_GE(found, 4);
}

TEST_F(LockstepTest, LeavesALargeShopAloneWhoseBuyersBuyEverywhere) {
  for (Pid buyer = 1; buyer <= 300; ++buyer) {
    buys(mix64(buyer), 1, 24.0 * static_cast<double>(buyer % 7) + 12, 300);
    buys(mix64(buyer), static_cast<int>(2 + mix64(buyer) % 200), 24.0 * static_cast<double>(buyer % 7) + 13, 30);
  }
  rings.advance(kMonday + 30 * kDayMs);
  EXPECT_EQ(told(1), 0);
}

}  // namespace
}  // namespace brushwatch
