#include "engine/math/burst_filter.h"

#include <algorithm>
#include <cmath>

namespace brushwatch {
namespace {

constexpr double kHoursAYear = 8760;
/// Below this flow the platform is asleep, and a share of nothing explains no order.
constexpr double kLeastOrdersAnHour = 0.02;
/// A share of the belief that is as good as none.
constexpr double kNothing = 1e-25;
/// Before so many shops are known their number says little about the mean share.
constexpr double kLeastShops = 100;

}  // namespace

BurstFilter::BurstFilter(const Options& options) : options_(options) {
  for (unsigned k = 0; k < kShares; ++k) share_[k] = std::ldexp(options.greatest_share, static_cast<int>(k) - static_cast<int>(kShares) + 1);
  for (unsigned j = 0; j < kScales; ++j) {
    rate_[j] = options.orders / options.scale_hours[j];
    leave_[j] = 1 / options.scale_hours[j];
  }
  enter_ = options.campaigns_a_year / kHoursAYear / kScales;
}

double BurstFilter::begin(State& state, const Platform& platform) const {
  // The first order of a shop that joined evenly before: honest flow × chance of no earlier order, for each share.
  const double mean = 1 / std::max(kLeastShops, platform.shops);
  const double seen = std::max(1.0, platform.orders - 1);
  const double flow = std::max(kLeastOrdersAnHour, platform.orders_an_hour);
  double honest = 0, campaign = 0;
  std::array<std::array<double, kShares>, kScales + 1> p{};
  for (unsigned k = 0; k < kShares; ++k) {
    const double relative = share_[k] / mean;
    const double prior = std::pow(relative, options_.shape) * std::exp(-options_.shape * relative);
    const double hit = -std::expm1(-share_[k] * seen) / seen;
    p[0][k] = prior * hit * flow;
    honest += p[0][k];
    for (unsigned j = 0; j < kScales; ++j) {
      p[j + 1][k] = prior * hit / share_[k] * enter_ * options_.scale_hours[j] * rate_[j];
      campaign += p[j + 1][k];
    }
  }
  for (unsigned j = 0; j <= kScales; ++j) {
    for (unsigned k = 0; k < kShares; ++k) state.p[j][k] = static_cast<float>(p[j][k] / (honest + campaign));
  }
  return campaign / honest;
}

void BurstFilter::pass_time(State& state, double hours, double orders) const {
  std::array<double, kScales> stays{}, through{};
  for (unsigned j = 0; j < kScales; ++j) {
    const double out = rate_[j] + leave_[j];
    stays[j] = std::exp(-out * hours);
    through[j] = (1 - stays[j]) / out;  // ∫ of staying over the gap: the chance of a change somewhere in it, and of no campaign order
  }
  const double none_enters = std::exp(-enter_ * kScales * hours);
  const double drift = std::min(0.2, options_.drift_a_day * hours / 24);
  for (unsigned k = 0; k < kShares; ++k) {
    const double quiet = std::exp(-share_[k] * orders);
    const double idle = state.p[0][k];
    double ended = 0;
    for (unsigned j = 0; j < kScales; ++j) {
      ended += state.p[j + 1][k] * through[j] * leave_[j];
      state.p[j + 1][k] = static_cast<float>(quiet * (state.p[j + 1][k] * stays[j] + idle * enter_ * through[j]));
    }
    state.p[0][k] = static_cast<float>(quiet * (idle * none_enters + ended));
  }
  for (auto& row : state.p) {
    double before = row[0];
    for (unsigned k = 0; k < kShares; ++k) {
      const double here = row[k], after = k + 1 < kShares ? row[k + 1] : row[k];
      row[k] = static_cast<float>(here + drift * (before + after - 2 * here));
      before = here;
    }
  }
}

double BurstFilter::fold(State& state, double hours, const Platform& platform) const {
  if (state.orders == 0) {
    state.hours = hours;
    state.orders = platform.orders;
    return begin(state, platform);
  }
  pass_time(state, std::max(0.0, hours - state.hours), std::max(0.0, platform.orders - state.orders));
  state.hours = std::max(hours, state.hours);
  state.orders = std::max(platform.orders, state.orders);
  const double flow = std::max(kLeastOrdersAnHour, platform.orders_an_hour);
  double honest = 0, campaign = 0;
  std::array<std::array<double, kShares>, kScales + 1> p{};
  for (unsigned j = 0; j <= kScales; ++j) {
    for (unsigned k = 0; k < kShares; ++k) {
      const double mine = state.p[j][k] * share_[k] * flow, theirs = j == 0 ? 0 : state.p[j][k] * rate_[j - 1];
      honest += mine;
      campaign += theirs;
      p[j][k] = mine + theirs;
    }
  }
  const double sum = honest + campaign;
  if (!(sum > 0)) {
    // Longer quiet than a float can hold: nothing of the past counts any more.
    return begin(state, platform);
  }
  for (unsigned j = 0; j <= kScales; ++j) {
    // What no later order could bring back is nothing; subnormal floats would cost a hundred cycles each.
    for (unsigned k = 0; k < kShares; ++k) state.p[j][k] = p[j][k] < kNothing * sum ? 0.0F : static_cast<float>(p[j][k] / sum);
  }
  return campaign / std::max(honest, 1e-300);
}

double BurstFilter::campaign(const State& state) {
  double p = 0;
  for (unsigned j = 1; j <= kScales; ++j) {
    for (const float q : state.p[j]) p += q;
  }
  return p;
}

double BurstFilter::share(const State& state) const {
  double mean = 0;
  for (const auto& row : state.p) {
    for (unsigned k = 0; k < kShares; ++k) mean += row[k] * share_[k];
  }
  return mean;
}

}  // namespace brushwatch
