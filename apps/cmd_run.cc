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
#include "apps/deployment.h"
#include "apps/exit_codes.h"
#include "apps/host.h"
#include "apps/run_metrics.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "connectors/codec/csv_decoder.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/line_source.h"
#include "connectors/http/events_route.h"
#include "connectors/http/server.h"
#include "connectors/kafka/kafka_source.h"

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

/// The sources of the configuration; `http` shares the HTTP source when there is one.
Result<std::vector<IngestSource>> open_sources(const Config& config, std::shared_ptr<HttpSource>& http, bool& merge) {
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
      HttpSource::Options options;
      options.max_records = config.http.queue_events;
      options.wait_for_position = true;
      http = std::make_shared<HttpSource>(options);
      opened.push_back(http);
      merge = false;
    }
    merge = merge && s.clock == IngestClock::kRecord;
    for (auto& source : opened) {
      IngestSource in;
      BW_ASSIGN(in.decoder, decoder());
      in.source = std::move(source);
      in.clock = s.clock;
      out.push_back(std::move(in));
    }
  }
  return out;
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
  std::shared_ptr<HttpSource> http_source;
  bool merge = false;
  BW_ASSIGN(auto sources, open_sources(config, http_source, merge));
  std::unique_ptr<HttpServer> server;
  if (config.http.enabled) {
    HttpOptions http;
    http.address = config.http.address;
    http.port = config.http.port;
    http.body_limit = static_cast<std::size_t>(config.http.body_limit_mib) << 20;
    http.max_connections = config.http.max_connections;
    HttpRoutes routes;
    if (http_source) routes.on_events = make_events_handler(*http_source);
    routes.metrics = [&metrics] { return metrics.serialize(); };
    routes.ready = [&] {
      HttpReadiness r;
      r.ready = ready && !draining;
      if (!ready) r.reasons = R"([{"code":"state_restoring","detail":"folding what the ledger holds beyond the last epoch"}])";
      else if (draining) r.reasons = R"([{"code":"draining","detail":"the process was asked to stop"}])";
      return r;
    };
    routes.version = [] { return std::string(R"({"name":"brushwatch","version":"0.1.0"})"); };
    BW_ASSIGN(server, HttpServer::start(http, std::move(routes)));
    // The port may have been 0: whoever started us reads it here.
    std::fprintf(stderr, "http://%s:%u\n", config.http.address.c_str(), static_cast<unsigned>(server->port()));
  }

  BW_ASSIGN(auto ledger, open_ledger(config));
  BW_ASSIGN(auto sinks, open_outputs(config));
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
                                    if (output == Output::kAlert && line.find("\"type\":\"alert\",") != std::string_view::npos) ++alerts;
                                  },
                                  clock));
  metrics.watch(host->pipeline().stats());
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
    if (!draining.exchange(true) && server) server->drain();
    // Who was let in before the drain gets an answer: what they sent goes into the ledger first.
    return !http_source || http_source->pending_records() == 0;
  };
  std::vector<std::int64_t> latencies;
  run_options.each_round = [&](const Round&, std::int64_t alert_ns) {
    if (alert_ns == 0) return;
    metrics.observe_alert_latency(static_cast<double>(alert_ns) / 1e9);
    if (latencies.size() < 1'000'000) latencies.push_back(alert_ns);
  };
  BW_TRY(host->run(std::move(sources), ingest, run_options));
  if (server) server->stop();
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
