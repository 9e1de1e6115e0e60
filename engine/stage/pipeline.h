#pragma once
/// The pipeline of one process: rounds of the ledger through all stages, outputs, epochs, recovery.
///
/// A round runs intake, then parcel → shop → party → ring → subject, each stage's partitions in parallel; what a stage sends
/// is read by the later ones in (sender stage, sender partition, emission) order. So the outputs are a function of the
/// ledger's rounds: thread count and timing cannot change a byte. Between two epochs nothing but the ledger and the outputs
/// is durable; a restart folds the rounds after the last epoch again and the hub drops what the sinks already hold.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/stage/ingest.h"
#include "engine/stage/intake.h"
#include "engine/stage/output.h"
#include "engine/stage/round.h"
#include "engine/stage/task.h"
#include "engine/stage/thread_pool.h"

namespace brushwatch {

struct PipelineOptions {
  unsigned threads = 1;
  std::size_t memory_bytes = 512ULL << 20;  ///< hot rows of all tasks together
  /// An epoch is closed after this many records: what a restart can fold again in about a second.
  std::uint64_t epoch_records = 400'000;
  std::uint64_t state_identity = 0;  ///< hash of what the state belongs to (partitions, ledger identity); 0 = unchecked
};

/// Read by other threads (metrics, progress); each value is exact at the end of a round.
struct PipelineStats {
  std::atomic<std::uint64_t> rounds{0}, events{0}, stage_records{0}, late{0}, rejected{0}, lines{0}, epochs{0};
  std::atomic<std::uint64_t> live_rows{0}, peak_live_rows{0}, hot_rows{0}, row_bytes{0};
  std::atomic<std::int64_t> watermark_ms{INT64_MIN};
  std::array<std::atomic<std::uint64_t>, kStages> records_by_stage{}, nanoseconds_by_stage{}, late_by_stage{}, timers_by_stage{}, rows_by_stage{}, hot_rows_by_stage{};
  /// Chaining the lines and making them visible; writing the epoch (outputs durable, then the state); waiting for the ledger before either.
  std::atomic<std::uint64_t> output_nanoseconds{0}, epoch_nanoseconds{0}, ledger_nanoseconds{0};
  std::atomic<std::uint64_t> dirty_rows{0}, store_reads{0};
  std::atomic<std::int64_t> epoch_closed_ms{0};  ///< processing time of the last epoch; 0 before the first
  std::array<std::atomic<std::uint64_t>, kDetectorNumbers> findings_by_detector{}, retractions_by_detector{};
  /// All stages together; as many as the pipeline has partitions.
  struct Partition { std::atomic<std::uint64_t> records{0}, rows{0}; };
  std::vector<Partition> partitions;

  /// The rules in force, and how often they have changed since the start; a copy is made at each change and never changes.
  [[nodiscard]] std::shared_ptr<const Rules> rules() const {
    const std::lock_guard lock(rules_mutex_);
    return rules_;
  }
  void set_rules(const Rules& rules) {
    auto copy = std::make_shared<const Rules>(rules);
    const std::lock_guard lock(rules_mutex_);
    rules_ = std::move(copy);
  }
  std::atomic<std::uint64_t> rule_changes{0};

 private:
  mutable std::mutex rules_mutex_;
  std::shared_ptr<const Rules> rules_;
};

class Pipeline {
 public:
  /// All references outlive the pipeline. `specs` has one entry for each stage that folds (parcel … subject).
  Pipeline(Log& ledger, StateStore& store, OutputHub& hub, std::vector<StageSpec> specs, Rules rules, PipelineOptions options, Clock& clock);

  /// Opens the state: an earlier epoch's, or a fresh one. Errors: kStateForeign when the state belongs to another ledger.
  Result<void> open();
  /// Folds every complete round that the ledger holds beyond the state; returns how many. `each` is told after each round.
  Result<std::uint64_t> catch_up(const std::function<void(const Round&)>& each = {});
  /// Folds the next round of the ledger, when it is there within about `wait_ms`; false when it is not. For an instance that
  /// reads what another one writes.
  Result<bool> follow(int wait_ms, const std::function<void(const Round&)>& each = {});
  /// Folds one round that follows directly. Writes its lines to the hub; `flush` makes them visible at once.
  Result<void> fold(const Round& round, bool flush);
  /// Closes the epoch: ledger and outputs durable, then state, offsets, seq and chain heads in one write.
  Result<void> close_epoch();

  [[nodiscard]] std::uint64_t next_round() const { return next_round_; }
  [[nodiscard]] const TickEvent* last_tick() const { return has_tick_ ? &last_tick_ : nullptr; }
  [[nodiscard]] const std::vector<std::uint64_t>& offsets() const { return offsets_; }
  /// The highest epoch that a writer of the ledger has used; the next writer takes one more, and says so.
  [[nodiscard]] std::uint32_t writer_epoch() const { return writer_epoch_; }
  void set_writer_epoch(std::uint32_t epoch) { writer_epoch_ = epoch; }
  /// Claims the ledger under the next writer epoch and folds what earlier writers had completed before that. What they append
  /// later is ignored by every reader. For logs that a writer thought dead can still reach. Errors: kFenced when a later
  /// writer has claimed it already.
  Result<Tenure> claim();
  /// No later writer's claim is in the ledger now. For a writer that may have been asleep. Cost: reads what lies behind the
  /// last folded round. Errors: kFenced.
  Result<void> confirm_writer();
  [[nodiscard]] const std::vector<std::string>& source_names() const;
  [[nodiscard]] const PipelineStats& stats() const { return stats_; }

 private:
  Result<void> run_stage(std::size_t stage_index, const Round& round);
  /// Calls body for each partition, side by side when `records` are worth it; the first error in partition order.
  Result<void> for_each_partition(std::size_t records, const std::function<Result<void>(std::uint32_t)>& body);
  /// The ledger is durable; the time of it is counted apart, so that a slow disk of the ledger does not look like a slow output.
  Result<void> sync_ledger();
  void measure();
  void measure_findings(const std::vector<std::unique_ptr<Task>>& tasks);
  /// The memory that each table may keep so that all together keep the cap: those below it leave what they do not need to the
  /// others (max-min fairness).
  [[nodiscard]] std::size_t memory_level() const;

  std::uint64_t measured_findings_ = 0;  ///< records of the stage that folds findings when they were last counted
  Log& ledger_;
  StateStore& store_;
  OutputHub& hub_;
  std::vector<StageSpec> specs_;
  PipelineOptions options_;
  Clock& clock_;
  ThreadPool pool_;
  std::uint32_t partitions_;
  std::vector<std::unique_ptr<PartitionContext>> contexts_;
  std::vector<std::unique_ptr<Intake>> intakes_;
  std::vector<std::vector<std::unique_ptr<Task>>> tasks_;  // [spec][partition]
  std::vector<SortedRecords> sorted_;
  std::vector<std::vector<RecordRun>> runs_;  // kept for their memory, by partition
  std::vector<Result<void>> results_;
  std::vector<std::uint64_t> offsets_;
  std::uint64_t next_round_ = 0, records_since_epoch_ = 0;
  std::uint32_t writer_epoch_ = 0;
  std::uint64_t state_epoch_ = 0;  // epochs written to the state so far
  TickEvent last_tick_;
  bool has_tick_ = false, lines_unflushed_ = false;
  std::unique_ptr<LedgerReader> reader_;  // while others' rounds are folded; what it has collected of the next one is kept
  PipelineStats stats_;
};

/// Ingest and fold together until the input ends or `stop` says so; ingest runs one round ahead on its own thread.
struct RunOptions {
  bool flush_each_round = true;  ///< live: alerts leave with their round. Replay: with the epoch
  std::function<bool()> stop = [] { return false; };
  /// Before each fold: an error ends the run, and the round leaves no trace. For a writer that may have lost its ledger.
  std::function<Result<void>()> before_round = [] { return Result<void>(); };
  /// A round whose writer asked longer ago than this whether it counts: asked again before its lines leave (a process that was
  /// stopped in between). 0 = never.
  std::int64_t trust_ms = 0;
  /// After each folded round; `alert_ns` is event → visible for a round that wrote lines, else 0.
  std::function<void(const Round&, std::int64_t alert_ns)> each_round = [](const Round&, std::int64_t) {};
  bool seal_at_end = true;
};
Result<void> run(Pipeline& pipeline, Ingest& ingest, OutputHub& hub, Clock& clock, const RunOptions& options);

}  // namespace brushwatch
