#include "detectors/order_velocity/order_velocity.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "detectors/shop_core/day_profile.h"
#include "detectors/shop_core/evidence_sample.h"
#include "detectors/shop_core/open_windows.h"
#include "detectors/shop_core/said.h"
#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"
#include "engine/math/surprise.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = kHourMs;
constexpr std::int64_t kIdleTtlMs = 60 * kDayMs;
constexpr std::int64_t kPaneMs = 10 * kMinuteMs;
constexpr std::int32_t kPanesADay = 144;
/// Three hours: a pane is judged when it falls out of the ring, long after the hour in which late orders may still come.
constexpr std::size_t kPanes = 18;
constexpr std::size_t kRecentDays = 6;  // with the day itself: the week

/// Prior of a shop without history: gamma with shape ½ (Jeffreys) and half a day of exposure, so a mean of one order a day
/// (the median shop of the Olist sample sells 1.07 a day, detection notes §3.1) that two days of history already outweigh.
constexpr double kPriorOrders = 0.5, kPriorDays = 0.5;
/// History halves in two weeks (0.9517^14 = ½): seasons change, and four weeks is the usual baseline.
constexpr double kKeepADay = 0.9517;
/// A pause longer than this counts as two weeks of silence: a shop that comes back after a holiday is not a burst.
constexpr std::int32_t kIdleDaysMax = 14;
constexpr std::int32_t kTrustedDays = 3;  // as min_history_days: until then nothing is said, so nothing can be excused
/// How a shop's honest rate itself varies, as gamma shape (1 / squared coefficient of variation): ±58 % over ten minutes,
/// ±45 % over an hour, ±35 % over a day, ±25 % over a week. The shorter, the burstier (one live room, one chat group).
constexpr double kShapePane = 3, kShapeHour = 5, kShapeDay = 8, kShapeWeek = 16;
/// Windows looked at a day, times four scales: the best of them must be surprising after that many looks.
const double kLogLooksPane = std::log(144.0 * 4), kLogLooksHour = std::log(24.0 * 4), kLogLooksDay = std::log(4.0);
/// What one burst may claim by itself. Beyond e^12 the model is less certain than the number.
constexpr double kLlrCap = 12.0;

constexpr ParamInfo kParams[] = {
    {"min_count", 20, "count", "fewer orders move no ranking; a seller's whole campaign is about 20 (SRE study)"},
    {"tail_milli", 13816, "milli-nats", "-ln 1e-6, the catalogue's start value"},
    {"small_count", 10, "count", "a small shop's burst, when it is far clearer"},
    {"small_tail_milli", 20723, "milli-nats", "-ln 1e-9: three orders of magnitude for the smaller count"},
    {"min_history_days", 3, "days", "a baseline of fewer closed days is the prior and nothing else"},
    {"live_share_permille", 500, "permille", "when most of the day's orders came by live stream, the room explains the burst"},
    {"live_cap_milli", 2000, "milli-nats", "what a burst may claim when a live room explains it"},
};
enum Param { kMinCount, kTail, kSmallCount, kSmallTail, kMinHistory, kLiveShare, kLiveCap };

enum Reason : std::uint16_t { kBurst = 1, kWeek = 2 };
constexpr ReasonText kReasons[] = {
    {kBurst, "order_velocity.burst", "{v} paid orders within {0} minutes where {b} were expected; {1} orders that day",
     "{0} 分钟内付款订单 {v} 笔，按该店历史应为 {b} 笔；当日共 {1} 笔"},
    {kWeek, "order_velocity.week", "{v} paid orders in seven days where {b} were expected; {1} on the last day",
     "七日内付款订单 {v} 笔，按该店历史应为 {b} 笔；末日 {1} 笔"},
};

struct Day {
  std::int32_t index;
  std::uint32_t orders, live;
  std::uint32_t next_look;  ///< orders of the day at which to evaluate again
  Said said;
  std::array<std::uint16_t, 24> hours;  ///< saturating
  std::uint16_t pane_count;             ///< the most surprising closed pane
  std::uint8_t pane_hour;
  std::uint8_t reserved[5];
  EvidenceSample<12> evidence;
};

/// Orders a usual day, in decayed sums; promotions are divided out.
struct Baseline {
  double orders, days;                     ///< of the days older than `recent`
  std::array<float, kRecentDays> recent;   ///< the last closed days, newest first; only recent_days are known
  std::int32_t recent_days;
  std::int32_t history_days;               ///< closed days after the first, saturating
  std::int32_t last_day;                   ///< the last day folded; 0 = none
  std::int32_t reserved;
};

struct VelocityState {
  OpenWindows<Day, 2> days;
  Baseline baseline;
  std::int32_t first_pane;  ///< pane number of the ring's first; 0 = empty
  std::array<std::uint16_t, kPanes> panes;
  EvidenceRef last;
};

struct Rate {
  double mean, shape;
};
/// Orders of a usual day, by all that is known; `lagged`: without the last week, which must not excuse itself.
Rate rate_of(const Baseline& b, bool lagged) {
  double orders = kPriorOrders + b.orders, days = kPriorDays + b.days;
  for (std::int32_t i = 0; !lagged && i < b.recent_days; ++i) {
    orders += b.recent[i];
    days += 1;
  }
  return {orders / days, orders};
}
/// The rate is uncertain (its own shape) and varies (the scale's): variances add.
double predictive_shape(const Rate& rate, double scale_shape) { return 1.0 / (1.0 / rate.shape + 1.0 / scale_shape); }

void push_day(Baseline& b, double orders) {
  if (b.recent_days == static_cast<std::int32_t>(kRecentDays)) {
    b.orders = b.orders * kKeepADay + b.recent[kRecentDays - 1];
    b.days = b.days * kKeepADay + 1.0;
  } else {
    ++b.recent_days;
  }
  for (std::size_t i = kRecentDays - 1; i > 0; --i) b.recent[i] = b.recent[i - 1];
  b.recent[0] = static_cast<float>(orders);
  b.history_days = std::min(b.history_days + 1, 1000);
}

/// Folds a closed day. The first day is left out: it began when the stream did, not at midnight.
void fold_day(Baseline& b, const Day& day, double factor) {
  if (b.last_day != 0) {
    const std::int32_t idle = std::min(day.index - b.last_day - 1, kIdleDaysMax);
    for (std::int32_t i = 0; i < idle; ++i) push_day(b, 0);
    const double expected = rate_of(b, false).mean;
    // Winsorised: a bought day may not teach the shop that bought days are usual. +10 lets a small shop grow. The first days
    // count whole: a large shop would else climb from the prior for a week, and look like a burst all the way.
    const double orders = day.orders / factor;
    push_day(b, b.history_days < kTrustedDays ? orders : std::min(orders, 3.0 * expected + 10.0));
  }
  b.last_day = day.index;
}

/// One window of one scale: how surprising, after all the looks.
struct Look {
  double log_p = 0;
  std::int64_t count = 0;
  double expected = 0, shape = 1, log_looks = 0;
  std::int64_t minutes = 0;
};

class OrderVelocity final : public DetectorOf<VelocityState> {
 public:
  [[nodiscard]] const DetectorInfo& info() const override;

  void event(const Event& event, VelocityState& s, FoldContext& ctx) const override {
    const auto& order = event.as<OrderEvent>();
    Day* day = s.days.open(day_index(event.event_time), [&](Day& closing) { settle(closing, s, ctx); });
    if (day != nullptr) {
      ++day->orders;
      day->live += order.channel == Channel::kLive;
      std::uint16_t& hour = day->hours[static_cast<std::size_t>(shanghai_hour(event.event_time))];
      hour += hour != UINT16_MAX;
      day->evidence.add(ctx.position);
      count_pane(event.event_time, s, ctx);
      if (day->orders >= std::max<std::uint32_t>(day->next_look, static_cast<std::uint32_t>(ctx.param(kSmallCount)))) {
        day->next_look = day->orders + 1 + day->orders / 16;
        Baseline before = s.baseline;  // with what the open days before this one say so far
        for (std::int32_t d = day->index - 2; d < day->index; ++d) {
          for (const Day& open : s.days.slots) {
            if (open.index == d && d > 0) fold_day(before, open, day_factor(d, ctx));
          }
        }
        judge(*day, s, before, Moment::kEarly, event.event_time, ctx);
      }
    }
    if (const Day* oldest = s.days.oldest()) ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
  }

  bool timer(VelocityState& s, FoldContext& ctx) const override {
    s.days.close(day_index(settled_before(ctx.watermark, kLatenessMs)) - 1, [&](Day& day) { settle(day, s, ctx); });
    if (const Day* oldest = s.days.oldest()) {
      ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
      return true;
    }
    const EventTime end = day_start(s.baseline.last_day) + kIdleTtlMs;
    if (s.baseline.last_day == 0 || end <= ctx.watermark) {
      s = VelocityState{};
      return false;
    }
    ctx.wake_at(end);
    return true;
  }

 private:
  static double hour_factor(std::int32_t day, int hour, const FoldContext& ctx) {
    return promotion_factor(ctx, shop_of(ctx).shop_hash, day_start(day) + hour * kHourMs);
  }
  static double day_factor(std::int32_t day, const FoldContext& ctx) {
    double factor = 0;
    for (int h = 0; h < 24; ++h) factor += kHourShare[static_cast<std::size_t>(h)] * hour_factor(day, h, ctx);
    return factor;
  }

  static Look look_at_pane(std::int64_t count, std::int32_t day, int hour, const Rate& rate, const FoldContext& ctx) {
    const double expected = rate.mean * kHourShare[static_cast<std::size_t>(hour)] * hour_factor(day, hour, ctx) / 6;
    return look(count, expected, predictive_shape(rate, kShapePane), kLogLooksPane, 10);
  }
  static Look look(std::int64_t count, double expected, double shape, double log_looks, std::int64_t minutes) {
    return {std::min(0.0, log_negative_binomial_tail(count, expected, shape) + log_looks), count, expected, shape, log_looks, minutes};
  }

  /// A pane leaves the ring: remember it when it is the day's most surprising.
  static void close_pane(std::int32_t pane, std::uint16_t count, VelocityState& s, const FoldContext& ctx) {
    if (count < ctx.param(kSmallCount)) return;
    Day* day = nullptr;
    for (Day& open : s.days.slots) {
      if (open.index == pane / kPanesADay) day = &open;
    }
    if (day == nullptr) return;
    const int hour = pane % kPanesADay / 6;
    const Rate rate = rate_of(s.baseline, false);
    if (day->pane_count == 0 ||
        look_at_pane(count, day->index, hour, rate, ctx).log_p < look_at_pane(day->pane_count, day->index, day->pane_hour, rate, ctx).log_p) {
      day->pane_count = count;
      day->pane_hour = static_cast<std::uint8_t>(hour);
    }
  }
  static void close_panes_before(std::int32_t limit, VelocityState& s, const FoldContext& ctx) {
    if (s.first_pane == 0) return;
    std::size_t gone = 0;
    for (; gone < kPanes && s.first_pane + static_cast<std::int32_t>(gone) < limit; ++gone) {
      if (s.panes[gone] != 0) close_pane(s.first_pane + static_cast<std::int32_t>(gone), s.panes[gone], s, ctx);
    }
    std::move(s.panes.begin() + static_cast<std::ptrdiff_t>(gone), s.panes.end(), s.panes.begin());
    std::fill(s.panes.end() - static_cast<std::ptrdiff_t>(gone), s.panes.end(), std::uint16_t{0});
    s.first_pane = std::max(limit, s.first_pane);
  }
  static void count_pane(EventTime t, VelocityState& s, const FoldContext& ctx) {
    constexpr auto kSpan = static_cast<std::int32_t>(kPanes);
    const auto pane = static_cast<std::int32_t>(floor_div(t.ms + kShanghaiOffsetMs, kPaneMs));
    // The ring ends with the newest pane, so that an order before the first one seen still has room.
    if (s.first_pane == 0) s.first_pane = pane - kSpan + 1;
    if (pane >= s.first_pane + kSpan) close_panes_before(pane - kSpan + 1, s, ctx);
    if (pane < s.first_pane) return;
    std::uint16_t& count = s.panes[static_cast<std::size_t>(pane - s.first_pane)];
    count += count != UINT16_MAX;
  }

  void settle(Day& day, VelocityState& s, FoldContext& ctx) const {
    close_panes_before((day.index + 1) * kPanesADay, s, ctx);
    judge(day, s, s.baseline, Moment::kSettled, day_start(day.index + 1), ctx);
    fold_day(s.baseline, day, day_factor(day.index, ctx));
  }

  void judge(Day& day, const VelocityState& s, const Baseline& baseline, Moment moment, EventTime at, FoldContext& ctx) const {
    FindingEvent finding;
    finding.detector = 1;
    finding.version = info().version;
    finding.family = Family::kOrder;
    finding.direction = Direction::kPromote;
    finding.subject = shop_of(ctx).id();
    finding.window_start = day_start(day.index);
    finding.window_end = day_start(day.index + 1);
    if (const Look best = most_surprising(day, s, baseline, ctx); best.count != 0) {
      const bool live = day.live * 1000LL >= ctx.param(kLiveShare) * day.orders;
      const std::int64_t cap = live ? ctx.param(kLiveCap) : to_milli(kLlrCap);
      finding.llr_milli = std::min(to_milli(log_e_value(best.log_p)), cap);
      finding.value_milli = best.count * 1000;
      finding.baseline_milli = to_milli(best.expected);
      finding.threshold_milli = 1000 * critical_count(best, ctx);
      finding.reason = best.minutes > kDayMs / kMinuteMs ? kWeek : kBurst;
      finding.params = {best.minutes, day.orders, 0, 0};
      finding.count = day.orders;
      day.evidence.write_to(finding.evidence);
    }
    day.said.say(finding, moment, at, ctx);
  }

  static bool significant(const Look& l, const FoldContext& ctx) {
    const std::int64_t surprise = to_milli(-l.log_p);
    return (l.count >= ctx.param(kMinCount) && surprise >= ctx.param(kTail)) ||
           (l.count >= ctx.param(kSmallCount) && surprise >= ctx.param(kSmallTail));
  }
  /// The smallest count that would have been found in that window.
  static std::int64_t critical_count(const Look& best, const FoldContext& ctx) {
    std::int64_t no = 0, yes = best.count;
    while (yes - no > 1) {
      const std::int64_t mid = no + (yes - no) / 2;
      (significant(look(mid, best.expected, best.shape, best.log_looks, best.minutes), ctx) ? yes : no) = mid;
    }
    return yes;
  }

  /// The most surprising significant window of the day; count 0 when there is none.
  static Look most_surprising(const Day& day, const VelocityState& s, const Baseline& baseline, const FoldContext& ctx) {
    Look best;
    const auto offer = [&](const Look& l) {
      if (l.log_p < best.log_p && significant(l, ctx)) best = l;
    };
    const std::int64_t floor_count = ctx.param(kSmallCount);
    if (baseline.history_days < ctx.param(kMinHistory) || day.orders < floor_count) return best;
    const Rate rate = rate_of(baseline, false);
    if (day.pane_count != 0) offer(look_at_pane(day.pane_count, day.index, day.pane_hour, rate, ctx));
    for (std::size_t i = 0; i < kPanes; ++i) {
      const std::int32_t pane = s.first_pane + static_cast<std::int32_t>(i);
      if (s.panes[i] < floor_count || pane / kPanesADay != day.index) continue;
      offer(look_at_pane(s.panes[i], day.index, pane % kPanesADay / 6, rate, ctx));
    }
    double expected_day = 0, factor_day = 0;
    for (std::size_t h = 0; h < 24; ++h) {
      const double factor = kHourShare[h] * hour_factor(day.index, static_cast<int>(h), ctx);
      factor_day += factor;
      expected_day += rate.mean * factor;
      if (day.hours[h] >= floor_count) offer(look(day.hours[h], rate.mean * factor, predictive_shape(rate, kShapeHour), kLogLooksHour, 60));
    }
    offer(look(day.orders, expected_day, predictive_shape(rate, kShapeDay), kLogLooksDay, 24 * 60));
    // The week is judged by what came before it, once there is as much of that as of the week.
    if (baseline.days >= kRecentDays) {
      const Rate lagged = rate_of(baseline, true);
      double week = day.orders / factor_day;
      for (const float recent : baseline.recent) week += recent;
      offer(look(static_cast<std::int64_t>(week), 7 * lagged.mean, predictive_shape(lagged, kShapeWeek), kLogLooksDay, 7 * 24 * 60));
    }
    return best;
  }
};

constexpr DetectorInfo kInfo{
    .number = 1, .name = "order_velocity", .part = "shop", .stage = Stage::kShop, .family = Family::kOrder, .version = 1,
    .state_version = 1, .state_bytes = sizeof(VelocityState), .inputs = EventMask::of(EventType::kOrderPaid),
    .lateness_ms = kLatenessMs, .params = kParams, .reasons = kReasons};

const DetectorInfo& OrderVelocity::info() const { return kInfo; }

}  // namespace

const Detector& d1_shop() {
  static const OrderVelocity detector;
  return detector;
}

}  // namespace brushwatch
