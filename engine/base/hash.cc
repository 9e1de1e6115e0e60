#include "engine/base/hash.h"

#include <openssl/evp.h>
// Every name and pseudonym of every event is hashed: within this file the library's code is inlined, which spares a call and a
// choice of implementation for some twenty bytes.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "engine/base/check.h"

namespace brushwatch {

std::uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Digest sha256(std::string_view a, std::string_view b, std::string_view c) {
  // One context per thread: EVP_MD_CTX_new allocates, and the chain hashes every output record.
  struct Context {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(ctx); }
  };
  thread_local Context holder;
  Digest out{};
  unsigned length = 0;
  bool ok = EVP_DigestInit_ex(holder.ctx, EVP_sha256(), nullptr) == 1;
  ok = ok && EVP_DigestUpdate(holder.ctx, a.data(), a.size()) == 1;
  ok = ok && EVP_DigestUpdate(holder.ctx, b.data(), b.size()) == 1;
  ok = ok && EVP_DigestUpdate(holder.ctx, c.data(), c.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(holder.ctx, out.data(), &length) == 1;
  BW_CHECK(ok && length == out.size(), "SHA-256 is always available");
  return out;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
  return out;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  const auto value = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;  // one spelling only: upper case would be a second name for the same hash
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int hi = value(text[2 * i]), lo = value(text[2 * i + 1]);
    if (hi < 0 || lo < 0) return false;
    out[i] = static_cast<std::uint8_t>(hi << 4 | lo);
  }
  return true;
}

namespace {

#if defined(__x86_64__)
/// Eight bytes an instruction, ~8 GB/s. Compiled for SSE 4.2 and called only where the processor has it.
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(const char* p, std::size_t n, std::uint32_t crc) {
  const auto word_at = [](const char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  std::uint64_t wide = crc;
  // The instruction takes one word a cycle but answers after three: of a long text three lanes are read side by side. A register is linear
  // in its start, so a lane that began at zero is added to the one before once that has been led over as many zeros.
  constexpr std::size_t kLane = 1024;
  if (n >= 3 * kLane) {
    static const auto over_zeros = [&] {
      std::array<std::array<std::uint32_t, 256>, 4> table{};
      for (unsigned bit = 0; bit < 32; ++bit) {
        std::uint64_t at_end = std::uint64_t{1} << bit;
        for (std::size_t i = 0; i < kLane; i += 8) at_end = __builtin_ia32_crc32di(at_end, 0);
        for (unsigned value = 0; value < 256; ++value) {
          if ((value >> bit % 8 & 1) != 0) table[bit / 8][value] ^= static_cast<std::uint32_t>(at_end);
        }
      }
      return table;
    }();
    const auto over = [&](std::uint64_t c) {
      return std::uint64_t{over_zeros[0][c & 255] ^ over_zeros[1][c >> 8 & 255] ^ over_zeros[2][c >> 16 & 255] ^ over_zeros[3][c >> 24 & 255]};
    };
    for (; n >= 3 * kLane; n -= 3 * kLane, p += 3 * kLane) {
      std::uint64_t second = 0, third = 0;
      for (std::size_t i = 0; i < kLane; i += 8) {
        wide = __builtin_ia32_crc32di(wide, word_at(p + i));
        second = __builtin_ia32_crc32di(second, word_at(p + kLane + i));
        third = __builtin_ia32_crc32di(third, word_at(p + 2 * kLane + i));
      }
      wide = over(over(wide) ^ second) ^ third;
    }
  }
  for (; n >= 8; n -= 8, p += 8) wide = __builtin_ia32_crc32di(wide, word_at(p));
  crc = static_cast<std::uint32_t>(wide);
  for (; n > 0; --n, ++p) crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(*p));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool kHardware = __builtin_cpu_supports("sse4.2") != 0;
  if (kHardware) return ~crc32c_sse42(bytes.data(), bytes.size(), ~seed);
#endif
  // Slicing-by-8 tables, built once; the same polynomial (0x82F63B78 reflected) as the hardware instruction.
  static const auto tables = [] {
    std::array<std::array<std::uint32_t, 256>, 8> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i;
      for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78U : 0U);
      t[0][i] = crc;
    }
    for (std::uint32_t i = 0; i < 256; ++i)
      for (std::size_t k = 1; k < 8; ++k) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 255];
    return t;
  }();
  std::uint32_t crc = ~seed;
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    const std::uint32_t low = crc ^ (p[0] | p[1] << 8 | p[2] << 16 | static_cast<std::uint32_t>(p[3]) << 24);
    crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^ tables[4][low >> 24] ^
          tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^ tables[0][p[7]];
  }
  for (; n > 0; --n, ++p) crc = (crc >> 8) ^ tables[0][(crc ^ *p) & 255];
  return ~crc;
}

}  // namespace brushwatch
