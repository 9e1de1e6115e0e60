#pragma once
/// D9: orders that came by search, of buyers who looked at nothing in the shop that day.
///
/// Input    order.paid of the channels search and ad, traffic.view; key shop.
/// Output   findings, family traffic, direction promote, one a week.
/// State    sizeof(UnbrowsedShop) bytes a shop; dropped two weeks after its last such order.
/// Cost     two hashes and two bits an event; a bitmap of 256 bits is counted every fourth order.
/// Order    bitmaps and counts: the order of events does not matter once a day has been settled.
/// Fails    on scripts that open the page first; on shops with more than about 300 visitors a day (the bitmap is full: it keeps
///          silent); where visitors are not logged in when they look. Orders of live rooms, links and chats are left out.
/// Source   domain catalogue D9; the bitmap is linear counting (Whang, Vander-Zanden, Taylor, TODS 15(2), 1990).

#include "detectors/shop_core/open_windows.h"
#include "detectors/weekly/weekly.h"

namespace brushwatch {

struct UnbrowsedDay {
  static constexpr std::size_t kWords = 4;    ///< 256 bits
  static constexpr std::size_t kSample = 6;
  std::int32_t index;
  std::uint32_t orders;                       ///< of the channels that pass through pages
  std::array<std::uint64_t, kWords> viewers;  ///< bit of each visitor who is known
  std::array<std::uint64_t, kWords> buyers;   ///< bit of each buyer
  std::array<std::uint64_t, kSample> refs;    ///< orders with the smallest positions, sorted …
  std::array<std::uint8_t, kSample> bits;     ///< … and their buyers' bits
  std::uint8_t sampled, reserved;
};
struct UnbrowsedWeek {
  WeekHead head;
  std::uint32_t orders, unbrowsed;  ///< of settled days
  SmallestRefs<8> refs;
};
struct UnbrowsedShop {
  OpenWindows<UnbrowsedDay, 2> days;
  Weeks<UnbrowsedWeek> weeks;
};

const Detector& d9_shop();

}  // namespace brushwatch
