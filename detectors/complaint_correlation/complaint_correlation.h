#pragma once
/// D26 complaint_correlation: more complaints of the kinds that brushing causes than the shop's orders explain.
///
/// Input    complaint.filed and order.paid keyed by shop. Kinds: not received, empty parcel, not ordered, rebate demanded.
/// Output   finding of family C, direction promote, one a Shanghai week (Monday); past weeks are carried in, fading.
/// State    320 bytes a shop; dropped five weeks after the last order or complaint.
/// Cost     ~5 ns an order; ~250 ns a complaint, evaluation included.
/// Order    one complainant counts twice a week at most, by hashed two-step counters that add up the same in any order;
///          settled when the watermark is 24 h past Sunday.
/// Fails    when the seller pays complainants off, and on a carrier's strike (all its shops complain at once: look at D22).
/// Source   gamma-Poisson rate ratio (DuMouchel, The American Statistician 53, 1999); D26 of the catalogue.

#include "engine/detect/detector.h"

namespace brushwatch {

const Detector& d26_shop();

}  // namespace brushwatch
