#include "detectors/complaint_correlation/complaint_correlation.h"

#include <algorithm>
#include <array>

#include "detectors/shop_core/evidence_sample.h"
#include "detectors/shop_core/open_windows.h"
#include "detectors/shop_core/said.h"
#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"
#include "engine/math/surprise.h"

namespace brushwatch {
namespace {

constexpr std::int64_t kLatenessMs = 24 * kHourMs;  // hotlines hand over their calls once a day
constexpr std::int64_t kWeekMs = 7 * kDayMs;
/// What a past week counts for: 1 + 0.7 + 0.49 + … = 3.3 weeks of effective window, near the catalogue's 30 days.
constexpr double kCarry = 0.7;
constexpr std::int32_t kCarryWeeks = 5;  // 0.7⁵ = 0.17 of a complaint: then it is forgotten
/// Two-bit counters of complainants: 128 a week. Two complainants on one counter are counted as one: in favour of the shop.
constexpr std::size_t kCounters = 128;
constexpr unsigned kPerComplainant = 2;
/// How honest shops differ (gamma shape): a shop of fragile goods has twice the complaints of the mean one.
constexpr double kShape = 2;
/// Even a shop that sold next to nothing may be complained about by mistake.
constexpr double kLeastExpected = 0.05;
constexpr double kLlrCap = 10.0;

constexpr ParamInfo kParams[] = {
    {"per_100k", 60, "per 100,000 orders", "honest complaints of all kinds (domain notes §6.3), all taken for these kinds"},
    {"min_count", 3, "count", "two calls may come from one household"},
    {"tail_milli", 11513, "milli-nats", "-ln 1e-5: weeks times shops are many, complaints are few"},
};
enum Param { kPer100k, kMinCount, kTail };

constexpr std::size_t kKinds = 4;
enum Reason : std::uint16_t { kNotReceived = 1, kEmptyParcel = 2, kNotOrdered = 3, kRebate = 4 };
constexpr ReasonText kReasons[] = {
    {kNotReceived, "complaint_correlation.not_received", "{v} complaints, mostly of goods not received, where {0} orders let {b} be expected; {1} this week",
     "投诉 {v} 件（以未收到货为主），按 {0} 笔订单应为 {b} 件；本周 {1} 件"},
    {kEmptyParcel, "complaint_correlation.empty_parcel", "{v} complaints, mostly of empty parcels, where {0} orders let {b} be expected; {1} this week",
     "投诉 {v} 件（以收到空包为主），按 {0} 笔订单应为 {b} 件；本周 {1} 件"},
    {kNotOrdered, "complaint_correlation.not_ordered", "{v} complaints, mostly of parcels never ordered, where {0} orders let {b} be expected; {1} this week",
     "投诉 {v} 件（以未下单却收到包裹为主），按 {0} 笔订单应为 {b} 件；本周 {1} 件"},
    {kRebate, "complaint_correlation.rebate", "{v} complaints, mostly of rebates for praise, where {0} orders let {b} be expected; {1} this week",
     "投诉 {v} 件（以好评返现为主），按 {0} 笔订单应为 {b} 件；本周 {1} 件"},
};

struct Week {
  std::int32_t index;
  std::uint32_t orders;
  Said said;
  std::array<std::uint16_t, kKinds> kinds;  ///< uncapped, saturating: only which is the largest is asked
  std::array<std::uint8_t, kCounters / 4> complainants;
  EvidenceSample<10> evidence;
};
/// What the closed weeks still count for, at the beginning of the week after `last_week`.
struct Carry {
  double orders, complaints;
  std::int32_t last_week;
  std::int32_t reserved;
};
struct ComplaintState {
  OpenWindows<Week, 2> weeks;
  Carry carry;
};

/// Complaints of the week, each complainant capped.
std::int64_t capped(const Week& week) {
  std::int64_t sum = 0;
  for (const std::uint8_t byte : week.complainants) {
    for (unsigned shift = 0; shift < 8; shift += 2) sum += (byte >> shift) & 3U;
  }
  return sum;
}

/// Weeks without an order or complaint pass; `week` begins.
void fade_to(std::int32_t week, Carry& carry) {
  if (carry.last_week == 0) return;
  const std::int32_t idle = std::min(week - carry.last_week - 1, kCarryWeeks);
  for (std::int32_t i = 0; i < idle; ++i) carry.orders *= kCarry, carry.complaints *= kCarry;
}
void fold_week(const Week& week, Carry& carry) {
  fade_to(week.index, carry);
  carry.orders = kCarry * (carry.orders + week.orders);
  carry.complaints = kCarry * (carry.complaints + static_cast<double>(capped(week)));
  carry.last_week = week.index;
}

/// 0…3, or kKinds when the code is not one that brushing causes.
std::size_t kind_of(ComplaintCode code) {
  switch (code) {
    case ComplaintCode::kNotReceived: return 0;
    case ComplaintCode::kEmptyParcel: return 1;
    case ComplaintCode::kNotOrdered: return 2;
    case ComplaintCode::kRebateDemand: return 3;
    default: return kKinds;  // threatened reviews and malicious reviews make the shop a victim: not for this count
  }
}

class ComplaintCorrelation final : public DetectorOf<ComplaintState> {
 public:
  [[nodiscard]] const DetectorInfo& info() const override;

  void event(const Event& event, ComplaintState& s, FoldContext& ctx) const override {
    const auto* complaint = std::get_if<ComplaintEvent>(&event.body);
    const std::size_t kind = complaint != nullptr ? kind_of(complaint->code) : kKinds;
    if (complaint != nullptr && kind == kKinds) return;
    Week* week = s.weeks.open(week_index(event.event_time), [&](Week& closing) { settle(closing, s, ctx); });
    if (week != nullptr && complaint == nullptr) ++week->orders;
    if (week != nullptr && complaint != nullptr) {
      week->kinds[kind] += week->kinds[kind] != UINT16_MAX;
      // A complainant without a pseudonym is nobody twice: his complaint's own id stands for him.
      const std::uint64_t who = mix64(complaint->complainant != 0 ? complaint->complainant : complaint->complaint.hash);
      std::uint8_t& byte = week->complainants[who % (kCounters / 4)];
      const unsigned shift = (who >> 32) % 4 * 2;
      if (((byte >> shift) & 3U) < kPerComplainant) byte = static_cast<std::uint8_t>(byte + (1U << shift));
      week->evidence.add(ctx.position);
      Carry carry = s.carry;
      for (const Week& open : s.weeks.slots) {
        if (open.index != 0 && open.index < week->index) fold_week(open, carry);  // as it stands
      }
      fade_to(week->index, carry);
      // This week's orders are still coming in: it is taken for a usual week at least.
      judge(*week, carry, std::max<double>(week->orders, carry.orders * (1 - kCarry) / kCarry), Moment::kEarly, event.event_time, ctx);
    }
    if (const Week* oldest = s.weeks.oldest()) ctx.wake_at(week_start(oldest->index + 1) + kLatenessMs);
  }

  bool timer(ComplaintState& s, FoldContext& ctx) const override {
    s.weeks.close(week_index(settled_before(ctx.watermark, kLatenessMs)) - 1, [&](Week& week) { settle(week, s, ctx); });
    if (const Week* oldest = s.weeks.oldest()) {
      ctx.wake_at(week_start(oldest->index + 1) + kLatenessMs);
      return true;
    }
    const EventTime end = week_start(s.carry.last_week + 1) + kCarryWeeks * kWeekMs;
    if (s.carry.last_week == 0 || end <= ctx.watermark) {
      s = ComplaintState{};
      return false;
    }
    ctx.wake_at(end);
    return true;
  }

 private:
  void settle(Week& week, ComplaintState& s, FoldContext& ctx) const {
    fade_to(week.index, s.carry);
    judge(week, s.carry, week.orders, Moment::kSettled, week_start(week.index + 1), ctx);
    s.carry.last_week = week.index - 1;  // faded already
    fold_week(week, s.carry);
  }

  void judge(Week& week, const Carry& carry, double orders_now, Moment moment, EventTime at, FoldContext& ctx) const {
    FindingEvent finding;
    finding.detector = 26;
    finding.version = info().version;
    finding.family = Family::kComplaint;
    finding.direction = Direction::kPromote;
    finding.subject = shop_of(ctx).id();
    finding.window_start = week_start(week.index);
    finding.window_end = week_start(week.index + 1);
    const std::int64_t now = capped(week);
    const auto count = now + static_cast<std::int64_t>(carry.complaints);
    const double orders = carry.orders + orders_now;
    const double expected = std::max(kLeastExpected, orders * static_cast<double>(ctx.param(kPer100k)) / 100'000.0);
    // A week without a complaint is not accused of last week's.
    if (now > 0 && count >= ctx.param(kMinCount)) {
      const double log_p = log_negative_binomial_tail(count, expected, kShape);
      if (to_milli(-log_p) >= ctx.param(kTail)) {
        finding.llr_milli = to_milli(std::min(kLlrCap, log_e_value(log_p)));
        finding.value_milli = count * 1000;
        finding.baseline_milli = to_milli(expected);
        finding.threshold_milli = ctx.param(kMinCount) * 1000;
        const auto largest = std::max_element(week.kinds.begin(), week.kinds.end());
        finding.reason = static_cast<std::uint16_t>(kNotReceived + (largest - week.kinds.begin()));
        finding.params = {static_cast<std::int64_t>(orders), now, 0, 0};
        finding.count = static_cast<std::uint32_t>(count);
        week.evidence.write_to(finding.evidence);
      }
    }
    week.said.say(finding, moment, at, ctx);
  }
};

constexpr DetectorInfo kInfo{
    .number = 26, .name = "complaint_correlation", .part = "shop", .stage = Stage::kShop, .family = Family::kComplaint, .version = 1,
    .state_version = 1, .state_bytes = sizeof(ComplaintState), .inputs = EventMask::of(EventType::kComplaintFiled, EventType::kOrderPaid),
    .lateness_ms = kLatenessMs, .params = kParams, .reasons = kReasons};

const DetectorInfo& ComplaintCorrelation::info() const { return kInfo; }

}  // namespace

const Detector& d26_shop() {
  static const ComplaintCorrelation detector;
  return detector;
}

}  // namespace brushwatch
