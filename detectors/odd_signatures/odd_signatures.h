#pragma once
/// D21: parcels signed for by hand when no hand can have been there: at night, or one every few seconds.
///
/// Parts    `parcel` marks how a parcel was signed for; `shop` counts night signatures of a shop; `courier` counts night signatures and
///          signatures in one stroke of a courier.
/// Input    parcel: notices and scans (through the parcel core). shop, courier: parcel summaries, revisions included.
/// Output   parcel: ParcelMark bits. shop, courier: findings, family parcel, direction promote, one a week.
/// State    sizeof(OddParcel), sizeof(OddShop), sizeof(OddCourier) bytes a key.
/// Cost     parcel: one pass over ≤ 16 scans of a signed parcel. shop, courier: O(1).
/// Order    counts and bits. A signature that late records move after it was told keeps its bit among the courier's strokes.
/// Fails    when bags are stamped in the day, at a courier's pace, or under the station's code (D22 sees where they end). Stations,
///          lockers and the codes of stations are left out: they sign in batches by trade.
/// Source   domain catalogue D21; outlets stamp empty bags "signed" in bulk (domain notes §1.1). Signed without going out for delivery
///          is a mark of D17.

#include "detectors/parcel_core/parcel_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// The marks of a signed parcel: kMarkHandSigned, kMarkNightSigned. `night_until_ms`: of the Shanghai day, from midnight.
std::uint32_t signature_marks(const ParcelCore& core, std::int64_t night_until_ms);

/// Nothing of its own: all it reads is the core's. One word, because a column has at least one.
struct OddParcel {
  std::uint64_t unused;
};
struct OddShopWeek {
  WeekHead head;
  std::uint32_t by_hand, at_night;
  SmallestRefs<8> refs;
};
struct OddShop {
  Weeks<OddShopWeek> weeks;
};

/// Signatures by hand of one courier. Ten-second slots of the week are sampled by hash, one in eight, and a slot's bit is set by its
/// first signature: signatures of sampled slots beyond the slots that they fill were made in one stroke with another.
struct OddCourierWeek {
  static constexpr std::int64_t kSlotMs = 10 * kSecondMs;
  static constexpr std::uint64_t kSampled = 8;
  static constexpr std::size_t kBits = 128;
  WeekHead head;
  std::array<std::uint64_t, kBits / 64> slots;
  std::uint32_t by_hand;
  std::uint16_t at_night, sampled;
  SmallestRefs<3> refs;
};
struct OddCourier {
  Weeks<OddCourierWeek> weeks;
  KeptText<47> courier;
};

const Detector& d21_parcel();
const Detector& d21_shop();
const Detector& d21_courier();

}  // namespace brushwatch
