#pragma once
/// D27: a shop's credit rises ten times as fast as it ever did; or its orders fall away after a wave of low stars.
///
/// Input    order.paid, review.posted; key shop.
/// Output   findings, family graph, one a week each: promote for the rise, victim for the fall.
/// State    sizeof(TrendShop) bytes a shop.
/// Cost     a counter an event; the claim for every fourth praise beyond three times the usual.
/// Order    counts and minima; weeks join the history when they are closed.
/// Fails    on slow growth. A shop that is discovered grows as fast: fusion leaves the rise out while nothing but praise and shared parties
///          stands beside it (`fusion.popularity_detectors`). The fall is judged when its week is closed, a week after its end.
/// Source   domain catalogue D27; bought reputation grows ≥ 10 times as fast as honest (Xu et al., WWW'15).

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct TrendWeek {
  WeekHead head;  ///< of the rise
  WeekHead fall;
  std::uint32_t orders, praised, low, reviews;
  SmallestRefs<6> praise_refs, low_refs;
};
struct TrendShop {
  Weeks<TrendWeek> weeks;
  std::int64_t first_ms;   ///< start of the shop's first week; 0 = none
  std::int64_t closed_ms;  ///< start of the week that was closed last
  std::uint32_t past_orders, past_praised, past_weeks;  ///< of the closed weeks; halved together, so that the newer ones count more
  std::uint32_t past_low, past_reviews;                 ///< of the week that was closed last
  std::uint32_t unused;
  SmallestRefs<6> past_low_refs;
};

const Detector& d27_shop();

}  // namespace brushwatch
