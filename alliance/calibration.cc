#include "alliance/calibration.h"

#include <algorithm>
#include <string>
#include <vector>

#include "alliance/calibration_table.h"
#include "alliance/judgement.h"

namespace brushwatch {
namespace {

static_assert(std::size(kLearnt) == kCategories);
/// Beyond that no train alert has been; the product below stays small.
constexpr std::int64_t kTotalMost = 24'000, kSlopeMost = 10'000, kOffsetMost = 20'000;

/// "on", then slope and offset of each category. Names live as long as the program.
const std::vector<ParamInfo>& infos() {
  static const auto* const kept = [] {
    static std::vector<std::string> names, reasons;
    names.reserve(2 * kCategories);
    reasons.reserve(kCategories);
    auto* out = new std::vector<ParamInfo>{{"on", 1, "0 or 1", "a number beside the posterior decides nothing; 0: alerts carry none"}};
    for (const LearntLine& line : kLearnt) {
      reasons.push_back("learnt, docs/evaluation/calibration.md: " + std::string(line.from));
      names.push_back(std::string(line.category) + "_slope_milli");
      out->push_back({names.back(), line.slope_milli, "milli", reasons.back()});
      names.push_back(std::string(line.category) + "_offset_milli");
      out->push_back({names.back(), line.offset_milli, "milli-nats", reasons.back()});
    }
    return out;
  }();
  return *kept;
}

}  // namespace

std::string_view category_name(Category category) { return kLearnt[static_cast<std::size_t>(category)].category; }

Category category_of(SubjectKind kind, Direction direction, bool one_family) {
  if (direction == Direction::kVictim) return Category::kVictim;
  if (direction == Direction::kDemote) return Category::kMaliciousReview;
  if (pattern_name(kind, direction) == pattern_name(SubjectKind::kOutlet, Direction::kPromote)) return Category::kComplicitLogistics;
  return one_family ? Category::kSuspicion : Category::kFakeTrade;
}

int Calibration::probability_permille(Category category, std::int64_t total_milli) const {
  const Line& line = lines[static_cast<std::size_t>(category)];
  const std::int64_t product = line.slope_milli * std::clamp(total_milli, -kTotalMost, kTotalMost);
  // Rounded down, also below zero: the same in every language that learns it.
  const std::int64_t scaled = product >= 0 ? product / 1000 : -((-product + 999) / 1000);
  return std::clamp(posterior_permille(scaled + line.offset_milli), 1, 999);
}

std::span<const ParamInfo> Calibration::params() { return infos(); }

std::pair<std::int64_t, std::int64_t> Calibration::bounds(std::size_t i) {
  if (i == 0) return {0, 1};
  // A negative slope would rank a louder alert below a softer one.
  return i % 2 == 1 ? std::pair<std::int64_t, std::int64_t>{0, kSlopeMost} : std::pair{-kOffsetMost, kOffsetMost};
}

Calibration Calibration::of(const Rules& rules, std::size_t first) {
  const auto value = [&](std::size_t i) { return std::clamp(rules.value(first + i), bounds(i).first, bounds(i).second); };
  Calibration out;
  out.on = value(0) != 0;
  for (std::size_t c = 0; c < kCategories; ++c) out.lines[c] = {value(1 + 2 * c), value(2 + 2 * c)};
  return out;
}

}  // namespace brushwatch
