// Somebody who orders fakes for an innocent shop does not get it listed, and officers see that it may have been framed.
// A thousand campaigns: tools/measure_framing.py.

#include <gtest/gtest.h>

#include "apps/host.h"
#include "tests/support/framing.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

TEST(Framing, AFramedShopIsMarkedAndNotEvenWavingOfficersListIt) {
  const app::Operators operators;
  std::size_t campaigns = 0, marked = 0;
  test::for_each_seed(40, [&](std::uint64_t seed) {
    const test::Framing c = test::framing_campaign(operators, seed);
    ++campaigns;
    marked += c.marked ? 1 : 0;
    EXPECT_FALSE(c.listed) << c.fakes << " fakes from " << c.accounts << " accounts";
    EXPECT_FALSE(c.confirmed) << "the mark stops whoever confirms without looking";
  });
  EXPECT_GE(marked * 100, campaigns * 95) << marked << " of " << campaigns;
}

}  // namespace
}  // namespace brushwatch
