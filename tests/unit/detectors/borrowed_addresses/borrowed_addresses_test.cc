#include "detectors/borrowed_addresses/borrowed_addresses.h"

#include <gtest/gtest.h>

#include "detectors/shop_core/shop_core.h"
#include "tests/support/detector_bench.h"

namespace brushwatch::test {
namespace {

struct BorrowedAddressesTest : testing::Test {
  FewDetectors few{{&shop_core()}, {&d28_shop()}};
  DetectorBench bench{few};
  void order(int day, Pid buyer, Pid consignee) {
    Event e = paid(at(day, 10 + 0.01 * static_cast<double>(count_++ % 500)), "s", buyer);
    std::get<OrderEvent>(e.body).consignee = consignee;
    bench.feed(e);
  }
  void judge() {
    bench.close_round(at(6, 23));
    bench.settle();
  }
  int count_ = 0;
};

TEST_F(BorrowedAddressesTest, FindsFewAccountsThatOrderForManyPeople) {
  for (Pid i = 1; i <= 60; ++i) order(static_cast<int>(i % 5), 500 + i, mix64(i));
  for (Pid i = 1; i <= 60; ++i) order(static_cast<int>(i % 5), 100 + i % 4, mix64(9'000 + i));
  judge();
  const auto verdicts = bench.verdicts_of(28);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_GE(verdicts[0].params[0], 35) << "sixty, less three for each account and some by chance";
  EXPECT_EQ(verdicts[0].params[1], 120);
  EXPECT_EQ(verdicts[0].llr_milli, 4'000);
  EXPECT_FALSE(verdicts[0].evidence.empty());
}
TEST_F(BorrowedAddressesTest, LetsACompanyOrderForItselfAHundredTimes) {
  for (Pid i = 1; i <= 60; ++i) order(static_cast<int>(i % 5), 500 + i, mix64(i));
  for (Pid i = 1; i <= 100; ++i) order(2, 77, 78);
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(BorrowedAddressesTest, LetsANeighbourhoodOrderToOneDoor) {
  for (Pid i = 1; i <= 80; ++i) order(2, 500 + i, 78);
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(BorrowedAddressesTest, LetsHouseholdsOrderForTheirParents) {
  for (Pid i = 1; i <= 200; ++i) order(static_cast<int>(i % 5), 500 + i / 2, mix64(i));
  judge();
  EXPECT_TRUE(bench.findings().empty());
}
TEST_F(BorrowedAddressesTest, TakesItBackWhenHonestOrdersComeLate) {
  for (Pid i = 1; i <= 20; ++i) order(1, 100 + i % 2, mix64(9'000 + i));
  bench.close_round(at(1, 15));
  ASSERT_EQ(bench.verdicts_of(28).size(), 1U);
  for (Pid i = 1; i <= 400; ++i) order(3, 500 + i, mix64(i));
  judge();
  EXPECT_TRUE(bench.verdicts_of(28).empty());
}

}  // namespace
}  // namespace brushwatch::test
