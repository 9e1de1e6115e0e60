#pragma once
/// D31: praise with photographs that goes on: too much of it also outside the busiest days of a fortnight.
///
/// Input    review.posted with ≥ 4 stars and a photograph, order.signed; key shop.
/// Output   findings, family review, direction promote, one a week: of its fortnight (the week and the one before).
/// State    sizeof(LastingShop) bytes a shop.
/// Cost     a counter an event; 28 counters read a photographed praise.
/// Order    counts only; the week before is kept when it is closed.
/// Fails    on shops whose goods everybody photographs (the market's share is taken for all), and on an invitation that stands for
///          weeks. Sees no campaign shorter than a week.
/// Source   praise for cash asks for a photograph (domain notes §1.1); share of photographs: §6.3. Leaving out the busiest days is a
///          trimmed count (Tukey 1962): a launch is a few days, a card in every parcel is not.

#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct LastingDay {
  std::uint16_t delivered, praised;  ///< saturating
};
using LastingDays = std::array<LastingDay, 7>;
struct LastingWeek {
  WeekHead head;
  LastingDays days;
  SmallestRefs<8> refs;
};
struct LastingShop {
  Weeks<LastingWeek> weeks;
  std::int64_t closed_ms;  ///< start of the week that was closed last; 0 = none
  LastingDays closed;      ///< … and its days
};

const Detector& d31_shop();

}  // namespace brushwatch
