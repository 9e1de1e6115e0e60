// The attacks and look-alikes beyond the first seven: each acts, keeps its truth, and leaves no label in what it writes.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

#include "simulate/scenario.h"
#include "tests/unit/simulate/recorded_world.h"

namespace brushwatch::simulate {
namespace {

using Object = rapidjson::Document;
Object parsed(const std::string& line) {
  Object object;
  object.Parse(line.data(), line.size());
  EXPECT_FALSE(object.HasParseError()) << line;
  return object;
}
std::string text(const Object& object, const char* name) { return object.HasMember(name) ? object[name].GetString() : ""; }

std::vector<std::string> names(bool lookalikes) {
  std::vector<std::string> out;
  for (const ScenarioInfo& info : scenarios()) if (info.shops > 0 && (info.role == "lookalike") == lookalikes) out.emplace_back(info.name);
  return out;
}
WorldOptions everything(int camouflage) {
  WorldOptions options;
  options.seed = 11;
  options.shops = 120;
  options.days = 8;
  options.views_per_order = 2;
  options.attacks = names(false);
  options.lookalikes = names(true);
  options.camouflage = camouflage;
  options.quarrels = true;
  options.quiet_days = 2;
  return options;
}

class AtEveryLevel : public ::testing::TestWithParam<int> {};

TEST_P(AtEveryLevel, EveryScriptActsAndItsTruthIsWhole) {
  const WorldOptions options = everything(GetParam());
  const RecordedWorld w(options);
  std::map<std::string, const TruthRing*> rings;
  for (const TruthRing& ring : w.summary.rings) rings[ring.scenario] = &ring;
  for (const ScenarioInfo& info : scenarios()) {
    if (info.shops == 0) continue;
    ASSERT_TRUE(rings.contains(std::string(info.name))) << info.name;
    const TruthRing& ring = *rings.at(std::string(info.name));
    // View bots and coattails buy nothing.
    if (info.name == "S10" || info.name == "S11") EXPECT_EQ(ring.orders, 0U) << info.name;
    else EXPECT_GT(ring.orders, 5U) << info.name;
    EXPECT_EQ(ring.role, info.role);
    EXPECT_EQ(ring.direction, info.direction);
    EXPECT_FALSE(ring.subjects.empty()) << info.name;
    EXPECT_EQ(ring.camouflage, info.role == "lookalike" ? 0 : GetParam()) << info.name;
    if (info.role != "lookalike") { EXPECT_GE(ring.first_fake, options.start + 2 * kDayMs) << info.name << " waits until the province has a past"; }
    EXPECT_LT(ring.last_fake, options.start + 8 * kDayMs) << info.name;
  }
  std::vector<std::uint64_t> per_ring(w.summary.rings.size());
  for (const TruthOrder& order : w.summary.truth_orders) {
    ++per_ring[order.ring];
    EXPECT_GT(order.created.ms, 0);
  }
  for (std::size_t i = 0; i < per_ring.size(); ++i) EXPECT_EQ(per_ring[i], w.summary.rings[i].role == "lookalike" ? 0 : w.summary.rings[i].orders);
}

/// Views of the target's two items, and of everything else, by who made them.
TEST(Traffic, BotsHammerTwoItemsAndCoattailsClickAHotOneEachTime) {
  WorldOptions options = everything(0);
  options.attacks = {"S10", "S11"};
  options.lookalikes.clear();
  const RecordedWorld w(options);
  std::map<std::string, std::string> target;
  for (const TruthRing& ring : w.summary.rings) if (ring.role == "offender") target[ring.scenario] = ring.subjects.front();
  std::map<std::string, int> of_shop, unscrolled;
  std::map<std::string, std::map<std::string, int>> by_buyer;  // of buyers who view S11's target: shop → views
  for (const std::string& line : w.of(Stream::kViews)) {
    const Object o = parsed(line);
    const std::string shop = text(o, "source") + ":" + text(o, "shop_id");
    ++of_shop[shop];
    if (o.HasMember("scrolled") && !o["scrolled"].GetBool()) ++unscrolled[shop];
    if (!text(o, "buyer_pid").empty()) ++by_buyer[text(o, "buyer_pid")][shop];
  }
  EXPECT_GT(of_shop[target["S10"]], 4'000);
  EXPECT_GT(unscrolled[target["S10"]], of_shop[target["S10"]] * 9 / 10);
  int clickers = 0;
  for (const auto& [buyer, shops] : by_buyer) {
    const auto it = shops.find(target["S11"]);
    if (it == shops.end() || it->second < 90) continue;
    ++clickers;
    int hot = 0;
    for (const auto& [shop, n] : shops) if (shop != target["S11"] && n > 15) hot += n;
    EXPECT_GE(hot, it->second - 20) << "a hot item before each click on the target";
  }
  EXPECT_GE(clickers, 45) << "fifty accounts, of which two may belong to one person";
}

TEST(CrossPlatformRing, NineShopsOfFewFirmsSendFromOneWarehouse) {
  WorldOptions options = everything(0);
  options.attacks = {"S12"};
  options.lookalikes.clear();
  const RecordedWorld w(options);
  const auto it = std::find_if(w.summary.rings.begin(), w.summary.rings.end(), [](const TruthRing& r) { return r.scenario == "S12"; });
  ASSERT_NE(it, w.summary.rings.end());
  EXPECT_EQ(it->subjects.size(), 9U);
  std::set<std::string> firms, platforms;
  for (const std::string& r : it->related) if (r.starts_with("USCC:")) firms.insert(r);
  for (const std::string& s : it->subjects) platforms.insert(s.substr(0, s.find(':')));
  EXPECT_LE(firms.size(), 9U - 3U) << "shops share firms";
  EXPECT_GE(platforms.size(), 2U);
  std::set<std::string> fakes, payers;
  for (const TruthOrder& o : w.summary.truth_orders) fakes.insert(o.order);
  for (const std::string& line : w.of(Stream::kOrders)) {
    const Object o = parsed(line);
    if (text(o, "type") == "order.paid" && fakes.contains(text(o, "source") + ":" + text(o, "order_id"))) payers.insert(text(o, "payer_pid"));
  }
  EXPECT_LE(payers.size(), 5U) << "the agency's computers pay";
}

TEST(Knobs, OneLevelIsAllKnobsAtIt) {
  WorldOptions level = everything(2), knobs = everything(2);
  knobs.knobs.emplace();
  knobs.knobs->fill(2);
  const RecordedWorld a(level), b(knobs);
  for (const Stream stream : {Stream::kOrders, Stream::kReviews, Stream::kParcels, Stream::kViews}) EXPECT_EQ(a.of(stream), b.of(stream));
  (*knobs.knobs)[static_cast<std::size_t>(Knob::kWords)] = 0;
  const RecordedWorld c(knobs);
  EXPECT_NE(a.of(Stream::kReviews), c.of(Stream::kReviews));
  (*knobs.knobs)[0] = 4;
  struct Nowhere final : EventSink {
    Result<void> write(Stream, EventTime, std::string_view) override { return {}; }
  } nowhere;
  EXPECT_EQ(generate_world(knobs, nowhere).error().code, ErrorCode::kConfigRange);
}

TEST_P(AtEveryLevel, NeitherTheOrderOfIdsNorOfLinesTellsAFake) {
  const RecordedWorld w(everything(GetParam()));
  std::set<std::string> fakes;
  for (const TruthOrder& order : w.summary.truth_orders) fakes.insert(order.order.substr(order.order.find(':') + 1));
  std::vector<std::string> ids;
  for (const std::string& line : w.of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") == "order.created") ids.push_back(text(object, "order_id"));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  double ranks = 0;
  std::map<char, std::pair<double, double>> by_last;  // last digit → fakes, all
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const bool fake = fakes.contains(ids[i]);
    if (fake) ranks += static_cast<double>(i);
    auto& [bad, all] = by_last[ids[i].back()];
    bad += fake ? 1 : 0, all += 1;
  }
  EXPECT_NEAR(ranks / static_cast<double>(fakes.size()) / static_cast<double>(ids.size()), 0.5, 0.03);
  const double usual = static_cast<double>(fakes.size()) / static_cast<double>(ids.size());
  for (const auto& [digit, counts] : by_last) EXPECT_NEAR(counts.first / counts.second, usual, 0.12) << digit;
}

TEST_P(AtEveryLevel, NoKindOfEventIsTheAttackersAlone) {
  WorldOptions options = everything(GetParam());
  options.orders_per_shop_day = 25;  // enough honest trade for its rarer events
  const RecordedWorld w(options);
  std::set<std::string> fakes;
  for (const TruthOrder& order : w.summary.truth_orders) fakes.insert(order.order);
  std::map<std::string, std::set<std::set<std::string>>> honest, fake;
  for (const Stream stream : {Stream::kOrders, Stream::kReviews})
    for (const std::string& line : w.of(stream)) {
      const Object object = parsed(line);
      std::set<std::string> members;
      for (const auto& member : object.GetObject()) members.insert(member.name.GetString());
      (fakes.contains(text(object, "source") + ":" + text(object, "order_id")) ? fake : honest)[text(object, "type")].insert(members);
    }
  for (const auto& [type, shapes] : fake)
    for (const auto& shape : shapes) EXPECT_TRUE(honest[type].contains(shape)) << type << " " << ::testing::PrintToString(shape);
}

INSTANTIATE_TEST_SUITE_P(Camouflage, AtEveryLevel, ::testing::Values(0, 1, 2, 3));

TEST(Schemes, OldNumbersAreUsedTwice) {
  WorldOptions options = everything(0);
  options.attacks = {"S6"};
  const RecordedWorld w(options);
  std::map<std::string, std::set<std::string>> orders_of;
  for (const std::string& line : w.of(Stream::kOrders)) {
    const Object object = parsed(line);
    if (text(object, "type") == "order.shipped") orders_of[text(object, "waybill")].insert(text(object, "source") + text(object, "order_id"));
  }
  std::size_t twice = 0;
  for (const auto& [waybill, orders] : orders_of) twice += orders.size() > 1 ? 1 : 0;
  EXPECT_GE(twice, 10U);
}

TEST(Schemes, ExtortionChangesStarsForMoney) {
  WorldOptions options = everything(0);
  options.attacks = {"S9"};
  options.quarrels = false;
  options.lookalikes.clear();
  const RecordedWorld w(options);
  std::size_t raised = 0;
  for (const std::string& line : w.of(Stream::kReviews)) {
    const Object object = parsed(line);
    if (text(object, "type") == "review.edited") raised += object["stars"].GetInt() == 5 ? 1 : 0;
  }
  EXPECT_GE(raised, 2U);
}

TEST(Schemes, RefusesWhatIsNoAttackOrLookalike) {
  struct Nowhere final : EventSink {
    Result<void> write(Stream, EventTime, std::string_view) override { return {}; }
  } sink;
  for (auto change : {+[](WorldOptions& o) { o.attacks = {"H5"}; }, +[](WorldOptions& o) { o.lookalikes = {"S2"}; }, +[](WorldOptions& o) { o.camouflage = 4; },
                      +[](WorldOptions& o) { o.rings_per_script = 0; }}) {
    WorldOptions options = everything(0);
    change(options);
    EXPECT_FALSE(generate_world(options, sink));
  }
}

}  // namespace
}  // namespace brushwatch::simulate
