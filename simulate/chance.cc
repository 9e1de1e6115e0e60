#include "simulate/chance.h"

#include <bit>
#include <cmath>
#include <vector>

#include "engine/base/hash.h"

namespace brushwatch::simulate {
namespace {

constexpr double kLn2 = 0.693147180559945309417232;

/// The normal quantile at k/1024, by adding up the density in steps of 1/1024: no special function is needed.
std::array<double, 1025> normal_quantiles() {
  constexpr double kStep = 1.0 / 1024, kCut = 4.0;
  std::vector<double> mass{0.0};
  for (int i = 0; i < 8 * 1024; ++i) {
    const double x = -kCut + (i + 0.5) * kStep;
    mass.push_back(mass.back() + stable_exp(-0.5 * x * x) * kStep);
  }
  std::array<double, 1025> quantile{};
  std::size_t i = 0;
  for (std::size_t k = 0; k <= 1024; ++k) {
    const double target = mass.back() * static_cast<double>(k) / 1024;
    while (i + 2 < mass.size() && mass[i + 1] < target) ++i;
    quantile[k] = -kCut + (static_cast<double>(i) + (target - mass[i]) / (mass[i + 1] - mass[i])) * kStep;
  }
  return quantile;
}

std::uint64_t rotl(std::uint64_t x, int k) { return std::rotl(x, k); }

}  // namespace

double stable_exp(double x) {
  const double k = static_cast<double>(static_cast<std::int64_t>(x / kLn2 + (x < 0 ? -0.5 : 0.5)));
  const double r = x - k * kLn2;  // |r| ≤ ln2/2: 13 terms leave less than 1e-16
  double sum = 1.0;
  for (int n = 13; n > 0; --n) sum = 1.0 + sum * r / n;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(static_cast<std::int64_t>(k) + 1023) << 52);
}

double stable_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000F'FFFF'FFFF'FFFFULL) | 0x3FF0'0000'0000'0000ULL);
  if (m > 1.4142135623730951) { m /= 2; ++exponent; }
  const double t = (m - 1) / (m + 1), t2 = t * t;  // log m = 2 atanh t, |t| ≤ 0.172
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = sum * t2 + 1.0 / n;
  return 2 * t * sum + static_cast<double>(exponent) * kLn2;
}

Chance::Chance(std::uint64_t seed) : s_{} {
  for (std::uint64_t& word : s_) {
    seed += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    word = z ^ (z >> 31);
  }
}

Chance Chance::of(std::uint64_t seed, std::uint64_t purpose, std::uint64_t a, std::uint64_t b) {
  return Chance(hash_combine(hash_combine(hash_combine(seed, purpose), a), b));
}

std::uint64_t Chance::next() {
  const std::uint64_t result = rotl(s_[0] + s_[3], 23) + s_[0];
  const std::uint64_t t = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= t;
  s_[3] = rotl(s_[3], 45);
  return result;
}

double Chance::normal() {
  static const std::array<double, 1025> kQuantile = normal_quantiles();
  const std::uint64_t r = next();
  const std::size_t k = r >> 54;
  const double fraction = static_cast<double>(r & ((1ULL << 54) - 1)) * 0x1.0p-54;
  return kQuantile[k] + fraction * (kQuantile[k + 1] - kQuantile[k]);
}

std::int64_t Chance::lognormal(std::int64_t median, double sigma) {
  return static_cast<std::int64_t>(static_cast<double>(median) * stable_exp(sigma * normal()));
}

std::uint32_t Chance::poisson(double mean) {
  if (mean > 64) {  // the normal approximation is within the width of one order here
    const double n = mean + std::sqrt(mean) * normal() + 0.5;
    return n < 0 ? 0 : static_cast<std::uint32_t>(n);
  }
  std::uint32_t n = 0;
  for (double t = exponential(); t < mean; t += exponential()) ++n;
  return n;
}

}  // namespace brushwatch::simulate
