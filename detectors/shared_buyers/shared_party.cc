#include <bit>
#include <utility>

#include "detectors/shared_buyers/shared_buyers.h"

namespace brushwatch {
namespace {

/// Catalogue D4: a window of 30 days; four weeks hold every weekday equally often.
constexpr std::uint32_t kMemoryMinutes = 28 * kDayMs / kMinuteMs;
/// Orders of one evening are one occasion, a coupon's or a wave's, however many shops they go to.
constexpr std::uint32_t kApartMinutes = 12 * 60;
/// Up to so many orders a week every buyer is kept: half of the mean shop's 238. A pool of thirty must leave seven in the sample of a shop twice
/// or four times as large.
constexpr std::uint32_t kWholeWeek = 128;

std::uint32_t depth_of(std::uint32_t shop_week) { return static_cast<std::uint32_t>(std::bit_width(shop_week / kWholeWeek)); }
bool sampled(Pid buyer, std::uint32_t depth) { return depth == 0 || mix64(buyer ^ 0xD4) >> (64 - depth) == 0; }

class Party final : public DetectorOf<SharedParty> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{4, "shared_buyers", "party", Stage::kParty, Family::kGraph, 1, 1, sizeof(SharedParty),
                                   EventMask::of(EventType::kEdge), kHourMs, {}, {}, parties({PartyKind::kBuyer})};
    return info;
  }

  void event(const Event& event, SharedParty& s, FoldContext& ctx) const override {
    const auto& edge = event.as<EdgeEvent>();
    if (edge.kind != PartyKind::kBuyer || edge.party == 0 || !edge.shop) return;
    const SharedShop fresh{edge.shop.hash, minute_since_1970(event.event_time), depth_of(edge.shop_week)};
    if (!sampled(edge.buyer, fresh.depth)) return ask(s, ctx);
    if (!remember(s, fresh)) return ask(s, ctx);
    for (std::size_t i = 0; i < s.used; ++i) {
      const SharedShop& other = s.shops[i];
      const std::uint32_t gap = other.minute > fresh.minute ? other.minute - fresh.minute : fresh.minute - other.minute;
      if (other.shop == fresh.shop || gap < kApartMinutes || gap > kMemoryMinutes) continue;
      tell_pair(edge.shop, edge.shop_week, {}, fresh, other, edge, event, ctx);
      tell_pair({other.shop, {}}, 0, edge.shop, other, fresh, edge, event, ctx);
    }
    ask(s, ctx);
  }

  bool timer(SharedParty& s, FoldContext& ctx) const override {
    if (s.used == 0) return false;
    if (wake_of(s) <= ctx.watermark) {
      s = {};
      return false;
    }
    ask(s, ctx);
    return true;
  }

 private:
  static EventTime wake_of(const SharedParty& s) { return {(static_cast<std::int64_t>(s.shops[s.used - 1].minute) + kMemoryMinutes) * kMinuteMs}; }
  static void ask(const SharedParty& s, FoldContext& ctx) {
    if (s.used != 0) ctx.end_at(wake_of(s));
  }

  /// False when the shop is remembered already, or older than the twelve that are.
  static bool remember(SharedParty& s, const SharedShop& fresh) {
    for (std::size_t i = 0; i < s.used; ++i) {
      if (s.shops[i].shop != fresh.shop) continue;
      if (fresh.minute < s.shops[i].minute + kMemoryMinutes) return false;
      for (; i + 1 < s.used; ++i) s.shops[i] = s.shops[i + 1];  // a month ago: begins anew
      s.shops[--s.used] = {};
    }
    std::size_t at = 0;
    while (at < s.used && std::pair(s.shops[at].minute, s.shops[at].shop) < std::pair(fresh.minute, fresh.shop)) ++at;
    if (s.used < SharedParty::kShops) {
      for (std::size_t i = s.used; i > at; --i) s.shops[i] = s.shops[i - 1];
      s.shops[at] = fresh;
      ++s.used;
      return true;
    }
    if (at == 0) return false;
    for (std::size_t i = 0; i + 1 < at; ++i) s.shops[i] = s.shops[i + 1];  // the oldest goes
    s.shops[at - 1] = fresh;
    return true;
  }

  /// To `shop`: a buyer of its sample also bought in `other`. The order that made the pair known is the evidence for both.
  static void tell_pair(const NamedId& shop, std::uint32_t shop_week, const NamedId& other_shop, const SharedShop& mine, const SharedShop& other, const EdgeEvent& edge,
                        const Event& cause, FoldContext& ctx) {
    Event out;
    HubEdgeEvent& pair = shop_pair(out, cause, cause.position, std::max(mine.minute, other.minute), edge.buyer, shop, shop_week, other.shop);
    pair.subject = other_shop;  // by name where it is known: a name tells the platform
    pair.order = edge.order;
    pair.buyers = mine.minute > other.minute ? mine.minute - other.minute : other.minute - mine.minute;
    pair.shops = 1 + std::max(mine.depth, other.depth);
    ctx.outbox->send(Stage::kRing, shop.hash, out);
  }
};

}  // namespace

const Detector& d4_party() {
  static const Party detector;
  return detector;
}

}  // namespace brushwatch
