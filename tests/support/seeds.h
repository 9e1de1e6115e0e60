#pragma once
/// for_each_seed: a property is tried with many seeds; a failure names the seed that replays it.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

namespace brushwatch::test {

/// BW_SEED=n runs only that seed.
template <class F>
void for_each_seed(std::uint64_t count, F&& body) {
  if (const char* only = std::getenv("BW_SEED")) {
    SCOPED_TRACE(std::string("BW_SEED=") + only);
    body(std::strtoull(only, nullptr, 10));
    return;
  }
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    SCOPED_TRACE("replay with BW_SEED=" + std::to_string(seed));
    body(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace brushwatch::test
