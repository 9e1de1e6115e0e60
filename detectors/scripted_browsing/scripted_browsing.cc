#include "detectors/scripted_browsing/scripted_browsing.h"

#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr std::uint8_t kDeclaredBot = 4;
/// Lower bounds in ms; each a tenth above the one before, in integers so that all machines agree.
constexpr std::array<std::uint32_t, ScriptedWeek::kBuckets + 1> kBounds = [] {
  std::array<std::uint32_t, ScriptedWeek::kBuckets + 1> bounds{};
  std::uint32_t at = 6'000;
  for (std::uint32_t& b : bounds) b = at, at += at / 10;
  return bounds;
}();

constexpr ReasonText kReasons[] = {
    {1, "scripted_browsing.equal_dwell", "{0} of {1} page views of the week lasted between {2} and {3} ms. Share {v}, honest {b}.",
     "本周 {1} 次页面浏览中有 {0} 次停留时长在 {2} 至 {3} 毫秒之间。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParams[] = {
    {"min_views", 30, "count", "fewer page views a week fill 32 steps by chance"},
    {"min_equal", 12, "count", "a visitor who opens a dozen pages at one pace is a person in a hurry"},
    {"honest_permille", 110, "permille", "two steps of 10 % hold 8.4 % of a lognormal of sigma 0.9 at its peak; a third more for pages of one length"},
    {"least_permille", 220, "permille", "twice the honest peak: every seventh view is scripted"},
    {"log_p_max", -17'250, "milli-nats", "ln 1e-6 divided by 31 places where the peak may be"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
enum Param : std::size_t { kMinViews, kMinEqual, kHonest, kLeast, kLogPMax, kCap };

class ScriptedBrowsing final : public DetectorOf<ScriptedShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{10, "scripted_browsing", "shop", Stage::kShop, Family::kTraffic, 1, 1, sizeof(ScriptedShop),
                                   EventMask::of(EventType::kTrafficView), kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, ScriptedShop& s, FoldContext& ctx) const override {
    const auto& view = event.as<ViewEvent>();
    if (view.kind == ViewKind::kPageView && view.dwell_ms != 0 && view.ua_class != kDeclaredBot) {
      if (ScriptedWeek* const week = s.weeks.open(event.event_time, ctx.watermark)) {
        ++week->views;
        ++week->head.changed;
        if (view.dwell_ms >= kBounds.front() && view.dwell_ms < kBounds.back()) {
          const auto bucket = static_cast<std::size_t>(std::upper_bound(kBounds.begin(), kBounds.end(), view.dwell_ms) - kBounds.begin()) - 1;
          week->buckets[bucket] += week->buckets[bucket] != UINT16_MAX;
          std::uint64_t& ref = week->refs[bucket / 4];
          if (ref == 0 || event.position.packed < ref) ref = event.position.packed;
        }
        if (week->views % 16 == 0) say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(ScriptedShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](ScriptedWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void say(ScriptedWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    std::size_t peak = 0;
    std::uint32_t most = 0;
    for (std::size_t i = 0; i + 1 < week.buckets.size(); ++i) {
      const std::uint32_t pair = week.buckets[i] + week.buckets[i + 1];
      if (pair > most) most = pair, peak = i;
    }
    if (week.head.told_llr_milli == 0 && most < ctx.param(kMinEqual)) return;
    const RateRule rule = rate_rule(ctx, {kMinViews, kMinEqual, kHonest, kLeast, kLogPMax, kCap});
    Claim claim = rate_claim(kReasons[0].code, most, week.views, rule);
    claim.params[2] = kBounds[peak];
    claim.params[3] = kBounds[peak + 2];
    SmallestRefs<2> refs;
    for (const std::size_t i : {peak / 4, (peak + 1) / 4}) if (week.refs[i] != 0) refs.add({week.refs[i]});
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d10_shop() {
  static const ScriptedBrowsing detector;
  return detector;
}

}  // namespace brushwatch
