#include "engine/base/running_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace brushwatch {
namespace {

RunningHash::Value of(std::string_view bytes) {
  RunningHash hash;
  hash.add(bytes);
  return hash.value();
}

TEST(RunningHash, DoesNotCareHowTheBytesAreCut) {
  const std::string text(1000, 'x');
  RunningHash pieces;
  for (std::size_t at = 0; at < text.size(); at += 7) pieces.add(std::string_view(text).substr(at, 7));
  EXPECT_EQ(pieces.value(), of(text));
}

TEST(RunningHash, GoesOnAfterItWasAsked) {
  RunningHash hash;
  hash.add("ab");
  EXPECT_EQ(hash.value(), of("ab"));
  hash.add("c");
  EXPECT_EQ(hash.value(), of("abc"));
}

TEST(RunningHash, IsThePublishedHash) {
  // XXH3-128 of no bytes with seed 0, in canonical order, as in xxhash's specification.
  const RunningHash::Value none{0x99, 0xAA, 0x06, 0xD3, 0x01, 0x47, 0x98, 0xD8, 0x60, 0x01, 0xC3, 0x24, 0x46, 0x8D, 0x49, 0x7F};
  EXPECT_EQ(RunningHash().value(), none);
}

TEST(RunningHash, OneBitMakesAnother) { EXPECT_NE(of("abc"), of("abb")); }

}  // namespace
}  // namespace brushwatch
