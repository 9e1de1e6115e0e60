#pragma once
/// Hashes that may be persisted: XXH3 (stable across versions and machines) for keys, SHA-256 for proofs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace brushwatch {

/// XXH3-64 of the bytes; the key space of rows and pseudonyms. At 10^8 keys a collision has probability ~3e-4.
std::uint64_t hash64(std::string_view bytes);
/// Mixes two hashes in order; hash_combine(a, b) != hash_combine(b, a).
constexpr std::uint64_t hash_combine(std::uint64_t a, std::uint64_t b) {
  // splitmix64's finaliser (Steele et al., OOPSLA'14, fig. 17) over a golden-ratio blend.
  std::uint64_t x = a * 0x9E3779B97F4A7C15ULL + b + 0x7F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}
constexpr std::uint64_t mix64(std::uint64_t x) { return hash_combine(x, 0x5851F42D4C957F2DULL); }

using Digest = std::array<std::uint8_t, 32>;
/// SHA-256 of the concatenation of the parts.
Digest sha256(std::string_view a, std::string_view b = {}, std::string_view c = {});
std::string to_hex(std::span<const std::uint8_t> bytes);
/// False when `text` is not exactly 2 × out.size() hex digits.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);
/// CRC-32C (Castagnoli), for torn and flipped bytes in our own files.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace brushwatch
