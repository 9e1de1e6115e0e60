#pragma once
/// D13: far more of a shop's orders are praised than honest buyers praise: of all its orders, of those from new outlets,
/// or of those whose buyers it paid a small sum.
///
/// Input    review.posted with ≥ 4 stars, parcel summaries, order.merchant_transfer; key shop.
/// Output   findings, family review, direction promote, one a week (of the signature): the strongest of the three shares.
/// State    sizeof(PraisedShop) bytes a shop; since when an outlet is used is the core's.
/// Cost     a bit a review, two insertions into sets of 16 a parcel, one a transfer; 48 bits are read for a review.
/// Order    bits, counts and sets of the smallest: a review may come before or after its parcel. An order from an outlet that late
///          records make an old one is left out again when the week is read.
/// Fails    on launches with invited reviews and on default praise, which look the same: it is one family, and an order burst does
///          not second it (fusion: popularity_detectors). On shops with more than ~700 praises a week: the bitmap fills and tells
///          little.
/// Source   share of reviewed orders: platform features of domain notes §1.2; orders of a group against the rest: catalogue D13.
///          The bitmap is a one-hash Bloom filter whose false hits are known from its load (Bloom 1970).

#include "detectors/shop_core/shop_core.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// An order in 16 bits: 11 bits of hash, 5 of its outlet's cell. The low 9 bits of the hash are its bit in the bitmap.
struct SmallOrders {
  static constexpr std::size_t kKept = 16;
  std::array<std::uint16_t, kKept> orders;  ///< sorted, the smallest
  void add(std::uint16_t order, std::uint8_t& used) {
    std::uint16_t* const end = orders.data() + used;
    std::uint16_t* const at = std::lower_bound(orders.data(), end, order);
    if ((at != end && *at == order) || at == orders.data() + kKept) return;
    std::copy_backward(at, used < kKept ? end : end - 1, used < kKept ? end + 1 : end);
    *at = order;
    if (used < kKept) ++used;
  }
};
struct PraisedWeek {
  static constexpr std::size_t kBits = 512;
  WeekHead head;
  std::uint32_t parcels;
  std::uint8_t sampled, young_sampled, rewarded_sampled;
  std::uint8_t unused;
  std::array<std::uint64_t, kBits / 64> praised;  ///< bit of each order praised in this week, whenever it was delivered
  SmallOrders sample;  ///< of the orders delivered in this week
  SmallOrders young;   ///< … of those from new outlets
  SmallOrders rewarded;  ///< of the orders whose buyer the shop paid a small sum in this week
  SmallestRefs<4> refs;
};
struct PraisedShop {
  Weeks<PraisedWeek> weeks;
  std::int64_t closed_ms;  ///< start of the week that was closed last; 0 = none
  std::array<std::uint64_t, PraisedWeek::kBits / 64> closed;  ///< … and its praise: a Monday's reward may be for a Sunday's
};

const Detector& d13_shop();

}  // namespace brushwatch
