#include "simulate/honest.h"

#include <algorithm>
#include <array>
#include <string>

#include "engine/base/hash.h"
#include "simulate/phrases.h"

namespace brushwatch::simulate {
namespace {

// Hour weights × 100 of the Shanghai day, 0–23; 00–06 is about 6 %.
constexpr std::array<std::uint32_t, 24> kHours = {60,  30,  15,  10,  10,  15,  40,  70,  100, 130, 150, 140,
                                                  130, 130, 130, 130, 130, 120, 120, 140, 170, 180, 160, 110};
constexpr std::array<std::uint32_t, 24> hour_sums() {
  std::array<std::uint32_t, 24> sums{};
  std::uint32_t sum = 0;
  for (std::size_t h = 0; h < 24; ++h) sums[h] = sum += kHours[h];
  return sums;
}
constexpr auto kHourSums = hour_sums();

constexpr std::uint32_t kStarSums[] = {78, 87, 91, 93, 100};  // 5/4/3/2/1 = 78/9/4/2/7 %: J-shaped
constexpr std::uint8_t kStars[] = {5, 4, 3, 2, 1};

struct ComplaintShare { std::string_view code; std::uint32_t sum; };
constexpr ComplaintShare kComplaints[] = {{"not_received", 30}, {"description_mismatch", 60}, {"fake_goods", 78},
                                          {"price_fraud", 86},  {"empty_parcel", 89},        {"not_ordered", 92}, {"other", 100}};

template <class T>
std::uint32_t item_by_popularity(const std::vector<T>& items, Chance& chance) {
  // The first sells most: each next one half as likely; the last, a virtual service if there is one, ends the row.
  std::uint32_t i = 0;
  while (i + 1 < items.size() && chance.permille(500)) ++i;
  return i;
}

}  // namespace

double season_factor(std::int64_t civil_day) {
  const std::string date = format_time({civil_day * kDayMs - kShanghaiOffsetMs});
  const std::string_view day = std::string_view(date).substr(5, 5);
  if (day == "11-11") return 1.87;
  if (day == "11-01") return 1.6;
  if (day >= "10-20" && day <= "11-10") return 1.25;
  return day == "06-18" ? 1.4 : 1.0;
}

EventTime Honest::moment_of_day(std::uint32_t day, Chance& chance) const {
  const auto hour = static_cast<std::int64_t>(chance.pick(kHourSums));
  return options_.start + day * kDayMs + hour * kHourMs + chance.between(0, kHourMs - 1);
}

std::uint64_t Honest::keyword(const Shop& shop, Chance& chance) const {
  const double u = chance.unit();  // 100 search words a category, the first ones the most used
  return hash_combine(0x3EED + shop.category, static_cast<std::uint64_t>(u * u * 100));
}

void Honest::choose_goods(const Shop& shop, Chance& chance, OrderPlan& plan, std::uint32_t only_item) const {
  plan.item_count = 0;
  const std::uint32_t kinds = only_item != UINT32_MAX || !chance.permille(150) ? 1 : chance.permille(700) ? 2 : 3;
  for (std::uint32_t i = 0; i < kinds; ++i) {
    const std::uint32_t item = only_item != UINT32_MAX ? only_item : item_by_popularity(shop.items, chance);
    bool again = false;
    for (std::uint32_t k = 0; k < plan.item_count; ++k) again = again || plan.items[k].item == item;
    if (again || (i > 0 && shop.items[item].virtual_goods)) continue;
    plan.items[plan.item_count++] = {item, chance.permille(120) ? 2U : 1U, 0};
    if (shop.items[item].virtual_goods) break;
  }
  plan.total_fen = 0;
  for (std::uint32_t i = 0; i < plan.item_count; ++i) plan.total_fen += shop.items[plan.items[i].item].list_fen * plan.items[i].qty;
  // 40 % use a coupon of 5–20 %.
  const std::int64_t off = chance.permille(400) ? chance.between(50, 200) : 0;
  plan.coupon_fen = plan.total_fen * off / 1000;
  plan.paid_fen = plan.total_fen - plan.coupon_fen;
  std::int64_t left = plan.paid_fen;
  for (std::uint32_t i = 0; i < plan.item_count; ++i) {
    PlannedItem& p = plan.items[i];
    p.paid_fen = i + 1 == plan.item_count ? left : shop.items[p.item].list_fen * p.qty * (1000 - off) / 1000;
    left -= p.paid_fen;
  }
}

void Honest::browse(Chance& chance, OrderPlan& plan) const {
  if (chance.permille(120)) return;  // live rooms, links from a friend, reorders
  const std::uint32_t pages = 1 + chance.poisson(std::max(0.0, options_.views_per_order / 2 - 1));
  const std::uint64_t session = chance.next();
  EventTime t = plan.created - chance.between(5 * kSecondMs, 3 * kMinuteMs);
  // Backwards from the order; the whole visit stays below the outbox's lookback.
  for (std::uint32_t i = 0; i < pages && plan.created - t < 100 * kMinuteMs; ++i) {
    const auto dwell = static_cast<std::uint32_t>(std::min<std::int64_t>(chance.lognormal(20 * kSecondMs, 0.9), 10 * kMinuteMs));
    t = t - dwell - chance.between(kSecondMs, 90 * kSecondMs);
    PlannedView view{plan.shop, i == 0 ? plan.items[0].item : static_cast<std::uint32_t>(chance.below(province_.shops()[plan.shop].items.size())),
                     "pv", chance.permille(150) ? "browser" : chance.permille(150) ? "mini" : "app", t, dwell, chance.permille(800),
                     session, plan.buyer.id, plan.buyer.device, plan.buyer.ip24, plan.keyword};
    plan.views.push_back(view);
    // Per page view: 2.74 / 44.5 carts and 1.43 / 44.5 favourites.
    view.dwell_ms = 0;
    view.at = t + dwell / 2;
    if (chance.permille(62)) { view.kind = "cart"; plan.views.push_back(view); }
    if (chance.permille(32)) { view.kind = "fav"; plan.views.push_back(view); }
    if (i == 0 && plan.chats > 0) { view.kind = "chat"; plan.views.push_back(view); }
  }
}

std::uint32_t Honest::parcel_weight(const OrderPlan& plan, Chance& chance) const {
  const Shop& shop = province_.shops()[plan.shop];
  double grams = 0;
  for (std::uint32_t i = 0; i < plan.item_count; ++i) grams += static_cast<double>(shop.items[plan.items[i].item].weight_g) * plan.items[i].qty;
  // Goods and packing: N(0, 4 %), and a bag or box of 10 g and more.
  const double goods = grams * (1 + 0.04 * chance.normal());
  return static_cast<std::uint32_t>(std::max(5.0, goods + static_cast<double>(chance.between(0, 20))));
}

void Honest::ship(std::int64_t after_ms, Chance& chance, OrderPlan& plan) const {
  const Shop& shop = province_.shops()[plan.shop];
  plan.shipped = plan.paid + network_.delay(after_ms);
  plan.carrier = shop.carrier;
  TrackOrder track{.carrier = shop.carrier, .from = shop.outlet, .county = plan.buyer.county,
                   .to_n = static_cast<std::uint32_t>(plan.buyer.building & 1), .created = plan.shipped + chance.between(kSecondMs, kMinuteMs),
                   .weight_g = parcel_weight(plan, chance)};
  plan.signed_off = network_.real_track(track, chance, plan.scans);
}

void Honest::after_sale(Chance& chance, OrderPlan& plan) const {
  const auto delay = [&](std::int64_t ms) { return network_.delay(ms); };
  const bool fashion = categories()[province_.shops()[plan.shop].category - 1].fashion;
  if (plan.refund_requested.ms == 0 && chance.permille(fashion ? 250 : 90)) {  // sends it back
    plan.refund_requested = plan.signed_off + delay(chance.lognormal(20 * kHourMs, 0.8));
    plan.refunded = plan.refund_requested + delay(chance.between(40 * kHourMs, 90 * kHourMs));
    plan.refund_fen = plan.paid_fen;
    plan.goods_state = "returned";
    plan.refund_reason = "no_reason_7d";
    plan.closed = plan.refunded + chance.between(100, 900);
  } else if (plan.refund_requested.ms == 0 && chance.permille(350)) {
    plan.confirmed = plan.signed_off + delay(chance.lognormal(20 * kHourMs, 1.0));
  } else if (plan.refund_requested.ms == 0) {
    plan.confirmed = plan.signed_off + delay(10 * kDayMs);  // by the platform; mostly beyond the end of a short world
  }
  if (chance.permille(300)) {
    plan.reviewed = plan.signed_off + delay(chance.lognormal(30 * kHourMs, 0.9));
    plan.stars = kStars[chance.pick(std::span(kStarSums))];
    plan.photos = chance.permille(180) ? static_cast<std::uint8_t>(chance.between(1, 6)) : 0;
    honest_text(chance, plan.stars >= 4, plan.review);
    if (options_.quarrels) quarrel(plan);
  }
  if (chance.permille(10)) {  // freight of a return, a price guarantee, goodwill: 2–30 yuan
    plan.transferred = plan.signed_off + delay(chance.lognormal(24 * kHourMs, 0.8));
    plan.transfer_fen = chance.between(20, 300) * 10;
    constexpr std::string_view kReasons[] = {"freight", "price_guarantee", "goodwill"};
    plan.transfer_reason = kReasons[chance.below(3)];
  }
}

void Honest::quarrel(OrderPlan& plan) const {
  // A chance of its own: the rest of the world stays as it is.
  Chance chance = Chance::of(options_.seed, 0xED17, static_cast<std::uint64_t>(plan.created.ms), plan.shop);
  if (chance.permille(20)) {
    plan.edited = plan.reviewed + network_.delay(chance.between(kHourMs, 60 * kHourMs));
    plan.edited_stars = chance.permille(700) ? 5 : plan.stars;
  }
  if (plan.stars > 2 || !chance.permille(40)) return;
  plan.complained = plan.reviewed + network_.delay(chance.between(kHourMs, 20 * kHourMs));
  plan.complaint = "malicious_review";
  plan.complaint_channel = "platform";
  plan.complainant = province_.shops()[plan.shop].sender;
}

void Honest::plan_order(std::uint32_t shop_index, EventTime created, const Buyer& buyer, Chance& chance, OrderPlan& plan) const {
  const Shop& shop = province_.shops()[shop_index];
  plan.clear();
  plan.created = created;
  plan.shop = shop_index;
  plan.buyer = buyer;
  const std::uint64_t door = chance.below(100);
  plan.channel = door < 60 ? "search" : door < 75 ? "live" : door < 88 ? "ad" : "direct";
  if (door < 60) plan.keyword = keyword(shop, chance);
  plan.chats = chance.permille(250) ? static_cast<std::uint32_t>(chance.between(1, 6)) : 0;
  choose_goods(shop, chance, plan);
  browse(chance, plan);
  if (!chance.permille(920)) {  // never paid: closed by the platform after half an hour
    plan.closed = created + 30 * kMinuteMs;
    return;
  }
  plan.paid = created + kSecondMs + std::min(static_cast<std::int64_t>(90'000 * chance.exponential()), 25 * kMinuteMs);
  if (shop.items[plan.items[0].item].virtual_goods) {
    plan.confirmed = plan.paid + network_.delay(chance.lognormal(kHourMs, 0.8));
    return;
  }
  const std::int64_t ship_after = std::min(chance.lognormal(shop.ship_median_ms, 0.68), 44 * kHourMs);
  if (chance.permille(60)) {  // refund only, some before and some after the parcel left
    plan.refund_requested = plan.paid + network_.delay(chance.lognormal(5 * kHourMs, 1.0));
    plan.refunded = plan.refund_requested + network_.delay(chance.lognormal(kHourMs, 1.2));
    plan.refund_fen = plan.paid_fen;
    plan.goods_state = "not_received";
    plan.refund_reason = "changed_mind";
    plan.closed = plan.refunded + chance.between(100, 900);
    if (plan.refund_requested < plan.paid + network_.delay(ship_after)) return;
  }
  ship(ship_after, chance, plan);
  if (plan.refund_requested.ms != 0) return;
  after_sale(chance, plan);
  // 60 complaints in 100 k orders, 4 of them to 12315.
  if (chance.per_100k(60)) {
    plan.complained = plan.signed_off + network_.delay(chance.lognormal(20 * kHourMs, 0.8));
    plan.complaint_channel = chance.permille(67) ? "12315" : chance.permille(900) ? "platform" : "12345";
    const std::uint64_t at = chance.below(100);
    for (const ComplaintShare& c : kComplaints) if (at < c.sum) { plan.complaint = c.code; break; }
    plan.complainant = plan.buyer.consignee;
  }
}

void Honest::write_visits(std::uint32_t day, std::uint32_t shop_index, double orders, Chance& chance, Journal& journal) const {
  // The other half of the page views belongs to those who do not buy; 8 % of all are declared crawlers.
  const Shop& shop = province_.shops()[shop_index];
  const double pages_per_visit = 2.5;
  for (std::uint32_t n = chance.poisson(orders * options_.views_per_order * 0.42 / pages_per_visit); n > 0; --n) {
    const Buyer visitor = province_.buyer(province_.draw_buyer(chance));
    EventTime t = moment_of_day(day, chance);
    PlannedView view{.shop = shop_index, .session = chance.next(), .buyer = chance.permille(700) ? visitor.id : 0,
                     .device = visitor.device, .ip24 = visitor.ip24, .keyword = chance.permille(600) ? keyword(shop, chance) : 0};
    for (std::uint32_t pages = 1 + chance.poisson(pages_per_visit - 1); pages > 0; --pages) {
      view.item = item_by_popularity(shop.items, chance);
      view.at = t;
      view.dwell_ms = static_cast<std::uint32_t>(std::min<std::int64_t>(chance.lognormal(15 * kSecondMs, 1.0), 10 * kMinuteMs));
      view.scrolled = chance.permille(700);
      journal.write_view(view);
      if (chance.permille(55)) {
        PlannedView mark = view;
        mark.kind = chance.permille(650) ? "cart" : "fav";
        mark.at = view.at + view.dwell_ms / 2;
        mark.dwell_ms = 0;
        journal.write_view(mark);
      }
      t = t + view.dwell_ms + chance.between(kSecondMs, kMinuteMs);
    }
  }
  for (std::uint32_t n = chance.poisson(orders * options_.views_per_order * 0.08); n > 0; --n) {
    const std::uint64_t crawler = chance.below(8);
    journal.write_view({.shop = shop_index, .item = static_cast<std::uint32_t>(chance.below(shop.items.size())), .ua = "bot",
                        .at = options_.start + day * kDayMs + chance.between(0, kDayMs - 1),
                        .dwell_ms = static_cast<std::uint32_t>(chance.between(200, 900)), .scrolled = false, .session = chance.next(),
                        .device = hash_combine(0xC4A, crawler), .ip24 = hash_combine(0xC4B, crawler)});
  }
}

void Honest::write_day(std::uint32_t day, std::uint32_t shop_index, Journal& journal, WorldSummary& summary) {
  const Shop& shop = province_.shops()[shop_index];
  Chance chance = Chance::of(options_.seed, 0xDA7, day, shop_index);
  const EventTime midnight = options_.start + day * kDayMs;
  const double base = shop.orders_per_day * season_factor(shanghai_day(midnight));
  // Rate per hour: the hour's weight times the strongest campaign that holds.
  std::array<std::uint64_t, 24> sums{};
  std::uint64_t sum = 0;
  for (std::size_t h = 0; h < 24; ++h) {
    const EventTime t = midnight + static_cast<std::int64_t>(h) * kHourMs;
    std::uint32_t factor = 1000;
    for (const Campaign& c : shop.campaigns) if (c.from <= t && t < c.until) factor = std::max(factor, c.factor_milli);
    sums[h] = sum += static_cast<std::uint64_t>(kHours[h]) * factor;
  }
  const double expected = base * static_cast<double>(sum) / (kHourSums.back() * 1000.0);
  for (std::uint32_t n = chance.poisson(expected); n > 0; --n) {
    const auto hour = static_cast<std::int64_t>(chance.pick(sums));
    const EventTime created = midnight + hour * kHourMs + chance.between(0, kHourMs - 1);
    // One in twenty is a regular of the shop: 25 % within 90 days, thinned to a few days.
    const std::uint64_t who = chance.permille(50) ? hash_combine(shop_index, chance.below(30)) % province_.buyers() : province_.draw_buyer(chance);
    plan_order(shop_index, created, province_.buyer(who), chance, plan_);
    journal.write(plan_);
    ++summary.orders;
  }
  write_visits(day, shop_index, expected, chance, journal);
}

}  // namespace brushwatch::simulate
