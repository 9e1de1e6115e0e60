#include "detectors/early_reviews/early_reviews.h"

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "early_reviews.praise", "{0} of {1} sampled orders reviewed in the week were praised more than {2} minutes before their parcel was signed for. Share {v}, honest {b}.",
     "本周有评价的抽样 {1} 单中，{0} 单在包裹签收前 {2} 分钟以上即获好评。占比 {v}，正常 {b}。"},
    {2, "early_reviews.low_stars", "{0} of {1} sampled orders reviewed in the week were given one or two stars more than {2} minutes before their parcel was signed for. Share {v}, honest {b}.",
     "本周有评价的抽样 {1} 单中，{0} 单在包裹签收前 {2} 分钟以上即被打一二星。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"lead_min", 60, "minutes", "clocks of scanners and platforms differ by minutes; a courier may sign in the evening for the morning's round"},
    {"min_reviewed", 5, "count", "below five of a week's sample a share has no meaning"},
    {"min_early", 4, "count", "three may be one parcel in three, or one impatient family"},
    {"honest_permille", 20, "permille", "split orders whose first parcel no carrier told of, signatures entered a day late; impatient buyers are rarer"},
    {"least_permille", 200, "permille", "one reviewed order in five: below it twenty sampled orders cannot tell"},
    {"log_p_max", -9'210, "milli-nats", "ln 1e-4: a review family never stands alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kLead, kMinReviewed, kMinEarly, kHonest, kLeast, kLogPMax, kCap };

constexpr std::uint8_t kPraiseStars = 4, kLowStars = 2;
constexpr std::int64_t kWeekMinutes = kWeekMs / kMinuteMs;

std::uint16_t minute_of(EventTime t, const EarlyWeek& week) {
  return static_cast<std::uint16_t>((t - week.head.start()) / kMinuteMs + 1);
}

/// The order's place in the week's sample, made free when its hash is small enough; nullptr when it is not.
EarlyOrder* place_of(EarlyWeek& week, std::uint32_t order) {
  EarlyOrder* const begin = week.orders.data();
  EarlyOrder* const end = begin + week.used;
  EarlyOrder* const at = std::lower_bound(begin, end, order, [](const EarlyOrder& a, std::uint32_t b) { return a.order < b; });
  if (at != end && at->order == order) return at;
  if (at == begin + EarlyWeek::kKept) return nullptr;
  const bool full = week.used == EarlyWeek::kKept;
  std::copy_backward(at, full ? end - 1 : end, full ? end : end + 1);
  if (!full) ++week.used;
  *at = {.position = 0, .order = order, .signed_at = 0, .reviewed_at = 0};
  return at;
}

class EarlyReviews final : public DetectorOf<EarlyShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{14, "early_reviews", "shop", Stage::kShop, Family::kReview, 1, 1, sizeof(EarlyShop),
                                   EventMask::of(EventType::kReviewPosted, EventType::kOrderSigned, EventType::kParcelSummary), 24 * kHourMs,
                                   kParams, kReasons};
    return info;
  }
  void event(const Event& event, EarlyShop& s, FoldContext& ctx) const override {
    if (const auto* review = std::get_if<ReviewEvent>(&event.body)) {
      note(s, review->order, event.event_time, event, review, ctx);
    } else if (const auto* parcel = std::get_if<ParcelSummaryEvent>(&event.body)) {
      note(s, parcel->order, parcel->delivered, event, nullptr, ctx);
    } else {
      note(s, event.as<OrderEvent>().order, event.event_time, event, nullptr, ctx);
    }
    s.weeks.ask(ctx);
  }
  bool timer(EarlyShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](EarlyWeek& week) { say(week, s, week.head.end(), true, ctx); });
  }

 private:
  /// A review of the order at `t`, or (review == nullptr) a signature.
  void note(EarlyShop& s, const NamedId& order, EventTime t, const Event& event, const ReviewEvent* review, FoldContext& ctx) const {
    if (!order || t.ms == 0) return;
    EarlyWeek* const week = s.weeks.open(t, ctx.watermark);
    if (week == nullptr) return;
    const auto hash = static_cast<std::uint32_t>(mix64(order.hash) >> 32);
    EarlyOrder* const place = place_of(*week, hash);
    if (place == nullptr) return;
    const std::uint16_t minute = minute_of(t, *week);
    if (review != nullptr) {
      const auto stars = review->stars >= kPraiseStars ? kPraise : review->stars != 0 && review->stars <= kLowStars ? kLow : kMiddling;
      const auto at = static_cast<std::uint16_t>(minute * 4 + stars);
      if (place->reviewed_at != 0 && std::pair(place->reviewed_at, place->position) <= std::pair(at, event.position.packed)) return;
      place->reviewed_at = at;
      place->position = event.position.packed;
    } else {
      if (place->signed_at != 0 && place->signed_at <= minute) return;
      place->signed_at = minute;
    }
    // What is said of a week counts its reviews and the signatures of it and of later weeks.
    for (EarlyWeek& open : s.weeks.slots) {
      if (open.head.start_ms == 0 || open.head.start_ms > week->head.start_ms) continue;
      ++open.head.changed, ++open.low.changed;
      const bool said = open.head.told_llr_milli != 0 || open.low.told_llr_milli != 0;
      if (said || early(open, s, hash, ctx)) say(open, s, event.event_time, false, ctx);
    }
  }

  /// The order was reviewed in `week` and signed for later than that, by the lead and more.
  static bool is_early(const EarlyWeek& week, const EarlyOrder& order, const EarlyShop& s, std::int64_t lead) {
    for (const EarlyWeek& open : s.weeks.slots) {  // oldest first: the earliest signature decides
      if (open.head.start_ms == 0) break;
      const EarlyOrder* const end = open.orders.data() + open.used;
      const EarlyOrder* const at = std::lower_bound(open.orders.data(), end, order.order, [](const EarlyOrder& a, std::uint32_t b) { return a.order < b; });
      if (at == end || at->order != order.order || at->signed_at == 0) continue;
      const std::int64_t weeks = (open.head.start_ms - week.head.start_ms) / kWeekMs;
      return weeks * kWeekMinutes + at->signed_at > order.reviewed_at / 4 + lead;
    }
    return false;
  }
  static bool early(const EarlyWeek& week, const EarlyShop& s, std::uint32_t hash, const FoldContext& ctx) {
    for (std::size_t i = 0; i < week.used; ++i) {
      const EarlyOrder& order = week.orders[i];
      if (order.order == hash) return order.reviewed_at != 0 && is_early(week, order, s, ctx.param(kLead));
    }
    return false;
  }

  void say(EarlyWeek& week, const EarlyShop& s, EventTime at, bool last, FoldContext& ctx) const {
    std::array<std::int64_t, 3> count{};
    std::array<std::array<std::uint64_t, EarlyWeek::kKept>, 3> refs;
    std::int64_t reviewed = 0;
    for (std::size_t i = 0; i < week.used; ++i) {
      const EarlyOrder& order = week.orders[i];
      if (order.reviewed_at == 0) continue;
      ++reviewed;
      if (!is_early(week, order, s, ctx.param(kLead))) continue;
      const std::size_t stars = order.reviewed_at % 4;
      refs[stars][static_cast<std::size_t>(count[stars]++)] = order.position;
    }
    week.low.start_ms = week.head.start_ms;
    const RateRule rule = rate_rule(ctx, {kMinReviewed, kMinEarly, kHonest, kLeast, kLogPMax, kCap});
    const auto tell_of = [&](EarlyStars stars, std::size_t reason, Direction direction, WeekHead& head) {
      Claim claim = rate_claim(kReasons[reason].code, count[stars], reviewed, rule);
      claim.params[2] = ctx.param(kLead);
      claim.direction = direction;
      const std::span<std::uint64_t> positions(refs[stars].data(), static_cast<std::size_t>(count[stars]));
      std::sort(positions.begin(), positions.end());
      tell(info(), claim, head, {SubjectKind::kShop, shop_of(ctx).id()}, positions, at, last, ctx);
    };
    tell_of(kPraise, 0, Direction::kPromote, week.head);
    tell_of(kLow, 1, Direction::kDemote, week.low);
  }
};

}  // namespace

const Detector& d14_shop() {
  static const EarlyReviews detector;
  return detector;
}

}  // namespace brushwatch
