#pragma once
/// OrderPlan: the whole life of one order, decided before a line is written. Honest and fake orders are the same type, and
/// the writer (journal.h) sees nothing else: it cannot leak a label.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/province.h"

namespace brushwatch::simulate {

inline constexpr std::int64_t kNever = -1;

struct PlannedView {
  std::uint32_t shop = 0, item = 0;
  std::string_view kind = "pv";
  std::string_view ua = "app";
  EventTime at;
  std::uint32_t dwell_ms = 0;
  bool scrolled = true;
  std::uint64_t session = 0, buyer = 0, device = 0, ip24 = 0;  ///< buyer 0: not logged in
  std::uint64_t keyword = 0;                                   ///< the search it came from; 0: another door
};

struct PlannedItem {
  std::uint32_t item = 0;
  std::uint32_t qty = 1;
  std::int64_t paid_fen = 0;
};

/// One scan. Empty members are not written.
struct PlannedScan {
  std::string_view code;
  EventTime at, ingest;
  std::uint32_t outlet = 0;
  std::int32_t courier = -1;  ///< of the outlet
  std::uint32_t weight_g = 0, volume_cm3 = 0;
  std::int64_t prev_outlet = -1, next_outlet = -1;
  std::uint64_t device = 0;
};

struct OrderPlan {
  EventTime created;
  std::uint32_t shop = 0;
  Buyer buyer;
  std::array<PlannedItem, 3> items{};
  std::uint32_t item_count = 0;
  std::int64_t total_fen = 0, paid_fen = 0, coupon_fen = 0;
  std::string_view channel = "search";
  std::uint64_t keyword = 0;
  std::uint32_t chats = 0;
  std::vector<PlannedView> views;

  // Moments as absolute times; ms 0 = does not happen.
  EventTime paid, closed, shipped, signed_off, confirmed;
  EventTime refund_requested, refunded;
  std::int64_t refund_fen = 0;
  std::string_view goods_state, refund_reason;
  EventTime transferred;
  std::int64_t transfer_fen = 0;
  std::string_view transfer_reason;

  std::uint8_t carrier = 0;
  std::vector<PlannedScan> scans;
  std::string old_waybill;   ///< instead of scans of its own: a number that another parcel has used

  EventTime reviewed, edited;  ///< edited: the same review, with other stars
  std::uint8_t edited_stars = 0;
  std::uint8_t stars = 0, photos = 0;
  std::string review;

  EventTime complained;
  std::string_view complaint, complaint_channel;
  std::uint64_t complainant = 0;

  void clear() {
    auto v = std::move(views);
    auto s = std::move(scans);
    auto r = std::move(review);
    *this = OrderPlan{};
    (views = std::move(v)).clear();
    (scans = std::move(s)).clear();
    (review = std::move(r)).clear();
  }
};

}  // namespace brushwatch::simulate
