#pragma once
/// K source positions out of any number, chosen by a rule that does not ask for the order of arrival.
///
/// The K positions with the smallest hashes are kept (bottom-k sampling; Cohen & Kaplan, PODC'07): a uniform sample, the
/// same for any interleaving, and anybody who holds the ledger can recompute it. Trivially copyable, zeroed = empty.
/// Cost    two mixes when the position is not kept, which is nearly always once K × 2 have come; O(K) when it is.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "engine/event/ids.h"

namespace brushwatch {

template <std::size_t K>
struct EvidenceSample {
  std::array<EvidenceRef, K> kept;  ///< kept[0] has the largest hash once full
  std::uint32_t size;
  std::uint32_t reserved;

  void add(EvidenceRef ref) {
    if (size == K && mix64(ref.packed) >= mix64(kept[0].packed)) return;
    kept[size < K ? size++ : 0] = ref;
    if (size < K) return;
    std::size_t worst = 0;
    for (std::size_t i = 1; i < K; ++i) {
      if (mix64(kept[i].packed) > mix64(kept[worst].packed)) worst = i;
    }
    std::swap(kept[0], kept[worst]);
  }
  /// In order of source position.
  void write_to(std::vector<EvidenceRef>& out) const {
    out.assign(kept.begin(), kept.begin() + size);
    std::sort(out.begin(), out.end());
  }
};

}  // namespace brushwatch
