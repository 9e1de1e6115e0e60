#include "detectors/scripted_browsing/scripted_browsing.h"

#include <gtest/gtest.h>

#include <cmath>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"
#include "tests/support/parcel_events.h"

namespace brushwatch::test {
namespace {

struct ScriptedBrowsingTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d10_shop()}};
  DetectorBench bench{few};
  Pid people = 0;

  void look(int i, std::uint32_t dwell_ms, std::uint8_t ua = 2) {
    Event v = view(at(i % 5, 9 + 0.01 * i), "s", ++people, true);
    std::get<ViewEvent>(v.body).dwell_ms = dwell_ms;
    std::get<ViewEvent>(v.body).ua_class = ua;
    bench.feed(v);
  }
  /// Dwell times spread evenly in their logarithm from 2 s to 200 s.
  void people_read(int n) {
    for (int i = 0; i < n; ++i) look(i, static_cast<std::uint32_t>(2'000 * std::pow(100.0, (i * 37 % n) / static_cast<double>(n))));
  }
};

TEST_F(ScriptedBrowsingTest, FindsOneWaitingTimeAmongReaders) {
  people_read(200);
  for (int i = 0; i < 120; ++i) look(i, 45'000 + static_cast<std::uint32_t>(i * 13 % 900));
  bench.close_round(at(6, 23));  // folds what was fed; only then is there a newest event to settle by
  bench.settle();
  ASSERT_EQ(bench.verdicts_of(10).size(), 1U);
  EXPECT_EQ(bench.verdicts_of(10)[0].family, Family::kTraffic);
  EXPECT_LE(bench.verdicts_of(10)[0].params[2], 45'000);
  EXPECT_GE(bench.verdicts_of(10)[0].params[3], 45'900);
}

TEST_F(ScriptedBrowsingTest, LeavesReadersAndDeclaredCrawlersAlone) {
  people_read(400);
  for (int i = 0; i < 200; ++i) look(i, 30'000, 4);
  bench.close_round(at(6, 23));
  bench.settle();
  EXPECT_TRUE(bench.verdicts_of(10).empty());
}

}  // namespace
}  // namespace brushwatch::test
