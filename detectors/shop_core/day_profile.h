#pragma once
/// How an honest shop's day is spread over its hours, and how much a promotion lifts it.

#include <algorithm>
#include <array>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {

/// Share of a day's orders in each Shanghai hour; sums to 1. Source: the hour weights of the domain notes (§6.3), with a
/// floor of 0.3 (their mean is 1): a shop's own night may be busier than its province's, and a few night orders must not
/// become a burst.
inline constexpr std::array<double, 24> kHourShare = [] {
  std::array<double, 24> w{.6,  .3,  .15, .1,  .1,  .15, .4,  .7,  1.0, 1.3, 1.5, 1.4,
                           1.3, 1.3, 1.3, 1.3, 1.3, 1.2, 1.2, 1.4, 1.7, 1.8, 1.6, 1.1};
  double sum = 0;
  for (double& x : w) sum += x = x < 0.3 ? 0.3 : x;
  for (double& x : w) x /= sum;
  return w;
}();

/// Expected rate at `t` over the shop's usual rate: the larger of its own promotion's and the platform-wide one's
/// (a promotion without a shop). A sale day must divide the rates, or it becomes an alarm day.
inline double promotion_factor(const FoldContext& ctx, std::uint64_t shop_hash, EventTime t) {
  return std::max(ctx.reference->promotion_factor_milli(shop_hash, t), ctx.reference->promotion_factor_milli(0, t)) / 1000.0;
}

}  // namespace brushwatch
