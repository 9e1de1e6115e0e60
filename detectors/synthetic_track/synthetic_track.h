#pragma once
/// D18: tracks that a program wrote: the same legs again and again, or whole lives that come in one upload.
///
/// Input    parcel summaries, revisions included; key shop.
/// Output   findings, family parcel, direction promote, one a week (of the signature): the stronger of "equal legs" and "in one
///          upload". Taken back when late scans make the tracks differ.
/// State    sizeof(TrackShop) bytes a shop.
/// Cost     one insertion into a sorted set of 12 a parcel; when it is kept, it is compared with the other eleven.
/// Order    a parcel is in its week's sample by the hash of its order; what is kept of it is what its last revision says.
/// Fails    on tracks that are copied from real parcels; on jitter of minutes a leg only when whole lives come in one upload (D16 and D17 see no weight, no pickup); when
///          fewer than four in ten of a shop's parcels are the program's: the sample holds twelve a week.
/// Source   domain catalogue D18; virtual tracks are made in batches by a program (domain notes §0.2, §1.1).

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct KeptTrack {
  std::uint64_t position;             ///< of the summary
  std::uint32_t order;                ///< upper half of the order's mixed hash: what the sample is sorted by
  std::uint16_t minute;               ///< of the week, of the signature
  std::array<std::uint16_t, 3> legs;  ///< as in TrackPrint
  std::uint16_t upload;
  std::uint16_t unused;
};
struct TrackWeek {
  static constexpr std::size_t kKept = 12;
  WeekHead head;
  std::uint32_t parcels;
  std::uint32_t used;
  std::array<KeptTrack, kKept> tracks;  ///< sorted, the smallest
};
struct TrackShop {
  Weeks<TrackWeek> weeks;
};

const Detector& d18_shop();

}  // namespace brushwatch
