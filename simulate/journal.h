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
};

}  // namespace brushwatch::simulate
