#include "detectors/cross_platform_ring/cross_platform_ring.h"

#include <gtest/gtest.h>

#include <set>

#include "detectors/shared_buyers/shared_buyers.h"
#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct CrossPlatformRingTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d4_party(), &d25_ring()}};
  DetectorBench bench{few};
  /// Each worker in every shop, a shop a day, beginning with another one.
  void ring(const std::vector<std::string>& shops, int workers) {
    for (int w = 0; w < workers; ++w) {
      for (std::size_t s = 0; s < shops.size(); ++s) {
        bench.feed(order_event(EventType::kOrderPaid, at(static_cast<int>(s), 10 + 0.1 * w), shops[(s + static_cast<std::size_t>(w)) % shops.size()], keep(), static_cast<Pid>(100 + w)));
      }
    }
    bench.close_round(at(6, 23));
    bench.settle();
  }
  std::string_view keep() { return names_.emplace_back("o" + std::to_string(names_.size())); }
  std::deque<std::string> names_;
};

TEST_F(CrossPlatformRingTest, NamesEveryShopOfARingOnThreePlatforms) {
  ring({"taobao:a", "jd:bee", "pdd:sea"}, 18);
  std::set<std::string> accused;
  for (const FindingEvent& f : bench.verdicts_of(25)) {
    accused.insert(std::string(f.subject.text));
    EXPECT_EQ(f.params[0], 3) << "shops";
    EXPECT_EQ(f.params[1], 3) << "platforms";
    EXPECT_FALSE(f.evidence.empty());
    EXPECT_GE(f.llr_milli, 3'000);
  }
  EXPECT_EQ(accused, (std::set<std::string>{"taobao:a", "jd:bee", "pdd:sea"}));
}
TEST_F(CrossPlatformRingTest, LeavesARingOnOnePlatformToOthers) {
  ring({"taobao:a", "taobao:b", "taobao:c"}, 18);
  EXPECT_TRUE(bench.verdicts_of(25).empty());
}
TEST_F(CrossPlatformRingTest, TakesTwoShopsForASisterOnAnotherPlatform) {
  ring({"taobao:a", "jd:b"}, 18);
  EXPECT_TRUE(bench.verdicts_of(25).empty());
}
TEST_F(CrossPlatformRingTest, LetsFourFriendsShopTogether) {
  ring({"taobao:a", "jd:b", "pdd:c"}, 4);
  EXPECT_TRUE(bench.verdicts_of(25).empty());
}

}  // namespace
}  // namespace brushwatch::test
