#pragma once
/// TaggedRefs: a sample of a week's records of which only some turn out to be evidence.
///
/// Shape   trivially copyable, zeroed = empty: fits in a detector's column.
/// Order   the N smallest by the hash of their position: the same for any order of arrival, and spread over the week, whereas the N smallest
///         positions would all be of its first day.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

template <std::size_t N>
struct TaggedRefs {
  std::array<std::uint64_t, N> refs{};  ///< in order of their hashes
  std::array<std::uint8_t, N> tags{};   ///< a cell's number each
  std::uint64_t size = 0;

  void add(EvidenceRef ref, std::uint8_t tag) {
    std::size_t at = 0;
    const std::uint64_t hash = mix64(ref.packed);
    while (at < size && mix64(refs[at]) < hash) ++at;
    if (at == N || (at < size && refs[at] == ref.packed)) return;
    for (std::size_t i = size < N ? size : N - 1; i > at; --i) refs[i] = refs[i - 1], tags[i] = tags[i - 1];
    refs[at] = ref.packed;
    tags[at] = tag;
    if (size < N) ++size;
  }
  /// Those whose tag is wanted.
  template <class Wanted>
  [[nodiscard]] SmallestRefs<N> pick(const Wanted& wanted) const {
    SmallestRefs<N> out;
    for (std::size_t i = 0; i < size; ++i) if (wanted(tags[i])) out.add({refs[i]});
    return out;
  }
};

}  // namespace brushwatch
