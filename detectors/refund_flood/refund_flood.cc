#include "detectors/refund_flood/refund_flood.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "detectors/shop_core/evidence_sample.h"
#include "detectors/shop_core/open_windows.h"
#include "detectors/shop_core/said.h"
#include "detectors/shop_core/shop_core.h"
#include "engine/math/llr.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = kHourMs;
constexpr std::size_t kBuckets = 16;
/// Honest orders that are refunded on the day they were paid: refund-only 6 % (domain notes §6.3), most of it later.
constexpr double kHonestRefundShare = 0.06;
constexpr double kLlrCap = 12.0;
/// Standard deviation of a moment that is uniform over a day: what pairing by means may err, per root of a count.
constexpr double kDaySpreadMinutes = 24 * 60 / 3.4641;

constexpr ParamInfo kParams[] = {
    {"min_orders", 20, "count", "orders of one buyer, or of the whole day for the top-three rule (catalogue)"},
    {"top3_permille", 500, "permille", "share of the day's orders that three buyers place (catalogue)"},
    {"refund_permille", 600, "permille", "share of those orders that is refunded the same day (catalogue)"},
    {"min_refunds", 4, "count", "same-day refunds of one buyer: an honest one takes back a parcel or two; in a crowd of 60 orders a day chance gives a sixteenth of them four in one bucket once in ten thousand"},
    {"delay_minutes", 30, "minutes", "payment to refund: the attacker wants his money back before the parcel leaves"},
};
enum Param { kMinOrders, kTop3, kRefundShare, kMinRefunds, kDelay };

enum Reason : std::uint16_t { kFlood = 1 };
constexpr ReasonText kReasons[] = {
    {kFlood, "refund_flood.flood", "{0} orders from {1} heavy buyers, {2} of them refunded the same day, about {3} minutes after payment",
     "{1} 个大量下单的买家共下单 {0} 笔，其中 {2} 笔当日退款，平均约在付款后 {3} 分钟：疑似遭反向刷单"},
};

struct Bucket {
  std::uint16_t orders, refunds;  ///< saturating
  std::uint32_t paid_minutes, refund_minutes;  ///< sums of minutes of the day: their means differ by the usual delay
};
struct Day {
  std::int32_t index;
  std::uint32_t orders, refunds;
  std::uint32_t next_look;  ///< refunds of the day at which to evaluate again
  Said said;
  std::array<Bucket, kBuckets> buckets;
  EvidenceSample<12> evidence;  ///< of the refunds
};
struct RefundState {
  OpenWindows<Day, 2> days;
};

/// What the heavy buyers did, the usual crowd of their buckets taken out.
struct Heavy {
  std::int64_t orders = 0, refunds = 0, buckets = 0;
  double delay_minutes = 0;
};

class RefundFlood final : public DetectorOf<RefundState> {
 public:
  [[nodiscard]] const DetectorInfo& info() const override;

  void event(const Event& event, RefundState& s, FoldContext& ctx) const override {
    const Pid buyer = event.as<OrderEvent>().buyer;
    if (buyer == 0) return;
    Day* day = s.days.open(day_index(event.event_time), [&](Day& closing) { judge(closing, Moment::kSettled, day_start(closing.index + 1), ctx); });
    if (day != nullptr) {
      Bucket& bucket = day->buckets[mix64(buyer) % kBuckets];
      const auto minute = static_cast<std::uint32_t>((event.event_time - day_start(day->index)) / kMinuteMs);
      if (event.type == EventType::kOrderPaid) {
        ++day->orders;
        if (bucket.orders != UINT16_MAX) {
          ++bucket.orders;
          bucket.paid_minutes += minute;
        }
      } else {
        ++day->refunds;
        if (bucket.refunds != UINT16_MAX) {
          ++bucket.refunds;
          bucket.refund_minutes += minute;
        }
        day->evidence.add(ctx.position);
        const auto first_look = static_cast<std::uint32_t>(ctx.param(kMinOrders) * ctx.param(kRefundShare) / 1000);
        if (day->refunds >= std::max(day->next_look, first_look)) {
          day->next_look = day->refunds + 1 + day->refunds / 16;
          judge(*day, Moment::kEarly, event.event_time, ctx);
        }
      }
    }
    if (const Day* oldest = s.days.oldest()) ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
  }

  bool timer(RefundState& s, FoldContext& ctx) const override {
    s.days.close(day_index(settled_before(ctx.watermark, kLatenessMs)) - 1,
                 [&](Day& day) { judge(day, Moment::kSettled, day_start(day.index + 1), ctx); });
    const Day* oldest = s.days.oldest();
    if (oldest == nullptr) return false;  // a settled day leaves nothing that a later one needs
    ctx.wake_at(day_start(oldest->index + 1) + kLatenessMs);
    return true;
  }

 private:
  /// Buckets that stand out from the quarter of quietest ones: with up to eleven of sixteen attacked, the quarter is honest.
  static Heavy heavy_buyers(const Day& day, const FoldContext& ctx) {
    std::array<std::uint16_t, kBuckets> orders, refunds;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      orders[i] = day.buckets[i].orders;
      refunds[i] = day.buckets[i].refunds;
    }
    std::sort(orders.begin(), orders.end());
    std::sort(refunds.begin(), refunds.end());
    const std::int64_t usual_orders = orders[kBuckets / 4], usual_refunds = refunds[kBuckets / 4];
    // Four standard deviations of a crowd's bucket, so that chance does not make a heavy buyer.
    const double floor_one = static_cast<double>(ctx.param(kMinOrders)) + 4.0 * std::sqrt(static_cast<double>(usual_orders));
    // Refunds are rarer than orders, so a few of them stand out where as many orders do not: a campaign spread over accounts and days.
    const double floor_refunds = static_cast<double>(ctx.param(kMinRefunds)) + 4.0 * std::sqrt(static_cast<double>(usual_refunds));

    std::array<const Bucket*, kBuckets> by_orders;
    for (std::size_t i = 0; i < kBuckets; ++i) by_orders[i] = &day.buckets[i];
    std::sort(by_orders.begin(), by_orders.end(), [](const Bucket* a, const Bucket* b) { return a->orders != b->orders ? a->orders > b->orders : a < b; });
    std::int64_t top3 = 0;
    for (std::size_t i = 0; i < 3; ++i) top3 += by_orders[i]->orders - usual_orders;
    const bool concentrated = day.orders >= ctx.param(kMinOrders) && top3 * 1000 >= ctx.param(kTop3) * day.orders;

    Heavy heavy;
    double paid = 0, refunded = 0, all_orders = 0, all_refunds = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      const Bucket& b = *by_orders[i];
      const std::int64_t extra = b.orders - usual_orders;
      const std::int64_t back = std::min<std::int64_t>(b.refunds - usual_refunds, extra);
      const bool took_back = static_cast<double>(back) >= floor_refunds && back * 1000 >= ctx.param(kRefundShare) * extra;
      if (static_cast<double>(extra) < floor_one && !(concentrated && i < 3 && extra > 0) && !took_back) continue;
      ++heavy.buckets;
      heavy.orders += extra;
      heavy.refunds += std::clamp<std::int64_t>(b.refunds - usual_refunds, 0, extra);
      paid += b.paid_minutes;
      refunded += b.refund_minutes;
      all_orders += b.orders;
      all_refunds += b.refunds;
    }
    if (all_orders > 0 && all_refunds > 0) heavy.delay_minutes = std::max(0.0, refunded / all_refunds - paid / all_orders);
    return heavy;
  }

  void judge(Day& day, Moment moment, EventTime at, FoldContext& ctx) const {
    FindingEvent finding;
    finding.detector = 7;
    finding.version = info().version;
    finding.family = Family::kOrder;
    finding.direction = Direction::kVictim;
    finding.subject = shop_of(ctx).id();
    finding.window_start = day_start(day.index);
    finding.window_end = day_start(day.index + 1);
    const Heavy heavy = heavy_buyers(day, ctx);
    if (heavy.orders >= ctx.param(kMinOrders) / 2 && heavy.refunds * 1000 >= ctx.param(kRefundShare) * heavy.orders) {
      // The mean of the refunded ones is compared with the mean of all: allow for what that may err by chance.
      const double error = kDaySpreadMinutes * std::sqrt(std::max(0.0, 1.0 / static_cast<double>(heavy.refunds) - 1.0 / static_cast<double>(heavy.orders)));
      if (heavy.delay_minutes <= static_cast<double>(ctx.param(kDelay)) + 2 * error) {
        const double guilty = static_cast<double>(ctx.param(kRefundShare)) / 1000.0;
        finding.llr_milli = to_milli(std::min(kLlrCap, binomial_llr_at_least(heavy.refunds, heavy.orders, guilty, kHonestRefundShare)));
        finding.value_milli = ratio_milli(heavy.refunds, heavy.orders);
        finding.baseline_milli = to_milli(kHonestRefundShare);
        finding.threshold_milli = ctx.param(kRefundShare);
        finding.reason = kFlood;
        finding.params = {heavy.orders, heavy.buckets, heavy.refunds, std::llround(heavy.delay_minutes)};
        finding.count = static_cast<std::uint32_t>(heavy.orders + heavy.refunds);
        day.evidence.write_to(finding.evidence);
      }
    }
    day.said.say(finding, moment, at, ctx);
  }
};

constexpr DetectorInfo kInfo{
    .number = 7, .name = "refund_flood", .part = "shop", .stage = Stage::kShop, .family = Family::kOrder, .version = 2,
    .state_version = 1, .state_bytes = sizeof(RefundState), .inputs = EventMask::of(EventType::kOrderPaid, EventType::kOrderRefunded),
    .lateness_ms = kLatenessMs, .params = kParams, .reasons = kReasons};

const DetectorInfo& RefundFlood::info() const { return kInfo; }

}  // namespace

const Detector& d7_shop() {
  static const RefundFlood detector;
  return detector;
}

}  // namespace brushwatch
