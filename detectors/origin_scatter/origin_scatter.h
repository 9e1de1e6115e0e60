#pragma once
/// D20: a shop's parcels are picked up all over the country, by outlets that it never uses twice.
///
/// Input    parcel summaries (first revision); key shop.
/// Output   findings, family parcel, direction promote, one a week.
/// State    sizeof(ScatterShop) bytes a shop.
/// Cost     a bit a parcel.
/// Order    bits only. The outlet is the one known when the parcel was told.
/// Fails    on numbers bought from one outlet (D16–D19 and D22 see those); on sellers who ship from more than a dozen houses
///          (raise `usual_outlets`).
/// Source   purchased numbers belong to parcels of strangers (domain notes §1.1; patent CN111415113A compares the courier's region
///          with the sender's). Destination mismatch, D20's other half, is a mark of D17.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct ScatterWeek {
  WeekHead head;
  std::uint64_t outlets;  ///< bit of each pickup outlet
  std::uint32_t parcels, reserved;
  SmallestRefs<8> refs;
};
struct ScatterShop {
  Weeks<ScatterWeek> weeks;
};

const Detector& d20_shop();

}  // namespace brushwatch
