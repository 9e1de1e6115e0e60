#pragma once
/// D14: orders that are reviewed before they are delivered.
///
/// Input    review.posted with its order, parcel summaries and order.signed; key shop.
/// Output   findings, family review, one a week (of the review) and direction: praise (≥ 4 stars) promotes, low stars (≤ 2) demote.
///          Taken back when a late scan, or the platform's own record, says that the parcel was signed before.
/// State    sizeof(EarlyShop) bytes a shop.
/// Cost     one insertion into a sorted set of 20 for a review, a signature and a summary; a claim only for an order that looks early.
/// Order    minima and sets of the smallest hashes: an order is in the sample of its week by its hash alone, whichever of its records
///          comes first (coordinated bottom-k sampling; Cohen & Kaplan, PODC'07).
/// Fails    when workers wait for the signature; on a few early reviews among hundreds of orders (the sample holds twenty a week).
///          Goods without a parcel have no signature and can only dilute the share.
/// Source   domain catalogue D14: review_time < signed_time − 1 h.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// An order that was signed or reviewed in the week.
struct EarlyOrder {
  std::uint64_t position;     ///< of the review
  std::uint32_t order;        ///< upper half of the order's mixed hash: what the sample is sorted by
  std::uint16_t signed_at;    ///< minute of the week + 1, the earliest; 0 = not in this week
  std::uint16_t reviewed_at;  ///< (minute of the week + 1) × 4 + EarlyStars, the earliest; 0 = not in this week
};
enum EarlyStars : std::uint16_t { kMiddling, kPraise, kLow };

struct EarlyWeek {
  static constexpr std::size_t kKept = 20;
  WeekHead head;  ///< what was said of praise
  WeekHead low;   ///< what was said of low stars
  std::uint64_t used;
  std::array<EarlyOrder, kKept> orders;  ///< sorted, the smallest
};
struct EarlyShop {
  Weeks<EarlyWeek> weeks;
};

const Detector& d14_shop();

}  // namespace brushwatch
