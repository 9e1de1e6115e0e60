#include <bit>
#include <cmath>

#include "detectors/lockstep_buyers/lockstep_buyers.h"
#include "engine/math/llr.h"
#include "engine/math/milli.h"
#include "engine/math/tails.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kNearMinutes = 120;

constexpr ReasonText kReasons[] = {
    {1, "lockstep_buyers.together", "{0} buyers of the week also bought in one other shop within two hours, where {b} are usual; {1} other shops share at least five such buyers, on {2} days.",
     "本周有 {0} 名买家在两小时内还在同一家其他店铺下单，通常为 {b} 名；另有 {1} 家店铺各与本店共有至少五名此类买家，涉及 {2} 天。"},
    {2, "lockstep_buyers.shared_sets", "{1} other shops each share many of the month's buyers with this one, {0} at the most, where {b} are usual.",
     "近一月内有 {1} 家其他店铺与本店共有大量买家，最多 {0} 名，通常为 {b} 名。"},
};
constexpr ParamInfo kParams[] = {
    {"min_near", 5, "count", "catalogue D5: five buyers in the same two shops within two hours"},
    {"honest_near", 1'500, "milli-buyers", "one order in ten is one of several that evening; the best-known shop takes 6 % of them"},
    {"min_days", 2, "days", "a coupon over several shops is one evening; workers are called again"},
    {"one_day_cap", 2'000, "milli-nats", "so one evening alone is held to this"},
    {"min_shared", 6, "count", "catalogue D4 asks for eight shared buyers; linear counting of eight may read six"},
    {"over_usual", 5, "times", "as many times the median of all other shops, which popularity alone reaches for the best-known few"},
    {"min_sets", 3, "shops", "three other shops with the same buyers are no neighbour's favour"},
    {"log_p_max", -9'210, "milli-nats", "ln 1e-4, over 64 cells: the graph never stands alone, so it need not be as sure as a count"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinNear, kHonestNear, kMinDays, kOneDayCap, kMinShared, kOverUsual, kMinSets, kLogPMax, kCap };

/// Distinct buyers behind a cell of 16 bits; a full cell reads 44.
std::uint32_t distinct_of(std::uint16_t cell) {
  static constexpr std::array<std::uint8_t, 17> kEstimates{0, 1, 2, 3, 5, 6, 8, 9, 11, 13, 16, 19, 22, 27, 33, 44, 44};  // −16 ln(1 − n/16)
  return kEstimates[static_cast<std::size_t>(std::popcount(cell))];
}

class Ring final : public DetectorOf<LockstepRing> {
 public:
  const DetectorInfo& info() const override {
    // The later order of a pair was on time at its shop; the pair itself is as late as that.
    static const DetectorInfo info{5, "lockstep_buyers", "ring", Stage::kRing, Family::kGraph, 1, 1, sizeof(LockstepRing),
                                   EventMask::of(EventType::kHubEdge), 15 * kDayMs, kParams, kReasons};
    return info;
  }

  void event(const Event& event, LockstepRing& s, FoldContext& ctx) const override {
    const auto& pair = event.as<HubEdgeEvent>();
    if (pair.kind != PartyKind::kBuyer) return;
    LockstepWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    if (s.shop.size == 0) name(s, pair.shop, ctx);
    const std::size_t cell = mix64(pair.party) % LockstepWeek::kCells;
    const auto bit = static_cast<std::uint16_t>(1U << (mix64(pair.buyer) >> 60));
    week->far[cell] |= bit;
    if (pair.buyers <= kNearMinutes) {
      week->near[cell] |= bit;
      week->days |= 1U << static_cast<unsigned>((event.event_time - week->head.start()) / kDayMs);
    }
    ++week->pairs;
    ++week->head.changed;
    week->refs.add(pair.origin);
    ctx.changed = true;
    if (week->pairs % 4 == 0) say(*week, s, event.event_time, false, ctx);
    s.weeks.ask(ctx);
  }

  bool timer(LockstepRing& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](LockstepWeek& week) { say(week, s, week.head.end(), true, ctx); });
  }

 private:
  static void name(LockstepRing& s, const NamedId& shop, const FoldContext& ctx) {
    if (!shop.text.empty()) return s.shop.set(shop.text);
    const ReferenceEntry* const known = ctx.reference != nullptr ? ctx.reference->shop(shop.hash) : nullptr;
    if (known != nullptr) s.shop.set(known->id);
  }

  void say(LockstepWeek& week, const LockstepRing& s, EventTime at, bool last, FoldContext& ctx) const {
    if (s.shop.size == 0 || (week.head.told_llr_milli == 0 && week.pairs < ctx.param(kMinNear))) return;
    const Claim near = near_claim(week, ctx), far = far_claim(week, ctx);
    tell(info(), near.llr_milli >= far.llr_milli ? near : far, week.head, {SubjectKind::kShop, s.shop.named()}, week.refs.span(), at, last, ctx);
  }

  static Claim near_claim(const LockstepWeek& week, const FoldContext& ctx) {
    std::uint32_t most = 0, shops = 0;
    for (const std::uint16_t cell : week.near) {
      const std::uint32_t buyers = distinct_of(cell);
      most = std::max(most, buyers);
      shops += buyers >= ctx.param(kMinNear) ? 1 : 0;
    }
    const double honest = static_cast<double>(ctx.param(kHonestNear)) / 1000;
    Claim claim;
    if (most >= ctx.param(kMinNear)) claim.llr_milli = llr_of(most, honest, std::popcount(week.days) >= ctx.param(kMinDays) ? ctx.param(kCap) : ctx.param(kOneDayCap), ctx);
    claim.value_milli = most * 1000LL;
    claim.baseline_milli = ctx.param(kHonestNear);
    claim.threshold_milli = ctx.param(kMinNear) * 1000;
    claim.reason = kReasons[0].code;
    claim.params = {most, shops, std::popcount(week.days), 0};
    claim.count = week.pairs;
    return claim;
  }

  static Claim far_claim(const LockstepWeek& week, const FoldContext& ctx) {
    std::array<std::uint32_t, LockstepWeek::kCells> buyers{};
    for (std::size_t i = 0; i < buyers.size(); ++i) buyers[i] = distinct_of(week.far[i]);
    std::sort(buyers.begin(), buyers.end());
    const double usual = std::max(0.5, static_cast<double>(buyers[buyers.size() / 2]));
    const double least = std::max(static_cast<double>(ctx.param(kMinShared)), usual * static_cast<double>(ctx.param(kOverUsual)));
    std::uint32_t sets = 0;
    for (const std::uint32_t n : buyers) sets += static_cast<double>(n) >= least ? 1 : 0;
    Claim claim;
    // The weakest of the sets that are asked for: popularity lifts one or two shops, never a third to the same height.
    if (sets >= ctx.param(kMinSets)) claim.llr_milli = llr_of(buyers[buyers.size() - static_cast<std::size_t>(ctx.param(kMinSets))], 2 * usual, ctx.param(kCap), ctx);
    claim.value_milli = buyers.back() * 1000LL;
    claim.baseline_milli = to_milli(usual);
    claim.threshold_milli = to_milli(least);
    claim.reason = kReasons[1].code;
    claim.params = {buyers.back(), sets, 0, 0};
    claim.count = week.pairs;
    return claim;
  }

  static std::int64_t llr_of(std::uint32_t buyers, double honest, std::int64_t cap, const FoldContext& ctx) {
    const double llr = poisson_llr(buyers, buyers, honest);
    const double log_p = log_poisson_tail(buyers, honest) + std::log(static_cast<double>(LockstepWeek::kCells));
    return llr > 0 && log_p < static_cast<double>(ctx.param(kLogPMax)) / 1000 ? std::min(to_milli(llr), cap) : 0;
  }
};

}  // namespace

const Detector& d5_ring() {
  static const Ring detector;
  return detector;
}

}  // namespace brushwatch
