#pragma once
/// D4: two shops share far more of their buyers than chance allows, on different days.
///
/// Parts    `party` keeps which shops a buyer bought in, but only where the buyer is in the shop's sample, and tells both shops of
///          each pair; `ring` counts the shared buyers of a fortnight by other shop.
/// Sample   a shop of more than 128 orders a week is represented by a part of its buyers, halved with each doubling: those with the
///          smallest hashes. The hash is one for all shops, so two shops' samples overlap as their buyers do, and a worker's cover orders
///          in large shops mostly leave no trace here that would push his targets out.
/// Input    party: edges of kind buyer. ring: hub edges of kind buyer whose `shops` is not 0: 1 + the depth of the pair's
///          sample (D5's pairs have 0 there). `subject` is the other shop's name, where it is known.
/// Seeds    a shop that a closed case confirmed (`ref.confirmed_shop`), from its record on: sharing buyers with it needs no second shop, and
///          fewer buyers do (seed propagation of one step).
/// Output   ring: findings, family graph, direction promote, one a week: of its fortnight (the week and the one before).
/// State    sizeof(SharedParty), sizeof(SharedRing) bytes a key.
/// Cost     party: a compare for most orders in large shops, else 12 compares; two records a pair. ring: a bit; 128 cells are read
///          every fourth pair.
/// Order    ring: bits and maxima. party: the twelve newest shops. A shop's size is told as it was when the order came: at the moment
///          of a doubling one buyer more or less may be sampled.
/// Fails    on workers who go to one shop of a ring only, on brand families and neighbouring shops of one kind (`one_set_cap`), on a ring
///          whose workers walk it in one evening (D5's).
/// Source   consistent sampling of distinct values: Gibbons, VLDB'01, and Broder's min-wise idea (SEQUENCES'97) with a threshold in
///          place of a fixed number of minima; shared-buyer sets: domain catalogue D4. Distinct buyers a cell by linear counting
///          (Whang et al., TODS 15(2), 1990).

#include "detectors/weekly/shop_pairs.h"

namespace brushwatch {

struct SharedShop {
  std::uint64_t shop;    ///< hash; 0 = free
  std::uint32_t minute;  ///< of the buyer's first order there, since 1970
  std::uint32_t depth;   ///< of the shop's sample: a buyer in 2^depth is kept
};
struct SharedParty {
  static constexpr std::size_t kShops = 12;
  std::array<SharedShop, kShops> shops;  ///< sorted by (minute, shop)
  std::uint64_t used;
};

struct SharedCells {
  static constexpr std::size_t kCells = 128;  ///< a ring's workers buy for cover in a hundred other shops
  std::array<std::uint16_t, kCells> buyers;   ///< by other shop: a bit of each sampled buyer
};
/// The cells of shops that closed cases confirmed, a bit each.
struct SeededCells {
  std::array<std::uint64_t, SharedCells::kCells / 64> bits;
  void add(std::size_t cell) { bits[cell / 64] |= std::uint64_t{1} << cell % 64; }
  [[nodiscard]] bool has(std::size_t cell) const { return (bits[cell / 64] >> cell % 64 & 1) != 0; }
};
struct SharedWeek {
  WeekHead head;
  SharedCells cells;
  SeededCells seeded;
  std::uint32_t pairs;
  std::uint32_t shop_week;  ///< the shop's size, the largest told
  std::uint64_t depth;      ///< of the deepest sample
  SmallestRefs<8> refs;
};
struct SharedRing {
  Weeks<SharedWeek> weeks;
  std::int64_t closed_ms;  ///< start of the week that was closed last; 0 = none
  SharedCells closed;      ///< … and its cells
  SeededCells closed_seeded;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};

const Detector& d4_party();
const Detector& d4_ring();

}  // namespace brushwatch
