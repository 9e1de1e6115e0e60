#pragma once
/// What the ingest says about its source partitions, for those who watch: progress, watermark, who holds it back, backlog.
///
/// Shape    one SourceStats a source partition, in the order in which they were given to the ingest.
/// Cost     a dozen relaxed stores a source and round; nothing an event.
/// Threads  written by the ingest thread at the end of a round, read by any. A SourceStats lives as long as the IngestStats.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace brushwatch {

struct SourceStats {
  explicit SourceStats(std::string source_name) : name(std::move(source_name)) {}
  const std::string name;
  std::atomic<std::uint64_t> events{0}, rejected{0}, duplicates{0};
  /// Events whose own time lies after the time at which they were taken in: a clock that runs ahead.
  std::atomic<std::uint64_t> ahead{0};
  /// Latest event time seen, ms; INT64_MIN before the first event.
  std::atomic<std::int64_t> watermark_ms{INT64_MIN};
  /// When the latest of those events was taken in, as the source's clock has it: with the wall clock now, with the records' clock the
  /// latest of their arrivals, ms; INT64_MIN before the first event.
  std::atomic<std::int64_t> arrival_ms{INT64_MIN};
  /// Events arrive when they are read. False: when their records say, which is another time where the past is played back.
  std::atomic<bool> wall_clock{true};
  /// The transport's time of the newest record taken, ms; 0 when the transport tells none.
  std::atomic<std::int64_t> record_time_ms{0};
  /// Records that wait in the transport; -1 when it cannot tell.
  std::atomic<std::int64_t> backlog_records{-1};
  /// Silent for so long that it does not hold the watermark back any more.
  std::atomic<bool> idle{false};
  /// The pipeline's watermark stands where it stands because of this one.
  std::atomic<bool> holds_back{false};
};

class IngestStats {
 public:
  /// Appending rounds to the ledger and making them durable.
  std::atomic<std::uint64_t> ledger_nanoseconds{0};
  SourceStats& add(std::string name) {
    const std::lock_guard lock(mutex_);
    return *sources_.emplace_back(std::make_unique<SourceStats>(std::move(name)));
  }
  [[nodiscard]] std::vector<const SourceStats*> sources() const {
    const std::lock_guard lock(mutex_);
    std::vector<const SourceStats*> out;
    for (const auto& s : sources_) out.push_back(s.get());
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<SourceStats>> sources_;
};

}  // namespace brushwatch
