#pragma once
/// The worlds of an evaluation: which are public for training, which are kept for testing.
///
/// Detectors and fusion may be tuned on train worlds only. Test worlds are other seeds with shifted parameters (busier shops,
/// a longer span, another season, milder fakes), so that a number that was learnt by heart shows. Source: detection notes §7.2.

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/world.h"

namespace brushwatch::evaluate {

enum class Split : std::uint8_t { kTrain, kTest };

/// Every attack of the world that is used in training.
std::vector<std::string> known_attacks();

/// World `n` (0 …) of a split with these attacks; a test world of all known attacks also has the novel mix N1. Its seed is 1,000 + n in training and 50,000 + n in testing.
simulate::WorldOptions attack_world(Split split, std::uint32_t n, const std::vector<std::string>& attacks);
/// World `n` with that share of guilty shops: as many of the offenders' scripts as fit into it, each world beginning with another
/// one, so that a rare crime is one ring among a thousand shops; what is left goes to S2–S5.
simulate::WorldOptions base_rate_world(Split split, std::uint32_t n, double guilty_shop_share);
/// The same province without an attack; look-alikes remain.
simulate::WorldOptions clean_world(Split split, std::uint32_t n);

/// Cases a 1,000 shop-days that analysts can take: one in 10,000 orders at the measured mean of 34 orders a shop and day
/// (6.7 M parcels a day over 200,000 shops). A thinned world has fewer orders, not fewer shops to watch.
inline constexpr double kBudgetPer1000ShopDays = 3.4;

}  // namespace brushwatch::evaluate
