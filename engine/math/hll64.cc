#include "engine/math/hll64.h"

#include <cmath>

namespace brushwatch {

std::uint32_t Hll64::estimate() const {
  constexpr double kAlpha = 0.709;  // α₆₄, fig. 3
  const auto m = static_cast<double>(registers.size());
  double sum = 0;
  int zeros = 0;
  for (const std::uint8_t r : registers) {
    sum += std::ldexp(1.0, -r);
    zeros += r == 0;
  }
  double estimate = kAlpha * m * m / sum;
  if (estimate <= 2.5 * m && zeros > 0) estimate = m * std::log(m / zeros);
  return static_cast<std::uint32_t>(std::llround(std::fmin(estimate, 4e9)));
}

}  // namespace brushwatch
