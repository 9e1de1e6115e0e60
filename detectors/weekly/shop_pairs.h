#pragma once
/// What the detectors of shared buyers have in common (D4, D5, D25): a buyer's orders in two shops make a pair, of which each shop hears;
/// a shop counts them by other shop, in cells of sixteen bits.
///
/// Order    bits only.
/// Source   distinct buyers a cell by linear counting (Whang et al., TODS 15(2), 1990).

#include <bit>

#include "detectors/weekly/weekly.h"

namespace brushwatch {

inline std::uint32_t minute_since_1970(EventTime t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(floor_div(t.ms, kMinuteMs), 0, UINT32_MAX));
}

/// The pair as `shop` hears of it: a buyer of its own also bought in `other_shop`. It happens when its later order does, at `minute`; `origin` is
/// its evidence. The rest is the sender's to fill. `out` is new.
HubEdgeEvent& shop_pair(Event& out, const Event& cause, EvidenceRef origin, std::uint32_t minute, Pid buyer, const NamedId& shop, std::uint32_t shop_week,
                        std::uint64_t other_shop);

/// Keeps a shop's name. A name without its text does not survive the wire; the row's key is the shop's hash.
void keep_shop_name(KeptName& to, const NamedId& shop, const FoldContext& ctx);

inline std::uint16_t buyer_bit(Pid buyer) { return static_cast<std::uint16_t>(1U << (mix64(buyer) >> 60)); }

/// Distinct buyers behind a cell of 16 bits; a full cell reads 44.
inline std::uint32_t distinct_buyers(std::uint16_t cell) {
  constexpr std::array<std::uint8_t, 17> kEstimates{0, 1, 2, 3, 5, 6, 8, 9, 11, 13, 16, 19, 22, 27, 33, 44, 44};  // −16 ln(1 − n/16)
  return kEstimates[static_cast<std::size_t>(std::popcount(cell))];
}
/// Those of each cell, ascending.
template <std::size_t N>
std::array<std::uint32_t, N> sorted_buyers(const std::array<std::uint16_t, N>& cells) {
  std::array<std::uint32_t, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = distinct_buyers(cells[i]);
  std::sort(out.begin(), out.end());
  return out;
}

/// As many cells may be filled by a ring, or by the best-known shops, before its own fullness counts as usual.
inline constexpr std::size_t kCellsSetAside = 8;
/// Mean of the cells that hold anybody, but the fullest eight: a market of some dozen shops leaves most of them empty. `sorted`: ascending.
template <std::size_t N>
double usual_of_used(const std::array<std::uint32_t, N>& sorted) {
  std::uint32_t sum = 0, used = 0;
  for (std::size_t i = 0; i + kCellsSetAside < N; ++i) sum += sorted[i], used += sorted[i] != 0;
  return sum / std::max(1.0, static_cast<double>(used));
}

/// The capped log-likelihood ratio, ×1000, of `cells` of `all` cells that hold at least `buyers` where `honest` are expected; 0 when chance over
/// all cells explains it as well as `log_p_max_milli` (ln, ×1000) allows.
std::int64_t shared_llr_milli(std::uint32_t buyers, double honest, std::int64_t cells, std::size_t all, std::int64_t log_p_max_milli, std::int64_t cap_milli);

}  // namespace brushwatch
