#include "bench/public/forest.h"

#include <algorithm>
#include <cmath>

namespace brushwatch::bench {

Forest::Forest(std::span<const std::vector<double>> rows, const std::vector<bool>& guilty, const Options& options) : options_(options), chance_(options.seed) {
  for (unsigned t = 0; t < options.trees; ++t) {
    std::vector<std::uint32_t> sample(rows.size());
    for (auto& i : sample) i = static_cast<std::uint32_t>(chance_() % rows.size());
    trees_.emplace_back();
    grow(trees_.back(), sample, rows, guilty);
  }
}

std::uint32_t Forest::grow(std::vector<Node>& tree, std::vector<std::uint32_t>& of, std::span<const std::vector<double>> rows, const std::vector<bool>& guilty) {
  const auto here = static_cast<std::uint32_t>(tree.size());
  tree.emplace_back();
  std::size_t guilty_all = 0;
  for (const std::uint32_t i : of) guilty_all += guilty[i] ? 1 : 0;
  const auto n = static_cast<double>(of.size()), g = static_cast<double>(guilty_all);
  tree[here].cut = of.empty() ? 0.5 : g / n;
  if (guilty_all == 0 || guilty_all == of.size() || of.size() < 2 * options_.least_leaf) return here;
  const auto features = rows[0].size();
  double best = -1, best_cut = 0;
  std::size_t best_feature = features;
  for (auto tries = static_cast<std::size_t>(std::ceil(std::sqrt(features))); tries > 0; --tries) {
    const std::size_t f = chance_() % features;
    std::sort(of.begin(), of.end(), [&](std::uint32_t a, std::uint32_t b) { return rows[a][f] != rows[b][f] ? rows[a][f] < rows[b][f] : a < b; });
    double left_g = 0;
    for (std::size_t i = 1; i < of.size(); ++i) {
      left_g += guilty[of[i - 1]] ? 1 : 0;
      if (rows[of[i]][f] == rows[of[i - 1]][f] || i < options_.least_leaf || of.size() - i < options_.least_leaf) continue;
      const auto left = static_cast<double>(i), right = n - left, right_g = g - left_g;
      // Gini gain up to constants: Σ over sides of (guilty² + honest²) / size.
      const double gain = (left_g * left_g + (left - left_g) * (left - left_g)) / left + (right_g * right_g + (right - right_g) * (right - right_g)) / right;
      if (gain > best) {
        best = gain;
        best_feature = f;
        best_cut = (rows[of[i]][f] + rows[of[i - 1]][f]) / 2;
      }
    }
  }
  if (best_feature == features) return here;
  std::vector<std::uint32_t> low, high;
  for (const std::uint32_t i : of) (rows[i][best_feature] <= best_cut ? low : high).push_back(i);
  if (low.empty() || high.empty()) return here;
  tree[here].feature = static_cast<std::int32_t>(best_feature);
  tree[here].cut = best_cut;
  const std::uint32_t l = grow(tree, low, rows, guilty);
  tree[here].low = l;
  const std::uint32_t h = grow(tree, high, rows, guilty);
  tree[here].high = h;
  return here;
}

double Forest::probability(const std::vector<double>& row) const {
  double sum = 0;
  for (const auto& tree : trees_) {
    std::uint32_t at = 0;
    while (tree[at].feature >= 0) at = row[static_cast<std::size_t>(tree[at].feature)] <= tree[at].cut ? tree[at].low : tree[at].high;
    sum += tree[at].cut;
  }
  return sum / static_cast<double>(trees_.size());
}

}  // namespace brushwatch::bench
