#pragma once
/// Synthetic unified social credit codes whose check digits hold (GB 32100-2015 and GB 11714); they belong to nobody we know.

#include <string>
#include <string_view>

#include "simulate/chance.h"

namespace brushwatch::simulate {

/// 18 characters: 91 (enterprise) or 92 (individual business), the region, eight random characters, both check digits.
std::string synthetic_uscc(std::uint32_t region6, Chance& chance);
/// The check character of the first 17 (GB 32100-2015 §5); '?' when a character is outside the code's alphabet.
char uscc_check(std::string_view first17);
/// The check character of an organisation code's first eight (GB 11714-1997).
char organisation_check(std::string_view first8);

}  // namespace brushwatch::simulate
