#pragma once
/// D22: an outlet whose parcels, of many shops, all end at one place.
///
/// Input    parcel summaries (first revision) under their pickup outlet; key outlet.
/// Output   findings on outlets, family graph, direction promote, one a week.
/// State    sizeof(LaneOutlet) bytes a party row.
/// Cost     a counter a parcel.
/// Order    counts only.
/// Fails    when every bag really travels to its consignee; on outlets below `min_parcels` a week. A firm that ships everything to
///          one branch is one shop: `min_shops` asks for more.
/// Source   bags stamped as signed at one outlet and thrown away (domain notes §1.1, outlet case); honest parcels of an outlet go
///          wherever its shops' buyers live.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct LaneWeek {
  WeekHead head;
  std::array<std::uint16_t, 8> lanes;  ///< parcels by hash of the signing outlet, saturating
  std::uint32_t shops;                 ///< bit of each shop
  std::uint32_t parcels;
  SmallestRefs<3> refs;
};
struct LaneOutlet {
  Weeks<LaneWeek> weeks;
  KeptText<47> outlet;
};

const Detector& d22_outlet();

}  // namespace brushwatch
