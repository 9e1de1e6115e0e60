#pragma once
/// Distance on the globe, in whole kilometres.

#include <cstdint>

namespace brushwatch {

/// Great-circle distance between two points in hundredths of a degree, rounded to km. Cost: four trigonometric calls.
/// Hundredths (1.1 km) are finer than any rule of ours and keep a place in 4 bytes. Source: haversine, mean radius 6371 km.
std::uint32_t great_circle_km(std::int32_t lat1_c, std::int32_t lon1_c, std::int32_t lat2_c, std::int32_t lon2_c);

}  // namespace brushwatch
