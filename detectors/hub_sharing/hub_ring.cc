#include <bit>

#include "detectors/hub_sharing/hub_sharing.h"
#include "engine/math/llr.h"
#include "engine/math/milli.h"
#include "engine/math/tails.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "hub_sharing.orders_through_hubs",
     "{0} orders of the week came through {1} or more shared devices, purses, rooms or networks ({2} kinds); {3} of them through several at once or through hubs that serve few shops.",
     "本周有{0}个订单来自{1}个或更多被多名买家共用的设备、付款账户、房间或网络（{2}类），其中{3}个同时命中多类或来自只服务少数店铺的枢纽。"},
};
constexpr ParamInfo kParams[] = {
    {"min_orders", 5, "count", "four orders from one shared flat are a house party"},
    {"min_hubs", 3, "count", "one hub may be a mistake of a list of public places; unless two kinds agree"},
    {"alone_orders", 12, "count", "or the one hub sends a dozen orders to this shop in a week"},
    {"honest_orders", 2, "count", "weighted hub orders a week of a small honest shop"},
    {"least_orders", 8, "count", "phone-farm case: 78 orders a day over 7 shops; a week of a tenth of that"},
    {"log_p_max", -6'908, "milli-nats", "ln 1e-3: the graph never stands alone, so it need not be as sure as a count"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"plain_weight_permille", 250, "permille", "an order through one hub that serves everybody: families and offices make these for large shops"},
    {"kinds_weight_permille", 500, "permille", "through two kinds of hub that serve everybody: a help desk with its own phone and purse"},
    {"honest_share_permille", 12, "permille", "of a large shop's orders: one in fifty comes from a help desk and weighs a third; and as much again"},
};
enum Param : std::size_t { kMinOrders, kMinHubs, kAloneOrders, kHonestOrders, kLeastOrders, kLogPMax, kCap, kPlainWeight, kKindsWeight, kHonestShare };

constexpr std::uint32_t kKindBits = 0x1F;
constexpr std::uint32_t kFocused = 0x20;
constexpr std::uint32_t kFlags = kKindBits | kFocused;

/// Device, payer, room and network; the others are never hubs.
std::uint32_t kind_bit(PartyKind kind) {
  switch (kind) {
    case PartyKind::kDevice: return 1;
    case PartyKind::kPayer: return 2;
    case PartyKind::kRoom: return 4;
    case PartyKind::kIp24: return 8;
    default: return 16;
  }
}

/// A hub whose orders keep to few shops: at most 3 shops for 4 buyers. Honest hubs buy all over the market. The shops are
/// those of the hub's newest orders, so the buyers are capped at as many.
bool is_focused(const HubEdgeEvent& edge) {
  return edge.shops * 4 <= std::min<std::uint32_t>(edge.buyers, HubParty::kOrders) * 3;
}

/// Puts the fingerprint into the sorted set of the smallest; flags of the same order are united. True when it changed.
template <std::size_t N>
bool keep_smallest(std::array<std::uint32_t, N>& set, std::uint8_t& used, std::uint32_t print, std::uint32_t flags) {
  std::size_t at = 0;
  while (at < used && (set[at] & ~kFlags) < print) ++at;
  if (at < used && (set[at] & ~kFlags) == print) {
    const std::uint32_t before = set[at];
    set[at] |= flags;
    return set[at] != before;
  }
  if (at == N) return false;
  const std::size_t end = used < N ? used : N - 1U;
  std::copy_backward(set.begin() + static_cast<std::ptrdiff_t>(at), set.begin() + static_cast<std::ptrdiff_t>(end),
                     set.begin() + static_cast<std::ptrdiff_t>(end) + 1);
  set[at] = print | flags;
  if (used < N) ++used;
  return true;
}
std::uint32_t print_of(std::uint64_t hash) { return static_cast<std::uint32_t>(mix64(hash) >> 32) & ~kFlags; }

class Ring final : public DetectorOf<HubRing> {
 public:
  const DetectorInfo& info() const override {
    // Remembered orders come up to 14 days after they happened; that is no lateness of a source.
    static const DetectorInfo info{8, "hub_sharing", "ring", Stage::kRing, Family::kGraph, 1, 1, sizeof(HubRing),
                                   EventMask::of(EventType::kHubEdge), 15 * kDayMs, kParams, kReasons};
    return info;
  }

  void event(const Event& event, HubRing& state, FoldContext& ctx) const override {
    if (event.type != EventType::kHubEdge) return;
    const auto& edge = event.as<HubEdgeEvent>();
    if (edge.kind == PartyKind::kBuyer) return;  // a pair of orders of one buyer: D5's
    HubWeek* const week = state.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    if (state.shop.size == 0) state.shop.set(edge.shop.text);
    const std::uint32_t flags = kind_bit(edge.kind) | (is_focused(edge) ? kFocused : 0);
    bool changed = keep_smallest(week->orders, week->sampled, print_of(edge.order), flags);
    changed = keep_smallest(week->hubs, week->hubs_seen, print_of(edge.party), 0) || changed;
    changed = week->sketch.add(mix64(edge.order)) || changed;
    week->shop_week = std::max(week->shop_week, edge.shop_week);
    week->kinds |= static_cast<std::uint8_t>(kind_bit(edge.kind));
    week->refs.add(edge.origin);
    if (changed) ++week->head.changed;
    ctx.changed = true;
    say(*week, {SubjectKind::kShop, edge.shop}, event.event_time, false, ctx);
    state.weeks.ask(ctx);
  }

  bool timer(HubRing& state, FoldContext& ctx) const override {
    return state.weeks.close(ctx, [&](HubWeek& week) {
      say(week, {SubjectKind::kShop, state.shop.named()}, week.head.end(), true, ctx);
    });
  }

 private:
  void say(HubWeek& week, const Subject& subject, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.sampled < static_cast<std::uint64_t>(ctx.param(kMinOrders))) return;
    tell(info(), claim_of(week, ctx), week.head, subject, week.refs.span(), at, last, ctx);
  }

  static Claim claim_of(const HubWeek& week, const FoldContext& ctx) {
    std::int64_t strong = 0, weight = 0;
    for (std::size_t i = 0; i < week.sampled; ++i) {
      const std::uint32_t flags = week.orders[i] & kFlags;
      const bool focused = (flags & kFocused) != 0, kinds = std::popcount(flags & kKindBits) >= 2;
      strong += focused || kinds ? 1 : 0;
      weight += focused ? 1000 : ctx.param(kinds ? kKindsWeight : kPlainWeight);
    }
    std::int64_t orders = week.sampled;
    if (week.sampled == HubWeek::kSample) {  // the smallest fingerprints are a fair sample of all orders
      orders = std::max<std::int64_t>(orders, week.sketch.estimate());
      strong = strong * orders / week.sampled;
      weight = weight * orders / week.sampled;
    }
    const int kinds = std::popcount(week.kinds);
    const std::int64_t weighted = weight / 1000;
    const double honest = static_cast<double>(ctx.param(kHonestOrders)) + static_cast<double>(ctx.param(kHonestShare)) / 1000 * week.shop_week;
    const bool wide = kinds >= 2 || week.hubs_seen >= ctx.param(kMinHubs) || orders >= ctx.param(kAloneOrders);

    Claim claim;
    if (wide && orders >= ctx.param(kMinOrders)) {
      const double llr = poisson_llr(weighted, std::max({static_cast<double>(weighted), static_cast<double>(ctx.param(kLeastOrders)), 2 * honest}), honest);
      if (llr > 0 && log_poisson_tail(weighted, honest) < static_cast<double>(ctx.param(kLogPMax)) / 1000) {
        claim.llr_milli = std::min(to_milli(llr), ctx.param(kCap));
      }
    }
    claim.value_milli = weighted * 1000;
    claim.baseline_milli = to_milli(honest);
    claim.threshold_milli = ctx.param(kLeastOrders) * 1000;
    claim.reason = kReasons[0].code;
    claim.params = {orders, week.hubs_seen, kinds, strong};
    claim.count = static_cast<std::uint32_t>(orders);
    return claim;
  }
};

}  // namespace

const Detector& d8_ring() {
  static const Ring detector;
  return detector;
}

}  // namespace brushwatch
