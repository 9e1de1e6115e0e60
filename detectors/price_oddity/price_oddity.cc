#include "detectors/price_oddity/price_oddity.h"

#include <bit>

#include "detectors/shop_core/day_profile.h"
#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "price_oddity.nearly_free", "{0} of {1} orders of the week for goods that others paid in full on the same {2} days and more cost at most a tenth of the list price, in about {3} different amounts. Share {v}, honest {b}.",
     "本周至少 {2} 天里，同款商品有人按原价购买，却有 {0} 单（共 {1} 单）实付不超过标价的一成，金额约 {3} 种。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"free_permille", 100, "permille", "a tenth of the list price and less: beyond what coupons, members and clearances give off"},
    {"min_days", 3, "days", "a mispriced item is put right within hours, a clearance begins or ends once a week"},
    {"min_orders", 15, "count", "below fifteen a week a share has no meaning"},
    {"min_free", 6, "count", "samples for a few friends, a claim made good with a new piece"},
    {"honest_permille", 30, "permille", "exchanges booked as new orders, staff, prizes"},
    {"least_permille", 200, "permille", "one order in five of the item"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 2'500, "milli-nats", "daily flash sales and one-fen samples that nobody announced look the same: twelve to one is all that this can say"},
    {"promotion_milli", 1'200, "milli", "while a promotion holds that brings a fifth more orders, prices are what it makes them: left out"},
};
enum Param : std::size_t { kFree, kMinDays, kMinOrders, kMinFree, kHonest, kLeast, kLogPMax, kCap, kPromotion };

struct Price {
  std::int64_t list_fen = 0, paid_fen = 0;
};
/// Of the order's first item; the order's own sums stand in for what it does not say. list 0: not known.
Price price_of(const OrderEvent& order, const OrderItem& item, const FoldContext& ctx) {
  Price out{item.list_fen * item.qty, item.paid_fen};
  if (out.list_fen == 0) {
    const ReferenceEntry* const known = ctx.reference->item(item.sku);
    if (known != nullptr && !known->virtual_goods) out.list_fen = known->list_fen * item.qty;
  }
  if (out.paid_fen == 0 && order.items.size() == 1) out.paid_fen = order.paid_fen;
  return out;
}

class PriceOddity final : public DetectorOf<PriceShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{2, "price_oddity", "shop", Stage::kShop, Family::kOrder, 1, 1, sizeof(PriceShop),
                                   EventMask::of(EventType::kOrderPaid), kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, PriceShop& s, FoldContext& ctx) const override {
    const auto& order = event.as<OrderEvent>();
    if (!order.items.empty()) count(order, event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(PriceShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](PriceWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void count(const OrderEvent& order, const Event& event, PriceShop& s, FoldContext& ctx) const {
    const OrderItem& item = order.items.front();
    const Price price = price_of(order, item, ctx);
    if (price.list_fen <= 0) return;
    PriceWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    const bool nearly_free = price.paid_fen * 1000 <= ctx.param(kFree) * price.list_fen;
    // Most orders are at the price: only a low one asks for the calendar.
    if (nearly_free && promotion_factor(ctx, shop_of(ctx).shop_hash, event.event_time) * 1000 >= static_cast<double>(ctx.param(kPromotion))) return;
    const std::uint64_t hash = mix64(item.sku);
    PriceCell& cell = week->cells[hash % PriceWeek::kCells];
    const auto name = static_cast<std::uint32_t>(hash >> 32) | 1U;
    if (cell.item != 0 && cell.item < name) return;
    if (cell.item != name) cell = {.item = name, .orders = 0, .nearly_free = 0, .days = 0, .nearly_free_days = 0, .unused = 0};
    const auto day = static_cast<unsigned>((event.event_time - week->head.start()) / kDayMs);
    cell.orders += cell.orders != UINT16_MAX;
    if (nearly_free) {
      cell.nearly_free += cell.nearly_free != UINT16_MAX;
      cell.nearly_free_days |= static_cast<std::uint8_t>(1U << day);
      week->amounts |= 1ULL << (mix64(static_cast<std::uint64_t>(price.paid_fen)) >> 58);
      week->refs.add(event.position);
    } else {
      cell.days |= static_cast<std::uint8_t>(1U << day);
    }
    ++week->head.changed;
    if (nearly_free || week->head.told_llr_milli != 0) say(*week, event.event_time, false, ctx);
  }
  void say(PriceWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    std::int64_t orders = 0, nearly_free = 0;
    for (const PriceCell& cell : week.cells) {
      if (std::popcount(static_cast<unsigned>(cell.days & cell.nearly_free_days)) < ctx.param(kMinDays)) continue;
      orders += cell.orders;
      nearly_free += cell.nearly_free;
    }
    Claim claim = rate_claim(kReasons[0].code, nearly_free, orders, rate_rule(ctx, {kMinOrders, kMinFree, kHonest, kLeast, kLogPMax, kCap}));
    claim.params[2] = ctx.param(kMinDays);
    claim.params[3] = std::popcount(week.amounts);
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d2_shop() {
  static const PriceOddity detector;
  return detector;
}

}  // namespace brushwatch
