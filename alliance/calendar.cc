#include "alliance/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

/// Month and day as one number: 1001 is 1 October.
using MonthDay = std::uint16_t;

struct Year {
  int year;
  std::span<const MonthDay> off;    ///< weekdays and weekends that are days off
  std::span<const MonthDay> worked; ///< weekend days that are worked
};

// The State Council's notices on the holidays of the year (国务院办公厅关于节假日安排的通知), one each autumn; 2019 and 2020
// with their corrections. 2018 has the days that its own notice and that of 2019 name.
constexpr MonthDay k2018Off[] = {101, 215, 216, 217, 218, 219, 220, 221, 405, 406, 407, 429, 430, 501, 618, 924,
                                 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1230, 1231};
constexpr MonthDay k2018On[] = {211, 224, 408, 428, 929, 930, 1229};
constexpr MonthDay k2019Off[] = {101, 204, 205, 206, 207, 208, 209, 210, 405, 501, 502, 503, 504, 607, 913,
                                 1001, 1002, 1003, 1004, 1005, 1006, 1007};
constexpr MonthDay k2019On[] = {202, 203, 428, 505, 929, 1012};
constexpr MonthDay k2020Off[] = {101, 124, 125, 126, 127, 128, 129, 130, 131, 201, 202, 404, 405, 406, 501, 502, 503, 504,
                                 505, 625, 626, 627, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008};
constexpr MonthDay k2020On[] = {119, 203, 426, 509, 628, 927, 1010};
constexpr MonthDay k2021Off[] = {101, 102, 103, 211, 212, 213, 214, 215, 216, 217, 403, 404, 405, 501, 502, 503, 504, 505,
                                 612, 613, 614, 919, 920, 921, 1001, 1002, 1003, 1004, 1005, 1006, 1007};
constexpr MonthDay k2021On[] = {207, 220, 425, 508, 918, 926, 1009};
constexpr MonthDay k2022Off[] = {101, 102, 103, 131, 201, 202, 203, 204, 205, 206, 403, 404, 405, 430, 501, 502, 503, 504,
                                 603, 604, 605, 910, 911, 912, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1231};
constexpr MonthDay k2022On[] = {129, 130, 402, 424, 507, 1008, 1009};
constexpr MonthDay k2023Off[] = {101, 102, 121, 122, 123, 124, 125, 126, 127, 405, 429, 430, 501, 502, 503, 622, 623, 624,
                                 929, 930, 1001, 1002, 1003, 1004, 1005, 1006};
constexpr MonthDay k2023On[] = {128, 129, 423, 506, 625, 1007, 1008};
constexpr MonthDay k2024Off[] = {101, 210, 211, 212, 213, 214, 215, 216, 217, 404, 405, 406, 501, 502, 503, 504, 505, 610,
                                 915, 916, 917, 1001, 1002, 1003, 1004, 1005, 1006, 1007};
constexpr MonthDay k2024On[] = {204, 218, 407, 428, 511, 914, 929, 1012};
constexpr MonthDay k2025Off[] = {101, 128, 129, 130, 131, 201, 202, 203, 204, 404, 405, 406, 501, 502, 503, 504, 505, 531,
                                 601, 602, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008};
constexpr MonthDay k2025On[] = {126, 208, 427, 928, 1011};
constexpr MonthDay k2026Off[] = {101, 102, 103, 215, 216, 217, 218, 219, 220, 221, 222, 223, 404, 405, 406, 501, 502, 503,
                                 504, 505, 619, 620, 621, 925, 926, 927, 1001, 1002, 1003, 1004, 1005, 1006, 1007};
constexpr MonthDay k2026On[] = {104, 214, 228, 509, 920, 1010};

constexpr Year kYears[] = {
    {2018, k2018Off, k2018On}, {2019, k2019Off, k2019On}, {2020, k2020Off, k2020On},
    {2021, k2021Off, k2021On}, {2022, k2022Off, k2022On}, {2023, k2023Off, k2023On},
    {2024, k2024Off, k2024On}, {2025, k2025Off, k2025On}, {2026, k2026Off, k2026On},
};

/// The last year of each version: version 1 is what was known until the notice for 2026, version 2 holds it.
constexpr int kLastYears[] = {2025, 2026};

bool listed(std::span<const MonthDay> days, MonthDay day) { return std::binary_search(days.begin(), days.end(), day); }

unsigned days_in_month(int year, unsigned month) {
  const Date first = make_date(year, month, 1);
  const Date next = month == 12 ? make_date(year + 1, 1, 1) : make_date(year, month + 1, 1);
  return static_cast<unsigned>(next.day - first.day);
}

bool digits(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= 0;
}

}  // namespace

Date date_of(EventTime t) { return {shanghai_day(t)}; }

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
Date make_date(int year, unsigned month, unsigned day) {
  const std::int64_t y = year - (month <= 2 ? 1 : 0);
  const std::int64_t era = floor_div(y, 400);
  const std::int64_t yoe = y - era * 400;
  const std::int64_t doy = (153 * (static_cast<std::int64_t>(month) + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return {era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468};
}

YearMonthDay civil(Date date) {
  const std::int64_t z = date.day + 719468;
  const std::int64_t era = floor_div(z, 146097);
  const std::int64_t doe = z - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const auto month = static_cast<unsigned>(mp < 10 ? mp + 3 : mp - 9);
  return {static_cast<int>(yoe + era * 400 + (month <= 2 ? 1 : 0)), month, static_cast<unsigned>(doy - (153 * mp + 2) / 5 + 1)};
}

std::string format_date(Date date) {
  const YearMonthDay c = civil(date);
  return fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
}

Result<Date> parse_date(std::string_view text) {
  int year = 0, month = 0, day = 0;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' && digits(text.substr(0, 4), year) &&
                      digits(text.substr(5, 2), month) && digits(text.substr(8, 2), day);
  if (!shaped || month < 1 || month > 12 || day < 1 ||
      static_cast<unsigned>(day) > days_in_month(year, static_cast<unsigned>(month))) {
    return fail(ErrorCode::kBadTime, "a date is YYYY-MM-DD");
  }
  return make_date(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

EventTime start_of(Date date) { return {date.day * kDayMs - kShanghaiOffsetMs}; }
EventTime end_of(Date date) { return {(date.day + 1) * kDayMs - kShanghaiOffsetMs}; }

/// Makes the versions; the only one who may.
struct CalendarTable {
  std::array<Calendar, std::size(kLastYears)> versions;
  CalendarTable() : versions{Calendar(1, kYears[0].year, kLastYears[0]), Calendar(2, kYears[0].year, kLastYears[1])} {}
};

std::uint8_t Calendar::newest() { return static_cast<std::uint8_t>(std::size(kLastYears)); }

const Calendar& Calendar::version(std::uint8_t version) {
  static const CalendarTable table;
  return table.versions[std::clamp<std::size_t>(version, 1, newest()) - 1];
}

bool Calendar::is_working(Date date) const {
  // 1970-01-01 was a Thursday.
  const std::int64_t weekday = date.day + 3 - floor_div(date.day + 3, 7) * 7;  // 0 = Monday
  const bool weekend = weekday >= 5;
  if (is_provisional(date)) return !weekend;
  const YearMonthDay c = civil(date);
  const Year& year = kYears[c.year - first_year_];
  const auto day = static_cast<MonthDay>(c.month * 100 + c.day);
  return weekend ? listed(year.worked, day) : !listed(year.off, day);
}

bool Calendar::is_provisional(Date date) const {
  const int year = civil(date).year;
  return year < first_year_ || year > last_year_;
}

Date Calendar::next_working(Date date) const {
  while (!is_working(date)) ++date.day;
  return date;
}

CountedTerm Calendar::moved(Date from, Date last) const {
  const Date end = next_working(last);
  return {end, number_, is_provisional(from) || is_provisional(end)};
}

CountedTerm Calendar::working_days_after(Date from, unsigned days) const {
  BW_CHECK(days >= 1, "a term has at least one day");
  Date last = from;
  for (unsigned counted = 0; counted < days;) {
    ++last.day;
    if (is_working(last)) ++counted;
  }
  return {last, number_, is_provisional(from) || is_provisional(last)};
}

CountedTerm Calendar::days_after(Date from, unsigned days) const { return moved(from, {from.day + days}); }

Date Calendar::plain_months_after(Date from, unsigned months) const {
  const YearMonthDay c = civil(from);
  const unsigned month0 = c.month - 1 + months;
  const int year = c.year + static_cast<int>(month0 / 12);
  const unsigned month = month0 % 12 + 1;
  return make_date(year, month, std::min(c.day, days_in_month(year, month)));
}

CountedTerm Calendar::months_after(Date from, unsigned months) const { return moved(from, plain_months_after(from, months)); }

unsigned Calendar::working_days_in(int year) const {
  unsigned days = 0;
  for (Date d = make_date(year, 1, 1), end = make_date(year + 1, 1, 1); d < end; ++d.day) days += is_working(d) ? 1 : 0;
  return days;
}

std::int64_t Calendar::days_left(Date today) const { return make_date(last_year_ + 1, 1, 1).day - 1 - today.day; }

}  // namespace brushwatch
