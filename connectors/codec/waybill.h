#pragma once
/// Does a waybill number look like its carrier's? Community patterns, so a mismatch is a warning to count (domain.md §2.3).

#include <cstdint>
#include <string_view>

namespace brushwatch {

enum class WaybillFit : std::uint8_t {
  kUnknownCarrier,  ///< we hold no pattern for it
  kFits,
  kOdd,             ///< a known carrier, and none of its patterns
};
/// `carrier` is the contract's lower-case word: sf zto yto sto yunda jt jd ems chinapost best deppon.
WaybillFit waybill_fit(std::string_view carrier, std::string_view number);

/// The UPU S10 check digit of an 8-digit serial; -1 when it is not 8 digits.
int s10_check(std::string_view serial8);
/// Two letters, eight digits, their check digit, two letters.
bool s10_valid(std::string_view number);

}  // namespace brushwatch
