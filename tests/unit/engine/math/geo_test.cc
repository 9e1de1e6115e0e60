#include "engine/math/geo.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

TEST(Geo, KnowsTheWayFromXianToBeijing) {
  // 34.27 N 108.94 E to 39.90 N 116.41 E: 911 km by tables.
  EXPECT_NEAR(great_circle_km(3427, 10894, 3990, 11641), 911, 4);
  EXPECT_EQ(great_circle_km(3427, 10894, 3990, 11641), great_circle_km(3990, 11641, 3427, 10894));
}

TEST(Geo, IsZeroAtHomeAndHalfTheGlobeAtTheAntipode) {
  EXPECT_EQ(great_circle_km(3427, 10894, 3427, 10894), 0U);
  EXPECT_EQ(great_circle_km(0, 0, 0, 18000), 20015U);
}

}  // namespace
}  // namespace brushwatch
