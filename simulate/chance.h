#pragma once
/// Chance: the only source of randomness of a simulated world, the same bits on every machine.
///
/// xoshiro256++ (Blackman & Vigna, 2021, fig. 1) seeded by splitmix64. The std:: distributions and libm are not used: their
/// results differ between libraries. Our exp, log and normal quantile use only IEEE + - * / and sqrt, which are exact.

#include <array>
#include <cstdint>

namespace brushwatch::simulate {

double stable_exp(double x);  ///< |relative error| < 1e-13 for |x| < 700
double stable_log(double x);  ///< x > 0 and normal

/// At most one draw in one expression: C++ leaves the order of operands and arguments open, and then compilers differ.
class Chance {
 public:
  explicit Chance(std::uint64_t seed);
  /// An independent stream for a purpose and up to three numbers (day, shop, …): worlds stay stable when one part changes.
  static Chance of(std::uint64_t seed, std::uint64_t purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  std::uint64_t next();
  /// Uniform in [0, n); n > 0. Multiply-high, the bias below 2^-32 for our n does not matter to a world.
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {  ///< both ends possible
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool permille(std::uint32_t p) { return below(1'000) < p; }
  bool per_100k(std::uint32_t p) { return below(100'000) < p; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  ///< [0, 1)
  double normal();                                                         ///< N(0,1), cut at ±4
  double exponential() { return -stable_log(1.0 - unit()); }               ///< mean 1
  std::int64_t lognormal(std::int64_t median, double sigma);
  std::uint32_t poisson(double mean);
  /// Index drawn from cumulative weights; the last one is the total.
  template <class Weights>
  std::size_t pick(const Weights& cumulative) {
    const std::uint64_t at = below(cumulative.back());
    std::size_t low = 0, high = cumulative.size() - 1;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (static_cast<std::uint64_t>(cumulative[middle]) > at) high = middle; else low = middle + 1;
    }
    return low;
  }

 private:
  std::array<std::uint64_t, 4> s_;
};

}  // namespace brushwatch::simulate
