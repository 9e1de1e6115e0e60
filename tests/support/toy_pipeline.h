#pragma once
/// A pipeline small enough to reason about: scripted sources, two stages that count, a hub that keeps lines in memory.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/memory/memory_log.h"
#include "engine/log/decoder.h"
#include "engine/stage/pipeline.h"
#include "state/memory_store.h"
#include "tests/support/script_decoder.h"

namespace brushwatch::test {

/// One record a line: "<ingest ms> <event ms> <shop>"; "bad" is refused by the decoder.
class ScriptSource final : public Source {
 public:
  ScriptSource(std::string name, std::vector<std::string> lines) : name_(std::move(name)), lines_(std::move(lines)) {}
  const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t offset) override { at_ = offset; return {}; }
  Result<void> poll(std::size_t max, int, std::vector<SourceRecord>& out) override {
    out.clear();
    for (; out.size() < max && at_ < lines_.size(); ++at_) {
      SourceRecord record;
      record.bytes = lines_[at_];
      record.offset = at_;
      record.next_offset = at_ + 1;
      out.push_back(record);
    }
    return {};
  }
  bool at_end() const override { return at_ >= lines_.size(); }

 private:
  std::string name_;
  std::vector<std::string> lines_;
  std::uint64_t at_ = 0;
};

/// Counts orders per shop; says so to the subject stage at every order, and wakes a minute after the last one.
class CountingShop final : public StageOperator {
 public:
  struct State { std::uint64_t count; std::int64_t last; };
  Stage stage() const override { return Stage::kShop; }
  void fold(const Event& event, std::byte* columns, std::string&, FoldContext& ctx) const override {
    auto& state = *reinterpret_cast<State*>(columns);
    ++state.count;
    state.last = std::max(state.last, event.event_time.ms);
    ctx.changed = true;
    ctx.wake_at(EventTime{state.last + kMinuteMs});
    FindingEvent finding;
    finding.detector = 1;
    finding.subject = event.as<OrderEvent>().shop;
    finding.count = static_cast<std::uint32_t>(state.count);
    ctx.emit(finding, event.event_time);
  }
  bool on_timer(std::byte* columns, std::string&, FoldContext& ctx) const override {
    const auto& state = *reinterpret_cast<State*>(columns);
    if (ctx.watermark.ms >= state.last + kMinuteMs) return false;
    ctx.wake_at(EventTime{state.last + kMinuteMs});
    return true;
  }
  std::int64_t allowed_lateness_ms(EventType) const override { return kHourMs; }
};

/// Writes a line for every finding, with its own running number from the row's tail.
class EchoSubject final : public StageOperator {
 public:
  Stage stage() const override { return Stage::kSubject; }
  void fold(const Event& event, std::byte*, std::string& tail, FoldContext& ctx) const override {
    const auto& finding = event.as<FindingEvent>();
    tail.push_back('x');
    ctx.changed = true;
    ctx.outbox->output(Output::kAlert, "\"shop\":\"" + std::string(finding.subject.text) + "\",\"count\":" + std::to_string(finding.count) +
                                           ",\"seen\":" + std::to_string(tail.size()));
  }
  bool on_timer(std::byte*, std::string&, FoldContext&) const override { return true; }
  std::int64_t allowed_lateness_ms(EventType) const override { return kHourMs; }
};

/// Keeps lines by chain; after restore() it drops what it already holds, as the real hub does.
class MemoryHub final : public OutputHub {
 public:
  explicit MemoryHub(std::vector<std::string>& lines) : lines_(lines) {}
  Result<void> restore(StateStore& store) override {
    auto saved = store.get("H/written");
    if (!saved) return tl::unexpected<Error>(saved.error());
    written_ = *saved ? std::stoull(**saved) : 0;
    return {};
  }
  Result<void> write(Output output, Stage stage, std::uint32_t partition, std::uint64_t round, std::string_view fields) override {
    std::string line = std::string(output_name(output)) + " " + std::string(stage_name(stage)) + "/" + std::to_string(partition) + " r" +
                       std::to_string(round) + " " + std::string(fields);
    if (written_ < lines_.size()) {
      if (lines_[written_] != line) return fail(ErrorCode::kDivergence, "a refolded line differs", static_cast<std::int64_t>(written_));
    } else {
      lines_.push_back(line);
    }
    ++written_;
    return {};
  }
  Result<void> seal(std::uint64_t) override { return {}; }
  Result<void> flush() override { return {}; }
  void collect(StoreBatch& batch) override { batch.put("H/written", std::to_string(written_)); }

 private:
  std::vector<std::string>& lines_;
  std::uint64_t written_ = 0;
};

inline std::vector<StageSpec> toy_stages() {
  static const CountingShop shop;
  static const EchoSubject subject;
  StageSpec first{&shop, {}, false};
  first.layout.add("count", 1, sizeof(CountingShop::State));
  StageSpec second{&subject, {}, true};
  second.layout.add("none", 1, 8);
  return {first, second};
}

}  // namespace brushwatch::test
