#pragma once
/// DetectorStage: all detectors of one stage as one operator over one row.
///
/// Shape   one column a part, in registry order: the stage's core first, then its detectors. `columns()` names them; the
///         composition root makes the row layout of it.
/// Cost    per event: one virtual call for the core, one for each detector whose inputs name the event's type.
/// Threads the object does not change after declare(): one serves all partitions.
/// Time    a detector never sees an event that is later than its own DetectorInfo::lateness_ms, so that what one detector
///         allows does not change another's verdict.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/detect/detector.h"
#include "engine/detect/fold.h"

namespace brushwatch {

/// A column of the stage's row: what state/row_table.h calls a RowColumn (detectors do not know the state folder).
struct ColumnSpec {
  std::string name;  ///< "D1.shop"; a core's own name for a core
  std::uint16_t version = 0;
  std::uint32_t bytes = 0;
  std::uint32_t offset = 0;  ///< multiple of 8
};

/// Value of a detector's switch. On trial (shadow) a detector folds as when it is on, in all its parts; what it finds is written
/// to the side output of late events as "shadow_finding" and counts for nothing.
enum class DetectorMode : std::uint8_t { kOff, kOn, kShadow };

class DetectorStage final : public StageOperator {
 public:
  /// `registry` and what it points to outlive the stage.
  DetectorStage(Stage stage, const Registry& registry);

  /// Adds the parameters of the stage's detectors: owner "D<number>", first the switch "enabled" (1: on), then those of
  /// DetectorInfo::params, which ctx.param(0…) reads. Parts of one number share one set: the first stage to declare it adds
  /// it, the others find it. Call it on every partition's Rules, in the same order of stages, before the first fold.
  void declare(Rules& rules);
  /// The switch "enabled" of every detector; its values are DetectorMode.
  static const ParamInfo& switch_info();

  [[nodiscard]] const std::vector<ColumnSpec>& columns() const { return columns_; }
  [[nodiscard]] std::uint32_t row_bytes() const { return row_bytes_; }
  /// Sets of columns, a bit each, that a row may have memory for instead of all: forms 1, 2, … (state/row_table.h). At `party`, where the
  /// key's kind decides who ever looks at a row; elsewhere none.
  [[nodiscard]] const std::vector<std::uint64_t>& forms() const { return forms_; }

  [[nodiscard]] Stage stage() const override { return stage_; }
  [[nodiscard]] unsigned form(const Event& event) const override { return takers_of(event).form; }
  void fold(const Event& event, std::byte* columns, std::string& tail, FoldContext& ctx) const override;
  bool on_timer(std::byte* columns, std::string& tail, FoldContext& ctx) const override;
  [[nodiscard]] std::int64_t allowed_lateness_ms(EventType type) const override {
    return lateness_ms_[static_cast<unsigned>(type)];
  }

 private:
  static constexpr std::size_t kForms = 4;  // as many as state/row_table.h tells apart; form 0 is all columns
  static constexpr std::uint32_t kAbsent = UINT32_MAX;
  struct Part {
    const Detector* detector;
    std::array<std::uint32_t, kForms> place;  ///< by form: where its column is in the row; kAbsent when it is not
    std::int64_t lateness_ms;
    std::size_t first_param;   ///< of DetectorInfo::params
    std::size_t switch_param;  ///< of "enabled", one for all parts of a detector
  };
  static constexpr std::size_t kTypes = 128;  // EventMask's width
  static constexpr std::size_t kKinds = 16;   // PartyKinds' width
  struct Takers {
    std::vector<std::uint8_t> parts;  // indexes of parts_
    std::uint8_t form = 0;            // has their columns
  };

  void add(const Detector& detector);
  void find_forms();
  [[nodiscard]] const Takers& takers_of(const Event& event) const {
    if (event.type == EventType::kEdge) return edge_takers_[static_cast<std::size_t>(event.as<EdgeEvent>().kind) % kKinds];
    return takers_[static_cast<unsigned>(event.type)];
  }
  /// Calls body with the part's parameters in force, unless its detector is off.
  template <class Body>
  static void run(const Part& part, FoldContext& ctx, const Body& body) {
    const std::int64_t mode = ctx.rules->value(part.switch_param);
    if (mode == static_cast<std::int64_t>(DetectorMode::kOff)) return;
    ctx.first_param = part.first_param;
    if (mode != static_cast<std::int64_t>(DetectorMode::kShadow)) [[likely]] return body();
    Outbox aside;
    Outbox* const outbox = std::exchange(ctx.outbox, &aside);
    body();
    ctx.outbox = outbox;
    tell_on_trial(aside, ctx);
  }
  /// Writes the findings in `aside` down; what goes to other stages goes on.
  static void tell_on_trial(const Outbox& aside, FoldContext& ctx);

  Stage stage_;
  const StageCore* core_ = nullptr;
  Part core_part_{};
  std::vector<Part> parts_;
  std::array<Takers, kTypes> takers_;       // by event type, but for edges
  std::array<Takers, kKinds> edge_takers_;  // by kind of party
  std::vector<std::uint64_t> forms_;
  std::array<std::int64_t, kTypes> lateness_ms_{};
  std::vector<ColumnSpec> columns_;
  std::uint32_t row_bytes_ = 0;
  bool declared_ = false;
};

/// "D1", or the name of a core.
std::string rule_owner(const DetectorInfo& info);
/// "D1.shop", or the name of a core.
std::string column_name(const DetectorInfo& info);

}  // namespace brushwatch
