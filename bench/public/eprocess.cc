#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "bench/public/data.h"
#include "bench/public/report.h"
#include "engine/math/e_process.h"

namespace brushwatch::bench {
namespace {

constexpr std::uint32_t kShopMonths = 200'000, kDays = 30;
constexpr double kShape = 4;

double normal(std::mt19937_64& chance) {
  return std::sqrt(-2 * std::log(1 - uniform(chance))) * std::cos(2 * std::numbers::pi * uniform(chance));
}
/// Marsaglia & Tsang, ACM TOMS 26 (2000); shapes below 1 by their boost.
double gamma(std::mt19937_64& chance, double shape) {
  if (shape < 1) return gamma(chance, shape + 1) * std::pow(1 - uniform(chance), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(chance), v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(1 - uniform(chance)) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}
std::int64_t poisson(std::mt19937_64& chance, double mean) {
  if (mean > 60) return std::max<std::int64_t>(0, std::llround(poisson(chance, mean / 2) + poisson(chance, mean / 2)));  // a sum of two halves
  double product = 1 - uniform(chance);
  std::int64_t n = 0;
  for (const double limit = std::exp(-mean); product > limit; ++n) product *= 1 - uniform(chance);
  return n;
}

/// Honest days of a shop: rates over four decades, a week's shape and a sale of 8 × for everybody on one day of the month (both known as
/// exposure), and a day's own luck of shape `luck` (unknown).
struct ShopMonth {
  double rate;
  std::uint64_t sale;
  explicit ShopMonth(std::mt19937_64& chance) : rate(std::exp(std::log(0.05) + uniform(chance) * std::log(4000))), sale(chance() % kDays) {}
  [[nodiscard]] double exposure(std::uint32_t day) const {
    constexpr double kWeek[] = {0.9, 0.95, 1, 1, 1.05, 1.15, 0.95};
    return kWeek[day % 7] * (day == sale ? 8 : 1);
  }
  std::int64_t orders(std::mt19937_64& chance, std::uint32_t day, double luck) const { return poisson(chance, rate * exposure(day) * gamma(chance, luck) / luck); }
};

/// Greatest log e-value of a month; `fake` orders are added on each of the days from `from` on.
double greatest(std::mt19937_64& chance, double luck, std::uint32_t from = kDays, std::uint32_t to = kDays, double fake = 0) {
  const ShopMonth month(chance);
  EProcess process(kShape);
  double most = -1e9;
  for (std::uint32_t day = 0; day < kDays; ++day) {
    std::int64_t count = month.orders(chance, day, luck);
    if (day >= from && day < to) count += poisson(chance, fake);
    most = std::max(most, process.add(count, month.exposure(day)));
  }
  return most;
}

/// Wilson's 95 % interval of a share.
std::pair<double, double> interval(double k, double n) {
  constexpr double z = 1.959964;
  const double p = k / n, middle = (p + z * z / (2 * n)) / (1 + z * z / n), half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - half), middle + half};
}

}  // namespace

void run_eprocess(Report& report) {
  std::mt19937_64 chance(1);
  std::vector<double> honest;
  for (std::uint32_t i = 0; i < kShopMonths; ++i) honest.push_back(greatest(chance, kShape));
  for (const double alpha : {0.05, 0.01, 0.001}) {
    const double crossed = static_cast<double>(std::count_if(honest.begin(), honest.end(), [&](double e) { return e >= -std::log(alpha); }));
    const auto [low, high] = interval(crossed, kShopMonths);
    char text[160];
    std::snprintf(text, sizeof text, "share of 200,000 honest shop-months that ever reach 1/%g; 95 %% interval %.2g to %.2g", alpha, low, high);
    char id[40];
    std::snprintf(id, sizeof id, "eprocess_share_at_%g", alpha);
    report.add({id, text, "", alpha, alpha / 2, crossed / kShopMonths, "share"});
  }
  // Power, and what happens when days are luckier than the promise allows for: neither is promised.
  constexpr std::uint32_t kTried = 20'000;
  const auto share = [&](double luck, std::uint32_t from, std::uint32_t to, double fake) {
    double crossed = 0;
    for (std::uint32_t i = 0; i < kTried; ++i) crossed += greatest(chance, luck, from, to, fake) >= -std::log(0.01) ? 1 : 0;
    return crossed / kTried;
  };
  report.add({"", "power: 30 fake orders on one day, shops of 0.05 to 200 orders a day, 1/0.01 reached", "", {}, {}, share(kShape, 20, 21, 30), "share"});
  report.add({"", "power: 3 fake orders a day for 10 days", "", {}, {}, share(kShape, 20, 30, 3), "share"});
  report.add({"", "outside the promise: days twice as lucky (shape 2), 1/0.01 reached", "", {}, {}, share(kShape / 2, kDays, kDays, 0), "share"});
}

}  // namespace brushwatch::bench
