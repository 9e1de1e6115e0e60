#include "engine/base/uscc.h"

#include <array>
#include <cstdint>

namespace brushwatch {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";  // GB 32100-2015: without I, O, S, V, Z
constexpr std::size_t kLength = 18;
constexpr auto kValue = [] {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}();
constexpr int kWeights[] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};  // 3^(i−1) mod 31
constexpr int kOrganisationWeights[] = {3, 7, 9, 10, 5, 8, 4, 2};                              // GB 11714

}  // namespace

bool uscc_shaped(std::string_view code) {
  if (code.size() != kLength) return false;
  for (const char c : code) if (kValue[static_cast<unsigned char>(c)] < 0) return false;
  return true;
}

char uscc_check(std::string_view first17) {
  if (first17.size() != kLength - 1) return 0;
  int sum = 0;
  for (std::size_t i = 0; i < first17.size(); ++i) {
    const int value = kValue[static_cast<unsigned char>(first17[i])];
    if (value < 0) return 0;
    sum += value * kWeights[i];
  }
  return kAlphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
}

bool uscc_valid(std::string_view code) { return code.size() == kLength && uscc_check(code.substr(0, 17)) == code[17]; }

char organisation_check(std::string_view first8) {
  if (first8.size() != 8) return 0;
  int sum = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const char c = first8[i];
    if (c >= '0' && c <= '9') sum += (c - '0') * kOrganisationWeights[i];
    else if (c >= 'A' && c <= 'Z') sum += (c - 'A' + 10) * kOrganisationWeights[i];
    else return 0;
  }
  const int check = 11 - sum % 11;
  if (check == 10) return 'X';
  return check == 11 ? '0' : static_cast<char>('0' + check);
}

bool organisation_valid(std::string_view uscc) {
  return uscc_shaped(uscc) && organisation_check(uscc.substr(8, 8)) == uscc[16];
}

}  // namespace brushwatch
