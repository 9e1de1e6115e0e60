#include "detectors/origin_scatter/origin_scatter.h"

#include <bit>
#include <cmath>

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "origin_scatter.outlets", "The week's {1} parcels were picked up by about {2} outlets, {0} more than a shop uses. Share {v}, honest {b}.",
     "本周 {1} 个包裹由约 {2} 个网点揽收，比正常店铺多 {0} 个。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"usual_outlets", 4, "count", "a shop, its second warehouse, a dropshipper and one mistake"},
    {"min_parcels", 15, "count", "below fifteen a week a share has no meaning"},
    {"min_more", 6, "count", "six outlets beyond the usual four"},
    {"honest_permille", 40, "permille", "returns sent out again, exchanges from a factory, a lost pickup scan"},
    {"least_permille", 200, "permille", "one parcel in five of a stranger's"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kUsual, kMinParcels, kMinMore, kHonest, kLeast, kLogPMax, kCap };

/// Linear counting over 64 bits, rounded; a full word reads as 266, its bound.
std::int64_t distinct_of(std::uint64_t bits) {
  const int zero = 64 - std::popcount(bits);
  return zero == 0 ? 266 : std::lround(-64 * std::log(zero / 64.0));
}

class OriginScatter final : public DetectorOf<ScatterShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{20, "origin_scatter", "shop", Stage::kShop, Family::kParcel, 1, 1, sizeof(ScatterShop),
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
        week->refs.add(event.position);
        if (fresh) say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(ScatterShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](ScatterWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void say(ScatterWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    const std::int64_t outlets = std::popcount(week.outlets) < ctx.param(kUsual) + ctx.param(kMinMore) / 2 ? 0 : distinct_of(week.outlets);
    const std::int64_t more = std::clamp<std::int64_t>(outlets - ctx.param(kUsual), 0, week.parcels);
    if (week.head.told_llr_milli == 0 && more < ctx.param(kMinMore)) return;
    const RateRule rule = rate_rule(ctx, {kMinParcels, kMinMore, kHonest, kLeast, kLogPMax, kCap});
    Claim claim = rate_claim(kReasons[0].code, more, week.parcels, rule);
    claim.params[2] = outlets;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d20_shop() {
  static const OriginScatter detector;
  return detector;
}

}  // namespace brushwatch
