#pragma once
/// D25: shops on several platforms that share their buyers: one ring behind them.
///
/// Input    hub edges of D4's pairs (kind buyer, `shops` not 0), where `subject` names the other shop when it is known; key shop.
/// Output   findings, family graph, direction promote, one a week.
/// State    sizeof(CrossRing) bytes a shop that shares buyers.
/// Cost     a bit a pair; 32 cells are read every fourth.
/// Order    bits and maxima.
/// Fails    where D4 fails; on one brand with shops on several platforms whose regular buyers use them all (a second family must speak).
/// Source   domain catalogue D25: a component of ≥ 3 shops on ≥ 2 platforms, with the edges that make it. The component is the shop's own
///          neighbourhood; two families in a fortnight are what fusion asks of every alert. Distinct buyers by linear counting (Whang et
///          al., TODS 15(2), 1990).

#include "detectors/weekly/shop_pairs.h"

namespace brushwatch {

struct CrossWeek {
  static constexpr std::size_t kCells = 32;
  WeekHead head;
  std::array<std::uint16_t, kCells> buyers;   ///< by other shop: a bit of each shared buyer
  std::array<std::uint8_t, kCells> platform;  ///< of the other shop: 1 + hash; 0 = not known yet
  std::uint32_t pairs;
  std::uint32_t shop_week;  ///< the shop's size, the largest told
  SmallestRefs<8> refs;
};
struct CrossRing {
  Weeks<CrossWeek> weeks;
  KeptName shop;
  std::array<std::uint8_t, 7> unused;
};

const Detector& d25_ring();

}  // namespace brushwatch
