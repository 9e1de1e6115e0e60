#include "simulate/journal.h"

#include <fmt/format.h>

namespace brushwatch::simulate {

void Journal::put(Stream stream, EventType type, EventTime at, std::int64_t lag_ms) {
  if (at > horizon_) return;
  outbox_.put(stream, type, at, at + lag_ms, line_.open());
}

Line& Journal::order_line(EventType type, const OrderPlan& plan, const Shop& shop, EventTime at) {
  line_.begin(event_type_name(type), platforms()[shop.platform], at).text("order_id", written_.order).text("shop_id", shop.id);
  if (!shop.subject.empty()) line_.text("subject_id", shop.subject);
  return line_.pid("buyer_pid", 'b', plan.buyer.id);
}

void Journal::write_body(const OrderPlan& plan, const Shop& shop, bool paid) {
  const Buyer& b = plan.buyer;
  line_.pid("payer_pid", 'y', b.payer).pid("device_pid", 'd', b.device).pid("ip24_pid", 'a', b.ip24)
      .pid("consignee_pid", 'c', b.consignee).pid("phone_pid", 't', b.phone).pid("building_token", 'h', b.building)
      .pid("room_token", 'r', b.room).number("region6", counties()[b.county].region6).text("channel", plan.channel);
  if (plan.keyword != 0) line_.pid("keyword", 'w', plan.keyword);
  line_.number("chat_n", plan.chats).number("total_fen", plan.total_fen);
  if (paid) line_.number("paid_fen", plan.paid_fen);
  line_.number("coupon_fen", plan.coupon_fen);
  items_ = "[";
  for (std::uint32_t i = 0; i < plan.item_count; ++i) {
    const PlannedItem& p = plan.items[i];
    const Item& item = shop.items[p.item];
    fmt::format_to(std::back_inserter(items_), R"({}{{"sku":"{}","category":{},"qty":{},"list_fen":{},"paid_fen":{}}})",
                   i > 0 ? "," : "", PidText('i', item.id).view(), shop.category, p.qty, item.list_fen, p.paid_fen);
  }
  items_ += ']';
  line_.raw("items", items_);
}

namespace {

constexpr std::size_t kDeliveredKept = 4096;

}  // namespace

const Journal::Delivered* Journal::draw_delivered(EventTime from, EventTime until, std::uint16_t city, Chance& chance) const {
  const Delivered* elsewhere = nullptr;
  for (int tries = 0; tries < 200 && !delivered_.empty(); ++tries) {
    const Delivered& d = delivered_[chance.below(delivered_.size())];
    if (d.signed_off < from || until < d.signed_off) continue;
    if (counties()[d.county].city == city) return &d;
    if (elsewhere == nullptr) elsewhere = &d;
  }
  return elsewhere;
}

const Journal::Written& Journal::write(const OrderPlan& plan) {
  const Shop& shop = province_.shops()[plan.shop];
  const std::string_view platform = platforms()[shop.platform];
  written_.order = province_.next_order_id();
  written_.waybill.clear();
  if (!plan.scans.empty()) {
    written_.waybill = province_.next_waybill(plan.carrier);
    Delivered delivered{plan.carrier, plan.buyer.county, plan.signed_off, written_.waybill};
    if (delivered_.size() < kDeliveredKept) delivered_.push_back(std::move(delivered));
    else delivered_[delivered_at_++ % kDeliveredKept] = std::move(delivered);
  } else {
    written_.waybill = plan.old_waybill;
  }
  const std::string_view carrier = carriers()[plan.carrier].code;
  const auto lag = [&] { return transport_.between(40, 900); };  // platform to member, ms [B]

  for (const PlannedView& view : plan.views) write_view(view);
  order_line(EventType::kOrderCreated, plan, shop, plan.created);
  write_body(plan, shop, false);
  put(Stream::kOrders, EventType::kOrderCreated, plan.created, lag());
  if (plan.paid.ms != 0) {
    order_line(EventType::kOrderPaid, plan, shop, plan.paid);
    write_body(plan, shop, true);
    put(Stream::kOrders, EventType::kOrderPaid, plan.paid, lag());
  }
  if (plan.shipped.ms != 0) {
    const PlannedItem& first = plan.items[0];
    order_line(EventType::kOrderShipped, plan, shop, plan.shipped).pid("consignee_pid", 'c', plan.buyer.consignee)
        .number("region6", counties()[plan.buyer.county].region6).text("carrier", carrier).text("waybill", written_.waybill)
        .raw("items", items_);
    put(Stream::kOrders, EventType::kOrderShipped, plan.shipped, lag());
    order_line(EventType::kParcelNotice, plan, shop, plan.shipped).text("carrier", carrier).text("waybill", written_.waybill)
        .pid("sku", 'i', shop.items[first.item].id).number("category", shop.category).number("qty", first.qty)
        .pid("consignee_pid", 'c', plan.buyer.consignee).number("region6", counties()[plan.buyer.county].region6)
        .number("paid_time", plan.paid.ms).pid("sender_pid", 'n', shop.sender);
    put(Stream::kOrders, EventType::kParcelNotice, plan.shipped, lag());
    write_scans(plan);
  }
  if (plan.signed_off.ms != 0) {
    // The platform hears of a signature from the carrier, some minutes later.
    order_line(EventType::kOrderSigned, plan, shop, plan.signed_off).text("carrier", carrier).text("waybill", written_.waybill);
    put(Stream::kOrders, EventType::kOrderSigned, plan.signed_off, transport_.between(2 * kSecondMs, 20 * kMinuteMs));
  }
  if (plan.refund_requested.ms != 0) {
    order_line(EventType::kOrderRefundRequested, plan, shop, plan.refund_requested).number("amount_fen", plan.refund_fen)
        .text("goods_state", plan.goods_state).text("reason", plan.refund_reason);
    put(Stream::kOrders, EventType::kOrderRefundRequested, plan.refund_requested, lag());
  }
  if (plan.refunded.ms != 0) {
    order_line(EventType::kOrderRefunded, plan, shop, plan.refunded).number("amount_fen", plan.refund_fen)
        .text("goods_state", plan.goods_state).text("reason", plan.refund_reason);
    put(Stream::kOrders, EventType::kOrderRefunded, plan.refunded, lag());
  }
  if (plan.closed.ms != 0) {
    order_line(EventType::kOrderClosed, plan, shop, plan.closed);
    put(Stream::kOrders, EventType::kOrderClosed, plan.closed, lag());
  }
  if (plan.confirmed.ms != 0) {
    order_line(EventType::kOrderConfirmed, plan, shop, plan.confirmed);
    put(Stream::kOrders, EventType::kOrderConfirmed, plan.confirmed, lag());
  }
  if (plan.transferred.ms != 0) {
    order_line(EventType::kOrderMerchantTransfer, plan, shop, plan.transferred).number("amount_fen", plan.transfer_fen)
        .text("reason", plan.transfer_reason);
    put(Stream::kOrders, EventType::kOrderMerchantTransfer, plan.transferred, lag());
  }
  if (plan.reviewed.ms != 0) {
    const PidText id('v', mix64(province_.next_number()));
    const auto review = [&](EventType type, EventTime at, std::uint8_t stars) {
      line_.begin(event_type_name(type), platform, at).text("review_id", id.view()).text("order_id", written_.order).text("shop_id", shop.id);
      if (!shop.subject.empty()) line_.text("subject_id", shop.subject);
      line_.pid("item", 'i', shop.items[plan.items[0].item].id).pid("buyer_pid", 'b', plan.buyer.id).number("stars", stars)
          .text("text", plan.review).number("photos", plan.photos);
      if (plan.photos > 0) line_.pid("photo_phash", 'f', transport_.next());
      put(Stream::kReviews, type, at, transport_.between(200, 5'000));
    };
    review(EventType::kReviewPosted, plan.reviewed, plan.stars);
    if (plan.edited.ms != 0) review(EventType::kReviewEdited, plan.edited, plan.edited_stars);
  }
  if (plan.complained.ms != 0) {
    line_.begin("complaint.filed", plan.complaint_channel == "platform" ? platform : plan.complaint_channel, plan.complained)
        .text("complaint_id", PidText('q', mix64(province_.next_number())).view()).text("channel", plan.complaint_channel)
        .text("code", plan.complaint).text("shop_id", shop.canonical_id());
    if (!shop.subject.empty()) line_.text("subject_id", shop.subject);
    line_.text("order_id", fmt::format("{}:{}", platform, written_.order));
    if (!written_.waybill.empty()) line_.text("carrier", carrier).text("waybill", written_.waybill);
    line_.pid("complainant_pid", 'c', plan.complainant);
    put(Stream::kComplaints, EventType::kComplaintFiled, plan.complained, transport_.between(kMinuteMs, 4 * kHourMs));
  }
  return written_;
}

void Journal::write_scans(const OrderPlan& plan) {
  std::int64_t sequence = 0;
  const std::string_view carrier = carriers()[plan.carrier].code;
  for (const PlannedScan& scan : plan.scans) {
    const Outlet& at = province_.outlet(scan.outlet);
    line_.begin("parcel.scan", carrier, scan.at).text("carrier", carrier).text("waybill", written_.waybill)
        .number("scan_seq", ++sequence).text("code", scan.code).text("outlet_id", at.id)
        .text("outlet_kind", at.kind == OutletKind::kHub ? "hub" : at.kind == OutletKind::kStation ? "station" : "outlet")
        .number("region6", counties()[at.county].region6).degrees("lat", at.lat_e6).degrees("lon", at.lon_e6);
    if (scan.courier >= 0) line_.text("courier_id", Province::courier_id(at, static_cast<std::uint32_t>(scan.courier)));
    if (scan.weight_g > 0) line_.number("weight_g", scan.weight_g);
    if (scan.volume_cm3 > 0) line_.number("volume_cm3", scan.volume_cm3);
    if (scan.prev_outlet >= 0) line_.text("prev_outlet", province_.outlet(static_cast<std::uint32_t>(scan.prev_outlet)).id);
    if (scan.next_outlet >= 0) line_.text("next_outlet", province_.outlet(static_cast<std::uint32_t>(scan.next_outlet)).id);
    if (scan.device != 0) line_.pid("device_pid", 'p', scan.device);
    outbox_.put(Stream::kParcels, EventType::kParcelScan, scan.at, scan.ingest, line_.open());
  }
}

void Journal::write_view(const PlannedView& view) {
  const Shop& shop = province_.shops()[view.shop];
  line_.begin("traffic.view", platforms()[shop.platform], view.at).text("shop_id", shop.id).pid("session", 's', view.session)
      .pid("item", 'i', shop.items[view.item].id);
  if (view.buyer != 0) line_.pid("buyer_pid", 'b', view.buyer);
  line_.text("kind", view.kind);
  if (view.kind == "pv") line_.number("dwell_ms", view.dwell_ms);
  if (view.keyword != 0) line_.pid("referrer", 'w', view.keyword);
  line_.text("ua_class", view.ua).pid("device_pid", 'd', view.device).pid("ip24_pid", 'a', view.ip24);
  if (view.kind == "pv") line_.flag("scrolled", view.scrolled);
  // A page view is sent when the page is left.
  put(Stream::kViews, EventType::kTrafficView, view.at, view.dwell_ms + transport_.between(50, 3'000));
}

}  // namespace brushwatch::simulate
