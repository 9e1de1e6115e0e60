#include "bench/public/campaigns.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "bench/public/data.h"

namespace brushwatch::bench {

Orders read_olist(const std::filesystem::path& folder) {
  std::map<std::string, std::int64_t> placed;
  for (const auto& line : lines(folder / "olist_orders_dataset.csv")) {
    const auto f = fields(line);
    if (f.size() > 3 && seconds(f[3]) >= 0) placed[f[0]] = seconds(f[3]);
  }
  std::map<std::string, std::string> seller_of;
  for (const auto& line : lines(folder / "olist_order_items_dataset.csv")) {
    const auto f = fields(line);
    if (f.size() < 4 || !placed.contains(f[0])) continue;
    const auto [at, fresh] = seller_of.try_emplace(f[0], f[3]);
    if (!fresh) at->second = std::min(at->second, f[3]);
  }
  Orders out;
  std::map<std::string, std::uint32_t> shop;
  for (const auto& [order, seller] : seller_of) {
    const std::uint32_t id = shop.try_emplace(seller, static_cast<std::uint32_t>(shop.size())).first->second;
    out.orders.push_back({placed[order], id, static_cast<std::uint32_t>(out.orders.size()), false});
  }
  out.shops = static_cast<std::uint32_t>(shop.size());
  std::stable_sort(out.orders.begin(), out.orders.end(), [](const ShopOrder& a, const ShopOrder& b) { return a.time_s < b.time_s; });
  return out;
}

Orders with_campaigns(const Orders& honest, double hours, std::uint64_t seed) {
  constexpr int kCampaigns = 20, kOrders = 30;
  std::mt19937_64 chance(seed);
  std::vector<std::uint32_t> count(honest.shops, 0), small;
  for (const auto& o : honest.orders) ++count[o.shop];
  for (std::uint32_t s = 0; s < honest.shops; ++s) {
    if (count[s] >= 2 && count[s] <= 10) small.push_back(s);
  }
  shuffle(small, chance);
  Orders out = honest;
  const std::int64_t first = honest.orders.front().time_s, last = honest.orders.back().time_s;
  const double length = hours * 3600;
  std::uint32_t buyer = 1'000'000;
  for (int c = 0; c < kCampaigns && c < static_cast<int>(small.size()); ++c) {
    const double begin = static_cast<double>(first) + uniform(chance) * (static_cast<double>(last - first) - length);
    for (int k = 0; k < kOrders; ++k) out.orders.push_back({static_cast<std::int64_t>(begin + uniform(chance) * length), small[static_cast<std::size_t>(c)], buyer++, true});
  }
  std::stable_sort(out.orders.begin(), out.orders.end(), [](const ShopOrder& a, const ShopOrder& b) { return a.time_s < b.time_s; });
  return out;
}

}  // namespace brushwatch::bench
