#include <array>
#include <cmath>
#include <numbers>

#include "bench/public/data.h"
#include "bench/public/report.h"
#include "engine/math/projection_outlier.h"
#include "engine/math/ranking.h"

namespace brushwatch::bench {
namespace {

constexpr unsigned kFeatures = 8, kVectors = 200'000;
using Vector = std::array<double, kFeatures>;

double normal(std::mt19937_64& chance) {
  return std::sqrt(-2 * std::log(1 - uniform(chance))) * std::cos(2 * std::numbers::pi * uniform(chance));
}

/// A shop's day: log orders, share refunded, reviewed, five-starred, first-time buyers, buyers per device, weight against the catalogue, regularity of
/// gaps. Size drives several of them, so that the features hang together. One in 50 brushes: two to four features move.
Vector shop_day(std::mt19937_64& chance, bool brushes) {
  const double size = normal(chance);
  Vector v = {size + 0.3 * normal(chance), std::exp(-3 + 0.4 * normal(chance)), 0.3 - 0.05 * size + 0.05 * normal(chance), 0.8 + 0.05 * normal(chance),
              0.5 - 0.1 * size + 0.1 * normal(chance), std::exp(0.1 * size + 0.15 * normal(chance)), 1 + 0.1 * normal(chance), std::exp(0.3 * normal(chance))};
  if (!brushes) return v;
  const Vector shift = {1.5, 0.1, 0.25, 0.15, 0.35, 0.8, -0.4, -0.5};
  for (std::uint64_t moves = 2 + chance() % 3; moves > 0; --moves) {
    const std::size_t f = chance() % kFeatures;
    v[f] += shift[f];
  }
  return v;
}

/// Half-space trees (Tan, Ting & Liu, IJCAI'11): 25 random trees of depth 8 over the unit cube, masses of the last window of 250.
class HalfSpaceTrees {
 public:
  HalfSpaceTrees() {
    std::mt19937_64 chance(5);
    for (auto& tree : trees_) {
      tree.feature.resize(kNodes);
      tree.cut.resize(kNodes);
      grow(tree, chance, 0, 0, std::vector<double>(kFeatures, 0), std::vector<double>(kFeatures, 1));
    }
  }
  double add(const Vector& v) {
    double score = 0;
    for (auto& tree : trees_) {
      unsigned at = 0, depth = 0;
      for (; depth < kDepth; ++depth) {
        ++tree.latest[at];
        score += tree.reference[at] * static_cast<double>(1U << depth) / kDepth;
        at = 2 * at + (v[tree.feature[at]] < tree.cut[at] ? 1 : 2);
      }
    }
    if (++points_ % 250 == 0) {
      for (auto& tree : trees_) {
        tree.reference = tree.latest;
        tree.latest.fill(0);
      }
    }
    return -score;
  }

 private:
  static constexpr unsigned kDepth = 8, kNodes = (1U << kDepth) - 1;
  struct Tree {
    std::vector<unsigned> feature;
    std::vector<double> cut;
    std::array<float, kNodes> latest{}, reference{};
  };
  void grow(Tree& tree, std::mt19937_64& chance, unsigned at, unsigned depth, std::vector<double> low, std::vector<double> high) {
    if (depth == kDepth) return;
    const auto f = static_cast<unsigned>(chance() % kFeatures);
    const double middle = (low[f] + high[f]) / 2;
    tree.feature[at] = f;
    tree.cut[at] = middle;
    auto left_high = high, right_low = low;
    left_high[f] = right_low[f] = middle;
    grow(tree, chance, 2 * at + 1, depth + 1, low, left_high);
    grow(tree, chance, 2 * at + 2, depth + 1, right_low, high);
  }
  std::array<Tree, 25> trees_;
  std::uint64_t points_ = 0;
};

}  // namespace

void run_outlier(Report& report) {
  std::mt19937_64 chance(9);
  std::vector<Vector> vectors;
  std::vector<bool> brushes;
  for (unsigned i = 0; i < kVectors; ++i) {
    brushes.push_back(chance() % 50 == 0);
    vectors.push_back(shop_day(chance, brushes.back()));
  }
  ProjectionOutlier core({.features = kFeatures});
  std::vector<Judged> ours, trees;
  double begin = cpu_seconds();
  for (unsigned i = 0; i < kVectors; ++i) ours.push_back({core.add(vectors[i]), brushes[i]});
  const double us = (cpu_seconds() - begin) / kVectors * 1e6;
  report.add({"outlier_us", "multi-feature outlier score, 8 features", "80 (river half-space trees), 99 (AWS RCF)", 5, 1, us, "µs"});
  report.add({"", "its AUC on 200,000 drawn shop days, 2 % brushing", "", {}, {}, area_under_roc(ours), "AUC"});
  // The trees live in the unit cube: they are given the range of all vectors, which a stream would not know.
  Vector low = vectors[0], high = vectors[0];
  for (const auto& v : vectors) {
    for (unsigned f = 0; f < kFeatures; ++f) {
      low[f] = std::min(low[f], v[f]);
      high[f] = std::max(high[f], v[f]);
    }
  }
  HalfSpaceTrees baseline;
  begin = cpu_seconds();
  for (unsigned i = 0; i < kVectors; ++i) {
    Vector scaled{};
    for (unsigned f = 0; f < kFeatures; ++f) scaled[f] = (vectors[i][f] - low[f]) / (high[f] - low[f]);
    trees.push_back({baseline.add(scaled), brushes[i]});
  }
  report.add({"", "baseline half-space trees (ours, 25 × depth 8), AUC", "", {}, {}, area_under_roc(trees), "AUC"});
  report.add({"", "baseline half-space trees, a vector", "80 (river)", {}, {}, (cpu_seconds() - begin) / kVectors * 1e6, "µs"});
}

}  // namespace brushwatch::bench
