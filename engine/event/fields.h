#pragma once
/// The fields of every event body, named once. `fields(visitor, body)` calls `visitor("name", member)` in wire order.
///
/// The order is the persisted format (docs/formats/frame.md): append only, and raise kWireVersion in wire.h.
/// Bodies between stages never reach a ledger: they may change freely.

#include "engine/event/event.h"

namespace brushwatch {

/// The last value of each enumeration of a body. Code indexes tables with them, so a reader refuses what is beyond.
constexpr auto last_of(Channel) { return Channel::kDirect; }
constexpr auto last_of(GoodsState) { return GoodsState::kReturned; }
constexpr auto last_of(ScanCode) { return ScanCode::kCancelled; }
constexpr auto last_of(OutletKind) { return OutletKind::kLocker; }
constexpr auto last_of(ViewKind) { return ViewKind::kChat; }
constexpr auto last_of(ComplaintCode) { return ComplaintCode::kDescriptionMismatch; }
constexpr auto last_of(PartyKind) { return PartyKind::kSender; }
constexpr auto last_of(Family) { return Family::kComplaint; }
constexpr auto last_of(Direction) { return Direction::kVictim; }
constexpr auto last_of(SubjectKind) { return SubjectKind::kCarrier; }
constexpr auto last_of(AlertChange) { return AlertChange::kWithdrawn; }

template <class V, class E> requires std::same_as<std::remove_const_t<E>, std::monostate>
void fields(V&&, E&) {}

#define BW_FIELDS(Type) template <class V, class E> requires std::same_as<std::remove_const_t<E>, Type> void fields(V&& v, E& e)

BW_FIELDS(OrderItem) { v("sku", e.sku); v("category", e.category); v("qty", e.qty); v("list_fen", e.list_fen); v("paid_fen", e.paid_fen); }
BW_FIELDS(OrderEvent) {
  v("order_id", e.order); v("shop_id", e.shop); v("subject_id", e.subject);
  v("buyer_pid", e.buyer); v("payer_pid", e.payer); v("device_pid", e.device); v("ip24_pid", e.ip24);
  v("consignee_pid", e.consignee); v("phone_pid", e.phone); v("building_token", e.building); v("room_token", e.room);
  v("region6", e.region6); v("channel", e.channel); v("keyword", e.keyword); v("chat_n", e.chat_n);
  v("total_fen", e.total_fen); v("paid_fen", e.paid_fen); v("coupon_fen", e.coupon_fen); v("amount_fen", e.amount_fen);
  v("goods_state", e.goods); v("reason", e.reason); v("carrier", e.carrier); v("waybill", e.waybill); v("status", e.status);
  v("items", e.items);
}
BW_FIELDS(ReviewEvent) {
  v("review_id", e.review); v("order_id", e.order); v("shop_id", e.shop); v("subject_id", e.subject); v("item", e.item);
  v("buyer_pid", e.buyer); v("stars", e.stars); v("simhash", e.simhash); v("text_points", e.text_points);
  v("photo_phash", e.photo_phash); v("photos", e.photos);
}
BW_FIELDS(NoticeEvent) {
  v("carrier", e.carrier); v("waybill", e.waybill); v("order_id", e.order); v("shop_id", e.shop); v("subject_id", e.subject);
  v("sku", e.sku); v("category", e.category); v("qty", e.qty); v("buyer_pid", e.buyer); v("consignee_pid", e.consignee);
  v("region6", e.region6); v("paid_time", e.paid_time); v("sender_pid", e.sender);
}
BW_FIELDS(ScanEvent) {
  v("carrier", e.carrier); v("waybill", e.waybill); v("scan_seq", e.scan_seq); v("code", e.code); v("raw_code", e.raw_code);
  v("outlet_id", e.outlet); v("outlet_kind", e.outlet_kind); v("region6", e.region6); v("lat_e6", e.lat_e6); v("lon_e6", e.lon_e6);
  v("courier_id", e.courier); v("weight_g", e.weight_g); v("volume_cm3", e.volume_cm3);
  v("prev_outlet", e.prev_outlet); v("next_outlet", e.next_outlet); v("device_pid", e.device);
}
BW_FIELDS(ViewEvent) {
  v("shop_id", e.shop); v("session", e.session); v("item", e.item); v("buyer_pid", e.buyer); v("kind", e.kind);
  v("dwell_ms", e.dwell_ms); v("referrer", e.referrer); v("ua_class", e.ua_class); v("device_pid", e.device); v("ip24_pid", e.ip24);
  v("scrolled", e.scrolled);
}
BW_FIELDS(ComplaintEvent) {
  v("complaint_id", e.complaint); v("channel", e.channel); v("code", e.code); v("shop_id", e.shop); v("subject_id", e.subject);
  v("order_id", e.order); v("carrier", e.carrier); v("waybill", e.waybill); v("complainant_pid", e.complainant);
}
BW_FIELDS(CommitmentEvent) { v("subject_id", e.subject); v("kind", e.kind); v("document", e.document); }
BW_FIELDS(ReferenceEvent) {
  v("id", e.id); v("parent", e.parent); v("name", e.name); v("category", e.category); v("outlet_kind", e.outlet_kind);
  v("region6", e.region6); v("lat_e6", e.lat_e6); v("lon_e6", e.lon_e6); v("weight_g", e.weight_g);
  v("weight_p05_g", e.weight_p05_g); v("list_fen", e.list_fen); v("capacity", e.capacity); v("valid_from", e.valid_from);
  v("valid_until", e.valid_until); v("factor_milli", e.factor_milli); v("token", e.token);
  v("virtual_goods", e.virtual_goods); v("light_goods", e.light_goods);
}
BW_FIELDS(RuleEvent) { v("name", e.name); v("value", e.value); }
BW_FIELDS(CommandEvent) {
  v("command", e.command); v("target", e.target); v("actor", e.actor); v("role", e.role); v("reason", e.reason);
  v("subject_kind", e.subject_kind); v("subject_id", e.subject); v("list", e.list); v("document", e.document);
  v("issuer", e.issuer); v("document_date", e.document_date); v("basis", e.basis); v("behaviour", e.behaviour);
  v("class", e.grade); v("evidence", e.evidence); v("measure", e.measure); v("member", e.member); v("until", e.until);
  v("note", e.note);
}
BW_FIELDS(ReportEvent) {
  v("report_id", e.report); v("subject_kind", e.subject_kind); v("subject_id", e.subject); v("kind", e.kind);
  v("value", e.value_milli); v("document", e.document);
}
BW_FIELDS(AlertToldEvent) {
  v("alert", e.alert); v("subject_kind", e.subject_kind); v("subject_id", e.subject); v("direction", e.direction);
  v("week", e.week); v("change", e.change); v("version", e.version); v("severity", e.severity);
  v("posterior_permille", e.posterior_permille); v("families", e.families); v("possibly_framed", e.possibly_framed);
}
BW_FIELDS(SourcePosition) { v("source", e.source); v("next", e.next); }
BW_FIELDS(TickEvent) {
  v("round", e.round); v("watermark", e.watermark); v("processing_time", e.processing_time); v("end_of_input", e.end_of_input);
  v("positions", e.positions);
}
BW_FIELDS(SourceDeclaredEvent) { v("source", e.source); v("name", e.name); }
BW_FIELDS(RejectedEvent) { v("code", e.code); v("field", e.field); v("length", e.length); v("bytes", e.bytes); }
BW_FIELDS(RejectedOfEvent) { v("party", e.party); fields(v, e.record); }
BW_FIELDS(ParcelSummaryEvent) {
  v("carrier", e.carrier); v("waybill", e.waybill); v("order_id", e.order); v("shop_id", e.shop); v("subject_id", e.subject);
  v("sku", e.sku); v("category", e.category); v("qty", e.qty); v("buyer_pid", e.buyer); v("revision", e.revision);
  v("marks", e.marks); v("previous_marks", e.previous_marks); v("weight_g", e.weight_g); v("previous_weight_g", e.previous_weight_g);
  v("outlet_id", e.outlet); v("sign_outlet", e.sign_outlet); v("courier_id", e.courier); v("paid_time", e.paid_time);
  v("first_scan", e.first_scan); v("signed_time", e.signed_time); v("scans", e.scans); v("distance_km", e.distance_km);
  v("delivered", e.delivered); v("track", e.track);
}
BW_FIELDS(EdgeEvent) {
  v("kind", e.kind); v("party", e.party); v("buyer_pid", e.buyer); v("shop_id", e.shop); v("subject_id", e.subject);
  v("order", e.order); v("paid_fen", e.paid_fen); v("shop_week", e.shop_week);
}
BW_FIELDS(HubEdgeEvent) {
  v("kind", e.kind); v("party", e.party); v("buyer_pid", e.buyer); v("shop_id", e.shop); v("subject_id", e.subject);
  v("order", e.order); v("buyers", e.buyers); v("shops", e.shops); v("origin", e.origin); v("shop_week", e.shop_week);
}
BW_FIELDS(FindingEvent) {
  v("detector", e.detector); v("version", e.version); v("family", e.family); v("direction", e.direction);
  v("subject_kind", e.subject_kind); v("subject", e.subject); v("window_start", e.window_start); v("window_end", e.window_end);
  v("scope", e.scope); v("llr_milli", e.llr_milli); v("value_milli", e.value_milli); v("baseline_milli", e.baseline_milli);
  v("threshold_milli", e.threshold_milli); v("reason", e.reason); v("params", e.params); v("count", e.count);
  v("retracted", e.retracted); v("evidence", e.evidence);
}
#undef BW_FIELDS

}  // namespace brushwatch
