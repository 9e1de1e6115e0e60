#include "detectors/rebate_ring/rebate_ring.h"

#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "rebate_ring.equal_rebates", "{0} small transfers to buyers beside {1} orders of the week; the three commonest sums make {2} of 1000. Share {v}, honest {b}.",
     "本周 {1} 笔订单对应 {0} 笔小额打款，其中最常见的三种金额占千分之 {2}。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"least_fen", 50, "fen", "below half a yuan it is a rounding, not a reward"},
    {"most_fen", 2'000, "fen", "rewards for praise are 1–3 yuan, commissions 5–20"},
    {"min_orders", 10, "count", "below ten a week a share has no meaning"},
    {"min_rebates", 5, "count", "catalogue D6"},
    {"equal_permille", 600, "permille", "at most three distinct sums (catalogue D6), two fifths left for honest goodwill"},
    {"honest_permille", 15, "permille", "1 % of orders get a small transfer, a third of them as goodwill; a poor week has more"},
    {"least_permille", 70, "permille", "19 % answered the weakest card campaign; a third of that"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kLeastFen, kMostFen, kMinOrders, kMinRebates, kEqual, kHonest, kLeast, kLogPMax, kCap };

bool has_own_name(const NamedId& reason) {
  static const std::uint64_t freight = hash64("freight"), guarantee = hash64("price_guarantee");
  return reason.hash == freight || reason.hash == guarantee;
}

class RebateRing final : public DetectorOf<RebateShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{6, "rebate_ring", "shop", Stage::kShop, Family::kOrder, 1, 1, sizeof(RebateShop),
                                   EventMask::of(EventType::kOrderPaid, EventType::kOrderMerchantTransfer), kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, RebateShop& s, FoldContext& ctx) const override {
    const auto& order = event.as<OrderEvent>();
    const bool paid = event.type == EventType::kOrderPaid;
    const bool counts = paid || (order.amount_fen >= ctx.param(kLeastFen) && order.amount_fen <= ctx.param(kMostFen) && !has_own_name(order.reason));
    RebateWeek* const week = counts ? s.weeks.open(event.event_time, ctx.watermark) : nullptr;
    if (week != nullptr) {
      ++week->head.changed;
      if (paid) {
        ++week->orders;
      } else {
        ++week->rebates;
        std::uint16_t& cell = week->amounts[mix64(static_cast<std::uint64_t>(order.amount_fen)) % week->amounts.size()];
        cell += cell != UINT16_MAX;
        week->refs.add(event.position);
        say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(RebateShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](RebateWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void say(RebateWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.rebates < ctx.param(kMinRebates)) return;
    auto sorted = week.amounts;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const std::uint32_t three = sorted[0] + sorted[1] + sorted[2];
    const RateRule rule = rate_rule(ctx, {kMinOrders, kMinRebates, kHonest, kLeast, kLogPMax, kCap});
    // A transfer may follow an order of last week: never more transfers than orders.
    Claim claim = rate_claim(kReasons[0].code, week.rebates, std::max(week.orders, week.rebates), rule);
    if (three * 1000LL < ctx.param(kEqual) * week.rebates) claim.llr_milli = 0;
    claim.params[2] = ratio_milli(three, std::max(1U, week.rebates));
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d6_shop() {
  static const RebateRing detector;
  return detector;
}

}  // namespace brushwatch
