#include "detectors/praised_orders/praised_orders.h"

#include <algorithm>
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
    {3, "praised_orders.rewarded", "{0} of {1} sampled orders whose buyers the shop paid a small sum in the week were praised with four or five stars. Share {v}, honest {b}.",
     "店铺本周向买家小额打款的抽样 {1} 单中有 {0} 单获四五星好评。占比 {v}，正常 {b}。"},
};
enum Reason : std::size_t { kAll, kNewOutlets, kRewarded };
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
    {"reward_least_fen", 50, "fen", "as for D6: below half a yuan it is a rounding"},
    {"reward_most_fen", 2'000, "fen", "as for D6: 1–3 yuan for praise, commissions 5–20"},
    {"reward_min_orders", 5, "count", "as for D6: one order in three hundred is paid in goodwill, five in a week are a habit"},
};
enum Param : std::size_t { kMinOrders, kMinPraised, kHonest, kLeast, kLogPMax, kCap, kYoungMinOrders, kYoungMinPraised, kYoungLeast, kYoungLogPMax,
                           kRewardLeast, kRewardMost, kRewardMinOrders };

bool is_reward(const OrderEvent& transfer, std::int64_t least, std::int64_t most) {
  static const std::uint64_t freight = hash64("freight"), guarantee = hash64("price_guarantee");
  return transfer.order && transfer.amount_fen >= least && transfer.amount_fen <= most && transfer.reason.hash != freight && transfer.reason.hash != guarantee;
}

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
    static const DetectorInfo info{13, "praised_orders", "shop", Stage::kShop, Family::kReview, 2, 2, sizeof(PraisedShop),
                                   EventMask::of(EventType::kReviewPosted, EventType::kParcelSummary, EventType::kOrderMerchantTransfer), 24 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, PraisedShop& s, FoldContext& ctx) const override {
    if (const auto* review = std::get_if<ReviewEvent>(&event.body)) praise(*review, event, s, ctx);
    else if (const auto* order = std::get_if<OrderEvent>(&event.body)) reward(*order, event, s, ctx);
    else deliver(event.as<ParcelSummaryEvent>(), event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(PraisedShop& s, FoldContext& ctx) const override {
    const bool live = s.weeks.close(ctx, [&](PraisedWeek& week) {
      say(week, s, week.head.end(), true, ctx);
      s.closed_ms = week.head.start_ms;
      s.closed = week.praised;
    });
    if (!live) s.closed_ms = 0, s.closed = {};
    return live;
  }

 private:
  void praise(const ReviewEvent& review, const Event& event, PraisedShop& s, FoldContext& ctx) const {
    if (review.stars < kPraise || !review.order) return;
    PraisedWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    const std::size_t bit = bit_of(hash_of(review.order));
    week->praised[bit / 64] |= 1ULL << (bit % 64);
    week->refs.add(event.position);
    // The order may have been delivered in this week or in one before, and rewarded in any that is open.
    for (PraisedWeek& open : s.weeks.slots) {
      if (open.head.start_ms == 0 || (open.head.start_ms > week->head.start_ms && open.rewarded_sampled == 0)) continue;
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

  void reward(const OrderEvent& transfer, const Event& event, PraisedShop& s, FoldContext& ctx) const {
    if (!is_reward(transfer, ctx.param(kRewardLeast), ctx.param(kRewardMost))) return;
    PraisedWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    ++week->head.changed;
    week->rewarded.add(small_order(transfer.order, 0), week->rewarded_sampled);
    week->refs.add(event.position);
    say(*week, s, event.event_time, false, ctx);
  }

  /// Praised in the week of the delivery or in one after it.
  static bool is_praised(std::uint16_t order, const PraisedWeek& week, const PraisedShop& s) {
    const std::size_t bit = bit_of(hash_of(order));
    for (const PraisedWeek& open : s.weeks.slots) {
      if (open.head.start_ms >= week.head.start_ms && (open.praised[bit / 64] >> (bit % 64) & 1) != 0) return true;
    }
    return false;
  }
  /// Share of bits that strangers' praise has set since `from_ms`: the chance of a false hit.
  static double load_of(std::int64_t from_ms, const PraisedShop& s) {
    int set = 0;
    for (std::size_t i = 0; i < PraisedWeek::kBits / 64; ++i) {
      std::uint64_t word = s.closed_ms >= from_ms ? s.closed[i] : 0;
      for (const PraisedWeek& open : s.weeks.slots) if (open.head.start_ms >= from_ms) word |= open.praised[i];
      set += std::popcount(word);
    }
    return set / static_cast<double>(PraisedWeek::kBits);
  }

  /// The money comes after the praise, or before it: the praise of the week before counts as well.
  static Claim rewarded_claim(const PraisedWeek& week, const PraisedShop& s, double honest, const FoldContext& ctx) {
    const std::int64_t from_ms = week.head.start_ms - kWeekMs;
    std::int64_t praised = 0;
    for (std::size_t i = 0; i < week.rewarded_sampled; ++i) {
      const std::size_t bit = bit_of(hash_of(week.rewarded.orders[i]));
      std::uint64_t word = s.closed_ms >= from_ms ? s.closed[bit / 64] : 0;
      for (const PraisedWeek& open : s.weeks.slots) if (open.head.start_ms >= from_ms) word |= open.praised[bit / 64];
      praised += static_cast<std::int64_t>(word >> (bit % 64) & 1);
    }
    const double load = load_of(from_ms, s);
    RateRule rule = rate_rule(ctx, {kRewardMinOrders, kYoungMinPraised, kHonest, kYoungLeast, kYoungLogPMax, kCap});
    rule.honest = honest + (1 - honest) * load, rule.least += (1 - rule.least) * load;
    return rate_claim(kReasons[kRewarded].code, praised, week.rewarded_sampled, rule);
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
    if (week.head.told_llr_milli == 0 && all.praised < ctx.param(kMinPraised) && young.praised < ctx.param(kYoungMinPraised) && week.rewarded_sampled < ctx.param(kRewardMinOrders)) return;

    const double load = load_of(week.head.start_ms, s);
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
    if (const Claim of_rewarded = rewarded_claim(week, s, honest, ctx); of_rewarded.llr_milli > best.llr_milli) best = of_rewarded;

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
