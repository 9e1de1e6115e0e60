#pragma once
/// A task: the single-threaded owner of one (stage, partition); folds records into rows and fills its outbox.

#include <array>
#include <memory>
#include <span>

#include "engine/detect/fold.h"
#include "state/row_table.h"

namespace brushwatch {

/// What the composition root gives for one stage.
struct StageSpec {
  const StageOperator* op = nullptr;  ///< outlives the pipeline
  RowLayout layout;
  bool tails = false;
};

/// What the stages of one partition share; changed only by the intake, before the other stages of a round run.
struct PartitionContext {
  Rules rules;
  Reference reference;
  SourceNames sources;
};

/// A run of encoded records for one task: keys, and the events behind them.
struct RecordRun {
  std::span<const std::uint64_t> keys;
  std::span<const std::string_view> events;  ///< one per key; empty when `packed` is used
  std::string_view packed;                   ///< key (8) | event, repeated
};

/// Detectors are numbered from 1; room for the whole catalogue.
inline constexpr std::size_t kDetectorNumbers = 40;

struct TaskCounters {
  std::uint64_t records = 0, late = 0, timers = 0, rejected = 0, unknown_rules = 0;
  /// By detector number, at the stage that folds findings.
  std::array<std::uint64_t, kDetectorNumbers> findings{}, retractions{};
};

class Task {
 public:
  Task(StageSpec spec, std::uint32_t partition, std::uint32_t partitions, PartitionContext& shared, std::unique_ptr<RowTable> rows);

  /// Folds the runs in order, then fires the timers that `time` reaches: the round's watermark, or
  /// its processing time (StageOperator::on_processing_time). The outbox holds what came of it.
  /// Errors: kLogCorrupt / kBadFrame (a record that does not decode), those of RowTable.
  Result<void> fold_round(std::uint64_t round, std::span<const RecordRun> runs, EventTime time);

  [[nodiscard]] Outbox& outbox() { return outbox_; }
  [[nodiscard]] RowTable& rows() { return *rows_; }
  [[nodiscard]] Stage stage() const { return spec_.op->stage(); }
  [[nodiscard]] std::uint32_t partition() const { return partition_; }
  [[nodiscard]] const TaskCounters& counters() const { return counters_; }
  /// The time of the last round, as recovery needs it.
  void set_time(EventTime time) { ctx_.watermark = time; }

 private:
  Result<void> fold_record(std::uint64_t key, std::string_view& bytes);
  Result<void> fire_timers();
  void side_output_late(const Event& event, std::int64_t lateness_ms, std::int64_t allowed_ms);

  StageSpec spec_;
  std::uint32_t partition_;
  PartitionContext& shared_;
  std::unique_ptr<RowTable> rows_;
  Outbox outbox_;
  FoldContext ctx_;
  Event event_;
  std::vector<std::uint64_t> due_;
  TaskCounters counters_;
};

}  // namespace brushwatch
