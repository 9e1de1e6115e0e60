#include <x86intrin.h>

#include <algorithm>
#include <cmath>

#include "bench/public/data.h"
#include "bench/public/report.h"
#include "engine/graph/dense_window.h"

namespace brushwatch::bench {
namespace {

constexpr std::uint32_t kBuyers = 900'000, kShops = 100'000, kEdges = 10'000'000, kMeasured = 5'000'000;

/// A buyer, evenly; a shop, by a power law. One edge in 100 belongs to a ring of 300 buyers and 60 shops, about one order a pair; a
/// new ring takes over every 2 M edges.
struct Source {
  std::mt19937_64 chance{7};
  std::uint32_t i = 0;
  std::pair<std::uint32_t, std::uint32_t> next() {
    const std::uint32_t ring = i++ / 2'000'000;
    if (chance() % 100 == 0) {
      return {(ring * 977 + static_cast<std::uint32_t>(chance() % 300)) % kBuyers, kBuyers + (ring * 331 + static_cast<std::uint32_t>(chance() % 60)) % kShops};
    }
    const double u = uniform(chance);
    return {static_cast<std::uint32_t>(chance() % kBuyers), kBuyers + static_cast<std::uint32_t>(kShops * u * u * std::sqrt(u))};
  }
};

}  // namespace

void run_dense(Report& report) {
  DenseWindow window({.nodes_max = kBuyers + kShops, .edges_max = kEdges});
  Source source;
  std::uint32_t stamp = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges(kMeasured);
  const auto draw = [&] {
    for (auto& e : edges) e = source.next();
  };
  double fill = 0;
  for (std::uint32_t done = 0; done < kEdges; done += kMeasured) {
    draw();
    const double begin = cpu_seconds();
    for (const auto& [u, v] : edges) window.insert(u, v, stamp++);
    fill += cpu_seconds() - begin;
  }
  // Full: each insert also expires an edge.
  draw();
  double begin = cpu_seconds();
  for (const auto& [u, v] : edges) window.insert(u, v, stamp++);
  const double mean = (cpu_seconds() - begin) / kMeasured * 1e6;
  draw();
  std::vector<std::uint64_t> cycles(kMeasured);
  timespec a{}, b{};
  clock_gettime(CLOCK_MONOTONIC, &a);
  const std::uint64_t first = __rdtsc();
  for (std::uint32_t i = 0; i < kMeasured; ++i) {
    const std::uint64_t from = __rdtsc();
    window.insert(edges[i].first, edges[i].second, stamp++);
    cycles[i] = __rdtsc() - from;
  }
  const auto all = static_cast<double>(__rdtsc() - first);
  clock_gettime(CLOCK_MONOTONIC, &b);
  const double us = (static_cast<double>(b.tv_sec - a.tv_sec) * 1e6 + static_cast<double>(b.tv_nsec - a.tv_nsec) / 1e3) / all;
  std::sort(cycles.begin(), cycles.end());
  const auto at = [&](double q) { return static_cast<double>(cycles[std::min<std::size_t>(kMeasured - 1, static_cast<std::size_t>(q * kMeasured))]) * us; };
  report.add({"dense_insert_mean_us", "densest community, 1 M nodes, 10 M live edges, an insert with its expiry", "554 (RUSH, 5 k nodes)", 5, 1, mean, "µs"});
  report.add({"dense_insert_p99_us", "the same, p99", "5,500 (RUSH)", 50, 10, at(0.99), "µs"});
  report.add({"", "the same, p99.9", "", {}, {}, at(0.999), "µs"});
  report.add({"", "the same, greatest", "122,000 (RUSH)", {}, {}, at(1), "µs"});
  report.add({"", "mean while the window fills, rebuilds included", "", {}, {}, fill / kEdges * 1e6, "µs"});
  report.add({"", "proven: bound / density of the answer (2 is the promise)", "", {}, {}, window.bound() / window.density(), "ratio"});
  report.add({"", "members of the answer", "", {}, {}, static_cast<double>(window.community().size()), "nodes"});
}

}  // namespace brushwatch::bench
