#pragma once
/// Where the world is: the 10 cities and 107 counties of Shaanxi (GB/T 2260) and five cities outside.

#include <cstdint>
#include <span>

namespace brushwatch::simulate {

struct City {
  std::uint32_t region4;
  std::int32_t lat_e6, lon_e6;
  std::uint32_t weight;  ///< share of buyers, rough population; cities outside the province together 12 %
};
struct County {
  std::uint32_t region6;
  std::uint16_t city;             ///< index into cities()
  std::int32_t lat_e6, lon_e6;    ///< the city's centre moved by up to 0.3°; the exact county seat does not matter
};
std::span<const City> cities();
std::span<const County> counties();  ///< ordered by city
/// First county and count of a city in counties().
struct CountyRange { std::uint16_t first, count; };
CountyRange counties_of(std::uint16_t city);
inline constexpr std::uint16_t kProvinceCities = 10;  ///< cities()[0..10) are Shaanxi

/// Kilometres on the equirectangular plane: within 0.5 % of the haversine over our distances, and the same on all machines.
double distance_km(std::int32_t lat_a, std::int32_t lon_a, std::int32_t lat_b, std::int32_t lon_b);

}  // namespace brushwatch::simulate
