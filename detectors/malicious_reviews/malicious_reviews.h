#pragma once
/// D15 and D30: low stars for sale: a shop is put under pressure by reviews that change when it pays.
///
/// Parts    D15 `stars` (family review): more low stars in a week, or on some days of it running, than honest buyers give; D30 `pressure` (family complaint; one number has one family): the shop
///          reports threats, or pays and the same order's stars rise.
/// Input    review.posted, review.edited, order.merchant_transfer, complaint.filed; key shop.
/// Output   findings, direction demote: the shop is the target. Two families are needed, as for an accusation: a bad batch has low
///          stars and no threats.
/// State    sizeof(LowStarShop), sizeof(PressureShop) bytes a shop.
/// Cost     a counter an event, and 28 ratios a low review from the third of a week on; two sets of at most eight are met once an edit or transfer came.
/// Order    counts and sets of smallest.
/// Fails    when the shop pays through a messenger and reports nothing; when more than eight chains a week are told apart.
/// Source   domain catalogue D15; cases of 100–200 yuan a review; runs of days: scan statistic (Naus 1965) with Bonferroni's price of looking.

#include <array>

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct LowStarDay {
  std::uint32_t reviews, lows;
};
struct LowStarWeek {
  WeekHead head;
  std::array<LowStarDay, 7> days;  ///< Monday first
  SmallestRefs<8> refs;
};
struct LowStarShop {
  Weeks<LowStarWeek> weeks;
};
struct PressureWeek {
  WeekHead head;
  std::uint32_t reports, reserved;
  SmallestRefs<8> paid, raised;  ///< orders with a large transfer; orders whose stars were raised by an edit
  SmallestRefs<8> refs;
};
struct PressureShop {
  Weeks<PressureWeek> weeks;
};

const Detector& d15_stars();
const Detector& d30_pressure();

}  // namespace brushwatch
