#pragma once
/// A Merkle tree over an append-only list (RFC 9162 §2.1, the hashing of RFC 6962): one root speaks for all entries up to a size, a
/// short proof shows that an entry is among them, another that a later root only appended.
///
///   leaf  SHA-256(0x00 ‖ entry)      node  SHA-256(0x01 ‖ left ‖ right)      empty tree  SHA-256 of nothing
///
/// Cost     append() two hashes amortised; root() and proofs O(log n) hashes. Memory 64 B an entry: every complete subtree is kept.
/// Threads  const calls from any thread while nobody appends.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"

namespace brushwatch {

Digest merkle_leaf(std::string_view entry);

class MerkleTree {
 public:
  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  [[nodiscard]] const Digest& leaf(std::uint64_t index) const { return levels_[0][index]; }
  /// Of the first `size` entries; size ≤ size().
  [[nodiscard]] Digest root(std::uint64_t size) const;
  /// That entry `index` is in the tree of `size` entries (§2.1.3.1); index < size ≤ size().
  [[nodiscard]] std::vector<Digest> inclusion(std::uint64_t index, std::uint64_t size) const;
  /// That the tree of `to` entries begins with the one of `from` (§2.1.4.1); 0 < from ≤ to ≤ size().
  [[nodiscard]] std::vector<Digest> consistency(std::uint64_t from, std::uint64_t to) const;

 private:
  [[nodiscard]] Digest range(std::uint64_t begin, std::uint64_t count) const;
  std::vector<std::vector<Digest>> levels_;  // [k][i]: of entries [i·2^k, (i+1)·2^k)
};

/// §2.1.3.2. False for whatever does not prove it.
bool merkle_includes(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> proof, const Digest& root);
/// §2.1.4.2; from 1 on. Every tree is consistent with itself, by an empty proof.
bool merkle_consistent(std::uint64_t from, std::uint64_t to, const Digest& from_root, const Digest& to_root, std::span<const Digest> proof);

}  // namespace brushwatch
