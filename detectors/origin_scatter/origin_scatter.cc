#include "detectors/origin_scatter/origin_scatter.h"

#include <bit>
#include <cmath>

#include "detectors/parcel_core/parcel_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "origin_scatter.outlets", "The week's {1} parcels were picked up by about {2} outlets, {0} more than a shop uses. Share {v}, honest {b}.",
     "本周 {1} 个包裹由约 {2} 个网点揽收，比正常店铺多 {0} 个。占比 {v}，正常 {b}。"},
    {2, "origin_scatter.new_outlets", "{0} of {1} parcels of the week were picked up by {2} outlets that the shop had never used before, beside its usual ones. Share {v}, honest {b}.",
     "本周 {1} 个包裹中有 {0} 个由 {2} 个该店此前从未使用的网点揽收，原有网点仍在发货。占比 {v}，正常 {b}。"},
    {3, "origin_scatter.other_county", "{0} of {1} parcels of the week were signed in another county than their buyer's. Share {v}, honest {b}.",
     "本周 {1} 个包裹中有 {0} 个在买家所在区县以外签收。占比 {v}，正常 {b}。"},
};
enum Reason : std::size_t { kOutlets, kNewOutlets, kOtherCounty };
constexpr ParamInfo kParams[] = {
    {"usual_outlets", 4, "count", "a shop, its second warehouse, a dropshipper and one mistake"},
    {"min_parcels", 15, "count", "below fifteen a week a share has no meaning"},
    {"min_more", 6, "count", "six outlets beyond the usual four"},
    {"honest_permille", 40, "permille", "returns sent out again, exchanges from a factory, a lost pickup scan"},
    {"least_permille", 200, "permille", "one parcel in five of a stranger's"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"min_young", 4, "count", "three parcels from a new outlet are an exchange and two favours"},
    {"honest_young_permille", 5, "permille", "a lost pickup scan, a courier's helper from the next outlet; more than one in two hundred is a habit"},
    {"least_young_permille", 20, "permille", "a seller's usual twenty fakes beside a thousand honest orders"},
    {"one_young_cap", 3'000, "milli-nats", "one shop in forty takes a second outlet into use in two weeks, seven brushed shops in ten do: ln(0.7 / 0.025) = 3.3"},
    {"min_elsewhere", 5, "count", "four parcels fetched in the next county are a family at work"},
    {"honest_elsewhere_permille", 50, "permille", "stations over the county line, people who moved, parcels sent on"},
    {"least_elsewhere_permille", 200, "permille", "a city has ten counties: most purchased numbers end in the wrong one, and one order in five is purchased"},
    {"few_log_p_max", -9'210, "milli-nats", "ln 1e-4 for new outlets and counties: a parcel family never stands alone"},
};
enum Param : std::size_t { kUsual, kMinParcels, kMinMore, kHonest, kLeast, kLogPMax, kCap, kMinYoung, kHonestYoung, kLeastYoung, kOneYoungCap,
                           kMinElsewhere, kHonestElsewhere, kLeastElsewhere, kFewLogPMax };

/// Linear counting over 64 bits, rounded; a full word reads as 266, its bound.
std::int64_t distinct_of(std::uint64_t bits) {
  const int zero = 64 - std::popcount(bits);
  return zero == 0 ? 266 : std::lround(-64 * std::log(zero / 64.0));
}

class OriginScatter final : public DetectorOf<ScatterShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{20, "origin_scatter", "shop", Stage::kShop, Family::kParcel, 2, 2, sizeof(ScatterShop),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, ScatterShop& s, FoldContext& ctx) const override {
    const auto& summary = event.as<ParcelSummaryEvent>();
    if (summary.revision == 0 && summary.outlet) {
      if (ScatterWeek* const week = s.weeks.open(summary.signed_time, ctx.watermark)) {
        ++week->parcels;
        ++week->head.changed;
        const std::uint64_t bit = 1ULL << (mix64(summary.outlet.hash) >> 58);
        const bool fresh = (week->outlets & bit) == 0;
        week->outlets |= bit;
        const std::size_t cell = ShopOrigins::cell_of(summary.outlet.hash);
        week->cells[cell] += week->cells[cell] != UINT8_MAX;
        const bool elsewhere = (summary.marks & kMarkOtherCounty) != 0;
        week->elsewhere += elsewhere;
        const bool young = shop_of(ctx).origins.is_young(cell, shanghai_day(summary.signed_time));
        if (young || elsewhere || fresh) week->refs.add(event.position);
        if (young || elsewhere || fresh) say(*week, event.event_time, false, ctx);
      }
    }
    if (summary.revision != 0) revise(summary, event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(ScatterShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](ScatterWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  /// Late scans may move the signature, or say that the parcel was sent on.
  void revise(const ParcelSummaryEvent& summary, const Event& event, ScatterShop& s, FoldContext& ctx) const {
    ScatterWeek* const week = s.weeks.find(summary.signed_time);
    const bool now = (summary.marks & kMarkOtherCounty) != 0, before = (summary.previous_marks & kMarkOtherCounty) != 0;
    if (week == nullptr || now == before) return;
    now ? static_cast<void>(++week->elsewhere) : uncount(week->elsewhere);
    now ? week->refs.add(event.position) : week->refs.remove(event.position);
    ++week->head.changed;
    say(*week, event.event_time, false, ctx);
  }
  void say(ScatterWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    Claim best = outlets_claim(week, ctx);
    for (const Claim& other : {young_claim(week, ctx), elsewhere_claim(week, ctx)}) if (other.llr_milli > best.llr_milli) best = other;
    if (week.refs.size == 0) best.llr_milli = 0;
    tell(info(), best, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
  static Claim outlets_claim(const ScatterWeek& week, const FoldContext& ctx) {
    const std::int64_t outlets = std::popcount(week.outlets) < ctx.param(kUsual) + ctx.param(kMinMore) / 2 ? 0 : distinct_of(week.outlets);
    const std::int64_t more = std::clamp<std::int64_t>(outlets - ctx.param(kUsual), 0, week.parcels);
    Claim claim = rate_claim(kReasons[kOutlets].code, more, week.parcels, rate_rule(ctx, {kMinParcels, kMinMore, kHonest, kLeast, kLogPMax, kCap}));
    claim.params[2] = outlets;
    return claim;
  }
  static Claim young_claim(const ScatterWeek& week, const FoldContext& ctx) {
    const ShopOrigins& origins = shop_of(ctx).origins;
    const std::int64_t first_day = shanghai_day(week.head.start());
    std::int64_t young = 0, outlets = 0, usual = 0;
    for (std::size_t cell = 0; cell < week.cells.size(); ++cell) {
      const bool is_young = origins.is_young(cell, first_day);
      usual += origins.first_day[cell] != 0 && !is_young;
      if (week.cells[cell] == 0 || !is_young) continue;
      young += week.cells[cell];
      ++outlets;
    }
    // Who ships from everywhere takes a new outlet into use every week.
    if (usual > ctx.param(kUsual)) return {};
    // Counters saturate: never more than the week's parcels; and a shop that has moved uses its old outlets no more.
    young = std::min<std::int64_t>(young, week.parcels);
    RateRule rule = rate_rule(ctx, {kMinYoung, kMinYoung, kHonestYoung, kLeastYoung, kFewLogPMax, kCap});
    if (outlets == 1) rule.cap_milli = ctx.param(kOneYoungCap);
    Claim claim = rate_claim(kReasons[kNewOutlets].code, young, week.parcels, rule);
    if (young == week.parcels) claim.llr_milli = 0;
    claim.params[2] = outlets;
    return claim;
  }
  static Claim elsewhere_claim(const ScatterWeek& week, const FoldContext& ctx) {
    return rate_claim(kReasons[kOtherCounty].code, week.elsewhere, week.parcels,
                      rate_rule(ctx, {kMinElsewhere, kMinElsewhere, kHonestElsewhere, kLeastElsewhere, kFewLogPMax, kCap}));
  }
};

}  // namespace

const Detector& d20_shop() {
  static const OriginScatter detector;
  return detector;
}

}  // namespace brushwatch
