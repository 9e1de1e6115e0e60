#pragma once
/// One stage on a bench: a core, its detectors, rows as plain bytes, a hand-driven watermark, and what was sent, decoded.

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "engine/detect/detector.h"

namespace brushwatch::test {

/// An event that was sent to a stage; its views point into the harness that sent it.
struct Sent {
  std::uint64_t key = 0;
  Event event;
};

class FoldHarness {
 public:
  FoldHarness(Stage stage, const StageCore* core, std::vector<const Detector*> detectors)
      : stage_(stage), core_(core), detectors_(std::move(detectors)) {
    if (core_ != nullptr) core_at_ = place(*core_);
    for (const Detector* detector : detectors_) {
      at_.push_back(place(*detector));
      const DetectorInfo& info = detector->info();
      first_param_.push_back(rules.declare("D" + std::to_string(info.number), info.params.data(), info.params.size()));
    }
  }

  Rules rules;
  Reference reference;

  /// Folds one event as the stage operator does: core, the detectors that take it, core.after.
  void fold(std::uint64_t key, const Event& event) {
    Row& row = rows_[key];
    if (row.bytes.empty()) row.bytes.resize(bytes_ / sizeof(std::uint64_t));
    FoldContext ctx = context(key, row);
    ctx.ask_again(row.wake, row.ends);
    ctx.position = event.position;
    if (core_ != nullptr && core_->info().inputs.has(event.type)) core_->on_event(event, column(row, core_at_), ctx);
    for (std::size_t i = 0; i < detectors_.size(); ++i) {
      if (!detectors_[i]->info().inputs.has(event.type)) continue;
      ctx.first_param = first_param_[i];
      detectors_[i]->on_event(event, column(row, at_[i]), ctx);
    }
    if (core_ != nullptr && core_->info().inputs.has(event.type)) core_->after(event, column(row, core_at_), ctx);
    row.wake = ctx.timer();
    row.ends = ctx.ends();
    collect();
  }

  /// Moves the watermark and wakes the rows that asked for it, in key order; drops the rows that have ended.
  void advance(EventTime watermark) {
    watermark_ = watermark;
    for (auto it = rows_.begin(); it != rows_.end();) {
      Row& row = it->second;
      if (row.wake > watermark) {
        ++it;
        continue;
      }
      FoldContext ctx = context(it->first, row);
      bool keep = false;
      if (core_ != nullptr) keep = core_->on_timer(column(row, core_at_), ctx);
      for (std::size_t i = 0; i < detectors_.size(); ++i) {
        ctx.first_param = first_param_[i];
        keep = detectors_[i]->on_timer(column(row, at_[i]), ctx) || keep;
      }
      row.wake = ctx.timer();
      row.ends = ctx.ends();
      collect();
      it = keep ? std::next(it) : rows_.erase(it);
    }
  }

  /// All that was sent to the stage so far, in order.
  [[nodiscard]] const std::vector<Sent>& sent(Stage stage) const { return sent_[static_cast<unsigned>(stage)]; }
  /// Folds what `from` sent to this stage since the last call.
  void take_from(const FoldHarness& from) {
    const std::vector<Sent>& all = from.sent(stage_);
    for (std::size_t& i = taken_; i < all.size(); ++i) fold(all[i].key, all[i].event);
  }

  /// The findings that stand: the last word for each identity, retracted ones left out.
  [[nodiscard]] std::vector<FindingEvent> standing() const {
    std::map<std::tuple<int, std::uint64_t, int, std::int64_t, std::uint64_t>, FindingEvent> last;
    for (const Sent& s : sent(Stage::kSubject)) {
      const auto& f = s.event.as<FindingEvent>();
      last[{f.detector, subject_key(f.subject_kind, f.subject.hash), static_cast<int>(f.direction), f.window_start.ms, f.scope}] = f;
    }
    std::vector<FindingEvent> out;
    for (const auto& [key, finding] : last) {
      if (!finding.retracted) out.push_back(finding);
    }
    return out;
  }
  /// The same as JSON, for comparing two runs.
  [[nodiscard]] std::string standing_json() const {
    std::string out;
    for (const FindingEvent& finding : standing()) {
      Event event;
      event.type = EventType::kFinding;
      event.emplace<FindingEvent>() = finding;
      out += to_json(event) + "\n";
    }
    return out;
  }

  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  /// Core column of a row.
  template <class Core>
  [[nodiscard]] const Core& core(std::uint64_t key) { return *reinterpret_cast<const Core*>(column(rows_.at(key), core_at_)); }
  /// Goes on from the rows of another harness of the same shape, as after a restore: bytes, timers and watermark only.
  void restore_from(const FoldHarness& other) {
    rows_ = other.rows_;
    watermark_ = other.watermark_;
  }

 private:
  struct Row {
    std::vector<std::uint64_t> bytes;  // 8-byte aligned
    EventTime wake = EventTime::max();
    bool ends = false;
  };

  std::size_t place(const Detector& detector) {
    const std::size_t at = bytes_;
    bytes_ += (detector.info().state_bytes + 7U) / 8 * 8;
    return at;
  }
  static std::byte* column(Row& row, std::size_t at) { return reinterpret_cast<std::byte*>(row.bytes.data()) + at; }
  FoldContext context(std::uint64_t key, Row& row) {
    FoldContext ctx;
    ctx.key = key;
    ctx.watermark = watermark_;
    ctx.stage = stage_;
    ctx.rules = &rules;
    ctx.reference = &reference;
    ctx.sources = &sources_;
    ctx.outbox = &outbox_;
    ctx.core = core_ != nullptr ? column(row, core_at_) : nullptr;
    return ctx;
  }
  void collect() {
    for (unsigned s = 0; s < kStages; ++s) {
      const std::string_view records = outbox_.records(static_cast<Stage>(s));
      if (records.empty()) continue;
      buffers_.emplace_back(records);
      std::string_view rest = buffers_.back();
      while (!rest.empty()) {
        Sent sent;
        std::memcpy(&sent.key, rest.data(), sizeof sent.key);
        rest.remove_prefix(sizeof sent.key);
        if (!decode(rest, sent.event)) break;
        sent_[s].push_back(std::move(sent));
      }
    }
    outbox_.clear();
  }

  Stage stage_;
  const StageCore* core_;
  std::vector<const Detector*> detectors_;
  std::size_t core_at_ = 0, bytes_ = 0;
  std::vector<std::size_t> at_, first_param_;
  SourceNames sources_;
  Outbox outbox_;
  EventTime watermark_ = EventTime::min();
  std::map<std::uint64_t, Row> rows_;
  std::deque<std::string> buffers_;
  std::array<std::vector<Sent>, kStages> sent_;
  std::size_t taken_ = 0;
};

}  // namespace brushwatch::test
