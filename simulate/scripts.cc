#include "simulate/scripts.h"

#include <algorithm>
#include <iterator>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "simulate/phrases.h"

namespace brushwatch::simulate {
namespace {

bool asked(const WorldOptions& options, std::string_view attack) {
  return std::find(options.attacks.begin(), options.attacks.end(), attack) != options.attacks.end();
}

}  // namespace

ScriptShops script_shops(const WorldOptions& options) {
  const double guilty = options.guilty_shop_share * options.shops;
  const auto share = [&](std::string_view attack, double part, std::uint32_t least) {
    return asked(options, attack) ? std::max(least, static_cast<std::uint32_t>(guilty * part + 0.5)) : 0U;
  };
  std::uint32_t others = 0;
  for (const auto& names : {options.attacks, options.lookalikes})
    for (const std::string& name : names)
      if (const auto scenario = scenario_named(name)) others += info_of(*scenario).shops * options.rings_per_script;
  return {.s2 = share("S2", 0.30, 4), .s3 = share("S3", 0.35, 3), .s4 = share("S4", 0.20, 2), .s5 = share("S5", 0.15, 2),
          .s8 = asked(options, "S8") ? std::max(1U, options.shops * 3 / 1000) : 0U,
          .h1 = options.live_spikes ? std::max(2U, options.shops / 400) : 0U, .others = others};
}

Scripts::Scripts(const WorldOptions& options, Province& province, const Honest& honest, const Network& network)
    : options_(options), province_(province), honest_(honest), network_(network), chance_(Chance::of(options.seed, 0x5C21)),
      days_(options.days) {
  for (std::uint32_t i = 0; i < options.shops; ++i) free_shops_.push_back(i);
  for (std::uint32_t i = options.shops; i > 1; --i) std::swap(free_shops_[i - 1], free_shops_[chance_.below(i)]);
  const ScriptShops take = script_shops(options);
  BW_CHECK(take.sum() <= options.shops, "generate_world refuses worlds with too few shops for their scripts");
  // A chance of its own for each, so that one script's size changes no other, nor which shops the look-alikes visit.
  const auto with_own_chance = [&](Scenario scenario, auto&& add) {
    chance_ = Chance::of(options.seed, 0x5C23, static_cast<std::uint64_t>(scenario));
    add();
  };
  with_own_chance(Scenario::kS2, [&] { add_worker_groups(take.s2); });
  with_own_chance(Scenario::kS3, [&] { add_phone_farms(take.s3); });
  with_own_chance(Scenario::kS4, [&] { add_virtual_waybills(take.s4); });
  with_own_chance(Scenario::kS5, [&] { add_empty_bags(take.s5); });
  with_own_chance(Scenario::kS8, [&] { add_reverse_brushing(take.s8); });
  with_own_chance(Scenario::kH1, [&] { add_live_spikes(take.h1); });
  if (options.parcel_stations) with_own_chance(Scenario::kH3, [&] { add_stations(); });
  for (const ScenarioInfo& info : scenarios()) {
    if (info.shops == 0) continue;
    const bool lookalike = info.role == "lookalike";
    const auto& names = lookalike ? options.lookalikes : options.attacks;
    if (std::find(names.begin(), names.end(), info.name) == names.end()) continue;
    with_own_chance(info.scenario, [&] {
      for (std::uint32_t n = 0; n < options.rings_per_script; ++n) lookalike ? add_lookalike(info.scenario) : add_scheme(info.scenario);
    });
  }
  for (auto& day : days_)
    std::stable_sort(day.begin(), day.end(), [](const Errand& a, const Errand& b) { return a.created < b.created; });
}

std::vector<std::uint32_t> Scripts::take_shops(std::size_t count, bool heavy_goods, double smallest, double biggest) {
  std::vector<std::uint32_t> taken;
  // First those that fit the script, then, in a tiny world, any.
  for (const bool any : {false, true})
    for (auto it = free_shops_.begin(); it != free_shops_.end() && taken.size() < count;) {
      const Shop& shop = province_.shops()[*it];
      const bool fits = shop.orders_per_day >= smallest && shop.orders_per_day <= biggest &&
                        (!heavy_goods || categories()[shop.category - 1].weight_g >= 300);
      if (any || fits) { taken.push_back(*it); it = free_shops_.erase(it); } else { ++it; }
    }
  return taken;
}

Ring& Scripts::new_ring(Scenario scenario) {
  Ring& ring = rings_.emplace_back();
  ring.scenario = scenario;
  ring.seed = chance_.next();
  ring.bag_g = static_cast<std::uint32_t>(chance_.between(22, 55));
  ring.dwell_ms = chance_.between(30, 70) * kSecondMs;
  ring.wait_ms = chance_.between(4, 12) * kMinuteMs;
  ring.truth.scenario = scenario_name(scenario);
  ring.truth.role = info_of(scenario).role;
  ring.truth.direction = info_of(scenario).direction;
  // −1: the levels take turns, beginning somewhere else in each world, so that a few worlds show every attack at every level.
  if (ring.truth.role != "lookalike")
    ring.truth.camouflage = options_.camouflage >= 0 ? options_.camouflage : static_cast<int>((options_.seed + rings_.size()) % 4);
  ring.knobs.fill(static_cast<std::uint8_t>(ring.truth.camouflage));
  if (options_.knobs && ring.truth.role != "lookalike") ring.knobs = *options_.knobs;
  ring.truth.first_fake = EventTime::max();
  return ring;
}

std::uint32_t Scripts::orders_per_day() {
  // At least 60 in the world's span at intensity 1, or 20 a day: a member's whole order book, as in the penalty cases.
  const double least = std::max(20.0, 60.0 / options_.days);
  return std::max(1U, static_cast<std::uint32_t>(least * options_.intensity * (1 + 0.4 * chance_.unit()) + 0.999));
}

void Scripts::errand(EventTime created, std::uint32_t shop, std::uint32_t account) {
  const std::int64_t day = std::clamp<std::int64_t>(floor_div(created - options_.start, kDayMs), 0, options_.days - 1);
  days_[static_cast<std::size_t>(day)].push_back(
      {.created = created, .ring = static_cast<std::uint32_t>(rings_.size() - 1), .shop = shop, .account = account});
}

void Scripts::add_worker_groups(std::uint32_t shops) {
  while (shops > 0) {
    const auto size = shops < 8 ? shops : static_cast<std::uint32_t>(chance_.between(4, 6));
    shops -= size;
    Ring& ring = new_ring(Scenario::kS2);
    ring.shops = take_shops(size, true, 0.3, 20);
    // Real people with real accounts, who also buy for themselves now and then.
    for (std::int64_t workers = chance_.between(30, 60); workers > 0; --workers)
      ring.accounts.push_back(province_.buyer(province_.draw_buyer(chance_)));
    // The gift warehouse is in Xi'an or its neighbour; every second ring repays through the platform's small transfer.
    const auto carrier = static_cast<std::uint8_t>(chance_.below(carriers().size()));
    ring.outlet = province_.outlet_in(carrier, static_cast<std::uint16_t>(chance_.below(counties_of(0).count)), 0);
    ring.truth.related.push_back(province_.outlet(ring.outlet).id);
    ring.pays_on_platform = rings_.size() % 2 == 1;
    const std::uint32_t quota = orders_per_day(), waves = 2;
    for (std::uint32_t day = 0; day < options_.days; ++day)
      for (std::uint32_t wave = 0; wave < waves; ++wave) {
        const EventTime call = options_.start + day * kDayMs + (wave == 0 ? 10 : 19) * kHourMs + chance_.between(0, 90 * kMinuteMs);
        // The called workers walk the ring's shops at fixed gaps; all within two hours.
        const std::uint64_t first = chance_.below(ring.accounts.size());
        for (std::uint32_t w = 0; w < (quota + waves - 1) / waves; ++w) {
          EventTime t = call + chance_.between(0, 15 * kMinuteMs);
          for (const std::uint32_t shop : ring.shops) {
            const auto worker = static_cast<std::uint32_t>((first + w) % ring.accounts.size());
            errand(t, shop, worker);
            if (const int cover = ring.knob(Knob::kCover); cover > 0) cover_orders(t, worker, cover == 1 ? 1000 : 3000);
            t = t + 14 * kMinuteMs + chance_.between(0, kMinuteMs);
          }
        }
      }
  }
}

void Scripts::add_phone_farms(std::uint32_t shops) {
  while (shops > 0) {
    const std::uint32_t size = shops < 10 ? shops : 7;
    shops -= size;
    Ring& ring = new_ring(Scenario::kS3);
    ring.shops = take_shops(size, true, 0.3, 20);
    const std::uint32_t quota = orders_per_day() * size;
    // One account an order; six and more accounts a phone, up to 70 phones; a computer pays for seven phones; 3 networks.
    const std::uint32_t accounts = std::max(12U, quota * options_.days), phones = std::min(70U, accounts / 6), payers = std::max(2U, phones / 7);
    for (std::uint32_t i = 0; i < accounts; ++i) {
      Buyer b = province_.buyer(province_.draw_new_account(chance_));
      if (ring.knob(Knob::kAccounts) >= 2) { ring.accounts.push_back(b); continue; }  // a phone for each account
      b.device = mix64(ring.seed + i % phones);
      b.payer = mix64(~ring.seed + i % phones % payers);
      b.ip24 = mix64(ring.seed * 3 + i % phones % 3);
      ring.accounts.push_back(b);
    }
    // A machine's pace from 8:30 to 22:30.
    const std::int64_t step = 14 * kHourMs / quota;
    for (std::uint32_t day = 0; day < options_.days; ++day)
      for (std::uint32_t i = 0; i < quota; ++i)
        errand(options_.start + day * kDayMs + 510 * kMinuteMs + i * step + chance_.between(0, ring.knob(Knob::kPace) == 0 ? 2 * kSecondMs : step), ring.shops[i % size],
               (day * quota + i) % accounts);
  }
}

void Scripts::add_virtual_waybills(std::uint32_t shops) {
  while (shops > 0) {
    const std::uint32_t size = shops < 6 ? shops : 3;
    shops -= size;
    Ring& ring = new_ring(Scenario::kS4);
    ring.shops = take_shops(size, false, 0.3, 20);
    for (int i = 0; i < 40; ++i) ring.accounts.push_back(province_.buyer(province_.draw_buyer(chance_)));
    for (int leg = 0; leg < 5; ++leg) ring.gaps.push_back(network_.delay(chance_.between(90, 400) * kMinuteMs));
    for (std::uint32_t day = 0; day < options_.days; ++day)
      for (const std::uint32_t shop : ring.shops)
        for (std::uint32_t i = orders_per_day(); i > 0; --i) {
          const EventTime created = honest_.moment_of_day(day, chance_);
          errand(created, shop, static_cast<std::uint32_t>(chance_.below(ring.accounts.size())));
        }
  }
}

void Scripts::add_empty_bags(std::uint32_t shops) {
  while (shops > 0) {
    const std::uint32_t size = shops < 4 ? shops : 2;
    shops -= size;
    Ring& ring = new_ring(Scenario::kS5);
    ring.shops = take_shops(size, true, 0.3, 20);
    // The complicit outlet is near the first shop; it posts what its scale shows.
    const Shop& near = province_.shops()[ring.shops.front()];
    ring.outlet = province_.outlet_in(near.carrier, near.county, static_cast<std::uint32_t>(chance_.below(2)));
    province_.outlet(ring.outlet).default_weight_g = 0;
    ring.truth.subjects.push_back(province_.outlet(ring.outlet).id);
    const CountyRange range = counties_of(counties()[near.county].city);
    ring.dump_county = static_cast<std::uint16_t>(range.first + chance_.below(range.count));
    ring.truth.related.push_back(province_.outlet(province_.outlet_in(near.carrier, ring.dump_county, 0)).id);
    for (int i = 0; i < 50; ++i) ring.accounts.push_back(province_.buyer(province_.draw_buyer(chance_)));
    std::vector<std::vector<std::pair<std::uint32_t, std::size_t>>> batches(options_.days + 1);  // (day, place in days_)
    for (std::uint32_t day = 0; day < options_.days; ++day)
      for (const std::uint32_t shop : ring.shops)
        for (std::uint32_t i = orders_per_day() * 5 / 4; i > 0; --i) {
          const EventTime created = honest_.moment_of_day(day, chance_);
          errand(created, shop, static_cast<std::uint32_t>(chance_.below(ring.accounts.size())));
          days_[day].back().stranger = chance_.permille(100);
          // What comes after 17:00 goes with tomorrow's sack.
          const bool evening = created - options_.start - day * kDayMs > 17 * kHourMs;
          batches[day + (evening ? 1 : 0)].emplace_back(day, days_[day].size() - 1);
        }
    for (std::uint32_t batch = 0; batch <= options_.days; ++batch) {
      EventTime pickup = options_.start + batch * kDayMs + 19 * kHourMs + chance_.between(0, kHourMs);
      EventTime stamp = pickup + network_.delay(20 * kHourMs + chance_.between(0, 2 * kHourMs));
      for (const auto& [day, place] : batches[batch]) {
        pickup = pickup + chance_.between(kSecondMs, 6 * kSecondMs);
        stamp = stamp + chance_.between(kSecondMs, 5 * kSecondMs);
        days_[day][place].pickup_at = pickup;
        days_[day][place].sign_at = stamp;
      }
    }
  }
}

void Scripts::add_reverse_brushing(std::uint32_t shops) {
  for (; shops > 0; --shops) {
    Ring& ring = new_ring(Scenario::kS8);
    ring.shops = take_shops(1, false, 0.5, 15);
    Shop& victim = province_.shops()[ring.shops.front()];
    if (!victim.items.back().virtual_goods) victim.items.push_back({mix64(ring.seed), 100, 0, true});
    for (std::int64_t i = chance_.between(1, 10); i > 0; --i) ring.accounts.push_back(province_.buyer(province_.draw_new_account(chance_)));
    const auto orders = static_cast<std::uint32_t>(static_cast<double>(chance_.between(250, 500)) * options_.intensity);
    // Three sittings, seconds between orders.
    for (std::uint32_t sitting = 0; sitting < 3; ++sitting) {
      EventTime t = honest_.moment_of_day(static_cast<std::uint32_t>(chance_.below(options_.days)), chance_);
      for (std::uint32_t i = 0; i < orders / 3 + 1; ++i) {
        errand(t, ring.shops.front(), static_cast<std::uint32_t>(chance_.below(ring.accounts.size())));
        t = t + chance_.between(5 * kSecondMs, 40 * kSecondMs);
        if (t >= options_.start + options_.days * kDayMs) t = options_.start + chance_.between(0, options_.days * kDayMs - 1);
      }
    }
  }
}

void Scripts::add_live_spikes(std::uint32_t shops) {
  for (std::uint32_t i = 0; i < shops; ++i) {
    Ring& ring = new_ring(Scenario::kH1);
    ring.shops = take_shops(1, false, 0.5, 30);
    Shop& shop = province_.shops()[ring.shops.front()];
    const EventTime evening = options_.start + static_cast<std::int64_t>(chance_.below(options_.days)) * kDayMs + 20 * kHourMs;
    const EventTime show = evening + chance_.between(0, 90 * kMinuteMs);
    if (i % 2 == 0) shop.campaigns.push_back({show - kHourMs, show + 2 * kHourMs, 50'000});
    for (std::uint32_t k = 0; k < 300; ++k) {
      ring.accounts.push_back(province_.buyer(province_.draw_new_account(chance_)));
      errand(show + chance_.between(0, 10 * kMinuteMs), ring.shops.front(), k);
    }
  }
}

void Scripts::add_stations() {
  for (std::uint32_t n = std::max(3U, options_.shops / 400), i = 0; i < n; ++i) {
    Ring& ring = new_ring(Scenario::kH3);
    ring.station_room = mix64(ring.seed);
    const std::uint64_t building = mix64(ring.station_room);
    const Buyer keeper = province_.buyer(province_.draw_buyer(chance_));
    for (std::uint32_t k = 0; k < 150; ++k) {
      Buyer b = province_.buyer(province_.draw_buyer(chance_));
      b.county = keeper.county;
      b.room = ring.station_room;
      b.building = building;
      ring.accounts.push_back(b);
      const EventTime created = honest_.moment_of_day(static_cast<std::uint32_t>(chance_.below(options_.days)), chance_);
      errand(created, province_.draw_shop(chance_), k);
    }
    if (i % 3 != 2) public_rooms_.push_back(ring.station_room);
  }
}

void Scripts::scripted_views(const Ring& ring, bool compare, Chance& chance) {
  // 货比三家: two other shops first, then the target twice, a favourite, and the order a fixed time after it.
  constexpr double kSpread[] = {0, 0.1, 0.4, 0.9};  // of log dwell; the last is how people read
  const auto dwell = [&] {
    if (const int browsing = ring.knob(Knob::kBrowsing); browsing > 0) return static_cast<std::uint32_t>(std::min<std::int64_t>(chance.lognormal(ring.dwell_ms, kSpread[browsing]), 10 * kMinuteMs));
    return static_cast<std::uint32_t>(ring.dwell_ms + chance.between(-ring.dwell_ms / 40, ring.dwell_ms / 40));
  };
  EventTime t = plan_.created - ring.wait_ms - chance.between(0, kSecondMs);
  PlannedView view{.shop = plan_.shop, .item = plan_.items[0].item, .kind = "fav", .at = t, .session = chance.next(), .buyer = plan_.buyer.id,
                   .device = plan_.buyer.device, .ip24 = plan_.buyer.ip24, .keyword = plan_.keyword};
  plan_.views.push_back(view);
  view.kind = "pv";
  for (int page = 0; page < (compare ? 4 : 2); ++page) {
    view.dwell_ms = dwell();
    t = t - view.dwell_ms - 2 * kSecondMs;
    view.at = t;
    if (page >= 2) {
      view.shop = province_.draw_shop(chance);
      view.item = 0;
    }
    plan_.views.push_back(view);
  }
}

void Scripts::paid_review(const Ring& ring, std::uint32_t permille, Chance& chance) {
  plan_.reviewed = {};
  if (plan_.signed_off.ms == 0 || !chance.permille(permille)) return;
  plan_.reviewed = plan_.signed_off + network_.delay(chance.between(40 * kMinuteMs, 8 * kHourMs));
  plan_.stars = 5;
  plan_.photos = chance.permille(300) ? 1 : 0;
  constexpr std::uint32_t kRewritten[] = {0, 200, 500, 1000};
  if (const int words = ring.knob(Knob::kWords); words > 0 && chance.permille(kRewritten[words])) return honest_text(chance, true, plan_.review);
  template_text(ring.seed + chance.below(6), chance, plan_.review);
}

void Scripts::bag(const Errand& errand, const Ring& ring, Chance& chance) {
  const Shop& shop = province_.shops()[errand.shop];
  const std::uint32_t from = ring.outlet != UINT32_MAX ? ring.outlet : shop.outlet;
  plan_.carrier = province_.outlet(from).carrier;
  plan_.shipped = plan_.paid + network_.delay(chance.between(kHourMs, 8 * kHourMs));
  const bool stamped = errand.pickup_at.ms != 0 && !errand.stranger;
  if (errand.pickup_at.ms != 0) plan_.shipped = std::max(plan_.paid + kMinuteMs, errand.pickup_at - chance.between(kHourMs, 3 * kHourMs));
  TrackOrder track{.carrier = plan_.carrier, .from = from, .county = plan_.buyer.county,
                   .to_n = stamped ? 0 : static_cast<std::uint32_t>(plan_.buyer.building & 1),
                   .created = plan_.shipped + chance.between(kSecondMs, kMinuteMs),
                   .weight_g = ring.bag_g + static_cast<std::uint32_t>(chance.between(0, 4)) - 2};
  // Filled with paper or a brick: the catalogue's weight, ± 20 %.
  constexpr std::uint32_t kPadded[] = {0, 0, 400, 800};
  if (const int weight = ring.knob(Knob::kWeight); weight > 0 && chance.permille(kPadded[weight]))
    track.weight_g = static_cast<std::uint32_t>(honest_.parcel_weight(plan_, chance) * static_cast<std::uint64_t>(chance.between(80, 120)) / 100);
  if (errand.pickup_at.ms != 0) track.pickup_at = std::max(errand.pickup_at, track.created + kMinuteMs);
  if (stamped) track.sign_at = std::max(errand.sign_at, track.pickup_at + 3 * kHourMs);
  plan_.signed_off = network_.real_track(track, chance, plan_.scans);
}

void Scripts::plan(const Errand& errand, const Ring& ring, Journal& journal, Chance& chance) {
  const Shop& shop = province_.shops()[errand.shop];
  const Buyer& account = ring.accounts[errand.account];
  if (errand.cover) return honest_.plan_order(errand.shop, errand.created, account, chance, plan_);
  if (info_of(ring.scenario).shops != 0)
    return ring.truth.role == "lookalike" ? plan_lookalike(errand, ring, chance) : plan_scheme(errand, ring, journal, chance);
  if (ring.scenario == Scenario::kH3) return honest_.plan_order(errand.shop, errand.created, account, chance, plan_);
  plan_.clear();
  if (ring.scenario == Scenario::kH1) {
    honest_.plan_order(errand.shop, errand.created, account, chance, plan_);
    // From the live room: one item, no search, hardly a page; everything after is as honest as before.
    plan_.channel = "live";
    plan_.keyword = 0;
    plan_.views.clear();
    const OrderPlan drawn = plan_;
    if (drawn.item_count > 1 || drawn.items[0].item != 0) honest_.choose_goods(shop, chance, plan_, 0);
    if (plan_.paid.ms != 0 && drawn.shipped.ms != 0) {  // weigh what is in the bag now
      plan_.scans.clear();
      honest_.ship(std::min(chance.lognormal(shop.ship_median_ms, 0.68), 44 * kHourMs), chance, plan_);
      const std::int64_t shift = plan_.signed_off - drawn.signed_off;
      for (EventTime* t : {&plan_.confirmed, &plan_.reviewed, &plan_.transferred, &plan_.complained}) if (t->ms != 0) *t = *t + shift;
      if (plan_.goods_state == "returned")
        for (EventTime* t : {&plan_.refund_requested, &plan_.refunded, &plan_.closed}) if (t->ms != 0) *t = *t + shift;
    }
    plan_.refund_fen = plan_.refund_requested.ms != 0 ? plan_.paid_fen : 0;
    return;
  }
  plan_.created = errand.created;
  plan_.shop = errand.shop;
  plan_.buyer = account;
  plan_.channel = "search";
  // One of the category's ordinary search words, the same for all of the ring's orders in this shop.
  plan_.keyword = hash_combine(0x3EED + shop.category, hash_combine(ring.seed, errand.shop) % 100);
  if (ring.scenario == Scenario::kS8) {
    plan_.channel = "direct";
    plan_.keyword = 0;
    honest_.choose_goods(shop, chance, plan_, static_cast<std::uint32_t>(shop.items.size() - 1));
    plan_.paid = plan_.created + chance.between(2 * kSecondMs, 20 * kSecondMs);
    plan_.refund_requested = plan_.paid + chance.between(20 * kSecondMs, 8 * kMinuteMs);
    plan_.refunded = plan_.refund_requested + chance.between(2 * kSecondMs, kMinuteMs);
    plan_.closed = plan_.refunded + chance.between(100, 900);
    plan_.refund_fen = plan_.paid_fen;
    plan_.goods_state = "not_received";
    plan_.refund_reason = "changed_mind";
    return;
  }
  do {
    honest_.choose_goods(shop, chance, plan_);
  } while (shop.items[plan_.items[0].item].virtual_goods);  // a seller of parcels wants parcels
  plan_.paid = plan_.created + chance.between(10 * kSecondMs, 100 * kSecondMs);
  switch (ring.scenario) {
    case Scenario::kS2:
      plan_.chats = chance.permille(600) ? 2 : 0;
      scripted_views(ring, true, chance);
      bag(errand, ring, chance);
      paid_review(ring, 900, chance);
      break;
    case Scenario::kS3:
      if (chance.permille(150)) scripted_views(ring, false, chance);
      bag(errand, ring, chance);
      paid_review(ring, 600, chance);
      break;
    case Scenario::kS4: {
      if (chance.permille(500)) scripted_views(ring, false, chance);
      plan_.carrier = shop.carrier;
      plan_.shipped = plan_.paid + network_.delay(chance.between(kHourMs, 3 * kHourMs));
      // The program begins on the minute; its legs repeat to the second, give or take one.
      TrackOrder track{.carrier = shop.carrier, .from = shop.outlet, .county = plan_.buyer.county,
                       .to_n = static_cast<std::uint32_t>(plan_.buyer.building & 1),
                       .created = {(plan_.shipped.ms / kMinuteMs + 1) * kMinuteMs}};
      std::vector<std::int64_t> gaps = ring.gaps;
      EventTime end = track.created;
      constexpr std::int64_t kJitterMs[] = {0, kMinuteMs, 10 * kMinuteMs, 30 * kMinuteMs};
      for (std::int64_t& gap : gaps) {
        gap += chance.permille(200) ? kSecondMs : 0;
        if (const int track = ring.knob(Knob::kTrack); track > 0) gap += chance.between(0, kJitterMs[track]);
        end = end + gap;
      }
      const EventTime upload = window_start(end + 13 * kHourMs, 12 * kHourMs) + 2 * kHourMs;
      if (ring.knob(Knob::kTrack) == 3) {  // a real track, copied, with the goods' weight; only the upload is one batch
        track.weight_g = honest_.parcel_weight(plan_, chance);
        plan_.signed_off = network_.real_track(track, chance, plan_.scans);
        for (PlannedScan& scan : plan_.scans) scan.ingest = std::max(scan.ingest, window_start(scan.at + 5 * kHourMs, 4 * kHourMs) + chance.between(0, 20 * kSecondMs));
      } else {
        plan_.signed_off = network_.virtual_track(track, gaps, upload, chance, plan_.scans);
      }
      paid_review(ring, 600, chance);
      break;
    }
    default: {  // S5
      if (chance.permille(400)) scripted_views(ring, false, chance);
      if (errand.stranger) {
        const Buyer stranger = province_.buyer(province_.draw_buyer(chance));
        plan_.buyer.county = stranger.county;
        plan_.buyer.consignee = stranger.consignee;
        plan_.buyer.phone = stranger.phone;
        plan_.buyer.building = stranger.building;
        plan_.buyer.room = stranger.room;
      } else {
        plan_.buyer.county = ring.dump_county;
      }
      bag(errand, ring, chance);
      if (errand.stranger && chance.permille(750)) {
        plan_.complained = plan_.signed_off + network_.delay(chance.between(kHourMs, 30 * kHourMs));
        plan_.complaint = chance.permille(600) ? "not_ordered" : "empty_parcel";
        plan_.complaint_channel = chance.permille(300) ? "12315" : "platform";
        plan_.complainant = plan_.buyer.consignee;
      }
      paid_review(ring, 700, chance);
      break;
    }
  }
  if (plan_.signed_off.ms != 0 && chance.permille(900)) plan_.confirmed = plan_.signed_off + network_.delay(chance.between(30 * kMinuteMs, 5 * kHourMs));
  if (ring.scenario == Scenario::kS2 && ring.pays_on_platform && plan_.confirmed.ms != 0) {
    // Commission of 8–12 yuan, one rate a ring and a better one for photographs.
    plan_.transferred = plan_.confirmed + network_.delay(chance.between(10 * kMinuteMs, 2 * kHourMs));
    plan_.transfer_fen = 800 + static_cast<std::int64_t>(ring.seed % 4) * 100 + (plan_.photos > 0 ? 100 : 0);
    plan_.transfer_reason = "goodwill";
  }
}

void Scripts::write_day(std::uint32_t day, Journal& journal, WorldSummary& summary) {
  Chance chance = Chance::of(options_.seed, 0x5C22, day);
  for (const Errand& e : days_[day]) {
    Ring& ring = rings_[e.ring];
    if (e.visits > 0) {
      write_visits(e, ring, journal, chance);
      ring.truth.first_fake = std::min(ring.truth.first_fake, e.created);
      ring.truth.last_fake = std::max(ring.truth.last_fake, e.created);
      continue;
    }
    plan(e, ring, journal, chance);
    const Journal::Written& written = journal.write(plan_);
    if (e.cover) { ++summary.orders; continue; }
    ring.truth.first_fake = std::min(ring.truth.first_fake, e.created);
    ring.truth.last_fake = std::max(ring.truth.last_fake, e.created);
    ++ring.truth.orders;
    if (!written.waybill.empty()) ++ring.truth.waybills;
    ++summary.orders;
    if (ring.truth.role == "lookalike") { ++summary.lookalike_orders; continue; }
    ++summary.fake_orders;
    const std::string_view platform = platforms()[province_.shops()[e.shop].platform];
    summary.truth_orders.push_back({e.ring, std::string(platform) + ":" + written.order, written.waybill, e.created});
  }
  days_[day] = {};  // a long world need not remember
}

void Scripts::tell_truth(WorldSummary& summary) const {
  for (const Ring& ring : rings_) {
    TruthRing truth = ring.truth;
    std::vector<std::string> shops;
    for (const std::uint32_t shop : ring.shops) {
      shops.push_back(province_.shops()[shop].canonical_id());
      if (!province_.shops()[shop].subject.empty()) truth.related.push_back(province_.shops()[shop].subject);
    }
    truth.subjects.insert(truth.subjects.begin(), shops.begin(), shops.end());
    if (truth.role != "offender") truth.related.clear();  // only an offender's operator may be named
    if (truth.first_fake == EventTime::max()) truth.first_fake = truth.last_fake = {};  // it did nothing
    summary.rings.push_back(std::move(truth));
  }
}

}  // namespace brushwatch::simulate
