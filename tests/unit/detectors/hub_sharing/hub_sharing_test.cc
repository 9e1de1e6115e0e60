#include "detectors/hub_sharing/hub_sharing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using namespace test;

FoldHarness parties() { return {Stage::kParty, nullptr, {&d8_party()}}; }
FoldHarness rings() { return {Stage::kRing, nullptr, {&d8_ring()}}; }

Event edge(PartyKind kind, Pid party, Pid buyer, unsigned order, const std::string& shop, std::int64_t after_ms) {
  Event event;
  event.type = EventType::kEdge;
  event.event_time = kMonday + after_ms;
  event.ingest_time = event.event_time;
  event.position = EvidenceRef::of(3, order);
  auto& e = event.emplace<EdgeEvent>();
  e.kind = kind;
  e.party = party;
  e.buyer = buyer;
  e.shop = NamedId::of(keep(shop));
  e.subject = NamedId::of(keep("PLAT:" + shop));
  e.order = mix64(order);
  return event;
}
void fold_all(FoldHarness& stage, const std::vector<Event>& events) {
  for (const Event& event : events) {
    const auto& e = event.as<EdgeEvent>();
    stage.fold(party_key(e.kind, e.party), event);
  }
}
std::set<std::uint64_t> orders_sent(const FoldHarness& stage) {
  std::set<std::uint64_t> orders;
  for (const Sent& s : stage.sent(Stage::kRing)) orders.insert(s.event.as<HubEdgeEvent>().order);
  return orders;
}

/// `buyers` buyers, one order each, an hour apart, on one party.
std::vector<Event> shared(PartyKind kind, unsigned buyers, unsigned shops, Pid party = 77, unsigned first_order = 1) {
  std::vector<Event> events;
  for (unsigned i = 0; i < buyers; ++i) {
    events.push_back(edge(kind, party, 1000 + i, first_order + i, "taobao:S" + std::to_string(i % shops), i * kHourMs));
  }
  return events;
}

TEST(HubSharing, PassesOnAllOrdersOfADeviceOnceSixBuyersShareIt) {
  FoldHarness stage = parties();
  fold_all(stage, shared(PartyKind::kDevice, 5, 2));
  EXPECT_TRUE(stage.sent(Stage::kRing).empty());
  fold_all(stage, shared(PartyKind::kDevice, 6, 2));
  EXPECT_EQ(orders_sent(stage).size(), 6U);
  EXPECT_EQ(stage.sent(Stage::kRing).size(), 6U) << "each order once";
  for (const Sent& s : stage.sent(Stage::kRing)) {
    const auto& hub = s.event.as<HubEdgeEvent>();
    EXPECT_EQ(s.key, hub.shop.hash);
    EXPECT_EQ(s.event.position, hub.origin);
    EXPECT_EQ(mix64(hub.origin.offset()), hub.order) << "each with its own position";
    EXPECT_EQ(hub.buyers, 6U);
    EXPECT_EQ(hub.shops, 2U);
  }
}

TEST(HubSharing, IsSilentAboutAFamilyPhone) {
  FoldHarness stage = parties();
  for (unsigned i = 0; i < 200; ++i) {
    fold_all(stage, {edge(PartyKind::kDevice, 77, 1000 + i % 4, i, "taobao:S" + std::to_string(i % 150), i * kHourMs)});
  }
  EXPECT_TRUE(stage.sent(Stage::kRing).empty());
}

TEST(HubSharing, IsSilentAboutPublicPlaces) {
  FoldHarness stage = parties();
  Event place;
  place.type = EventType::kRefPublicPlace;
  place.emplace<ReferenceEvent>().token = 77;
  stage.reference.apply(place);
  fold_all(stage, shared(PartyKind::kRoom, 40, 20));
  EXPECT_TRUE(stage.sent(Stage::kRing).empty());
}

TEST(HubSharing, AsksMoreOfARoomAndFewShopsOfANetwork) {
  FoldHarness stage = parties();
  fold_all(stage, shared(PartyKind::kRoom, 12, 4, 1));
  fold_all(stage, shared(PartyKind::kIp24, 60, 40, 2));
  EXPECT_TRUE(stage.sent(Stage::kRing).empty());
  fold_all(stage, shared(PartyKind::kRoom, 30, 4, 3));
  const std::size_t rooms = stage.sent(Stage::kRing).size();
  EXPECT_GE(rooms, 15U);
  fold_all(stage, shared(PartyKind::kIp24, 60, 4, 4));
  EXPECT_GT(stage.sent(Stage::kRing).size(), rooms);
}

TEST(HubSharing, IgnoresPlainBuyers) {
  FoldHarness stage = parties();
  fold_all(stage, shared(PartyKind::kBuyer, 30, 3));
  EXPECT_TRUE(stage.sent(Stage::kRing).empty());
}

TEST(HubSharing, ForgetsBuyersAfterThirtyDaysAndThenTheRow) {
  FoldHarness stage = parties();
  for (unsigned i = 0; i < 8; ++i) {
    fold_all(stage, {edge(PartyKind::kDevice, 77, 1000 + i, i, "taobao:S1", i * 7 * kDayMs)});
  }
  EXPECT_TRUE(stage.sent(Stage::kRing).empty());
  EXPECT_EQ(stage.rows(), 1U);
  stage.advance(kMonday + 87 * kDayMs);
  EXPECT_EQ(stage.rows(), 0U);
}

TEST(HubSharing, PassesOnTheSameOrdersWhateverTheirOrder) {
  const std::vector<Event> events = shared(PartyKind::kDevice, 10, 7);
  FoldHarness straight = parties();
  fold_all(straight, events);
  ASSERT_EQ(orders_sent(straight).size(), 10U);
  for_each_seed(50, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> shuffled = events;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    FoldHarness stage = parties();
    fold_all(stage, shuffled);
    EXPECT_EQ(orders_sent(stage), orders_sent(straight));
  });
}

/// A phone farm: 20 phones, 10 accounts each, one network, 4 shops; each account orders once.
std::vector<Event> farm() {
  std::vector<Event> events;
  unsigned order = 1;
  for (unsigned phone = 0; phone < 20; ++phone) {
    for (unsigned account = 0; account < 10; ++account, ++order) {
      const std::string shop = "taobao:S" + std::to_string(order % 4);
      const std::int64_t at = order * 20 * kMinuteMs;
      events.push_back(edge(PartyKind::kDevice, 100 + phone, 1000 + order, order, shop, at));
      events.push_back(edge(PartyKind::kIp24, 9, 1000 + order, order, shop, at));
    }
  }
  return events;
}
std::string run(const std::vector<Event>& events) {
  FoldHarness party_stage = parties();
  FoldHarness ring_stage = rings();
  fold_all(party_stage, events);
  ring_stage.take_from(party_stage);
  ring_stage.advance(kMonday + 40 * kDayMs);
  return ring_stage.standing_json();
}

TEST(HubSharing, AccusesTheShopsOfAPhoneFarm) {
  FoldHarness party_stage = parties();
  FoldHarness ring_stage = rings();
  fold_all(party_stage, farm());
  ring_stage.take_from(party_stage);
  ring_stage.advance(kMonday + 15 * kDayMs);
  const auto standing = ring_stage.standing();
  ASSERT_EQ(standing.size(), 4U);
  for (const FindingEvent& finding : standing) {
    EXPECT_EQ(finding.detector, 8);
    EXPECT_EQ(finding.family, Family::kGraph);
    EXPECT_EQ(finding.direction, Direction::kPromote);
    EXPECT_EQ(finding.llr_milli, 4000);
    EXPECT_EQ(finding.params[2], 2) << "devices and networks";
    EXPECT_NEAR(finding.count, 50, 12) << "a sketch counts";
    EXPECT_EQ(finding.evidence.size(), 24U);
  }
  EXPECT_EQ(ring_stage.rows(), 0U);
}

TEST(HubSharing, IsSilentAboutALargeShopWithAFewFamilies) {
  std::vector<Event> events;
  for (unsigned family = 0; family < 12; ++family) {  // six accounts on one phone, all over the market, once at this shop
    for (unsigned i = 0; i < 6; ++i) {
      const std::string shop = i == 5 ? "taobao:BIG" : "taobao:X" + std::to_string(family * 6 + i);
      events.push_back(edge(PartyKind::kDevice, 500 + family, family * 6 + i + 1, family * 6 + i + 1, shop, (family * 6 + i) * kHourMs));
    }
  }
  EXPECT_EQ(run(events), "");
}

TEST(HubSharing, EndsInTheSameShopsWhateverTheOrderWithinAnHour) {
  const std::vector<Event> events = farm();
  const auto subjects = [](const std::vector<Event>& in) {
    FoldHarness party_stage = parties();
    FoldHarness ring_stage = rings();
    fold_all(party_stage, in);
    ring_stage.take_from(party_stage);
    ring_stage.advance(kMonday + 15 * kDayMs);
    std::set<std::tuple<std::string, std::int64_t, std::int64_t>> out;
    for (const FindingEvent& f : ring_stage.standing()) out.emplace(f.subject.text, f.window_start.ms, f.llr_milli);
    return out;
  };
  for_each_seed(10, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::pair<std::int64_t, std::size_t>> order;
    for (std::size_t i = 0; i < events.size(); ++i) {
      order.emplace_back(events[i].event_time.ms + static_cast<std::int64_t>(random() % kHourMs), i);
    }
    std::sort(order.begin(), order.end());
    std::vector<Event> late;
    for (const auto& [at, i] : order) late.push_back(events[i]);
    EXPECT_EQ(subjects(late), subjects(events));
  });
}

TEST(HubSharing, GoesOnFromItsBytes) {
  const std::vector<Event> events = farm();
  for (const std::size_t cut : {std::size_t{50}, std::size_t{111}, std::size_t{300}}) {
    FoldHarness party_before = parties();
    fold_all(party_before, {events.begin(), events.begin() + static_cast<std::ptrdiff_t>(cut)});
    FoldHarness ring_before = rings();
    ring_before.take_from(party_before);
    FoldHarness party_after = parties();
    party_after.restore_from(party_before);
    fold_all(party_after, {events.begin() + static_cast<std::ptrdiff_t>(cut), events.end()});
    FoldHarness ring_after = rings();
    ring_after.restore_from(ring_before);
    ring_after.take_from(party_after);
    ring_after.advance(kMonday + 40 * kDayMs);
    EXPECT_EQ(ring_after.standing_json(), run(events)) << cut;
  }
}

}  // namespace
}  // namespace brushwatch
