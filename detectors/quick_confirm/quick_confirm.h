#pragma once
/// D29: receipts confirmed by hand within hours of the signature, order after order.
///
/// Input    order.signed, order.confirmed; key shop.
/// Output   findings, family order, direction promote, one a week (of the signature).
/// State    sizeof(ConfirmShop) bytes a shop.
/// Cost     24 compares an event.
/// Order    a pair counts once, when its second half comes, whichever that is. More than 24 orders between signature and quick
///          confirmation push the oldest out: a large shop is judged by the pairs that were kept.
/// Fails    when workers are told to wait; on goods that everybody confirms at once (none is known that travels in a parcel).
/// Source   platform features named in the domain notes §1.2 (delay of confirmation); tasks pay after the confirmation.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

/// One order between signature and confirmation.
struct ConfirmPair {
  std::uint32_t order;      ///< fingerprint; 0 = free
  std::uint32_t signed_at;  ///< minute since 1970; 0 = not yet
  std::uint32_t confirmed_at;
  [[nodiscard]] std::uint32_t newest() const { return std::max(signed_at, confirmed_at); }
};
struct ConfirmWeek {
  WeekHead head;
  std::uint32_t signatures;
  std::uint16_t quick, in_a_day;  ///< confirmed within six, within thirty hours
  SmallestRefs<8> refs;
};
struct ConfirmShop {
  static constexpr std::size_t kPairs = 24;
  Weeks<ConfirmWeek> weeks;
  std::array<ConfirmPair, kPairs> pairs;
};

const Detector& d29_shop();

}  // namespace brushwatch
