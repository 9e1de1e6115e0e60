#include "detectors/lane_concentration/lane_concentration.h"

#include <bit>

#include "detectors/parcel_core/parcel_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "lane_concentration.one_end", "{0} of {1} parcels that this outlet picked up in the week, of at least {2} shops, were signed for at one place. Share {v}, honest {b}.",
     "本周该网点揽收的 {1} 个包裹来自至少 {2} 家店铺，其中 {0} 个在同一处签收。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"min_parcels", 40, "count", "forty parcels are a slow week of a village outlet"},
    {"min_one_end", 20, "count", "a family of shops that serves one market sends a dozen a week there"},
    {"min_shops", 2, "shops", "one shop with one customer must not accuse its outlet"},
    {"honest_permille", 300, "permille", "an eighth of all places share a counter; the provincial capital takes a fifth of all parcels"},
    {"least_permille", 500, "permille", "half of an outlet's parcels to one counter of eight"},
    {"log_p_max", -18'421, "milli-nats", "ln 1e-8: parcels of one outlet are not independent of each other"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinParcels, kMinOneEnd, kMinShops, kHonest, kLeast, kLogPMax, kCap };

class LaneConcentration final : public DetectorOf<LaneOutlet> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{22, "lane_concentration", "outlet", Stage::kParty, Family::kGraph, 1, 1, sizeof(LaneOutlet),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, LaneOutlet& s, FoldContext& ctx) const override {
    const auto& summary = event.as<ParcelSummaryEvent>();
    const bool mine = summary.outlet && party_key(PartyKind::kOutlet, summary.outlet.hash) == ctx.key;
    if (mine && summary.revision == 0 && summary.sign_outlet) {
      if (LaneWeek* const week = s.weeks.open(summary.signed_time, ctx.watermark)) {
        if (s.outlet.size == 0) s.outlet.set(summary.outlet.text);
        ++week->parcels;
        ++week->head.changed;
        std::uint16_t& lane = week->lanes[mix64(summary.sign_outlet.hash) % week->lanes.size()];
        lane += lane != UINT16_MAX;
        week->shops |= 1U << (mix64(summary.shop.hash) >> 59);
        week->refs.add(event.position);
        if (week->parcels % 4 == 0) say(*week, s, event.event_time, false, ctx);
        ctx.changed = true;
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(LaneOutlet& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](LaneWeek& week) { say(week, s, week.head.end(), true, ctx); });
  }

 private:
  void say(LaneWeek& week, const LaneOutlet& s, EventTime at, bool last, FoldContext& ctx) const {
    const std::uint16_t most = *std::max_element(week.lanes.begin(), week.lanes.end());
    if (s.outlet.size == 0 || (week.head.told_llr_milli == 0 && most < ctx.param(kMinOneEnd))) return;
    const RateRule rule = rate_rule(ctx, {kMinParcels, kMinOneEnd, kHonest, kLeast, kLogPMax, kCap});
    Claim claim = rate_claim(kReasons[0].code, most, week.parcels, rule);
    const int shops = std::popcount(week.shops);
    if (shops < ctx.param(kMinShops)) claim.llr_milli = 0;
    claim.params[2] = shops;
    tell(info(), claim, week.head, {SubjectKind::kOutlet, s.outlet.named()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d22_outlet() {
  static const LaneConcentration detector;
  return detector;
}

}  // namespace brushwatch
