#pragma once
/// The intake of one partition: what a ledger record means before any stage folds it.
///
/// Reference data, rules and declared sources change the partition's context, before the other stages of the round run;
/// rejected records leave as dead letters with their bytes.

#include <vector>

#include "engine/detect/fold.h"
#include "engine/stage/round.h"
#include "engine/stage/task.h"

namespace brushwatch {

/// The records of one round and partition, sorted by stage; views into the round's frames.
struct SortedRecords {
  std::array<std::vector<std::uint64_t>, kStages> keys;
  std::array<std::vector<std::string_view>, kStages> events;
  void clear() {
    for (auto& k : keys) k.clear();
    for (auto& e : events) e.clear();
  }
};
Result<void> sort_by_stage(const std::vector<std::string>& frames, SortedRecords& out);

class Intake {
 public:
  Intake(PartitionContext& shared, std::uint32_t partition) : shared_(shared), partition_(partition) {}
  Result<void> apply(std::uint64_t round, const SortedRecords& records);
  [[nodiscard]] Outbox& outbox() { return outbox_; }
  [[nodiscard]] const TaskCounters& counters() const { return counters_; }
  /// Rules and source names as changed since they were last collected.
  void collect(StoreBatch& batch);
  Result<void> restore(StateStore& store);

 private:
  void dead_letter(const Event& event, const RejectedEvent& record, std::string_view party);
  [[nodiscard]] std::string prefix(char kind) const;

  PartitionContext& shared_;
  std::uint32_t partition_;
  Outbox outbox_;
  Event event_;
  TaskCounters counters_;
  bool rules_changed_ = false, sources_changed_ = false;
};

}  // namespace brushwatch
