#pragma once
/// Written by `tools/calibrate.py --train 5 --test 4 --clean 0` at 6e704c455bda, from 260 cases of 5 train worlds (seeds 1000 … 1004); do not edit.

#include <cstdint>
#include <string_view>

namespace brushwatch {

struct LearntLine {
  std::string_view category;
  std::int64_t slope_milli, offset_milli;
  std::string_view from;
};
inline constexpr LearntLine kLearnt[] = {
    {"fake_trade", 1276, 278, "225 of 225 train cases were right"},
    {"suspicion", 1276, 1861, "9 of 9 train cases were right"},
    {"malicious_review", 1276, 49, "5 of 5 train cases were right"},
    {"complicit_logistics", 1276, 41, "5 of 5 train cases were right"},
    {"reverse_brushing_victim", 1276, 1346, "15 of 16 train cases were right"},
};

}  // namespace brushwatch
