#include "engine/stage/pipeline.h"

#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/failpoint.h"
#include "engine/stage/epoch_record.h"
#include "engine/stage/topology.h"

namespace brushwatch {
namespace {

/// The time that a stage's timers wait for.
EventTime time_of(const StageOperator& op, const TickEvent& tick) {
  return op.on_processing_time() ? tick.processing_time : tick.watermark;
}

}  // namespace

Pipeline::Pipeline(Log& ledger, StateStore& store, OutputHub& hub, std::vector<StageSpec> specs, Rules rules, PipelineOptions options, Clock& clock)
    : ledger_(ledger), store_(store), hub_(hub), specs_(std::move(specs)), options_(options), clock_(clock),
      pool_(std::max(1U, options.threads)), partitions_(ledger.partitions()), sorted_(partitions_), runs_(partitions_), results_(partitions_), offsets_(partitions_, 0) {
  stats_.partitions = std::vector<PipelineStats::Partition>(partitions_);
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    contexts_.push_back(std::make_unique<PartitionContext>());
    contexts_.back()->rules = rules;
    intakes_.push_back(std::make_unique<Intake>(*contexts_.back(), p));
  }
}

const std::vector<std::string>& Pipeline::source_names() const { return contexts_.front()->sources.all(); }

Result<void> Pipeline::open() {
  BW_FAILPOINT("restore-begin");
  BW_ASSIGN(const auto saved, read_epoch(store_));
  if (saved) {
    if (options_.state_identity == 0) options_.state_identity = saved->identity;
    else if (saved->identity != options_.state_identity)
      return fail(ErrorCode::kStateForeign, "the state directory belongs to another input or configuration");
    if (saved->offsets.size() != partitions_)
      return fail(ErrorCode::kStateForeign, "the state has another number of partitions", static_cast<std::int64_t>(saved->offsets.size()));
    if (saved->epoch != 0) BW_TRY(check_epochs(store_, saved->epoch));
    writer_epoch_ = saved->writer_epoch;
    state_epoch_ = saved->epoch;
    next_round_ = saved->next_round;
    offsets_ = saved->offsets;
    last_tick_ = saved->last_tick;
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
  stats_.set_rules(contexts_.front()->rules);
  return hub_.restore(store_);
}

Result<std::uint64_t> Pipeline::catch_up(const std::function<void(const Round&)>& each) {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    BW_ASSIGN(const std::uint64_t end, ledger_.end_offset(p));
    if (offsets_[p] > end) return fail(ErrorCode::kStateForeign, "the state is ahead of the ledger", static_cast<std::int64_t>(offsets_[p]));
  }
  std::uint64_t rounds = 0;
  for (;;) {
    BW_ASSIGN(const bool more, follow(0, each));
    if (!more) return rounds;
    ++rounds;
  }
}

Result<bool> Pipeline::follow(int wait_ms, const std::function<void(const Round&)>& each) {
  if (!reader_) reader_ = std::make_unique<LedgerReader>(ledger_, offsets_, next_round_, writer_epoch_);
  auto round = reader_->next(wait_ms);
  // Before the fold, which may close an epoch: a state that covers frames of a writer must know of it, or the next writer
  // would take the same number.
  writer_epoch_ = std::max(writer_epoch_, reader_->epoch());
  if (!round) return tl::unexpected<Error>(std::move(round.error()));
  if (!*round) return false;
  BW_FAILPOINT("restore-apply");
  BW_TRY(fold(**round, false));
  if (each) each(**round);
  return true;
}

Result<Tenure> Pipeline::claim() {
  BW_ASSIGN(Tenure tenure, Tenure::claim(ledger_, writer_epoch_, offsets_));
  // Still as a reader of the earlier writers: what they completed before the claim counts, for us as for everybody.
  BW_ASSIGN(const std::uint64_t rounds, catch_up());
  (void)rounds;
  reader_.reset();
  if (writer_epoch_ > tenure.epoch()) return fail(ErrorCode::kFenced, "a later writer has claimed the ledger, epoch", writer_epoch_);
  writer_epoch_ = tenure.epoch();
  return tenure;
}

Result<void> Pipeline::confirm_writer() {
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    BW_ASSIGN(const std::uint64_t end, ledger_.end_offset(p));
    BW_ASSIGN(const std::uint32_t other, highest_epoch(ledger_, p, offsets_[p], end));
    if (other > writer_epoch_) return fail(ErrorCode::kFenced, "a later writer has claimed the ledger, epoch", other);
  }
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
  const EventTime time = time_of(*specs_[stage_index].op, round.tick);
  if (records == 0) {  // most rounds bring nothing to the later stages: only time passes there
    for (auto& task : tasks_[stage_index]) BW_TRY(task->fold_round(round.tick.round, {}, time));
    return {};
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
    return tasks_[stage_index][p]->fold_round(round.tick.round, runs, time);
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
  if (const Rules& rules = contexts_.front()->rules; rules.digest() != stats_.rules()->digest()) {
    stats_.set_rules(rules);
    ++stats_.rule_changes;
  }
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
  stats_.output_nanoseconds += static_cast<std::uint64_t>(clock_.monotonic_ns() - now);
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
    BW_TRY(sync_ledger());
    const std::int64_t begun = clock_.monotonic_ns();
    BW_TRY(hub_.flush());
    lines_unflushed_ = false;
    stats_.output_nanoseconds += static_cast<std::uint64_t>(clock_.monotonic_ns() - begun);
  }
  measure();
  // Here and not when the process ends: officers may append to a ledger whose stream has ended, and its replay must seal at
  // the same round.
  if (round.tick.end_of_input) BW_TRY(hub_.seal(next_round_));
  // Rows beyond the cap can only go once they are clean, so a full memory closes the epoch early.
  const bool due = records_since_epoch_ >= options_.epoch_records || stats_.row_bytes > options_.memory_bytes || round.tick.end_of_input;
  return due && hub_.settled() ? close_epoch() : Result<void>();
}

Result<void> Pipeline::sync_ledger() {
  const std::int64_t begun = clock_.monotonic_ns();
  BW_TRY(ledger_.sync());
  stats_.ledger_nanoseconds += static_cast<std::uint64_t>(clock_.monotonic_ns() - begun);
  return {};
}

Result<void> Pipeline::close_epoch() {
  // In this order: the ledger, so that what follows can be refolded; the outputs, so that no line is lost; then the state.
  BW_TRY(sync_ledger());
  const std::int64_t begun = clock_.monotonic_ns();
  BW_TRY(hub_.flush());
  lines_unflushed_ = false;
  BW_FAILPOINT("epoch-collect");
  StoreBatch batch;
  // In the order of their keys: E, H, M, P, T.
  ++state_epoch_;
  put_epoch_number(state_epoch_, batch);
  hub_.collect(batch);
  put_epoch({options_.state_identity, writer_epoch_, state_epoch_, next_round_, offsets_, last_tick_}, batch);
  for (auto& intake : intakes_) intake->collect(batch);
  for (auto& row : tasks_) for (auto& task : row) BW_TRY(task->rows().collect(batch));
  BW_TRY(store_.write(batch));
  for (auto& row : tasks_) for (auto& task : row) task->rows().committed();
  const std::size_t level = memory_level();
  for (auto& row : tasks_) {
    for (auto& task : row) {
      task->rows().limit(level);
      task->rows().trim();
    }
  }
  records_since_epoch_ = 0;
  ++stats_.epochs;
  stats_.epoch_nanoseconds += static_cast<std::uint64_t>(clock_.monotonic_ns() - begun);
  stats_.epoch_closed_ms = clock_.now().ms;
  measure();
  return {};
}

void Pipeline::measure_findings(const std::vector<std::unique_ptr<Task>>& tasks) {
  std::array<std::uint64_t, kDetectorNumbers> findings{}, retractions{};
  std::uint64_t folded = 0;
  for (const auto& task : tasks) folded += task->counters().records;
  if (folded == measured_findings_) return;  // most rounds bring none
  measured_findings_ = folded;
  for (const auto& task : tasks) {
    for (std::size_t d = 0; d < kDetectorNumbers; ++d) {
      findings[d] += task->counters().findings[d];
      retractions[d] += task->counters().retractions[d];
    }
  }
  for (std::size_t d = 0; d < kDetectorNumbers; ++d) {
    stats_.findings_by_detector[d] = findings[d];
    stats_.retractions_by_detector[d] = retractions[d];
  }
}

std::size_t Pipeline::memory_level() const {
  std::vector<std::size_t> used;
  for (const auto& row : tasks_) for (const auto& task : row) used.push_back(task->rows().memory_bytes());
  std::sort(used.begin(), used.end());
  // Half for rows that stay, half for what the next epoch makes dirty: with less of the second, a stream of new keys would close an
  // epoch every few rounds; with less of the first, rows that are needed again would be read again.
  std::size_t left = options_.memory_bytes / 2;
  for (std::size_t i = 0; i < used.size(); ++i) {
    const std::size_t share = left / (used.size() - i);
    if (used[i] > share) return share;
    left -= used[i];
  }
  return options_.memory_bytes;
}

void Pipeline::measure() {
  std::uint64_t late = 0, rejected = 0, rows = 0, live = 0, records = 0, dirty = 0, reads = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const auto s = static_cast<unsigned>(specs_[i].op->stage());
    std::uint64_t stage_records = 0, stage_late = 0, stage_timers = 0, stage_hot = 0, stage_live = 0;
    for (auto& task : tasks_[i]) {
      const TaskCounters& counters = task->counters();
      stage_late += counters.late;
      stage_timers += counters.timers + task->rows().ended_rows();
      stage_records += counters.records;
      stage_hot += task->rows().hot_rows();
      stage_live += task->rows().live_rows();
      bytes += task->rows().memory_bytes();
      dirty += task->rows().dirty_rows();
      reads += task->rows().store_reads();
    }
    if (specs_[i].op->stage() == Stage::kSubject) measure_findings(tasks_[i]);
    late += stage_late;
    records += stage_records;
    rows += stage_hot;
    live += stage_live;
    stats_.records_by_stage[s] = stage_records;
    stats_.late_by_stage[s] = stage_late;
    stats_.timers_by_stage[s] = stage_timers;
    stats_.rows_by_stage[s] = stage_live;
    stats_.hot_rows_by_stage[s] = stage_hot;
  }
  for (std::uint32_t p = 0; p < partitions_; ++p) {
    std::uint64_t partition_records = 0, partition_rows = 0;
    for (auto& stage : tasks_) {
      partition_records += stage[p]->counters().records;
      partition_rows += stage[p]->rows().live_rows();
    }
    stats_.partitions[p].records = partition_records;
    stats_.partitions[p].rows = partition_rows;
  }
  stats_.dirty_rows = dirty;
  stats_.store_reads = reads;
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
  // Ingest cuts the next rounds while one is folded: two, or as many small ones as make up a large one. Threads that hand each other
  // rounds of a hundred events spend a tenth of their time in waking each other. What waits adds latency to a stop and to alerts, so its
  // events count: some ten milliseconds of folding, and the threads still wake each other only once in a thousand events.
  constexpr std::size_t kAhead = 2, kAheadRounds = 256;
  constexpr std::uint64_t kAheadEvents = 2'048;
  std::mutex mutex;
  std::condition_variable filled, drained;
  std::deque<Round> ready;
  std::uint64_t ready_events = 0;
  const auto full = [&] { return ready.size() >= kAhead && (ready_events >= kAheadEvents || ready.size() >= kAheadRounds); };
  // Ingest that has waited goes on when half is gone, not after each round.
  const auto roomy = [&] { return ready.size() < kAhead || (ready_events <= kAheadEvents / 2 && ready.size() <= kAheadRounds / 2); };
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
      if (full()) drained.wait(lock, [&] { return roomy() || abandoned; });
      if (abandoned) break;
      ready_events += (*round)->events;
      ready.push_back(std::move(**round));
      filled.notify_one();
      if (options.stop()) break;
    }
    const std::lock_guard lock(mutex);
    ended = true;
    filled.notify_one();
  });
  std::optional<Error> error;
  std::int64_t asked_ns = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    Round round;
    {
      std::unique_lock lock(mutex);
      filled.wait(lock, [&] { return !ready.empty() || ended; });
      if (ready.empty()) break;
      round = std::move(ready.front());
      ready.pop_front();
      ready_events -= round.events;
      if (roomy()) drained.notify_one();
    }
    const std::uint64_t lines_before = pipeline.stats().lines;
    auto folded = options.before_round();
    if (folded && options.trust_ms != 0) {
      // An answer is about the whole ledger, so it also counts for the rounds that wait behind this one: asked for each of them, a fold that
      // has fallen behind would only fall further.
      const std::int64_t now = clock.monotonic_ns();
      if (now - std::max(round.confirmed_ns, asked_ns) > options.trust_ms * 1'000'000) {
        folded = pipeline.confirm_writer();
        asked_ns = now;
      }
    }
    if (folded) folded = pipeline.fold(round, options.flush_each_round);
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
    drained.notify_one();
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
