#pragma once
/// Which Idempotency-Keys have been used, and for what: over restarts, exactly.
///
/// A key's row is written before its command can reach the ledger, with the offset that the command will have there. After a
/// restart the ledger's end says of every row whether its command arrived: so the same request is answered as before or taken
/// as new, and never twice.
///
/// Bound    `most` keys; beyond it the oldest are forgotten. A person gives some hundred commands a day; a retry comes in minutes.
/// Threads  any may call.
/// Fails    where several instances lead in turn: an offset would not say whose command it is. They go without a store.

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "state/store.h"

namespace brushwatch::doors {

struct Answer {
  std::string body_hash;
  std::uint64_t offset = 0;  ///< of the command in its source
  bool durable = false;      ///< the ledger has it
  bool earlier = false;      ///< from before this process: ask settle()
};

class AnswerBook {
 public:
  /// `store` may be null: then nothing outlives the process. Rows lie under "a/"; it outlives the book.
  explicit AnswerBook(StateStore* store = nullptr, std::size_t most = 20'000) : store_(store), most_(most) {}
  /// Reads the rows. Errors: kStateIo; kStateCorrupt.
  Result<void> load();
  [[nodiscard]] std::optional<Answer> find(std::string_view slot) const;
  /// Before the command can be seen by anybody. Errors: kStateIo; then it must not be taken.
  Result<void> begin(const std::string& slot, const std::string& body_hash, std::uint64_t offset);
  void durable(std::string_view slot);
  /// Of a row from before: the source goes on at `next`; what lies in front of it is in the ledger, the rest never came and is
  /// forgotten.
  std::optional<Answer> settle(std::string_view slot, std::uint64_t next);

 private:
  struct Entry {
    Answer answer;
    std::uint64_t number = 0;
  };
  void forget(std::map<std::string, Entry, std::less<>>::iterator it, StoreBatch& batch);

  StateStore* store_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::pair<std::uint64_t, std::string>> order_;
  std::uint64_t next_number_ = 0;
};

}  // namespace brushwatch::doors
