#include "apps/session.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "apps/commands.h"
#include "apps/ledger_address.h"
#include "apps/rule_book.h"
#include "apps/terminal.h"
#include "connectors/codec/convert.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/file_log.h"
#include "connectors/file/line_source.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> input_files(const std::string& input) {
  std::error_code code;
  std::vector<std::string> files;
  if (fs::is_directory(input, code)) {
    for (const auto& entry : fs::directory_iterator(input, code)) {
      if (entry.is_regular_file() && entry.path().extension() == ".ndjson") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());  // the order of a directory is an accident; source numbers must not be
  } else if (fs::is_regular_file(input, code)) {
    files.push_back(input);
  }
  if (files.empty()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "no .ndjson files to read").in(input));
  return files;
}

/// What the output directory belongs to: the same files by name and size, the same partitions and rules.
std::uint64_t identity_of(const std::vector<std::string>& files, const SessionOptions& options, const std::vector<std::pair<std::string, std::int64_t>>& rules) {
  std::uint64_t h = hash_combine(hash64("brushwatch/replay/1"), options.partitions);
  for (const std::string& f : files) {
    std::error_code code;
    h = hash_combine(h, hash64(fs::path(f).filename().string()));
    h = hash_combine(h, static_cast<std::uint64_t>(fs::file_size(f, code)));
  }
  for (const auto& [name, value] : rules) h = hash_combine(hash_combine(h, hash64(name)), static_cast<std::uint64_t>(value));
  return hash_combine(h, hash64(options.source));
}

}  // namespace

std::int64_t SessionSummary::alert_ns_at(double quantile) const {
  if (alert_ns.empty()) return 0;
  std::vector<std::int64_t> sorted = alert_ns;
  std::sort(sorted.begin(), sorted.end());
  const auto at = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

std::string SessionSummary::json() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  const auto u = [&](const char* name, std::uint64_t v) { w.Key(name); w.Uint64(v); };
  w.StartObject();
  u("records", records); u("events", events); u("dead_letters", rejected); u("late", late); u("duplicates", duplicates);
  u("alerts", alerts); u("alert_lines", alert_lines); u("rounds", rounds);
  w.Key("complete"); w.Bool(complete);
  w.Key("measured");
  w.StartObject();
  w.Key("wall_s"); w.Double(wall_s);
  w.Key("cpu_s"); w.Double(cpu_s);
  w.Key("events_per_s"); w.Double(wall_s > 0 ? static_cast<double>(events) / wall_s : 0);
  w.Key("events_per_cpu_s"); w.Double(cpu_s > 0 ? static_cast<double>(events) / cpu_s : 0);
  w.Key("event_to_alert_p50_ms"); w.Double(static_cast<double>(alert_ns_at(0.5)) / 1e6);
  w.Key("event_to_alert_p99_ms"); w.Double(static_cast<double>(alert_ns_at(0.99)) / 1e6);
  u("suppressed_lines", suppressed); u("stage_records", stage_records); u("epochs", epochs); u("live_rows", live_rows); u("peak_live_rows", peak_live_rows); u("hot_rows", hot_rows);
  u("row_bytes", row_bytes); u("store_reads", store_reads); u("peak_rss_bytes", peak_rss_bytes);
  w.Key("stages");
  w.StartArray();
  for (std::size_t s = 0; s < kStages; ++s) {
    w.StartObject();
    w.Key("stage");
    const std::string_view name = stage_name(static_cast<Stage>(s));
    w.String(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    u("records", records_by_stage[s]);
    u("timers", timers_by_stage[s]);
    u("ns", nanoseconds_by_stage[s]);
    w.EndObject();
  }
  w.EndArray();
  w.EndObject();
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

Result<std::vector<std::pair<std::string, std::int64_t>>> parse_rules(const Operators& operators, const std::vector<std::string>& rules) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  const RuleBook book(operators);
  for (const std::string& text : rules) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return tl::unexpected<Error>(Error(ErrorCode::kUsage, "a rule is name=value").in(text));
    const std::string name = text.substr(0, equals);
    if (book.find(name) == nullptr) return tl::unexpected<Error>(Error(ErrorCode::kConfigUnknownKey, "no such rule; `brushwatch rules ls` lists them").in(name));
    const auto value = rule_value(name, std::string_view(text).substr(equals + 1));
    if (!value) return tl::unexpected<Error>(Error(ErrorCode::kConfigType, "a rule's value is a whole number; a detector's switch also takes on, off, shadow").in(text));
    if (!book.check(name, *value)) return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "the value lies outside the rule's bounds").in(name + ": " + book.complaint(name, *value)));
    out.emplace_back(name, *value);
  }
  return out;
}

Result<SessionSummary> run_session(const Operators& operators, const SessionOptions& options) {
  Clock& clock = system_clock();
  const std::int64_t started = clock.monotonic_ns();
  const ProcessUsage usage_before = process_usage();
  std::error_code code;
  if (options.force) fs::remove_all(options.out, code);
  fs::create_directories(options.out, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the output directory", code.value()).in(options.out));

  const bool from_ledger = !options.ledger.empty();
  BW_ASSIGN(auto rules, parse_rules(operators, options.rules));
  std::vector<std::string> files;
  std::string input = options.input;
  if (!from_ledger && !options.mapping.empty()) {
    input = options.out + "/converted.ndjson";
    if (!fs::exists(input, code)) {
      const std::string partial = input + ".partial";
      BW_ASSIGN(auto converted, convert_csv(options.mapping, options.input, partial));
      (void)converted;
      fs::rename(partial, input, code);
    }
  }
  std::uint64_t input_bytes = 0;
  HostOptions host_options;
  if (!from_ledger) {
    BW_ASSIGN(files, input_files(input));
    for (const std::string& f : files) input_bytes += fs::file_size(f, code);
    host_options.identity = identity_of(files, options, rules);
  }

  // Outputs that begin with a snapshot lack what came before it, for ever: the copy of its manifest says so.
  const std::string restored = options.out + "/restored.txt";
  const std::string state_directory = options.out + "/state";
  if (!options.restore.empty() && (!fs::exists(state_directory, code) || fs::is_empty(state_directory, code))) {
    BW_ASSIGN(const SnapshotManifest manifest, restore_snapshot(options.restore, state_directory));
    std::ofstream(restored) << manifest.text();
  }
  const bool whole = !fs::exists(restored, code);
  ChainedHub::Sinks sinks;
  for (std::size_t o = 0; o < kOutputs; ++o) {
    BW_ASSIGN(sinks[o], make_file_line_sink(options.out + "/" + kOutputFiles[o], whole));
  }
  std::unique_ptr<Log> ledger;
  if (from_ledger) {
    BW_ASSIGN(ledger, open_ledger_to_read(options.ledger));
  } else {
    FileLogOptions log_options;
    log_options.directory = options.out + "/ledger";
    log_options.partitions = options.partitions;
    BW_ASSIGN(ledger, open_file_log(log_options));
  }

  host_options.partitions = ledger->partitions();
  host_options.threads = options.threads;
  host_options.memory_bytes = options.memory_mib << 20;
  host_options.epoch_records = options.epoch_records;
  host_options.state_directory = state_directory;
  host_options.may_truncate_ledger = !from_ledger;

  SessionSummary summary;
  const auto observe = [&](Output output, std::string_view line) {
    if (output != Output::kAlert) return;
    ++summary.alert_lines;
    if (line.find("\"type\":\"alert\",") != std::string_view::npos) ++summary.alerts;
    if (options.on_alert) options.on_alert(std::string(line));
  };
  std::uint64_t folded_events = 0;
  Host* running = nullptr;
  const auto progress = [&](const Round& round, std::int64_t alert_ns) {
    folded_events += round.events;
    if (alert_ns != 0) summary.alert_ns.push_back(alert_ns);
    if (!options.on_progress) return;
    std::uint64_t at = 0;
    for (const SourcePosition& p : round.tick.positions) at += p.next;
    options.on_progress(input_bytes == 0 ? 0.0 : static_cast<double>(at) / static_cast<double>(input_bytes), folded_events, round.tick.watermark);
  };
  BW_ASSIGN(auto host, Host::open(operators, std::move(ledger), std::move(sinks), host_options, observe, clock,
                                  [&](const Round& round) { progress(round, 0); }));
  running = host.get();
  (void)running;
  if (host->state_damage()) std::fprintf(stderr, "brushwatch: %s; the state was discarded and folded again from the ledger\n", host->state_damage()->message().c_str());
  const TickEvent* last = host->pipeline().last_tick();
  summary.was_complete = last != nullptr && last->end_of_input && host->caught_up_rounds() == 0;
  if (from_ledger) {
    BW_TRY(host->finish_ledger_replay());
  } else {
    std::vector<IngestSource> sources;
    const RuleCheck check = RuleBook(operators).checker();
    for (const std::string& f : files) {
      IngestSource in;
      BW_ASSIGN(in.source, open_line_source(f, fs::path(f).filename().string(), false));
      JsonDecoderOptions decoder;
      decoder.default_source = options.source;
      decoder.clock = IngestClock::kRecord;
      decoder.rule_check = check;
      in.decoder = make_json_decoder(decoder);
      in.clock = IngestClock::kRecord;
      sources.push_back(std::move(in));
    }
    IngestOptions ingest;
    ingest.merge = true;
    ingest.initial_rules = rules;
    RunOptions run_options;
    run_options.flush_each_round = options.flush_each_round;
    run_options.stop = stop_requested;
    run_options.each_round = progress;
    BW_TRY(host->run(std::move(sources), ingest, run_options));
  }
  last = host->pipeline().last_tick();
  summary.complete = last != nullptr && last->end_of_input;
  const PipelineStats& stats = host->pipeline().stats();
  summary.records = host->ingest_counters().records;
  summary.duplicates = host->ingest_counters().duplicates;
  summary.events = from_ledger ? stats.stage_records.load() : host->ingest_counters().events;
  summary.rejected = stats.rejected;
  summary.late = stats.late;
  summary.rounds = stats.rounds;
  summary.suppressed = host->hub().suppressed();
  summary.stage_records = stats.stage_records;
  summary.epochs = stats.epochs;
  summary.live_rows = stats.live_rows;
  summary.peak_live_rows = stats.peak_live_rows;
  summary.hot_rows = stats.hot_rows;
  summary.row_bytes = stats.row_bytes;
  summary.store_reads = stats.store_reads;
  for (std::size_t s = 0; s < kStages; ++s) {
    summary.records_by_stage[s] = stats.records_by_stage[s];
    summary.timers_by_stage[s] = stats.timers_by_stage[s];
    summary.nanoseconds_by_stage[s] = stats.nanoseconds_by_stage[s];
  }
  const ProcessUsage usage = process_usage();
  summary.wall_s = static_cast<double>(clock.monotonic_ns() - started) / 1e9;
  summary.cpu_s = usage.user_s + usage.system_s - usage_before.user_s - usage_before.system_s;
  summary.peak_rss_bytes = usage.peak_rss_bytes;
  std::ofstream file(options.out + "/summary.json");
  file << summary.json() << '\n';
  file.close();
  if (!file) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot write the summary").in(options.out + "/summary.json"));
  return summary;
}

}  // namespace brushwatch::app
