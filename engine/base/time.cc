#include "engine/base/time.h"

#include <fmt/format.h>

#include <chrono>

namespace brushwatch {
namespace {

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days since 1970-01-01 of a civil date, and back.
constexpr std::int64_t days_from_civil(std::int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const std::int64_t era = floor_div(y, 400);
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<std::int64_t>(doe) - 719468;
}
struct Civil { std::int64_t year; unsigned month, day; };
constexpr Civil civil_from_days(std::int64_t z) {
  z += 719468;
  const std::int64_t era = floor_div(z, 146097);
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned d = doy - (153 * mp + 2) / 5 + 1;
  const unsigned m = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<std::int64_t>(yoe) + era * 400 + (m <= 2), m, d};
}
constexpr unsigned days_in_month(std::int64_t y, unsigned m) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return m == 2 && leap ? 29 : kDays[m - 1];
}
/// Reads exactly `n` digits at `pos`; -1 when they are not digits.
int digits(std::string_view s, std::size_t pos, std::size_t n) {
  if (pos + n > s.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const char c = s[pos + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

class SystemClock final : public Clock {
 public:
  EventTime now() override {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
  }
  std::int64_t monotonic_ns() override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

}  // namespace

std::string format_time(EventTime t) {
  if (t == EventTime::min()) return "-infinity";
  if (t == EventTime::max()) return "+infinity";
  const std::int64_t local = t.ms + kShanghaiOffsetMs;
  const std::int64_t day = floor_div(local, kDayMs);
  const std::int64_t ms = local - day * kDayMs;
  const Civil c = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+08:00", c.year, c.month, c.day, ms / kHourMs,
                     ms / kMinuteMs % 60, ms / kSecondMs % 60, ms % 1000);
}

std::optional<EventTime> parse_time(std::string_view s) {
  if (s.size() < 19 || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':') return std::nullopt;
  const bool rfc = s[10] == 'T' || s[10] == 't';
  if (!rfc && s[10] != ' ') return std::nullopt;
  const int year = digits(s, 0, 4), month = digits(s, 5, 2), day = digits(s, 8, 2);
  const int hour = digits(s, 11, 2), minute = digits(s, 14, 2), second = digits(s, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  if (second < 0 || second > 60) return std::nullopt;  // 60: a leap second, read as the next second
  if (static_cast<unsigned>(day) > days_in_month(year, static_cast<unsigned>(month))) return std::nullopt;
  std::int64_t ms = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * kDayMs +
                    hour * kHourMs + minute * kMinuteMs + second * kSecondMs;
  std::size_t pos = 19;
  if (pos < s.size() && s[pos] == '.') {
    std::size_t n = 0;
    std::int64_t fraction = 0;
    for (++pos; pos < s.size() && s[pos] >= '0' && s[pos] <= '9'; ++pos, ++n) {
      if (n < 3) fraction = fraction * 10 + (s[pos] - '0');
    }
    if (n == 0) return std::nullopt;
    for (; n < 3; ++n) fraction *= 10;
    ms += fraction;
  }
  if (pos == s.size()) {
    if (rfc) return std::nullopt;  // RFC 3339 demands an offset
    return EventTime{ms - kShanghaiOffsetMs};
  }
  if ((s[pos] == 'Z' || s[pos] == 'z') && pos + 1 == s.size()) return EventTime{ms};
  if (s[pos] != '+' && s[pos] != '-') return std::nullopt;
  if (pos + 6 != s.size() || s[pos + 3] != ':') return std::nullopt;
  const int oh = digits(s, pos + 1, 2), om = digits(s, pos + 4, 2);
  if (oh < 0 || oh > 23 || om < 0 || om > 59) return std::nullopt;
  const std::int64_t offset = oh * kHourMs + om * kMinuteMs;
  return EventTime{s[pos] == '+' ? ms - offset : ms + offset};
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace brushwatch
