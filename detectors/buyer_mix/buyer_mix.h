#pragma once
/// D3: a shop's orders come from one town for days, where its own buyers live elsewhere.
///
/// Input    order.paid with a region; key shop.
/// Output   findings, family order, direction promote, one a week.
/// State    sizeof(MixShop) bytes a shop.
/// Cost     a counter and a bit an order; 16 cells are read every fourth order of a week with a town ahead of the others.
/// Order    counts and bits; a closed week joins the history, the open weeks before count with it.
/// Fails    on buyers spread over the country, which is how platforms of tasks work; on shops of fewer than `min_history` orders, and
///          on those that always sold to that town.
/// Source   domain catalogue D3: mix of the buyers' regions against the shop's own. The rate is shrunken (beta-binomial, Gelman et al.,
///          Bayesian Data Analysis, ch. 5): a young shop's history says little.

#include "detectors/weekly/tagged_refs.h"

namespace brushwatch {

struct MixWeek {
  static constexpr std::size_t kCells = 16;
  using Days = std::array<std::uint8_t, 7>;
  WeekHead head;
  std::array<Days, kCells> orders;  ///< by town and day of the week, saturating
  TaggedRefs<16> refs;              ///< by town
};
struct MixShop {
  Weeks<MixWeek> weeks;
  std::array<std::uint16_t, MixWeek::kCells> history;  ///< closed weeks, each worth half of the one after it
};

const Detector& d3_shop();

}  // namespace brushwatch
