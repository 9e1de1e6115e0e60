#pragma once
/// D20: a shop's parcels come from outlets that it never used, or end in counties where their buyers do not live.
///
/// Input    parcel summaries (first revision); key shop.
/// Output   findings, family parcel, direction promote, one a week: outlets too many, outlets new, or counties that differ;
///          the strongest of the three.
/// State    sizeof(ScatterShop) bytes a shop; since when an outlet is used is the core's.
/// Cost     a bit and two counters a parcel; 32 cells are read when a parcel came from a new outlet.
/// Order    counts and minima only. Outlet and county are those known when the parcel was told.
/// Fails    on gifts that leave from the shop's own outlet; on numbers sold for the right county. A second warehouse is seen as new
///          for two weeks: one new outlet is held to `one_young_cap`. Sellers who ship from more than a dozen houses: raise
///          `usual_outlets`.
/// Source   purchased numbers belong to parcels of strangers (domain notes §1.1; patent CN111415113A compares the courier's region
///          with the sender's, CN112116284A the places of dispatch and signature with the addresses); gifts leave from a gift
///          warehouse (domain notes §1.1). Another *city* is a mark of D17.

#include "detectors/shop_core/shop_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct ScatterWeek {
  WeekHead head;
  std::uint64_t outlets;  ///< bit of each pickup outlet
  std::uint32_t parcels;
  std::uint32_t elsewhere;  ///< signed in another county of the buyer's city
  std::array<std::uint8_t, ShopOrigins::kCells> cells;  ///< parcels by the core's cell of their outlet, saturating
  SmallestRefs<6> refs;  ///< of parcels from new outlets or signed elsewhere
};
struct ScatterShop {
  Weeks<ScatterWeek> weeks;
};

const Detector& d20_shop();

}  // namespace brushwatch
