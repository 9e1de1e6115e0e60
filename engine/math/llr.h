#pragma once
/// Log-likelihood ratios of counts under two simple hypotheses, in nats.
///
/// Cost    two or three logarithms. Source: Neyman & Pearson (1933); the ratio of two simple hypotheses is the best test.

#include <cstdint>

namespace brushwatch {

/// log of P[k of n | guilty rate] / P[k of n | honest rate]; the binomial coefficient cancels. Rates are clamped to
/// [1e-9, 1 − 1e-9]. Negative when the honest rate tells the counts better.
double binomial_llr(std::int64_t k, std::int64_t n, double guilty, double honest);
/// The same for a Poisson count with means `guilty` and `honest` (both clamped to ≥ 1e-9).
double poisson_llr(std::int64_t k, double guilty, double honest);
/// The guilty rate is not known: the rate seen (k / n) stands for it, but it is not allowed to be below `least`, so that a
/// small excess over the honest rate is never read as guilt.
double binomial_llr_at_least(std::int64_t k, std::int64_t n, double least, double honest);

}  // namespace brushwatch
