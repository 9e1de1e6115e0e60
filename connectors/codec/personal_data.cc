#include "connectors/codec/personal_data.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "connectors/codec/name_table.h"

namespace brushwatch {
namespace {

// Lower case, without separators. Devices count as personal data as well (design.md §1): only their pseudonyms may enter.
constexpr std::string_view kForbidden[] = {
    "realname", "fullname", "username", "nickname", "buyername", "buyernick", "receivername", "recipientname",
    "consigneename", "sendername", "contactname", "couriername", "payername", "customername", "phone", "phoneno",
    "phonenumber", "mobile", "mobileno", "mobilephone", "mobilenumber", "tel", "telephone", "telno", "cellphone",
    "receiverphone", "receivermobile", "receivertel", "recipientphone", "consigneephone", "consigneemobile", "buyerphone",
    "buyermobile", "senderphone", "sendermobile", "courierphone", "couriermobile", "contactphone", "contactmobile",
    "address", "addr", "fulladdress", "detailaddress", "streetaddress", "receiveraddress", "receiveraddr",
    "recipientaddress", "consigneeaddress", "consigneeaddr", "buyeraddress", "senderaddress", "homeaddress",
    "deliveryaddress", "shippingaddress", "idcard", "idcardno", "idnumber", "idno", "identitycard", "identityno",
    "identitynumber", "certno", "passport", "passportno", "email", "mail", "buyeremail", "bankcard", "bankcardno", "cardno",
    "cardnumber", "bankaccount", "alipayaccount", "wechatid", "weixin", "qq", "openid", "imei", "imsi", "idfa", "oaid",
    "androidid", "mac", "macaddress", "ip", "ipaddress", "clientip", "buyerip",
    "姓名", "收件人", "收货人", "手机", "手机号", "电话", "联系电话", "地址", "收货地址", "详细地址", "身份证", "身份证号", "邮箱",
    "银行卡号"};
const NameTable kForbiddenTable(kForbidden);
constexpr std::size_t kLongestForbidden = 24;

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

bool forbidden_member(std::string_view name) {
  std::array<char, kLongestForbidden> plain;
  std::size_t n = 0;
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    if (n == plain.size()) return false;
    plain[n++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return kForbiddenTable.find({plain.data(), n}) >= 0;
}

bool looks_like_mobile(std::string_view value) {
  // +86 138-0013-8000 is the longest common spelling: 17 characters.
  if (value.size() < 11 || value.size() > 20) return false;
  std::array<char, 20> digits;
  std::size_t n = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (digit(c)) digits[n++] = c;
    else if (c != ' ' && c != '-' && c != '(' && c != ')' && !(c == '+' && i == 0)) return false;
  }
  std::string_view d(digits.data(), n);
  if (n == 15 && d.starts_with("0086")) d.remove_prefix(4);
  else if (n == 13 && d.starts_with("86")) d.remove_prefix(2);
  else if (n == 12 && d[0] == '0') d.remove_prefix(1);
  return d.size() == 11 && d[0] == '1' && d[1] >= '3';  // 13x–19x are mobile
}

bool looks_like_identity(std::string_view value) {
  if (value.size() != 18 || value[0] == '0') return false;
  for (std::size_t i = 0; i < 17; ++i) if (!digit(value[i])) return false;
  if (!digit(value[17]) && value[17] != 'X' && value[17] != 'x') return false;
  const int year = number(value.substr(6, 4)), month = number(value.substr(10, 2)), day = number(value.substr(12, 2));
  return year >= 1900 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool holds_han(std::string_view value) {
  const char* p = value.data();
  std::size_t left = value.size();
  // Eight bytes at a time until one is not ASCII; almost every pseudonym ends here.
  for (; left >= 8; p += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if (word & 0x8080'8080'8080'8080ULL) break;
  }
  for (std::size_t i = 0; i < left; ++i) {
    const auto b = static_cast<unsigned char>(p[i]);
    if (b < 0xE3) continue;
    if (b < 0xF0 && i + 2 < left) {
      const std::uint32_t point = (b & 0x0FU) << 12 | (static_cast<unsigned char>(p[i + 1]) & 0x3FU) << 6 |
                                  (static_cast<unsigned char>(p[i + 2]) & 0x3FU);
      if ((point >= 0x3400 && point <= 0x9FFF) || (point >= 0xF900 && point <= 0xFAFF)) return true;
    } else if (b == 0xF0 && i + 1 < left && (static_cast<unsigned char>(p[i + 1]) & 0x3FU) >= 0x20) {
      return true;  // planes 2 and 3 hold nothing but Han
    }
  }
  return false;
}

bool raw_personal_value(std::string_view value) {
  const char first = value.empty() ? '\0' : value[0];
  if ((digit(first) || first == '+' || first == '(') && (looks_like_mobile(value) || looks_like_identity(value))) return true;
  return holds_han(value);
}

}  // namespace brushwatch
