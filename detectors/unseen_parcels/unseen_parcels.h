#pragma once
/// D23: orders that were "shipped" with numbers which no carrier ever scans.
///
/// Parts    `parcel` waits for the first scan of a number and tells the shop when none has come; `shop` counts such orders by week of
///          the notice, among all that were shipped with a number.
/// Input    parcel: notices and scans (through the parcel core). shop: order.shipped, parcel.unseen.
/// Output   shop: findings, family parcel, direction promote, one a week; taken back when scans come after all.
/// State    sizeof(UnseenParcel) bytes a waybill, sizeof(UnseenShop) bytes a shop.
/// Cost     parcel: one compare a record, one more timer a parcel. shop: a counter an order.
/// Fails    for carriers that the reference does not name (they may be no members: silent); when the numbers bought do have scans
///          (D18, D19, D20). That a parcel comes to somebody who ordered nothing is told by complaints (D26).
/// Source   domain catalogue D23: SHIPPED with no SCAN 48 h.

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct UnseenParcel {
  std::uint64_t told;      ///< identity of the order that was told; 0 = none
  std::uint64_t expected;  ///< 1: the reference names the number's carrier, so scans are expected
};
struct UnseenWeek {
  WeekHead head;
  std::uint32_t shipped, unseen;
  SmallestRefs<8> refs;
};
struct UnseenShop {
  Weeks<UnseenWeek> weeks;
};

const Detector& d23_parcel();
const Detector& d23_shop();

}  // namespace brushwatch
