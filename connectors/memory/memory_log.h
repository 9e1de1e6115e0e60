#pragma once
/// A log in memory: the model that the other logs are compared with; for tests and backtests.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace brushwatch {

/// Cost     one copy to append, one to read; memory is what was appended.
/// Threads  more than Log asks: any thread may append and read; a reader that waits is woken by an append.
/// Errors   kTooLarge, kLogTruncated (a read below the beginning), kUsage (no such partition).
class MemoryLog final : public Log {
 public:
  explicit MemoryLog(std::uint32_t partitions);

  [[nodiscard]] std::uint32_t partitions() const override { return static_cast<std::uint32_t>(partitions_.size()); }
  Result<std::uint64_t> begin_offset(std::uint32_t partition) override;
  Result<std::uint64_t> end_offset(std::uint32_t partition) override;
  Result<void> append(std::uint32_t partition, std::string_view payload) override;
  Result<void> sync() override { return {}; }
  Result<void> read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms,
                    std::vector<LogRecord>& out) override;
  Result<void> truncate(std::uint32_t partition, std::uint64_t offset) override;
  [[nodiscard]] std::size_t max_record_bytes() const override { return kMaxRecordBytes; }

  /// Forgets everything before `offset`, as retention does; a later read below it is kLogTruncated.
  Result<void> drop_before(std::uint32_t partition, std::uint64_t offset);

 private:
  /// The same bound as the other logs, so that a test on memory meets it too.
  static constexpr std::size_t kMaxRecordBytes = 4 * 1024 * 1024;

  struct Partition {
    std::mutex mutex;
    std::condition_variable grown;
    std::uint64_t begin = 0;
    std::deque<std::string> records;
  };
  std::vector<Partition> partitions_;
};

std::unique_ptr<Log> make_memory_log(std::uint32_t partitions);

}  // namespace brushwatch
