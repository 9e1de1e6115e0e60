#pragma once
/// The metrics of the process: named counters, gauges and histograms, and their Prometheus text.
///
/// Names are brushwatch_<stage>_<noun>_<unit>, base units spelled out, counters end in _total; a wrong name is a bug and stops
/// the program at start. Labels have small cardinality: never a shop, buyer, order or phone.
///
/// Bound    kSeriesMax series (a histogram counts as its buckets, sum and count); beyond it new label values of a family share one series whose values are "other".
/// Cost     add/set/observe: one or two atomic operations (~10 ns); call them once a batch, not once an event.
///          Looking a series up takes a lock and allocates: do it once and keep the reference.
/// Threads  all calls from any thread. References live as long as the Metrics.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace brushwatch {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  explicit Counter(prometheus::Counter& of) : of_(of) {}
  void add(double n = 1.0);
  [[nodiscard]] double value() const;

 private:
  prometheus::Counter& of_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& of) : of_(of) {}
  void set(double value);
  void add(double n);
  [[nodiscard]] double value() const;

 private:
  prometheus::Gauge& of_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& of) : of_(of) {}
  void observe(double value);

 private:
  prometheus::Histogram& of_;
};

class Metrics {
 public:
  /// Far above what the product exports and far below what hurts a scrape.
  static constexpr std::size_t kSeriesMax = 2'000;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The series of these labels; the same call gives the same object. The kind and the label names of a family are fixed by
  /// its first call, help and edges are taken from it.
  Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  /// `edges`: upper bounds of the buckets, ascending, in the unit of the name.
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& edges,
                       const MetricLabels& labels = {});
  /// Called before each serialize(), to set gauges whose truth lives elsewhere. Must not call serialize().
  void on_scrape(std::function<void()> refresh);
  /// Prometheus text format 0.0.4.
  [[nodiscard]] std::string serialize();
  /// Lines that serialize() writes beside HELP and TYPE.
  [[nodiscard]] std::size_t series() const;

  /// Edges for latencies in seconds: 1 ms to 10 s, dense around the goal of 20 ms (p99 event → alert).
  static const std::vector<double>& latency_edges();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace brushwatch
