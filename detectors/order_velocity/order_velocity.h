#pragma once
/// D1 order_velocity: a shop sells far faster than its own history says, in ten minutes, an hour, a day or a week.
///
/// Input    order.paid keyed by shop.
/// Output   finding of family O, direction promote, one a Shanghai day; count, expected count, window that showed it best.
/// State    480 bytes a shop; dropped after 60 days without an order.
/// Cost     ~20 ns an order; an evaluation (~0.4 µs) at every 6 % more orders of the day, and when a ten-minute pane closes.
/// Order    verdicts are settled when the watermark is an hour past midnight; a day's baseline is made of earlier days only.
/// Fails    on sales nobody announced, and on shops younger than four days (nothing is said); a drip of a few orders a day
///          hides in the baseline: that is the graph's work.
/// Source   gamma-Poisson shrinkage and tails at several scales; see README.md for departures.

#include "engine/detect/detector.h"

namespace brushwatch {

const Detector& d1_shop();

}  // namespace brushwatch
