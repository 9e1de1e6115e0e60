#pragma once
/// Journal: writes a planned order, and stray views, as the lines that platform and carrier would send.

#include "simulate/line.h"
#include "simulate/outbox.h"
#include "simulate/plan.h"

namespace brushwatch::simulate {

class Journal {
 public:
  /// Orders, reviews and complaints after `horizon` are not written: the stream ends there, except for parcels under way.
  Journal(Province& province, Outbox& outbox, EventTime horizon, std::uint64_t seed)
      : province_(province), outbox_(outbox), horizon_(horizon), transport_(Chance::of(seed, 0x7A9)) {}

  struct Written {
    std::string order;    ///< as sent, per platform
    std::string waybill;  ///< empty when nothing was shipped
  };
  /// Valid until the next call.
  const Written& write(const OrderPlan& plan);
  void write_view(const PlannedView& view);

  /// A number that a carrier has delivered; what dealers in old numbers sell.
  struct Delivered {
    std::uint8_t carrier = 0;
    std::uint16_t county = 0;
    EventTime signed_off;
    std::string waybill;
  };
  /// One of the last few thousand that was signed between `from` and `until`, in `city` if there is one; nullptr when none
  /// was met in 200 draws.
  [[nodiscard]] const Delivered* draw_delivered(EventTime from, EventTime until, std::uint16_t city, Chance& chance) const;

 private:
  void put(Stream stream, EventType type, EventTime at, std::int64_t lag_ms);
  Line& order_line(EventType type, const OrderPlan& plan, const Shop& shop, EventTime at);
  void write_body(const OrderPlan& plan, const Shop& shop, bool paid);
  void write_scans(const OrderPlan& plan);

  Province& province_;
  Outbox& outbox_;
  EventTime horizon_;
  Chance transport_;
  Line line_;
  Written written_;
  std::string items_;
  std::vector<Delivered> delivered_;  // a ring: the oldest is overwritten
  std::size_t delivered_at_ = 0;
};

}  // namespace brushwatch::simulate
