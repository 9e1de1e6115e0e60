#include "engine/base/hash.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

TEST(Hash, MatchesPublishedVectors) {
  // FIPS 180-2 B.1, and RFC 3720 B.4 for CRC-32C.
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("a", "b", "c"), sha256("abc"));
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
}

TEST(Hash, Crc32cOfALongTextIsThatOfItsPieces) {
  std::string text;
  for (std::uint64_t i = 0; text.size() < 40'000; ++i) text += std::to_string(mix64(i));
  for (const std::size_t size : {3071U, 3072U, 3073U, 6143U, 6144U, 16'384U, 16'391U, 40'000U}) {
    const std::string_view whole = std::string_view(text).substr(0, size);
    std::uint32_t pieces = 0;
    for (std::size_t at = 0; at < size; at += 1000) pieces = crc32c(whole.substr(at, 1000), pieces);
    EXPECT_EQ(crc32c(whole), pieces) << size;
  }
}

TEST(Hash, CombinesInOrder) { EXPECT_NE(hash_combine(1, 2), hash_combine(2, 1)); }

TEST(Hash, ReadsOnlyItsOwnSpellingOfHex) {
  std::uint8_t out[2];
  EXPECT_TRUE(from_hex("0aff", out));
  EXPECT_FALSE(from_hex("0AFF", out));
  EXPECT_FALSE(from_hex("0af", out));
  EXPECT_FALSE(from_hex("0afg", out));
}

}  // namespace
}  // namespace brushwatch
