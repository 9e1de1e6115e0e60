#pragma once
/// A round: what the ledger holds between two ticks, for all partitions. The unit of folding, replay and recovery.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/event/event.h"
#include "engine/log/log.h"

namespace brushwatch {

struct Round {
  TickEvent tick;
  std::vector<std::vector<std::string>> frames;  ///< per partition, as they stand in the ledger
  std::vector<std::uint64_t> next_offset;        ///< per partition: ledger offset after this round
  std::uint32_t events = 0;                      ///< records decoded from sources in it
  std::int64_t received_ns = 0;                  ///< monotonic time of its first record; 0 when read from the ledger
  std::int64_t ledger_ns = 0;                    ///< how long the ledger took to make it durable; 0 when nobody counts
  std::int64_t confirmed_ns = 0;                 ///< monotonic time at which its writer knew that it counts; 0 when it did not ask
};

/// Reads complete rounds from a ledger. A round torn by a crash (some partitions lack its tick) is not returned.
/// When a restarted writer (higher epoch) wrote a round again, its version counts in every partition. A frame that was
/// delivered twice counts once. A frame with no records is a claim (claim.h): from it on, only its epoch and later ones count.
class LedgerReader {
 public:
  /// Frames of epochs below `floor` are a zombie's: whoever kept `offsets` had seen a later writer already.
  LedgerReader(Log& ledger, std::vector<std::uint64_t> offsets, std::uint64_t next_round, std::uint32_t floor = 0);
  /// The next round, or nullopt when the ledger holds no further complete one. Errors: those of Log::read; kLogCorrupt (also
  /// when a writer went on behind a frame that is missing; a torn last round with a hole in it is just torn).
  /// May be asked again when the ledger has grown: what was collected of a round is kept. `wait_ms`: how long to wait for the
  /// next record where the ledger ends, at each partition.
  Result<std::optional<Round>> next(int wait_ms = 0);
  /// Offset after the last complete round, per partition.
  [[nodiscard]] const std::vector<std::uint64_t>& offsets() const { return committed_; }
  [[nodiscard]] std::uint64_t next_round() const { return next_round_; }
  /// Highest writer epoch seen, complete or torn; 0 in an empty ledger.
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }

 private:
  struct Part {
    std::vector<LogRecord> buffer;
    std::size_t at = 0;
    std::uint64_t offset = 0;      // next to read into the buffer
    std::vector<std::string> frames;
    TickEvent tick;
    std::uint32_t epoch = 0;       // of the frames collected
    std::uint64_t after = 0;       // offset after the tick
    std::optional<std::uint64_t> next_seq;  // of the epoch's frames; unknown before the first one
    bool holed = false;            // a frame of this epoch and round is missing: its writer died of that
    bool complete = false;
  };
  /// Collects until a tick of `next_round_` with epoch ≥ `minimum`; false when the ledger ends first.
  Result<bool> collect(std::uint32_t partition, std::uint32_t minimum, int wait_ms);

  Log& ledger_;
  std::vector<Part> parts_;
  std::vector<std::uint64_t> committed_;
  std::uint64_t next_round_;
  std::uint32_t epoch_ = 0;
  std::uint32_t floor_;
};

}  // namespace brushwatch
