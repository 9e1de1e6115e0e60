#include "detectors/praised_orders/praised_orders.h"

#include <bit>

#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr std::uint8_t kPraise = 4;
constexpr unsigned kCellBits = 5, kOrderBits = 16;
static_assert(1U << kCellBits == ShopOrigins::kCells);

constexpr ReasonText kReasons[] = {
    {1, "praised_orders.all", "{0} of {1} sampled orders of the week were praised with four or five stars, of {2} delivered. Share {v}, honest {b}.",
     "本周签收 {2} 单，抽样 {1} 单中有 {0} 单获四五星好评。占比 {v}，正常 {b}。"},
    {2, "praised_orders.new_outlets", "{0} of {1} sampled orders that left from outlets new to the shop were praised with four or five stars. Share {v}, the shop's others {b}.",
     "从该店新启用网点发出的抽样 {1} 单中有 {0} 单获四五星好评。占比 {v}，其余订单 {b}。"},
};
enum Reason : std::size_t { kAll, kNewOutlets };
constexpr ParamInfo kParams[] = {
    {"min_orders", 8, "count", "below eight a week a share has no meaning"},
    {"min_praised", 6, "count", "a family who all review is five"},
    {"honest_permille", 300, "permille", "30 % of honest orders are reviewed; that nine in ten of these praise is left as a margin"},
    {"least_permille", 550, "permille", "paid tasks ask for the review: 60 to 90 %; half of the orders of a shop may be its own"},
    {"log_p_max", -6'908, "milli-nats", "ln 1e-3: of at most sixteen sampled orders hardly less can be asked, and praise never stands alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"young_min_orders", 4, "count", "orders from new outlets are few by themselves"},
    {"young_min_praised", 4, "count", "and all of the first four praised is one chance in eighty"},
    {"young_least_permille", 600, "permille", "as for all orders, without the shop's own"},
    {"young_log_p_max", -4'200, "milli-nats", "ln 0.015: the new outlet is rare before its praise is asked for"},
};
enum Param : std::size_t { kMinOrders, kMinPraised, kHonest, kLeast, kLogPMax, kCap, kYoungMinOrders, kYoungMinPraised, kYoungLeast, kYoungLogPMax };

std::uint16_t hash_of(const NamedId& order) { return static_cast<std::uint16_t>(mix64(order.hash ^ 0xD13) >> (64 - kOrderBits + kCellBits)); }
std::uint16_t small_order(const NamedId& order, std::size_t cell) { return static_cast<std::uint16_t>(hash_of(order) << kCellBits | cell); }
std::size_t bit_of(std::uint16_t hash) { return hash % PraisedWeek::kBits; }
std::uint16_t hash_of(std::uint16_t small) { return static_cast<std::uint16_t>(small >> kCellBits); }

struct Share {
  std::int64_t praised = 0, orders = 0;
};

class PraisedOrders final : public DetectorOf<PraisedShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{13, "praised_orders", "shop", Stage::kShop, Family::kReview, 1, 1, sizeof(PraisedShop),
                                   EventMask::of(EventType::kReviewPosted, EventType::kParcelSummary), 24 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, PraisedShop& s, FoldContext& ctx) const override {
    if (const auto* review = std::get_if<ReviewEvent>(&event.body)) praise(*review, event, s, ctx);
    else deliver(event.as<ParcelSummaryEvent>(), event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(PraisedShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](PraisedWeek& week) { say(week, s, week.head.end(), true, ctx); });
  }

 private:
  void praise(const ReviewEvent& review, const Event& event, PraisedShop& s, FoldContext& ctx) const {
    if (review.stars < kPraise || !review.order) return;
    PraisedWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    const std::size_t bit = bit_of(hash_of(review.order));
    week->praised[bit / 64] |= 1ULL << (bit % 64);
    week->refs.add(event.position);
    // The order may have been delivered in this week or in one before.
    for (PraisedWeek& open : s.weeks.slots) {
      if (open.head.start_ms == 0 || open.head.start_ms > week->head.start_ms) continue;
      ++open.head.changed;
      say(open, s, event.event_time, false, ctx);
    }
  }
  void deliver(const ParcelSummaryEvent& parcel, const Event& event, PraisedShop& s, FoldContext& ctx) const {
    if (parcel.revision != 0 || !parcel.order) return;
    PraisedWeek* const week = s.weeks.open(parcel.signed_time, ctx.watermark);
    if (week == nullptr) return;
    ++week->parcels;
    ++week->head.changed;
    const std::size_t cell = parcel.outlet ? ShopOrigins::cell_of(parcel.outlet.hash) : 0;
    const std::uint16_t order = small_order(parcel.order, cell);
    week->sample.add(order, week->sampled);
    // Two days of grace: a late parcel may still make the shop's first day an earlier one. What is young is asked again when read.
    if (parcel.outlet && shop_of(ctx).origins.is_young(cell, shanghai_day(parcel.signed_time), ShopOrigins::kSettlingDays - 2)) {
      week->young.add(order, week->young_sampled);
    }
    if (week->head.told_llr_milli != 0) say(*week, s, event.event_time, false, ctx);
  }

  /// Praised in the week of the delivery or in one after it.
  static bool is_praised(std::uint16_t order, const PraisedWeek& week, const PraisedShop& s) {
    const std::size_t bit = bit_of(hash_of(order));
    for (const PraisedWeek& open : s.weeks.slots) {
      if (open.head.start_ms >= week.head.start_ms && (open.praised[bit / 64] >> (bit % 64) & 1) != 0) return true;
    }
    return false;
  }
  /// Share of bits that strangers' praise has set: the chance of a false hit.
  static double load_of(const PraisedWeek& week, const PraisedShop& s) {
    int set = 0;
    for (std::size_t i = 0; i < week.praised.size(); ++i) {
      std::uint64_t word = 0;
      for (const PraisedWeek& open : s.weeks.slots) if (open.head.start_ms >= week.head.start_ms) word |= open.praised[i];
      set += std::popcount(word);
    }
    return set / static_cast<double>(PraisedWeek::kBits);
  }

  void say(PraisedWeek& week, const PraisedShop& s, EventTime at, bool last, FoldContext& ctx) const {
    Share all, young, rest;
    const ShopOrigins& origins = shop_of(ctx).origins;
    const std::int64_t first_day = shanghai_day(week.head.start());
    for (std::size_t i = 0; i < week.sampled; ++i) {
      const std::uint16_t order = week.sample.orders[i];
      const bool hit = is_praised(order, week, s);
      ++all.orders, all.praised += hit;
      if (!origins.is_young(order % ShopOrigins::kCells, first_day)) ++rest.orders, rest.praised += hit;
    }
    for (std::size_t i = 0; i < week.young_sampled; ++i) {
      const std::uint16_t order = week.young.orders[i];
      if (!origins.is_young(order % ShopOrigins::kCells, first_day)) continue;
      ++young.orders, young.praised += is_praised(order, week, s);
    }
    if (week.head.told_llr_milli == 0 && all.praised < ctx.param(kMinPraised) && young.praised < ctx.param(kYoungMinPraised)) return;

    const double load = load_of(week, s);
    RateRule rule = rate_rule(ctx, {kMinOrders, kMinPraised, kHonest, kLeast, kLogPMax, kCap});
    const double honest = rule.honest;
    const auto seen = [&](double share) { return share + (1 - share) * load; };
    rule.honest = seen(honest), rule.least = seen(rule.least);
    Claim best = rate_claim(kReasons[kAll].code, all.praised, all.orders, rule);
    best.params[2] = week.parcels;

    // The shop's other orders are the measure of its buyers, worth ten orders against the market's.
    RateRule group = rate_rule(ctx, {kYoungMinOrders, kYoungMinPraised, kHonest, kYoungLeast, kYoungLogPMax, kCap});
    group.honest = std::max(seen(honest), (static_cast<double>(rest.praised) + 10 * seen(honest)) / (static_cast<double>(rest.orders) + 10));
    group.least = std::max(seen(group.least), group.honest);
    Claim of_group = rate_claim(kReasons[kNewOutlets].code, young.praised, young.orders, group);
    if (of_group.llr_milli > best.llr_milli) best = of_group;

    std::span<const std::uint64_t> refs = week.refs.span();
    for (const PraisedWeek& open : s.weeks.slots) if (refs.empty() && open.head.start_ms > week.head.start_ms) refs = open.refs.span();
    if (refs.empty()) best.llr_milli = 0;
    tell(info(), best, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, refs, at, last, ctx);
  }
};

}  // namespace

const Detector& d13_shop() {
  static const PraisedOrders detector;
  return detector;
}

}  // namespace brushwatch
