#pragma once
/// Notices, scans and edges for tests: an honest parcel from Xi'an to Beijing, to be bent by each test.

#include <deque>
#include <string>
#include <vector>

#include "engine/event/event.h"

namespace brushwatch::test {

/// Keeps the texts that events point to.
inline std::string_view keep(std::string text) {
  static std::deque<std::string> kept;
  return kept.emplace_back(std::move(text));
}

/// Monday 2026-11-02 00:00 in Shanghai.
inline constexpr EventTime kMonday{1'793'548'800'000};

struct Parcel {
  std::string waybill, order, shop = "taobao:S1", outlet = "XA-001", courier = "C-77";
  Pid sku = 11, buyer = 0, consignee = 0;
  std::uint32_t region6 = 110105, qty = 1, weight_g = 800;
  EventTime paid = kMonday;
  std::uint64_t offset = 0;  ///< of its first record in each source
};

inline Event notice_of(const Parcel& p) {
  Event event;
  event.type = EventType::kParcelNotice;
  event.event_time = p.paid + 6 * kHourMs;
  event.ingest_time = event.event_time;
  event.position = EvidenceRef::of(1, p.offset);
  auto& n = event.emplace<NoticeEvent>();
  n.carrier = NamedId::of("zto");
  n.waybill = NamedId::of(keep(p.waybill));
  n.order = NamedId::of(keep(p.order));
  n.shop = NamedId::of(keep(p.shop));
  n.subject = NamedId::of(keep("PLAT:" + p.shop));
  n.sku = p.sku;
  n.qty = p.qty;
  n.buyer = p.buyer != 0 ? p.buyer : hash64(p.order + "b");
  n.consignee = p.consignee != 0 ? p.consignee : hash64(p.order + "c");
  n.region6 = p.region6;
  n.paid_time = p.paid;
  return event;
}

struct Place {
  std::string outlet;
  OutletKind kind;
  std::uint32_t region6;
  std::int32_t lat_e6, lon_e6;
};
inline const Place kXianHub{"XA-HUB", OutletKind::kHub, 610112, 34'370'000, 108'870'000};
inline const Place kBeijingHub{"BJ-HUB", OutletKind::kHub, 110113, 40'120'000, 116'550'000};
inline const Place kBeijingOutlet{"BJ-009", OutletKind::kOutlet, 110105, 39'920'000, 116'440'000};

inline Event scan_of(const Parcel& p, ScanCode code, std::int64_t after_paid_ms, const Place& place, unsigned step) {
  Event event;
  event.type = EventType::kParcelScan;
  event.event_time = p.paid + after_paid_ms;
  event.ingest_time = event.event_time + 2 * kMinuteMs;
  event.position = EvidenceRef::of(2, p.offset + step);
  auto& s = event.emplace<ScanEvent>();
  s.carrier = NamedId::of("zto");
  s.waybill = NamedId::of(keep(p.waybill));
  s.code = code;
  s.outlet = NamedId::of(keep(place.outlet));
  s.outlet_kind = place.kind;
  s.region6 = place.region6;
  s.lat_e6 = place.lat_e6;
  s.lon_e6 = place.lon_e6;
  const bool weighed = code == ScanCode::kPickedUp || (code == ScanCode::kArrived && place.kind == OutletKind::kHub);
  s.weight_g = weighed ? p.weight_g : 0;
  if (code == ScanCode::kSigned) s.courier = NamedId::of(keep(p.courier));
  return event;
}

/// Nine scans over two days.
inline std::vector<Event> scans_of(const Parcel& p) {
  const Place outlet{p.outlet, OutletKind::kOutlet, 610113, 34'220'000, 108'950'000};
  return {
      scan_of(p, ScanCode::kCreated, 7 * kHourMs, outlet, 0),
      scan_of(p, ScanCode::kPickedUp, 15 * kHourMs, outlet, 1),
      scan_of(p, ScanCode::kDeparted, 17 * kHourMs, outlet, 2),
      scan_of(p, ScanCode::kArrived, 20 * kHourMs, kXianHub, 3),
      scan_of(p, ScanCode::kDeparted, 24 * kHourMs, kXianHub, 4),
      scan_of(p, ScanCode::kArrived, 40 * kHourMs, kBeijingHub, 5),
      scan_of(p, ScanCode::kArrived, 47 * kHourMs, kBeijingOutlet, 6),
      scan_of(p, ScanCode::kOutForDelivery, 50 * kHourMs, kBeijingOutlet, 7),
      scan_of(p, ScanCode::kSigned, 53 * kHourMs, kBeijingOutlet, 8),
  };
}
/// Notice and scans without the scans of these codes.
inline std::vector<Event> events_of(const Parcel& p, std::vector<ScanCode> lost = {}) {
  std::vector<Event> events{notice_of(p)};
  for (Event& scan : scans_of(p)) {
    bool keep_it = true;
    for (const ScanCode code : lost) keep_it = keep_it && scan.as<ScanEvent>().code != code;
    if (keep_it) events.push_back(std::move(scan));
  }
  return events;
}
/// Parcel `i` of a shop.
inline Parcel parcel(unsigned i, std::string shop = "taobao:S1") {
  Parcel p;
  p.waybill = "77" + shop + std::to_string(i);
  p.order = shop + "-O" + std::to_string(i);
  p.shop = std::move(shop);
  p.offset = 100ULL * (i + 1);
  p.paid = kMonday + static_cast<std::int64_t>(i) * kMinuteMs;
  return p;
}
inline std::uint64_t row_of(const Event& event) {
  if (event.type == EventType::kParcelNotice) return hash_combine(event.as<NoticeEvent>().carrier.hash, event.as<NoticeEvent>().waybill.hash);
  return hash_combine(event.as<ScanEvent>().carrier.hash, event.as<ScanEvent>().waybill.hash);
}

}  // namespace brushwatch::test
