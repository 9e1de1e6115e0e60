#include "engine/crypto/merkle.h"

#include <algorithm>
#include <bit>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

// A leaf must never pass for a node, nor a node for a leaf: each kind has its first byte.
constexpr std::string_view kLeafByte("\x00", 1), kNodeByte("\x01", 1);

std::string_view bytes(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }
Digest node(const Digest& left, const Digest& right) { return sha256(kNodeByte, bytes(left), bytes(right)); }
/// The largest power of two below n; n > 1.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

}  // namespace

Digest merkle_leaf(std::string_view entry) { return sha256(kLeafByte, entry); }

void MerkleTree::append(const Digest& leaf) {
  Digest whole = leaf;
  for (std::size_t level = 0;; ++level) {
    if (levels_.size() == level) levels_.emplace_back();
    levels_[level].push_back(whole);
    const std::size_t n = levels_[level].size();
    if (n % 2 != 0) return;
    whole = node(levels_[level][n - 2], whole);
  }
}

Digest MerkleTree::range(std::uint64_t begin, std::uint64_t count) const {
  if (count == 0) return sha256({});
  // Splits fall on multiples of their own size, so what is a power of two long is a complete subtree.
  if (std::has_single_bit(count)) {
    const auto level = static_cast<std::size_t>(std::countr_zero(count));
    return levels_[level][begin >> level];
  }
  const std::uint64_t left = split(count);
  return node(range(begin, left), range(begin + left, count - left));
}

Digest MerkleTree::root(std::uint64_t size) const {
  BW_CHECK(size <= this->size(), "a root of entries that are there");
  return range(0, size);
}

std::vector<Digest> MerkleTree::inclusion(std::uint64_t index, std::uint64_t size) const {
  BW_CHECK(index < size && size <= this->size(), "a proof of an entry that is there");
  std::vector<Digest> proof;
  std::uint64_t begin = 0;
  for (std::uint64_t count = size; count > 1;) {
    const std::uint64_t left = split(count);
    if (index - begin < left) {
      proof.push_back(range(begin + left, count - left));
      count = left;
    } else {
      proof.push_back(range(begin, left));
      begin += left;
      count -= left;
    }
  }
  // From the leaf upwards.
  std::reverse(proof.begin(), proof.end());
  return proof;
}

std::vector<Digest> MerkleTree::consistency(std::uint64_t from, std::uint64_t to) const {
  BW_CHECK(from > 0 && from <= to && to <= size(), "a proof between trees that are there");
  std::vector<Digest> proof;
  std::uint64_t begin = 0, count = to;
  bool whole = true;  // the old tree's end is the end of what was walked: its root is known to the reader
  while (from - begin < count) {
    const std::uint64_t left = split(count);
    if (from - begin <= left) {
      proof.push_back(range(begin + left, count - left));
      count = left;
    } else {
      proof.push_back(range(begin, left));
      begin += left;
      count -= left;
      whole = false;
    }
  }
  if (!whole) proof.push_back(range(begin, count));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

bool merkle_includes(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  std::uint64_t at = index, last = size - 1;
  Digest hash = leaf;
  for (const Digest& beside : proof) {
    if (last == 0) return false;
    if (at % 2 != 0 || at == last) {
      hash = node(beside, hash);
      while (at % 2 == 0 && at != 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node(hash, beside);
    }
    at >>= 1U;
    last >>= 1U;
  }
  return last == 0 && hash == root;
}

bool merkle_consistent(std::uint64_t from, std::uint64_t to, const Digest& from_root, const Digest& to_root, std::span<const Digest> proof) {
  if (from == 0 || from > to) return false;
  if (from == to) return proof.empty() && from_root == to_root;
  if (proof.empty()) return false;
  // When the old tree is a complete subtree of the new one, its root begins the proof without being sent.
  std::size_t next = 0;
  Digest old_hash = from_root, new_hash = from_root;
  if (!std::has_single_bit(from)) old_hash = new_hash = proof[next++];
  std::uint64_t at = from - 1, last = to - 1;
  while (at % 2 != 0) {
    at >>= 1U;
    last >>= 1U;
  }
  for (; next < proof.size(); ++next) {
    if (last == 0) return false;
    if (at % 2 != 0 || at == last) {
      old_hash = node(proof[next], old_hash);
      new_hash = node(proof[next], new_hash);
      while (at % 2 == 0 && at != 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      new_hash = node(new_hash, proof[next]);
    }
    at >>= 1U;
    last >>= 1U;
  }
  return last == 0 && old_hash == from_root && new_hash == to_root;
}

}  // namespace brushwatch
