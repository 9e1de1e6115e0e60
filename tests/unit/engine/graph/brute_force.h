#pragma once
/// What the graph cores must agree with: every subset of a small graph tried.

#include <algorithm>
#include <bit>
#include <span>

#include "engine/graph/peel.h"

namespace brushwatch::test {

/// Weight inside / nodes inside of the densest subset; nodes ≤ 16.
inline double greatest_density(std::span<const WeightedEdge> edges, std::uint32_t nodes) {
  double greatest = 0;
  for (std::uint32_t set = 1; set < 1U << nodes; ++set) {
    std::uint64_t weight = 0;
    for (const auto& e : edges) {
      if (e.a != e.b && (set >> e.a & 1) != 0 && (set >> e.b & 1) != 0) weight += e.weight;
    }
    greatest = std::max(greatest, static_cast<double>(weight) / std::popcount(set));
  }
  return greatest;
}

inline std::uint64_t weight_inside(std::span<const WeightedEdge> edges, std::span<const std::uint32_t> nodes) {
  std::uint64_t weight = 0;
  const auto in = [&](std::uint32_t v) { return std::find(nodes.begin(), nodes.end(), v) != nodes.end(); };
  for (const auto& e : edges) {
    if (e.a != e.b && in(e.a) && in(e.b)) weight += e.weight;
  }
  return weight;
}

}  // namespace brushwatch::test
