#pragma once
/// A fixed set of names, found by one multiply and one compare: member names, event types, status words.

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace brushwatch {

/// Perfect hash over a list of distinct names, made once at start-up by trying seeds.
/// Cost: find() ~3 ns. Memory: 32 slots of one byte a name at most. Shape: at most 254 names of 1 byte or more.
class NameTable {
 public:
  /// The names must outlive the table (literals, as a rule).
  explicit NameTable(std::span<const std::string_view> names);
  /// Index of the name in the list, -1 when it is none of ours.
  [[nodiscard]] int find(std::string_view name) const {
    if (name.empty()) return -1;
    const int index = static_cast<int>(slots_[slot(name, seed_)]) - 1;
    return index >= 0 && same(names_[static_cast<std::size_t>(index)], name) ? index : -1;
  }
  [[nodiscard]] std::string_view name(std::size_t index) const { return names_[index]; }

 private:
  /// First, last and (for short names) middle bytes with the length: no two of our names agree in all of them.
  static std::uint64_t digest(std::string_view s) {
    const char* p = s.data();
    const std::size_t n = s.size();
    std::uint64_t a = 0, b = 0;
    if (n >= 8) {
      std::memcpy(&a, p, 8);
      std::memcpy(&b, p + n - 8, 8);
    } else if (n >= 4) {
      std::memcpy(&a, p, 4);
      std::memcpy(&b, p + n - 4, 4);
    } else {
      a = static_cast<unsigned char>(p[0]) | static_cast<std::uint64_t>(static_cast<unsigned char>(p[n / 2])) << 8;
      b = static_cast<unsigned char>(p[n - 1]);
    }
    return (a * 0x9E3779B97F4A7C15ULL) ^ (b + n * 0xBF58476D1CE4E5B9ULL);
  }
  /// As ==, without a call for names of up to 16 bytes: nearly all.
  static bool same(std::string_view a, std::string_view b) {
    const std::size_t n = a.size();
    if (n != b.size()) return false;
    if (n > 16 || n < 4) return a == b;
    const auto differ = [&]<class Word>(Word) {
      Word a1, a2, b1, b2;
      std::memcpy(&a1, a.data(), sizeof(Word));
      std::memcpy(&b1, b.data(), sizeof(Word));
      std::memcpy(&a2, a.data() + n - sizeof(Word), sizeof(Word));
      std::memcpy(&b2, b.data() + n - sizeof(Word), sizeof(Word));
      return ((a1 ^ b1) | (a2 ^ b2)) != 0;
    };
    return n >= 8 ? !differ(std::uint64_t{}) : !differ(std::uint32_t{});
  }
  [[nodiscard]] std::size_t slot(std::string_view s, std::uint64_t seed) const {
    return static_cast<std::size_t>((digest(s) * seed) >> shift_);
  }
  std::vector<std::string_view> names_;
  std::vector<std::uint8_t> slots_;  ///< index + 1; 0 = nobody
  std::uint64_t seed_ = 0;
  unsigned shift_ = 0;
};

}  // namespace brushwatch
