#pragma once
/// D16: parcels that weigh as if nothing were in them.
///
/// Parts    `shop` compares each parcel with the catalogue weight of what was ordered, looks for one exact weight over
///          different goods, and for empty-bag weights; `outlet` sees empty-bag weights of many shops at one pickup outlet.
/// Input    parcel summaries, revisions included; item reference (shop part only: items live with their shop's partition).
/// Output   findings, family parcel, direction promote; taken back when a later weighing says otherwise.
/// State    sizeof(WeightShop), sizeof(WeightOutlet) bytes a key.
/// Cost     O(1); a scan of 32 buckets once ≥ 30 parcels were weighed.
/// Fails    on bags filled with paper to the true weight exactly; on goods without a catalogue weight (only the exact
///          weight and the empty bag can be seen there). Light and virtual goods are left out. Outlets that post a default
///          weight post 100 g or more: above the 96 g that the histogram covers.
/// Source   domain catalogue D16; empty bags weigh 10–100 g, most 20–60 g.

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// One exact weight (±1 g) and the goods that showed it.
struct WeightBucket {
  std::uint16_t parcels;
  std::uint16_t skus;  ///< bit per sku hash mod 16: three bits prove three skus, and no number of skus sets fewer by order
};
struct WeightWeek {
  static constexpr std::uint32_t kBucketG = 3;
  static constexpr std::size_t kBuckets = 32;  ///< 1..96 g
  WeekHead head;
  std::uint32_t judged, under;  ///< parcels with a catalogue weight; those below the share of it
  std::uint32_t weighed, bags;  ///< parcels not known to be light; those of `judged` with the weight of an empty bag
  std::uint32_t small;          ///< parcels in any bucket
  std::uint32_t light;          ///< of `judged`, those below what packing and scales explain
  std::array<WeightBucket, kBuckets> buckets;
  SmallestRefs<16> refs;
};
struct WeightShop {
  Weeks<WeightWeek> weeks;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};

struct BagWeek {
  WeekHead head;
  std::uint32_t weighed, bags;
  std::uint64_t shops;  ///< bit per shop hash mod 64 of the bags' shops
  SmallestRefs<6> refs;
};
struct WeightOutlet {
  Weeks<BagWeek> weeks;
  KeptText<47> party;
};

const Detector& d16_shop();
const Detector& d16_outlet();

}  // namespace brushwatch
