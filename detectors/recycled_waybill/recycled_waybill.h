#pragma once
/// D19: one waybill number that serves two orders, or is older than the order it is said to carry.
///
/// Parts    `parcel` marks the orders of one number; `shop` counts marked orders of a shop by week.
/// Input    parcel: notices and scans (through the parcel core). shop: parcel summaries, revisions included.
/// Output   parcel: ParcelMark bits; those of the later order are shifted, so that the one whose parcel it really was is not
///          accused. shop: findings, family parcel, direction promote; taken back when late data clears them.
/// State    sizeof(RecycledParcel), sizeof(RecycledShop) bytes a key.
/// Cost     O(1); two logarithms once a shop has marks.
/// Fails    on fresh numbers with virtual tracks (D17); when the later order is the honest one: the number was printed for a
///          fake order first. Merged shipments and exchanges go to the same buyer or address and are not marked.
/// Source   domain catalogue D19.

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// Marks that honest chance hardly makes, and the one that clocks make often.
inline constexpr std::uint32_t kStrongRecycledMarks = kMarkTwoOrders | kMarkTwoShops | kMarkRecycled | kMarkSecondCreated;
inline constexpr std::uint32_t kRecycledMarks = kStrongRecycledMarks | kMarkScanBeforePaid;

/// When labels were made for the number, ms; 0 = never.
struct RecycledParcel {
  std::int64_t first_created_ms, last_created_ms;
};

struct RecycledWeek {
  WeekHead head;
  std::uint32_t parcels, strong, weak;  ///< weak: scan before payment and nothing else
  std::array<std::uint32_t, 5> by_mark;
  SmallestRefs<32> refs;
};
struct RecycledShop {
  Weeks<RecycledWeek> weeks;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};

const Detector& d19_parcel();
const Detector& d19_shop();

}  // namespace brushwatch
