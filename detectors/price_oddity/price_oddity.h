#pragma once
/// D2: goods that some buyers pay next to nothing for, day after day, while others pay the price.
///
/// Input    order.paid with its items; key shop.
/// Output   findings, family order, direction promote, one a week.
/// State    sizeof(PriceShop) bytes a shop.
/// Cost     one counter and two bits an order; the claim only when an order is next to free.
/// Order    counts and bits only; which item a cell keeps depends on its hash alone.
/// Fails    on fakes at the normal price, which is the usual way; on flash sales that no reference.promotion announces and that come
///          back daily, which look the same (`llr_cap`). Sixteen items of a shop are watched in a week, chosen by hash.
/// Source   domain catalogue D2: share of orders ≥ 90 % off the list, coupon = price.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// Of the items that fall here, the one with the smallest hash: two prices are only compared when they are one item's.
struct PriceCell {
  std::uint32_t item;                  ///< the hash, never 0; 0 = free
  std::uint16_t orders, nearly_free;   ///< saturating
  std::uint8_t days, nearly_free_days; ///< bit per day of the week on which somebody paid the price; … next to nothing
  std::uint16_t unused;
};
struct PriceWeek {
  static constexpr std::size_t kCells = 16;
  WeekHead head;
  std::array<PriceCell, kCells> cells;
  std::uint64_t amounts;  ///< bit of each small amount paid
  SmallestRefs<4> refs;
};
struct PriceShop {
  Weeks<PriceWeek> weeks;
};

const Detector& d2_shop();

}  // namespace brushwatch
