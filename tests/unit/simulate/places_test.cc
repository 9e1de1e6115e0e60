#include "simulate/places.h"

#include <cmath>

namespace brushwatch::simulate {
namespace {

TEST(Places, ShaanxiHasTenCitiesAndOneHundredAndSevenCounties) {
  constexpr std::uint16_t kExpected[] = {13, 4, 12, 14, 11, 13, 11, 12, 10, 7};
  std::uint32_t sum = 0;
  for (std::uint16_t city = 0; city < kProvinceCities; ++city) {
    EXPECT_EQ(counties_of(city).count, kExpected[city]) << city;
    sum += counties_of(city).count;
  }
  EXPECT_EQ(sum, 107U);
  for (const County& county : counties()) EXPECT_EQ(county.region6 / 100, cities()[county.city].region4);
}

TEST(Places, DistancesAreNearTheHaversine) {
  const City xian = cities()[0];
  const auto km = [&](std::size_t city) { return distance_km(xian.lat_e6, xian.lon_e6, cities()[city].lat_e6, cities()[city].lon_e6); };
  EXPECT_NEAR(km(7), 444.2, 444.2 * 0.01);     // Yulin
  EXPECT_NEAR(km(8), 184.4, 184.4 * 0.01);     // Ankang
  EXPECT_NEAR(km(10), 905.4, 905.4 * 0.01);    // Beijing
  EXPECT_NEAR(km(12), 1315.7, 1315.7 * 0.01);  // Guangzhou
}

}  // namespace
}  // namespace brushwatch::simulate
