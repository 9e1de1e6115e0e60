#pragma once
/// Greedy peeling of a weighted graph: the densest prefix of the order in which the lightest node leaves.
///
/// Shape   edges over local ids 0 … nodes − 1, bipartite or not; parallel edges count by their weights.
/// Density weight of the edges inside / nodes inside, as in FRAUDAR's g(S) with weighted edges and no node weights.
/// Cost    O(E log V) time, O(E + V) memory that the call frees. Order: a function of its input alone; ties leave by smaller id.
/// Bound   the result has at least half of the greatest density (Charikar, APPROX'00, theorem 2).
/// Source  Charikar, "Greedy approximation algorithms for finding dense components in a graph", APPROX 2000; with weighted
///         columns Hooi et al., "FRAUDAR", KDD'16, algorithm 1.

#include <cstdint>
#include <span>
#include <vector>

namespace brushwatch {

struct WeightedEdge {
  std::uint32_t a = 0, b = 0;
  std::uint32_t weight = 1;
};

struct DenseBlock {
  std::vector<std::uint32_t> nodes;  ///< ascending
  std::uint64_t weight = 0;          ///< of the edges inside
  [[nodiscard]] double density() const { return nodes.empty() ? 0.0 : static_cast<double>(weight) / static_cast<double>(nodes.size()); }
};

/// Nodes without an edge are no part of any block; no edges, no block. Edges from a node to itself are left out.
DenseBlock peel(std::span<const WeightedEdge> edges, std::uint32_t nodes);

}  // namespace brushwatch
