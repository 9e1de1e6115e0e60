#include "simulate/uscc.h"

#include <fmt/format.h>

namespace brushwatch::simulate {
namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";  // no I, O, S, V, Z
}

char uscc_check(std::string_view first17) {
  std::uint32_t sum = 0, weight = 1;  // weight i is 3^(i-1) mod 31
  for (const char c : first17) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return '?';
    sum += static_cast<std::uint32_t>(value) * weight;
    weight = weight * 3 % 31;
  }
  return kAlphabet[(31 - sum % 31) % 31];
}

char organisation_check(std::string_view first8) {
  constexpr std::uint32_t kWeights[] = {3, 7, 9, 10, 5, 8, 4, 2};
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const char c = first8[i];
    sum += static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'A' + 10) * kWeights[i];
  }
  const std::uint32_t check = 11 - sum % 11;
  return check == 10 ? 'X' : check == 11 ? '0' : static_cast<char>('0' + check);
}

std::string synthetic_uscc(std::uint32_t region6, Chance& chance) {
  std::string code = fmt::format("{}{}MA", chance.permille(550) ? 91 : 92, region6);
  while (code.size() < 16) code += kAlphabet[chance.below(kAlphabet.size())];
  code += organisation_check(std::string_view(code).substr(8, 8));
  code += uscc_check(code);
  return code;
}

}  // namespace brushwatch::simulate
