#include "engine/graph/peel.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace brushwatch {
namespace {

/// Edges by node: the two ends of each edge, side by side, in two passes and one array.
struct Adjacency {
  std::vector<std::uint32_t> first, edge;
  Adjacency(std::span<const WeightedEdge> edges, std::uint32_t nodes) : first(nodes + 2, 0), edge(2 * edges.size()) {
    for (const auto& e : edges) {
      if (e.a == e.b) continue;
      ++first[e.a + 2];
      ++first[e.b + 2];
    }
    for (std::uint32_t v = 2; v < nodes + 2; ++v) first[v] += first[v - 1];
    for (std::uint32_t i = 0; i < edges.size(); ++i) {
      if (edges[i].a == edges[i].b) continue;
      edge[first[edges[i].a + 1]++] = i;
      edge[first[edges[i].b + 1]++] = i;
    }
  }
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t node) const { return {edge.data() + first[node], edge.data() + first[node + 1]}; }
};

}  // namespace

DenseBlock peel(std::span<const WeightedEdge> edges, std::uint32_t nodes) {
  const Adjacency adjacency(edges, nodes);
  std::vector<std::uint64_t> degree(nodes, 0);
  DenseBlock best;
  std::uint64_t weight = 0;
  for (const auto& e : edges) {
    if (e.a == e.b) continue;
    degree[e.a] += e.weight;
    degree[e.b] += e.weight;
    weight += e.weight;
  }
  using Entry = std::pair<std::uint64_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> lightest;
  std::vector<bool> gone(nodes, true);
  std::uint32_t left = 0;
  for (std::uint32_t v = 0; v < nodes; ++v) {
    if (adjacency.of(v).empty()) continue;
    gone[v] = false;
    lightest.emplace(degree[v], v);
    ++left;
  }
  const std::vector<bool> isolated = gone;
  std::vector<std::uint32_t> order;
  std::uint64_t best_weight = weight;
  std::uint32_t best_left = left;
  while (!lightest.empty()) {
    const auto [key, v] = lightest.top();
    lightest.pop();
    if (gone[v] || key != degree[v]) continue;  // an entry from before the last loss
    gone[v] = true;
    order.push_back(v);
    --left;
    for (const std::uint32_t i : adjacency.of(v)) {
      const std::uint32_t other = edges[i].a == v ? edges[i].b : edges[i].a;
      if (gone[other]) continue;
      weight -= edges[i].weight;
      degree[other] -= edges[i].weight;
      lightest.emplace(degree[other], other);
    }
    // weight / left > best_weight / best_left, in integers: the choice is the same on every machine.
    if (left > 0 && static_cast<unsigned __int128>(weight) * best_left > static_cast<unsigned __int128>(best_weight) * left) {
      best_weight = weight;
      best_left = left;
    }
  }
  if (best_left == 0) return best;
  std::vector<bool> inside(nodes);
  for (std::uint32_t v = 0; v < nodes; ++v) inside[v] = !isolated[v];
  for (std::size_t i = 0; i + best_left < order.size(); ++i) inside[order[i]] = false;
  for (std::uint32_t v = 0; v < nodes; ++v) {
    if (inside[v]) best.nodes.push_back(v);
  }
  best.weight = best_weight;
  return best;
}

}  // namespace brushwatch
