#pragma once
/// Merkle tree heads over the logs of lines, and proofs against them: how anybody can check one line without having all of them.
/// Format: docs/formats/tree.md.
///
/// A tree is named <log>/<stage>/<partition>: the chain of an output ("list/alliance/3", entries are its lines), or the public
/// record of a list chain ("public/alliance/3", doors/public_log.h). Signed is the text brushwatch/v1/tree/<tree>/<size>/<root>.
/// Heads are comparable: two signed roots of one tree and size that differ, or two heads without a consistency proof between them,
/// show that two histories were told.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/merkle.h"
#include "engine/crypto/signing_key.h"
#include "engine/event/event.h"

namespace brushwatch {

struct TreeHead {
  std::string tree;
  std::uint64_t size = 0;
  Digest root{};
  std::string key_id, signature;  ///< 16 hex digits, 64 bytes; both "" when nobody signed
  bool operator==(const TreeHead&) const = default;
};

std::string tree_name(std::string_view log, Stage stage, std::uint32_t partition);
/// Of the first `size` entries. `key` null: unsigned. Cost: one signature.
TreeHead make_tree_head(std::string tree, const MerkleTree& entries, std::uint64_t size, const SigningKey* key);
/// Signed by one of these public keys (32 bytes each).
bool signed_by_any(const TreeHead& head, const std::vector<std::string>& public_keys);

/// Either that an entry is in the tree of `head`, or that this tree begins with an older one.
struct TreeProof {
  std::uint64_t index = 0;                ///< of the entry
  Digest leaf{};                          ///< its hash
  std::optional<std::uint64_t> from_size; ///< consistency: of the older tree; then index and leaf mean nothing
  Digest from_root{};
  std::vector<Digest> path;
  TreeHead head;
  /// The path leads from the leaf (or the older root) to the head's root. Who signed the head is signed_by_any()'s business.
  [[nodiscard]] bool holds() const;
};
TreeProof prove_inclusion(const MerkleTree& entries, std::uint64_t index, TreeHead head);
TreeProof prove_consistency(const MerkleTree& entries, std::uint64_t from, TreeHead head);

/// One JSON object without newline.
std::string to_json(const TreeHead& head);
std::string to_json(const TreeProof& proof);
/// Errors: kLogCorrupt for what is not spelled as to_json() spells it (members may stand in any order).
Result<TreeHead> parse_tree_head(std::string_view json);
Result<TreeProof> parse_tree_proof(std::string_view json);

}  // namespace brushwatch
