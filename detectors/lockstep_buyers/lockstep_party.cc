#include <utility>

#include "detectors/lockstep_buyers/lockstep_buyers.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kMemoryMinutes = 30 * kDayMs / kMinuteMs;

class Party final : public DetectorOf<LockstepParty> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{5, "lockstep_buyers", "party", Stage::kParty, Family::kGraph, 1, 1, sizeof(LockstepParty),
                                   EventMask::of(EventType::kEdge), kHourMs, {}, {}, parties({PartyKind::kBuyer})};
    return info;
  }

  void event(const Event& event, LockstepParty& s, FoldContext& ctx) const override {
    const auto& edge = event.as<EdgeEvent>();
    if (edge.kind != PartyKind::kBuyer || edge.party == 0 || !edge.shop) return;
    const BoughtOrder fresh{edge.shop.hash, event.position.packed, static_cast<std::uint32_t>(mix64(edge.order) >> 32), minute_since_1970(event.event_time)};
    std::size_t at = 0;
    for (std::size_t i = 0; i < s.used; ++i) {
      if (s.orders[i].order == fresh.order) return;  // the same order again
      if (std::pair(s.orders[i].minute, s.orders[i].order) < std::pair(fresh.minute, fresh.order)) at = i + 1;
    }
    for (std::size_t i = 0; i < s.used; ++i) {
      const BoughtOrder& other = s.orders[i];
      const std::uint32_t gap = other.minute > fresh.minute ? other.minute - fresh.minute : fresh.minute - other.minute;
      if (other.shop == fresh.shop || gap > kMemoryMinutes) continue;
      tell_pair(edge.shop, edge.shop_week, fresh, other, gap, edge, event, ctx);
      tell_pair({other.shop, {}}, 0, other, fresh, gap, edge, event, ctx);
    }
    if (s.used < LockstepParty::kOrders) {
      for (std::size_t i = s.used; i > at; --i) s.orders[i] = s.orders[i - 1];
      s.orders[at] = fresh;
      ++s.used;
    } else if (at > 0) {  // the oldest goes
      for (std::size_t i = 0; i + 1 < at; ++i) s.orders[i] = s.orders[i + 1];
      s.orders[at - 1] = fresh;
    }
    ctx.changed = true;
    ask(s, ctx);
  }

  bool timer(LockstepParty& s, FoldContext& ctx) const override {
    if (s.used == 0) return false;
    if (wake_of(s) <= ctx.watermark) {
      s = {};
      return false;
    }
    ask(s, ctx);
    return true;
  }

 private:
  static EventTime wake_of(const LockstepParty& s) { return {(static_cast<std::int64_t>(s.orders[s.used - 1].minute) + kMemoryMinutes) * kMinuteMs}; }
  static void ask(const LockstepParty& s, FoldContext& ctx) { ctx.end_at(wake_of(s)); }

  /// To `shop`: a buyer of its order `mine` also made `other` elsewhere.
  static void tell_pair(const NamedId& shop, std::uint32_t shop_week, const BoughtOrder& mine, const BoughtOrder& other, std::uint32_t gap, const EdgeEvent& edge,
                        const Event& cause, FoldContext& ctx) {
    Event out;
    HubEdgeEvent& pair = shop_pair(out, cause, {mine.origin}, std::max(mine.minute, other.minute), edge.buyer, shop, shop_week, other.shop);
    pair.order = mine.order;
    pair.buyers = gap;
    ctx.outbox->send(Stage::kRing, shop.hash, out);
  }
};

}  // namespace

const Detector& d5_party() {
  static const Party detector;
  return detector;
}

}  // namespace brushwatch
