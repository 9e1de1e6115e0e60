#include "apps/run_metrics.h"

#include <fmt/format.h>

#include <filesystem>

#include "alliance/calendar.h"
#include "apps/host.h"
#include "apps/terminal.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch::app {
namespace {

double seconds_of(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }
double count_of(std::uint64_t n) { return static_cast<double>(n); }
double seconds_of_ms(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

// What a round spends its time on: `ledger` until it is durable, the stages, then the way out; `wait` is what is left of the time since its
// first record's arrival.
enum Step : std::size_t { kWait = kStages, kLedger, kOutput, kEpoch, kSteps };
std::string step_name(std::size_t step) {
  if (step < kStages) return std::string(stage_name(static_cast<Stage>(step)));
  constexpr const char* kNames[] = {"wait", "ledger", "output", "epoch"};
  return kNames[step - kWait];
}

}  // namespace

RunMetrics::RunMetrics(Options options, Clock& clock)
    : options_(std::move(options)), clock_(clock), lines_(metrics_, options_.detectors),
      latency_(metrics_.histogram("brushwatch_pipeline_event_to_alert_seconds", "From the first record of a round to its output lines being visible",
                                  // The goal is 20 ms at p99; a bucket on each side of it, and room for trouble.
                                  {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10})),
      stream_lag_(metrics_.histogram("brushwatch_stream_lag_seconds", "From a line's being readable to its being written to a reader of the live stream that has caught up", Metrics::latency_edges())) {
  for (std::size_t step = 0; step < kSteps; ++step) {
    steps_.push_back(&metrics_.histogram("brushwatch_pipeline_step_seconds", "Time of a round, by step: wait, ledger, the stages, output, epoch",
                                         {0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5}, {{"step", step_name(step)}}));
  }
  set("brushwatch_build_info", "1; the version of the program", 1, {{"version", options_.version}});
  set("brushwatch_config_info", "1; the hash of all configured values", 1, {{"hash", options_.config_hash}});
  set("brushwatch_process_start_timestamp_seconds", "When the process started, Unix time", seconds_of_ms(clock_.now().ms));
  metrics_.on_scrape([this] { refresh(); });
}

void RunMetrics::watch(Host& host) {
  const std::lock_guard lock(watched_mutex_);
  stats_ = &host.pipeline().stats();
  store_ = dynamic_cast<RocksDbStore*>(&host.store());
  live_ = false;
}

void RunMetrics::unwatch() {
  const std::lock_guard lock(watched_mutex_);
  stats_ = nullptr;
  store_ = nullptr;
}

void RunMetrics::count_line(Output output, std::string_view line) { lines_.count(output, line); }

void RunMetrics::observe_round(const Round& round, std::int64_t alert_ns) {
  if (alert_ns != 0) latency_.observe(static_cast<double>(alert_ns) / 1e9);
  const PipelineStats* stats = stats_;  // written before the first round, on this thread
  if (stats == nullptr || round.events == 0) return;  // a tick in silence would drown the rounds that work
  if (!live_) {
    // What was folded while the state was restored, or while another instance led, belongs to no live round; nor does the first
    // one, which cannot be told from it.
    for (std::size_t s = 0; s < kStages; ++s) stage_ns_[s] = stats->nanoseconds_by_stage[s];
    output_ns_ = stats->output_nanoseconds;
    epoch_ns_ = stats->epoch_nanoseconds;
    ledger_ns_ = stats->ledger_nanoseconds;
    live_ = true;
    return;
  }
  std::uint64_t folded = 0;
  const auto step = [&](std::size_t which, std::uint64_t& before, std::uint64_t now) {
    steps_[which]->observe(seconds_of(now - before));
    folded += now - before;
    before = now;
  };
  for (std::size_t s = 0; s < kStages; ++s) step(s, stage_ns_[s], stats->nanoseconds_by_stage[s]);
  step(kOutput, output_ns_, stats->output_nanoseconds);
  // The round's own way into the ledger, and what its lines and its epoch had to wait for the ledger.
  const std::uint64_t ledger = stats->ledger_nanoseconds, waited = static_cast<std::uint64_t>(round.ledger_ns) + ledger - ledger_ns_;
  ledger_ns_ = ledger;
  steps_[kLedger]->observe(seconds_of(waited));
  folded += waited;
  const std::uint64_t epoch = stats->epoch_nanoseconds;
  if (epoch != epoch_ns_) step(kEpoch, epoch_ns_, epoch);
  if (round.received_ns == 0) return;
  const auto whole = static_cast<std::uint64_t>(std::max<std::int64_t>(0, clock_.monotonic_ns() - round.received_ns));
  steps_[kWait]->observe(seconds_of(whole > folded ? whole - folded : 0));
}

void RunMetrics::observe_http(std::string_view route, unsigned status, double seconds) {
  metrics_.counter("brushwatch_http_requests_total", "Requests answered", {{"route", std::string(route)}, {"status", std::to_string(status / 100) + "xx"}}).add();
  metrics_.histogram("brushwatch_http_request_seconds", "Time to answer a request", {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10}, {{"route", std::string(route)}}).observe(seconds);
}

std::string RunMetrics::serialize() { return metrics_.serialize(); }

void RunMetrics::advance(const std::string& name, const std::string& help, double now, const MetricLabels& labels) {
  Counter& counter = metrics_.counter(name, help, labels);
  const double before = counter.value();
  if (now > before) counter.add(now - before);
}

void RunMetrics::set(const std::string& name, const std::string& help, double value, const MetricLabels& labels) { metrics_.gauge(name, help, labels).set(value); }

void RunMetrics::watch_quota(const std::string& source, std::function<std::uint64_t()> throttled) {
  throttled_.push_back({&metrics_.counter("brushwatch_source_throttled_total", "Polls or requests that the quota of a source held back", {{"source", source}}), std::move(throttled)});
}

doors::WebhookWatch RunMetrics::webhook_watch() {
  // A receiver next door answers in milliseconds, a far one in a second; a post is given up after 15 s.
  const std::vector<double> of_a_post{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15};
  // From a sweep to the end of the schedule of retries, 72 h.
  const std::vector<double> of_a_delivery{0.05, 0.1, 0.5, 1, 5, 30, 300, 1'800, 7'200, 18'000, 86'400, 259'200};
  const char* help = "Time of a post to a member's endpoint, to its answer or its failure";
  Histogram& taken = metrics_.histogram("brushwatch_webhook_post_seconds", help, of_a_post, {{"result", "taken"}});
  Histogram& failed = metrics_.histogram("brushwatch_webhook_post_seconds", help, of_a_post, {{"result", "failed"}});
  Histogram& delivery = metrics_.histogram("brushwatch_webhook_delivery_seconds", "Age of a message when it was taken, since its endpoint came to it, retries included", of_a_delivery);
  return {[&taken, &failed](bool well, double seconds) { (well ? taken : failed).observe(seconds); }, [&delivery](double seconds) { delivery.observe(seconds); }};
}

void RunMetrics::watch_webhooks(std::function<doors::WebhookCounts()> now) { webhooks_ = std::move(now); }

void RunMetrics::refresh_webhooks() {
  if (!webhooks_) return;
  const doors::WebhookCounts now = webhooks_();
  const auto posts = [&](const char* result, std::uint64_t n) { advance("brushwatch_webhook_posts_total", "Posts to members' endpoints, by what came of them", count_of(n), {{"result", result}}); };
  posts("taken", now.delivered);
  posts("failed", now.failed);
  advance("brushwatch_webhook_retries_total", "Posts of a message that was posted before and not taken", count_of(now.retried));
  advance("brushwatch_webhook_died_total", "Messages that became dead letters: the schedule ended without an endpoint taking them", count_of(now.died));
  advance("brushwatch_webhook_resyncs_total", "Endpoints whose place was older than the lines that are held", count_of(now.resyncs));
  const auto endpoints = [&](const char* state, std::uint64_t n) { set("brushwatch_webhook_endpoints", "Endpoints, by state; failing ones are active", count_of(n), {{"state", state}}); };
  endpoints("active", now.active);
  endpoints("failing", now.ailing);
  endpoints("disabled", now.disabled);
  set("brushwatch_webhook_waiting", "Messages taken up and not settled yet", count_of(now.waiting));
  set("brushwatch_webhook_dead_letters", "Dead letters that wait to be sent again", count_of(now.dead));
  set("brushwatch_webhook_running", "Posts on their way", count_of(now.running));
  set("brushwatch_webhook_oldest_waiting_seconds", "Since the first try of the oldest message that no endpoint took yet", seconds_of_ms(now.oldest_waiting_ms));
}

void RunMetrics::refresh_streams() {
  if (stream_clients_) set("brushwatch_stream_clients", "Clients of the live stream", stream_clients_());
  if (!member_topics_) return;
  const doors::MemberTopics::Counts now = member_topics_();
  const auto lines = [&](const char* kind, std::uint64_t n) { advance("brushwatch_member_topic_lines_total", "Records written to members' topics", count_of(n), {{"kind", kind}}); };
  lines("line", now.lines);
  lines("tombstone", now.tombstones);
  lines("dead_letter", now.dead_letters);
  advance("brushwatch_member_topic_failures_total", "Turns in which a member's topic could not be written; what it lacks is written at the next", count_of(now.failures));
  advance("brushwatch_member_topic_resyncs_total", "Member topics whose place was older than the lines that are held", count_of(now.resyncs));
}

void RunMetrics::refresh_sightings() {
  if (!sightings_) return;
  for (const auto& of : sightings_()) {
    const auto said = [&](const char* word, std::uint64_t n) {
      set("brushwatch_detector_sightings", "What members say now of alerts in which the detector is the voice of a family", count_of(n), {{"detector", of.detector}, {"sighting", word}});
    };
    said("confirmed", of.confirmed);
    said("false_positive", of.false_positive);
    said("expired", of.expired);
    if (const auto precision = of.precision_permille())
      set("brushwatch_detector_precision_ratio", "Confirmed among the alerts that members called confirmed or false", static_cast<double>(*precision) / 1000, {{"detector", of.detector}});
  }
}

void RunMetrics::watch_verdicts(std::function<doors::VerdictsByDetector()> verdicts) { verdicts_ = std::move(verdicts); }

void RunMetrics::refresh() {
  for (Throttled& t : throttled_) {
    const std::uint64_t now = t.now();
    if (now > t.seen) t.counter->add(static_cast<double>(now - t.seen));
    t.seen = now;
  }
  refresh_process();
  refresh_webhooks();
  refresh_streams();
  refresh_sightings();
  refresh_sources();
  refresh_kafka();
  refresh_verdicts();
  const std::lock_guard lock(watched_mutex_);  // the host stays while it is read
  if (stats_ != nullptr) refresh_pipeline(*stats_);
  if (store_ != nullptr) refresh_store(*store_);
}

void RunMetrics::refresh_pipeline(const PipelineStats& stats) {
  advance("brushwatch_pipeline_rounds_total", "Rounds folded", count_of(stats.rounds));
  advance("brushwatch_pipeline_events_total", "Events folded, restored ones included", count_of(stats.events));
  advance("brushwatch_ingest_dead_letters_total", "Records refused, kept with their bytes", count_of(stats.rejected));
  advance("brushwatch_state_epochs_total", "Epochs written to the state store", count_of(stats.epochs));
  advance("brushwatch_state_epoch_seconds_total", "Time spent writing epochs; folding waits for it", seconds_of(stats.epoch_nanoseconds));
  advance("brushwatch_output_seconds_total", "Time spent chaining lines and making them visible", seconds_of(stats.output_nanoseconds));
  advance("brushwatch_state_reads_total", "Rows read from the state store because they were not in memory", count_of(stats.store_reads));
  set("brushwatch_state_dirty_rows", "Rows changed since the last epoch", count_of(stats.dirty_rows));
  set("brushwatch_state_hot_bytes", "Memory of the rows", count_of(stats.row_bytes));
  if (stats.epoch_closed_ms != 0) set("brushwatch_state_epoch_timestamp_seconds", "When the last epoch was written, Unix time", seconds_of_ms(stats.epoch_closed_ms));
  if (stats.watermark_ms != INT64_MIN) {
    set("brushwatch_pipeline_watermark_timestamp_seconds", "Event time up to which all on-time events were seen, Unix time", seconds_of_ms(stats.watermark_ms));
    set("brushwatch_pipeline_watermark_lag_seconds", "How far the watermark is behind the clock; behind the latest arrival where all sources bring their own clock", seconds_of_ms(stream_now_ms() - stats.watermark_ms));
  }
  refresh_rules(stats);
  for (std::size_t s = 0; s < kStages; ++s) {
    const MetricLabels stage{{"stage", std::string(stage_name(static_cast<Stage>(s)))}};
    advance("brushwatch_stage_busy_seconds_total", "Time spent folding, by stage", seconds_of(stats.nanoseconds_by_stage[s]), stage);
    if (static_cast<Stage>(s) == Stage::kIntake) continue;  // keeps no rows and folds no records
    advance("brushwatch_stage_records_total", "Records folded, by stage", count_of(stats.records_by_stage[s]), stage);
    advance("brushwatch_stage_late_events_total", "Events behind the watermark by more than the allowed lateness", count_of(stats.late_by_stage[s]), stage);
    advance("brushwatch_stage_timers_total", "Rows woken by time", count_of(stats.timers_by_stage[s]), stage);
    set("brushwatch_state_rows", "Rows in memory or in the state store", count_of(stats.rows_by_stage[s]), stage);
    set("brushwatch_state_hot_rows", "Rows in memory", count_of(stats.hot_rows_by_stage[s]), stage);
  }
  for (std::size_t p = 0; p < stats.partitions.size(); ++p) {
    const MetricLabels partition{{"partition", std::to_string(p)}};
    advance("brushwatch_partition_records_total", "Records folded by all stages of a partition", count_of(stats.partitions[p].records), partition);
    set("brushwatch_partition_rows", "Rows of all stages of a partition", count_of(stats.partitions[p].rows), partition);
  }
  refresh_detectors(stats);
}

void RunMetrics::refresh_detectors(const PipelineStats& stats) {
  std::set<std::string, std::less<>> off;  // or on trial: their findings reach nobody
  if (const auto rules = stats.rules()) {
    constexpr std::string_view kSwitch = ".enabled";
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const std::string_view rule = rules->name(i);
      if (rule.ends_with(kSwitch) && rules->value(i) != 1) off.emplace(rule.substr(0, rule.size() - kSwitch.size()));
    }
  }
  for (const std::string& name : options_.detectors) {
    const auto d = static_cast<std::size_t>(std::atoi(name.c_str() + 1));
    if (d >= kDetectorNumbers) continue;
    const std::uint64_t made = stats.findings_by_detector[d];
    silence_.look(d, EventTime{stats.watermark_ms}, made, !off.contains(name));
    set("brushwatch_detector_silence_ratio", "Event time since the detector's last finding, divided by its longest silence before; 0 until its pace is known, and while a rule has it off", silence_.ratio(d), {{"detector", name}});
    advance("brushwatch_detector_findings_total", "Findings that reached fusion", count_of(stats.findings_by_detector[d]), {{"detector", name}, {"kind", "made"}});
    advance("brushwatch_detector_findings_total", "Findings that reached fusion", count_of(stats.retractions_by_detector[d]), {{"detector", name}, {"kind", "retracted"}});
  }
}

void RunMetrics::refresh_rules(const PipelineStats& stats) {
  const auto rules = stats.rules();
  if (rules == nullptr) return;
  advance("brushwatch_rules_changes_total", "Rounds that changed the rules", count_of(stats.rule_changes));
  const std::string version = fmt::format("{:016x}", rules->digest());
  const char* help = "1 for the version of the rules in force: the `rules` of an alert";
  if (!rules_version_.empty() && rules_version_ != version) set("brushwatch_rules_info", help, 0, {{"version", rules_version_}});
  set("brushwatch_rules_info", help, 1, {{"version", version}});
  rules_version_ = version;
  // A rule that once differed stays: it is back at its default, and says so. Switches are always there.
  for (std::size_t i = 0; i < rules->size() && i < options_.defaults.size(); ++i) {
    if (rules->value(i) != options_.defaults.value(i) || rules->name(i).ends_with(".enabled")) told_rules_.insert(i);
  }
  for (const std::size_t i : told_rules_) {
    set("brushwatch_rules_value", "Value of a rule: of every switch (0 off, 1 on, 2 on trial), and of what differs from its default or has differed", static_cast<double>(rules->value(i)), {{"rule", rules->name(i)}});
  }
}

void RunMetrics::refresh_verdicts() {
  if (!verdicts_) return;
  const doors::VerdictsByDetector verdicts = verdicts_();
  for (const std::string& name : options_.detectors) {
    const auto of = verdicts.find(name);
    const doors::DetectorVerdicts v = of == verdicts.end() ? doors::DetectorVerdicts{} : of->second;
    const auto alerts = [&](const char* verdict, std::uint64_t n) {
      set("brushwatch_detector_alerts", "Alerts in which the detector speaks for its family, by the latest word of a person about them", count_of(n), {{"detector", name}, {"verdict", verdict}});
    };
    alerts("confirmed", v.confirmed);
    alerts("worthy", v.worthy);
    alerts("rejected", v.rejected);
    alerts("undecided", v.undecided);
  }
}

std::int64_t RunMetrics::stream_now_ms() const {
  const std::int64_t now = clock_.now().ms;
  std::int64_t latest = INT64_MIN;
  for (const SourceStats* s : ingest_->sources()) {
    if (s->watermark_ms == INT64_MIN) continue;
    if (s->wall_clock) return now;
    latest = std::max<std::int64_t>(latest, s->arrival_ms);
  }
  return latest == INT64_MIN ? now : latest;
}

void RunMetrics::refresh_sources() {
  const std::int64_t now = clock_.now().ms, stream_now = stream_now_ms();
  advance("brushwatch_ingest_ledger_seconds_total", "Time spent making rounds durable in the ledger; reading waits for it", seconds_of(ingest_->ledger_nanoseconds));
  for (const SourceStats* s : ingest_->sources()) {
    const MetricLabels source{{"source", s->name}};
    const auto records = [&](const char* result, std::uint64_t n) {
      advance("brushwatch_ingest_records_total", "Records taken, by what became of them", count_of(n), {{"source", s->name}, {"result", result}});
    };
    records("event", s->events);
    records("rejected", s->rejected);
    records("duplicate", s->duplicates);
    advance("brushwatch_ingest_ahead_events_total", "Events whose own time is after the time they were taken in: a clock runs ahead", count_of(s->ahead), source);
    set("brushwatch_ingest_source_idle", "1 while the source is silent for so long that it does not hold the watermark", s->idle ? 1 : 0, source);
    set("brushwatch_ingest_watermark_holder", "1 for the source that holds the watermark back", s->holds_back ? 1 : 0, source);
    const std::int64_t watermark = s->watermark_ms, backlog = s->backlog_records, taken = s->record_time_ms;
    if (watermark != INT64_MIN) {
      set("brushwatch_ingest_watermark_timestamp_seconds", "Latest event time of the source, Unix time", seconds_of_ms(watermark), source);
      set("brushwatch_ingest_watermark_lag_seconds", "How far the source's latest event time is behind the clock; behind the latest arrival where all sources bring their own clock", seconds_of_ms(stream_now - watermark), source);
    }
    if (backlog >= 0) set("brushwatch_ingest_lag_records", "Records that wait in the transport", static_cast<double>(backlog), source);
    // With nothing waiting nothing is late, however old the newest record is.
    if (backlog >= 0) set("brushwatch_ingest_lag_seconds", "Age of the newest record taken while others wait; 0 when none waits", backlog > 0 && taken > 0 ? seconds_of_ms(now - taken) : 0, source);
  }
}

void RunMetrics::refresh_store(RocksDbStore& store) {
  const RocksDbStats s = store.statistics();
  const std::string help = "RocksDB: ";
  set("brushwatch_store_table_bytes", help + "bytes of table files", count_of(s.table_bytes));
  set("brushwatch_store_memtable_bytes", help + "bytes of memtables", count_of(s.memtable_bytes));
  set("brushwatch_store_cache_bytes", help + "bytes in the block cache", count_of(s.cache_bytes));
  set("brushwatch_store_cache_capacity_bytes", help + "cap of the block cache", count_of(s.cache_capacity_bytes));
  set("brushwatch_store_pending_compaction_bytes", help + "bytes that compaction has still to rewrite", count_of(s.pending_compaction_bytes));
  set("brushwatch_store_keys", help + "keys, as it estimates them", count_of(s.keys));
  set("brushwatch_store_level0_files", help + "files of level 0; writes slow down from 20 on", count_of(s.level0_files));
  set("brushwatch_store_background_tasks", help + "tasks running", count_of(s.running_compactions), {{"task", "compaction"}});
  set("brushwatch_store_background_tasks", help + "tasks running", count_of(s.running_flushes), {{"task", "flush"}});
  advance("brushwatch_store_background_errors_total", help + "errors of background jobs", count_of(s.background_errors));
  set("brushwatch_store_write_stopped", help + "1 while it takes no writes", s.write_stopped ? 1 : 0);
  const auto lookups = [&](const char* result, std::uint64_t n) { advance("brushwatch_store_block_lookups_total", help + "blocks looked up in the cache", count_of(n), {{"result", result}}); };
  lookups("hit", s.cache_hits);
  lookups("miss", s.cache_misses);
  advance("brushwatch_store_filter_skips_total", help + "reads that a Bloom filter saved", count_of(s.filter_skips));
  const auto io = [&](const char* kind, std::uint64_t n) { advance("brushwatch_store_io_bytes_total", help + "bytes moved, by why", count_of(n), {{"kind", kind}}); };
  io("read", s.read_bytes);
  io("written", s.written_bytes);
  io("log", s.log_bytes);
  io("flush", s.flushed_bytes);
  io("compaction_read", s.compaction_read_bytes);
  io("compaction_written", s.compaction_written_bytes);
  advance("brushwatch_store_stall_seconds_total", help + "time that writes were held up", count_of(s.stall_us) / 1e6);
}

void RunMetrics::refresh_kafka() {
  for (const auto& [role, s] : kafka_->roles()) {
    const MetricLabels labels{{"role", role}};
    const auto direction = [&](const char* name, const char* help, double sent, double received) {
      advance(name, help, sent, {{"role", role}, {"direction", "sent"}});
      advance(name, help, received, {{"role", role}, {"direction", "received"}});
    };
    direction("brushwatch_kafka_bytes_total", "librdkafka: bytes on the wire", s.sent_bytes, s.received_bytes);
    direction("brushwatch_kafka_messages_total", "librdkafka: messages", s.sent_messages, s.received_messages);
    advance("brushwatch_kafka_requests_total", "librdkafka: requests sent", s.requests, labels);
    const auto trouble = [&](const char* kind, double n) { advance("brushwatch_kafka_request_troubles_total", "librdkafka: requests that did not go well", n, {{"role", role}, {"kind", kind}}); };
    trouble("error", s.request_errors);
    trouble("retry", s.retries);
    trouble("timeout", s.timeouts);
    trouble("reconnect", s.reconnects);
    set("brushwatch_kafka_clients", "librdkafka: clients of the role", s.clients, labels);
    set("brushwatch_kafka_queued_messages", "librdkafka: messages not yet acknowledged", s.queued_messages, labels);
    set("brushwatch_kafka_queued_bytes", "librdkafka: bytes not yet acknowledged", s.queued_bytes, labels);
    set("brushwatch_kafka_waiting_operations", "librdkafka: answers that wait to be polled", s.waiting_operations, labels);
    set("brushwatch_kafka_waiting_requests", "librdkafka: requests that wait to be sent", s.outbuf_requests, labels);
    set("brushwatch_kafka_brokers", "librdkafka: connections to brokers", s.brokers_up, {{"role", role}, {"state", "up"}});
    set("brushwatch_kafka_brokers", "librdkafka: connections to brokers", s.brokers_down, {{"role", role}, {"state", "down"}});
    const auto time = [&](const char* what, double value) { set("brushwatch_kafka_latency_seconds", "librdkafka: its own windows over 5 s, the worst client and broker", value, {{"role", role}, {"what", what}}); };
    time("round_trip_p99", s.round_trip_p99_s);
    time("round_trip_mean", s.round_trip_mean_s);
    time("queue_p99", s.queue_latency_p99_s);
    time("throttle_max", s.throttle_max_s);
  }
}

void RunMetrics::refresh_process() {
  const ProcessUsage usage = process_usage();
  advance("brushwatch_process_cpu_seconds_total", "CPU time", usage.user_s, {{"mode", "user"}});
  advance("brushwatch_process_cpu_seconds_total", "CPU time", usage.system_s, {{"mode", "system"}});
  set("brushwatch_process_resident_bytes", "Resident memory of the process", count_of(current_rss_bytes()));
  constexpr double kDaySeconds = 86'400;
  set("brushwatch_calendar_left_seconds", "Until the end of the working-day table; terms beyond it are provisional",
      static_cast<double>(Calendar::version(Calendar::newest()).days_left(date_of(clock_.now()))) * kDaySeconds);
  std::error_code code;
  const auto space = std::filesystem::space(options_.data_dir, code);
  if (code) return;
  set("brushwatch_disk_free_bytes", "Room on the disk of the data directory", count_of(space.available));
  set("brushwatch_disk_size_bytes", "Size of the disk of the data directory", count_of(space.capacity));
}

}  // namespace brushwatch::app
