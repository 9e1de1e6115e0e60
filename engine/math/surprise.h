#pragma once
/// How surprising an overdispersed count is, and what that surprise is worth as evidence.
///
/// Units   nats. Cost: a few log-gammas and O(excess) multiplications: call it when a count has crossed its floor.

#include <cstdint>

namespace brushwatch {

/// log P[N ≥ k], N ~ negative binomial with this mean and shape (a Poisson whose rate is Gamma with shape `shape`, variance
/// mean + mean²/shape). 0 when k ≤ mean: the middle is no surprise, and the sum there is long.
double log_negative_binomial_tail(std::int64_t k, double mean, double shape);

/// Log of the e-value that a tail probability is worth: ∫₀¹ κ p^(κ−1) dκ = (1 − p + p ln p) / (p ln² p); never below 0.
/// An honest subject exceeds e^x with probability ≤ e^−x, so values of different detectors may be compared and added.
/// Source: Vovk & Wang, "E-values: calibration, combination and applications", Annals of Statistics 49 (2021), eq. (2).
double log_e_value(double log_p);

}  // namespace brushwatch
