#include "detectors/cross_platform_ring/cross_platform_ring.h"

#include <bitset>

#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "cross_platform_ring.component", "{0} shops on {1} platforms share their buyers: {2} of the week's and more with each of them, {3} at the most, where {b} are usual.",
     "{1} 个平台上的 {0} 家店铺共有买家：本周与每家共有至少 {2} 名，最多 {3} 名，通常为 {b} 名。"},
};
constexpr ParamInfo kParams[] = {
    {"min_shops", 3, "count", "catalogue D25"},
    {"min_platforms", 2, "count", "catalogue D25"},
    {"min_shared", 6, "count", "people do not change the platform together; five buyers are a ring's least (catalogue D5), and four read as five"},
    {"honest_shared", 300, "milli-buyers", "by chance two shops' samples among a hundred thousand buyers share next to none; neighbours' tips"},
    {"share_permille", 10, "permille", "of the shop's own orders of the week: what one other shop of the same kind may take"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6, over 32 cells"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinShops, kMinPlatforms, kMinShared, kHonest, kShare, kLogPMax, kCap };

/// 1 … 63 of the name's part before the colon: six bits, so that the platforms of a market rarely meet. 0 when there is none.
std::uint8_t platform_of(std::string_view shop) {
  const std::size_t end = shop.find(':');
  return end == std::string_view::npos ? 0 : static_cast<std::uint8_t>(1 + hash64(shop.substr(0, end)) % 63);
}

class Ring final : public DetectorOf<CrossRing> {
 public:
  const DetectorInfo& info() const override {
    // The later order of a pair was on time at its shop; the pair itself is as late as that.
    static const DetectorInfo info{25, "cross_platform_ring", "ring", Stage::kRing, Family::kGraph, 1, 1, sizeof(CrossRing),
                                   EventMask::of(EventType::kHubEdge), 15 * kDayMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, CrossRing& s, FoldContext& ctx) const override {
    const auto& pair = event.as<HubEdgeEvent>();
    if (pair.kind == PartyKind::kBuyer && pair.shops != 0) count(pair, event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(CrossRing& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](CrossWeek& week) { say(week, s, week.head.end(), true, ctx); });
  }

 private:
  void count(const HubEdgeEvent& pair, const Event& event, CrossRing& s, FoldContext& ctx) const {
    CrossWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    if (s.shop.size == 0) keep_shop_name(s.shop, pair.shop, ctx);
    const std::size_t cell = mix64(pair.party ^ 0xD25) % CrossWeek::kCells;
    week->buyers[cell] |= buyer_bit(pair.buyer);
    week->platform[cell] = std::max(week->platform[cell], platform_of(pair.subject.text));
    week->shop_week = std::max(week->shop_week, pair.shop_week);
    week->refs.add(pair.origin);
    ++week->pairs;
    ++week->head.changed;
    ctx.changed = true;
    if (week->pairs % 4 == 0) say(*week, s, event.event_time, false, ctx);
  }
  void say(CrossWeek& week, const CrossRing& s, EventTime at, bool last, FoldContext& ctx) const {
    if (s.shop.size == 0 || (week.head.told_llr_milli == 0 && week.pairs < ctx.param(kMinShared))) return;
    const double honest = static_cast<double>(ctx.param(kHonest)) / 1000 + 1.5 * usual_of_used(sorted_buyers(week.buyers)) + static_cast<double>(ctx.param(kShare)) / 1000 * week.shop_week;

    std::bitset<64> platforms;
    platforms.set(platform_of(s.shop.text()));
    std::uint32_t least = 0, most = 0;
    std::int64_t shops = 1;
    for (std::size_t i = 0; i < CrossWeek::kCells; ++i) {
      const std::uint32_t buyers = distinct_buyers(week.buyers[i]);
      if (week.platform[i] == 0 || buyers < ctx.param(kMinShared) || buyers < 2 * honest) continue;
      ++shops;
      platforms.set(week.platform[i]);
      least = least == 0 ? buyers : std::min(least, buyers);
      most = std::max(most, buyers);
    }
    platforms.reset(0);
    const auto on = static_cast<std::int64_t>(platforms.count());
    Claim claim;
    if (shops >= std::max<std::int64_t>(ctx.param(kMinShops), 2) && on >= ctx.param(kMinPlatforms)) {
      // Each of the others holds as many as the weakest: popularity lifts one shop, not two on two platforms.
      claim.llr_milli = shared_llr_milli(least, honest, std::min<std::int64_t>(shops - 1, 2), CrossWeek::kCells, ctx.param(kLogPMax), ctx.param(kCap));
    }
    claim.value_milli = most * 1000LL;
    claim.baseline_milli = to_milli(honest);
    claim.threshold_milli = ctx.param(kMinShared) * 1000;
    claim.reason = kReasons[0].code;
    claim.params = {shops, on, least, most};
    claim.count = week.pairs;
    tell(info(), claim, week.head, {SubjectKind::kShop, s.shop.named()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d25_ring() {
  static const Ring detector;
  return detector;
}

}  // namespace brushwatch
