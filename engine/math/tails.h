#pragma once
/// Log tail probabilities of counts: how surprising is "at least k" under an honest rate.
///
/// Units   natural logarithms (nats), never positive; −infinity for the impossible.
/// Cost    one log-factorial and O(√variance) multiplications; a bench's word, not a loop's: call it when a count has
///         crossed its floor, not for every event.
/// Source  direct summation from the larger end of the tail; the term at k is the largest that is summed, so nothing cancels.

#include <cstdint>

namespace brushwatch {

/// log(n!). Thread safe (the C library's lgamma() writes a global).
double log_factorial(std::int64_t n);
/// log P[X ≥ k], X ~ Poisson(mean). A mean ≤ 0 knows only 0.
double log_poisson_tail(std::int64_t k, double mean);
/// log P[X ≥ k], X ~ Binomial(n, p). p is clamped to [0, 1].
double log_binomial_tail(std::int64_t k, std::int64_t n, double p);

}  // namespace brushwatch
