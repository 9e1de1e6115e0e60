#include "connectors/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

enum class Kind { kCounter, kGauge, kHistogram };

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool well_named(std::string_view name, Kind kind) {
  if (name.substr(0, 11) != "brushwatch_") return false;
  if (!std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; })) {
    return false;
  }
  // Base units, spelled out (Prometheus' naming page): a panel must not have to guess the scale.
  for (const std::string_view wrong : {"_ms", "_us", "_ns", "_sec", "_secs", "_kb", "_mb", "_mib", "_milliseconds", "_percent"}) {
    if (ends_with(name, wrong) || ends_with(name, std::string(wrong) + "_total")) return false;
  }
  return ends_with(name, "_total") == (kind == Kind::kCounter);
}

}  // namespace

void Counter::add(double n) { of_.Increment(n); }
double Counter::value() const { return of_.Value(); }
void Gauge::set(double value) { of_.Set(value); }
void Gauge::add(double n) { of_.Increment(n); }
double Gauge::value() const { return of_.Value(); }
void Histogram::observe(double value) { of_.Observe(value); }

struct Metrics::Impl {
  template <class Of, class Ours>
  struct Family {
    prometheus::Family<Of>* of = nullptr;
    std::vector<std::string> label_names;
    std::vector<double> edges;
    std::map<std::map<std::string, std::string>, std::unique_ptr<Ours>> series;
  };

  template <class Of, class Ours, class Add>
  Ours& find(std::map<std::string, Family<Of, Ours>>& families, const std::string& name, Kind kind, const MetricLabels& labels,
             std::size_t cost, const Add& add_family,
             const std::function<Of&(Family<Of, Ours>&, const std::map<std::string, std::string>&)>& add) {
    const std::lock_guard lock(mutex);
    std::map<std::string, std::string> key(labels.begin(), labels.end());
    auto [it, fresh] = families.try_emplace(name);
    Family<Of, Ours>& family = it->second;
    if (fresh) {
      BW_CHECK(well_named(name, kind), "metric names are brushwatch_<stage>_<noun>_<unit>, counters end in _total");
      BW_CHECK(kinds.try_emplace(name, kind).second, "one metric name has one kind");
      family.of = &add_family();
      for (const auto& [label, value] : key) family.label_names.push_back(label);
    }
    BW_CHECK(std::equal(key.begin(), key.end(), family.label_names.begin(), family.label_names.end(),
                        [](const auto& pair, const std::string& label) { return pair.first == label; }),
             "all series of a family have the same label names");
    auto found = family.series.find(key);
    if (found == family.series.end() && count + cost > kSeriesMax && !key.empty()) {
      for (auto& [label, value] : key) value = "other";
      found = family.series.find(key);
    }
    if (found == family.series.end()) {
      found = family.series.emplace(key, std::make_unique<Ours>(add(family, key))).first;
      count += cost;
    }
    return *found->second;
  }

  prometheus::Registry registry;
  mutable std::mutex mutex;
  std::map<std::string, Kind> kinds;
  std::map<std::string, Family<prometheus::Counter, Counter>> counters;
  std::map<std::string, Family<prometheus::Gauge, Gauge>> gauges;
  std::map<std::string, Family<prometheus::Histogram, Histogram>> histograms;
  std::vector<std::function<void()>> refreshers;
  std::size_t count = 0;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  return impl_->find<prometheus::Counter, Counter>(
      impl_->counters, name, Kind::kCounter, labels, 1,
      [&]() -> auto& { return prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry); },
      [](auto& family, const auto& key) -> auto& { return family.of->Add(key); });
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
  return impl_->find<prometheus::Gauge, Gauge>(
      impl_->gauges, name, Kind::kGauge, labels, 1,
      [&]() -> auto& { return prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry); },
      [](auto& family, const auto& key) -> auto& { return family.of->Add(key); });
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const std::vector<double>& edges,
                              const MetricLabels& labels) {
  BW_CHECK(std::is_sorted(edges.begin(), edges.end()), "histogram edges ascend");
  return impl_->find<prometheus::Histogram, Histogram>(
      impl_->histograms, name, Kind::kHistogram, labels, edges.size() + 3,
      [&]() -> auto& { return prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry); },
      [&](auto& family, const auto& key) -> auto& {
        if (family.edges.empty()) family.edges = edges;
        return family.of->Add(key, family.edges);
      });
}

void Metrics::on_scrape(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshers.push_back(std::move(refresh));
}

std::string Metrics::serialize() {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshers = impl_->refreshers;  // called without the lock: a refresher may look a series up
  }
  for (const auto& refresh : refreshers) refresh();
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

std::size_t Metrics::series() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->count;
}

const std::vector<double>& Metrics::latency_edges() {
  static const std::vector<double> edges = {0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return edges;
}

}  // namespace brushwatch
