#include "detectors/weight_fraud/weight_fraud.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/fold_harness.h"
#include "tests/support/parcel_events.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

using namespace test;

FoldHarness parcels() { return {Stage::kParcel, &parcel_core(), {}}; }
std::string sku_text(Pid sku) { return "SKU-" + std::to_string(sku); }

/// A shop stage that knows five skus of 450 g (p05 400 g), one light one and one of 60 g.
FoldHarness shops() {
  FoldHarness stage(Stage::kShop, nullptr, {&d16_shop()});
  for (Pid sku = 0; sku < 7; ++sku) {
    Event event;
    event.type = EventType::kRefItem;
    auto& item = event.emplace<ReferenceEvent>();
    item.id = NamedId::of(keep(sku_text(sku)));
    item.weight_g = sku == 6 ? 60 : 450;
    item.weight_p05_g = sku == 6 ? 50 : 400;
    item.light_goods = sku == 5;
    stage.reference.apply(event);
  }
  return stage;
}
Parcel weighed(unsigned i, std::uint32_t grams, Pid sku, const std::string& shop = "taobao:S1") {
  Parcel p = parcel(i, shop);
  p.sku = hash64(sku_text(sku));
  p.weight_g = grams;
  return p;
}
std::vector<Event> all_of(const std::vector<Parcel>& list) {
  std::vector<Event> events;
  for (const Parcel& p : list) {
    const std::vector<Event> one = events_of(p);
    events.insert(events.end(), one.begin(), one.end());
  }
  return events;
}
FoldHarness run(const std::vector<Event>& events, FoldHarness stage) {
  FoldHarness parcel_stage = parcels();
  for (const Event& event : events) parcel_stage.fold(row_of(event), event);
  stage.take_from(parcel_stage);
  stage.advance(kMonday + 15 * kDayMs);
  return stage;
}
std::string said(const std::vector<Parcel>& list) { return run(all_of(list), shops()).standing_json(); }

std::vector<Parcel> empty_bags(unsigned bags, unsigned all) {
  std::vector<Parcel> list;
  for (unsigned i = 0; i < all; ++i) list.push_back(weighed(i, i < bags ? 20 + i % 5 * 10 : 440 + i % 40, i % 5));
  return list;
}

TEST(WeightFraud, AccusesAShopThatSendsEmptyBags) {
  const FoldHarness stage = run(all_of(empty_bags(20, 60)), shops());
  const auto standing = stage.standing();
  ASSERT_EQ(standing.size(), 1U);
  EXPECT_EQ(standing[0].detector, 16);
  EXPECT_EQ(standing[0].reason, 1);
  EXPECT_EQ(standing[0].count, 20U);
  EXPECT_EQ(standing[0].params, (std::array<std::int64_t, 4>{20, 60, 200, 0}));
  EXPECT_EQ(standing[0].value_milli, 333);
  EXPECT_EQ(standing[0].llr_milli, 4000);
  EXPECT_EQ(standing[0].evidence.size(), 16U);
}

TEST(WeightFraud, IsSilentAboutHonestWeights) { EXPECT_EQ(said(empty_bags(0, 60)), ""); }

TEST(WeightFraud, IsSilentAboutASplitOrderOrTwo) { EXPECT_EQ(said(empty_bags(4, 200)), ""); }

TEST(WeightFraud, SeesGiftsAndBagsFilledByEye) {
  std::vector<Parcel> list;
  for (unsigned i = 0; i < 60; ++i) list.push_back(weighed(i, i < 15 ? 180 + 10 * i : 440 + i % 40, i % 5));
  const std::string json = said(list);
  EXPECT_NE(json.find("\"reason\":5"), std::string::npos) << json;
  for (unsigned i = 0; i < 15; ++i) list[i].weight_g = 500;
  for (Parcel& p : list) p.sku = hash64(sku_text(1));
  EXPECT_EQ(said(list), "") << "an outlet that does not weigh posts a round default";
}

TEST(WeightFraud, LeavesLightGoodsOut) {
  std::vector<Parcel> list;
  for (unsigned i = 0; i < 60; ++i) list.push_back(weighed(i, 20, i % 2 == 0 ? 5 : 6));
  EXPECT_EQ(said(list), "") << "marked light, and hardly heavier than a bag";
}

TEST(WeightFraud, DoesNotAskForTheWeightOfTenPiecesThatMayHaveBeenSplit) {
  std::vector<Parcel> list;
  for (unsigned i = 0; i < 60; ++i) {
    Parcel p = weighed(i, 450, 1);
    p.qty = 10;
    list.push_back(p);
  }
  EXPECT_EQ(said(list), "");
}

TEST(WeightFraud, SeesOneWeightOverDifferentGoodsThatNoCatalogueKnows) {
  std::vector<Parcel> list;
  for (unsigned i = 0; i < 60; ++i) list.push_back(weighed(i, i % 10 == 0 ? 300 + i : 83, 100 + i % 20));
  const std::string json = said(list);
  EXPECT_NE(json.find("\"reason\":2"), std::string::npos) << json;
  for (Parcel& p : list) p.sku = hash64(sku_text(100));
  EXPECT_EQ(said(list), "") << "one good has one weight";
}

TEST(WeightFraud, TakesTheFindingBackWhenLaterWeighingsSayOtherwise) {
  FoldHarness parcel_stage = parcels();
  FoldHarness stage = shops();
  const std::vector<Parcel> list = empty_bags(20, 60);
  for (const Event& event : all_of(list)) parcel_stage.fold(row_of(event), event);
  stage.take_from(parcel_stage);
  ASSERT_EQ(stage.standing().size(), 1U);
  for (const Parcel& p : list) {  // two earlier weighings arrive late: the median is theirs
    for (unsigned step = 0; step < 2; ++step) {
      Event event = scan_of(p, ScanCode::kInTransit, (8 + step) * kHourMs, kXianHub, 20 + step);
      std::get_if<ScanEvent>(&event.body)->weight_g = 450;
      parcel_stage.fold(row_of(event), event);
    }
  }
  stage.take_from(parcel_stage);
  EXPECT_TRUE(stage.standing().empty());
  EXPECT_TRUE(stage.sent(Stage::kSubject).back().event.as<FindingEvent>().retracted);
}

TEST(WeightFraud, AccusesTheOutletThatTakesBagsOfManyShops) {
  std::vector<Parcel> list;
  for (unsigned i = 0; i < 90; ++i) list.push_back(weighed(i, i % 3 == 0 ? 800 : 30, 1, "taobao:S" + std::to_string(i % 6)));
  const FoldHarness stage = run(all_of(list), {Stage::kParty, nullptr, {&d16_outlet()}});
  const auto standing = stage.standing();
  ASSERT_EQ(standing.size(), 2U) << "and its courier";
  EXPECT_TRUE(standing[0].subject.text == "XA-001" || standing[1].subject.text == "XA-001");
  EXPECT_EQ(standing[0].reason, 4);
  EXPECT_EQ(standing[0].params[0], 60);

  for (Parcel& p : list) p.shop = "taobao:S1";
  EXPECT_TRUE(run(all_of(list), {Stage::kParty, nullptr, {&d16_outlet()}}).standing().empty()) << "one seller of cards";
}

TEST(WeightFraud, EndsInTheSameFindingWhateverTheOrder) {
  std::vector<Event> events = all_of(empty_bags(20, 60));
  const std::string straight = run(events, shops()).standing_json();
  for_each_seed(10, [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> shuffled = events;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(run(shuffled, shops()).standing_json(), straight);
  });
}

TEST(WeightFraud, GoesOnFromItsBytes) {
  FoldHarness parcel_stage = parcels();
  const std::vector<Event> events = all_of(empty_bags(20, 60));
  for (const Event& event : events) parcel_stage.fold(row_of(event), event);
  const auto& sent = parcel_stage.sent(Stage::kShop);
  FoldHarness before = shops();
  for (std::size_t i = 0; i < 30; ++i) before.fold(sent[i].key, sent[i].event);
  FoldHarness after = shops();
  after.restore_from(before);
  for (std::size_t i = 30; i < sent.size(); ++i) after.fold(sent[i].key, sent[i].event);
  after.advance(kMonday + 15 * kDayMs);
  EXPECT_EQ(after.standing_json(), run(events, shops()).standing_json());
}

}  // namespace
}  // namespace brushwatch
