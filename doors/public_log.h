#pragma once
/// The public record of the list chains: what was published, in order, and when its publication ended. Format: docs/formats/public.md.
///
/// Each list chain has one; its records are the entries of the Merkle tree public/<task>. A record is made when what may be published
/// of an entry changes (public_record.h), and when an entry that was published may be so no longer. Records are a function of the
/// chain alone: everybody who follows it makes the same ones. Each names its line by seq and hash: members find it by them, and
/// because nobody else knows that hash, the leaf of an ended entry cannot be guessed back into its words.
///
/// Files    `directory`/public-<stage>-<partition>.ndjson, a record a line; "" = memory. A cache while the outputs are whole.
/// Memory   the entries that are published now; of ended ones id and day.
/// Threads  add() and publish() from one thread at a time; view() from any.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "doors/public_record.h"
#include "doors/tree_book.h"

namespace brushwatch::doors {

/// An entry that is published now.
struct Posted {
  PublicRecord record;
  std::string on;     ///< day of the newest change of what is published
  std::string tree;
  std::uint64_t index = 0;
  std::string bytes;  ///< the record as it stands in the tree
};
struct Ended {
  std::string id, on;
  std::string tree;
  std::uint64_t index = 0;
};
/// What is published at one moment. Both newest first, then by id.
struct PublicView {
  std::vector<Posted> posted;
  std::vector<Ended> ended;
  [[nodiscard]] const Posted* find(std::string_view id) const;
  [[nodiscard]] const Ended* find_ended(std::string_view id) const;
};

class PublicLog {
 public:
  /// `trees` outlives the log. Errors: kIo, kStateForeign, kLogCorrupt.
  static Result<std::unique_ptr<PublicLog>> open(std::string directory, TreeBook& trees);
  ~PublicLog();
  PublicLog(const PublicLog&) = delete;
  PublicLog& operator=(const PublicLog&) = delete;

  /// A line of a list output, in its chain's order; lines before the last record are passed over. Errors: kLogCorrupt, kIo.
  Result<void> add(std::string_view line);
  /// What was added is on disk and visible.
  Result<void> publish();
  [[nodiscard]] std::shared_ptr<const PublicView> view() const;

 private:
  struct Chain;
  PublicLog(std::string directory, TreeBook& trees);
  Result<Chain*> chain(const std::string& task);
  Result<void> append(Chain& to, std::string_view bytes);
  Result<void> take(Chain& to, std::string_view bytes);

  const std::string directory_;
  TreeBook& trees_;
  std::map<std::string, std::unique_ptr<Chain>> chains_;  // by task
  std::map<std::string, Posted, std::less<>> posted_;
  std::map<std::string, Ended, std::less<>> ended_;
  bool changed_ = true;
  mutable std::mutex mutex_;
  std::shared_ptr<const PublicView> view_;
};

}  // namespace brushwatch::doors
