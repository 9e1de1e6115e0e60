#include "detectors/shared_buyers/shared_buyers.h"

#include <gtest/gtest.h>

#include <set>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct SharedBuyersTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d4_party(), &d4_ring()}};
  DetectorBench bench{few};
  void order(EventTime t, std::string_view shop, Pid buyer) {
    bench.feed(order_event(EventType::kOrderPaid, t, shop, keep(), buyer));
  }
  std::string_view keep() { return names_.emplace_back("o" + std::to_string(names_.size())); }
  std::set<std::string> accused() {
    std::set<std::string> out;
    for (const FindingEvent& f : bench.verdicts_of(4)) out.insert(std::string(f.subject.text));
    return out;
  }
  void judge(int day = 6) {
    bench.close_round(at(day, 23));
    bench.settle();
  }
  std::deque<std::string> names_;
};

TEST_F(SharedBuyersTest, FindsAPoolOfWorkersOverDays) {
  for (Pid w = 1; w <= 16; ++w) {
    order(at(0, 10), "x:a", w);
    order(at(2, 10), "x:b", w);
    order(at(4, 10), "x:c", w);
  }
  judge();
  EXPECT_EQ(accused(), (std::set<std::string>{"x:b", "x:c"})) << "a is the first of each pair and has no reference record: no name";
  for (const FindingEvent& f : bench.verdicts_of(4)) {
    EXPECT_EQ(f.params[1], 2) << "other shops";
    EXPECT_GE(f.llr_milli, 3'000);
    EXPECT_FALSE(f.evidence.empty());
  }
}
TEST_F(SharedBuyersTest, JoinsTwoWeeks) {
  for (Pid w = 1; w <= 10; ++w) {
    order(at(w % 2 == 0 ? 0 : 8, 10), "x:a", w);
    order(at(w % 2 == 0 ? 2 : 10, 10), "x:b", w);
    order(at(w % 2 == 0 ? 4 : 12, 10), "x:c", w);
  }
  judge(13);
  const auto verdicts = bench.verdicts_of(4);
  ASSERT_FALSE(verdicts.empty()) << "five a week are too few alone";
  for (const FindingEvent& f : verdicts) EXPECT_EQ(f.window_start, window_start(at(8, 10), kWeekMs));
}
TEST_F(SharedBuyersTest, HoldsOneSisterShopBelowAFullVoice) {
  for (Pid w = 1; w <= 30; ++w) order(at(0, 10), "x:a", w), order(at(2, 10), "x:b", w);
  judge();
  const auto verdicts = bench.verdicts_of(4);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].llr_milli, 1'500);
}
struct SeededBuyersTest : SharedBuyersTest {
  void confirm(std::string_view shop, EventTime from, EventTime until) {
    Event seed;
    seed.type = EventType::kRefConfirmedShop;
    seed.emplace<ReferenceEvent>().id = NamedId::of(shop);
    std::get<ReferenceEvent>(seed.body).valid_from = from;
    std::get<ReferenceEvent>(seed.body).valid_until = until;
    bench.reference().apply(seed);
  }
  void six_workers() {
    for (Pid w = 1; w <= 6; ++w) order(at(0, 10), "x:known", w), order(at(2, 10), "x:new", w);
    judge();
  }
};
TEST_F(SeededBuyersTest, FindsFewWhoAlsoBoughtInAConfirmedShop) {
  confirm("x:known", at(0, 0), at(100, 0));
  six_workers();
  const auto verdicts = bench.verdicts_of(4);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].subject.text, "x:new");
  EXPECT_EQ(verdicts[0].reason, 2);
  EXPECT_EQ(verdicts[0].params[0], 6);
  EXPECT_EQ(verdicts[0].params[1], 1) << "confirmed shops";
  EXPECT_GT(verdicts[0].llr_milli, 1'500) << "what one unknown shop may say";
}
TEST_F(SeededBuyersTest, SixAreTooFewForAnUnknownShop) {
  six_workers();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(SeededBuyersTest, AWordThatWasTakenBackCountsNoMore) {
  confirm("x:known", at(0, 0), at(100, 0));
  confirm("x:known", at(0, 0), at(1, 0));
  six_workers();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(SharedBuyersTest, TakesACouponOfOneEveningForOneOccasion) {
  for (Pid w = 1; w <= 50; ++w) {
    for (int s = 0; s < 4; ++s) order(at(2, 20 + 0.1 * s), s == 0 ? "x:a" : s == 1 ? "x:b" : s == 2 ? "x:c" : "x:d", w);
  }
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(SharedBuyersTest, CoverOrdersInLargeShopsPushNoTargetOut) {
  // Five large shops that everybody visits; their samples hold few of the workers.
  for (Pid b = 0; b < 3'000; ++b) order(at(static_cast<int>(b % 2), 8 + 0.001 * static_cast<double>(b % 1'000)), "x:large" + std::to_string(b % 5), 10'000 + b);
  for (Pid w = 1; w <= 24; ++w) {
    order(at(2, 10), "x:a", w);
    for (int c = 0; c < 14; ++c) order(at(3, 8 + 0.5 * c), "x:large" + std::to_string(c % 5), w);
    order(at(4, 10), "x:b", w);
    order(at(5, 10), "x:c", w);
  }
  judge();
  EXPECT_EQ(accused(), (std::set<std::string>{"x:b", "x:c"}));
}
TEST_F(SharedBuyersTest, LetsStrangersBuyWhereTheyLike) {
  for (Pid b = 1; b <= 2'000; ++b) order(at(static_cast<int>(b % 6), 8 + 0.01 * static_cast<double>(b % 100)), "x:" + std::to_string(mix64(b) % 40), mix64(b * 7) % 900);
  judge();
  EXPECT_TRUE(bench.findings().empty());
}

}  // namespace
}  // namespace brushwatch::test
