#pragma once
/// The unified social credit code (GB 32100-2015) and the organisation code inside it (GB 11714).
///
/// Issued codes are known to break the rule, so a bad one is a warning to count, never a reason to reject (domain.md §2.4).

#include <string_view>

namespace brushwatch {

/// 18 characters of the code's alphabet (no I, O, S, V, Z). Says nothing about the check characters.
bool uscc_shaped(std::string_view code);
/// Shaped, and the 18th character is the check of the first 17.
bool uscc_valid(std::string_view code);
/// The check character that the first 17 characters demand; 0 when they are not of the alphabet.
char uscc_check(std::string_view first17);
/// GB 11714: the 9th character demanded by the first 8 of an organisation code; 0 when they are not alphanumeric.
char organisation_check(std::string_view first8);
/// The organisation code at characters 9–17 of a shaped USCC carries its own check.
bool organisation_valid(std::string_view uscc);

}  // namespace brushwatch
