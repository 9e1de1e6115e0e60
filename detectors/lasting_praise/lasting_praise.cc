#include "detectors/lasting_praise/lasting_praise.h"

#include <algorithm>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr std::uint8_t kPraise = 4;
constexpr std::size_t kFortnight = 14;

constexpr ReasonText kReasons[] = {
    {1, "lasting_praise.photographs", "Also outside the {2} busiest days of the fortnight, {0} of {1} orders delivered were praised with photographs. Share {v}, honest {b}.",
     "两周内除最集中的 {2} 天外，{1} 笔签收订单仍有 {0} 笔带图好评。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"busiest_days", 6, "days", "a launch with invited reviews is three days of orders, which are delivered and praised within six"},
    {"min_delivered", 15, "count", "fewer deliveries outside the busiest days are no share"},
    {"min_praised", 8, "count", "seven photographs in a week may be one happy class of pupils"},
    {"honest_permille", 80, "permille", "30 % review, 87 % of them praise, 18 % of these send a photograph: 47, and two thirds as much again"},
    {"least_permille", 180, "permille", "one order in seven bought with a photographed praise, beside the shop's own"},
    {"log_p_max", -9'210, "milli-nats", "ln 1e-4 at the rate that is taken for honest: one false week in a million at the one that is measured"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kBusiest, kMinDelivered, kMinPraised, kHonest, kLeast, kLogPMax, kCap };

class LastingPraise final : public DetectorOf<LastingShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{31, "lasting_praise", "shop", Stage::kShop, Family::kReview, 1, 1, sizeof(LastingShop),
                                   EventMask::of(EventType::kReviewPosted, EventType::kOrderSigned), 24 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, LastingShop& s, FoldContext& ctx) const override {
    const auto* review = std::get_if<ReviewEvent>(&event.body);
    if (review != nullptr && (review->stars < kPraise || review->photos == 0)) return s.weeks.ask(ctx);
    if (LastingWeek* const week = s.weeks.open(event.event_time, ctx.watermark)) {
      const auto day = static_cast<std::size_t>((event.event_time.ms - week->head.start_ms) / kDayMs);
      std::uint16_t& count = review != nullptr ? week->days[day].praised : week->days[day].delivered;
      count += count != UINT16_MAX;
      ++week->head.changed;
      if (review != nullptr) {
        week->refs.add(event.position);
        say(*week, s, event.event_time, false, ctx);
      } else if (week->head.told_llr_milli != 0) {
        say(*week, s, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(LastingShop& s, FoldContext& ctx) const override {
    const bool live = s.weeks.close(ctx, [&](LastingWeek& week) {
      say(week, s, week.head.end(), true, ctx);
      s.closed_ms = week.head.start_ms;
      s.closed = week.days;
    });
    if (!live) s.closed_ms = 0, s.closed = {};
    return live;
  }

 private:
  static const LastingDays* days_of(std::int64_t start_ms, const LastingShop& s) {
    for (const LastingWeek& week : s.weeks.slots) if (week.head.start_ms == start_ms) return &week.days;
    return s.closed_ms == start_ms ? &s.closed : nullptr;
  }
  void say(LastingWeek& week, const LastingShop& s, EventTime at, bool last, FoldContext& ctx) const {
    std::array<LastingDay, kFortnight> days{};
    if (const LastingDays* before = days_of(week.head.start_ms - kWeekMs, s)) std::copy(before->begin(), before->end(), days.begin());
    std::copy(week.days.begin(), week.days.end(), days.begin() + 7);

    const auto span = static_cast<std::size_t>(std::clamp<std::int64_t>(ctx.param(kBusiest), 0, kFortnight));
    std::int64_t delivered = 0, praised = 0, most = -1, of_busiest = 0;
    for (const LastingDay& d : days) delivered += d.delivered, praised += d.praised;
    for (std::size_t first = 0; first + span <= kFortnight; ++first) {
      std::int64_t here = 0, parcels = 0;
      for (std::size_t i = first; i < first + span; ++i) here += days[i].praised, parcels += days[i].delivered;
      if (here > most) most = here, of_busiest = parcels;
    }
    praised -= most;
    delivered = std::max(delivered - of_busiest, praised);  // praised after the delivery: never more praise than orders
    if (week.head.told_llr_milli == 0 && praised < ctx.param(kMinPraised)) return;
    Claim claim = rate_claim(kReasons[0].code, praised, delivered, rate_rule(ctx, {kMinDelivered, kMinPraised, kHonest, kLeast, kLogPMax, kCap}));
    claim.params[2] = static_cast<std::int64_t>(span);
    if (week.refs.size == 0) claim.llr_milli = 0;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d31_shop() {
  static const LastingPraise detector;
  return detector;
}

}  // namespace brushwatch
