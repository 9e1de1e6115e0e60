#pragma once
/// The composition root: ledger, state, detectors, fusion, outputs and sources put together into one running pipeline.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hub.h"
#include "engine/detect/detector.h"
#include "engine/stage/pipeline.h"

namespace brushwatch::app {

/// The operators of all stages, with the rules they declare. One object serves every pipeline of the process.
class Operators {
 public:
  Operators();
  ~Operators();
  [[nodiscard]] std::vector<StageSpec> specs() const;
  [[nodiscard]] Rules rules() const;
  /// Every declared parameter, for `rules ls` and for "did you mean".
  struct Param { std::string name; std::int64_t value; std::string unit, reason; };
  [[nodiscard]] std::vector<Param> params() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

struct HostOptions {
  std::uint32_t partitions = 4;
  unsigned threads = 1;
  std::size_t memory_bytes = 512ULL << 20;
  std::uint64_t epoch_records = 400'000;
  std::string state_directory;           ///< empty: state in memory
  std::uint64_t identity = 0;            ///< of input and configuration
  bool may_truncate_ledger = true;       ///< file log: cut a torn round off
};

/// Owns what a pipeline refers to; members are destroyed in reverse order.
class Host {
 public:
  /// The same with stages of one's own (benchmarks of other work).
  static Result<std::unique_ptr<Host>> open(std::vector<StageSpec> specs, Rules rules, std::unique_ptr<Log> ledger, ChainedHub::Sinks sinks,
                                            HostOptions options, ChainedHub::Observer observer, Clock& clock,
                                            const std::function<void(const Round&)>& each_caught_up = {});
  /// `ledger` has options.partitions partitions. Opens the state and folds what the ledger holds beyond it.
  static Result<std::unique_ptr<Host>> open(const Operators& operators, std::unique_ptr<Log> ledger, ChainedHub::Sinks sinks,
                                            HostOptions options, ChainedHub::Observer observer, Clock& clock,
                                            const std::function<void(const Round&)>& each_caught_up = {});
  /// Ingests from the sources until they end or `run.stop` says so.
  Result<void> run(std::vector<IngestSource> sources, const IngestOptions& ingest, const RunOptions& run);
  /// For a ledger that is the whole input: seals when its last tick ended the input.
  Result<void> finish_ledger_replay();

  [[nodiscard]] Pipeline& pipeline() { return *pipeline_; }
  [[nodiscard]] ChainedHub& hub() { return *hub_; }
  [[nodiscard]] const IngestCounters& ingest_counters() const { return ingest_counters_; }
  [[nodiscard]] std::uint64_t caught_up_rounds() const { return caught_up_; }

 private:
  Host() = default;
  Clock* clock_ = nullptr;
  HostOptions options_;
  std::unique_ptr<Log> ledger_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<ChainedHub> hub_;
  std::unique_ptr<Pipeline> pipeline_;
  IngestCounters ingest_counters_;
  std::uint64_t caught_up_ = 0;
};

}  // namespace brushwatch::app
