#pragma once
/// What a score was worth: a learnt probability beside the posterior of fusion's sum.
///
/// The sum supposes what is only roughly so: independent families, ratios held at a cap, one prior for all. How often alerts of a kind and
/// score were right is counted on train worlds and put into one line: logit p = slope × total + offset, one offset for each category.
/// Nothing hangs on it: which alerts open and how urgent they are is decided by the score.
///
/// Defaults  alliance/calibration_table.h, which tools/calibrate.py writes. Each number is a rule ("calibration.…"): who has closed
///           cases of his own learns his own, and a backtest shows what it moves.
/// Bits      integers and posterior_permille() alone (docs/adr/0005).
/// Source    Cox, "Two further applications of a model for binary regression", Biometrika 45 (1958): recalibration by slope and offset, few
///           parameters because few train alerts are wrong; fitted with a prior around the score itself (tools/calibrate.py).

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "engine/detect/rules.h"
#include "engine/event/event.h"

namespace brushwatch {

/// A pattern; a suspicion (one family, docs/adr/0020) is a category of its own.
enum class Category : std::uint8_t { kFakeTrade, kSuspicion, kMaliciousReview, kComplicitLogistics, kVictim };
inline constexpr std::size_t kCategories = 5;
std::string_view category_name(Category category);
Category category_of(SubjectKind kind, Direction direction, bool one_family);

struct Calibration {
  struct Line { std::int64_t slope_milli = 1000, offset_milli = 0; };
  bool on = false;
  std::array<Line, kCategories> lines{};

  /// 1 … 999 for a total of any size: nothing was ever learnt of certainty.
  [[nodiscard]] int probability_permille(Category category, std::int64_t total_milli) const;

  static constexpr std::string_view kOwner = "calibration";
  static std::span<const ParamInfo> params();
  /// The least and the greatest value that params()[i] takes.
  static std::pair<std::int64_t, std::int64_t> bounds(std::size_t i);
  static Calibration of(const Rules& rules, std::size_t first);
};

}  // namespace brushwatch
