#include "simulate/places.h"

#include <cmath>
#include <vector>

#include "engine/base/hash.h"

namespace brushwatch::simulate {
namespace {

constexpr City kCities[] = {
    {6101, 34'341'600, 108'939'800, 380}, {6102, 34'896'700, 108'945'100, 20}, {6103, 34'361'900, 107'237'300, 80},
    {6104, 34'329'600, 108'709'300, 100}, {6105, 34'499'400, 109'510'200, 90}, {6106, 36'585'300, 109'489'700, 45},
    {6107, 33'067'600, 107'023'800, 60}, {6108, 38'285'200, 109'734'600, 65},  {6109, 32'684'900, 109'029'400, 30},
    {6110, 33'870'400, 109'940'400, 10},
    // Outside the province: Beijing, Hangzhou, Guangzhou, Chengdu, Zhengzhou.
    {1101, 39'904'200, 116'407'400, 25}, {3301, 30'274'100, 120'155'100, 25}, {4401, 23'129'100, 113'264'400, 25},
    {5101, 30'572'800, 104'066'800, 25}, {4101, 34'746'600, 113'625'300, 20},
};
constexpr std::uint32_t kCounties[] = {
    610102, 610103, 610104, 610111, 610112, 610113, 610114, 610115, 610116, 610117, 610118, 610122, 610124,
    610202, 610203, 610204, 610222,
    610302, 610303, 610304, 610305, 610323, 610324, 610326, 610327, 610328, 610329, 610330, 610331,
    610402, 610403, 610404, 610422, 610423, 610424, 610425, 610426, 610428, 610429, 610430, 610431, 610481, 610482,
    610502, 610503, 610522, 610523, 610524, 610525, 610526, 610527, 610528, 610581, 610582,
    610602, 610603, 610621, 610622, 610625, 610626, 610627, 610628, 610629, 610630, 610631, 610632, 610681,
    610702, 610703, 610722, 610723, 610724, 610725, 610726, 610727, 610728, 610729, 610730,
    610802, 610803, 610822, 610824, 610825, 610826, 610827, 610828, 610829, 610830, 610831, 610881,
    610902, 610921, 610922, 610923, 610924, 610925, 610926, 610927, 610929, 610981,
    611002, 611021, 611022, 611023, 611024, 611025, 611026,
    110105, 330106, 440106, 510107, 410105,
};

struct Map {
  std::vector<County> counties;
  std::vector<CountyRange> ranges;
  Map() : ranges(std::size(kCities), CountyRange{0, 0}) {
    std::uint16_t city = 0;
    for (const std::uint32_t region : kCounties) {
      while (kCities[city].region4 != region / 100) ++city;
      if (ranges[city].count++ == 0) ranges[city].first = static_cast<std::uint16_t>(counties.size());
      const std::uint64_t h = mix64(region);
      counties.push_back({region, city, kCities[city].lat_e6 + static_cast<std::int32_t>(h % 500'000) - 250'000,
                          kCities[city].lon_e6 + static_cast<std::int32_t>((h >> 32) % 600'000) - 300'000});
    }
  }
};
const Map& map() {
  static const Map kMap;
  return kMap;
}

}  // namespace

std::span<const City> cities() { return kCities; }
std::span<const County> counties() { return map().counties; }
CountyRange counties_of(std::uint16_t city) { return map().ranges[city]; }

double distance_km(std::int32_t lat_a, std::int32_t lon_a, std::int32_t lat_b, std::int32_t lon_b) {
  constexpr double kKmPerDegree = 111.195, kRadians = 3.14159265358979323846 / 180;
  const double middle = (static_cast<double>(lat_a) + lat_b) / 2e6 * kRadians, m2 = middle * middle;
  const double cosine = 1 - m2 / 2 * (1 - m2 / 12 * (1 - m2 / 30));  // latitudes below 60°: error < 1e-3
  const double dy = (lat_a - lat_b) / 1e6 * kKmPerDegree, dx = (lon_a - lon_b) / 1e6 * kKmPerDegree * cosine;
  return std::sqrt(dx * dx + dy * dy);
}

}  // namespace brushwatch::simulate
