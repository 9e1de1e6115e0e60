#pragma once
/// Turns a finding's reason into a sentence: the templates of ReasonText, filled with the finding's numbers.
///
/// Placeholders: {0}…{3} params; {v} value, {b} baseline, {t} threshold (×1000 in, decimal out); {n} count; {s}
/// subject. A number may be divided by a power of ten up to 10^6: {0/100} shows fen as yuan with two digits.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/detect/detector.h"

namespace brushwatch {

enum class Lang : std::uint8_t { kEn, kZh };

struct SentenceValues {
  std::array<std::int64_t, kFindingParams> params{};
  std::int64_t value_milli = 0, baseline_milli = 0, threshold_milli = 0;
  std::uint64_t count = 0;
  std::string_view subject;
};

/// `value` / 10^digits as a decimal: all digits, or without trailing zeros when `trim`. format_fixed(12500, 3, true) =
/// "12.5".
std::string format_fixed(std::int64_t value, unsigned digits, bool trim);

/// The template must have passed validate_reason; what is no placeholder stays as it stands.
std::string render_sentence(std::string_view text, const SentenceValues& values);

/// Both languages present, braces closed, every placeholder known, and the same numbers told in both languages ({s} may
/// be in one alone: Chinese often leaves the subject out). Errors: kBug with the reason's key as context.
Result<void> validate_reason(const ReasonText& reason);
/// All reasons of all detectors; a code may stand only once for a detector number.
Result<void> validate_reasons(std::span<const DetectorInfo* const> detectors);

}  // namespace brushwatch
