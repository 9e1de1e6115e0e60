#pragma once
/// D7 refund_flood: a few accounts buy a shop's goods by the dozen and take the money back at once (reverse brushing).
///
/// Input    order.paid, order.refunded keyed by shop.
/// Output   finding of family O, direction VICTIM, one a Shanghai day: the shop is being made to look guilty.
/// State    648 bytes a shop; dropped when the day is settled.
/// Cost     ~50 ns an order, ~80 ns a refund with its evaluations, made at every 6 % more refunds, from the twelfth on.
/// Order    buyers are counted in 16 hashed buckets, which add up the same in any order; settled an hour past midnight.
/// Fails    on an attack from many accounts (each below the floor), and says "victim" as well when one honest buyer takes
///          back a bulk purchase, which harms nobody.
/// Source   the Dong case (1,500 orders from one account, refunded at once; domain notes §1.1), D7 of the catalogue.

#include "engine/detect/detector.h"

namespace brushwatch {

const Detector& d7_shop();

}  // namespace brushwatch
