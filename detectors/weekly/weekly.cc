#include "detectors/weekly/weekly.h"

#include <cstdlib>

#include "engine/math/llr.h"
#include "engine/math/milli.h"
#include "engine/math/tails.h"

namespace brushwatch {
namespace {

/// Below this change the posterior moves by less than 0.06 at its steepest: not worth a line to a reader.
constexpr std::int64_t kMovedMilli = 250;

}  // namespace

RateRule rate_rule(const FoldContext& ctx, const RateParams& params) {
  const auto thousandths = [&](std::size_t param) { return static_cast<double>(ctx.param(param)) / 1000; };
  return {ctx.param(params.min_total), ctx.param(params.min_marked), thousandths(params.honest), thousandths(params.least),
          thousandths(params.log_p_max), ctx.param(params.cap_milli)};
}

std::int64_t rate_llr_milli(std::int64_t marked, std::int64_t total, const RateRule& rule) {
  if (total < rule.min_total || marked < rule.min_marked || total <= 0) return 0;
  const double llr = binomial_llr_at_least(marked, total, rule.least, rule.honest);
  if (!(llr > 0)) return 0;
  if (!(log_binomial_tail(marked, total, rule.honest) < rule.log_p_max)) return 0;
  return std::min(to_milli(llr), rule.cap_milli);
}

Claim rate_claim(std::uint16_t reason, std::int64_t marked, std::int64_t total, const RateRule& rule) {
  Claim claim;
  claim.llr_milli = rate_llr_milli(marked, total, rule);
  claim.value_milli = ratio_milli(marked, total);
  claim.baseline_milli = to_milli(rule.honest);
  claim.threshold_milli = to_milli(rule.least);
  claim.reason = reason;
  claim.params = {marked, total, 0, 0};
  claim.count = static_cast<std::uint32_t>(marked);
  return claim;
}

void tell(const DetectorInfo& info, const Claim& claim, WeekHead& head, const Subject& subject,
          std::span<const std::uint64_t> refs, EventTime at, bool last, FoldContext& ctx) {
  const bool holds = claim.llr_milli > 0;
  const bool stands = head.told_llr_milli != 0;
  if (!holds && !stands) return;
  if (holds && stands) {
    const bool moved = std::llabs(claim.llr_milli - head.told_llr_milli) >= kMovedMilli;
    const bool doubled = claim.count >= 2 * static_cast<std::uint64_t>(head.told_count);
    if (!moved && !doubled && !(last && head.changed != 0)) return;
  }
  FindingEvent finding;
  finding.detector = info.number;
  finding.version = info.version;
  finding.family = info.family;
  finding.direction = claim.direction;
  finding.subject_kind = subject.kind;
  finding.subject = subject.id;
  finding.window_start = head.start();
  finding.window_end = head.end();
  finding.llr_milli = holds ? claim.llr_milli : 0;
  finding.value_milli = claim.value_milli;
  finding.baseline_milli = claim.baseline_milli;
  finding.threshold_milli = claim.threshold_milli;
  finding.reason = claim.reason;
  finding.params = claim.params;
  finding.count = claim.count;
  finding.retracted = !holds;
  finding.evidence.reserve(refs.size());
  for (const std::uint64_t ref : refs) finding.evidence.push_back({ref});
  // A timer has no record behind it: the evidence stands for it, so that the position never depends on what was folded last.
  const EvidenceRef record = ctx.position;
  if (!refs.empty()) ctx.position = {refs.front()};
  ctx.emit(finding, at);
  ctx.position = record;
  head.told_llr_milli = holds ? static_cast<std::int32_t>(claim.llr_milli) : 0;
  head.told_count = holds ? claim.count : 0;
  head.changed = 0;
  ctx.changed = true;
}

}  // namespace brushwatch
