#include "detectors/unbrowsed_orders/unbrowsed_orders.h"

#include <bit>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = kHourMs;
constexpr std::uint32_t kBits = UnbrowsedDay::kWords * 64;
/// Above this load a stranger's bit is more often set than not: the bitmap no longer tells who looked.
constexpr int kFullBits = static_cast<int>(kBits * 7 / 10);

constexpr ReasonText kReasons[] = {
    {1, "unbrowsed_orders.no_view", "{0} of {1} orders that came by search were placed by buyers who had looked at nothing in the shop that day. Share {v}, honest {b}.",
     "{1} 笔搜索来源订单中有 {0} 笔的买家当日未浏览该店任何页面。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"min_orders", 12, "count", "below a dozen a week a share has no meaning"},
    {"min_unbrowsed", 8, "count", "half of a seller's usual campaign of twenty"},
    {"honest_permille", 250, "permille", "12 % order from a link or again, as many look without logging in: taken for a quarter"},
    {"least_permille", 450, "permille", "phone farms browse before one order in six, worker scripts before half"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinOrders, kMinUnbrowsed, kHonest, kLeast, kLogPMax, kCap };

std::uint32_t bit_of(Pid who) { return static_cast<std::uint32_t>(mix64(who ^ 0xD9) >> 56); }
void set(std::array<std::uint64_t, UnbrowsedDay::kWords>& words, std::uint32_t bit) { words[bit / 64] |= 1ULL << (bit % 64); }
bool has(const std::array<std::uint64_t, UnbrowsedDay::kWords>& words, std::uint32_t bit) { return (words[bit / 64] >> (bit % 64) & 1) != 0; }

/// Buyers whose bit no visitor has set, corrected for those whom a stranger's visit hides.
std::uint32_t unbrowsed_of(const UnbrowsedDay& day) {
  int seen = 0, alone = 0;
  for (std::size_t i = 0; i < UnbrowsedDay::kWords; ++i) {
    seen += std::popcount(day.viewers[i]);
    alone += std::popcount(day.buyers[i] & ~day.viewers[i]);
  }
  const auto all = static_cast<int>(kBits);
  return std::min(day.orders, static_cast<std::uint32_t>(alone * all / (all - seen)));
}
bool is_full(const UnbrowsedDay& day) {
  int seen = 0;
  for (const std::uint64_t word : day.viewers) seen += std::popcount(word);
  return seen > kFullBits;
}

void sample(UnbrowsedDay& day, std::uint64_t ref, std::uint32_t bit) {
  std::size_t at = day.sampled;
  while (at > 0 && day.refs[at - 1] > ref) --at;
  if (at == UnbrowsedDay::kSample) return;
  const std::size_t end = day.sampled < UnbrowsedDay::kSample ? day.sampled : UnbrowsedDay::kSample - 1;
  for (std::size_t i = end; i > at; --i) day.refs[i] = day.refs[i - 1], day.bits[i] = day.bits[i - 1];
  day.refs[at] = ref;
  day.bits[at] = static_cast<std::uint8_t>(bit);
  if (day.sampled < UnbrowsedDay::kSample) ++day.sampled;
}

void add_day(UnbrowsedWeek& week, const UnbrowsedDay& day) {
  if (is_full(day)) return;
  week.orders += day.orders;
  week.unbrowsed += unbrowsed_of(day);
  for (std::size_t i = 0; i < day.sampled; ++i) if (!has(day.viewers, day.bits[i])) week.refs.add({day.refs[i]});
}

class UnbrowsedOrders final : public DetectorOf<UnbrowsedShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{9, "unbrowsed_orders", "shop", Stage::kShop, Family::kTraffic, 1, 1, sizeof(UnbrowsedShop),
                                   EventMask::of(EventType::kOrderPaid, EventType::kTrafficView), kLatenessMs, kParams, kReasons};
    return info;
  }

  void event(const Event& event, UnbrowsedShop& s, FoldContext& ctx) const override {
    const auto* order = std::get_if<OrderEvent>(&event.body);
    // A view opens no day: a shop that sells nothing by search has nothing to compare.
    if (order != nullptr && order->channel != Channel::kSearch && order->channel != Channel::kAd) return ask(s, ctx);
    UnbrowsedDay* const day = s.days.open(day_index(event.event_time), [&](UnbrowsedDay& closing) { settle(closing, s, ctx); });
    if (day != nullptr && order == nullptr) {
      const Pid who = event.as<ViewEvent>().buyer;
      if (who != 0) set(day->viewers, bit_of(who));
    } else if (day != nullptr) {
      ++day->orders;
      set(day->buyers, bit_of(order->buyer));
      sample(*day, event.position.packed, bit_of(order->buyer));
      if (day->orders % 4 == 0) look(*day, s, event.event_time, ctx);
    }
    ask(s, ctx);
  }

  bool timer(UnbrowsedShop& s, FoldContext& ctx) const override {
    s.days.close(day_index(settled_before(ctx.watermark, kLatenessMs)) - 1, [&](UnbrowsedDay& day) { settle(day, s, ctx); });
    const bool weeks = s.weeks.close(ctx, [&](UnbrowsedWeek& week) { say(week, week, week.head.end(), true, ctx); });
    ask(s, ctx);
    return weeks || s.days.oldest() != nullptr;
  }

 private:
  static void ask(UnbrowsedShop& s, FoldContext& ctx) {
    if (const UnbrowsedDay* oldest = s.days.oldest()) ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
    s.weeks.ask(ctx);
  }
  void settle(const UnbrowsedDay& day, UnbrowsedShop& s, FoldContext& ctx) const {
    if (day.orders == 0) return;
    UnbrowsedWeek* const week = s.weeks.open(day_start(day.index), ctx.watermark);
    if (week == nullptr) return;
    add_day(*week, day);
    ++week->head.changed;
    say(*week, *week, day_start(day.index + 1), false, ctx);
  }
  /// The open day, before it is settled: views may still come, so what is said may be taken back.
  void look(const UnbrowsedDay& day, UnbrowsedShop& s, EventTime at, FoldContext& ctx) const {
    UnbrowsedWeek* const week = s.weeks.open(day_start(day.index), ctx.watermark);
    if (week == nullptr) return;
    UnbrowsedWeek now = *week;
    add_day(now, day);
    say(*week, now, at, false, ctx);
  }
  void say(UnbrowsedWeek& week, const UnbrowsedWeek& counts, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && counts.unbrowsed < ctx.param(kMinUnbrowsed)) return;
    const RateRule rule = rate_rule(ctx, {kMinOrders, kMinUnbrowsed, kHonest, kLeast, kLogPMax, kCap});
    Claim claim = rate_claim(kReasons[0].code, counts.unbrowsed, counts.orders, rule);
    if (counts.refs.size == 0) claim.llr_milli = 0;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, counts.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d9_shop() {
  static const UnbrowsedOrders detector;
  return detector;
}

}  // namespace brushwatch
