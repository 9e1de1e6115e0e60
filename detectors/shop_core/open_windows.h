#pragma once
/// The few tumbling windows of one key that may still change: opened by events, settled in order of time.
///
/// Shape   Slot is trivially copyable and has `std::int32_t index`; 0 = free. Indexes are days or weeks since 1970, so > 0.
/// Order   the slots hold counts only, so late events within the allowance leave the settled window as if they had been on
///         time. An event N windows ahead of the oldest open one settles that one early: the bound on memory is harder than
///         the bound on skew between sources.
/// Cost    O(N) to settle, O(1) to open.

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace brushwatch {

template <class Slot, std::size_t N>
struct OpenWindows {
  std::array<Slot, N> slots;
  std::int32_t settled;  ///< the last settled window; older events are too late
  std::int32_t reserved;

  /// nullptr when the window is settled. `settle(slot)` is called for windows that must make room.
  template <class Settle>
  Slot* open(std::int32_t index, Settle&& settle) {
    if (index <= settled) return nullptr;
    Slot& slot = slots[static_cast<std::size_t>(index) % N];
    if (slot.index == index) return &slot;
    if (slot.index > index) return nullptr;
    if (slot.index != 0) close(index - static_cast<std::int32_t>(N), settle);
    slot.index = index;
    return &slot;
  }
  /// Settles and frees all open windows with index ≤ limit, oldest first.
  template <class Settle>
  void close(std::int32_t limit, Settle&& settle) {
    while (Slot* slot = oldest()) {
      if (slot->index > limit) return;
      settle(*slot);
      settled = slot->index;
      *slot = Slot{};
    }
  }
  /// nullptr when none is open.
  [[nodiscard]] Slot* oldest() {
    Slot* found = nullptr;
    for (Slot& slot : slots) {
      if (slot.index != 0 && (found == nullptr || slot.index < found->index)) found = &slot;
    }
    return found;
  }
};

/// Days of Shanghai's calendar as indexes.
inline std::int32_t day_index(EventTime t) { return static_cast<std::int32_t>(shanghai_day(t)); }
inline EventTime day_start(std::int32_t day) { return {day * kDayMs - kShanghaiOffsetMs}; }
/// Weeks from Monday 00:00; week w begins on day 7w − 3 (day 0 was a Thursday), so week 1 begins on 1970-01-05.
inline constexpr std::int32_t kWeekShift = 3;
inline std::int32_t week_index(EventTime t) { return static_cast<std::int32_t>(floor_div(shanghai_day(t) + kWeekShift, 7)); }
inline EventTime week_start(std::int32_t week) { return day_start(week * 7 - kWeekShift); }

/// The watermark minus the allowance, kept where calendar arithmetic cannot overflow (the ends mean "before all", "after all").
inline EventTime settled_before(EventTime watermark, std::int64_t lateness_ms) {
  constexpr std::int64_t kFarMs = 200'000 * kDayMs;  // the year 2517
  if (watermark.ms < lateness_ms) return {0};
  return {(watermark.ms < kFarMs ? watermark.ms : kFarMs) - lateness_ms};
}

}  // namespace brushwatch
