#include "connectors/codec/waybill.h"

#include <cstddef>

namespace brushwatch {
namespace {

/// One pattern: each character of `head` is a literal, or A = letter, # = digit, * = letter or digit, [..] = one of; then
/// `min`..`max` digits and nothing more.
struct Pattern {
  std::string_view carrier, head;
  std::size_t min, max;
};
constexpr Pattern kPatterns[] = {
    {"sf", "SF", 13, 13}, {"sf", "", 12, 12},
    {"zto", "7[345678]", 12, 12}, {"zto", "", 12, 12},
    {"yto", "YT", 13, 13}, {"yto", "**", 8, 8}, {"yto", "**", 10, 13},
    {"sto", "77", 13, 13}, {"sto", "773", 9, 13}, {"sto", "[23456789]68", 9, 10},
    {"yunda", "", 13, 13}, {"yunda", "", 15, 15},
    {"jt", "JT", 12, 13}, {"best", "JT", 12, 13},
    {"jd", "JD[XK]", 12, 12}, {"jd", "JDVA", 11, 11},
    {"ems", "1[012]", 11, 11}, {"ems", "5[012]", 11, 11}, {"ems", "9[5789]", 11, 11},
    {"deppon", "DPK", 12, 12}, {"deppon", "", 8, 10},
};

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool letter(char c) { return c >= 'A' && c <= 'Z'; }

bool matches(const Pattern& p, std::string_view number) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < p.head.size(); ++i, ++at) {
    if (at == number.size()) return false;
    const char c = number[at];
    if (p.head[i] == '[') {
      const std::size_t close = p.head.find(']', i);
      if (p.head.substr(i + 1, close - i - 1).find(c) == std::string_view::npos) return false;
      i = close;
    } else if (p.head[i] == '*') {
      if (!digit(c) && !letter(c)) return false;
    } else if (p.head.substr(0, 3) == "JDV" && i == 3) {  // JDV[A-Z]: the only letter class
      if (!letter(c)) return false;
    } else if (c != p.head[i]) {
      return false;
    }
  }
  const std::size_t rest = number.size() - at;
  if (rest < p.min || rest > p.max) return false;
  for (; at < number.size(); ++at) if (!digit(number[at])) return false;
  return true;
}

}  // namespace

int s10_check(std::string_view serial8) {
  constexpr int kWeights[] = {8, 6, 4, 2, 3, 5, 9, 7};  // UPU S10
  if (serial8.size() != 8) return -1;
  int sum = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    if (!digit(serial8[i])) return -1;
    sum += (serial8[i] - '0') * kWeights[i];
  }
  const int check = 11 - sum % 11;
  return check == 10 ? 0 : check == 11 ? 5 : check;
}

bool s10_valid(std::string_view n) {
  return n.size() == 13 && letter(n[0]) && letter(n[1]) && letter(n[11]) && letter(n[12]) && digit(n[10]) &&
         s10_check(n.substr(2, 8)) == n[10] - '0';
}

WaybillFit waybill_fit(std::string_view carrier, std::string_view number) {
  if (carrier == "chinapost") carrier = "ems";  // one number space
  bool known = false;
  for (const Pattern& p : kPatterns) {
    if (p.carrier != carrier) continue;
    known = true;
    if (matches(p, number)) return WaybillFit::kFits;
  }
  if (carrier == "ems" && s10_valid(number)) return WaybillFit::kFits;
  return known ? WaybillFit::kOdd : WaybillFit::kUnknownCarrier;
}

}  // namespace brushwatch
