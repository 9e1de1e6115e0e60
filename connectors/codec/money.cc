#include "connectors/codec/money.h"

#include <fmt/format.h>

namespace brushwatch {
namespace {

/// Digits to a number ≤ kMoneyMaxFen; -1 otherwise. An empty text is no number.
std::int64_t whole(std::string_view digits) {
  if (digits.empty()) return -1;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
    if (value > kMoneyMaxFen) return -1;
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> parse_fen(std::string_view text) {
  const std::int64_t value = whole(text);
  if (value < 0) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_yuan(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::int64_t yuan = whole(text.substr(0, point));
  if (yuan < 0 || yuan > kMoneyMaxFen / 100) return std::nullopt;
  std::int64_t cents = 0;
  if (point != std::string_view::npos) {
    const std::string_view decimals = text.substr(point + 1);
    if (decimals.size() > 2) return std::nullopt;
    cents = whole(decimals);
    if (cents < 0) return std::nullopt;
    if (decimals.size() == 1) cents *= 10;
  }
  const std::int64_t fen = yuan * 100 + cents;
  if (fen > kMoneyMaxFen) return std::nullopt;
  return fen;
}

std::string format_yuan(std::int64_t fen) { return fmt::format("{}.{:02}", fen / 100, fen % 100); }

}  // namespace brushwatch
