#include "doors/query.h"

#include <algorithm>
#include <charconv>

namespace brushwatch::doors {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Well-formed UTF-8 (RFC 3629) without control characters: what comes back in JSON must be text.
bool plain_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size() || c < 0x20 || c == 0x7F) return false;
    std::uint32_t point = length == 1 ? c : c & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = point << 6 | (next & 0x3FU);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) return false;
    i += length;
  }
  return true;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return plain_text(out) ? std::optional(std::move(out)) : std::nullopt;
}

Query::Query(std::string_view text, std::initializer_list<std::string_view> known) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    const auto it = std::find(known.begin(), known.end(), name);
    if (it == known.end()) {
      refuse("", "a parameter that this path does not have");
      return;
    }
    // A plus stays a plus: the parameters hold ids and times, and +08:00 is what everybody types.
    const auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) refuse(*it, "not percent-encoded UTF-8 text");
    else if (!values_.emplace(std::string(name), *value).second) refuse(*it, "given twice");
  }
}

void Query::refuse(std::string_view name, std::string_view why) {
  if (!why_.empty()) return;
  fault_ = name;
  why_ = why;
}

std::string Query::text(std::string_view name, std::size_t most) {
  const auto it = values_.find(name);
  if (it == values_.end() || !why_.empty()) return {};
  if (it->second.empty() || it->second.size() > most) {
    refuse(name, "empty or too long");
    return {};
  }
  return it->second;
}

std::string Query::word(std::string_view name, std::initializer_list<std::string_view> words) {
  const auto it = values_.find(name);
  if (it == values_.end() || !why_.empty()) return {};
  if (std::find(words.begin(), words.end(), it->second) == words.end()) {
    refuse(name, "not one of the words that the contract lists");
    return {};
  }
  return it->second;
}

std::int64_t Query::number(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t fallback) {
  const auto it = values_.find(name);
  if (it == values_.end() || !why_.empty()) return fallback;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(it->second.data(), it->second.data() + it->second.size(), value);
  if (code != std::errc{} || end != it->second.data() + it->second.size() || value < low || value > high) {
    refuse(name, "not a whole number in the allowed range");
    return fallback;
  }
  return value;
}

std::optional<EventTime> Query::time(std::string_view name) {
  const auto it = values_.find(name);
  if (it == values_.end() || !why_.empty()) return std::nullopt;
  const auto parsed = parse_time(it->second);
  if (!parsed) refuse(name, "not an RFC 3339 time with offset");
  return parsed;
}

std::optional<Date> Query::date(std::string_view name) {
  const auto it = values_.find(name);
  if (it == values_.end() || !why_.empty()) return std::nullopt;
  const auto parsed = parse_date(it->second);
  if (parsed) return *parsed;
  refuse(name, "not a date, YYYY-MM-DD");
  return std::nullopt;
}

}  // namespace brushwatch::doors
