#include "detectors/template_reviews/template_reviews.h"

#include <bit>

#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr int kNearBits = 3;

constexpr ReasonText kReasons[] = {
    {1, "template_reviews.templates", "{0} of {1} sampled reviews of the week repeat another buyer's text almost word for word, in {2} wordings. Share {v}, honest {b}.",
     "本周抽样的 {1} 条评价中有 {0} 条与另一名买家的评价几乎逐字相同，共 {2} 种文案。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"min_points", 15, "count", "catalogue D12: shorter praise is alike by itself"},
    {"min_reviews", 6, "count", "below six a share has no meaning"},
    {"min_alike", 4, "count", "a template used four times in a week by different buyers"},
    {"honest_permille", 60, "permille", "one buyer in thirty copies the praise above his own"},
    {"least_permille", 250, "permille", "one review in four from a template"},
    {"log_p_max", -6'908, "milli-nats", "ln 1e-3: of at most twenty sampled reviews no smaller tail can be asked, and text never stands alone"},
    {"one_text_cap", 400, "milli-nats", "one text alone may be the platform's default praise: below what makes a family speak"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinPoints, kMinReviews, kMinAlike, kHonest, kLeast, kLogPMax, kOneTextCap, kCap };

class TemplateReviews final : public DetectorOf<TemplateShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{12, "template_reviews", "shop", Stage::kShop, Family::kReview, 1, 1, sizeof(TemplateShop),
                                   EventMask::of(EventType::kReviewPosted), 24 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, TemplateShop& s, FoldContext& ctx) const override {
    const auto& review = event.as<ReviewEvent>();
    if (review.stars >= 4 && review.simhash != 0 && review.text_points >= ctx.param(kMinPoints)) {
      if (TemplateWeek* const week = s.weeks.open(event.event_time, ctx.watermark)) {
        ++week->reviews;
        ++week->head.changed;
        keep(*week, review, event.position);
        if (week->reviews % 4 == 0 || week->reviews == ctx.param(kMinReviews)) say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(TemplateShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](TemplateWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  static void keep(TemplateWeek& week, const ReviewEvent& review, EvidenceRef ref) {
    const std::uint64_t of = review.order ? review.order.hash : review.review ? review.review.hash : ref.packed;
    const SampledReview fresh{review.simhash, ref.packed, static_cast<std::uint32_t>(mix64(of) >> 32), static_cast<std::uint32_t>(mix64(review.buyer) >> 32)};
    SampledReview* const begin = week.sample.data();
    SampledReview* const end = begin + week.size;
    SampledReview* const at = std::lower_bound(begin, end, fresh, [](const SampledReview& a, const SampledReview& b) { return std::pair(a.key, a.ref) < std::pair(b.key, b.ref); });
    if (at == begin + TemplateWeek::kSample) return;
    std::copy_backward(at, week.size < TemplateWeek::kSample ? end : end - 1, week.size < TemplateWeek::kSample ? end + 1 : end);
    *at = fresh;
    if (week.size < TemplateWeek::kSample) ++week.size;
  }
  static bool alike(const SampledReview& a, const SampledReview& b) { return a.buyer != b.buyer && std::popcount(a.simhash ^ b.simhash) <= kNearBits; }

  void say(TemplateWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.size < ctx.param(kMinReviews)) return;
    std::uint32_t marked = 0, wordings = 0;
    std::uint64_t one = 0;
    bool all_one = true;
    SmallestRefs<12> refs;
    for (std::size_t i = 0; i < week.size; ++i) {
      int others = 0;
      bool first = true;
      for (std::size_t j = 0; j < week.size; ++j) {
        if (i == j || !alike(week.sample[i], week.sample[j])) continue;
        ++others;
        first = first && j > i;
      }
      if (others < 1) continue;
      ++marked;
      wordings += first ? 1 : 0;
      all_one = all_one && (one == 0 || one == week.sample[i].simhash);
      one = week.sample[i].simhash;
      refs.add({week.sample[i].ref});
    }
    const RateRule rule{ctx.param(kMinReviews), ctx.param(kMinAlike), static_cast<double>(ctx.param(kHonest)) / 1000,
                        static_cast<double>(ctx.param(kLeast)) / 1000, static_cast<double>(ctx.param(kLogPMax)) / 1000,
                        all_one ? ctx.param(kOneTextCap) : ctx.param(kCap)};
    Claim claim = rate_claim(kReasons[0].code, marked, week.size, rule);
    claim.params[2] = std::max(1U, wordings);
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d12_shop() {
  static const TemplateReviews detector;
  return detector;
}

}  // namespace brushwatch
