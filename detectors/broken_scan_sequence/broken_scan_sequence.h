#pragma once
/// D17: parcels whose scans cannot be the track of a thing that was carried.
///
/// Parts    `parcel` marks one parcel by an automaton of what a carried parcel must show; `shop` counts marked parcels of a
///          shop by week of signature; `outlet` does so for a pickup outlet or a signing courier.
/// Input    parcel: notices and scans (through the parcel core). shop, outlet: parcel summaries, revisions included.
/// Output   parcel: ParcelMark bits. shop, outlet: findings, family parcel, direction promote; taken back when late scans
///          repair the tracks.
/// State    sizeof(BrokenParcel), sizeof(BrokenShop), sizeof(BrokenOutlet) bytes a key.
/// Cost     parcel: one pass over ≤ 16 scans, distances only when positions are known. shop: O(1), two logarithms.
/// Fails    on full virtual tracks that visit every hub in order (pair it with weight and synthetic tracks); when a carrier
///          loses far more scans than `honest_permille` says (an outage: raise it for the time).
/// Source   domain catalogue D17; honest carriers lose 1–3 % of scans.

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

inline constexpr std::uint32_t kBrokenMarks = kMarkNoPickup | kMarkHubMissing | kMarkSignBeforeArrive | kMarkCityMismatch |
                                              kMarkImpossibleSpeed | kMarkNoDelivery;

struct BrokenLimits {
  std::int64_t hub_km = 300;
  std::int64_t speed_kmh = 900;
  std::int64_t grace_ms = 10 * kMinuteMs;
};
/// The breaks in the track of a signed parcel; 0 when it is not signed. Bits of notices[1] are shifted.
std::uint32_t broken_marks(const ParcelCore& core, const BrokenLimits& limits);

/// Nothing of its own: all it reads is the core's. One word, because a column has at least one.
struct BrokenParcel {
  std::uint64_t unused;
};

/// A week of parcels and how many of them were marked; one per kind of break, for the sentence.
template <std::size_t Refs>
struct BrokenWeek {
  WeekHead head;
  std::uint32_t parcels, broken;
  std::array<std::uint32_t, 6> by_mark;
  SmallestRefs<Refs> refs;
};
struct BrokenShop {
  Weeks<BrokenWeek<32>> weeks;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};
struct BrokenOutlet {
  Weeks<BrokenWeek<6>> weeks;
  KeptText<47> party;
};

const Detector& d17_parcel();
const Detector& d17_shop();
const Detector& d17_outlet();

}  // namespace brushwatch
