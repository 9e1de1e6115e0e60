#include "detectors/credit_trend/credit_trend.h"

#include "detectors/shop_core/day_profile.h"
#include "detectors/shop_core/shop_core.h"
#include "engine/math/llr.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

/// Sixteen weeks are the season that a shop is compared with.
constexpr std::uint32_t kSeasonWeeks = 16;
constexpr std::int64_t kReviewsLateMs = kDayMs;

constexpr ReasonText kReasons[] = {
    {1, "credit_trend.rise", "{0} reviews of four and five stars in the week, where the {1} weeks before had {b} a week. Honest shops grow less than {2} times within a week, bought credit {3} times.",
     "本周获得 {0} 条四星及以上评价，此前 {1} 周平均每周 {b} 条。正常店铺一周内增长不超过 {2} 倍，购买信用者约为 {3} 倍。"},
    {2, "credit_trend.fall", "{0} orders in the week, where {b} a week were usual, after {1} of {2} reviews of the week or the one before gave one or two stars.",
     "本周仅 {0} 笔订单，通常每周 {b} 笔；本周或上周 {2} 条评价中有 {1} 条为一、二星。"},
};
constexpr ParamInfo kParams[] = {
    {"min_praised", 25, "count", "the first weeks of a liked article bring two dozen"},
    {"least_usual_milli", 2'000, "milli-reviews", "a week: a shop without reviews would rise without end"},
    {"honest_growth_milli", 3'000, "milli", "reviews follow orders by days, so a second week has twice the first's; and half as much again for a season"},
    {"bought_growth_milli", 10'000, "milli", "Xu et al.: at least ten times as fast"},
    {"rise_cap", 2'000, "milli-nats", "a shop that is discovered looks the same: seven to one is all that this can say"},
    {"min_low", 8, "count", "below eight low stars nobody's rank falls"},
    {"low_permille", 400, "permille", "of the reviews; honest buyers give one or two stars to nine in a hundred"},
    {"min_usual", 10, "orders", "a week before: what falls from less is chance"},
    {"fall_honest_milli", 700, "milli", "a quiet week after a promotion"},
    {"fall_least_milli", 300, "milli", "the rank is lost, and with it two orders of three"},
    {"fall_cap", 2'500, "milli-nats", "goods that are bad make orders fall as well: below what names a victim alone"},
};
enum Param : std::size_t { kMinPraised, kPrior, kHonestGrowth, kBoughtGrowth, kRiseCap, kMinLow, kLow, kMinUsual, kFallHonest, kFallLeast, kFallCap };

struct Past {
  SmallestRefs<6> low_refs{};
  std::int64_t orders = 0, praised = 0, weeks = 0, low = 0, reviews = 0;  ///< low and reviews: of the week before
};

class CreditTrend final : public DetectorOf<TrendShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{27, "credit_trend", "shop", Stage::kShop, Family::kGraph, 1, 1, sizeof(TrendShop),
                                   EventMask::of(EventType::kOrderPaid, EventType::kReviewPosted), kReviewsLateMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, TrendShop& s, FoldContext& ctx) const override {
    if (TrendWeek* const week = s.weeks.open(event.event_time, ctx.watermark); week != nullptr) count(event, *week, s, ctx);
    s.weeks.ask(ctx);
  }
  bool timer(TrendShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](TrendWeek& week) {
      say_rise(week, s, week.head.end(), true, ctx);
      say_fall(week, s, ctx);
      close(week, s);
    });
  }

 private:
  void count(const Event& event, TrendWeek& week, TrendShop& s, FoldContext& ctx) const {
    week.fall.start_ms = week.head.start_ms;
    if (s.first_ms == 0 || week.head.start_ms < s.first_ms) s.first_ms = week.head.start_ms;
    ++week.head.changed;
    if (event.type == EventType::kOrderPaid) {
      ++week.orders;
      return;
    }
    const std::uint8_t stars = event.as<ReviewEvent>().stars;
    if (stars == 0) return;
    ++week.reviews;
    if (stars <= 2) {
      ++week.low;
      week.low_refs.add(event.position);
    } else if (stars >= 4) {
      ++week.praised;
      week.praise_refs.add(event.position);
      if (week.praised % 4 == 0 && week.praised >= ctx.param(kMinPraised)) say_rise(week, s, event.event_time, false, ctx);
    }
  }
  static void close(const TrendWeek& week, TrendShop& s) {
    // Weeks without an event have no slot, and count.
    const std::int64_t from = s.closed_ms != 0 ? s.closed_ms : week.head.start_ms - kWeekMs;
    s.past_weeks += static_cast<std::uint32_t>(std::clamp<std::int64_t>((week.head.start_ms - from) / kWeekMs, 0, kSeasonWeeks));
    s.past_orders += week.orders;
    s.past_praised += week.praised;
    for (; s.past_weeks >= kSeasonWeeks; s.past_weeks /= 2) s.past_orders /= 2, s.past_praised /= 2;
    s.past_low = week.low;
    s.past_reviews = week.reviews;
    s.past_low_refs = week.low_refs;
    s.closed_ms = week.head.start_ms;
  }
  static Past past_of(const TrendWeek& week, const TrendShop& s) {
    Past past{{}, s.past_orders, s.past_praised, s.past_weeks, 0, 0};
    std::int64_t counted_to = s.closed_ms;  // start of the newest week in `past`
    if (s.closed_ms == week.head.start_ms - kWeekMs) past.low = s.past_low, past.reviews = s.past_reviews, past.low_refs = s.past_low_refs;
    for (const TrendWeek& other : s.weeks.slots) {
      if (other.head.start_ms == 0 || other.head.start_ms >= week.head.start_ms) continue;
      past.orders += other.orders;
      past.praised += other.praised;
      if (other.head.start_ms == week.head.start_ms - kWeekMs) past.low = other.low, past.reviews = other.reviews, past.low_refs = other.low_refs;
    }
    if (counted_to == 0) counted_to = s.first_ms - kWeekMs;
    past.weeks += (week.head.start_ms - kWeekMs - counted_to) / kWeekMs;
    return past;
  }
  /// Mean factor of the announced promotions of this week and the one before, whose orders are reviewed now.
  static double promoted(const TrendWeek& week, const FoldContext& ctx) {
    constexpr std::int64_t kStep = 6 * kHourMs;
    double sum = 0;
    int n = 0;
    for (std::int64_t t = week.head.start_ms - kWeekMs; t < week.head.start_ms + kWeekMs; t += kStep, ++n) sum += promotion_factor(ctx, shop_of(ctx).shop_hash, {t});
    return sum / n;
  }
  void say_rise(TrendWeek& week, const TrendShop& s, EventTime at, bool last, FoldContext& ctx) const {
    const bool stands = week.head.told_llr_milli != 0;
    if (!stands && week.praised < ctx.param(kMinPraised)) return;
    const Past past = past_of(week, s);
    const double usual = std::max(static_cast<double>(ctx.param(kPrior)) / 1000, static_cast<double>(past.praised) / static_cast<double>(std::max<std::int64_t>(past.weeks, 1)));
    const double honest = usual * static_cast<double>(ctx.param(kHonestGrowth)) / 1000;
    if (!stands && week.praised <= honest) return;
    const double lifted = promoted(week, ctx);
    Claim claim;
    // Without a week before there is nothing to have grown from.
    if (past.weeks > 0 && week.praised >= ctx.param(kMinPraised)) {
      claim.llr_milli = std::min(to_milli(poisson_llr(week.praised, usual * lifted * static_cast<double>(ctx.param(kBoughtGrowth)) / 1000, honest * lifted)), ctx.param(kRiseCap));
    }
    claim.value_milli = week.praised * 1000LL;
    claim.baseline_milli = to_milli(usual);
    claim.threshold_milli = to_milli(honest * lifted);
    claim.reason = kReasons[0].code;
    claim.params = {week.praised, past.weeks, ctx.param(kHonestGrowth) / 1000, ctx.param(kBoughtGrowth) / 1000};
    claim.count = week.praised;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.praise_refs.span(), at, last, ctx);
  }
  void say_fall(TrendWeek& week, const TrendShop& s, FoldContext& ctx) const {
    const Past past = past_of(week, s);
    const std::int64_t low = week.low + past.low, reviews = week.reviews + past.reviews;
    if (past.weeks == 0 || low < ctx.param(kMinLow) || low * 1000 < ctx.param(kLow) * reviews) return;
    const double usual = static_cast<double>(past.orders) / static_cast<double>(past.weeks);
    if (usual < static_cast<double>(ctx.param(kMinUsual))) return;
    Claim claim;
    claim.llr_milli = std::min(to_milli(poisson_llr(week.orders, usual * static_cast<double>(ctx.param(kFallLeast)) / 1000, usual * static_cast<double>(ctx.param(kFallHonest)) / 1000)), ctx.param(kFallCap));
    claim.value_milli = week.orders * 1000LL;
    claim.baseline_milli = to_milli(usual);
    claim.threshold_milli = to_milli(usual * static_cast<double>(ctx.param(kFallHonest)) / 1000);
    claim.reason = kReasons[1].code;
    claim.params = {week.orders, low, reviews, 0};
    claim.count = static_cast<std::uint32_t>(low);
    claim.direction = Direction::kVictim;
    SmallestRefs<6> refs = past.low_refs;
    for (const std::uint64_t ref : week.low_refs.span()) refs.add({ref});
    tell(info(), claim, week.fall, {SubjectKind::kShop, shop_of(ctx).id()}, refs.span(), week.head.end(), true, ctx);
  }
};

}  // namespace

const Detector& d27_shop() {
  static const CreditTrend detector;
  return detector;
}

}  // namespace brushwatch
