#include "detectors/detector_stage.h"

#include <algorithm>
#include <cstdio>

#include "engine/base/check.h"
#include "engine/event/wire.h"

namespace brushwatch {
namespace {

/// Orders may come an hour late (domain notes §5); a type that no detector takes is not held to less.
constexpr std::int64_t kLeastLatenessMs = kHourMs;

/// When nobody asked for a row, it is offered for dropping a day later.
constexpr std::int64_t kUnwantedMs = kDayMs;

constexpr ParamInfo kSwitch{"enabled", 1, "0, 1 or 2", "1 on; 0 silences the detector and keeps its state as it is; 2 on trial: its findings go to the side output and count for nothing"};

/// Index of "<owner>.<name>", or Rules::size().
std::size_t find_rule(const Rules& rules, const std::string& full_name) {
  std::size_t i = 0;
  while (i < rules.size() && rules.name(i) != full_name) ++i;
  return i;
}

/// A column begins at a multiple of eight bytes.
std::uint32_t room_of(const DetectorInfo& info) { return (info.state_bytes + 7) / 8 * 8; }

}  // namespace

void DetectorStage::tell_on_trial(const Outbox& aside, FoldContext& ctx) {
  Event event;
  for (std::size_t s = 0; s < kStages; ++s) {
    const auto stage = static_cast<Stage>(s);
    std::string_view rest = aside.records(stage);
    for (const std::uint64_t key : aside.keys(stage)) {
      rest.remove_prefix(sizeof key);
      BW_CHECK(decode(rest, event), "what was encoded a moment ago can be read");
      if (event.type != EventType::kFinding) {
        ctx.outbox->send(stage, key, event);
        continue;
      }
      const auto& finding = event.as<FindingEvent>();
      char version[17];
      std::snprintf(version, sizeof version, "%016llx", static_cast<unsigned long long>(ctx.rules->digest()));
      std::string line = R"("type":"shadow_finding","detector":"D)" + std::to_string(finding.detector) + R"(","direction":")" + std::string(direction_name(finding.direction)) +
                         R"(","family":")" + std::string(1, family_letter(finding.family)) + R"(","llr_milli":)" + std::to_string(finding.llr_milli) + R"(,"retracted":)" +
                         (finding.retracted ? "true" : "false") + R"(,"rules":")" + version + R"(","finding":)" + to_json(event);
      ctx.outbox->output(Output::kLate, line);
    }
  }
}

const ParamInfo& DetectorStage::switch_info() { return kSwitch; }

std::string rule_owner(const DetectorInfo& info) {
  return info.number == 0 ? std::string(info.name) : "D" + std::to_string(info.number);
}

std::string column_name(const DetectorInfo& info) {
  return info.number == 0 ? std::string(info.name) : rule_owner(info) + "." + std::string(info.part);
}

DetectorStage::DetectorStage(Stage stage, const Registry& registry) : stage_(stage) {
  lateness_ms_.fill(kLeastLatenessMs);
  for (const StageCore* core : registry.cores) {
    if (core->info().stage != stage) continue;
    BW_CHECK(core_ == nullptr, "a stage has at most one core");
    core_ = core;
    add(*core);
    core_part_ = parts_.back();
    parts_.clear();
  }
  for (const Detector* detector : registry.detectors) {
    if (detector->info().stage != stage) continue;
    const DetectorInfo& info = detector->info();
    const auto part = static_cast<std::uint8_t>(parts_.size());
    for (unsigned type = 0; type < kTypes; ++type) {
      if (static_cast<EventType>(type) != EventType::kEdge && info.inputs.has(static_cast<EventType>(type))) takers_[type].parts.push_back(part);
    }
    for (unsigned kind = 0; kind < kKinds; ++kind) {
      if (info.inputs.has(EventType::kEdge) && (info.parties >> kind & 1) != 0) edge_takers_[kind].parts.push_back(part);
    }
    add(*detector);
  }
  BW_CHECK(parts_.size() < 256, "the takers' indexes are one byte");
  if (stage == Stage::kParty) find_forms();
}

/// A form for each set of columns that some event's takers have, as long as there are no more than a table can tell apart.
void DetectorStage::find_forms() {
  BW_CHECK(core_ == nullptr && parts_.size() <= 64, "a form has one bit a column, and a core takes part in all");
  const auto choose = [&](Takers& takers) {
    std::uint64_t set = 0;
    for (const std::uint8_t part : takers.parts) set |= std::uint64_t{1} << part;
    if (takers.parts.empty() || takers.parts.size() == parts_.size()) return;
    auto known = std::find(forms_.begin(), forms_.end(), set);
    if (known == forms_.end()) {
      if (forms_.size() + 1 == kForms) return;
      known = forms_.insert(known, set);
    }
    takers.form = static_cast<std::uint8_t>(known - forms_.begin() + 1);
  };
  for (Takers& takers : edge_takers_) choose(takers);
  for (Takers& takers : takers_) choose(takers);
  for (std::size_t form = 1; form <= forms_.size(); ++form) {
    std::uint32_t at = 0;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
      if ((forms_[form - 1] >> part & 1) == 0) continue;
      parts_[part].place[form] = at;
      at += room_of(parts_[part].detector->info());
    }
  }
}

void DetectorStage::add(const Detector& detector) {
  const DetectorInfo& info = detector.info();
  parts_.push_back({&detector, {row_bytes_, kAbsent, kAbsent, kAbsent}, info.lateness_ms, 0, 0});
  columns_.push_back({column_name(info), info.state_version, info.state_bytes, row_bytes_});
  row_bytes_ += room_of(info);
  for (unsigned type = 0; type < kTypes; ++type) {
    if (info.inputs.has(static_cast<EventType>(type))) lateness_ms_[type] = std::max(lateness_ms_[type], info.lateness_ms);
  }
}

void DetectorStage::declare(Rules& rules) {
  const auto declare_part = [&](Part& part) {
    const DetectorInfo& info = part.detector->info();
    const std::string owner = rule_owner(info);
    std::size_t index = find_rule(rules, owner + ".enabled");
    if (index == rules.size()) index = rules.declare(owner, &kSwitch, 1);
    part.switch_param = index;
    // Parts may share a list or bring their own; a list is declared by the first part that has it.
    const std::size_t first = info.params.empty() ? rules.size() : find_rule(rules, owner + "." + std::string(info.params.front().name));
    part.first_param = first != rules.size() ? first : rules.declare(owner, info.params.data(), info.params.size());
    for (std::size_t i = 0; i < info.params.size(); ++i) {
      BW_CHECK(part.first_param + i < rules.size() && rules.name(part.first_param + i) == owner + "." + std::string(info.params[i].name),
               "two lists of one detector share no name but their first");
    }
  };
  if (core_ != nullptr) declare_part(core_part_);
  for (Part& part : parts_) declare_part(part);
  declared_ = true;
}

void DetectorStage::fold(const Event& event, std::byte* columns, std::string&, FoldContext& ctx) const {
  BW_CHECK(declared_, "declare() comes before the first fold");
  ctx.changed = true;
  ctx.marks = 0;
  std::byte* const core_column = columns + core_part_.place[0];
  ctx.core = core_ != nullptr ? core_column : nullptr;
  const bool core_takes = core_ != nullptr && core_->info().inputs.has(event.type);
  if (core_takes) {
    ctx.first_param = core_part_.first_param;
    core_->on_event(event, core_column, ctx);
  }
  for (const std::uint8_t i : takers_of(event).parts) {
    const Part& part = parts_[i];
    // Records between stages were judged at the stage that met their origin. The sum stands on the left because the
    // watermark may be EventTime::min().
    if (event.type < EventType::kTick && event.event_time.ms + part.lateness_ms < ctx.watermark.ms) continue;
    const std::uint32_t at = part.place[ctx.form];
    BW_CHECK(at != kAbsent, "the row has the columns of form(event)");
    run(part, ctx, [&] { part.detector->on_event(event, columns + at, ctx); });
  }
  if (core_takes) {
    ctx.first_param = core_part_.first_param;
    core_->after(event, core_column, ctx);
  }
  // A row that nobody wants back would never be asked whether it may go.
  if (ctx.timer() == EventTime::max()) ctx.wake_at(event.event_time + kUnwantedMs);
}

bool DetectorStage::on_timer(std::byte* columns, std::string&, FoldContext& ctx) const {
  BW_CHECK(declared_, "declare() comes before the first timer");
  ctx.changed = true;
  ctx.marks = 0;
  bool live = false;
  std::byte* const core_column = columns + core_part_.place[0];
  ctx.core = core_ != nullptr ? core_column : nullptr;
  if (core_ != nullptr) {
    ctx.first_param = core_part_.first_param;
    live = core_->on_timer(core_column, ctx);
  }
  for (const Part& part : parts_) {
    // A silenced detector says nothing and keeps nobody's row alive.
    const std::uint32_t at = part.place[ctx.form];
    if (at != kAbsent) run(part, ctx, [&] { live = part.detector->on_timer(columns + at, ctx) || live; });
  }
  if (live && ctx.timer() == EventTime::max()) ctx.wake_at(ctx.watermark + kUnwantedMs);
  return live;
}

}  // namespace brushwatch
