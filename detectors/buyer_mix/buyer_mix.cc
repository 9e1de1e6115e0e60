#include "detectors/buyer_mix/buyer_mix.h"

#include <algorithm>
#include <numeric>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "buyer_mix.one_town", "{0} of {1} orders of the week, without the town's busiest day, came from one town on {2} days, where {3} orders of the weeks before let expect {b}. Share {v}.",
     "除该城市最多的一天外，本周 {1} 笔订单中有 {0} 笔来自同一城市，分布在 {2} 天；此前 {3} 笔订单显示正常占比为 {b}，本周为 {v}。"},
};
constexpr ParamInfo kParams[] = {
    {"min_orders", 20, "count", "below twenty a week a share has no meaning"},
    {"min_town", 12, "count", "a dozen neighbours may have told each other"},
    {"min_days", 2, "days", "besides the busiest, which is left out: a neighbourhood that orders together does it on one evening"},
    {"min_history", 20, "count", "orders before, or nobody knows where the shop's buyers live"},
    {"prior_orders", 10, "count", "of a shop of which nothing is known: worth ten orders …"},
    {"prior_permille", 400, "permille", "… of which the largest town of a province takes four in ten"},
    {"honest_floor_permille", 100, "permille", "however few came from there before: students return, a host has followers at home"},
    {"excess_milli", 2'000, "milli", "guilty: the town takes at least twice its usual share"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6, over 16 towns: one false week in sixty thousand shop-weeks by chance alone"},
    {"llr_cap", 2'500, "milli-nats", "a university that opens or a host's home town looks the same: twelve to one is all that this can say"},
};
enum Param : std::size_t { kMinOrders, kMinTown, kMinDays, kMinHistory, kPriorOrders, kPriorShare, kFloor, kExcess, kLogPMax, kCap };

using Counts = std::array<std::int64_t, MixWeek::kCells>;

std::int64_t sum_of(const MixWeek::Days& days) { return std::accumulate(days.begin(), days.end(), std::int64_t{0}); }

class BuyerMix final : public DetectorOf<MixShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{3, "buyer_mix", "shop", Stage::kShop, Family::kOrder, 1, 1, sizeof(MixShop),
                                   EventMask::of(EventType::kOrderPaid), kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, MixShop& s, FoldContext& ctx) const override {
    const auto& order = event.as<OrderEvent>();
    if (order.region6 != 0) count(order, event, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(MixShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](MixWeek& week) {
      say(week, s, week.head.end(), true, ctx);
      for (std::size_t i = 0; i < MixWeek::kCells; ++i) {
        s.history[i] = static_cast<std::uint16_t>(std::min<std::int64_t>(UINT16_MAX, s.history[i] / 2 + sum_of(week.orders[i])));
      }
    });
  }

 private:
  void count(const OrderEvent& order, const Event& event, MixShop& s, FoldContext& ctx) const {
    MixWeek* const week = s.weeks.open(event.event_time, ctx.watermark);
    if (week == nullptr) return;
    const std::size_t town = mix64(order.region6 / 100) % MixWeek::kCells;
    std::uint8_t& today = week->orders[town][static_cast<std::size_t>((event.event_time - week->head.start()) / kDayMs)];
    today += today != UINT8_MAX;
    week->refs.add(event.position, static_cast<std::uint8_t>(town));
    ++week->head.changed;
    if (week->head.told_llr_milli != 0 || (week->head.changed % 4 == 0 && sum_of(week->orders[town]) >= ctx.param(kMinTown))) say(*week, s, event.event_time, false, ctx);
  }
  /// What is known of the weeks before `week`: the closed ones, and those that late orders may still change.
  static Counts before(const MixWeek& week, const MixShop& s) {
    Counts out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = s.history[i];
      for (const MixWeek& other : s.weeks.slots) {
        if (other.head.start_ms != 0 && other.head.start_ms < week.head.start_ms) out[i] += sum_of(other.orders[i]);
      }
    }
    return out;
  }
  void say(MixWeek& week, const MixShop& s, EventTime at, bool last, FoldContext& ctx) const {
    std::int64_t orders = 0;
    for (const MixWeek::Days& town : week.orders) orders += sum_of(town);
    if (week.head.told_llr_milli == 0 && orders < ctx.param(kMinOrders)) return;
    const Counts usual = before(week, s);
    const std::int64_t history = std::accumulate(usual.begin(), usual.end(), std::int64_t{0});
    Claim claim;
    std::size_t town = 0;
    for (std::size_t i = 0; history >= ctx.param(kMinHistory) && i < usual.size(); ++i) {
      const MixWeek::Days& days = week.orders[i];
      const auto busiest = static_cast<std::size_t>(std::max_element(days.begin(), days.end()) - days.begin());
      if (std::count_if(days.begin(), days.end(), [](std::uint8_t n) { return n != 0; }) - 1 < ctx.param(kMinDays)) continue;
      std::int64_t left = orders;  // of all towns, on the other days
      for (const MixWeek::Days& town_days : week.orders) left -= town_days[busiest];
      RateRule rule;
      rule.min_total = ctx.param(kMinOrders);
      rule.min_marked = ctx.param(kMinTown);
      const double prior = static_cast<double>(ctx.param(kPriorOrders));
      rule.honest = std::max(static_cast<double>(ctx.param(kFloor)) / 1000,
                             (static_cast<double>(usual[i]) + prior * static_cast<double>(ctx.param(kPriorShare)) / 1000) / (static_cast<double>(history) + prior));
      rule.least = rule.honest * static_cast<double>(ctx.param(kExcess)) / 1000;
      rule.log_p_max = static_cast<double>(ctx.param(kLogPMax)) / 1000;
      rule.cap_milli = ctx.param(kCap);
      // Its usual share leaves no room for twice as much.
      if (rule.least >= 1) continue;
      const Claim here = rate_claim(kReasons[0].code, sum_of(days) - days[busiest], left, rule);
      if (here.llr_milli <= claim.llr_milli) continue;
      claim = here;
      town = i;
    }
    claim.params[2] = std::count_if(week.orders[town].begin(), week.orders[town].end(), [](std::uint8_t n) { return n != 0; }) - 1;
    claim.params[3] = history;
    const auto refs = week.refs.pick([&](std::uint8_t cell) { return cell == town; });
    if (refs.size == 0) claim.llr_milli = 0;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d3_shop() {
  static const BuyerMix detector;
  return detector;
}

}  // namespace brushwatch
