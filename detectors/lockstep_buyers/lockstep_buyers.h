#pragma once
/// D5 (with D4): the same people buy in the same shops: together within two hours, or one after the other within a month.
///
/// Parts    `party` remembers a buyer's eight newest orders and tells both shops of each pair; `ring` counts, shop by shop and
///          week by week, how many buyers it shares with which other shops.
/// Input    party: edges of kind buyer. ring: hub edges of kind buyer, where `party` is the *other shop* and `buyers` the minutes
///          between the two orders; those whose `shops` is not 0 are D4's.
/// Output   ring: findings, family graph, direction promote.
/// State    sizeof(LockstepParty), sizeof(LockstepRing) bytes a key.
/// Cost     party: 8 compares an order and two records a pair; ring: a bit; 64 cells are read once eight pairs came.
/// Order    ring: bits and minima only. party: the eight newest orders by time; a pair is told once, when its second order comes.
/// Fails    on workers who buy in one of the shops only; on covers so many that the shop falls out of the eight newest orders.
///          Coupons over several shops bring many buyers once: one day alone is held below what makes a family speak. A shop without a
///          ref.shop record and without a second order of its own has no name and stays unsaid.
/// Source   near-bicliques in time: CopyCatch (Beutel et al., WWW'13); shared-buyer sets: domain catalogue D4. Distinct buyers a
///          cell by linear counting (Whang et al., TODS 15(2), 1990).

#include "detectors/weekly/shop_pairs.h"

namespace brushwatch {

struct BoughtOrder {
  std::uint64_t shop;    ///< hash; 0 = free
  std::uint64_t origin;  ///< the order's source position
  std::uint32_t order;   ///< fingerprint
  std::uint32_t minute;  ///< since 1970
};
struct LockstepParty {
  static constexpr std::size_t kOrders = 8;
  std::array<BoughtOrder, kOrders> orders;  ///< sorted by (minute, order)
  std::uint32_t used, reserved;
};

struct LockstepWeek {
  static constexpr std::size_t kCells = 64;
  WeekHead head;
  /// By other shop: a bit of each buyer who was there within two hours; on even and on odd days apart, because who is called is
  /// called again, and a coupon is one evening.
  std::array<std::array<std::uint16_t, kCells>, 2> near;
  std::array<std::uint16_t, kCells> far;   ///< … on another day of the month
  std::uint32_t pairs;
  std::uint32_t shop_week;                 ///< the shop's size, the largest told
  SmallestRefs<12> refs;
};
struct LockstepRing {
  Weeks<LockstepWeek> weeks;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};

const Detector& d5_party();
const Detector& d5_ring();

}  // namespace brushwatch
