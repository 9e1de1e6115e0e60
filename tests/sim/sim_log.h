#pragma once
/// A simulated ledger: what a broker or a disk keeps (Broker), and one process's view of it (SimLog).
///
/// disk    one writer; appends sit in its buffer until sync(); a death leaves a prefix of them per partition; truncate works.
/// broker  several writers; appends travel until sync(); a death leaves a prefix, and more of them may arrive later, in the
///         middle of the successor's; sync() may fail although everything arrived (lost acknowledgement); no truncate.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "tests/sim/sim_process.h"

namespace brushwatch::sim {

struct Broker {
  explicit Broker(std::uint32_t partitions, bool is_shared) : parts(partitions), late(partitions), shared(is_shared) {}
  std::vector<std::vector<std::string>> parts;
  std::vector<std::deque<std::string>> late;  ///< of the dead: on their way
  bool shared;
  /// Perhaps delivers something that a dead writer sent.
  void deliver_late(Chance& chance);
};

class SimLog final : public Log {
 public:
  SimLog(Broker& broker, std::shared_ptr<Process> process) : broker_(broker), process_(std::move(process)), sent_(broker.parts.size()), last_(broker.parts.size(), 0), read_before_(broker.parts.size()), shifted_(broker.parts.size()) {}
  /// The writer's end, of whatever kind: what was not synced is lost, late or there.
  ~SimLog() override;
  [[nodiscard]] std::uint32_t partitions() const override { return static_cast<std::uint32_t>(broker_.parts.size()); }
  Result<std::uint64_t> begin_offset(std::uint32_t) override { return 0; }
  Result<std::uint64_t> end_offset(std::uint32_t partition) override;
  Result<void> append(std::uint32_t partition, std::string_view payload) override;
  Result<void> sync() override;
  Result<std::uint64_t> last_offset(std::uint32_t partition) override;
  Result<void> read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms, std::vector<LogRecord>& out) override;
  Result<void> truncate(std::uint32_t partition, std::uint64_t offset) override;
  [[nodiscard]] std::size_t max_record_bytes() const override { return 1 << 20; }

 private:
  void deliver(std::uint32_t partition, std::size_t count);

  Broker& broker_;
  std::shared_ptr<Process> process_;
  std::vector<std::deque<std::string>> sent_;
  std::vector<std::uint64_t> last_;     // offset of the last delivered record of ours
  std::vector<bool> read_before_;       // Bug::kLedgerOffByOneAfterRestore: only the first read of a partition is wrong
  std::vector<std::uint64_t> shifted_;  // Bug::kFrameAppendedTwice: frames too many so far
};

}  // namespace brushwatch::sim
