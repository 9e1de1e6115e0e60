#pragma once
/// Which stage and row key an event from outside goes to. The only place where an event is turned into ledger records.

#include "engine/detect/fold.h"

namespace brushwatch {

/// Calls add(partition, stage, key, event) for each ledger record that `event` becomes. Broadcast records go to all
/// partitions. `scratch` is reused for derived events (a shipped order is also a shipment notice to its parcel).
template <class Add>
void route(const Event& event, std::uint32_t partitions, Event& scratch, Add&& add) {
  const auto keyed = [&](Stage stage, std::uint64_t key, const Event& e) { add(partition_of(key, partitions), stage, key, e); };
  // Into the subject's file at the alliance.
  const auto file = [&](SubjectKind kind, const NamedId& id) { keyed(Stage::kAlliance, subject_key(kind, id.hash), event); };
  const auto everywhere = [&] {
    for (std::uint32_t p = 0; p < partitions; ++p) add(p, Stage::kIntake, 0, event);
  };
  switch (event.type) {
    case EventType::kOrderCreated: case EventType::kOrderPaid: case EventType::kOrderShipped: case EventType::kOrderSigned:
    case EventType::kOrderConfirmed: case EventType::kOrderRefundRequested: case EventType::kOrderRefunded:
    case EventType::kOrderClosed: case EventType::kOrderMerchantTransfer: case EventType::kOrderCompensated:
    case EventType::kOrderOther: {
      const auto& order = event.as<OrderEvent>();
      keyed(Stage::kShop, order.shop.hash, event);
      if (event.type == EventType::kOrderShipped && order.waybill && order.carrier) {
        reset_body(scratch, EventType::kParcelNotice);
        scratch.event_time = event.event_time;
        scratch.ingest_time = event.ingest_time;
        scratch.position = event.position;
        scratch.platform = event.platform;
        auto& notice = scratch.emplace<NoticeEvent>();
        notice.carrier = order.carrier;
        notice.waybill = order.waybill;
        notice.order = order.order;
        notice.shop = order.shop;
        notice.subject = order.subject;
        if (!order.items.empty()) {
          notice.sku = order.items.front().sku;
          notice.category = order.items.front().category;
          notice.qty = order.items.front().qty;
        }
        notice.buyer = order.buyer;
        notice.consignee = order.consignee;
        notice.region6 = order.region6;
        keyed(Stage::kParcel, parcel_key(order.carrier, order.waybill), scratch);
      }
      return;
    }
    case EventType::kReviewPosted: case EventType::kReviewAppended: case EventType::kReviewEdited:
    case EventType::kReviewDeleted: return keyed(Stage::kShop, event.as<ReviewEvent>().shop.hash, event);
    case EventType::kParcelNotice: {
      const auto& n = event.as<NoticeEvent>();
      return keyed(Stage::kParcel, parcel_key(n.carrier, n.waybill), event);
    }
    case EventType::kParcelScan: {
      const auto& s = event.as<ScanEvent>();
      return keyed(Stage::kParcel, parcel_key(s.carrier, s.waybill), event);
    }
    case EventType::kTrafficView: return keyed(Stage::kShop, event.as<ViewEvent>().shop.hash, event);
    case EventType::kComplaintFiled: {
      const auto& c = event.as<ComplaintEvent>();
      if (c.shop) keyed(Stage::kShop, c.shop.hash, event);
      else if (c.waybill) keyed(Stage::kParcel, parcel_key(c.carrier, c.waybill), event);
      // And into the archive of each whom it names.
      if (c.shop) file(SubjectKind::kShop, c.shop);
      else if (c.carrier) file(SubjectKind::kCarrier, c.carrier);
      const SubjectRef subject = subject_of(c.subject);
      if (subject.id && subject.kind == SubjectKind::kOperator) file(subject.kind, subject.id);
      return;
    }
    case EventType::kCommitmentSigned: case EventType::kCommitmentBreached: {
      const SubjectRef subject = subject_of(event.as<CommitmentEvent>().subject);
      return file(subject.kind, subject.id);
    }
    case EventType::kReportFiled: {
      const auto& r = event.as<ReportEvent>();
      return file(r.subject_kind, r.subject);
    }
    case EventType::kCommand: {
      const auto& c = event.as<CommandEvent>();
      // A command that names nobody is refused in a row of its own; nobody's procedure can be found by it.
      return c.subject ? file(c.subject_kind, c.subject) : file(SubjectKind::kOperator, c.target);
    }
    case EventType::kRefItem: case EventType::kRefPromotion: {
      const std::uint64_t shop = event.as<ReferenceEvent>().parent.hash;
      return add(partition_of(shop, partitions), Stage::kIntake, shop, event);
    }
    case EventType::kRefShop: {
      const auto& shop = event.as<ReferenceEvent>();
      add(partition_of(shop.id.hash, partitions), Stage::kIntake, shop.id.hash, event);
      file(SubjectKind::kShop, shop.id);
      const SubjectRef keeper = subject_of(shop.parent);
      if (keeper.id && keeper.kind == SubjectKind::kOperator) file(keeper.kind, keeper.id);
      return;
    }
    case EventType::kRefOperator: everywhere(); return file(SubjectKind::kOperator, event.as<ReferenceEvent>().id);
    case EventType::kRejected: case EventType::kRejectedOf: return add(0, Stage::kIntake, 0, event);
    default: everywhere();  // reference data that everybody needs, rules, declared sources
  }
}

}  // namespace brushwatch
