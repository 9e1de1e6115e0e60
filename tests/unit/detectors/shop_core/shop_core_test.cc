#include "detectors/shop_core/shop_core.h"

#include <gtest/gtest.h>

#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct ShopCoreTest : testing::Test {
  FewDetectors few{{&shop_core()}, {}};
  DetectorBench bench{few};

  Event order() {
    Event e = paid(at(0, 12), "taobao:s1", 11);
    auto& o = std::get<OrderEvent>(e.body);
    o.device = 22;
    o.payer = 33;
    o.room = 44;
    o.ip24 = 55;
    return e;
  }
  std::vector<PartyKind> kinds() {
    std::vector<PartyKind> out;
    for (const Event& e : bench.sent(Stage::kParty)) out.push_back(e.as<EdgeEvent>().kind);
    return out;
  }
};

TEST_F(ShopCoreTest, SendsOneEdgeAPartyOfAPaidOrder) {
  bench.feed(order());
  bench.close_round(at(0, 12));
  EXPECT_EQ(kinds(), (std::vector{PartyKind::kBuyer, PartyKind::kDevice, PartyKind::kPayer, PartyKind::kRoom}));
  const auto& edge = bench.sent(Stage::kParty)[1].as<EdgeEvent>();
  EXPECT_EQ(edge.party, 22U);
  EXPECT_EQ(edge.buyer, 11U);
  EXPECT_EQ(edge.shop.text, "taobao:s1");
  EXPECT_EQ(bench.sent(Stage::kParty)[1].position, EvidenceRef::of(1, 1));
}

TEST_F(ShopCoreTest, MakesNoEdgeOfAPublicPlace) {
  Event place;
  place.type = EventType::kRefPublicPlace;
  place.emplace<ReferenceEvent>().token = 44;
  bench.reference().apply(place);
  bench.feed(order());
  bench.close_round(at(0, 12));
  EXPECT_EQ(kinds(), (std::vector{PartyKind::kBuyer, PartyKind::kDevice, PartyKind::kPayer}));
}

TEST_F(ShopCoreTest, LinksByNetworkOnlyWhenAsked) {
  ASSERT_TRUE(bench.rules().set("shop_core.edge_ip24", 1));
  bench.feed(order());
  bench.close_round(at(0, 12));
  EXPECT_EQ(kinds().back(), PartyKind::kIp24);
}

TEST_F(ShopCoreTest, KeepsTheWholeNameOfTheLongestShop) {
  const std::string name(kNamedIdMax, 'x');
  ShopCore core{};
  FoldContext ctx;
  shop_core().on_event(paid(at(0, 1), name, 1), reinterpret_cast<std::byte*>(&core), ctx);
  EXPECT_EQ(core.id().text, name);
  EXPECT_EQ(core.id().hash, hash64(name));
}

TEST_F(ShopCoreTest, ForgetsAShopTwoMonthsAfterItsLastEvent) {
  bench.feed(order());
  bench.close_round(at(59, 0));
  EXPECT_EQ(bench.rows(Stage::kShop), 1U);
  bench.close_round(at(61, 0));
  EXPECT_EQ(bench.rows(Stage::kShop), 0U);
}

}  // namespace
}  // namespace brushwatch::test
