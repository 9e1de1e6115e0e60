#pragma once
/// The alliance stage: what people do with evidence. Folds alerts, commands, complaints, commitments, reports and registers into
/// the files of their subjects.
///
/// Input    alerts told by the subject stage; command.issued, complaint.filed, commitment.*, report.filed, ref.* from the
///          ledger, all keyed by subject_key(kind, id).
/// Output   case, list and credit lines (case_line.h), at once on each change.
/// State    the row's tail is one SubjectFile; no columns. One more row, discovery_key(), holds the DiscoveryBook of all subjects'
///          accusations (discovery.h); its lines (`control`) leave in the case output.
/// Time     processing time: deadlines run on the calendar, also when the stream is silent or behind. A deadline that has passed
///          is told with its own moment, however late the tick came.
/// Cost     a few µs an event, plus a line each (~2 µs a KiB).
/// Order    acts take effect in the order of the ledger.

#include "alliance/case_line.h"
#include "engine/detect/fold.h"

namespace brushwatch {

class AllianceStage final : public StageOperator {
 public:
  /// Adds "alliance.*" and "fdr.*" to the rules. Every partition's Rules must be declared in the same order, before the first fold.
  void declare(Rules& rules);

  [[nodiscard]] Stage stage() const override { return Stage::kAlliance; }
  void fold(const Event& event, std::byte* columns, std::string& tail, FoldContext& ctx) const override;
  bool on_timer(std::byte* columns, std::string& tail, FoldContext& ctx) const override;
  /// Nothing is too late for a person's file.
  [[nodiscard]] std::int64_t allowed_lateness_ms(EventType) const override { return INT64_MAX; }
  [[nodiscard]] bool on_processing_time() const override { return true; }

 private:
  /// Counts an accusation that was told, and tells the bar of its week when that has changed.
  void control(const Event& event, std::string& tail, FoldContext& ctx) const;

  std::size_t first_param_ = SIZE_MAX, first_fdr_ = SIZE_MAX;
};

}  // namespace brushwatch
