#include "engine/stage/pipeline.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/failpoint.h"
#include "engine/event/wire.h"
#include "engine/log/frame.h"
#include "engine/stage/topology.h"

namespace brushwatch {
namespace {

constexpr std::string_view kMetaKey = "M/pipeline";
constexpr std::uint32_t kMetaVersion = 3;
/// Each epoch also writes its number under its place in this ring. A store that loses a batch between two that it kept (a
/// file dropped from a damaged manifest, a log that lost its middle) would give rows of different epochs; the ring shows it.
/// As many as a memtable could hold of small epochs, and 60 KiB.
constexpr std::uint64_t kEpochRing = 4096;
constexpr std::string_view kRingPrefix = "E/";

std::string ring_key(std::uint64_t epoch) {
  const std::uint64_t place = epoch % kEpochRing;
  std::string key(kRingPrefix);
  key.push_back(static_cast<char>(place >> 8));
  key.push_back(static_cast<char>(place));
  return key;
}
std::string_view bytes_of(const std::uint64_t& number) { return {reinterpret_cast<const char*>(&number), sizeof number}; }

/// Every epoch up to `last` that the ring can still hold is there.
Result<void> check_ring(StateStore& store, std::uint64_t last) {
  const std::uint64_t first = last < kEpochRing ? 1 : last - kEpochRing + 1;
  std::uint64_t found = 0;
  bool right = true;
  BW_TRY(store.scan(kRingPrefix, [&](std::string_view key, std::string_view value) {
    std::uint64_t epoch = 0;
    if (value.size() == sizeof epoch) std::memcpy(&epoch, value.data(), sizeof epoch);
    right = right && epoch >= first && epoch <= last && key == ring_key(epoch);
    ++found;
    return right;
  }));
  if (right && found == last - first + 1) return {};
  return fail(ErrorCode::kStateCorrupt, "the state has lost an epoch between others", static_cast<std::int64_t>(last));
}

/// The time that a stage's timers wait for.
EventTime time_of(const StageOperator& op, const TickEvent& tick) {
  return op.on_processing_time() ? tick.processing_time : tick.watermark;
}

/// The epoch's record: version, identity, writer epoch, epoch, next round, ledger offsets, last tick (docs/formats/state.md).
std::string encode_meta(std::uint64_t identity, std::uint32_t writer_epoch, std::uint64_t epoch, std::uint64_t next_round,
                        const std::vector<std::uint64_t>& offsets, const TickEvent& tick) {
  std::string out;
  const auto put = [&](std::uint64_t v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); };
  put(kMetaVersion);
  put(identity);
  put(writer_epoch);
  put(epoch);
  put(next_round);
  put(offsets.size());
  for (const std::uint64_t o : offsets) put(o);
  Event event;
  reset_body(event, EventType::kTick);
  event.emplace<TickEvent>() = tick;
  encode(event, out);
  return out;
}

}  // namespace

Pipeline::Pipeline(Log& ledger, StateStore& store, OutputHub& hub, std::vector<StageSpec> specs, Rules rules, PipelineOptions options, Clock& clock)
    : ledger_(ledger), store_(store), hub_(hub), specs_(std::move(specs)), options_(options), clock_(clock),
      pool_(std::max(1U, options.threads)), partitions_(ledger.partitions()), sorted_(partitions_), runs_(partitions_), results_(partitions_), offsets_(partitions_, 0) {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    contexts_.push_back(std::make_unique<PartitionContext>());
    contexts_.back()->rules = rules;
    intakes_.push_back(std::make_unique<Intake>(*contexts_.back(), p));
  }
}

const std::vector<std::string>& Pipeline::source_names() const { return contexts_.front()->sources.all(); }

Result<void> Pipeline::open() {
  BW_FAILPOINT("restore-begin");
  BW_ASSIGN(const auto meta, store_.get(kMetaKey));
  if (meta) {
    std::size_t at = 0;
    const auto take = [&]() -> std::uint64_t {
      std::uint64_t v = 0;
      if (at + sizeof v <= meta->size()) std::memcpy(&v, meta->data() + at, sizeof v);
      at += sizeof v;
      return v;
    };
    const std::uint64_t version = take();
    if (version > kMetaVersion) return fail(ErrorCode::kStateVersion, "the state was written by a newer version");
    // A cache is not converted: what the ledger gives again is surer than what an older version meant.
    if (version < kMetaVersion) return fail(ErrorCode::kStateCorrupt, "the state was written by an older version");
    const std::uint64_t identity = take();
    if (options_.state_identity == 0) options_.state_identity = identity;
    else if (identity != options_.state_identity)
      return fail(ErrorCode::kStateForeign, "the state directory belongs to another input or configuration");
    writer_epoch_ = static_cast<std::uint32_t>(take());
    state_epoch_ = take();
    BW_TRY(check_ring(store_, state_epoch_));
    next_round_ = take();
    const std::uint64_t count = take();
    if (count != partitions_) return fail(ErrorCode::kStateForeign, "the state has another number of partitions", static_cast<std::int64_t>(count));
    for (std::uint64_t& o : offsets_) o = take();
    if (at > meta->size()) return fail(ErrorCode::kStateCorrupt, "the epoch record is short");
    std::string_view rest = std::string_view(*meta).substr(at);
    Event event;
    BW_TRY(decode(rest, event));
    last_tick_ = event.as<TickEvent>();
    has_tick_ = true;
  }
  const std::size_t per_task = options_.memory_bytes / (specs_.size() * partitions_);
  for (const StageSpec& spec : specs_) {
    auto& row = tasks_.emplace_back();
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      RowTable::Options options;
      // Four bytes, so that the first sixteen of a key hold all of it that differs: 'T', stage, partition.
      options.prefix = {'T', static_cast<char>('a' + static_cast<int>(spec.op->stage())), static_cast<char>(p >> 8), static_cast<char>(p)};
      options.memory_bytes = per_task;
      options.tails = spec.tails;
      BW_ASSIGN(auto rows, RowTable::open(store_, spec.layout, options));
      row.push_back(std::make_unique<Task>(spec, p, partitions_, *contexts_[p], std::move(rows)));
      if (has_tick_) row.back()->set_time(time_of(*spec.op, last_tick_));
    }
  }
  for (auto& intake : intakes_) BW_TRY(intake->restore(store_));
  return hub_.restore(store_);
}

Result<std::uint64_t> Pipeline::catch_up(const std::function<void(const Round&)>& each) {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    BW_ASSIGN(const std::uint64_t end, ledger_.end_offset(p));
    if (offsets_[p] > end) return fail(ErrorCode::kStateForeign, "the state is ahead of the ledger", static_cast<std::int64_t>(offsets_[p]));
  }
  LedgerReader reader(ledger_, offsets_, next_round_, writer_epoch_);
  std::uint64_t rounds = 0;
  for (;;) {
    BW_ASSIGN(auto round, reader.next());
    if (!round) break;
    BW_FAILPOINT("restore-apply");
    // Before the fold, which may close an epoch: a state that covers frames of a writer must know of it, or the next writer
    // would take the same number.
    writer_epoch_ = std::max(writer_epoch_, reader.epoch());
    BW_TRY(fold(*round, false));
    ++rounds;
    if (each) each(*round);
  }
  writer_epoch_ = std::max(writer_epoch_, reader.epoch());
  return rounds;
}

Result<void> Pipeline::fence() {
  const std::uint32_t epoch = writer_epoch_ + 1;
  FrameBuilder empty;
  const std::string frame(empty.finish(epoch, 0));
  for (std::uint32_t p = 0; p < partitions_; ++p) BW_TRY(ledger_.append(p, frame));
  BW_TRY(ledger_.sync());
  // Still as a reader of the earlier writers: what they completed before the fence counts, for us as for everybody.
  BW_ASSIGN(const std::uint64_t rounds, catch_up());
  (void)rounds;
  writer_epoch_ = std::max(writer_epoch_, epoch);
  return {};
}

Result<void> Pipeline::run_stage(std::size_t stage_index, const Round& round) {
  const Stage stage = specs_[stage_index].op->stage();
  const auto s = static_cast<unsigned>(stage);
  std::size_t records = 0;
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    records += sorted_[p].keys[s].size();
    for (std::size_t up = 0; up < stage_index; ++up) for (auto& task : tasks_[up]) records += task->outbox().keys(stage, p).size();
  }
  return for_each_partition(records, [&](std::uint32_t p) -> Result<void> {
    std::vector<RecordRun>& runs = runs_[p];
    runs.clear();
    runs.push_back({sorted_[p].keys[s], sorted_[p].events[s], {}});
    for (std::size_t up = 0; up < stage_index; ++up) {
      for (std::uint32_t q = 0; q < partitions_; ++q) {
        const Outbox& from = tasks_[up][q]->outbox();
        if (!from.keys(stage, p).empty()) runs.push_back({from.keys(stage, p), {}, from.records(stage, p)});
      }
    }
    return tasks_[stage_index][p]->fold_round(round.tick.round, runs, time_of(*specs_[stage_index].op, round.tick));
  });
}

Result<void> Pipeline::for_each_partition(std::size_t records, const std::function<Result<void>(std::uint32_t)>& body) {
  // To wake a thread and to wait for it costs some 20 µs: what 40 records take.
  constexpr std::size_t kWorthWaking = 128;
  const auto one = [&](std::uint32_t p) { results_[p] = body(p); };
  if (records < kWorthWaking) {
    for (std::uint32_t p = 0; p < partitions_; ++p) one(p);
  } else {
    pool_.for_each(partitions_, one);
  }
  for (const Result<void>& r : results_) if (!r) return tl::unexpected<Error>(r.error());
  return {};
}

Result<void> Pipeline::fold(const Round& round, bool flush) {
  BW_CHECK(round.tick.round == next_round_, "rounds are folded in order, each once");
  std::int64_t before = clock_.monotonic_ns();
  const auto take_in = [&](std::uint32_t p) -> Result<void> {
    intakes_[p]->outbox().clear();
    BW_TRY(sort_by_stage(round.frames[p], sorted_[p]));
    return intakes_[p]->apply(round.tick.round, sorted_[p]);
  };
  BW_TRY(for_each_partition(round.events, take_in));
  for (auto& row : tasks_) for (auto& task : row) task->outbox().clear();
  std::int64_t now = clock_.monotonic_ns();
  stats_.nanoseconds_by_stage[0] += static_cast<std::uint64_t>(now - before);
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    before = now;
    BW_TRY(run_stage(i, round));
    now = clock_.monotonic_ns();
    stats_.nanoseconds_by_stage[static_cast<unsigned>(specs_[i].op->stage())] += static_cast<std::uint64_t>(now - before);
  }
  std::uint64_t lines = 0;
  const auto emit = [&](Outbox& box, Stage stage, std::uint32_t p) -> Result<void> {
    for (const Outbox::Line& line : box.lines()) {
      BW_FAILPOINT("alert-build");
      BW_TRY(hub_.write(line.output, stage, p, round.tick.round, line.fields));
      ++lines;
    }
    return {};
  };
  for (std::uint32_t p = 0; p < partitions_; ++p) BW_TRY(emit(intakes_[p]->outbox(), Stage::kIntake, p));
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    for (std::uint32_t p = 0; p < partitions_; ++p) BW_TRY(emit(tasks_[i][p]->outbox(), specs_[i].op->stage(), p));
  }
  lines_unflushed_ = lines_unflushed_ || lines > 0;
  offsets_ = round.next_offset;
  last_tick_ = round.tick;
  has_tick_ = true;
  ++next_round_;
  stats_.lines += lines;
  stats_.rounds += 1;
  stats_.events += round.events;
  stats_.watermark_ms = round.tick.watermark.ms;
  for (std::uint32_t p = 0; p < partitions_; ++p) for (const auto& keys : sorted_[p].keys) records_since_epoch_ += keys.size();
  if (flush && lines_unflushed_) {
    BW_TRY(ledger_.sync());
    BW_TRY(hub_.flush());
    lines_unflushed_ = false;
  }
  measure();
  // Here and not when the process ends: officers may append to a ledger whose stream has ended, and its replay must seal at
  // the same round.
  if (round.tick.end_of_input) BW_TRY(hub_.seal(next_round_));
  // Rows beyond the cap can only go once they are clean, so a full memory closes the epoch early.
  if (records_since_epoch_ >= options_.epoch_records || stats_.row_bytes > options_.memory_bytes || round.tick.end_of_input) return close_epoch();
  return {};
}

Result<void> Pipeline::close_epoch() {
  // In this order: the ledger, so that what follows can be refolded; the outputs, so that no line is lost; then the state.
  BW_TRY(ledger_.sync());
  BW_TRY(hub_.flush());
  lines_unflushed_ = false;
  BW_FAILPOINT("epoch-collect");
  StoreBatch batch;
  // In the order of their keys: E, H, M, P, T.
  ++state_epoch_;
  batch.put(ring_key(state_epoch_), bytes_of(state_epoch_));
  hub_.collect(batch);
  batch.put(kMetaKey, encode_meta(options_.state_identity, writer_epoch_, state_epoch_, next_round_, offsets_, last_tick_));
  for (auto& intake : intakes_) intake->collect(batch);
  for (auto& row : tasks_) for (auto& task : row) BW_TRY(task->rows().collect(batch));
  BW_TRY(store_.write(batch));
  for (auto& row : tasks_) {
    for (auto& task : row) {
      task->rows().committed();
      task->rows().trim();
    }
  }
  records_since_epoch_ = 0;
  ++stats_.epochs;
  measure();
  return {};
}

void Pipeline::measure() {
  std::uint64_t late = 0, rejected = 0, rows = 0, live = 0, records = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    std::uint64_t stage_records = 0;
    for (auto& task : tasks_[i]) {
      late += task->counters().late;
      stage_records += task->counters().records;
      rows += task->rows().hot_rows();
      live += task->rows().live_rows();
      bytes += task->rows().memory_bytes();
    }
    records += stage_records;
    stats_.records_by_stage[static_cast<unsigned>(specs_[i].op->stage())] = stage_records;
  }
  for (auto& intake : intakes_) rejected += intake->counters().rejected;
  stats_.late = late;
  stats_.rejected = rejected;
  stats_.hot_rows = rows;
  stats_.live_rows = live;
  if (live > stats_.peak_live_rows) stats_.peak_live_rows = live;
  stats_.row_bytes = bytes;
  stats_.stage_records = records;
}

Result<void> run(Pipeline& pipeline, Ingest& ingest, OutputHub& hub, Clock& clock, const RunOptions& options) {
  // One round in flight: ingest cuts round n + 1 while n is folded. More would only add latency to a stop.
  constexpr std::size_t kAhead = 2;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Round> ready;
  bool ended = false, abandoned = false;
  std::optional<Error> ingest_error;
  std::thread reader([&] {
    for (;;) {
      auto round = ingest.next_round([&] {
        const std::lock_guard lock(mutex);
        return abandoned || options.stop();
      });
      std::unique_lock lock(mutex);
      if (!round) ingest_error = std::move(round.error());
      if (!round || !*round) break;
      changed.wait(lock, [&] { return ready.size() < kAhead || abandoned; });
      if (abandoned) break;
      ready.push_back(std::move(**round));
      changed.notify_all();
      if (options.stop()) break;
    }
    const std::lock_guard lock(mutex);
    ended = true;
    changed.notify_all();
  });
  std::optional<Error> error;
  for (;;) {
    Round round;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !ready.empty() || ended; });
      if (ready.empty()) break;
      round = std::move(ready.front());
      ready.pop_front();
      changed.notify_all();
    }
    const std::uint64_t lines_before = pipeline.stats().lines;
    auto folded = pipeline.fold(round, options.flush_each_round);
    if (!folded) {
      error = std::move(folded.error());
      break;
    }
    const bool wrote = pipeline.stats().lines != lines_before;
    options.each_round(round, wrote && round.received_ns != 0 ? clock.monotonic_ns() - round.received_ns : 0);
  }
  {
    const std::lock_guard lock(mutex);
    abandoned = true;
    changed.notify_all();
  }
  reader.join();
  if (!error && ingest_error) error = std::move(ingest_error);
  if (error) return tl::unexpected<Error>(std::move(*error));
  // A crash may have come between the last round and its seal: the seal is due whenever the last tick ends the input.
  const TickEvent* last = pipeline.last_tick();
  BW_FAILPOINT("drain");
  if (options.seal_at_end && last != nullptr && last->end_of_input) BW_TRY(hub.seal(pipeline.next_round()));
  return pipeline.close_epoch();
}

}  // namespace brushwatch
