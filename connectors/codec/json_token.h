#pragma once
/// Tests on the bytes of JSON tokens and their texts, eight at a time. Private to this folder.

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace brushwatch {

/// Digits of a number. 2^64 has 20, a double 17; the rest is an attack or a mistake.
inline constexpr std::size_t kNumberBytesMax = 64;

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

inline std::uint64_t eight_bytes(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}
/// Nonzero where a byte is no digit; exact for the first such byte (a carry only spoils those behind it). The high half of a digit is
/// that of '0', and still is when 6 is added to the low half.
constexpr std::uint64_t no_digits(std::uint64_t word) {
  constexpr std::uint64_t kHigh = 0xF0F0'F0F0'F0F0'F0F0ULL, kZeros = 0x3030'3030'3030'3030ULL;
  return ((word & kHigh) ^ kZeros) | (((word + 0x0606'0606'0606'0606ULL) & kHigh) ^ kZeros);
}
inline bool eight_digits(const char* p) { return no_digits(eight_bytes(p)) == 0; }
inline bool all_digits(std::string_view t) {
  std::size_t i = 0;
  for (; i + 8 <= t.size(); i += 8) if (!eight_digits(t.data() + i)) return false;
  if (i > 0) return eight_digits(t.data() + t.size() - 8);
  for (; i < t.size(); ++i) if (!digit(t[i])) return false;
  return true;
}
/// The first byte from `p` on that is no digit, or `end`.
inline const char* digits_end(const char* p, const char* end) {
  for (; end - p >= 8; p += 8) {
    if (const std::uint64_t other = no_digits(eight_bytes(p))) return p + std::countr_zero(other) / 8;
  }
  while (p != end && digit(*p)) ++p;
  return p;
}

/// The value of `n` digits at `p`, 1 to 16, of a text that goes on to `end`. Neighbours are joined to pairs, fours, eights.
inline std::uint64_t plain_number(const char* p, std::size_t n, const char* end) {
  const auto eight = [](std::uint64_t word) {
    word = (word & 0x0F0F'0F0F'0F0F'0F0FULL) * 2561 >> 8;
    word = (word & 0x00FF'00FF'00FF'00FFULL) * 6553601 >> 16;
    return (word & 0x0000'FFFF'0000'FFFFULL) * 42949672960001 >> 32;
  };
  // Up to eight digits at the end of a word; what is in front of them is zero. No loop: its end could not be foretold.
  const auto few = [&](std::size_t digits) {
    std::uint64_t word = 0;
    if (end - p >= 8) word = eight_bytes(p);
    else std::memcpy(&word, p, digits);
    return eight(word << (64 - 8 * digits));
  };
  return n <= 8 ? few(n) : few(n - 8) * 100'000'000 + eight(eight_bytes(p + n - 8));
}

/// Sixteen bytes as a vector of the compiler's: it knows the machine's instructions for them.
using Sixteen = signed char __attribute__((vector_size(16)));
inline Sixteen sixteen_bytes(const char* p) {
  Sixteen bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return bytes;
}
inline std::array<std::uint64_t, 2> halves(Sixteen bytes) { return std::bit_cast<std::array<std::uint64_t, 2>>(bytes); }

/// Whether `n` bytes are the same, without a call: vectors or words, of which the last two overlap.
[[gnu::always_inline]] inline bool same_bytes(const char* a, const char* b, std::size_t n) {
  if (n >= 16) {
    Sixteen differ = sixteen_bytes(a + n - 16) ^ sixteen_bytes(b + n - 16);
    for (std::size_t i = 0; i + 16 < n; i += 16) differ |= sixteen_bytes(a + i) ^ sixteen_bytes(b + i);
    const auto [low, high] = halves(differ);
    return (low | high) == 0;
  }
  if (n >= 8) return ((eight_bytes(a) ^ eight_bytes(b)) | (eight_bytes(a + n - 8) ^ eight_bytes(b + n - 8))) == 0;
  for (std::size_t i = 0; i < n; ++i) if (a[i] != b[i]) return false;
  return true;
}

/// The first byte from `p` on that a plain text cannot hold: a quote, a backslash, a control character; or `end`. Bytes beyond ASCII are
/// passed over and clear `ascii`.
inline const char* plain_text_end(const char* p, const char* end, bool& ascii) {
  for (;;) {
    for (; end - p >= 16; p += 16) {
      const Sixteen bytes = sixteen_bytes(p);
      // As signed numbers the bytes beyond ASCII are below the blank, too.
      const auto [low, high] = halves((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));
      if (low != 0) {
        p += std::countr_zero(low) / 8;
        break;
      }
      if (high != 0) {
        p += 8 + std::countr_zero(high) / 8;
        break;
      }
    }
    if (end - p < 16) {
      while (p != end && static_cast<signed char>(*p) >= 0x20 && *p != '"' && *p != '\\') ++p;
    }
    if (p == end || static_cast<signed char>(*p) >= 0) return p;
    ascii = false;
    while (p != end && static_cast<signed char>(*p) < 0) ++p;
  }
}

/// Any byte below the blank, or DEL.
inline bool holds_control(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101ULL, kHigh = 0x80 * kOnes;
  const auto found = [](std::uint64_t word) {
    const std::uint64_t del = word ^ 0x7F * kOnes;
    return (((word - 0x20 * kOnes) & ~word) | ((del - kOnes) & ~del)) & kHigh;
  };
  const std::size_t n = text.size();
  if (n < 8) {
    for (const char c : text) if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
    return false;
  }
  std::uint64_t any = found(eight_bytes(text.data() + n - 8));
  for (std::size_t i = 0; i + 8 < n; i += 8) any |= found(eight_bytes(text.data() + i));
  return any != 0;
}

/// RFC 8259 §6, and within double's range: what no other reader could represent is refused here as well.
inline bool valid_number(std::string_view t) {
  if (t.size() > kNumberBytesMax) return false;
  // Nearly all numbers are plain ones: times, amounts, counts.
  if ((t.size() == 1 || t[0] != '0') && all_digits(t)) return !t.empty();
  std::size_t i = 0;
  if (i < t.size() && t[i] == '-') ++i;
  if (i == t.size() || !digit(t[i])) return false;
  if (t[i] == '0') ++i;
  else while (i < t.size() && digit(t[i])) ++i;
  bool exponent = false;
  if (i < t.size() && t[i] == '.') {
    const std::size_t first = ++i;
    while (i < t.size() && digit(t[i])) ++i;
    if (i == first) return false;
  }
  if (i < t.size() && (t[i] == 'e' || t[i] == 'E')) {
    exponent = true;
    if (++i < t.size() && (t[i] == '+' || t[i] == '-')) ++i;
    const std::size_t first = i;
    while (i < t.size() && digit(t[i])) ++i;
    if (i == first) return false;
  }
  if (i != t.size()) return false;
  if (!exponent) return true;  // 64 digits are within 1e308
  double value = 0;
  return std::from_chars(t.data(), t.data() + t.size(), value).ec == std::errc{};
}

}  // namespace brushwatch
