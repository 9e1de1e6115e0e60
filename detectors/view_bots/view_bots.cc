#include "detectors/view_bots/view_bots.h"

#include <algorithm>
#include <array>

#include "detectors/shop_core/day_profile.h"
#include "detectors/shop_core/evidence_sample.h"
#include "detectors/shop_core/open_windows.h"
#include "detectors/shop_core/said.h"
#include "detectors/shop_core/shop_core.h"
#include "engine/math/hll64.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = kHourMs;
constexpr std::int64_t kIdleTtlMs = 60 * kDayMs;
constexpr double kKeepADay = 0.9517;  // history halves in two weeks
constexpr std::int32_t kIdleDaysMax = 14;
constexpr std::int32_t kTrustedDays = 3;  // as min_history_days: the first days count whole
constexpr std::uint8_t kDeclaredBot = 4;
constexpr std::size_t kNetworks = 8;

/// Priors of an honest shop's day, in views: 6 % of traffic between 00 and 06, one order per 44.5 views (domain notes §6.3),
/// one cart, favourite or question in eleven records (2.74 + 1.43 per 44.5 views), of which a third is taken off.
constexpr double kPriorViews = 500, kPriorNight = 0.06, kPriorOrders = 1 / 44.5, kPriorScrolled = 0.6, kPriorMarks = 0.06;

constexpr ParamInfo kParams[] = {
    {"min_views", 500, "count", "fewer views in a day lift no ranking; ten yuan buy thousands (15 yuan per 10,000)"},
    {"burst_milli", 8000, "milli", "views over a usual day; honest sale days reach 7.9 times (Olist)"},
    {"distinct_permille", 200, "permille", "visitors per view below this, and below half the shop's own share: the same few return"},
    {"night_permille", 150, "permille", "00-06 share above this, and twice the shop's own: a flat clock has 250, an honest one 60"},
    {"scrolled_permille", 300, "permille", "scrolled share below this, and below half the shop's own"},
    {"marks_permille", 10, "permille", "carts, favourites and questions per view below this, and below a quarter of the shop's own: nobody wants anything"},
    {"network_permille", 300, "permille", "share of one /24 group beyond an even spread"},
    {"steady_views", 2000, "count", "a flood with no calm day to compare with must be larger, and flat, unscrolled and unsold"},
    {"burst_llr_milli", 1000, "milli-nats", "an announced campaign bursts as well: weak evidence"},
    {"sign_llr_milli", 1800, "milli-nats", "a bot flood shows a sign about six times as often as an honest burst does (ln 6)"},
    {"min_history_days", 3, "days", "a baseline of fewer closed days is the prior and nothing else"},
};
enum Param { kMinViews, kBurst, kDistinct, kNight, kScrolled, kMarks, kNetwork, kSteady, kBurstLlr, kSignLlr, kMinHistory };

enum Reason : std::uint16_t { kFlood = 1, kFlat = 2, kMute = 3 };
constexpr ReasonText kReasons[] = {
    {kFlood, "view_bots.flood", "{v} views in a day where {b} were expected, from about {0} visitors; {1} between 00 and 06, {2} scrolled, {3} orders",
     "一日浏览 {v} 次，按该店历史应为 {b} 次，访客约 {0} 个；凌晨 0–6 时 {1} 次，有滚动 {2} 次，成交 {3} 单"},
    {kFlat, "view_bots.flat", "{v} views in a day with a flat clock ({1} between 00 and 06), {2} scrolled, {3} orders, about {0} visitors",
     "一日浏览 {v} 次且全天均匀（凌晨 0–6 时 {1} 次），有滚动 {2} 次，成交 {3} 单，访客约 {0} 个"},
    {kMute, "view_bots.mute", "{v} views in a day where {b} were expected, from about {0} visitors, who put things into a cart, marked them or asked {1} times; {2} scrolled, {3} orders",
     "一日浏览 {v} 次，按该店历史应为 {b} 次，访客约 {0} 个；加购、收藏或咨询仅 {1} 次，有滚动 {2} 次，成交 {3} 单"},
};

struct Day {
  std::int32_t index;
  std::uint32_t views, night, scrolled, orders, marks;
  std::uint32_t next_look;
  Said said;
  std::array<std::uint32_t, kNetworks> networks;  ///< views by hashed /24
  Hll64 visitors;
  EvidenceSample<6> evidence;
};
struct Baseline {
  float days, views, night, scrolled, orders, marks, visitors;  ///< decayed sums over closed days; promotions divided out of views
  std::int32_t history_days, last_day;
};
struct ViewBotState {
  OpenWindows<Day, 2> days;
  Baseline baseline;
};

void push_day(Baseline& b, double keep, const Day& day, double visitors) {
  for (float* sum : {&b.days, &b.views, &b.night, &b.scrolled, &b.orders, &b.marks, &b.visitors}) *sum *= static_cast<float>(kKeepADay);
  b.days += 1;
  b.views += static_cast<float>(keep * day.views);
  b.night += static_cast<float>(keep * day.night);
  b.scrolled += static_cast<float>(keep * day.scrolled);
  b.orders += static_cast<float>(keep * day.orders);
  b.marks += static_cast<float>(keep * day.marks);
  b.visitors += static_cast<float>(keep * visitors);
  b.history_days = std::min(b.history_days + 1, 1000);
}

class ViewBots final : public DetectorOf<ViewBotState> {
 public:
  [[nodiscard]] const DetectorInfo& info() const override;

  void event(const Event& event, ViewBotState& s, FoldContext& ctx) const override {
    Day* day = s.days.open(day_index(event.event_time), [&](Day& closing) { settle(closing, s, ctx); });
    if (day != nullptr) {
      if (event.type == EventType::kOrderPaid) {
        ++day->orders;
      } else {
        count_view(event, event.as<ViewEvent>(), *day, s, ctx);
      }
    }
    if (const Day* oldest = s.days.oldest()) ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
  }

  bool timer(ViewBotState& s, FoldContext& ctx) const override {
    s.days.close(day_index(settled_before(ctx.watermark, kLatenessMs)) - 1, [&](Day& day) { settle(day, s, ctx); });
    if (const Day* oldest = s.days.oldest()) {
      ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
      return true;
    }
    const EventTime end = day_start(s.baseline.last_day) + kIdleTtlMs;
    if (s.baseline.last_day == 0 || end <= ctx.watermark) {
      s = ViewBotState{};
      return false;
    }
    ctx.wake_at(end);
    return true;
  }

 private:
  void count_view(const Event& event, const ViewEvent& view, Day& day, ViewBotState& s, FoldContext& ctx) const {
    if (view.ua_class == kDeclaredBot) return;
    ++day.views;
    day.night += shanghai_hour(event.event_time) < 6;
    day.scrolled += view.scrolled;
    day.marks += view.kind != ViewKind::kPageView;
    ++day.networks[view.ip24 % kNetworks];  // a pseudonym is a hash: its low bits are mixed
    const Pid visitor = view.device != 0 ? view.device : view.buyer != 0 ? view.buyer : view.session;
    day.visitors.add(mix64(visitor));
    day.evidence.add(ctx.position);
    if (day.views < static_cast<std::uint32_t>(ctx.param(kMinViews)) || day.views < day.next_look) return;
    day.next_look = day.views + 1 + day.views / 4;
    judge(day, s.baseline, Moment::kEarly, event.event_time, ctx);
  }

  void settle(Day& day, ViewBotState& s, FoldContext& ctx) const {
    judge(day, s.baseline, Moment::kSettled, day_start(day.index + 1), ctx);
    Baseline& b = s.baseline;
    if (b.last_day != 0) {
      const Day nothing{};
      const std::int32_t idle = std::min(day.index - b.last_day - 1, kIdleDaysMax);
      for (std::int32_t i = 0; i < idle; ++i) push_day(b, 1, nothing, 0);
      // Winsorised, all counts in proportion: a bought day may not become the usual day. +200 lets a young shop grow.
      const double most = (b.history_days >= kTrustedDays ? 3.0 * b.views / b.days + 200.0 : 1e9) * day_factor(day.index, ctx);
      const double keep = day.views == 0 ? 1.0 : std::min(1.0, most / day.views) / day_factor(day.index, ctx);
      push_day(b, keep, day, day.visitors.estimate());
    }
    b.last_day = day.index;
  }

  static double day_factor(std::int32_t day, const FoldContext& ctx) {
    double factor = 0;
    for (int h = 0; h < 24; ++h) factor += kHourShare[static_cast<std::size_t>(h)] * promotion_factor(ctx, shop_of(ctx).shop_hash, day_start(day) + h * kHourMs);
    return factor;
  }

  void judge(Day& day, const Baseline& b, Moment moment, EventTime at, FoldContext& ctx) const {
    FindingEvent finding;
    finding.detector = 24;
    finding.version = info().version;
    finding.family = Family::kTraffic;
    finding.direction = Direction::kPromote;
    finding.subject = shop_of(ctx).id();
    finding.window_start = day_start(day.index);
    finding.window_end = day_start(day.index + 1);
    if (day.views >= ctx.param(kMinViews)) weigh(day, b, moment, finding, ctx);
    day.said.say(finding, moment, at, ctx);
  }

  static void weigh(const Day& day, const Baseline& b, Moment moment, FindingEvent& out, const FoldContext& ctx) {
    const double views = day.views, visitors = day.visitors.estimate();
    const auto permille = [&](Param p) { return static_cast<double>(ctx.param(p)) / 1000.0; };
    const bool known = b.history_days >= ctx.param(kMinHistory) && b.views > 0;
    const double expected = known ? b.views / b.days * day_factor(day.index, ctx) : 0;
    const double own_night = (b.night + kPriorViews * kPriorNight) / (b.views + kPriorViews);
    const double own_scrolled = (b.scrolled + kPriorViews * kPriorScrolled) / (b.views + kPriorViews);
    const double own_orders = (b.orders + kPriorViews * kPriorOrders) / (b.views + kPriorViews);

    // The clock can be read at the end of the day only: at three in the morning every honest view is a night view.
    const bool flat = moment == Moment::kSettled && day.night >= views * std::max(permille(kNight), 2 * own_night);
    const bool unscrolled = day.scrolled <= views * std::min(permille(kScrolled), own_scrolled / 2);
    const bool unsold = own_orders * views >= 5 && day.orders <= own_orders * views / 4;
    const double own_marks = (b.marks + kPriorViews * kPriorMarks) / (b.views + kPriorViews);
    // A member that tells page views only has never told a mark: then their absence says nothing.
    const bool mute = known && b.marks >= 1 && own_marks * views >= 20 && day.marks <= views * std::min(permille(kMarks), own_marks / 4);
    const bool few = visitors <= views * permille(kDistinct) && known && visitors <= views * (b.visitors / b.views) / 2;
    const std::uint32_t top = *std::max_element(day.networks.begin(), day.networks.end());
    const bool one_network = top >= views * (permille(kNetwork) + 1.0 / kNetworks);

    const int signs = flat + unscrolled + unsold + mute + few + one_network;
    const bool burst = known && views >= expected * static_cast<double>(ctx.param(kBurst)) / 1000.0;
    const bool steady = day.views >= ctx.param(kSteady) && flat && unscrolled && unsold;
    if (!steady && !(burst && signs >= 2)) return;
    out.llr_milli = (burst ? ctx.param(kBurstLlr) : 0) + signs * ctx.param(kSignLlr);
    out.value_milli = day.views * 1000LL;
    out.baseline_milli = to_milli(expected);
    out.threshold_milli = burst ? std::max(ctx.param(kMinViews) * 1000, to_milli(expected * static_cast<double>(ctx.param(kBurst)) / 1000.0)) : ctx.param(kSteady) * 1000;
    // A flood that reads by day is told by what nobody did in it.
    out.reason = !burst ? kFlat : mute && !flat ? kMute : kFlood;
    out.params = {static_cast<std::int64_t>(visitors), out.reason == kMute ? day.marks : day.night, day.scrolled, day.orders};
    out.count = day.views;
    day.evidence.write_to(out.evidence);
  }
};

constexpr DetectorInfo kInfo{
    .number = 24, .name = "view_bots", .part = "shop", .stage = Stage::kShop, .family = Family::kTraffic, .version = 2,
    .state_version = 2, .state_bytes = sizeof(ViewBotState), .inputs = EventMask::of(EventType::kTrafficView, EventType::kOrderPaid),
    .lateness_ms = kLatenessMs, .params = kParams, .reasons = kReasons};

const DetectorInfo& ViewBots::info() const { return kInfo; }

}  // namespace

const Detector& d24_shop() {
  static const ViewBots detector;
  return detector;
}

}  // namespace brushwatch
