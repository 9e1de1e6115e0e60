#pragma once
/// Exact money: decimal text to int64 fen and back. A double never touches an amount.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brushwatch {

/// What a source means by a bare money member (`total`, `paid`, `amount`, …). Some APIs of one platform give yuan strings,
/// others fen integers (domain.md §2.1), so there is no default: kUnset refuses them.
enum class MoneyUnit : std::uint8_t { kUnset, kFen, kYuan };

/// 100 billion yuan. No order, item or refund is that dear; 900,000 of them still fit an int64 sum.
inline constexpr std::int64_t kMoneyMaxFen = 10'000'000'000'000;

/// "200.07" → 20007, "200" → 20000, "200.5" → 20050. nullopt for a sign, an exponent, a third decimal, anything but digits
/// around one point, or more than kMoneyMaxFen.
std::optional<std::int64_t> parse_yuan(std::string_view text);
/// "20007" → 20007; digits only.
std::optional<std::int64_t> parse_fen(std::string_view text);
/// nullopt for more than kMoneyMaxFen.
inline std::optional<std::int64_t> fen_of(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(kMoneyMaxFen)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}
/// 20007 → "200.07"; for tests and the converter.
std::string format_yuan(std::int64_t fen);

}  // namespace brushwatch
