#include "detectors/malicious_reviews/malicious_reviews.h"

#include <limits>
#include <utility>

#include "detectors/shop_core/shop_core.h"
#include "engine/math/llr.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = 24 * kHourMs;

constexpr ReasonText kStarReasons[] = {
    {1, "malicious_reviews.low_stars", "{0} of {1} reviews of the week have one or two stars. Share {v}, honest {b}.",
     "本周 {1} 条评价中有 {0} 条为一二星差评。占比 {v}，正常 {b}。"},
    {3, "malicious_reviews.low_days", "{0} of {1} reviews within {2} days have one or two stars. Share {v}, honest {b}.",
     "{2} 天内 {1} 条评价中有 {0} 条为一二星差评。占比 {v}，正常 {b}。"},
};
/// A week has 28 runs of one to seven days. The whole week is asked as if it were the only one; each of the other 27 pays for the choice
/// among them (Bonferroni), in the ratio as in the tail.
constexpr double kPriceOfRun = 3.2958;  // ln 27

constexpr ReasonText kPressureReasons[] = {
    {2, "malicious_reviews.pressure", "The shop reported {0} threats or malicious reviews in the week; for {1} orders it paid and the stars then rose.",
     "本周店铺举报威胁或恶意评价 {0} 次；另有 {1} 单在店铺打款后评价被改为好评。"},
};
constexpr ParamInfo kStarParams[] = {
    {"min_reviews", 4, "count", "a small shop under pressure has hardly other reviews"},
    {"min_lows", 3, "count", "one account's extortion counts 8 low reviews in seven months; three in a week are a beginning"},
    {"honest_low_permille", 120, "permille", "9 % of honest reviews are low; a poor week of a poor shop has a third more"},
    {"least_low_permille", 220, "permille", "one review in five"},
    {"log_p_max", -4'605, "milli-nats", "ln 0.01: nobody is accused by it, and it needs a threat or a paid change beside it in any case"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum StarParam : std::size_t { kMinReviews, kMinLows, kHonestLow, kLeastLow, kStarLogPMax, kStarCap };
constexpr ParamInfo kPressureParams[] = {
    {"pressure_min", 2, "count", "one report may be a quarrel"},
    {"paid_least_fen", 5'000, "fen", "extortion takes 100–200 yuan; 50 is more than goodwill pays"},
    {"honest_pressure_milli", 50, "milli-count", "one honest shop in twenty has such a quarrel in a week"},
    {"pressure_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"chain_min", 1, "count", "fifty yuan paid and the same order's stars raised: one is enough to be told"},
    {"honest_chain_milli", 10, "milli-count", "one honest shop in a hundred settles a quarrel so in a week"},
};
enum PressureParam : std::size_t { kPressureMin, kPaidLeast, kHonestPressure, kPressureCap, kChainMin, kHonestChain };

class LowStars final : public DetectorOf<LowStarShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{15, "malicious_reviews", "stars", Stage::kShop, Family::kReview, 3, 2, sizeof(LowStarShop),
                                   EventMask::of(EventType::kReviewPosted), kLatenessMs, kStarParams, kStarReasons};
    return info;
  }
  void event(const Event& event, LowStarShop& s, FoldContext& ctx) const override {
    const std::uint8_t stars = event.as<ReviewEvent>().stars;
    if (LowStarWeek* const week = stars == 0 ? nullptr : s.weeks.open(event.event_time, ctx.watermark)) {
      LowStarDay& day = week->days[static_cast<std::size_t>((event.event_time.ms - week->head.start_ms) / kDayMs)];
      ++day.reviews;
      ++week->head.changed;
      if (stars <= 2) {
        ++day.lows;
        week->refs.add(event.position);
        say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(LowStarShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](LowStarWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  /// The run of days that says most, if it says more than `claim` does after its price: an extortion of three days drowns in the week of
  /// a shop that sells much.
  static void closest_days(const LowStarWeek& week, RateRule rule, Claim& claim) {
    const std::int64_t cap = std::exchange(rule.cap_milli, std::numeric_limits<std::int64_t>::max());
    rule.log_p_max -= kPriceOfRun;
    for (std::size_t first = 0; first < week.days.size(); ++first) {
      LowStarDay run{};
      for (std::size_t end = first + 1; end <= week.days.size() && end - first < week.days.size(); ++end) {
        run.reviews += week.days[end - 1].reviews, run.lows += week.days[end - 1].lows;
        if (week.days[end - 1].lows == 0) continue;  // a day that adds no low star makes no run stronger
        const std::int64_t llr = std::min(rate_llr_milli(run.lows, run.reviews, rule) - to_milli(kPriceOfRun), cap);
        if (llr <= claim.llr_milli) continue;
        claim = rate_claim(kStarReasons[1].code, run.lows, run.reviews, rule);
        claim.llr_milli = llr;
        claim.params[2] = static_cast<std::int64_t>(end - first);
      }
    }
  }
  void say(LowStarWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    LowStarDay all{};
    for (const LowStarDay& day : week.days) all.reviews += day.reviews, all.lows += day.lows;
    if (week.head.told_llr_milli == 0 && all.lows < ctx.param(kMinLows)) return;
    const RateRule rule = rate_rule(ctx, {kMinReviews, kMinLows, kHonestLow, kLeastLow, kStarLogPMax, kStarCap});
    Claim claim = rate_claim(kStarReasons[0].code, all.lows, all.reviews, rule);
    if (all.lows >= ctx.param(kMinLows)) closest_days(week, rule, claim);
    claim.direction = Direction::kDemote;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

class Pressure final : public DetectorOf<PressureShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{30, "malicious_reviews", "pressure", Stage::kShop, Family::kComplaint, 2, 1, sizeof(PressureShop),
                                   EventMask::of(EventType::kReviewEdited, EventType::kOrderMerchantTransfer, EventType::kComplaintFiled),
                                   kLatenessMs, kPressureParams, kPressureReasons};
    return info;
  }
  void event(const Event& event, PressureShop& s, FoldContext& ctx) const override {
    if (counts(event, ctx)) {
      if (PressureWeek* const week = s.weeks.open(event.event_time, ctx.watermark)) {
        ++week->head.changed;
        if (const auto* order = std::get_if<OrderEvent>(&event.body)) week->paid.add({order->order.hash});
        else if (const auto* review = std::get_if<ReviewEvent>(&event.body)) week->raised.add({review->order.hash});
        else ++week->reports;
        week->refs.add(event.position);
        say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(PressureShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](PressureWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  static bool counts(const Event& event, const FoldContext& ctx) {
    if (const auto* order = std::get_if<OrderEvent>(&event.body)) return order->order && order->amount_fen >= ctx.param(kPaidLeast);
    if (const auto* review = std::get_if<ReviewEvent>(&event.body)) return review->order && review->stars >= 4;
    const ComplaintCode code = event.as<ComplaintEvent>().code;
    return code == ComplaintCode::kThreatenedReview || code == ComplaintCode::kMaliciousReview;
  }
  void say(PressureWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    std::uint32_t chains = 0;
    for (const std::uint64_t order : week.paid.span()) chains += std::binary_search(week.raised.span().begin(), week.raised.span().end(), order) ? 1 : 0;
    const std::uint32_t seen = week.reports + chains;
    const bool enough = seen >= ctx.param(kPressureMin) || chains >= ctx.param(kChainMin);
    if (week.head.told_llr_milli == 0 && !enough) return;
    Claim claim;
    claim.direction = Direction::kDemote;
    const auto llr = [&](std::uint32_t n, PressureParam honest) { return n == 0 ? 0.0 : poisson_llr(n, n, static_cast<double>(ctx.param(honest)) / 1000); };
    if (enough) claim.llr_milli = std::min(to_milli(llr(week.reports, kHonestPressure) + llr(chains, kHonestChain)), ctx.param(kPressureCap));
    claim.value_milli = seen * 1000LL;
    claim.baseline_milli = ctx.param(kHonestPressure);
    claim.threshold_milli = ctx.param(kPressureMin) * 1000;
    claim.reason = kPressureReasons[0].code;
    claim.params = {week.reports, chains, 0, 0};
    claim.count = seen;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d15_stars() {
  static const LowStars detector;
  return detector;
}
const Detector& d30_pressure() {
  static const Pressure detector;
  return detector;
}

}  // namespace brushwatch
