#include "state/key_filter.h"

#include <gtest/gtest.h>

#include "engine/base/hash.h"

namespace brushwatch {
namespace {

TEST(KeyFilter, NeverForgetsAKeyThroughAllItsLayersAndIsRarelyWrongAboutOthers) {
  KeyFilter filter;
  EXPECT_FALSE(filter.may_hold(mix64(1)));
  constexpr std::uint64_t kKeys = 300'000;  // four layers
  for (std::uint64_t key = 0; key < kKeys; ++key) filter.add(mix64(key));
  for (std::uint64_t key = 0; key < kKeys; ++key) ASSERT_TRUE(filter.may_hold(mix64(key))) << key;
  std::uint64_t wrong = 0;
  for (std::uint64_t key = kKeys; key < 2 * kKeys; ++key) wrong += filter.may_hold(mix64(key)) ? 1 : 0;
  EXPECT_LT(wrong, kKeys * 4 / 100);
  EXPECT_EQ(filter.keys(), kKeys);
  EXPECT_LT(filter.bytes(), kKeys * 5);  // the last layer may be nearly empty
}

}  // namespace
}  // namespace brushwatch
