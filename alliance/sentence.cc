#include "alliance/sentence.h"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace brushwatch {
namespace {

struct Placeholder {
  char what = 0;        ///< '0'…'3', 'v', 'b', 't', 'n', 's'
  unsigned digits = 0;  ///< log10 of the divisor
};

/// What stands between two braces.
std::optional<Placeholder> placeholder(std::string_view inside) {
  if (inside.empty() || std::string_view("0123vbtns").find(inside[0]) == std::string_view::npos) return std::nullopt;
  Placeholder out{inside[0], 0};
  if (inside.size() == 1) return out;
  // "/10" … "/1000000"; the subject cannot be divided.
  if (out.what == 's' || !inside.substr(1).starts_with("/1")) return std::nullopt;
  const std::string_view zeros = inside.substr(3);
  if (zeros.empty() || zeros.size() > 6 || zeros.find_first_not_of('0') != std::string_view::npos) return std::nullopt;
  out.digits = static_cast<unsigned>(zeros.size());
  return out;
}

std::string shown(const Placeholder& p, const SentenceValues& values) {
  constexpr unsigned kMilliDigits = 3;  // value, baseline and threshold are fixed point × 1000
  switch (p.what) {
    case 'v': return format_fixed(values.value_milli, kMilliDigits + p.digits, true);
    case 'b': return format_fixed(values.baseline_milli, kMilliDigits + p.digits, true);
    case 't': return format_fixed(values.threshold_milli, kMilliDigits + p.digits, true);
    case 'n': return format_fixed(static_cast<std::int64_t>(values.count), p.digits, false);
    case 's': return std::string(values.subject);
    default: return format_fixed(values.params[static_cast<std::size_t>(p.what - '0')], p.digits, false);
  }
}

/// Calls text(piece) and hole(placeholder) in turn; false when a brace is open, alone or holds something unknown.
template <class Text, class Hole>
bool walk(std::string_view text, Text&& on_text, Hole&& on_hole) {
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    on_text(text.substr(0, brace));
    if (brace == std::string_view::npos) return true;
    const std::size_t close = text.find('}', brace);
    if (text[brace] == '}' || close == std::string_view::npos) return false;
    const auto hole = placeholder(text.substr(brace + 1, close - brace - 1));
    if (!hole) return false;
    on_hole(*hole);
    text.remove_prefix(close + 1);
  }
  return true;
}

/// The numbers a template tells; nullopt when it is faulty.
std::optional<std::set<char>> numbers_told(std::string_view text) {
  std::set<char> told;
  const bool ok = walk(
      text, [](std::string_view) {},
      [&](const Placeholder& p) {
        if (p.what != 's') told.insert(p.what);
      });
  return ok ? std::optional(told) : std::nullopt;
}

}  // namespace

std::string format_fixed(std::int64_t value, unsigned digits, bool trim) {
  // Through the unsigned magnitude, so that the smallest int64 has one too.
  const std::uint64_t magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::uint64_t unit = 1;
  for (unsigned i = 0; i < digits; ++i) unit *= 10;
  std::string out = fmt::format("{}{}", value < 0 ? "-" : "", magnitude / unit);
  if (digits == 0) return out;
  std::string fraction = fmt::format("{:0{}}", magnitude % unit, digits);
  if (trim) fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? out : out + "." + fraction;
}

std::string render_sentence(std::string_view text, const SentenceValues& values) {
  std::string out;
  const bool ok = walk(
      text, [&](std::string_view piece) { out += piece; }, [&](const Placeholder& p) { out += shown(p, values); });
  return ok ? out : std::string(text);
}

Result<void> validate_reason(const ReasonText& reason) {
  const auto wrong = [&](std::string_view what) {
    return fail(Error(ErrorCode::kBug, what, reason.code).in(std::string(reason.key)));
  };
  if (reason.key.empty()) return wrong("a reason needs a key");
  if (reason.en.empty() || reason.zh.empty()) return wrong("a reason needs a sentence in both languages");
  const auto en = numbers_told(reason.en), zh = numbers_told(reason.zh);
  if (!en || !zh) return wrong("a reason's template has an open brace or an unknown placeholder");
  if (*en != *zh) return wrong("a reason must tell the same numbers in both languages");
  return {};
}

Result<void> validate_reasons(std::span<const DetectorInfo* const> detectors) {
  std::set<std::pair<std::uint16_t, std::uint16_t>> seen;
  std::set<const ReasonText*> shared;  // parts of one detector may point to one table
  for (const DetectorInfo* info : detectors) {
    for (const ReasonText& reason : info->reasons) {
      if (!shared.insert(&reason).second) continue;
      BW_TRY(validate_reason(reason));
      if (!seen.insert({info->number, reason.code}).second) {
        return fail(Error(ErrorCode::kBug, "a reason code stands twice for one detector", reason.code)
                        .in(std::string(reason.key)));
      }
    }
  }
  return {};
}

}  // namespace brushwatch
