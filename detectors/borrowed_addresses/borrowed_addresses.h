#pragma once
/// D28: a few accounts order for many people who did not order: bought lists of addresses in use.
///
/// Input    order.paid with buyer and consignee; key shop.
/// Output   findings, family graph, direction promote, one a week.
/// State    sizeof(BorrowedShop) bytes a shop.
/// Cost     two bits and a counter an order; 32 cells are read when a cell's accounts look as few as that.
/// Order    bits, counts and minima only.
/// Fails    on one account an address, and in shops of more than about 500 orders a week, where every cell holds many accounts.
/// Source   domain catalogue D28, notes §1.1 (parcels to people who never ordered). Distinct values by linear counting (Whang et al.,
///          TODS 15(2), 1990).

#include "detectors/weekly/tagged_refs.h"

namespace brushwatch {

/// The orders of the accounts that hash here.
struct BorrowedCell {
  std::uint32_t consignees;  ///< a bit each
  std::uint16_t buyers;      ///< a bit each
  std::uint16_t orders;      ///< saturating
};
struct BorrowedWeek {
  static constexpr std::size_t kCells = 32;
  WeekHead head;
  std::array<BorrowedCell, kCells> cells;
  TaggedRefs<16> refs;  ///< by cell
};
struct BorrowedShop {
  Weeks<BorrowedWeek> weeks;
};

const Detector& d28_shop();

}  // namespace brushwatch
