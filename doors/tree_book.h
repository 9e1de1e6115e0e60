#pragma once
/// The Merkle trees of a running program: one for each chain that is read through the doors, one for each public record of a list
/// chain; their heads, signed, and proofs. Format and files: docs/formats/tree.md.
///
/// Leaves are kept in files, so that a tree outlives the beginning of a compacted topic; without a directory, in memory only.
/// A head is written at every multiple of `head_every` entries: all instances write the same ones.
///
/// Memory   64 B an entry. Cost  ~1.5 µs an entry, ~50 µs a signed head; a proof ~20 hashes.
/// Threads  add(), append() and flush() from one thread at a time; everything else from any thread.
/// Fails    a tree whose output lost lines before this book had them, or knows other ones than its file, gives no heads and
///          no proofs any more (`broken`); the others go on.

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "alliance/chain.h"
#include "alliance/tree_head.h"

namespace brushwatch::doors {

struct TreeBookOptions {
  std::string directory;                    ///< "" = memory
  std::shared_ptr<const SigningKey> key;    ///< null: heads are not signed
  /// Heads are made anyway whenever somebody asks; the written ones are for comparing notes long after.
  std::uint64_t head_every = 256;
};

class TreeBook {
 public:
  /// Errors: kIo; kStateForeign when another process writes there; kLogCorrupt for a leaf that is none.
  static Result<std::unique_ptr<TreeBook>> open(TreeBookOptions options);
  ~TreeBook();
  TreeBook(const TreeBook&) = delete;
  TreeBook& operator=(const TreeBook&) = delete;

  /// A line of a chain, in the chain's order; one that is here is compared and passed over. Errors: kLogCorrupt, kIo.
  Result<void> add(Output output, std::string_view line);
  /// Entry `index` of a tree. Errors: kIo.
  Result<void> append(const std::string& tree, std::uint64_t index, std::string_view entry);
  /// What was added survives this process. `final`: also writes where each tree stands.
  Result<void> flush(bool final = false);

  /// The newest head of every tree whose name begins so.
  [[nodiscard]] std::vector<TreeHead> heads(std::string_view beginning) const;
  /// Of the first `size` entries (0: of all). nullopt when there is no such tree, or not so large, or broken.
  [[nodiscard]] std::optional<TreeHead> head(std::string_view tree, std::uint64_t size = 0) const;
  [[nodiscard]] std::optional<TreeProof> inclusion(std::string_view tree, std::uint64_t index, std::uint64_t size = 0) const;
  [[nodiscard]] std::optional<TreeProof> consistency(std::string_view tree, std::uint64_t from, std::uint64_t size = 0) const;
  [[nodiscard]] std::size_t broken() const;
  [[nodiscard]] const SigningKey* key() const { return options_.key.get(); }

 private:
  struct Tree;
  struct Files;
  explicit TreeBook(TreeBookOptions options);
  Result<void> load();
  Result<Tree*> tree(const std::string& name);
  [[nodiscard]] const Tree* whole(std::string_view name, std::uint64_t& size) const;  // null: none, too small or broken

  const TreeBookOptions options_;
  std::unique_ptr<Files> files_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<Tree>, std::less<>> trees_;
};

}  // namespace brushwatch::doors
