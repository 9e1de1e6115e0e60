#pragma once
/// Who writes a ledger: a claim begins a writer's tenure, and the tenure knows whether it still lasts.
///
/// A claim is a frame without records, of the writer's epoch, in every partition. Behind it frames of lower epochs do not count
/// for any reader (round.h), so a writer that was thought dead can append what it likes. Partition 0 decides: of two claims of
/// one epoch the first there wins, and the other writer takes a higher epoch. docs/adr/0008-who-leads.md

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace brushwatch {

/// The bytes of a claim.
std::string claim_frame(std::uint32_t epoch);

/// The highest epoch of the frames in [from, to) of a partition; 0 when there are none. Errors: those of Log::read; kBadFrame.
Result<std::uint32_t> highest_epoch(Log& ledger, std::uint32_t partition, std::uint64_t from, std::uint64_t to);

/// One writer's time on a ledger. One thread at a time; the log outlives it.
class Tenure {
 public:
  /// Of a writer that nobody can interfere with (a log with one process), or that claimed before. `begin`: per partition, the
  /// offset up to which no later writer has been; its records come at or behind it.
  Tenure(Log& ledger, std::uint32_t epoch, std::vector<std::uint64_t> begin);
  /// Claims every partition under the first epoch above `above` that nobody took before. `from`: per partition, offsets below
  /// which all is known. Cost: two round trips to the log, and reading what lies behind `from`.
  /// Errors: kFenced when a later writer is there already; those of Log.
  static Result<Tenure> claim(Log& ledger, std::uint32_t above, const std::vector<std::uint64_t>& from);

  Result<void> append(std::uint32_t partition, std::string_view payload);
  /// After a sync(): everything appended so far lies in front of any later writer's claim, so every reader counts it. Compares
  /// one number a partition; reads only where somebody else has appended.
  /// Errors: kFenced with the later writer's epoch: nothing that was appended since the last confirm() may be believed.
  Result<void> confirm();
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  /// Per partition the offset behind the last record; exact after confirm(), at most too low before.
  [[nodiscard]] const std::vector<std::uint64_t>& offsets() const { return next_; }

 private:
  Log* ledger_;
  std::uint32_t epoch_;
  std::vector<std::uint64_t> next_, confirmed_;
};

}  // namespace brushwatch
