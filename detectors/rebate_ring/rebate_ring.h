#pragma once
/// D6: a shop that pays its buyers back in small, equal sums.
///
/// Input    order.merchant_transfer, order.paid; key shop.
/// Output   findings, family order, direction promote, one a week.
/// State    sizeof(RebateShop) bytes a shop.
/// Cost     a counter an order; 16 counters read a transfer.
/// Order    counts only.
/// Fails    when the money goes through a messenger; on shops that settle freight under a free text. Freight and price
///          guarantees by their reason code are left out.
/// Source   domain catalogue D6; cases of 1–3 yuan for praise and 8–12 yuan commission.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct RebateWeek {
  WeekHead head;
  std::uint32_t orders, rebates;
  std::array<std::uint16_t, 16> amounts;  ///< rebates by hash of the sum, saturating
  SmallestRefs<8> refs;
};
struct RebateShop {
  Weeks<RebateWeek> weeks;
};

const Detector& d6_shop();

}  // namespace brushwatch
