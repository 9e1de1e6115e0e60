#pragma once
/// The Chinese working-day calendar: which days are worked, and the day on which a term ends.
///
/// A working day is a weekday or a listed make-up day (调休), unless it is listed as a day off; the lists are the State
/// Council's yearly notices. Terms follow arts. 201–203 of the Civil Code: the day of the event is not counted, months end on
/// the same day number or else on the month's last day, a last day that is a rest day moves to the next working day, and a
/// term ends at 24:00 Shanghai time.
///
/// Versions  the table grows by a year each autumn. A calendar is chosen by its version, which is a rule in the ledger
///           ("alliance.calendar_version"), so that a replay counts as was counted then. In a year beyond the table weekdays
///           are taken for working days: such a term is provisional and counted again under the next version.
/// Cost      tens of nanoseconds a day counted. Threads: immutable.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch {

/// A civil date in Shanghai, as days since 1970-01-01.
struct Date {
  std::int64_t day = 0;
  constexpr auto operator<=>(const Date&) const = default;
};
Date date_of(EventTime t);
/// Year, month 1–12, day 1–31. A day beyond the month's end is a bug.
Date make_date(int year, unsigned month, unsigned day);
struct YearMonthDay {
  int year;
  unsigned month, day;
};
YearMonthDay civil(Date date);
/// "2026-02-13".
std::string format_date(Date date);
/// Strict "YYYY-MM-DD". Errors: kBadTime.
Result<Date> parse_date(std::string_view text);
/// The moment at which the date ends: 24:00 Shanghai.
EventTime end_of(Date date);
/// 00:00 Shanghai of the date.
EventTime start_of(Date date);

/// When a term ends, and how sure that is.
struct CountedTerm {
  Date last;                  ///< its last day; it ends at end_of(last)
  std::uint8_t version = 0;   ///< of the calendar that counted it
  bool provisional = false;   ///< a day beyond the table was counted
  bool operator==(const CountedTerm&) const = default;
};

class Calendar {
 public:
  /// The newest version this program has; versions are 1 … newest.
  static std::uint8_t newest();
  /// A version; what lies outside 1 … newest() gives the nearest.
  static const Calendar& version(std::uint8_t version);

  [[nodiscard]] std::uint8_t number() const { return number_; }
  [[nodiscard]] int first_year() const { return first_year_; }
  [[nodiscard]] int last_year() const { return last_year_; }
  [[nodiscard]] bool is_working(Date date) const;
  /// True when the date lies in a year that the table does not hold.
  [[nodiscard]] bool is_provisional(Date date) const;
  /// First working day at or after `date`.
  [[nodiscard]] Date next_working(Date date) const;
  /// The term of `days` working days after `from` (days ≥ 1): the last of them.
  [[nodiscard]] CountedTerm working_days_after(Date from, unsigned days) const;
  /// The term of `days` calendar days after `from`, moved off a rest day.
  [[nodiscard]] CountedTerm days_after(Date from, unsigned days) const;
  /// The term of `months` after `from`, moved off a rest day.
  [[nodiscard]] CountedTerm months_after(Date from, unsigned months) const;
  /// The same without moving: for minimum and maximum terms of posting, which run by the calendar.
  [[nodiscard]] Date plain_months_after(Date from, unsigned months) const;
  [[nodiscard]] unsigned working_days_in(int year) const;

  /// Days from `today` to the table's last day; negative beyond it.
  [[nodiscard]] std::int64_t days_left(Date today) const;
  /// The alarm: the table ends within the longest term counted in working days or months, so new terms are provisional. The
  /// next year's notice comes in October or November.
  [[nodiscard]] bool expires_soon(Date today) const { return days_left(today) < kAlarmDays; }
  static constexpr std::int64_t kAlarmDays = 100;  ///< three months and the rest days that may follow

 private:
  friend struct CalendarTable;
  Calendar(std::uint8_t number, int first_year, int last_year)
      : number_(number), first_year_(first_year), last_year_(last_year) {}
  [[nodiscard]] CountedTerm moved(Date from, Date last) const;
  std::uint8_t number_;
  int first_year_, last_year_;
};

}  // namespace brushwatch
