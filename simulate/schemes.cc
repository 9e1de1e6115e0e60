// The attacks beyond S2–S5 and S8: who takes part, when, and what each order of theirs looks like.

#include <algorithm>

#include "engine/base/hash.h"
#include "simulate/phrases.h"
#include "simulate/scripts.h"

namespace brushwatch::simulate {
namespace {

/// Share of parcels filled up to the catalogue's weight, by camouflage.
constexpr std::uint32_t kPadded[] = {0, 0, 400, 800};
/// Share of orders with a scripted visit before them.
constexpr std::uint32_t kBrowsed[] = {300, 600, 900, 1000};

}  // namespace

EventTime Scripts::any_moment() {
  const std::uint32_t quiet = std::min(options_.quiet_days, options_.days - 1);
  const auto day = static_cast<std::uint32_t>(quiet + chance_.below(options_.days - quiet));
  return honest_.moment_of_day(day, chance_);
}

void Scripts::cover_orders(EventTime near, std::uint32_t account, std::uint32_t permille) {
  for (; permille > 0; permille -= std::min(permille, 1000U)) {
    if (!chance_.permille(std::min(permille, 1000U))) continue;
    const EventTime at = std::min(near + chance_.between(2 * kMinuteMs, 5 * kHourMs), options_.start + options_.days * kDayMs - 1);
    errand(at, province_.draw_shop(chance_), account);
    days_[static_cast<std::size_t>(floor_div(at - options_.start, kDayMs))].back().cover = true;
  }
}

void Scripts::add_scheme(Scenario scenario) {
  Ring& ring = new_ring(scenario);
  const bool large = scenario == Scenario::kM4L;
  const bool busy = info_of(scenario).needs_sales;
  ring.shops = take_shops(info_of(scenario).shops, true, large ? 8 : busy ? 1.5 : 0.3, large ? 60 : 20);
  const std::uint32_t shop = ring.shops.front();
  const auto strangers = [&](std::uint32_t n) { for (; n > 0; --n) ring.accounts.push_back(province_.buyer(province_.draw_buyer(chance_))); };
  const auto scaled = [&](std::int64_t low, std::int64_t high) {
    return std::max(3U, static_cast<std::uint32_t>(static_cast<double>(chance_.between(low, high)) * options_.intensity));
  };
  const std::uint32_t quiet = std::min(options_.quiet_days, options_.days - 1), days_left = options_.days - quiet;
  // A gift warehouse in Xi'an or its neighbour; more than one when the sender is to be hidden.
  for (int n = 0; n < (ring.knob(Knob::kTrack) >= 2 ? 3 : 1); ++n) {
    const auto carrier = static_cast<std::uint8_t>(chance_.below(carriers().size()));
    ring.outlets.push_back(province_.outlet_in(carrier, static_cast<std::uint16_t>(chance_.below(counties_of(0).count)), 0));
    ring.truth.related.push_back(province_.outlet(ring.outlets.back()).id);
  }
  ring.pays_on_platform = ring.knob(Knob::kMoney) < 3 && rings_.size() % 2 == 1;

  switch (scenario) {
    case Scenario::kM1: {  // at least thirty in two hours; at level 3 in six
      const std::uint32_t orders = std::max(30U, scaled(35, 80));
      const int accounts = ring.knob(Knob::kAccounts), pace = ring.knob(Knob::kPace);
      const std::uint32_t phones = accounts >= 2 ? orders : std::max(3U, orders / 6);
      for (std::uint32_t i = 0; i < orders; ++i) {
        Buyer b = province_.buyer(province_.draw_new_account(chance_));
        if (accounts < 2) b.device = mix64(ring.seed + i % phones), b.payer = mix64(~ring.seed + i % phones / 3), b.ip24 = mix64(ring.seed * 3);
        ring.accounts.push_back(b);
      }
      const std::int64_t span = (pace == 3 ? 6 : 2) * kHourMs, step = span / orders;
      const auto day = static_cast<std::uint32_t>(quiet + chance_.below(days_left));
      EventTime t = options_.start + day * kDayMs + chance_.between(9, 17) * kHourMs;
      for (std::uint32_t i = 0; i < orders; ++i, t = t + step) errand(t + chance_.between(0, pace == 0 ? kSecondMs : step), shop, i);
      break;
    }
    case Scenario::kM3: case Scenario::kP4: case Scenario::kP5: case Scenario::kS6: case Scenario::kN1: {
      // One order a stranger; the job stands on the platform for some days.
      const std::uint32_t orders = std::max(20U, scaled(30, 160));
      strangers(orders);
      const auto span = std::min<std::int64_t>(days_left, chance_.between(3, 8));
      const std::int64_t first = quiet + chance_.between(0, days_left - span);
      for (std::uint32_t i = 0; i < orders; ++i)
        errand(honest_.moment_of_day(static_cast<std::uint32_t>(first + static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(span)))), chance_), shop, i);
      break;
    }
    case Scenario::kM4S: case Scenario::kM4L: {  // the mean of the markets: twenty tasks in two months
      const std::uint32_t orders = std::max(8U, scaled(18, 24));
      strangers(orders);
      for (std::uint32_t i = 0; i < orders; ++i) errand(any_moment(), shop, i);
      break;
    }
    case Scenario::kM5: {
      const std::uint32_t orders = std::max(10U, scaled(20, 40));
      strangers(orders);
      for (std::uint32_t i = 0; i < orders; ++i) errand(any_moment(), shop, i);
      break;
    }
    case Scenario::kS1: {  // each seller buys from all others, on two accounts
      strangers(static_cast<std::uint32_t>(2 * ring.shops.size()));
      for (std::uint32_t s = 0; s < ring.shops.size(); ++s)
        for (std::uint32_t a = 0; a < ring.accounts.size(); ++a) {
          if (a / 2 == s) continue;
          const EventTime at = any_moment();
          errand(at, ring.shops[s], a);
          if (const int cover = ring.knob(Knob::kCover); cover > 0) cover_orders(at, a, cover == 1 ? 500 : 1500);
        }
      break;
    }
    case Scenario::kS7: {
      const std::uint32_t orders = scaled(40, 120);
      strangers(orders);
      for (std::uint32_t i = 0; i < orders; ++i) errand(any_moment(), shop, i);
      break;
    }
    case Scenario::kS9: {  // a dozen people in a few days; at higher levels over all the world's span
      const std::uint32_t orders = std::max(8U, scaled(12, 30));
      strangers(12);
      const int pace = ring.knob(Knob::kPace);
      const auto span = std::min<std::int64_t>(days_left, pace >= 2 ? days_left : 3 + 2 * pace);
      const std::int64_t first = quiet + chance_.between(0, days_left - span);
      for (std::uint32_t i = 0; i < orders; ++i)
        errand(honest_.moment_of_day(static_cast<std::uint32_t>(first + static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(span)))), chance_), shop, i % 12);
      break;
    }
    case Scenario::kS10: {  // 15 yuan for ten thousand views: day and night on two items, from many networks
      const std::uint32_t a_day = scaled(1'500, 4'000);
      constexpr std::uint16_t kBatch = 25;  // of one network, within a quarter of an hour
      strangers(1);
      const auto span = std::min<std::int64_t>(days_left, chance_.between(4, 8));
      const std::int64_t first = quiet + chance_.between(0, days_left - span);
      for (std::int64_t d = first; d < first + span; ++d)
        for (std::uint32_t n = 0; n < a_day; n += kBatch) {
          // Flat over the hours; from level 2 on as people sleep.
          const EventTime flat = options_.start + d * kDayMs + chance_.between(0, kDayMs - 1);
          errand(ring.knob(Knob::kPace) >= 2 ? honest_.moment_of_day(static_cast<std::uint32_t>(d), chance_) : flat, shop, 0);
          days_[static_cast<std::size_t>(d)].back().visits = kBatch;
        }
      break;
    }
    case Scenario::kS11: {  // fifty people, three hot items, two targets, 200 clicks each
      strangers(50);
      const auto span = std::min<std::int64_t>(days_left, chance_.between(3, 6));
      const std::int64_t first = quiet + chance_.between(0, days_left - span);
      const std::uint32_t clicks = scaled(200, 200);
      constexpr std::uint16_t kSitting = 20;
      for (std::uint32_t a = 0; a < 50; ++a)
        for (std::uint32_t n = 0; n < clicks; n += kSitting) {
          const auto d = static_cast<std::uint32_t>(first + static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(span))));
          errand(honest_.moment_of_day(d, chance_), shop, a);
          days_[d].back().visits = kSitting;
        }
      break;
    }
    case Scenario::kS12: {  // one agency: its workers serve all nine shops, its computers pay, its warehouse sends
      for (std::size_t s = 5; s < ring.shops.size(); ++s) {  // nine shops of five firms
        Shop& second = province_.shops()[ring.shops[s]];
        const Shop& same_firm = province_.shops()[ring.shops[s - 5]];
        if (!same_firm.subject.empty()) second.subject = same_firm.subject;
      }
      ring.outlets.resize(1);
      ring.truth.related.resize(1);
      const std::uint32_t workers = ring.knob(Knob::kAccounts) >= 2 ? 120 : 45;
      strangers(workers);
      if (ring.knob(Knob::kAccounts) < 2) for (std::uint32_t w = 0; w < workers; ++w) ring.accounts[w].payer = mix64(~ring.seed + w / 9);
      for (const std::uint32_t s : ring.shops)
        for (std::uint32_t i = scaled(25, 60); i > 0; --i) {
          const EventTime at = any_moment();
          const auto worker = static_cast<std::uint32_t>(chance_.below(workers));
          errand(at, s, worker);
          if (const int cover = ring.knob(Knob::kCover); cover > 0) cover_orders(at, worker, cover == 1 ? 500 : 1500);
        }
      break;
    }
    default: {  // S13: a few accounts order for people who know nothing of it
      const std::uint32_t orders = scaled(80, 200), accounts = ring.knob(Knob::kAccounts) >= 2 ? orders : 6;
      strangers(accounts);
      for (std::uint32_t i = 0; i < orders; ++i) {
        const EventTime at = any_moment();
        errand(at, shop, i % accounts);
        days_[static_cast<std::size_t>(floor_div(at - options_.start, kDayMs))].back().stranger = true;
      }
    }
  }
}

void Scripts::begin_fake(const Errand& errand, const Ring& ring, Chance& chance) {
  const int browsing = ring.knob(Knob::kBrowsing);
  const Shop& shop = province_.shops()[errand.shop];
  plan_.created = errand.created;
  plan_.shop = errand.shop;
  plan_.buyer = ring.accounts[errand.account];
  plan_.channel = "search";
  plan_.keyword = hash_combine(0x3EED + shop.category, browsing >= 2 ? chance.below(100) : hash_combine(ring.seed, errand.shop) % 100);
  plan_.chats = chance.permille(250) ? 2 : 0;
  do {
    honest_.choose_goods(shop, chance, plan_);
  } while (shop.items[plan_.items[0].item].virtual_goods);
  plan_.paid = plan_.created + (ring.knob(Knob::kPace) >= 2 ? kSecondMs + std::min(static_cast<std::int64_t>(90'000 * chance.exponential()), 25 * kMinuteMs)
                                       : chance.between(10 * kSecondMs, 100 * kSecondMs));
  if (!chance.permille(kBrowsed[browsing])) return;
  if (browsing == 3) honest_.browse(chance, plan_);  // told to read like a buyer
  else scripted_views(ring, chance.permille(500), chance);
}

void Scripts::send(const Ring& ring, std::uint32_t light_g, std::uint32_t padded_permille, Chance& chance) {
  const std::uint32_t from = ring.outlets[chance.below(ring.outlets.size())];
  plan_.carrier = province_.outlet(from).carrier;
  plan_.shipped = plan_.paid + network_.delay(chance.between(kHourMs, 20 * kHourMs));
  TrackOrder track{.carrier = plan_.carrier, .from = from, .county = plan_.buyer.county, .to_n = static_cast<std::uint32_t>(plan_.buyer.building & 1),
                   .created = plan_.shipped + chance.between(kSecondMs, kMinuteMs),
                   .weight_g = std::max(10U, static_cast<std::uint32_t>(chance.lognormal(light_g, 0.15)))};
  if (chance.permille(padded_permille))
    track.weight_g = static_cast<std::uint32_t>(honest_.parcel_weight(plan_, chance) * static_cast<std::uint64_t>(chance.between(80, 120)) / 100);
  plan_.signed_off = network_.real_track(track, chance, plan_.scans);
}

void Scripts::send_strangers_parcel(bool early, Chance& chance) {
  // A parcel of somebody else's, on its way to the same city; its own order is nobody's business here.
  const Shop& other = province_.shops()[province_.draw_shop(chance)];
  const CountyRange range = counties_of(counties()[plan_.buyer.county].city);
  plan_.carrier = other.carrier;
  plan_.shipped = plan_.paid + network_.delay(chance.between(kHourMs, 10 * kHourMs));
  TrackOrder track{.carrier = other.carrier, .from = other.outlet, .county = static_cast<std::uint16_t>(range.first + chance.below(range.count)),
                   .to_n = static_cast<std::uint32_t>(chance.below(2)), .created = plan_.shipped + chance.between(kMinuteMs, 8 * kHourMs),
                   .weight_g = static_cast<std::uint32_t>(std::max<std::int64_t>(20, chance.lognormal(600, 0.9)))};
  if (early) track.created = plan_.created - chance.between(kHourMs, 20 * kHourMs);
  plan_.signed_off = network_.real_track(track, chance, plan_.scans);
  // The carrier's feed gives a number's scans from the moment on that somebody asks for it.
  for (PlannedScan& scan : plan_.scans) scan.ingest = std::max(scan.ingest, plan_.shipped);
  plan_.signed_off = std::max(plan_.signed_off, plan_.shipped + kMinuteMs);
}

void Scripts::use_old_number(const Ring& ring, Journal& journal, Chance& chance) {
  plan_.shipped = plan_.paid + network_.delay(chance.between(kHourMs, 10 * kHourMs));
  const bool same_city = ring.knob(Knob::kTrack) > 0 || chance.permille(700);
  const std::uint16_t city = same_city ? counties()[plan_.buyer.county].city : static_cast<std::uint16_t>(chance.below(kProvinceCities));
  const std::int64_t oldest = ring.knob(Knob::kTrack) > 0 ? 7 * kDayMs : 30 * kDayMs;
  const Journal::Delivered* old = journal.draw_delivered(plan_.created - oldest, plan_.created - kHourMs, city, chance);
  if (old == nullptr) return send(ring, ring.bag_g, 0, chance);  // the dealer has none yet: an empty bag will do
  plan_.carrier = old->carrier;
  plan_.old_waybill = old->waybill;
  plan_.signed_off = plan_.shipped + network_.delay(chance.between(kHourMs, 30 * kHourMs));
}

void Scripts::settle_up(const Ring& ring, std::uint32_t rebate_permille, std::int64_t least_fen, std::int64_t most_fen, Chance& chance) {
  if (plan_.signed_off.ms == 0) return;
  if (chance.permille(ring.knob(Knob::kPace) >= 2 ? 500 : 900)) plan_.confirmed = plan_.signed_off + network_.delay(chance.between(kHourMs, 30 * kHourMs));
  if (!chance.permille(rebate_permille)) return;
  plan_.transferred = std::max({plan_.signed_off, plan_.reviewed, plan_.confirmed}) + network_.delay(chance.between(10 * kMinuteMs, 12 * kHourMs));
  plan_.transfer_fen = least_fen + static_cast<std::int64_t>(ring.seed % 3) * (most_fen - least_fen) / 4 + (plan_.photos > 0 ? (most_fen - least_fen) / 2 : 0);
  plan_.transfer_reason = "goodwill";
}

void Scripts::review_later(const Ring& ring, std::uint32_t permille, Chance& chance) {
  paid_review(ring, permille, chance);
  if (plan_.reviewed.ms == 0 || ring.knob(Knob::kWords) < 2) return;
  plan_.reviewed = plan_.signed_off + network_.delay(chance.lognormal(24 * kHourMs, 0.9));
  if (chance.permille(150)) plan_.stars = 4;
}

void Scripts::plan_scheme(const Errand& errand, const Ring& ring, Journal& journal, Chance& chance) {
  const int words = ring.knob(Knob::kWords), weight = ring.knob(Knob::kWeight);
  plan_.clear();
  const std::uint32_t commission = ring.pays_on_platform ? 900 : 0;
  switch (ring.scenario) {
    case Scenario::kM5:  // a real buyer, real goods, a friend's favour: only the reward and the star are left
      honest_.plan_order(errand.shop, errand.created, ring.accounts[errand.account], chance, plan_);
      if (plan_.signed_off.ms == 0) return;
      review_later(ring, 800, chance);
      return settle_up(ring, commission, 800, 1200, chance);
    case Scenario::kS7:
      honest_.plan_order(errand.shop, errand.created, ring.accounts[errand.account], chance, plan_);
      if (plan_.signed_off.ms == 0 || plan_.refunded.ms != 0) return;
      review_later(ring, 1000, chance);
      plan_.photos = 1;
      return settle_up(ring, ring.knob(Knob::kMoney) == 3 ? 0 : 950, 100, 300, chance);  // at level 3 through a messenger
    case Scenario::kS9: {
      honest_.plan_order(errand.shop, errand.created, ring.accounts[errand.account], chance, plan_);
      if (plan_.signed_off.ms == 0) return;
      plan_.refund_requested = plan_.refunded = plan_.closed = {};
      plan_.confirmed = plan_.signed_off + network_.delay(chance.between(kHourMs, 10 * kHourMs));
      plan_.reviewed = plan_.confirmed + network_.delay(chance.between(10 * kMinuteMs, 5 * kHourMs));
      plan_.stars = chance.permille(words >= 2 ? 600 : 900) ? 1 : 2;
      plan_.photos = 0;
      honest_text(chance, false, plan_.review);
      if (chance.permille(500)) {  // the shop pays, and the stars change
        plan_.transferred = plan_.reviewed + network_.delay(chance.between(kHourMs, 20 * kHourMs));
        plan_.transfer_fen = chance.between(100, 200) * 100;
        plan_.transfer_reason = "goodwill";
        plan_.edited = plan_.transferred + network_.delay(chance.between(5 * kMinuteMs, 5 * kHourMs));
        plan_.edited_stars = 5;
      } else if (chance.permille(words >= 2 ? 300 : 600)) {  // the shop reports it
        plan_.complained = plan_.reviewed + network_.delay(chance.between(kHourMs, 20 * kHourMs));
        plan_.complaint = chance.permille(500) ? "threatened_review" : "malicious_review";
        plan_.complaint_channel = "platform";
        plan_.complainant = province_.shops()[errand.shop].sender;
      }
      return;
    }
    default: break;
  }
  begin_fake(errand, ring, chance);
  switch (ring.scenario) {
    case Scenario::kM1: send(ring, ring.bag_g, kPadded[weight], chance); break;
    case Scenario::kP5: send(ring, weight == 0 ? 60 : static_cast<std::uint32_t>(chance.between(40, 300)), weight == 3 ? 600 : 0, chance); break;
    case Scenario::kP4: send_strangers_parcel(ring.knob(Knob::kTrack) == 0 && chance.permille(500), chance); break;
    case Scenario::kS6: use_old_number(ring, journal, chance); break;
    case Scenario::kN1: chance.permille(500) ? send_strangers_parcel(false, chance) : send(ring, ring.bag_g, 500, chance); break;
    case Scenario::kS13: {
      const Buyer stranger = province_.buyer(province_.draw_buyer(chance));
      plan_.buyer.county = stranger.county, plan_.buyer.consignee = stranger.consignee, plan_.buyer.phone = stranger.phone;
      plan_.buyer.building = stranger.building, plan_.buyer.room = stranger.room;
      send(ring, ring.bag_g, kPadded[weight] / 2, chance);
      if (chance.permille(100)) {
        plan_.complained = plan_.signed_off + network_.delay(chance.between(kHourMs, 40 * kHourMs));
        plan_.complaint = "not_ordered";
        plan_.complaint_channel = chance.permille(300) ? "12315" : "platform";
        plan_.complainant = stranger.consignee;
      }
      break;
    }
    // M3, M4, S1: half send an empty bag, half a small gift.
    default: send(ring, ring.seed % 2 == 0 ? ring.bag_g : 90, kPadded[weight], chance);
  }
  review_later(ring, ring.scenario == Scenario::kS13 ? 600 : 850, chance);
  settle_up(ring, commission, 800, 1200, chance);
}

void Scripts::write_visits(const Errand& errand, const Ring& ring, Journal& journal, Chance& chance) {
  const Shop& shop = province_.shops()[errand.shop];
  const int browsing = ring.knob(Knob::kBrowsing), accounts = ring.knob(Knob::kAccounts);
  PlannedView view{.shop = errand.shop, .at = errand.created, .session = chance.next()};
  const auto target_item = [&] { return static_cast<std::uint32_t>(chance.below(std::min<std::size_t>(2, shop.items.size()))); };
  const std::uint64_t network = chance.next();
  for (std::uint16_t n = 0; n < errand.visits; ++n) {
    if (ring.scenario == Scenario::kS10) {
      view.item = target_item();
      view.ua = "browser";
      view.ip24 = accounts == 3 ? chance.next() : network;
      view.device = accounts >= 1 ? chance.next() : mix64(network + n % 3);
      if (accounts >= 2) view.session = chance.next();
      view.scrolled = chance.permille(browsing == 0 ? 0 : browsing == 1 ? 300 : 800);
      view.dwell_ms = static_cast<std::uint32_t>(browsing == 0 ? chance.between(300, 1'500) : chance.lognormal(browsing == 1 ? 3'000 : 15'000, 0.9));
      view.at = view.at + chance.between(2 * kSecondMs, 50 * kSecondMs);
    } else {  // S11: the hot one and the target in turn, logged in
      const Buyer& clicker = ring.accounts[errand.account];
      view.buyer = clicker.id, view.device = clicker.device, view.ip24 = clicker.ip24;
      if (n % 2 == 1) {
        view.shop = errand.shop, view.item = target_item();
      } else {  // a hot item belongs to a shop that many visit; three for the ring's whole life
        Chance hot = Chance::of(ring.seed, 0x407, browsing >= 2 && chance.permille(300) ? chance.next() : chance.below(3));
        view.shop = province_.draw_shop(hot), view.item = 0;
      }
      view.dwell_ms = static_cast<std::uint32_t>(browsing == 0 ? ring.dwell_ms / 12 + chance.between(0, kSecondMs) : chance.lognormal(ring.dwell_ms / 6, 0.3 * browsing));
      view.at = view.at + view.dwell_ms + chance.between(kSecondMs, 3 * kSecondMs);
    }
    journal.write_view(view);
  }
}

}  // namespace brushwatch::simulate
