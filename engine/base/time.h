#pragma once
/// Event time in milliseconds UTC, civil dates in Asia/Shanghai (fixed UTC+8, no daylight saving), RFC 3339.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brushwatch {

inline constexpr std::int64_t kSecondMs = 1'000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;
/// China has one civil time; the law's deadlines and the shops' hours are counted in it.
inline constexpr std::int64_t kShanghaiOffsetMs = 8 * kHourMs;

/// A moment on the event-time axis, ms since 1970-01-01T00:00:00Z. The two ends are "before all" and "after all".
struct EventTime {
  std::int64_t ms = 0;
  constexpr auto operator<=>(const EventTime&) const = default;
  static constexpr EventTime min() { return {INT64_MIN}; }
  static constexpr EventTime max() { return {INT64_MAX}; }
};
constexpr EventTime operator+(EventTime t, std::int64_t ms) { return {t.ms + ms}; }
constexpr EventTime operator-(EventTime t, std::int64_t ms) { return {t.ms - ms}; }
constexpr std::int64_t operator-(EventTime a, EventTime b) { return a.ms - b.ms; }

/// Floor division that also floors below zero.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - ((a % b != 0) && ((a < 0) != (b < 0)) ? 1 : 0); }
/// Start of the tumbling window of `size_ms` that holds `t`, aligned to Shanghai midnight when the size divides a day
/// (and to Monday 00:00 Shanghai for 7-day windows).
constexpr EventTime window_start(EventTime t, std::int64_t size_ms) {
  // 1970-01-01 was a Thursday: shift by 3 days so that 7-day windows begin on Mondays; shorter windows are unaffected
  // because 3 days is a multiple of every size that divides a day.
  constexpr std::int64_t kMondayShift = 3 * kDayMs;
  const std::int64_t local = t.ms + kShanghaiOffsetMs + kMondayShift;
  return {floor_div(local, size_ms) * size_ms - kMondayShift - kShanghaiOffsetMs};
}
/// Hour of the Shanghai day, 0..23.
constexpr int shanghai_hour(EventTime t) {
  return static_cast<int>(floor_div(t.ms + kShanghaiOffsetMs, kHourMs) - floor_div(t.ms + kShanghaiOffsetMs, kDayMs) * 24);
}
/// Hour of the Shanghai week, 0 = Monday 00:00 .. 167.
constexpr int shanghai_hour_of_week(EventTime t) {
  const std::int64_t hours = floor_div(t.ms + kShanghaiOffsetMs + 3 * kDayMs, kHourMs);
  return static_cast<int>(hours - floor_div(hours, 168) * 168);
}
/// Day number of the Shanghai civil date (days since 1970-01-01 civil).
constexpr std::int64_t shanghai_day(EventTime t) { return floor_div(t.ms + kShanghaiOffsetMs, kDayMs); }

/// "2026-11-11T00:00:00.000+08:00" (always ms, always +08:00: one spelling per moment).
std::string format_time(EventTime t);
/// Strict RFC 3339 with offset or Z; also "YYYY-MM-DD HH:MM:SS" (Shanghai time), as Taobao and Olist write it.
/// Fractions beyond ms are cut. nullopt when it is not a time, including impossible dates.
std::optional<EventTime> parse_time(std::string_view text);

/// The world's clock. The fold never sees one; ingest and the doors get it by constructor.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual EventTime now() = 0;              ///< wall time, ms UTC
  virtual std::int64_t monotonic_ns() = 0;  ///< for durations only
};
/// The operating system's clock; lives for the whole process.
Clock& system_clock();
/// A hand-driven clock for tests and simulations.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(EventTime start = {0}) : now_(start) {}
  EventTime now() override { return now_; }
  std::int64_t monotonic_ns() override { return now_.ms * 1'000'000; }
  void advance(std::int64_t ms) { now_.ms += ms; }
  void set(EventTime t) { now_ = t; }

 private:
  EventTime now_;
};

}  // namespace brushwatch
