#include "simulate/province.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "simulate/uscc.h"

namespace brushwatch::simulate {
namespace {

// 30 categories: fashion 30 %, food 20 %, household 20 %, beauty 8 %, digital 6 %, accessories 10 %, cards 1 %, other 5 %.
// Median weights: fashion 450 g, beauty 300, food 1,500, household 900, digital 350, accessories 80, SIM and cards 30.
constexpr Category kCategories[] = {
    {60, 450, 0.3, true}, {60, 450, 0.2, true}, {60, 450, 0.1, true}, {60, 450, 0.0, true}, {60, 450, -0.2, true},
    {50, 1500, -0.3}, {50, 1500, -0.2}, {40, 1500, -0.4}, {30, 1500, 0.1}, {30, 1500, -0.1},
    {40, 900, 0.0}, {40, 900, -0.3}, {40, 900, 0.2}, {40, 900, -0.1}, {40, 900, 0.3},
    {30, 300, 0.2}, {30, 300, 0.3}, {20, 300, 0.0},
    {20, 350, 0.7}, {20, 350, 0.5}, {20, 350, 0.3},
    {30, 80, -0.6}, {30, 80, -0.7}, {20, 80, -0.5}, {20, 80, -0.4},
    {10, 30, -0.7, false, true},
    {15, 600, 0.0}, {15, 600, 0.1}, {10, 600, -0.1}, {10, 600, 0.2},
};
constexpr Carrier kCarriers[] = {{"zto", "中通快递", 24}, {"yto", "圆通速递", 18},   {"sto", "申通快递", 15},
                                 {"yunda", "韵达速递", 18}, {"jt", "极兔速递", 15}, {"sf", "顺丰速运", 10}};
constexpr std::string_view kPlatforms[] = {"taobao", "pdd", "jd", "douyin"};
constexpr std::uint32_t kPlatformCumulative[] = {45, 70, 90, 100};

template <class Table, class Share>
std::vector<std::uint32_t> cumulative(const Table& table, Share share) {
  std::vector<std::uint32_t> sums;
  std::uint32_t sum = 0;
  for (const auto& row : table) sums.push_back(sum += share(row));
  return sums;
}

/// 60 % of prices end in .9, .99 or .00 (the rest stays as drawn).
std::int64_t snap_price(std::int64_t fen, Chance& chance) {
  fen = std::clamp<std::int64_t>(fen, 200, 300'000);
  if (!chance.permille(600)) return fen;
  const std::int64_t yuan = fen / 100 * 100;
  constexpr std::int64_t kEnds[] = {90, 99, 0};
  return std::max<std::int64_t>(100, yuan + kEnds[chance.below(3)]);
}

}  // namespace

std::span<const Category> categories() { return kCategories; }
std::span<const Carrier> carriers() { return kCarriers; }
std::span<const std::string_view> platforms() { return kPlatforms; }

std::string Shop::canonical_id() const { return fmt::format("{}:{}", kPlatforms[platform], id); }
std::string Shop::canonical_subject() const { return subject.empty() ? fmt::format("PLAT:{}", canonical_id()) : subject; }

Province::Province(const WorldOptions& options) : options_(options) {
  buyers_ = static_cast<std::uint64_t>(options.shops) * 60;  // 12 M buyers to 200 k shops
  city_cumulative_ = cumulative(cities(), [](const City& c) { return c.weight; });
  Chance chance = Chance::of(options.seed, 0x9207);
  build_outlets(chance);
  build_shops(chance);
}

void Province::build_outlets(Chance& chance) {
  const auto place = [&](std::string id, std::uint8_t carrier, OutletKind kind, std::uint16_t county, std::int32_t spread) {
    const County& c = counties()[county];
    Outlet outlet{std::move(id), carrier, kind, county,
                  c.lat_e6 + static_cast<std::int32_t>(chance.between(-spread, spread)),
                  c.lon_e6 + static_cast<std::int32_t>(chance.between(-spread, spread))};
    if (kind == OutletKind::kOutlet && chance.permille(50)) outlet.default_weight_g = chance.permille(500) ? 500 : 1000;
    outlets_.push_back(std::move(outlet));
  };
  for (std::uint8_t carrier = 0; carrier < std::size(kCarriers); ++carrier)
    for (std::uint16_t county = 0; county < counties().size(); ++county)
      for (int n = 0; n < 2; ++n)
        place(fmt::format("{}-{}-{:02}", kCarriers[carrier].code, counties()[county].region6, n + 1), carrier,
              OutletKind::kOutlet, county, 60'000);
  hubs_at_ = static_cast<std::uint32_t>(outlets_.size());
  for (std::uint8_t carrier = 0; carrier < std::size(kCarriers); ++carrier)
    for (std::uint16_t city = 0; city < cities().size(); ++city)
      place(fmt::format("{}-{}-HUB", kCarriers[carrier].code, cities()[city].region4), carrier, OutletKind::kHub,
            counties_of(city).first, 30'000);
  stations_at_ = static_cast<std::uint32_t>(outlets_.size());
  for (std::uint16_t county = 0; county < counties().size(); ++county)
    for (int n = 0; n < 2; ++n)
      place(fmt::format("station-{}-{:02}", counties()[county].region6, n + 1), 0, OutletKind::kStation, county, 60'000);
}

void Province::build_shops(Chance& chance) {
  const std::uint32_t n = options_.shops;
  // Zipf s = 0.9 over ranks; capped at 6 % so that one shop is not the world when there are few.
  std::vector<double> weights(n);
  double total = 0;
  for (std::uint32_t rank = 0; rank < n; ++rank) total += weights[rank] = stable_exp(-0.9 * stable_log(rank + 1.0));
  const double cap = std::max(0.06, 2.0 / n);
  for (double& w : weights) w = std::min(w / total, cap);
  total = 0;
  for (const double w : weights) total += w;
  std::vector<std::uint32_t> rank_of(n);  // Fisher–Yates: the id says nothing about the size
  for (std::uint32_t i = 0; i < n; ++i) rank_of[i] = i;
  for (std::uint32_t i = n; i > 1; --i) std::swap(rank_of[i - 1], rank_of[chance.below(i)]);

  const auto category_cumulative = cumulative(kCategories, [](const Category& c) { return c.share; });
  const auto carrier_cumulative = cumulative(kCarriers, [](const Carrier& c) { return c.share; });
  std::uint64_t sum = 0;
  shops_.resize(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    Shop& shop = shops_[i];
    shop.id = fmt::format("S{:06}", i + 1);
    shop.platform = static_cast<std::uint8_t>(chance.pick(std::span(kPlatformCumulative)));
    shop.category = static_cast<std::uint16_t>(chance.pick(category_cumulative) + 1);
    shop.carrier = static_cast<std::uint8_t>(chance.pick(carrier_cumulative));
    do {  // the world's shops are of the province; buyers also live outside
      const auto range = counties_of(static_cast<std::uint16_t>(chance.pick(city_cumulative_)));
      shop.county = static_cast<std::uint16_t>(range.first + chance.below(range.count));
    } while (counties()[shop.county].city >= kProvinceCities);
    shop.outlet = outlet_in(shop.carrier, shop.county, static_cast<std::uint32_t>(chance.below(2)));
    shop.sender = scatter('n', i);
    if (!chance.permille(250)) shop.subject = "USCC:" + synthetic_uscc(counties()[shop.county].region6, chance);
    const double share = weights[rank_of[i]] / total;
    shop.orders_per_day = options_.orders_per_shop_day * n * share;
    shop.ship_median_ms = chance.lognormal(14 * kHourMs, 0.3);
    sum += static_cast<std::uint64_t>(share * 0x1.0p40) + 1;
    shop_cumulative_.push_back(sum);

    const Category& category = kCategories[shop.category - 1];
    const std::size_t goods = 3 + chance.below(6);
    for (std::size_t k = 0; k < goods; ++k) {
      Item item;
      item.id = scatter('i', next_number());
      // 53.8 yuan median and sigma 1.1 over all; 0.7 of it within a category.
      item.list_fen = snap_price(static_cast<std::int64_t>(5380 * stable_exp(category.price_shift + 0.9 * chance.normal())), chance);
      item.weight_g = category.light ? static_cast<std::uint32_t>(chance.between(5, 30))
                                     : static_cast<std::uint32_t>(std::max<std::int64_t>(20, chance.lognormal(category.weight_g, 0.3)));
      shop.items.push_back(item);
    }
    if (chance.permille(200)) shop.items.push_back({scatter('i', next_number()), 100, 0, true});

    // Two campaigns a month, 3–15 × for 2–48 h; the biggest shops always run one, so theirs lift less.
    const auto half_hours = static_cast<std::int64_t>(options_.days) * 48;
    for (std::uint32_t c = chance.poisson(options_.days / 15.0); c > 0; --c) {
      Campaign campaign;
      campaign.from = options_.start + chance.between(0, half_hours - 1) * 30 * kMinuteMs;
      campaign.until = campaign.from + chance.between(2, 48) * kHourMs;
      campaign.factor_milli = static_cast<std::uint32_t>(shop.orders_per_day > 30 ? chance.between(1'300, 2'500) : chance.between(3'000, 15'000));
      shop.campaigns.push_back(campaign);
    }
  }
}

std::uint32_t Province::outlet_in(std::uint8_t carrier, std::uint16_t county, std::uint32_t n) const {
  return (carrier * static_cast<std::uint32_t>(counties().size()) + county) * 2 + (n & 1);
}
std::uint32_t Province::hub_in(std::uint8_t carrier, std::uint16_t city) const {
  return hubs_at_ + carrier * static_cast<std::uint32_t>(cities().size()) + city;
}
std::uint32_t Province::station_in(std::uint16_t county, std::uint32_t n) const { return stations_at_ + county * 2U + (n & 1); }
std::string Province::courier_id(const Outlet& outlet, std::uint32_t n) { return fmt::format("{}-K{}", outlet.id, n + 1); }

Buyer Province::buyer(std::uint64_t index) const {
  Buyer b;
  const std::uint64_t building = index / kBuildingPeople;
  Chance home(hash_combine(options_.seed, hash_combine(0xB01D, building)));
  const auto city = static_cast<std::uint16_t>(home.pick(city_cumulative_));
  const CountyRange range = counties_of(city);
  b.county = static_cast<std::uint16_t>(range.first + home.below(range.count));
  b.building = scatter('h', building);
  Chance own(hash_combine(options_.seed, hash_combine(0xB0B0, index)));
  b.id = scatter('b', index);
  b.payer = scatter('y', index);
  b.device = scatter('d', index);
  b.consignee = scatter('c', index);
  b.phone = scatter('t', index);
  // A third of all pairs of neighbours is a home of two; half of those pay from one account.
  const std::uint64_t pair = index / 2, h = mix64(hash_combine(options_.seed, pair));
  b.room = h % 3 == 0 ? scatter('r', pair) : scatter('r', index + (1ULL << 60));
  if (h % 6 == 0) b.payer = scatter('y', pair * 2);
  if (h % 9 == 0) b.device = scatter('d', pair * 2);  // and a third of the homes has one tablet
  // A village shop or a helpful neighbour orders for half a building, on one phone and often on credit. Without such honest
  // sharing any shared device would be a label, and a sharing detector would look better than it is.
  if (building % kHelpDeskEvery == kHelpDeskAt && own.permille(500)) {
    b.device = scatter('d', (2ULL << 60) + building);
    if (own.permille(500)) b.payer = scatter('y', (2ULL << 60) + building);
  }
  // At home (four buildings to a /24) or in a mobile carrier's pool: 64 /24 a city.
  b.ip24 = own.permille(600) ? scatter('a', building / 4) : scatter('a', (1ULL << 60) + city * 64ULL + own.below(64));
  if (building % kDormEvery == kDormAt) {  // a dormitory: six to a room, one network for all
    b.room = scatter('r', (2ULL << 60) + index / 6);
    b.ip24 = scatter('a', (2ULL << 60) + building);
  } else if (own.permille(100)) {    // has parcels sent to the station
    const std::uint32_t station = station_in(b.county, static_cast<std::uint32_t>(own.below(2)));
    b.room = scatter('r', (3ULL << 60) + station);
    b.building = scatter('h', (3ULL << 60) + station);
  }
  return b;
}

std::uint64_t Province::draw_buyer(Chance& chance) const {
  // Half of the orders come evenly, half with density ~ 1/sqrt(rank): the active tenth buys about a fifth. Ranks are spread
  // over the buildings by a multiplier coprime to the pool (a prime), else the active would all be neighbours.
  const double u = chance.unit();
  const auto rank = static_cast<std::uint64_t>((chance.permille(500) ? u : u * u) * static_cast<double>(buyers_));
  return rank * 1'000'003 % buyers_;
}

std::uint64_t Province::scatter(std::uint64_t kind, std::uint64_t number) const {
  return mix64(hash_combine(options_.seed ^ kind << 32, 0x5CA7) + number);
}

std::string Province::next_order_id() {
  // Multiplying by a number coprime to 10^18 visits every residue once: scattered, and never the same twice.
  constexpr unsigned __int128 kSpace = 1'000'000'000'000'000'000ULL;
  const auto digits = static_cast<std::uint64_t>(((++orders_ + mix64(options_.seed) % 1'000'000'007) * static_cast<unsigned __int128>(618'033'988'749'894'847ULL)) % kSpace);
  return fmt::format("{}{:018}", 2, digits);
}

std::string Province::next_waybill(std::uint8_t carrier) {
  constexpr unsigned __int128 kSpace = 1'000'000'000'000ULL;
  const auto d = static_cast<std::uint64_t>(((++waybills_ + mix64(options_.seed) % 1'000'000'007) * static_cast<unsigned __int128>(381'966'011'251ULL)) % kSpace);
  switch (carrier) {  // patterns: domain notes §2.3
    case 0: return fmt::format("7{}{:012}", "34568"[d % 5], d);    // ZTO 7[3-68]\d{12}
    case 1: return fmt::format("YT{}{:012}", 8, d);                // YTO YT\d{13}
    case 2: return fmt::format("773{:012}", d);                    // STO 773\d{9,13}
    case 3: return fmt::format("4{:012}", d);                      // YUNDA \d{13}
    case 4: return fmt::format("JT{}{:012}", 3, d);                // J&T JT\d{12,13}
    default: return fmt::format("SF{}{:012}", 1, d);               // SF SF\d{13}
  }
}

}  // namespace brushwatch::simulate
