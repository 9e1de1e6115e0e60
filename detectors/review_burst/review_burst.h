#pragma once
/// D11 review_burst: far more reviews than the shop's deliveries explain: bought praise, or bought blame.
///
/// Input    review.posted and order.signed keyed by shop.
/// Output   findings of family R, one a Shanghai day and direction: promote (a burst with a five-star jump) and demote (a
///          burst of one and two stars: the shop is under attack).
/// State    416 bytes a shop; dropped after 60 days without a review or a delivery.
/// Cost     ~10 ns a delivery; ~95 ns a review with its evaluations, made at every 6 % more reviews of the day, from the tenth on.
/// Order    settled when the watermark is 24 h past midnight; the baseline is made of earlier days only.
/// Fails    on a slow drip, on shops younger than four days, and on an honest wave of blame after a bad batch (which is why
///          demote is capped: only unlinked accounts can tell, and that is another detector's matter).
/// Source   D11 of the catalogue; gamma-Poisson tails as in D1.

#include "engine/detect/detector.h"

namespace brushwatch {

const Detector& d11_shop();

}  // namespace brushwatch
