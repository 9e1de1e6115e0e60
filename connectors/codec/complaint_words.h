#pragma once
/// The words in which hotlines and members file complaints and reports, as the contract's codes.
///
/// The hotlines of plan article 6 (12312 commerce, 12315 consumers, 12318 culture, 12358 prices, 12365 quality; the last two and
/// 12312's consumer matters were merged into 12315 in 2019) and 12345 name what happened in Chinese; so do platforms' reports
/// (plan article 5). One word means one thing, whoever says it. The table stands in api/mapping/complaint_words.csv as well.

#include <optional>
#include <span>
#include <string_view>

#include "engine/event/event.h"

namespace brushwatch {

struct ComplaintWord {
  std::string_view word;
  ComplaintCode code;
};
std::span<const ComplaintWord> complaint_words();
/// Nullopt when nobody mapped the word.
std::optional<ComplaintCode> complaint_code_of(std::string_view word);
/// The contract's kind of report for a Chinese word; empty when nobody mapped it.
std::string_view report_kind_of(std::string_view word);

}  // namespace brushwatch
