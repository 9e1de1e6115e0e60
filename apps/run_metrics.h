#pragma once
/// What `run` exports at /metrics: the pipeline's counters, the outputs' lines, the latency from event to alert.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/metrics/metrics.h"
#include "engine/stage/pipeline.h"

namespace brushwatch::app {

class RunMetrics {
 public:
  RunMetrics();
  /// The stats are read at each scrape from now on; they outlive the last one.
  void watch(const PipelineStats& stats);
  void count_line(Output output, std::string_view line);
  void observe_alert_latency(double seconds);
  /// Counts how often a source's quota held something back; `throttled` outlives the last scrape. Before the first scrape.
  void watch_quota(const std::string& source, std::function<std::uint64_t()> throttled);
  [[nodiscard]] std::string serialize() { return metrics_.serialize(); }

 private:
  void refresh();
  struct Throttled {
    Counter* counter;
    std::function<std::uint64_t()> now;
    std::uint64_t seen = 0;
  };
  std::vector<Throttled> throttled_;
  Metrics metrics_;
  std::atomic<const PipelineStats*> stats_{nullptr};
  Histogram& latency_;
  std::array<Counter*, kOutputs> lines_{};
  std::uint64_t events_ = 0, rounds_ = 0, late_ = 0, rejected_ = 0, epochs_ = 0;
  std::array<std::uint64_t, kStages> records_{}, nanoseconds_{};
};

}  // namespace brushwatch::app
