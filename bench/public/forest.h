#pragma once
/// A random forest for two classes, for the supervised row of table A; not part of the product.
///
/// Source  Breiman, "Random forests", Machine Learning 45 (2001): bootstrap, √features tried a split, Gini.

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace brushwatch::bench {

class Forest {
 public:
  struct Options {
    unsigned trees = 600, least_leaf = 2;
    std::uint64_t seed = 1;
  };
  /// rows[i] are the features of example i; all of one length.
  Forest(std::span<const std::vector<double>> rows, const std::vector<bool>& guilty, const Options& options);
  /// Mean share of guilty examples in the leaves that the row falls into.
  [[nodiscard]] double probability(const std::vector<double>& row) const;

 private:
  struct Node {
    std::int32_t feature = -1;  ///< −1: a leaf
    double cut = 0;             ///< of the feature; at a leaf the share of guilty ones
    std::uint32_t low = 0, high = 0;
  };
  std::uint32_t grow(std::vector<Node>& tree, std::vector<std::uint32_t>& of, std::span<const std::vector<double>> rows, const std::vector<bool>& guilty);

  Options options_;
  std::mt19937_64 chance_;
  std::vector<std::vector<Node>> trees_;
};

}  // namespace brushwatch::bench
