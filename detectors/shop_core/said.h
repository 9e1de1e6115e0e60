#pragma once
/// What was last said about one window, so that nothing is said twice, and what no longer holds is taken back.

#include <cstdint>

#include "engine/detect/fold.h"

namespace brushwatch {

/// Early: the window is still open, a finding is renewed only when its evidence moved. Settled: the last word, exact.
enum class Moment : std::uint8_t { kEarly, kSettled };

/// Trivially copyable; zeroed = nothing said.
struct Said {
  std::int32_t llr_milli;
  std::uint32_t digest;  ///< of the numbers said

  /// Emits `finding` when it says something new; llr_milli ≤ 0 means "nothing", which retracts what was said before.
  void say(FindingEvent& finding, Moment moment, EventTime event_time, FoldContext& ctx);
};

}  // namespace brushwatch
