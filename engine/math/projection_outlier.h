#pragma once
/// How unusual a vector of features is among those seen so far: the mean surprise of many random one-dimensional views.
///
/// Shape   vectors of `features` numbers of any scale (each is standardised by its running mean and deviation first).
/// Score   mean over kViews sparse projections of −log density in a decayed histogram, nats; higher is stranger. Scored before
///         it is added.
/// State   kViews × kBins floats + 2 doubles a feature: 9.4 KiB for 8 features. Deterministic for a seed.
/// Cost    8 features: kViews × (3 products, one load, one store) + one logarithm, about 0.15 µs; no allocation.
/// Errors  a number that is not finite is taken for the feature's mean.
/// Fails   on outliers in the relation of features whose projections all look ordinary (a hole in a ring).
/// Source  Pevný, "LODA: Lightweight on-line detector of anomalies", Machine Learning 102 (2016), §3; departure: decayed histograms of
///         fixed width over standardised features.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace brushwatch {

class ProjectionOutlier {
 public:
  struct Options {
    unsigned features = 8;
    double memory = 20'000;  ///< vectors over which densities and scales are taken
    std::uint64_t seed = 1;
  };
  explicit ProjectionOutlier(const Options& options);
  /// The vector's score; adds the vector. `vector` has as many numbers as Options::features.
  double add(std::span<const double> vector);

 private:
  static constexpr unsigned kViews = 24, kBins = 96, kTerms = 3;
  struct View {
    std::array<std::uint16_t, kTerms> feature{};
    std::array<double, kTerms> factor{};
    std::array<float, kBins> count{};
    float all = 0;
  };

  Options options_;
  double points_ = 0, weight_ = 1;
  std::vector<double> mean_, variance_, standard_;
  std::vector<View> views_;
};

}  // namespace brushwatch
