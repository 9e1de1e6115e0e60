#include "simulate/parcel.h"

#include <algorithm>

#include "engine/base/hash.h"

namespace brushwatch::simulate {
namespace {

/// The next 08:00 or 14:00 wave after `t`, plus up to an hour to load the van.
EventTime next_wave(EventTime t, Chance& chance) {
  const EventTime day = window_start(t, kDayMs);
  for (const std::int64_t wave : {8 * kHourMs, 14 * kHourMs, 32 * kHourMs})
    if (t <= day + wave) return day + wave + chance.between(0, kHourMs);
  return day + 32 * kHourMs;
}

/// Upload of a scan: lognormal, median 2 min, p99 2 h → sigma = ln 60 / 2.326; 0.2 % wait a day and more.
std::int64_t upload_lag(Chance& chance, bool faults) {
  if (!faults) return 2 * kMinuteMs;
  if (chance.permille(2)) return 24 * kHourMs + chance.between(0, 16 * kHourMs);
  return std::min(chance.lognormal(2 * kMinuteMs, 1.76), 24 * kHourMs);
}

}  // namespace

EventTime Network::real_track(const TrackOrder& order, Chance& chance, std::vector<PlannedScan>& scans) const {
  const Outlet& from = province_.outlet(order.from);
  const std::uint32_t to = province_.outlet_in(order.carrier, order.county, order.to_n);
  const std::uint16_t city_a = counties()[from.county].city, city_b = counties()[order.county].city;
  const std::uint32_t hub_a = province_.hub_in(order.carrier, city_a), hub_b = province_.hub_in(order.carrier, city_b);
  const bool stamped = order.sign_at.ms != 0;
  // The scale shows 10 g steps; an outlet that does not weigh posts its default.
  const std::uint32_t scale = std::max(10U, (order.weight_g + 5) / 10 * 10);
  const std::uint32_t posted = from.default_weight_g != 0 ? from.default_weight_g : scale;
  const std::uint32_t volume = scale * static_cast<std::uint32_t>(chance.between(3, 7));

  const auto add = [&](std::string_view code, EventTime at, std::uint32_t outlet) -> PlannedScan& {
    return scans.emplace_back(PlannedScan{.code = code, .at = at, .ingest = at, .outlet = outlet});
  };
  const auto device = [](std::uint32_t outlet, int n) { return hash_combine(0xDE, outlet * 4ULL + static_cast<unsigned>(n)); };

  EventTime t = order.created;
  add("created", t, order.from);
  // Median 3 h, not the 9 h measured, and shorter stays below: a parcel within the province is home in about a day, so that a
  // world of a few days holds whole lives.
  t = order.pickup_at.ms != 0 ? order.pickup_at : t + delay(std::min(chance.lognormal(3 * kHourMs, 0.5), 14 * kHourMs));
  const int collector = static_cast<int>(chance.below(Province::kCouriers));
  PlannedScan& picked = add("picked_up", t, order.from);
  picked.courier = collector;
  picked.weight_g = posted;
  picked.device = device(order.from, collector);
  t = t + delay(chance.between(kHourMs / 2, 2 * kHourMs));
  add("departed", t, order.from).next_outlet = hub_a;
  t = t + delay(chance.between(kHourMs, 3 * kHourMs));
  PlannedScan& hub_in = add("arrived", t, hub_a);
  hub_in.prev_outlet = order.from;
  hub_in.weight_g = scale;  // the hub's belt weighs everything
  hub_in.volume_cm3 = volume;
  t = t + delay(chance.between(kHourMs / 2, 2 * kHourMs));
  if (city_a != city_b) {
    add("departed", t, hub_a).next_outlet = hub_b;
    const Outlet &a = province_.outlet(hub_a), &b = province_.outlet(hub_b);
    // Lorries at 65 km/h ± 8 %.
    t = t + delay(static_cast<std::int64_t>(distance_km(a.lat_e6, a.lon_e6, b.lat_e6, b.lon_e6) * 1.25 / 65 * kHourMs * (1 + 0.08 * chance.normal())));
    PlannedScan& in = add("arrived", t, hub_b);
    in.prev_outlet = hub_a;
    in.weight_g = scale;
    t = t + delay(chance.between(kHourMs, 3 * kHourMs));
  }
  add("departed", t, hub_b).next_outlet = to;
  t = t + delay(chance.between(kHourMs, 3 * kHourMs));
  if (stamped) t = std::min(t, order.sign_at - delay(chance.between(20 * kMinuteMs, 2 * kHourMs)));
  add("arrived", t, to).prev_outlet = hub_b;

  if (stamped) {
    PlannedScan& stamp = add("signed", order.sign_at, to);
    stamp.courier = 0;
    stamp.device = device(to, 0);
    t = order.sign_at;
    // A parcel that came too late for its batch would be signed before it arrived; the outlet backdates the trunk instead.
    for (std::size_t i = scans.size() - 1; i-- > 2;) scans[i].at = std::min(scans[i].at, scans[i + 1].at - 10 * kMinuteMs);
  } else {
    const int bringer = static_cast<int>(chance.below(Province::kCouriers));
    t = options_.time_compression == 1.0 ? next_wave(t, chance) : t + delay(chance.between(0, 8 * kHourMs));
    PlannedScan& out = add("out_for_delivery", t, to);
    out.courier = bringer;
    out.device = device(to, bringer);
    t = t + delay(chance.between(kHourMs, 4 * kHourMs));
    const std::uint64_t how = chance.below(100);
    if (how < 65) {  // left at the station, fetched by the buyer
      const std::uint32_t station = province_.station_in(order.county, static_cast<std::uint32_t>(chance.below(2)));
      PlannedScan& shelf = add("at_station", t, station);
      shelf.prev_outlet = to;
      t = t + delay(std::min(chance.lognormal(3 * kHourMs, 0.8), 20 * kHourMs));
      add("signed_station", t, station);
    } else {
      PlannedScan& hand = add(how < 90 ? "signed" : "signed_proxy", t, to);
      hand.courier = bringer;
      hand.device = device(to, bringer);
    }
  }
  make_faults(chance, scans);
  return t;
}

void Network::make_faults(Chance& chance, std::vector<PlannedScan>& scans) const {
  const bool faults = options_.scan_faults;
  for (std::size_t i = 0; i < scans.size(); ++i) {
    PlannedScan& scan = scans[i];
    if (faults) scan.at = scan.at + static_cast<std::int64_t>(40'000 * chance.normal());
    scan.ingest = std::max(scan.ingest, scan.at) + upload_lag(chance, faults);
  }
  if (!faults) return;
  for (PlannedScan& scan : scans)
    if (chance.permille(15)) {  // half-filled: the PDA was not logged in, the belt did not read the bag tag
      scan.courier = -1;
      scan.device = 0;
      scan.prev_outlet = scan.next_outlet = -1;
    }
  for (std::size_t i = 1; i + 1 < scans.size(); ++i)
    if (chance.permille(3)) std::swap(scans[i].at, scans[i + 1].at);  // two keys pressed in the wrong order
  for (std::size_t i = 0; i < scans.size(); ++i) {
    if (i + 1 < scans.size() && chance.permille(15)) {  // never the signature: the platform would not close the order
      scans.erase(scans.begin() + static_cast<std::ptrdiff_t>(i--));
      ++summary_.lost_scans;
    } else if (chance.permille(5)) {
      PlannedScan again = scans[i];
      again.at = again.at + chance.between(kSecondMs, 90 * kSecondMs);
      again.ingest = std::max(again.ingest, again.at) + chance.between(kSecondMs, kMinuteMs);
      scans.insert(scans.begin() + static_cast<std::ptrdiff_t>(++i), again);
      ++summary_.doubled_scans;
    }
  }
  for (PlannedScan& scan : scans) scan.ingest = std::max(scan.ingest, scan.at + kSecondMs);
}

EventTime Network::virtual_track(const TrackOrder& order, std::span<const std::int64_t> gaps, EventTime bulk_upload,
                                 Chance& chance, std::vector<PlannedScan>& scans) const {
  const std::uint32_t to = province_.outlet_in(order.carrier, order.county, order.to_n);
  constexpr std::string_view kCodes[] = {"arrived", "departed", "arrived", "departed", "signed"};
  scans.push_back({.code = "created", .at = order.created, .outlet = order.from});
  for (std::size_t i = 0; i < gaps.size() && i < std::size(kCodes); ++i)
    scans.push_back({.code = kCodes[i], .at = scans.back().at + gaps[i], .outlet = i < 2 ? order.from : to,
                     .prev_outlet = i == 2 ? order.from : -1LL, .next_outlet = i == 1 ? to : -1LL});
  for (PlannedScan& scan : scans) scan.ingest = std::max(bulk_upload, scan.at + kHourMs) + chance.between(0, 20 * kSecondMs);
  return scans.back().at;
}

}  // namespace brushwatch::simulate
