#include "detectors/quick_confirm/quick_confirm.h"

#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "quick_confirm.within_hours", "{0} of {1} parcels signed in the week were confirmed by hand within {2} hours. Share {v}, honest {b}.",
     "本周签收的 {1} 单中有 {0} 单在 {2} 小时内被手动确认收货。占比 {v}，正常 {b}。"},
    {2, "quick_confirm.within_a_day", "{0} of {1} parcels signed in the week were confirmed by hand within {2} hours, where most buyers leave it to the platform. Share {v}, honest {b}.",
     "本周签收的 {1} 单中有 {0} 单在 {2} 小时内被手动确认收货，而多数买家任由平台自动确认。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"quick_hours", 6, "hours", "honest hands confirm after 20 h (median); a worker within five"},
    {"min_signed", 10, "count", "below ten a week a share has no meaning"},
    {"min_quick", 6, "count", "five quick buyers are a family order"},
    {"honest_permille", 60, "permille", "35 % confirm by hand, a ninth of them within six hours: 4 %, and half as much again"},
    {"least_permille", 220, "permille", "one order in five bought at nine in ten confirmed at once"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"day_hours", 30, "hours", "tasks are paid after the confirmation: who waits a decent while still confirms on the next day"},
    {"day_honest_permille", 250, "permille", "35 % confirm by hand, two thirds of them within thirty hours: 23 %, of which returns take some"},
    {"day_least_permille", 380, "permille", "half of the orders bought at half confirmed by hand, beside a fifth of the others"},
    {"day_log_p_max", -6'908, "milli-nats", "ln 1e-3: patient workers differ less from buyers, and haste never stands alone"},
};
enum Param : std::size_t { kQuickHours, kMinSigned, kMinQuick, kHonest, kLeast, kLogPMax, kCap, kDayHours, kDayHonest, kDayLeast, kDayLogPMax };

std::uint32_t minute_of(EventTime t) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(floor_div(t.ms, kMinuteMs), 1, UINT32_MAX)); }

class QuickConfirm final : public DetectorOf<ConfirmShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{29, "quick_confirm", "shop", Stage::kShop, Family::kOrder, 2, 2, sizeof(ConfirmShop),
                                   EventMask::of(EventType::kOrderSigned, EventType::kOrderConfirmed), kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, ConfirmShop& s, FoldContext& ctx) const override {
    const bool is_signature = event.type == EventType::kOrderSigned;
    const std::uint32_t order = static_cast<std::uint32_t>(mix64(event.as<OrderEvent>().order.hash) >> 32) | 1;
    ConfirmPair& pair = pair_of(s, order);
    std::uint32_t& half = is_signature ? pair.signed_at : pair.confirmed_at;
    const bool first = half == 0;  // the same event may come twice
    if (first) half = minute_of(event.event_time);
    if (first && is_signature) {
      if (ConfirmWeek* const week = s.weeks.open(event.event_time, ctx.watermark)) {
        ++week->signatures;
        ++week->head.changed;
      }
    }
    const auto within = [&](Param hours) { return pair.confirmed_at <= pair.signed_at + static_cast<std::uint32_t>(ctx.param(hours)) * 60; };
    if (first && pair.signed_at != 0 && pair.confirmed_at != 0 && (within(kQuickHours) || within(kDayHours))) {
      if (ConfirmWeek* const week = s.weeks.find({pair.signed_at * kMinuteMs})) {
        week->quick += within(kQuickHours);
        week->in_a_day += within(kDayHours);
        ++week->head.changed;
        week->refs.add(event.position);
        say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(ConfirmShop& s, FoldContext& ctx) const override {
    const bool live = s.weeks.close(ctx, [&](ConfirmWeek& week) { say(week, week.head.end(), true, ctx); });
    if (!live) s.pairs = {};
    return live;
  }

 private:
  /// The order's pair, or the oldest one made free for it.
  static ConfirmPair& pair_of(ConfirmShop& s, std::uint32_t order) {
    ConfirmPair* oldest = &s.pairs.front();
    for (ConfirmPair& pair : s.pairs) {
      if (pair.order == order) return pair;
      if (pair.newest() < oldest->newest()) oldest = &pair;
    }
    *oldest = ConfirmPair{order, 0, 0};
    return *oldest;
  }
  void say(ConfirmWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.in_a_day < ctx.param(kMinQuick)) return;
    Claim claim = rate_claim(kReasons[0].code, week.quick, std::max<std::uint32_t>(week.signatures, week.quick),
                             rate_rule(ctx, {kMinSigned, kMinQuick, kHonest, kLeast, kLogPMax, kCap}));
    claim.params[2] = ctx.param(kQuickHours);
    Claim day = rate_claim(kReasons[1].code, week.in_a_day, std::max<std::uint32_t>(week.signatures, week.in_a_day),
                           rate_rule(ctx, {kMinSigned, kMinQuick, kDayHonest, kDayLeast, kDayLogPMax, kCap}));
    day.params[2] = ctx.param(kDayHours);
    if (day.llr_milli > claim.llr_milli) claim = day;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d29_shop() {
  static const QuickConfirm detector;
  return detector;
}

}  // namespace brushwatch
