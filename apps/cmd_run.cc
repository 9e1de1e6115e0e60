// `run`: a pipeline from a configuration.

#include <fmt/format.h>
#include <glob.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <future>
#include <thread>

#include "apps/commands.h"
#include "apps/config.h"
#include "apps/config_command.h"
#include "apps/deployment.h"
#include "apps/exit_codes.h"
#include "apps/host.h"
#include "apps/key_file.h"
#include "apps/read_doors.h"
#include "apps/lead_watch.h"
#include "apps/quota_source.h"
#include "apps/rule_book.h"
#include "apps/run_metrics.h"
#include "apps/session.h"
#include "apps/snapshot_maker.h"
#include "apps/terminal.h"
#include "connectors/codec/csv_decoder.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/line_source.h"
#include "connectors/http/console_route.h"
#include "connectors/http/events_route.h"
#include "connectors/http/server.h"
#include "connectors/kafka/kafka_source.h"
#include "doors/sender_guard.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

void open_logger(const LogConfig& config) {
  auto logger = spdlog::stderr_color_mt("brushwatch");
  const bool json = config.format == LogFormat::kJson || (config.format == LogFormat::kAuto && ::isatty(STDERR_FILENO) == 0);
  if (json) logger->set_pattern(R"({"ts":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","component":"brushwatch",%v})");
  else logger->set_pattern("%H:%M:%S %^%-5l%$ %v");
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
  logger->set_level(kLevels[static_cast<unsigned>(config.level)]);
  spdlog::set_default_logger(logger);
}
/// One event of the program's own life, in both log formats.
void log_event(std::string_view event, std::string_view text) {
  spdlog::info("\"event\":\"{}\",\"text\":\"{}\"", event, text);
}

/// The sources that are HTTP doors, shared with the server.
struct HttpSources {
  std::shared_ptr<HttpSource> events, commands;
  [[nodiscard]] bool settled() const {
    return (!events || events->pending_records() == 0) && (!commands || commands->pending_records() == 0);
  }
};

std::shared_ptr<HttpSource> open_http_source(const Config& config, const std::string& name, std::uint64_t events_per_s = 0, std::uint64_t bytes_per_s = 0) {
  HttpSource::Options options;
  options.name = name;
  options.max_records = config.http.queue_events;
  options.wait_for_position = true;
  options.events_per_s = events_per_s;
  options.bytes_per_s = bytes_per_s;
  return std::make_shared<HttpSource>(options);
}

/// The sources of the configuration. Officers' commands are one more, when the run has a door and no end of its own.
Result<std::vector<IngestSource>> open_sources(const Config& config, const RuleCheck& check, RunMetrics& metrics, HttpSources& http, bool& merge) {
  bool endless = false;
  std::vector<IngestSource> out;
  merge = !config.sources.empty();
  for (const SourceConfig& s : config.sources) {
    const auto decoder = [&]() -> Result<std::unique_ptr<Decoder>> {
      if (s.format == SourceFormat::kCsv) {
        CsvDecoderOptions csv;
        csv.data_dir = fs::path(s.path).parent_path().string();
        csv.clock = s.clock;
        return make_csv_decoder(s.mapping, csv);
      }
      JsonDecoderOptions json;
      json.default_source = s.source;
      json.clock = s.clock;
      json.rule_check = check;
      return make_json_decoder(json);
    };
    std::vector<std::shared_ptr<Source>> opened;
    if (s.kind == SourceKind::kFile) {
      glob_t matches{};
      ::glob(s.path.c_str(), 0, nullptr, &matches);
      std::vector<std::string> files;
      for (std::size_t i = 0; i < matches.gl_pathc; ++i) files.emplace_back(matches.gl_pathv[i]);
      ::globfree(&matches);
      if (files.empty() && s.follow) files.push_back(s.path);
      if (files.empty()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "no file matches").in(s.path));
      for (const std::string& f : files) {
        BW_ASSIGN(auto source, open_line_source(f, fs::path(f).filename().string(), s.follow));
        opened.push_back(std::move(source));
      }
      merge = merge && !s.follow;
    } else if (s.kind == SourceKind::kKafka) {
      KafkaSourceOptions kafka;
      kafka.bootstrap = config.bootstrap_of(s.bootstrap);
      kafka.topics = s.topics;
      kafka.config = config.kafka_properties();
      kafka.bounded = s.bounded;
      kafka.create_if_missing = !s.bounded;
      kafka.statistics = metrics.kafka();
      kafka.replication = static_cast<int>(config.ledger.replication);  // what is read must be as safe as what is made of it
      BW_ASSIGN(auto partitions, open_kafka_sources(kafka));
      for (auto& source : partitions) opened.push_back(std::move(source));
      merge = merge && s.bounded;
    } else {
      http.events = open_http_source(config, "http", s.events_per_s, s.bytes_per_s);
      if (s.events_per_s != 0 || s.bytes_per_s != 0) metrics.watch_quota(s.name, [events = http.events] { return events->throttled().load(); });
      opened.push_back(http.events);
      merge = false;
    }
    endless = endless || s.follow || s.kind == SourceKind::kHttp || (s.kind == SourceKind::kKafka && !s.bounded);
    if (s.kind != SourceKind::kHttp && (s.events_per_s != 0 || s.bytes_per_s != 0)) {
      auto shared = std::make_shared<QuotaSource::Shared>();
      shared->quota = Quota(s.events_per_s, s.bytes_per_s, system_clock().monotonic_ns());
      metrics.watch_quota(s.name, [shared] { return shared->throttled.load(); });
      for (auto& source : opened) source = std::make_shared<QuotaSource>(std::move(source), shared, system_clock());
    }
    merge = merge && s.clock == IngestClock::kRecord;
    for (auto& source : opened) {
      IngestSource in;
      BW_ASSIGN(auto plain, decoder());
      in.decoder = doors::guard_sender(std::move(plain), {.commands = s.commands, .party = s.party});
      in.source = std::move(source);
      in.clock = s.clock;
      in.party = s.party;
      out.push_back(std::move(in));
    }
  }
  if (config.http.enabled && endless) {
    http.commands = open_http_source(config, "commands");
    IngestSource in;
    JsonDecoderOptions json;
    json.clock = IngestClock::kWall;
    json.rule_check = check;
    in.decoder = make_json_decoder(json);
    in.source = http.commands;
    in.clock = IngestClock::kWall;
    in.moves_time = false;  // an officer's clock is not the stream's
    out.push_back(std::move(in));
  }
  return out;
}

KafkaLeadOptions lead_options(const Config& config) {
  KafkaLeadOptions options;
  options.bootstrap = config.bootstrap_of(config.ledger.bootstrap);
  options.topic = config.standby.topic;
  options.group = config.standby.group;
  options.instance = config.standby.instance;
  options.session_ms = static_cast<int>(config.standby.session_ms);
  options.replication = static_cast<int>(config.ledger.replication);
  options.config = config.kafka_properties();
  return options;
}

Result<int> run_configured(const Config& config, const std::string& restore, bool json) {
  Clock& clock = system_clock();
  const Operators operators;
  std::vector<std::string> rule_texts;
  for (const auto& [name, value] : config.rules) rule_texts.push_back(name + "=" + std::to_string(value));
  BW_ASSIGN(const auto rules, parse_rules(operators, rule_texts));
  std::error_code code;
  fs::create_directories(config.pipeline.data_dir, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the data directory", code.value()).in(config.pipeline.data_dir));

  RunMetrics metrics({"0.1.0", config_hash(config), config.pipeline.data_dir, operators.detectors(), operators.rules()}, clock);
  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
  std::atomic<bool> standing_by{false};
  // Shared with the ingest, which ends first: a request may still be on its way in while the server stops.
  HttpSources http_sources;
  bool merge = false;
  // The broker's answers are waited for side by side: a restart is as long as the longest of them, not as their sum.
  const auto beside = [](Transport kind) { return kind == Transport::kKafka ? std::launch::async : std::launch::deferred; };
  auto opening_ledger = std::async(beside(config.ledger.kind), [&] { return open_ledger(config, metrics.kafka()); });
  auto opening_outputs = std::async(beside(config.output.kind), [&] { return open_outputs(config, metrics.kafka()); });
  BW_ASSIGN(auto sources, open_sources(config, RuleBook(operators).checker(), metrics, http_sources, merge));
  std::unique_ptr<ReadDoors> doors;
  // The read model's thread wakes the server's streams: it must not do so any more when the server goes, on whatever way out.
  const auto quiet_stop = [&doors](HttpServer* gone) {
    doors->wake(nullptr);
    delete gone;
  };
  std::unique_ptr<HttpServer, decltype(quiet_stop)> server(nullptr, quiet_stop);
  if (config.http.enabled) {
    BW_ASSIGN(doors, ReadDoors::open(operators, config, config.pipeline.data_dir, clock));
    HttpOptions http;
    http.address = config.http.address;
    http.port = config.http.port;
    http.body_limit = static_cast<std::size_t>(config.http.body_limit_mib) << 20;
    http.max_connections = config.http.max_connections;
    http.tls = {config.http.tls_certificate, config.http.tls_key, config.access.client_ca};
    HttpRoutes routes;
    if (http_sources.events) routes.on_events = make_events_handler(*http_sources.events);
    if (http_sources.events) doors->guard_events(routes, *http_sources.events);
    routes.more = doors->routes(http_sources.commands.get());
    metrics.watch_verdicts([raw = doors.get()] { return raw->verdicts(); });  // asked by scrapes, which end with the server
    routes.metrics = [&metrics] { return metrics.serialize(); };
    routes.observe = [&metrics](std::string_view route, unsigned status, double seconds) { metrics.observe_http(route, status, seconds); };
    routes.ready = [&] {
      HttpReadiness r;
      r.ready = ready && !draining;
      if (standing_by) r.reasons = R"([{"code":"standing_by","detail":"another instance leads; this one folds what it writes"}])";
      else if (!ready) r.reasons = R"([{"code":"state_restoring","detail":"folding what the ledger holds beyond the last epoch"}])";
      else if (draining) r.reasons = R"([{"code":"draining","detail":"the process was asked to stop"}])";
      return r;
    };
    routes.version = [] { return std::string(R"({"name":"brushwatch","version":"0.1.0"})"); };
    for (const HttpRoute& route : console_routes()) routes.more.push_back(route);
    metrics.watch_streams([raw = doors.get()] { return raw->stream_clients(); }, [raw = doors.get()] { return raw->member_topics(); });
    metrics.watch_sightings([raw = doors.get()] { return raw->model().sighted(); });
    doors->watch_deliveries([&metrics](double seconds) { metrics.observe_stream_lag(seconds); }, metrics.webhook_watch());
    if (doors->webhooks() != nullptr) metrics.watch_webhooks([raw = doors.get()] { return raw->webhooks()->counts(); });
    for (HttpRoute& route : doors->public_routes()) routes.more.push_back(std::move(route));
    BW_ASSIGN(auto started_server, HttpServer::start(http, std::move(routes)));
    server.reset(started_server.release());
    doors->wake(server.get());
    // The port may have been 0: whoever started us reads it here.
    std::fprintf(stderr, "%s://%s:%u\n", http.tls.certificate.empty() ? "http" : "https", config.http.address.c_str(), static_cast<unsigned>(server->port()));
  }

  BW_ASSIGN(auto ledger, opening_ledger.get());
  BW_ASSIGN(auto sinks, opening_outputs.get());
  if (doors) sinks = doors->watched(std::move(sinks));
  HostOptions host_options;
  host_options.partitions = config.pipeline.partitions;
  host_options.threads = config.pipeline.threads != 0 ? config.pipeline.threads : std::max(1U, std::thread::hardware_concurrency());
  host_options.memory_bytes = static_cast<std::size_t>(config.pipeline.memory_mib) << 20;
  host_options.epoch_records = config.pipeline.epoch_events;
  host_options.state_directory = config.pipeline.data_dir + "/state";
  host_options.identity = identity_of(config);
  host_options.listen = config.standby.enabled;
  if (!restore.empty()) {
    if (fs::exists(host_options.state_directory, code) && !fs::is_empty(host_options.state_directory, code)) {
      log_event("not_restored", "there is a state already");
    } else {
      BW_ASSIGN(const SnapshotManifest manifest, restore_snapshot(restore, host_options.state_directory));
      log_event("restored", fmt::format("epoch {}, round {}", manifest.epoch, manifest.next_round));
    }
  }
  SnapshotMaker snapshots(config.snapshot, clock);
  std::uint64_t alerts = 0;
  const std::int64_t started = clock.monotonic_ns();
  const ProcessUsage before = process_usage();
  BW_ASSIGN(auto host, Host::open(operators, std::move(ledger), std::move(sinks), host_options,
                                  [&](Output output, std::string_view line) {
                                    metrics.count_line(output, line);
                                    if (doors) doors->line(output, line);
                                    if (output == Output::kAlert && line.find("\"type\":\"alert\",") != std::string_view::npos) ++alerts;
                                  },
                                  clock));
  const WatchedHost watched(metrics, *host);
  // The doors live longer than the host: they do not ask it for its rules any more when it goes.
  const auto no_rules = [&doors](Host*) { if (doors) doors->backtests().ask_rules_of({}); };
  const std::unique_ptr<Host, decltype(no_rules)> asked(host.get(), no_rules);
  if (doors) doors->backtests().ask_rules_of([raw = host.get()] { return raw->pipeline().stats().rules(); });
  if (doors) BW_TRY(doors->restored(host->pipeline().last_tick()));
  if (host->state_damage()) {
    spdlog::warn("\"event\":\"state_discarded\",\"text\":\"E{} {}; folded again from the ledger\"",
                 static_cast<unsigned>(host->state_damage()->code), host->state_damage()->text);
  }
  const auto take_snapshot = [&]() -> Result<void> {
    BW_TRY(snapshots.maybe(*host));
    if (const auto failed = snapshots.failed()) spdlog::warn("\"event\":\"snapshot_failed\",\"text\":\"{}\"", failed->message());
    return {};
  };
  std::unique_ptr<LeadWatch> lead;
  if (config.standby.enabled) {
    merge = false;  // rounds are what has arrived: whoever leads next goes on with what arrives next
    standing_by = true;
    BW_ASSIGN(lead, LeadWatch::join(lead_options(config)));
    bool told = false;
    // Readers of a standby see whole rounds, and what it has heard does not pile up until it leads.
    std::uint64_t shown = host->pipeline().next_round();
    const auto show = [&] {
      if (!doors || host->pipeline().next_round() == shown || !host->hub().level()) return;
      doors->round_done(*host->pipeline().last_tick());
      shown = host->pipeline().next_round();
    };
    BW_TRY(host->stand_by(
        [&] {
          if (!told && lead->placed() && !lead->leads()) {
            log_event("standing_by", fmt::format("instance {} of group {}", config.standby.instance, config.standby.group));
            told = true;
          }
          return lead->leads() || lead->failed() || stop_requested();
        },
        [&] {
          show();
          return take_snapshot();
        }));
    BW_TRY(lead->check());
    if (!lead->leads()) {
      BW_TRY(host->leave());
      log_event("stopped", "was standing by");
      return kExitOk;
    }
    const std::int64_t detected_ns = lead->since_ns();
    const std::size_t unheard = host->hub().unheard();
    BW_TRY(host->begin_writing());
    standing_by = false;
    log_event("took_over", fmt::format("writer epoch {}, {:.3f} s after the group gave the lead, {} lines were not out yet", host->tenure().epoch(),
                                       static_cast<double>(clock.monotonic_ns() - detected_ns) / 1e9, unheard));
    const TickEvent* last = host->pipeline().last_tick();
    if (last != nullptr && last->end_of_input) {
      BW_TRY(host->finish_ledger_replay());
      log_event("stopped", "the input had ended");
      return kExitOk;
    }
  }
  if (doors) BW_TRY(doors->lead(http_sources.commands.get(), host->pipeline().last_tick()));
  ready = true;
  log_event("ready", fmt::format("{} rounds folded again from the ledger", host->caught_up_rounds()));

  IngestOptions ingest;
  ingest.merge = merge;
  ingest.initial_rules = rules;
  ingest.stats = metrics.ingest();
  if (!merge) ingest.round_events = config.pipeline.round_events;
  RunOptions run_options;
  run_options.flush_each_round = true;
  run_options.before_round = [&]() -> Result<void> {
    if (lead) BW_TRY(lead->check());
    return take_snapshot();
  };
  // A process that was stopped for half a session may have lost its lead without knowing.
  if (config.ledger.kind == Transport::kKafka && !merge) run_options.trust_ms = config.standby.session_ms / 2;
  run_options.stop = [&] {
    if (lead && !lead->check()) return true;
    if (!stop_requested()) return false;
    if (!draining.exchange(true) && server) {
      server->drain();
      doors->set_status("draining");
    }
    // Who was let in before the drain gets an answer: what they sent goes into the ledger first.
    return http_sources.settled();
  };
  std::vector<std::int64_t> latencies;
  std::int64_t served_ns = 0;
  run_options.each_round = [&](const Round& round, std::int64_t alert_ns) {
    metrics.observe_round(round, alert_ns);
    if (doors) doors->round_done(round.tick);
    constexpr std::int64_t kServeEveryNs = 1'000'000'000;
    if (const std::int64_t now = clock.monotonic_ns(); now - served_ns >= kServeEveryNs) {
      host->hub().serve();
      served_ns = now;
    }
    if (alert_ns == 0) return;
    if (latencies.size() < 1'000'000) latencies.push_back(alert_ns);
  };
  BW_TRY(host->run(std::move(sources), ingest, run_options));
  if (lead) BW_TRY(lead->check());
  if (server) {
    doors->stop();
    doors->wake(nullptr);
    server->stop();
  }
  const ProcessUsage usage = process_usage();
  const double cpu_s = usage.user_s + usage.system_s - before.user_s - before.system_s;
  const double wall_s = static_cast<double>(clock.monotonic_ns() - started) / 1e9;
  const IngestCounters& in = host->ingest_counters();
  const PipelineStats& stats = host->pipeline().stats();
  std::sort(latencies.begin(), latencies.end());
  const double p99 = latencies.empty() ? 0 : static_cast<double>(latencies[latencies.size() * 99 / 100]) / 1e6;
  if (json) {
    std::printf("%s\n", fmt::format("{{\"records\":{},\"events\":{},\"dead_letters\":{},\"late\":{},\"duplicates\":{},\"alerts\":{},\"rounds\":{},\"measured\":{{\"wall_s\":{:.3f},\"cpu_s\":{:.3f},\"events_per_cpu_s\":{:.0f},\"event_to_alert_p99_ms\":{:.3f},\"suppressed_lines\":{},\"peak_rss_bytes\":{}}}}}",
                                    in.records, in.events, stats.rejected.load(), stats.late.load(), in.duplicates, alerts, stats.rounds.load(), wall_s, cpu_s,
                                    cpu_s > 0 ? static_cast<double>(in.events) / cpu_s : 0.0, p99, host->hub().suppressed(), usage.peak_rss_bytes)
                            .c_str());
  } else {
    std::printf("events        %s\ndead letters  %s\nlate          %s\nalerts        %s\n", grouped(in.events).c_str(), grouped(stats.rejected).c_str(), grouped(stats.late).c_str(), grouped(alerts).c_str());
  }
  log_event("stopped", "epoch closed; the same command goes on from here");
  return kExitOk;
}

}  // namespace

int run_command(const RunCommandOptions& options) {
  std::vector<ConfigProblem> problems;
  auto config = load_for_command(options, problems);
  if (!config) return report_problems(problems, config.error(), options.json);
  open_logger(config->log);
  auto done = run_configured(*config, options.restore, options.json);
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
