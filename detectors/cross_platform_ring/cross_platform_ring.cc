#include "detectors/cross_platform_ring/cross_platform_ring.h"

#include <bit>
#include <bitset>
#include <cmath>

#include "engine/math/llr.h"
#include "engine/math/milli.h"
#include "engine/math/tails.h"

namespace brushwatch {
namespace {

/// As many cells may be filled by a ring before its own fullness counts as usual.
constexpr std::size_t kSetAside = 8;

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
/// Distinct buyers behind a cell of 16 bits; a full cell reads 44.
std::uint32_t distinct_of(std::uint16_t cell) {
  static constexpr std::array<std::uint8_t, 17> kEstimates{0, 1, 2, 3, 5, 6, 8, 9, 11, 13, 16, 19, 22, 27, 33, 44, 44};  // −16 ln(1 − n/16)
  return kEstimates[static_cast<std::size_t>(std::popcount(cell))];
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
    if (s.shop.size == 0) name(s, pair.shop, ctx);
    const std::size_t cell = mix64(pair.party ^ 0xD25) % CrossWeek::kCells;
    week->buyers[cell] |= static_cast<std::uint16_t>(1U << (mix64(pair.buyer) >> 60));
    week->platform[cell] = std::max(week->platform[cell], platform_of(pair.subject.text));
    week->shop_week = std::max(week->shop_week, pair.shop_week);
    week->refs.add(pair.origin);
    ++week->pairs;
    ++week->head.changed;
    ctx.changed = true;
    if (week->pairs % 4 == 0) say(*week, s, event.event_time, false, ctx);
  }
  /// A name without its text does not survive the wire; the row's key is the shop's hash.
  static void name(CrossRing& s, const NamedId& shop, const FoldContext& ctx) {
    if (!shop.text.empty()) return s.shop.set(shop.text);
    const ReferenceEntry* const known = ctx.reference != nullptr ? ctx.reference->shop(ctx.key) : nullptr;
    if (known != nullptr) s.shop.set(known->id);
  }
  void say(CrossWeek& week, const CrossRing& s, EventTime at, bool last, FoldContext& ctx) const {
    if (s.shop.size == 0 || (week.head.told_llr_milli == 0 && week.pairs < ctx.param(kMinShared))) return;
    std::array<std::uint32_t, CrossWeek::kCells> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = distinct_of(week.buyers[i]);
    std::sort(all.begin(), all.end());
    // Of the cells that hold anybody: a market of twenty shops leaves most of them empty.
    std::uint32_t sum = 0, cells_used = 0;
    for (std::size_t i = 0; i + kSetAside < all.size(); ++i) sum += all[i], cells_used += all[i] != 0;
    const double usual = sum / std::max(1.0, static_cast<double>(cells_used));
    const double honest = static_cast<double>(ctx.param(kHonest)) / 1000 + 1.5 * usual + static_cast<double>(ctx.param(kShare)) / 1000 * week.shop_week;

    std::bitset<64> platforms;
    platforms.set(platform_of(s.shop.text()));
    std::uint32_t least = 0, most = 0;
    std::int64_t shops = 1;
    for (std::size_t i = 0; i < CrossWeek::kCells; ++i) {
      const std::uint32_t buyers = distinct_of(week.buyers[i]);
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
      const double llr = poisson_llr(least, least, honest);
      const double log_p = static_cast<double>(std::min<std::int64_t>(shops - 1, 2)) * (log_poisson_tail(least, honest) + std::log(static_cast<double>(CrossWeek::kCells)));
      if (llr > 0 && log_p < static_cast<double>(ctx.param(kLogPMax)) / 1000) claim.llr_milli = std::min(to_milli(llr), ctx.param(kCap));
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
