#pragma once
/// A log: named, partitioned, append-only. The one contract behind `file`, `memory` and `kafka` (tests/conformance/log).
///
/// Offsets are dense per partition and start at begin_offset (0 unless old segments were removed). One writer a partition;
/// readers see a prefix of what was appended, in order. Not thread-safe for one partition: a partition has one user at a
/// time; different partitions may be used from different threads.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch {

struct LogRecord {
  std::uint64_t offset = 0;
  std::string payload;
};

class Log {
 public:
  virtual ~Log() = default;
  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  /// First offset still held.
  virtual Result<std::uint64_t> begin_offset(std::uint32_t partition) = 0;
  /// One past the last record. For `kafka` it asks the broker.
  virtual Result<std::uint64_t> end_offset(std::uint32_t partition) = 0;
  /// Appends one record (≤ max_record_bytes). It is readable and durable after the next successful sync().
  /// Errors: kTooLarge; kIo / kBrokerUnavailable (nothing after it will be acknowledged until sync() succeeds or the log is
  /// reopened); kBackpressure never: append blocks within the log's own bound instead.
  virtual Result<void> append(std::uint32_t partition, std::string_view payload) = 0;
  /// Returns when everything appended so far survives the death of this process (and, with `fsync`, of the machine;
  /// `kafka`: acknowledged by all in-sync replicas).
  virtual Result<void> sync() = 0;
  /// Where the record lies that this object appended last to the partition. Call it after a sync() that succeeded, and not
  /// before the first append. In a log that others append to as well, offsets skip theirs.
  virtual Result<std::uint64_t> last_offset(std::uint32_t partition) {
    auto end = end_offset(partition);  // one writer: the last record is its own
    if (!end) return tl::unexpected<Error>(std::move(end.error()));
    return *end - 1;
  }
  /// Replaces `out` by up to `max_records` records from `offset` on; empty at the end of the log (after waiting up to
  /// `wait_ms`). Errors: kLogTruncated when `offset` < begin_offset: a gap is an error, never a silent jump.
  virtual Result<void> read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms,
                            std::vector<LogRecord>& out) = 0;
  /// Drops every record at `offset` and after. Errors: kUnsupported for `kafka`.
  virtual Result<void> truncate(std::uint32_t partition, std::uint64_t offset) = 0;
  [[nodiscard]] virtual std::size_t max_record_bytes() const = 0;
};

}  // namespace brushwatch
