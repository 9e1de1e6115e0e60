#include "engine/math/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace brushwatch {

std::uint32_t great_circle_km(std::int32_t lat1_c, std::int32_t lon1_c, std::int32_t lat2_c, std::int32_t lon2_c) {
  constexpr double kRadiusKm = 6371.0;
  constexpr double kRadians = std::numbers::pi / 180 / 100;
  const double half_lat = std::sin((lat2_c - lat1_c) * kRadians / 2);
  const double half_lon = std::sin((lon2_c - lon1_c) * kRadians / 2);
  const double a = half_lat * half_lat + std::cos(lat1_c * kRadians) * std::cos(lat2_c * kRadians) * half_lon * half_lon;
  return static_cast<std::uint32_t>(std::lround(2 * kRadiusKm * std::asin(std::sqrt(std::clamp(a, 0.0, 1.0)))));
}

}  // namespace brushwatch
