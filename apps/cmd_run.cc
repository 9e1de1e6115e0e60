// `run`: a pipeline from a configuration.

#include <fmt/format.h>
#include <glob.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "apps/commands.h"
#include "apps/config.h"
#include "apps/config_command.h"
#include "apps/exit_codes.h"
#include "apps/host.h"
#include "apps/key_file.h"
#include "apps/read_doors.h"
#include "apps/run_metrics.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "connectors/codec/csv_decoder.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/file_log.h"
#include "connectors/file/line_source.h"
#include "connectors/http/events_route.h"
#include "connectors/http/server.h"
#include "connectors/kafka/kafka_log.h"
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

std::shared_ptr<HttpSource> open_http_source(const Config& config, const std::string& name) {
  HttpSource::Options options;
  options.name = name;
  options.max_records = config.http.queue_events;
  options.wait_for_position = true;
  return std::make_shared<HttpSource>(options);
}

/// The sources of the configuration. Officers' commands are one more, when the run has a door and no end of its own.
Result<std::vector<IngestSource>> open_sources(const Config& config, HttpSources& http, bool& merge) {
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
      BW_ASSIGN(auto partitions, open_kafka_sources(kafka));
      for (auto& source : partitions) opened.push_back(std::move(source));
      merge = merge && s.bounded;
    } else {
      http.events = open_http_source(config, "http");
      opened.push_back(http.events);
      merge = false;
    }
    endless = endless || s.follow || s.kind == SourceKind::kHttp || (s.kind == SourceKind::kKafka && !s.bounded);
    merge = merge && s.clock == IngestClock::kRecord;
    for (auto& source : opened) {
      IngestSource in;
      BW_ASSIGN(auto plain, decoder());
      in.decoder = doors::guard_sender(std::move(plain), {.commands = s.commands});
      in.source = std::move(source);
      in.clock = s.clock;
      out.push_back(std::move(in));
    }
  }
  if (config.http.enabled && endless) {
    http.commands = open_http_source(config, "commands");
    IngestSource in;
    JsonDecoderOptions json;
    json.clock = IngestClock::kWall;
    in.decoder = make_json_decoder(json);
    in.source = http.commands;
    in.clock = IngestClock::kWall;
    in.moves_time = false;  // an officer's clock is not the stream's
    out.push_back(std::move(in));
  }
  return out;
}

Result<std::unique_ptr<Log>> open_ledger(const Config& config) {
  if (config.ledger.kind == Transport::kKafka) {
    KafkaLogOptions options;
    options.bootstrap = config.bootstrap_of(config.ledger.bootstrap);
    options.topic = config.ledger.topic;
    options.partitions = config.pipeline.partitions;
    options.config = config.kafka_properties();
    return open_kafka_log(options);
  }
  FileLogOptions options;
  options.directory = config.ledger.path.empty() ? config.pipeline.data_dir + "/ledger" : config.ledger.path;
  options.partitions = config.pipeline.partitions;
  options.fsync = config.ledger.fsync;
  return open_file_log(options);
}

Result<ChainedHub::Sinks> open_outputs(const Config& config) {
  ChainedHub::Sinks sinks;
  const std::array<std::string, kOutputs> names{config.output.alerts, config.output.late,  config.output.dlq,
                                                 config.output.cases,  config.output.lists, config.output.credit};
  std::shared_ptr<const SigningKey> key;
  if (!config.signing.key.empty()) {
    BW_ASSIGN(key, read_signing_key(config.signing.key));
  }
  for (std::size_t o = 0; o < kOutputs; ++o) {
    if (config.output.kind == Transport::kKafka) {
      KafkaLineSinkOptions options;
      options.output = static_cast<Output>(o);
      options.key = key;
      options.bootstrap = config.bootstrap_of(config.output.bootstrap);
      options.topic = names[o];
      options.partitions = config.pipeline.partitions;
      options.config = config.kafka_properties();
      BW_ASSIGN(sinks[o], make_kafka_line_sink(options));
    } else {
      const std::string folder = config.output.path.empty() ? config.pipeline.data_dir + "/out" : config.output.path;
      std::error_code code;
      fs::create_directories(folder, code);
      if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the output folder", code.value()).in(folder));
      BW_ASSIGN(sinks[o], make_file_line_sink(folder + "/" + names[o], static_cast<Output>(o), key));
    }
  }
  return sinks;
}

std::uint64_t identity_of(const Config& config) {
  std::uint64_t h = hash_combine(hash64("brushwatch/run/1"), config.pipeline.partitions);
  h = hash_combine(h, hash64(config.ledger.kind == Transport::kKafka ? config.ledger.topic : config.ledger.path));
  return h;
}

Result<int> run_configured(const Config& config, bool json) {
  Clock& clock = system_clock();
  const Operators operators;
  std::vector<std::string> rule_texts;
  for (const auto& [name, value] : config.rules) rule_texts.push_back(name + "=" + std::to_string(value));
  BW_ASSIGN(const auto rules, parse_rules(operators, rule_texts));
  std::error_code code;
  fs::create_directories(config.pipeline.data_dir, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the data directory", code.value()).in(config.pipeline.data_dir));

  RunMetrics metrics;
  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
  // Shared with the ingest, which ends first: a request may still be on its way in while the server stops.
  HttpSources http_sources;
  bool merge = false;
  BW_ASSIGN(auto sources, open_sources(config, http_sources, merge));
  std::unique_ptr<ReadDoors> doors;
  // The read model's thread wakes the server's streams: it must not do so any more when the server goes, on whatever way out.
  const auto quiet_stop = [&doors](HttpServer* gone) {
    doors->wake(nullptr);
    delete gone;
  };
  std::unique_ptr<HttpServer, decltype(quiet_stop)> server(nullptr, quiet_stop);
  if (config.http.enabled) {
    BW_ASSIGN(doors, ReadDoors::open(config, config.pipeline.data_dir + "/read", clock));
    HttpOptions http;
    http.address = config.http.address;
    http.port = config.http.port;
    http.body_limit = static_cast<std::size_t>(config.http.body_limit_mib) << 20;
    http.max_connections = config.http.max_connections;
    HttpRoutes routes;
    if (http_sources.events) routes.on_events = make_events_handler(*http_sources.events);
    if (http_sources.events) doors->guard_events(routes, *http_sources.events);
    routes.more = doors->routes(http_sources.commands.get());
    routes.metrics = [&metrics] { return metrics.serialize(); };
    routes.ready = [&] {
      HttpReadiness r;
      r.ready = ready && !draining;
      if (!ready) r.reasons = R"([{"code":"state_restoring","detail":"folding what the ledger holds beyond the last epoch"}])";
      else if (draining) r.reasons = R"([{"code":"draining","detail":"the process was asked to stop"}])";
      return r;
    };
    routes.version = [] { return std::string(R"({"name":"brushwatch","version":"0.1.0"})"); };
    BW_ASSIGN(auto started_server, HttpServer::start(http, std::move(routes)));
    server.reset(started_server.release());
    doors->wake(server.get());
    // The port may have been 0: whoever started us reads it here.
    std::fprintf(stderr, "http://%s:%u\n", config.http.address.c_str(), static_cast<unsigned>(server->port()));
  }

  BW_ASSIGN(auto ledger, open_ledger(config));
  BW_ASSIGN(auto sinks, open_outputs(config));
  if (doors) sinks = doors->watched(std::move(sinks));
  HostOptions host_options;
  host_options.partitions = config.pipeline.partitions;
  host_options.threads = config.pipeline.threads != 0 ? config.pipeline.threads : std::max(1U, std::thread::hardware_concurrency());
  host_options.memory_bytes = static_cast<std::size_t>(config.pipeline.memory_mib) << 20;
  host_options.epoch_records = config.pipeline.epoch_events;
  host_options.state_directory = config.pipeline.data_dir + "/state";
  host_options.identity = identity_of(config);
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
  metrics.watch(host->pipeline().stats());
  if (doors) BW_TRY(doors->restored(host->pipeline().last_tick()));
  ready = true;
  if (host->state_damage()) {
    spdlog::warn("\"event\":\"state_discarded\",\"text\":\"E{} {}; folded again from the ledger\"",
                 static_cast<unsigned>(host->state_damage()->code), host->state_damage()->text);
  }
  log_event("ready", fmt::format("{} rounds folded again from the ledger", host->caught_up_rounds()));

  IngestOptions ingest;
  ingest.merge = merge;
  ingest.initial_rules = rules;
  if (!merge) ingest.round_events = config.pipeline.round_events;
  RunOptions run_options;
  run_options.flush_each_round = true;
  run_options.stop = [&] {
    if (!stop_requested()) return false;
    if (!draining.exchange(true) && server) {
      server->drain();
      doors->set_status("draining");
    }
    // Who was let in before the drain gets an answer: what they sent goes into the ledger first.
    return http_sources.settled();
  };
  std::vector<std::int64_t> latencies;
  run_options.each_round = [&](const Round& round, std::int64_t alert_ns) {
    if (doors) doors->round_done(round.tick);
    if (alert_ns == 0) return;
    metrics.observe_alert_latency(static_cast<double>(alert_ns) / 1e9);
    if (latencies.size() < 1'000'000) latencies.push_back(alert_ns);
  };
  BW_TRY(host->run(std::move(sources), ingest, run_options));
  if (server) {
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
  auto done = run_configured(*config, options.json);
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
