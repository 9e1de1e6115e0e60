#include "engine/stage/task.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/failpoint.h"

namespace brushwatch {
namespace {

/// Rows woken per store look-up: bounds the memory of a wave of timers.
constexpr std::size_t kTimerBatch = 1024;
/// Records whose rows are fetched before they are folded: enough for one look-up of the store to serve many, few enough that the first of
/// these rows is still in the core's cache (256 rows of a shop's first lines are a fraction of its 512 KiB) when its record comes.
constexpr std::size_t kFoldBlock = 256;

}  // namespace

Task::Task(StageSpec spec, std::uint32_t partition, std::uint32_t partitions, PartitionContext& shared, std::unique_ptr<RowTable> rows)
    : spec_(std::move(spec)), partition_(partition), shared_(shared), rows_(std::move(rows)), outbox_(partitions) {
  ctx_.stage = spec_.op->stage();
  ctx_.partition = partition;
  ctx_.rules = &shared.rules;
  ctx_.reference = &shared.reference;
  ctx_.sources = &shared.sources;
  ctx_.outbox = &outbox_;
}

Result<void> Task::fold_round(std::uint64_t round, std::span<const RecordRun> runs, EventTime time) {
  ctx_.round = round;
  BW_FAILPOINT("fold");
  for (const RecordRun& run : runs) {
    if (run.keys.empty()) continue;
    std::string_view rest = run.packed;
    for (std::size_t from = 0; from < run.keys.size(); from += kFoldBlock) {
      const std::size_t to = std::min(run.keys.size(), from + kFoldBlock);
      BW_TRY(rows_->prefetch(run.keys.subspan(from, to - from)));
      for (std::size_t i = from; i < to; ++i) {
        if (run.packed.empty()) {
          std::string_view bytes = run.events[i];
          BW_TRY(fold_record(run.keys[i], bytes));
        } else {
          rest.remove_prefix(sizeof run.keys[i]);
          BW_TRY(fold_record(run.keys[i], rest));
        }
      }
    }
    BW_CHECK(rest.empty(), "an exchange holds exactly its keys' records");
  }
  if (time > ctx_.watermark) ctx_.watermark = time;
  return fire_timers();
}

Result<void> Task::fold_record(std::uint64_t key, std::string_view& bytes) {
  BW_TRY(decode(bytes, event_));
  ++counters_.records;
  if (event_.type == EventType::kFinding) {
    const auto& finding = event_.as<FindingEvent>();
    if (finding.detector < kDetectorNumbers) ++(finding.retracted ? counters_.retractions : counters_.findings)[finding.detector];
  }
  // Records between stages are judged by their origin, at the stage that met it first: only outside events can be late.
  if (event_.type < EventType::kTick && ctx_.watermark != EventTime::min()) {
    const std::int64_t lateness = ctx_.watermark - event_.event_time;
    const std::int64_t allowed = spec_.op->allowed_lateness_ms(event_.type);
    if (lateness > allowed) {
      side_output_late(event_, lateness, allowed);
      return {};
    }
  }
  BW_ASSIGN(Row row, rows_->find_or_create(key, spec_.op->form(event_)));
  ctx_.key = key;
  ctx_.form = row.form;
  ctx_.position = event_.position;
  if (row.created) ctx_.ask_anew();
  else ctx_.ask_again(*row.timer, row.ends);
  ctx_.marks = 0;
  ctx_.changed = false;
  spec_.op->fold(event_, row.columns, *row.tail, ctx_);
  if (ctx_.changed || ctx_.timer() != *row.timer || ctx_.ends() != row.ends || row.created) {
    row.ends = ctx_.ends();
    *row.timer = std::max(ctx_.timer(), ctx_.watermark == EventTime::min() ? ctx_.timer() : ctx_.watermark + 1);
    rows_->touched(row);
  }
  return {};
}

Result<void> Task::fire_timers() {
  if (ctx_.watermark == EventTime::min()) return {};
  for (;;) {
    due_.clear();
    BW_TRY(rows_->due(ctx_.watermark, kTimerBatch, due_));
    if (due_.empty()) return {};
    BW_FAILPOINT("window-fire");
    BW_TRY(rows_->prefetch(due_));
    for (const std::uint64_t key : due_) {
      BW_ASSIGN(Row row, rows_->find(key));
      if (row.columns == nullptr) continue;
      ++counters_.timers;
      ctx_.key = key;
      ctx_.form = row.form;
      ctx_.position = {};
      ctx_.ask_anew();
      ctx_.marks = 0;
      ctx_.changed = false;
      if (!spec_.op->on_timer(row.columns, *row.tail, ctx_)) {
        rows_->erase(key);
        continue;
      }
      // A wake at or before the watermark would fire for ever: the earliest honest answer is "as soon as time moves".
      row.ends = ctx_.ends();
      *row.timer = std::max(ctx_.timer(), ctx_.watermark + 1);
      rows_->touched(row);
    }
  }
}

void Task::side_output_late(const Event& event, std::int64_t lateness_ms, std::int64_t allowed_ms) {
  ++counters_.late;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  json.StartObject();
  const auto text = [&](const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  text("type", "late");
  text("event_type", event_type_name(event.type));
  text("source", shared_.sources.name(event.position.source()));
  json.Key("offset");
  json.Uint64(event.position.offset());
  text("event_time", format_time(event.event_time));
  text("watermark", format_time(ctx_.watermark));
  json.Key("lateness_ms");
  json.Int64(lateness_ms);
  json.Key("allowed_ms");
  json.Int64(allowed_ms);
  text("reason", "event time is behind the watermark by more than the allowed lateness");
  json.Key("event");
  const std::string whole = to_json(event);
  json.RawValue(whole.data(), whole.size(), rapidjson::kObjectType);
  json.EndObject();
  outbox_.output(Output::kLate, std::string_view(buffer.GetString() + 1, buffer.GetSize() - 2));
}

}  // namespace brushwatch
