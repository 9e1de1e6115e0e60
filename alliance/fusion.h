#pragma once
/// The subject stage: folds findings into alerts. The only place where an alert may open.
///
/// Input    finding events, keyed by subject_key(kind, id).
/// Output   alert lines, at once on each change: "alert" when a (pattern, subject, week) begins to hold, "alert_update"
/// when
///          its families, severity or posterior (by ≥ 50 permille) change, or for what was still untold after a quiet
///          day; "alert_withdrawn" when it stops to hold. A late finding for an expired week goes to the late output.
/// State    the row's tail (subject_row.h), ≤ ~40 KiB, a few hundred bytes for most; no columns. The row lives until
/// four
///          weeks after its newest finding's week began.
/// Cost     a few µs a finding, plus the line when one is told.
/// Order    The state of every alert, once a quiet day has passed (or the input has ended), is a pure function of the
///          findings that stand then: not of their order, nor of the time they came. Before that one thing remembers:
///          an alert that sank below the threshold but not below `withdraw_posterior_permille` stays out as a "notice"
///          for a day, so that a number that trembles about the threshold does not open and withdraw on every event.
/// Fails    more than 64 findings at once: reasons are dropped, lowest first (never a family's best while others are
/// left).
///          A gap of weeks in all input moves the watermark past findings that still wait: their week is judged without
///          the ones that expired.

#include <span>

#include "alliance/alert_line.h"
#include "engine/detect/fold.h"

namespace brushwatch {

class FusionStage final : public StageOperator {
 public:
  /// The infos (of all detectors, for names and sentences) outlive the stage.
  explicit FusionStage(std::span<const DetectorInfo* const> detectors) : book_(detectors) {}

  static constexpr std::string_view kOwner = "fusion";
  static std::span<const ParamInfo> params();
  /// Adds "fusion.*" and "calibration.*" to the rules. Every partition's Rules must be declared in the same order, before the first fold.
  void declare(Rules& rules);

  [[nodiscard]] Stage stage() const override { return Stage::kSubject; }
  void fold(const Event& event, std::byte* columns, std::string& tail, FoldContext& ctx) const override;
  bool on_timer(std::byte* columns, std::string& tail, FoldContext& ctx) const override;
  /// The rules in force that a judgement of this stage's rows takes (for those who want to see one that told no line).
  [[nodiscard]] FusionRules rules_of(const FoldContext& ctx) const;
  /// Findings are made inside: whatever was on time there is on time here.
  [[nodiscard]] std::int64_t allowed_lateness_ms(EventType) const override { return INT64_MAX; }

 private:
  /// Why a row is judged: a finding (its time and place), or the passing of time (no place).
  struct Cause {
    EventTime event_time{};
    std::optional<EvidenceRef> position;
  };
  /// Brings what was told about one (direction, week) in line with its judgement. `quiet_over`: nothing is put off.
  void settle(SubjectRow& row, const Judgement& judgement, const FusionRules& rules, const Cause& cause,
              bool quiet_over, FoldContext& ctx) const;
  void tell(AlertEvent event, Severity severity, std::string_view withdrawn_reason, SubjectRow& row,
            const Judgement& judgement, const FusionRules& rules, const Cause& cause, FoldContext& ctx) const;

  ReasonBook book_;
  std::size_t first_param_ = SIZE_MAX, first_calibration_ = SIZE_MAX;
};

}  // namespace brushwatch
