#pragma once
/// What a stage's operator may see and do while it folds one record: the FoldContext and its Outbox.
///
/// Nothing here knows a clock, a thread, a log or a store: the same calls in the same order give the same bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/detect/reference.h"
#include "engine/detect/rules.h"
#include "engine/event/event.h"
#include "engine/event/wire.h"

namespace brushwatch {

/// Where a task's lines leave the pipeline. Each (output, stage, partition) has its own dense seq and hash chain.
enum class Output : std::uint8_t { kAlert, kLate, kDeadLetter, kCase, kList, kCredit };
inline constexpr std::size_t kOutputs = 6;
/// Cases, lists and archives go on when the stream of a bounded run has ended: officers work on them. They get no seal.
constexpr bool outlives_the_stream(Output output) { return output >= Output::kCase; }
std::string_view output_name(Output output);

/// The partition that owns a row key. One rule for ledger, exchanges and tests; mixes because keys of one kind may share bits.
inline std::uint32_t partition_of(std::uint64_t key, std::uint32_t partitions) {
  return partitions <= 1 ? 0 : static_cast<std::uint32_t>(mix64(key) % partitions);
}

/// What one task emitted in one round, in order: records for later stages, and output lines.
class Outbox {
 public:
  explicit Outbox(std::uint32_t partitions = 1) : partitions_(partitions), mail_(kStages * partitions) {}

  /// A record for a later stage; `key` is that stage's row key. Encoded at once, so views may die after the call.
  void send(Stage stage, std::uint64_t key, const Event& event) {
    Mail& to = mail_[static_cast<unsigned>(stage) * partitions_ + partition_of(key, partitions_)];
    to.bytes.append(reinterpret_cast<const char*>(&key), sizeof key);
    encode(event, to.bytes);
    to.keys.push_back(key);
  }
  /// `fields` is the inside of a JSON object, without braces: "\"id\":\"…\",\"kind\":\"alert\"".
  void output(Output output, std::string_view fields) { lines_.push_back({output, std::string(fields)}); }

  struct Line { Output output; std::string fields; };
  /// key (8) | event, repeated.
  [[nodiscard]] std::string_view records(Stage stage, std::uint32_t partition = 0) const {
    return mail_[static_cast<unsigned>(stage) * partitions_ + partition].bytes;
  }
  [[nodiscard]] const std::vector<std::uint64_t>& keys(Stage stage, std::uint32_t partition = 0) const {
    return mail_[static_cast<unsigned>(stage) * partitions_ + partition].keys;
  }
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }
  void clear() {
    for (Mail& m : mail_) {
      m.bytes.clear();
      m.keys.clear();
    }
    lines_.clear();
  }

 private:
  struct Mail {
    std::string bytes;
    std::vector<std::uint64_t> keys;
  };
  std::uint32_t partitions_;
  std::vector<Mail> mail_;
  std::vector<Line> lines_;
};

/// Names of the declared source partitions, for reports ("orders.ndjson").
class SourceNames {
 public:
  void declare(std::uint16_t source, std::string_view name) {
    if (names_.size() <= source) names_.resize(source + 1U);
    names_[source] = name;
  }
  [[nodiscard]] std::string_view name(std::uint16_t source) const {
    return source < names_.size() ? std::string_view(names_[source]) : std::string_view();
  }
  [[nodiscard]] const std::vector<std::string>& all() const { return names_; }

 private:
  std::vector<std::string> names_;
};

/// One context a task, refilled for each record. Valid only during the call.
struct FoldContext {
  // Set by the task for each record (timer: `key`, `watermark` only).
  std::uint64_t key = 0;
  EventTime watermark = EventTime::min();  ///< of this round; all on-time events below (watermark − lateness) have been seen
  EvidenceRef position{};                  ///< source position of the record
  std::uint64_t round = 0;
  Stage stage = Stage::kIntake;
  std::uint32_t partition = 0;
  // Set once.
  const Rules* rules = nullptr;
  const Reference* reference = nullptr;
  const SourceNames* sources = nullptr;
  Outbox* outbox = nullptr;

  // For detectors.
  std::size_t first_param = 0;          ///< of the running detector
  const void* core = nullptr;           ///< the stage's core column of this row (see detectors/*_core)
  unsigned form = 0;                    ///< which columns the row has memory for; 0 is all (StageOperator::form). Set by the task
  EventTime wake = EventTime::max();    ///< earliest wake asked for so far for this row
  EventTime end = EventTime::min();     ///< latest end asked for so far for this row
  std::uint32_t marks = 0;              ///< parcel stage: ParcelMark bits set by detectors for this record
  bool changed = false;                 ///< set it when the row was changed by this call

  [[nodiscard]] std::int64_t param(std::size_t i) const { return rules->value(first_param + i); }
  /// The row's on_timer is called when the watermark reaches `t`. Each call of on_event/on_timer must ask again for what
  /// it still wants: the row keeps the earliest of what was asked since it was last woken.
  void wake_at(EventTime t) { if (t < wake) wake = t; }
  /// From `t` on what the detector keeps in this row is worth nothing: on_event takes it for empty, on_timer says nothing and returns
  /// false. A row of which all that was asked are ends is dropped at the latest of them, unread: of millions of keys that came once, most
  /// cost nothing but a line in the list of timers (ADR 0025).
  void end_at(EventTime t) { if (t > end) end = t; }
  /// What the row asked for until now, before on_event.
  void ask_again(EventTime timer, bool row_ends) {
    wake = row_ends ? EventTime::max() : timer;
    end = row_ends ? timer : EventTime::min();
  }
  void ask_anew() { ask_again(EventTime::max(), false); }  ///< nothing yet: a new row, or one that was woken
  [[nodiscard]] bool ends() const { return wake == EventTime::max() && end != EventTime::min(); }
  [[nodiscard]] EventTime timer() const { return ends() ? end : wake; }
  /// To the subject stage. The context fills in what it knows (position of the record as event position).
  void emit(const FindingEvent& finding, EventTime event_time);
  void send(Stage to, std::uint64_t to_key, Event& event) {
    event.position = position;
    outbox->send(to, to_key, event);
  }
};

/// Row keys, one rule for ingest, stages and tests.
inline std::uint64_t parcel_key(const NamedId& carrier, const NamedId& waybill) { return hash_combine(carrier.hash, waybill.hash); }
inline std::uint64_t party_key(PartyKind kind, Pid party) { return hash_combine(0x9000U + static_cast<unsigned>(kind), party); }
inline std::uint64_t subject_key(SubjectKind kind, std::uint64_t id_hash) { return hash_combine(0xA000U + static_cast<unsigned>(kind), id_hash); }

/// Whose file a subject's name belongs to. "PLAT:<shop>" names the keeper of a shop that has no credit code: the shop's own file.
struct SubjectRef {
  SubjectKind kind = SubjectKind::kOperator;
  NamedId id;
};
SubjectRef subject_of(const NamedId& subject);

/// Folds all records of one stage. Stateless itself: all state is in the row, so one object serves all partitions.
class StageOperator {
 public:
  virtual ~StageOperator() = default;
  [[nodiscard]] virtual Stage stage() const = 0;
  /// Folds one record into its row. Sets ctx.changed when the row changed, asks ctx.wake_at() for what it wants.
  virtual void fold(const Event& event, std::byte* columns, std::string& tail, FoldContext& ctx) const = 0;
  /// The watermark has reached the row's wake time. Returns false when the row may be dropped.
  virtual bool on_timer(std::byte* columns, std::string& tail, FoldContext& ctx) const = 0;
  /// Which columns fold() may touch for this event: a form of the stage's layout, 0 is all. The row it is then given has memory for these at
  /// least (ctx.form says for which); what it has no memory for is zero.
  [[nodiscard]] virtual unsigned form(const Event&) const { return 0; }
  /// How late an event of this type may be and still be folded (ms behind the watermark). Later ones go to the side output.
  [[nodiscard]] virtual std::int64_t allowed_lateness_ms(EventType type) const = 0;
  /// Which time ctx.watermark is and timers wait for: the watermark, or the tick's processing time. What people owe each other
  /// by a date runs on the calendar, also when the stream is silent or behind.
  [[nodiscard]] virtual bool on_processing_time() const { return false; }
};

}  // namespace brushwatch
