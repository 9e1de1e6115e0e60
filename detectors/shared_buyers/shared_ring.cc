#include "detectors/shared_buyers/shared_buyers.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

/// Shops differ in size less than their samples do: half as much again as the mean of the cells.
constexpr double kCrowd = 1.5;

constexpr ReasonText kReasons[] = {
    {1, "shared_buyers.sets", "{0} buyers of the fortnight also bought, on another day, in one other shop, where {b} are usual; {1} other shops share as many. Counted in a sample of one buyer in {2}.",
     "近两周有 {0} 名买家另日也在同一家其他店铺下单，通常为 {b} 名；共有 {1} 家店铺与本店共有如此多的买家。按每 {2} 名买家抽 1 名统计。"},
    {2, "shared_buyers.seeds", "{0} buyers of the fortnight also bought, on another day, in a shop that a closed case confirmed, where {b} are usual; {1} confirmed shops share buyers with this one. Counted in a sample of one buyer in {2}.",
     "近两周有 {0} 名买家另日也在一家已结案确认炒信的店铺下单，通常为 {b} 名；共有 {1} 家已确认店铺与本店有共同买家。按每 {2} 名买家抽 1 名统计。"},
};
constexpr ParamInfo kParams[] = {
    {"min_shared", 7, "count", "catalogue D4: eight shared buyers; linear counting of eight may read seven"},
    {"honest_shared", 300, "milli-buyers", "by chance two shops' samples among a hundred thousand buyers share next to none; neighbours' tips"},
    {"jaccard_permille", 20, "permille", "of the shop's own sampled orders of the fortnight: what one other shop of the same kind may take"},
    {"one_set_cap", 1'500, "milli-nats", "one other shop may be a sister, or the same brand on another platform"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6, over 128 cells: one false week in a million by chance alone"},
    {"min_seeded", 4, "count", "buyers shared with a confirmed shop: half of what an unknown one needs"},
    {"seeded_log_p_max", -6'908, "milli-nats", "ln 0.001, over the confirmed shops: one honest shop-week in a thousand that meets one; no accusation without a second family"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinShared, kHonest, kJaccard, kOneSetCap, kLogPMax, kMinSeeded, kSeededLogPMax, kCap };

void unite(SharedCells& into, const SharedCells& other) {
  for (std::size_t i = 0; i < SharedCells::kCells; ++i) into.buyers[i] |= other.buyers[i];
}
void unite(SeededCells& into, const SeededCells& other) {
  for (std::size_t i = 0; i < into.bits.size(); ++i) into.bits[i] |= other.bits[i];
}

class Ring final : public DetectorOf<SharedRing> {
 public:
  const DetectorInfo& info() const override {
    // The later order of a pair was on time at its shop; the pair itself is as late as that.
    static const DetectorInfo info{4, "shared_buyers", "ring", Stage::kRing, Family::kGraph, 2, 2, sizeof(SharedRing),
                                   EventMask::of(EventType::kHubEdge), 15 * kDayMs, kParams, kReasons};
    return info;
  }

  void event(const Event& event, SharedRing& s, FoldContext& ctx) const override {
    const auto& pair = event.as<HubEdgeEvent>();
    if (pair.kind != PartyKind::kBuyer || pair.shops == 0) return s.weeks.ask(ctx);
    SharedWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return s.weeks.ask(ctx);
    if (s.shop.size == 0) keep_shop_name(s.shop, pair.shop, ctx);
    const std::size_t cell = mix64(pair.party ^ 0xD4) % SharedCells::kCells;
    week->cells.buyers[cell] |= buyer_bit(pair.buyer);
    if (ctx.reference != nullptr && ctx.reference->confirmed_shop(pair.party, event.event_time)) week->seeded.add(cell);
    week->depth = std::max<std::uint64_t>(week->depth, pair.shops - 1);
    ++week->pairs;
    week->shop_week = std::max(week->shop_week, pair.shop_week);
    ++week->head.changed;
    week->refs.add(pair.origin);
    ctx.changed = true;
    if (week->pairs % 4 == 0) say(*week, s, event.event_time, false, ctx);
    s.weeks.ask(ctx);
  }

  bool timer(SharedRing& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](SharedWeek& week) {
      say(week, s, week.head.end(), true, ctx);
      s.closed_ms = week.head.start_ms;
      s.closed = week.cells;
      s.closed_seeded = week.seeded;
    });
  }

 private:
  void say(SharedWeek& week, const SharedRing& s, EventTime at, bool last, FoldContext& ctx) const {
    if (s.shop.size == 0) return;
    SharedCells cells = week.cells;
    SeededCells seeded = week.seeded;
    const std::int64_t before = week.head.start_ms - kWeekMs;
    if (s.closed_ms == before) unite(cells, s.closed), unite(seeded, s.closed_seeded);
    for (const SharedWeek& other : s.weeks.slots) if (other.head.start_ms == before) unite(cells, other.cells), unite(seeded, other.seeded);
    tell(info(), claim_of(cells, seeded, week, ctx), week.head, {SubjectKind::kShop, s.shop.named()}, week.refs.span(), at, last, ctx);
  }

  static Claim claim_of(const SharedCells& cells, const SeededCells& seeded, const SharedWeek& week, const FoldContext& ctx) {
    const auto shared = sorted_buyers(cells.buyers);
    const std::uint64_t depth = std::min<std::uint64_t>(week.depth, 20);
    const double own = 2.0 * week.shop_week / static_cast<double>(1U << depth);
    const double honest = static_cast<double>(ctx.param(kHonest)) / 1000 + kCrowd * usual_of_used(shared) + static_cast<double>(ctx.param(kJaccard)) / 1000 * own;
    const auto sets = std::count_if(shared.begin(), shared.end(), [&](std::uint32_t n) { return n >= ctx.param(kMinShared) && n >= 2 * honest; });
    const std::uint32_t most = shared.back();
    Claim claim;
    if (sets > 0) {
      // The weakest of up to three: one other shop may have its reasons, others with the same buyers have not.
      const std::int64_t asked = std::min<std::int64_t>(sets, 3);
      claim.llr_milli = shared_llr_milli(shared[shared.size() - static_cast<std::size_t>(asked)], honest, asked, SharedCells::kCells, ctx.param(kLogPMax), ctx.param(sets > 1 ? kCap : kOneSetCap));
    }
    claim.value_milli = most * 1000LL;
    claim.baseline_milli = to_milli(honest);
    claim.threshold_milli = ctx.param(kMinShared) * 1000;
    claim.reason = kReasons[0].code;
    claim.params = {most, sets, 1LL << depth, 0};
    claim.count = week.pairs;
    seeds(cells, seeded, honest, ctx, claim);
    return claim;
  }

  /// The fullest cell of a confirmed shop, if it says more: it stands alone, as nobody need ask whether that shop is a harmless sister. The tail
  /// is taken over the confirmed cells only.
  static void seeds(const SharedCells& cells, const SeededCells& seeded, double honest, const FoldContext& ctx, Claim& claim) {
    std::uint32_t most = 0;
    std::size_t shops = 0;
    for (std::size_t i = 0; i < SharedCells::kCells; ++i) {
      if (!seeded.has(i)) continue;
      ++shops;
      most = std::max(most, distinct_buyers(cells.buyers[i]));
    }
    if (most < ctx.param(kMinSeeded) || most < 2 * honest) return;
    const std::int64_t llr = shared_llr_milli(most, honest, 1, shops, ctx.param(kSeededLogPMax), ctx.param(kCap));
    if (llr <= claim.llr_milli) return;
    claim.llr_milli = llr;
    claim.value_milli = most * 1000LL;
    claim.threshold_milli = ctx.param(kMinSeeded) * 1000;
    claim.reason = kReasons[1].code;
    claim.params[0] = most;
    claim.params[1] = static_cast<std::int64_t>(shops);
  }
};

}  // namespace

const Detector& d4_ring() {
  static const Ring detector;
  return detector;
}

}  // namespace brushwatch
