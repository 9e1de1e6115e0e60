#include "detectors/lockstep_buyers/lockstep_buyers.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kNearMinutes = 120;
/// Orders of one evening are one occasion, however many shops they go to.
constexpr std::uint32_t kApartMinutes = 12 * 60;
/// The best-known shop of the market takes 6 % of all orders: 4 of 64 cells' worth, and a half more for chance.
constexpr double kPopular = 6;
constexpr double kCrowded = 3;

constexpr ReasonText kReasons[] = {
    {1, "lockstep_buyers.together", "{0} buyers of the week also bought in one other shop within two hours, where {b} are usual; {1} other shops share at least five such buyers; {2} or more on one day and again on another.",
     "本周有 {0} 名买家在两小时内还在同一家其他店铺下单，通常为 {b} 名；共有 {1} 家店铺各与本店共有至少五名此类买家，且不同日期重复出现至少 {2} 名。"},
    {2, "lockstep_buyers.shared_sets", "{1} other shops each share many of the month's buyers with this one, {0} at the most, where {b} are usual.",
     "近一月内有 {1} 家其他店铺与本店共有大量买家，最多 {0} 名，通常为 {b} 名。"},
};
constexpr ParamInfo kParams[] = {
    {"min_near", 5, "count", "catalogue D5: five buyers in the same two shops within two hours"},
    {"honest_near", 1'000, "milli-buyers", "a neighbour's tip; what popularity adds is read from the other cells"},
    {"min_again", 3, "count", "buyers with the same other shop on even and on odd days: workers are called again, a coupon is one evening"},
    {"one_day_cap", 400, "milli-nats", "so one day alone is held to this, below what makes a family speak: a sale lifts the order family as well"},
    {"min_shared", 6, "count", "catalogue D4 asks for eight shared buyers; linear counting of eight may read six"},
    {"min_sets", 3, "shops", "three other shops with the same buyers are no neighbour's favour"},
    {"honest_share_permille", 20, "permille", "of the shop's orders: a large shop is where other shops' workers buy for cover"},
    {"log_p_max", -9'210, "milli-nats", "ln 1e-4, over 64 cells: the graph never stands alone, so it need not be as sure as a count"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinNear, kHonestNear, kMinAgain, kOneDayCap, kMinShared, kMinSets, kHonestShare, kLogPMax, kCap };

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
    if (pair.kind != PartyKind::kBuyer || pair.shops != 0) return;  // a pair of sampled buyers: D4's
    LockstepWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    if (s.shop.size == 0) keep_shop_name(s.shop, pair.shop, ctx);
    const std::size_t cell = mix64(pair.party) % LockstepWeek::kCells;
    const std::uint16_t bit = buyer_bit(pair.buyer);
    if (pair.buyers >= kApartMinutes) week->far[cell] |= bit;
    if (pair.buyers <= kNearMinutes) {
      week->near[static_cast<std::size_t>((event.event_time - week->head.start()) / kDayMs % 2)][cell] |= bit;
    }
    ++week->pairs;
    week->shop_week = std::max(week->shop_week, pair.shop_week);
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
  void say(LockstepWeek& week, const LockstepRing& s, EventTime at, bool last, FoldContext& ctx) const {
    if (s.shop.size == 0 || (week.head.told_llr_milli == 0 && week.pairs < ctx.param(kMinNear))) return;
    const Claim near = near_claim(week, ctx), far = far_claim(week, ctx);
    tell(info(), near.llr_milli >= far.llr_milli ? near : far, week.head, {SubjectKind::kShop, s.shop.named()}, week.refs.span(), at, last, ctx);
  }

  using Cells = std::array<std::uint32_t, LockstepWeek::kCells>;
  /// Mean of all cells but the fullest eight.
  static double usual_of(const Cells& cells) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i + kCellsSetAside < cells.size(); ++i) sum += cells[i];
    return sum / static_cast<double>(cells.size() - kCellsSetAside);
  }

  static Claim near_claim(const LockstepWeek& week, const FoldContext& ctx) {
    std::array<std::uint16_t, LockstepWeek::kCells> all{};
    std::uint32_t again = 0;  // of one other shop, on even and on odd days
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = week.near[0][i] | week.near[1][i];
      again = std::max(again, std::min(distinct_buyers(week.near[0][i]), distinct_buyers(week.near[1][i])));
    }
    const Cells cells = sorted_buyers(all);
    const std::uint32_t most = cells.back();
    const auto shops = std::count_if(cells.begin(), cells.end(), [&](std::uint32_t n) { return n >= ctx.param(kMinNear); });
    const double honest = static_cast<double>(ctx.param(kHonestNear)) / 1000 + kPopular * usual_of(cells) + ctx.param(kHonestShare) * week.shop_week / 1000.0;
    Claim claim;
    if (most >= ctx.param(kMinNear)) claim.llr_milli = llr_of(most, honest, 1, again >= ctx.param(kMinAgain) ? ctx.param(kCap) : ctx.param(kOneDayCap), ctx);
    claim.value_milli = most * 1000LL;
    claim.baseline_milli = to_milli(honest);
    claim.threshold_milli = ctx.param(kMinNear) * 1000;
    claim.reason = kReasons[0].code;
    claim.params = {most, shops, again, 0};
    claim.count = week.pairs;
    return claim;
  }

  static Claim far_claim(const LockstepWeek& week, const FoldContext& ctx) {
    const Cells cells = sorted_buyers(week.far);
    const double usual = std::max(0.25, usual_of(cells));
    const double least = std::max(static_cast<double>(ctx.param(kMinShared)), kPopular * usual);
    const auto sets = std::count_if(cells.begin(), cells.end(), [&](std::uint32_t n) { return n >= least; });
    const std::int64_t least_sets = std::clamp<std::int64_t>(ctx.param(kMinSets), 1, static_cast<std::int64_t>(kCellsSetAside));
    Claim claim;
    // The weakest of the sets that are asked for: popularity lifts one or two shops, never a third to the same height. Where the
    // busiest buyers of the market meet, cells fill up and tell nothing.
    if (sets >= least_sets && usual <= kCrowded)
      claim.llr_milli = llr_of(cells[cells.size() - static_cast<std::size_t>(least_sets)], 2 * usual + 0.5 + ctx.param(kHonestShare) * week.shop_week / 2000.0, least_sets, ctx.param(kCap), ctx);
    claim.value_milli = cells.back() * 1000LL;
    claim.baseline_milli = to_milli(usual);
    claim.threshold_milli = to_milli(least);
    claim.reason = kReasons[1].code;
    claim.params = {cells.back(), sets, 0, 0};
    claim.count = week.pairs;
    return claim;
  }

  /// `cells`: how many cells hold at least `buyers`.
  static std::int64_t llr_of(std::uint32_t buyers, double honest, std::int64_t cells, std::int64_t cap, const FoldContext& ctx) {
    return shared_llr_milli(buyers, honest, cells, LockstepWeek::kCells, ctx.param(kLogPMax), cap);
  }
};

}  // namespace

const Detector& d5_ring() {
  static const Ring detector;
  return detector;
}

}  // namespace brushwatch
