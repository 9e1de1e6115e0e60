#include "engine/math/milli.h"

#include <cmath>

namespace brushwatch {

std::int64_t to_milli(double x) {
  if (std::isnan(x)) return 0;
  const double scaled = std::round(x * 1000.0);
  const auto limit = static_cast<double>(kMilliMax);
  if (scaled >= limit) return kMilliMax;
  if (scaled <= -limit) return -kMilliMax;
  return static_cast<std::int64_t>(scaled);
}

std::int64_t ratio_milli(std::int64_t num, std::int64_t den) {
  if (den == 0) return 0;
  const bool negative = (num < 0) != (den < 0);
  const auto magnitude = [](std::int64_t v) { return v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v); };
  const std::uint64_t n = magnitude(num);
  const std::uint64_t d = magnitude(den);
  // Whole and rest apart, so that ×1000 does not overflow before the division for any count we keep.
  const std::uint64_t rest = n % d;
  const auto thousandths = static_cast<std::uint64_t>((static_cast<unsigned __int128>(rest) * 2000 + d) / (static_cast<unsigned __int128>(d) * 2));
  const unsigned __int128 whole = static_cast<unsigned __int128>(n / d) * 1000 + thousandths;
  const std::int64_t result = whole > static_cast<unsigned __int128>(kMilliMax) ? kMilliMax : static_cast<std::int64_t>(whole);
  return negative ? -result : result;
}

}  // namespace brushwatch
