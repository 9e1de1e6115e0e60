#include "bench/public/shopee_rule.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace brushwatch::bench {
namespace {

struct Order {
  std::int64_t time_s;
  std::uint32_t shop, buyer;
};
using Brushed = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;

/// Every closed window that ends at any second, counted anew.
Brushed by_brute_force(const std::vector<Order>& orders, std::int64_t window_s, std::uint32_t ratio) {
  Brushed out;
  std::int64_t first = INT64_MAX, last = 0;
  for (const auto& o : orders) {
    first = std::min(first, o.time_s);
    last = std::max(last, o.time_s);
  }
  std::set<std::size_t> brushed;
  for (std::int64_t end = first; end <= last + window_s; ++end) {
    std::map<std::uint32_t, std::pair<std::vector<std::size_t>, std::set<std::uint32_t>>> by_shop;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      if (orders[i].time_s < end - window_s || orders[i].time_s > end) continue;
      by_shop[orders[i].shop].first.push_back(i);
      by_shop[orders[i].shop].second.insert(orders[i].buyer);
    }
    for (const auto& [shop, inside] : by_shop) {
      if (inside.first.size() >= ratio * inside.second.size()) brushed.insert(inside.first.begin(), inside.first.end());
    }
  }
  for (const std::size_t i : brushed) ++out[{orders[i].shop, orders[i].buyer}];
  return out;
}

TEST(ShopeeRule, AgreesWithEveryWindowOfTenThousandRandomStreamsOutOfOrder) {
  std::mt19937_64 chance(1);
  std::size_t brushed = 0;
  for (int stream = 0; stream < 10'000; ++stream) {
    const ShopeeRule::Options options{.window_s = static_cast<std::int64_t>(2 + chance() % 12), .lateness_s = static_cast<std::int64_t>(chance() % 10), .ratio = static_cast<std::uint32_t>(2 + chance() % 2)};
    ShopeeRule rule(options);
    std::vector<Order> orders;
    const auto span = static_cast<std::int64_t>(10 + chance() % 40);
    const std::uint64_t shops = 1 + chance() % 2, buyers = 1 + chance() % 4;
    std::int64_t newest = 1000;
    for (std::uint64_t n = 5 + chance() % 20; n > 0; --n) {
      newest += static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(span / 5));
      const std::int64_t late = static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(options.lateness_s + 1));
      orders.push_back({newest - (orders.empty() ? 0 : late), static_cast<std::uint32_t>(chance() % shops), static_cast<std::uint32_t>(chance() % buyers)});
      rule.add(orders.back().time_s, orders.back().shop, orders.back().buyer);
    }
    rule.finish();
    ASSERT_EQ(rule.late(), 0U) << "stream " << stream;
    const Brushed expected = by_brute_force(orders, options.window_s, options.ratio);
    for (std::uint32_t s = 0; s < shops; ++s) {
      for (std::uint32_t b = 0; b < buyers; ++b) {
        const auto at = expected.find({s, b});
        ASSERT_EQ(rule.brushed(s, b), at == expected.end() ? 0U : at->second) << "stream " << stream;
      }
    }
    brushed += expected.size();
  }
  EXPECT_GT(brushed, 5'000U) << "the streams are not all innocent";
}

TEST(ShopeeRule, CountsWhatComesAfterItsSecondHasClosed) {
  ShopeeRule rule({.window_s = 10, .lateness_s = 5, .ratio = 3});
  rule.add(100, 0, 1);
  rule.add(110, 0, 1);
  rule.add(104, 0, 1);
  EXPECT_EQ(rule.late(), 1U);
  rule.add(105, 0, 1);
  rule.add(1'000'000, 0, 2);
  rule.finish();
  EXPECT_EQ(rule.brushed(0, 1), 3U) << "100, 105 and 110 lie in one closed window of ten seconds";
  EXPECT_EQ(rule.brushed(0, 2), 0U);
}

}  // namespace
}  // namespace brushwatch::bench
