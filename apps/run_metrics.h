#pragma once
/// What `run` exports at /metrics: sources, stages, latency step by step, alerts, outputs, state, Kafka clients, the process.
///
/// The pipeline counts for itself; here its numbers are read at each scrape, so that folding pays for nothing but one
/// histogram a round. docs/metrics.md lists every family; no label names a shop, a buyer, an order or anything else that grows with the data.
///
/// Threads  observe_* from one thread each; serialize() from any. watch() … unwatch() bracket the life of the host.

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/detector_silence.h"
#include "apps/line_metrics.h"
#include "connectors/kafka/kafka_statistics.h"
#include "connectors/metrics/metrics.h"
#include "doors/member_topics.h"
#include "doors/webhooks.h"
#include "doors/verdicts.h"
#include "engine/base/time.h"
#include "engine/stage/pipeline.h"

namespace brushwatch {
class RocksDbStore;
}

namespace brushwatch::app {

class Host;

class RunMetrics {
 public:
  struct Options {
    std::string version, config_hash, data_dir;
    std::vector<std::string> detectors;  ///< "D1" …: their series exist from the start
    Rules defaults{};                    ///< as the program declares them: what differs is exported
  };
  RunMetrics(Options options, Clock& clock);
  /// The host's numbers are read at each scrape from now on, until unwatch().
  void watch(Host& host);
  void unwatch();
  void count_line(Output output, std::string_view line);
  /// After each folded round, on the folding thread; `alert_ns` as in RunOptions::each_round.
  void observe_round(const Round& round, std::int64_t alert_ns);
  /// One HTTP reply. `route` has small cardinality.
  void observe_http(std::string_view route, unsigned status, double seconds);
  /// Counts how often a source's quota held something back; `throttled` outlives the last scrape. Before the first scrape.
  void watch_quota(const std::string& source, std::function<std::uint64_t()> throttled);
  /// What members' sightings come to; `now` outlives the last scrape. Before the first scrape.
  void watch_sightings(std::function<std::vector<doors::ReadModel::Sighted>()> now) { sightings_ = std::move(now); }
  /// A message of the live stream was written to a reader, so long after it could be read.
  void observe_stream_lag(double seconds) { stream_lag_.observe(seconds); }
  /// What measures webhooks; as long as this object lives.
  doors::WebhookWatch webhook_watch();
  /// What became of webhooks; `now` outlives the last scrape. Before the first scrape.
  void watch_webhooks(std::function<doors::WebhookCounts()> now);
  /// The clients of the live stream, and what went to members' topics; both outlive the last scrape. Before the first scrape.
  void watch_streams(std::function<int()> clients, std::function<doors::MemberTopics::Counts()> topics) {
    stream_clients_ = std::move(clients);
    member_topics_ = std::move(topics);
  }
  /// What people made of each detector's alerts; `verdicts` outlives the last scrape. Before the first scrape.
  void watch_verdicts(std::function<doors::VerdictsByDetector()> verdicts);
  [[nodiscard]] std::string serialize();
  [[nodiscard]] std::size_t series() const { return metrics_.series(); }
  /// Given to the ingest and to the Kafka connectors, which fill them.
  [[nodiscard]] const std::shared_ptr<IngestStats>& ingest() const { return ingest_; }
  [[nodiscard]] const std::shared_ptr<KafkaStatistics>& kafka() const { return kafka_; }

 private:
  void refresh();
  void refresh_pipeline(const PipelineStats& stats);
  void refresh_rules(const PipelineStats& stats);
  void refresh_detectors(const PipelineStats& stats);
  void refresh_verdicts();
  void refresh_sources();
  /// Now, as the stream has it: where all sources bring their own clock, the latest arrival.
  [[nodiscard]] std::int64_t stream_now_ms() const;
  void refresh_store(RocksDbStore& store);
  void refresh_kafka();
  void refresh_process();
  void refresh_webhooks();
  void refresh_streams();
  void refresh_sightings();
  /// Prometheus counters only grow: adds what is missing to `now`.
  void advance(const std::string& name, const std::string& help, double now, const MetricLabels& labels = {});
  void set(const std::string& name, const std::string& help, double value, const MetricLabels& labels = {});

  struct Throttled {
    Counter* counter;
    std::function<std::uint64_t()> now;
    std::uint64_t seen = 0;
  };
  std::vector<Throttled> throttled_;
  std::function<doors::WebhookCounts()> webhooks_;
  std::function<int()> stream_clients_;
  std::function<doors::MemberTopics::Counts()> member_topics_;
  std::function<std::vector<doors::ReadModel::Sighted>()> sightings_;
  std::function<doors::VerdictsByDetector()> verdicts_;
  DetectorSilence silence_{kDetectorNumbers};
  Options options_;
  Clock& clock_;
  Metrics metrics_;
  std::shared_ptr<IngestStats> ingest_ = std::make_shared<IngestStats>();
  std::shared_ptr<KafkaStatistics> kafka_ = std::make_shared<KafkaStatistics>();
  LineMetrics lines_;
  Histogram& latency_;
  Histogram& stream_lag_;
  std::vector<Histogram*> steps_;
  std::array<std::uint64_t, kStages> stage_ns_{};
  std::uint64_t output_ns_ = 0, epoch_ns_ = 0, ledger_ns_ = 0;
  std::string rules_version_;            // exported last
  std::set<std::size_t> told_rules_;     // exported: bounded by what the program declares
  bool live_ = false;  // a round was observed since watch()
  std::mutex watched_mutex_;
  const PipelineStats* stats_ = nullptr;
  RocksDbStore* store_ = nullptr;
};

/// Un-watches when the host's scope ends, also by an error: a scrape may come at any time.
class WatchedHost {
 public:
  WatchedHost(RunMetrics& metrics, Host& host) : metrics_(metrics) { metrics_.watch(host); }
  ~WatchedHost() { metrics_.unwatch(); }
  WatchedHost(const WatchedHost&) = delete;
  WatchedHost& operator=(const WatchedHost&) = delete;

 private:
  RunMetrics& metrics_;
};

}  // namespace brushwatch::app
