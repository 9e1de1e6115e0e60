#pragma once
/// An e-process for counts with an unknown honest rate: whenever somebody looks, a value that an honest subject rarely exceeds.
///
/// Promise P[it ever reaches 1/α] ≤ α for every honest rate (Ville's inequality), however often it is looked at.
/// Honest  count of period i ~ negative binomial with mean rate × exposure_i and shape ≥ `shape`; rate constant, unknown, between
///         kLeastRate and kLeastRate × 2^(kRates / 2); exposure known before the period's count matters (the platform's flow,
///         weekday and sale factors). Periods are independent given the rate: take days, when a day's luck is shared by its hours.
/// Value   Π q_i(x_i | past) / sup over rates of Π p(x_i | rate). q mixes "as before" with excesses of 3, 10 and 30 orders.
///         The supremum is bounded from above between grid points by tangents (the log-likelihood is concave in log rate), so the
///         promise does not hang on the grid.
/// State   kRates × 2 + 4 doubles, 560 bytes. Cost: kRates × 2 logarithms a period, about 1 µs. Errors: none; counts < 0 are 0.
/// Fails   (is silent, not wrong) when exposure hides the campaign, or the first days already belong to it.
/// Source  Wasserman, Ramdas & Balakrishnan, "Universal inference", PNAS 117 (2020), §7 (running version); Ville (1939).

#include <array>
#include <cstdint>

namespace brushwatch {

class EProcess {
 public:
  static constexpr unsigned kRates = 33;  ///< a factor √2 apart: the tangents then cost less than 2 nats in a month
  static constexpr double kLeastRate = 1.0 / 64;  ///< a period of exposure 1

  explicit EProcess(double shape = 4) : shape_(shape) {}
  /// Adds a period; the log of the e-value now.
  double add(std::int64_t count, double exposure);
  [[nodiscard]] double log_value() const { return log_q_ - log_supremum(); }

 private:
  [[nodiscard]] double log_supremum() const;

  [[nodiscard]] static double rate(unsigned g);

  double shape_;
  double counts_ = 0, exposures_ = 0, log_q_ = 0;
  std::array<double, kRates> log_likelihood_{}, slope_{};  ///< at each rate, and its derivative by log rate
};

}  // namespace brushwatch
