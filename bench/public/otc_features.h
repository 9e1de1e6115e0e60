#pragma once
/// What the supervised row of table A may know of a user: all but the ratings that the user received.
///
/// Allowed   own ratings and their times; what others give to the same ratees; who rated the user and when (not how); what those raters
///           gave to everybody else, in all and within a week of the moment they rated the user.

#include <span>
#include <vector>

#include "engine/graph/reviewer.h"

namespace brushwatch::bench {

/// One row of features for each user of `of`.
std::vector<std::vector<double>> otc_features(std::span<const Rating> ratings, std::uint32_t users, std::span<const std::uint32_t> of);

}  // namespace brushwatch::bench
