#include "detectors/review_burst/review_burst.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "detectors/shop_core/day_profile.h"
#include "detectors/shop_core/evidence_sample.h"
#include "detectors/shop_core/open_windows.h"
#include "detectors/shop_core/said.h"
#include "detectors/shop_core/shop_core.h"
#include "engine/math/llr.h"
#include "engine/math/milli.h"
#include "engine/math/surprise.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = 24 * kHourMs;  // reviews come in daily files (domain notes §5)
constexpr std::int64_t kIdleTtlMs = 60 * kDayMs;
constexpr double kKeepADay = 0.9517;  // history halves in two weeks
constexpr std::int32_t kIdleDaysMax = 14;
constexpr std::int32_t kTrustedDays = 3;  // as min_history_days
/// A shop without history: one review a day at half a day's weight (30 % of a few orders are reviewed).
constexpr double kPriorReviews = 0.5, kPriorDays = 0.5;
/// Stars of honest reviews 5/4/3/2/1 = 78/9/4/2/7 % (domain notes §6.3), worth twenty reviews.
constexpr double kPriorWeight = 20, kPriorFives = 0.78, kPriorLows = 0.09;
/// When a review follows its delivery: lognormal, median 30 h, so over four days (domain notes §6.3).
constexpr std::array<double, 4> kDeliveryKernel{0.35, 0.35, 0.20, 0.10};
/// Deliveries added to both sides of their ratio: a shop with one delivery a day has no delivery wave.
constexpr double kDeliverySmoothing = 5;
/// Share of deliveries that honest buyers review (domain notes §6.3): never expect less, or the wave after one live evening,
/// which is more than any factor of a small shop's usual day, is taken for bought praise.
constexpr double kHonestReviewShare = 0.3;
constexpr double kWaveMax = 8;  // a sale day lifts honest deliveries up to eightfold (detection notes §3.1: 7.9)
constexpr double kShapeDay = 8, kShapePane = 5;  // as D1's day and hour
const double kLogLooksPane = std::log(6.0 * 2), kLogLooksDay = std::log(2.0);
constexpr double kLlrCap = 10.0;
/// What the mix of stars may add to the count's evidence: five stars are what honest buyers give as well.
constexpr double kShareLlrCap = 3.0;

constexpr ParamInfo kParams[] = {
    {"min_count", 10, "count", "detection goal: at most ten bought reviews before the alert"},
    {"tail_milli", 20723, "milli-nats", "-ln 1e-9, which is z = 6 (catalogue)"},
    {"low_min_count", 8, "count", "one account's extortion counts 8 low reviews (D15); as many make a wave"},
    {"low_tail_milli", 16118, "milli-nats", "-ln 1e-7: low stars are rare, so fewer of them say as much"},
    {"low_cap_milli", 3000, "milli-nats", "a bad batch looks the same: blame alone may not carry an alert"},
    {"min_history_days", 3, "days", "a baseline of fewer closed days is the prior and nothing else"},
};
enum Param { kMinCount, kTail, kLowMinCount, kLowTail, kLowCap, kMinHistory };

enum Reason : std::uint16_t { kPraise = 1, kBlame = 2 };
constexpr ReasonText kReasons[] = {
    {kPraise, "review_burst.praise", "{v} reviews within {0} hours where {b} were expected; {1} of the day's have five stars, {2} parcels were delivered that day",
     "{0} 小时内评价 {v} 条，按该店历史应为 {b} 条；当日五星 {1} 条，当日签收 {2} 单"},
    {kBlame, "review_burst.blame", "{v} reviews of one or two stars in a day where {b} were expected; {1} reviews in all",
     "一日内一二星差评 {v} 条，按该店历史应为 {b} 条；当日评价共 {1} 条"},
};

struct Day {
  std::int32_t index;
  std::uint32_t reviews, fives, lows, deliveries;
  std::uint32_t next_look;
  std::array<std::uint16_t, 6> panes;  ///< four hours each, saturating
  std::uint8_t reserved[4];
  Said praise, blame;
  EvidenceSample<6> evidence;
};
struct Baseline {
  double reviews, fives, lows;  ///< decayed sums
  double days;                  ///< decayed days, each worth its delivery wave
  double deliveries, plain_days;
  std::array<std::uint32_t, 3> recent_deliveries;  ///< of the last closed days, newest first
  std::int32_t history_days;
  std::int32_t last_day;
  std::int32_t reserved;
};
struct BurstState {
  OpenWindows<Day, 3> days;  // a day stays open until 24 h after its end
  Baseline baseline;
};

/// Deliveries that today's reviews may be about, as a number a day.
double deliveries_lately(const Baseline& b, double today) {
  double lately = kDeliveryKernel[0] * today;
  for (std::size_t i = 0; i < b.recent_deliveries.size(); ++i) lately += kDeliveryKernel[i + 1] * b.recent_deliveries[i];
  return lately;
}
/// How much more was delivered lately than usual: what an honest review count is proportional to.
double delivery_wave(const Baseline& b, double today) {
  const double usual = b.plain_days > 0 ? b.deliveries / b.plain_days : today;
  return std::clamp((deliveries_lately(b, today) + kDeliverySmoothing) / (usual + kDeliverySmoothing), 1.0 / kWaveMax, kWaveMax);
}
double reviews_a_day(const Baseline& b) { return (kPriorReviews + b.reviews) / (kPriorDays + b.days); }

double expected_reviews(const Baseline& b, double deliveries_today) {
  return std::max(reviews_a_day(b) * delivery_wave(b, deliveries_today), kHonestReviewShare * deliveries_lately(b, deliveries_today));
}

void push_day(Baseline& b, double reviews, double fives, double lows, std::uint32_t deliveries) {
  const double wave = delivery_wave(b, deliveries);
  for (double* sum : {&b.reviews, &b.fives, &b.lows, &b.days, &b.deliveries, &b.plain_days}) *sum *= kKeepADay;
  b.reviews += reviews;
  b.fives += fives;
  b.lows += lows;
  b.days += wave;
  b.deliveries += deliveries;
  b.plain_days += 1;
  b.recent_deliveries = {deliveries, b.recent_deliveries[0], b.recent_deliveries[1]};
  b.history_days = std::min(b.history_days + 1, 1000);
}
void fold_day(Baseline& b, const Day& day) {
  if (b.last_day != 0) {
    const std::int32_t idle = std::min(day.index - b.last_day - 1, kIdleDaysMax);
    for (std::int32_t i = 0; i < idle; ++i) push_day(b, 0, 0, 0, 0);
    // Winsorised, stars in proportion: a bought day may not teach the shop that bought days are usual. The first days count
    // whole: a large shop would else climb from the prior for a week.
    const double expected = expected_reviews(b, day.deliveries);
    const double keep = day.reviews == 0 || b.history_days < kTrustedDays ? 1.0 : std::min(1.0, (3.0 * expected + 10.0) / day.reviews);
    push_day(b, keep * day.reviews, keep * day.fives, keep * day.lows, day.deliveries);
  }
  b.last_day = day.index;
}

class ReviewBurst final : public DetectorOf<BurstState> {
 public:
  [[nodiscard]] const DetectorInfo& info() const override;

  void event(const Event& event, BurstState& s, FoldContext& ctx) const override {
    Day* day = s.days.open(day_index(event.event_time), [&](Day& closing) { settle(closing, s, ctx); });
    if (day != nullptr && event.type == EventType::kOrderSigned) ++day->deliveries;
    if (day != nullptr && event.type == EventType::kReviewPosted) {
      const std::uint8_t stars = event.as<ReviewEvent>().stars;
      ++day->reviews;
      day->fives += stars == 5;
      day->lows += stars == 1 || stars == 2;
      std::uint16_t& pane = day->panes[static_cast<std::size_t>(shanghai_hour(event.event_time)) / 4];
      pane += pane != UINT16_MAX;
      day->evidence.add(ctx.position);
      if (day->reviews >= std::max<std::uint32_t>(day->next_look, static_cast<std::uint32_t>(std::min(ctx.param(kMinCount), ctx.param(kLowMinCount))))) {
        day->next_look = day->reviews + 1 + day->reviews / 16;
        Baseline before = s.baseline;  // with what the open days before this one say so far
        for (std::int32_t d = day->index - 3; d < day->index; ++d) {
          for (const Day& open : s.days.slots) {
            if (open.index == d && d > 0) fold_day(before, open);
          }
        }
        judge(*day, before, Moment::kEarly, event.event_time, ctx);
      }
    }
    if (const Day* oldest = s.days.oldest()) ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
  }

  bool timer(BurstState& s, FoldContext& ctx) const override {
    s.days.close(day_index(settled_before(ctx.watermark, kLatenessMs)) - 1, [&](Day& day) { settle(day, s, ctx); });
    if (const Day* oldest = s.days.oldest()) {
      ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
      return true;
    }
    const EventTime end = day_start(s.baseline.last_day) + kIdleTtlMs;
    if (s.baseline.last_day == 0 || end <= ctx.watermark) {
      s = BurstState{};
      return false;
    }
    ctx.wake_at(end);
    return true;
  }

 private:
  void settle(Day& day, BurstState& s, FoldContext& ctx) const {
    judge(day, s.baseline, Moment::kSettled, day_start(day.index + 1), ctx);
    fold_day(s.baseline, day);
  }

  [[nodiscard]] FindingEvent finding_of(const Day& day, Direction direction, const FoldContext& ctx) const {
    FindingEvent finding;
    finding.detector = 11;
    finding.version = info().version;
    finding.family = Family::kReview;
    finding.direction = direction;
    finding.subject = shop_of(ctx).id();
    finding.window_start = day_start(day.index);
    finding.window_end = day_start(day.index + 1);
    return finding;
  }

  void judge(Day& day, const Baseline& b, Moment moment, EventTime at, FoldContext& ctx) const {
    FindingEvent praise = finding_of(day, Direction::kPromote, ctx);
    FindingEvent blame = finding_of(day, Direction::kDemote, ctx);
    if (b.history_days >= ctx.param(kMinHistory)) {
      // Early in the day its own deliveries are still to come: until then it is taken for a usual one at least.
      const double usual = b.plain_days > 0 ? b.deliveries / b.plain_days : 0;
      const double today = moment == Moment::kEarly ? std::max<double>(day.deliveries, usual) : day.deliveries;
      const double expected = expected_reviews(b, today);
      const double known = kPriorReviews + b.reviews;
      judge_praise(day, b, expected, known, praise, ctx);
      judge_blame(day, b, expected, known, blame, ctx);
    }
    day.praise.say(praise, moment, at, ctx);
    day.blame.say(blame, moment, at, ctx);
  }

  static void judge_praise(const Day& day, const Baseline& b, double expected, double known, FindingEvent& out, const FoldContext& ctx) {
    const std::int64_t floor_count = ctx.param(kMinCount);
    double log_p = 0, best_expected = 0;
    std::int64_t count = 0, hours = 0;
    const auto offer = [&](std::int64_t n, double mean, double scale_shape, double log_looks, std::int64_t window_hours) {
      if (n < floor_count) return;
      const double p = log_negative_binomial_tail(n, mean, 1.0 / (1.0 / known + 1.0 / scale_shape)) + log_looks;
      if (p < log_p) log_p = p, best_expected = mean, count = n, hours = window_hours;
    };
    for (std::size_t i = 0; i < day.panes.size(); ++i) {
      double share = 0;
      for (std::size_t h = 4 * i; h < 4 * i + 4; ++h) share += kHourShare[h];
      offer(day.panes[i], expected * share, kShapePane, kLogLooksPane, 4);
    }
    offer(day.reviews, expected, kShapeDay, kLogLooksDay, 24);
    const double usual_fives = (kPriorWeight * kPriorFives + b.fives) / (kPriorWeight + b.reviews);
    const double fives = day.reviews == 0 ? 0 : static_cast<double>(day.fives) / day.reviews;
    if (count == 0 || to_milli(-log_p) < ctx.param(kTail) || fives < usual_fives) return;
    const double share = binomial_llr_at_least(day.fives, day.reviews, std::min(0.97, usual_fives + 0.05), usual_fives);
    out.llr_milli = to_milli(std::min(kLlrCap, log_e_value(log_p) + std::clamp(share, 0.0, kShareLlrCap)));
    out.value_milli = count * 1000;
    out.baseline_milli = to_milli(best_expected);
    out.threshold_milli = floor_count * 1000;
    out.reason = kPraise;
    out.params = {hours, day.fives, day.deliveries, 0};
    out.count = day.reviews;
    day.evidence.write_to(out.evidence);
  }

  static void judge_blame(const Day& day, const Baseline& b, double expected, double known, FindingEvent& out, const FoldContext& ctx) {
    if (day.lows < ctx.param(kLowMinCount)) return;
    const double usual_lows = (kPriorWeight * kPriorLows + b.lows) / (kPriorWeight + b.reviews);
    const double mean = expected * usual_lows;
    const double log_p = std::min(0.0, log_negative_binomial_tail(day.lows, mean, 1.0 / (1.0 / known + 1.0 / kShapeDay)) + kLogLooksDay);
    if (to_milli(-log_p) < ctx.param(kLowTail)) return;
    out.llr_milli = std::min(to_milli(log_e_value(log_p)), ctx.param(kLowCap));
    out.value_milli = day.lows * 1000LL;
    out.baseline_milli = to_milli(mean);
    out.threshold_milli = ctx.param(kLowMinCount) * 1000;
    out.reason = kBlame;
    out.params = {day.lows, day.reviews, 0, 0};
    out.count = day.lows;
    day.evidence.write_to(out.evidence);
  }
};

constexpr DetectorInfo kInfo{
    .number = 11, .name = "review_burst", .part = "shop", .stage = Stage::kShop, .family = Family::kReview, .version = 1,
    .state_version = 1, .state_bytes = sizeof(BurstState), .inputs = EventMask::of(EventType::kReviewPosted, EventType::kOrderSigned),
    .lateness_ms = kLatenessMs, .params = kParams, .reasons = kReasons};

const DetectorInfo& ReviewBurst::info() const { return kInfo; }

}  // namespace

const Detector& d11_shop() {
  static const ReviewBurst detector;
  return detector;
}

}  // namespace brushwatch
