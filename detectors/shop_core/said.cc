#include "detectors/shop_core/said.h"

#include <cstdlib>

namespace brushwatch {
namespace {

/// A quarter of a nat changes posterior odds by 28 %: less is not worth a record.
constexpr std::int64_t kRenewMilli = 250;

std::uint32_t digest_of(const FindingEvent& f) {
  std::uint64_t h = hash_combine(static_cast<std::uint64_t>(f.value_milli), static_cast<std::uint64_t>(f.baseline_milli));
  for (const std::int64_t p : f.params) h = hash_combine(h, static_cast<std::uint64_t>(p));
  return static_cast<std::uint32_t>(hash_combine(h, hash_combine(f.count, f.reason)));
}

}  // namespace

void Said::say(FindingEvent& finding, Moment moment, EventTime event_time, FoldContext& ctx) {
  if (finding.llr_milli <= 0) {
    if (llr_milli == 0) return;
    finding.llr_milli = 0;
    finding.retracted = true;
    *this = {};
    ctx.emit(finding, event_time);
    return;
  }
  const std::uint32_t digest_now = digest_of(finding);
  const std::int64_t moved = std::abs(finding.llr_milli - llr_milli);
  if (moment == Moment::kEarly ? moved < kRenewMilli : moved == 0 && digest == digest_now) return;
  *this = {static_cast<std::int32_t>(finding.llr_milli), digest_now};
  ctx.emit(finding, event_time);
}

}  // namespace brushwatch
