#pragma once
/// Fixed point ×1000: the only form in which a real number leaves a fold.

#include <cstdint>

namespace brushwatch {

/// The largest magnitude; every integer up to here is exact in a double. Infinities and excess are clamped to it.
inline constexpr std::int64_t kMilliMax = 1LL << 53;

/// x × 1000, rounded half away from zero. NaN, which only a bug can bring, gives 0.
std::int64_t to_milli(double x);
/// num / den × 1000 in integers, rounded half away from zero; 0 when den is 0.
std::int64_t ratio_milli(std::int64_t num, std::int64_t den);

}  // namespace brushwatch
