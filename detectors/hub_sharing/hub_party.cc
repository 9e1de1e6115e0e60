#include <bitset>

#include "detectors/hub_sharing/hub_sharing.h"

namespace brushwatch {
namespace {

constexpr ParamInfo kParams[] = {
    {"device_buyers", 6, "count", "catalogue D8: a family phone serves two to four accounts"},
    {"payer_buyers", 6, "count", "catalogue D8: parents and partners pay for a few accounts"},
    {"room_buyers", 15, "count", "catalogue D8: an office or shared flat receives for a dozen"},
    {"room_shops", 3, "count", "one group order from one shop is no ring"},
    {"ip_buyers", 30, "count", "a /24 of a residential network has hundreds of buyers; what tells is few shops, below"},
    {"ip_shops_max", 7, "count", "of the twelve newest orders of an honest network nearly all go to different shops"},
};
enum Param : std::size_t { kDeviceBuyers, kPayerBuyers, kRoomBuyers, kRoomShops, kIpBuyers, kIpShopsMax };

constexpr std::uint32_t kMemoryMinutes = 30 * kDayMs / kMinuteMs;
/// Weeks older than this are closed at `ring`.
constexpr std::uint32_t kPassOnMinutes = 14 * kDayMs / kMinuteMs;

std::uint32_t minute_of(EventTime t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(floor_div(t.ms, kMinuteMs), 0, (1U << 27) - 1));
}
/// Upper bits of a well mixed hash; never 0, which is a free slot.
std::uint32_t print_of(std::uint64_t hash) { return static_cast<std::uint32_t>(mix64(hash) >> 32) | 1; }

std::string_view name_of(const HubParty& hub, std::size_t slot) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < slot; ++i) at += hub.text_size[i];
  return {hub.text.data() + at, hub.text_size[slot]};
}

/// Frees the slots that no order uses any more and closes the gaps in the text.
void sweep_shops(HubParty& hub) {
  std::bitset<HubOrder::kNoShop + 1> live;
  for (std::size_t i = 0; i < hub.used; ++i) live.set(hub.orders[i].shop());
  std::array<char, HubParty::kText> text{};
  std::size_t at = 0;
  for (std::size_t slot = 0; slot < HubParty::kShops; ++slot) {
    if (!live.test(slot)) hub.shops[slot] = 0;
  }
  std::array<std::uint8_t, HubParty::kShops> sizes{};
  for (std::size_t slot = 0; slot < HubParty::kShops; ++slot) {
    if (hub.shops[slot] == 0) continue;
    const std::string_view name = name_of(hub, slot);
    std::copy(name.begin(), name.end(), text.begin() + static_cast<std::ptrdiff_t>(at));
    sizes[slot] = static_cast<std::uint8_t>(name.size());
    at += name.size();
  }
  hub.text = text;
  hub.text_size = sizes;
}

/// Slot of the shop, made when there is a free one; its name is kept when there is room.
std::uint32_t slot_of(HubParty& hub, const NamedId& shop) {
  const std::uint32_t print = print_of(shop.hash);
  std::size_t free = HubParty::kShops;
  std::size_t text = 0;
  for (std::size_t slot = 0; slot < HubParty::kShops; ++slot) {
    if (hub.shops[slot] == print) return static_cast<std::uint32_t>(slot);
    if (hub.shops[slot] == 0 && free == HubParty::kShops) free = slot;
    text += hub.text_size[slot];
  }
  if (free == HubParty::kShops) return HubOrder::kNoShop;
  hub.shops[free] = print;
  if (text + shop.text.size() <= HubParty::kText) {
    // Names stand in slot order: open a gap behind the names of the slots before.
    std::size_t at = 0;
    for (std::size_t slot = 0; slot < free; ++slot) at += hub.text_size[slot];
    char* const from = hub.text.data() + at;
    std::copy_backward(from, hub.text.data() + text, hub.text.data() + text + shop.text.size());
    std::copy(shop.text.begin(), shop.text.end(), from);
    hub.text_size[free] = static_cast<std::uint8_t>(shop.text.size());
  }
  return static_cast<std::uint32_t>(free);
}

std::uint32_t shops_of(const HubParty& hub) {
  std::bitset<HubOrder::kNoShop + 1> seen;
  for (std::size_t i = 0; i < hub.used; ++i) seen.set(hub.orders[i].shop());
  return static_cast<std::uint32_t>(seen.count());
}

std::uint32_t buyers_of(const HubParty& hub) {
  std::uint32_t distinct = 0;
  for (std::size_t i = 0; i < hub.used; ++i) {
    bool first = true;
    for (std::size_t j = 0; j < i && first; ++j) first = hub.orders[j].buyer != hub.orders[i].buyer;
    distinct += first ? 1 : 0;
  }
  // While all orders are held the count is exact; the sketch speaks only for what was let go.
  return hub.used < HubParty::kOrders ? distinct : std::max(distinct, hub.buyers.estimate());
}

void forget_before(HubParty& hub, std::uint32_t minute) {
  std::size_t old = 0;
  while (old < hub.used && hub.orders[old].minute() < minute) ++old;
  if (old == 0) return;
  std::copy(hub.orders.begin() + static_cast<std::ptrdiff_t>(old), hub.orders.begin() + hub.used, hub.orders.begin());
  hub.used = static_cast<std::uint8_t>(hub.used - old);
  for (std::size_t i = hub.used; i < hub.used + old; ++i) hub.orders[i] = {};
  sweep_shops(hub);
}

/// A buyer alone or a whole building links nobody; outlets, couriers and senders are others' business.
constexpr PartyKinds kLinking = parties({PartyKind::kDevice, PartyKind::kPayer, PartyKind::kRoom, PartyKind::kIp24});

class Party final : public DetectorOf<HubParty> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{8, "hub_sharing", "party", Stage::kParty, Family::kGraph, 1, 1, sizeof(HubParty),
                                   EventMask::of(EventType::kEdge), kHourMs, kParams, {}, kLinking};
    return info;
  }

  void event(const Event& event, HubParty& hub, FoldContext& ctx) const override {
    if (event.type != EventType::kEdge) return;
    const auto& edge = event.as<EdgeEvent>();
    if (!links(edge.kind) || edge.party == 0 || edge.buyer == 0 || !edge.shop) return;
    if (ctx.reference != nullptr && ctx.reference->public_place(edge.party) != nullptr) return;
    if (find(hub, edge.order) != nullptr) return;  // the same order again: paid twice in the log, or delivered twice
    const std::uint32_t minute = minute_of(event.event_time);
    count_buyer(hub, minute, edge.buyer);
    HubOrder* const kept = remember(hub, edge, minute, event.position);
    ctx.changed = true;
    ask(hub, ctx);

    const std::uint32_t buyers = buyers_of(hub);
    const std::uint32_t shops = shops_of(hub);
    if (!is_hub(edge.kind, buyers, shops, ctx)) return;
    Event out = hub_edge(edge, event, buyers, shops);
    if (kept != nullptr) kept->when |= 1;
    std::get_if<HubEdgeEvent>(&out.body)->subject = edge.subject;
    std::get_if<HubEdgeEvent>(&out.body)->shop_week = edge.shop_week;
    pass_on(out, edge.order, event.event_time, edge.buyer, edge.shop, event.position, ctx);
    std::get_if<HubEdgeEvent>(&out.body)->subject = {};  // not kept; the shop is known by its name
    std::get_if<HubEdgeEvent>(&out.body)->shop_week = 0;
    for (std::size_t i = 0; i < hub.used; ++i) {
      HubOrder& earlier = hub.orders[i];
      if (earlier.told() || earlier.shop() == HubOrder::kNoShop || earlier.minute() + kPassOnMinutes < newest(hub)) continue;
      const NamedId shop = NamedId::of(name_of(hub, earlier.shop()));
      if (!shop) continue;
      earlier.when |= 1;
      // Only a fingerprint of the buyer was kept, and `ring` counts orders.
      pass_on(out, earlier.order, {static_cast<std::int64_t>(earlier.minute()) * kMinuteMs}, 0, shop, {earlier.origin}, ctx);
    }
  }

  bool timer(HubParty& hub, FoldContext& ctx) const override {
    const std::uint32_t now = minute_of(ctx.watermark);
    if (hub.used != 0 && now >= kMemoryMinutes) forget_before(hub, now - kMemoryMinutes + 1);
    ctx.changed = true;
    if (hub.used == 0) return false;
    ask(hub, ctx);
    return true;
  }

 private:
  /// Whatever is older than the newest order's memory is forgotten at the next order, too: see remember().
  static void ask(const HubParty& hub, FoldContext& ctx) { ctx.end_at({(static_cast<std::int64_t>(newest(hub)) + kMemoryMinutes) * kMinuteMs}); }
  static bool links(PartyKind kind) { return (kLinking & parties({kind})) != 0; }
  static const HubOrder* find(const HubParty& hub, std::uint64_t order) {
    for (std::size_t i = 0; i < hub.used; ++i) {
      if (hub.orders[i].order == order) return &hub.orders[i];
    }
    return nullptr;
  }
  static std::uint32_t newest(const HubParty& hub) { return hub.used == 0 ? 0 : hub.orders[hub.used - 1U].minute(); }

  /// One sketch for each 30 days of the calendar: a sketch cannot forget, so it is begun anew.
  static void count_buyer(HubParty& hub, std::uint32_t minute, Pid buyer) {
    const std::uint32_t window = minute / kMemoryMinutes;
    if (window < hub.sketch_window) return;
    if (window > hub.sketch_window) {
      hub.sketch_window = window;
      hub.buyers = {};
    }
    hub.buyers.add(mix64(buyer));
  }

  /// Keeps the newest orders; nullptr when this one is older than all of them or than 30 days.
  static HubOrder* remember(HubParty& hub, const EdgeEvent& edge, std::uint32_t minute, EvidenceRef origin) {
    const std::uint32_t end = std::max(newest(hub), minute);
    if (end >= kMemoryMinutes) forget_before(hub, end - kMemoryMinutes);
    if (minute + kMemoryMinutes < end) return nullptr;
    const auto after = [&](const HubOrder& o) { return std::pair(o.minute(), o.order) > std::pair(minute, edge.order); };
    if (hub.used == HubParty::kOrders) {
      if (after(hub.orders.front())) return nullptr;
      std::copy(hub.orders.begin() + 1, hub.orders.end(), hub.orders.begin());
      --hub.used;
      hub.orders[hub.used] = {};
      sweep_shops(hub);
    }
    const std::uint32_t slot = slot_of(hub, edge.shop);
    std::size_t at = hub.used++;
    for (; at > 0 && after(hub.orders[at - 1]); --at) hub.orders[at] = hub.orders[at - 1];
    hub.orders[at] = {edge.order, origin.packed, print_of(edge.buyer), minute << 5 | slot << 1};
    return &hub.orders[at];
  }

  static bool is_hub(PartyKind kind, std::uint32_t buyers, std::uint32_t shops, const FoldContext& ctx) {
    switch (kind) {
      case PartyKind::kDevice: return buyers >= ctx.param(kDeviceBuyers);
      case PartyKind::kPayer: return buyers >= ctx.param(kPayerBuyers);
      case PartyKind::kRoom: return buyers >= ctx.param(kRoomBuyers) && shops >= ctx.param(kRoomShops);
      case PartyKind::kIp24: return buyers >= ctx.param(kIpBuyers) && shops <= ctx.param(kIpShopsMax);
      default: return false;
    }
  }

  static Event hub_edge(const EdgeEvent& edge, const Event& cause, std::uint32_t buyers, std::uint32_t shops) {
    Event out;
    out.type = EventType::kHubEdge;
    out.ingest_time = cause.ingest_time;
    out.platform = cause.platform;
    auto& body = out.emplace<HubEdgeEvent>();
    body.kind = edge.kind;
    body.party = edge.party;
    body.buyers = buyers;
    body.shops = shops;
    return out;
  }
  static void pass_on(Event& out, std::uint64_t order, EventTime at, Pid buyer, const NamedId& shop, EvidenceRef origin, FoldContext& ctx) {
    auto& body = *std::get_if<HubEdgeEvent>(&out.body);
    out.event_time = at;
    out.position = origin;
    body.order = order;
    body.buyer = buyer;
    body.shop = shop;
    body.origin = origin;
    // Straight to the outbox: the position is the order's own, also when a later order brought it to light.
    ctx.outbox->send(Stage::kRing, shop.hash, out);
  }
};

}  // namespace

const Detector& d8_party() {
  static const Party detector;
  return detector;
}

}  // namespace brushwatch
