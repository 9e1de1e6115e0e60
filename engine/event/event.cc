#include "engine/event/event.h"

#include "engine/event/body.h"

namespace brushwatch {
namespace {

struct TypeName { EventType type; std::string_view name; };
constexpr TypeName kTypeNames[] = {
    {EventType::kOrderCreated, "order.created"}, {EventType::kOrderPaid, "order.paid"},
    {EventType::kOrderShipped, "order.shipped"}, {EventType::kOrderSigned, "order.signed"},
    {EventType::kOrderConfirmed, "order.confirmed"}, {EventType::kOrderRefundRequested, "order.refund_requested"},
    {EventType::kOrderRefunded, "order.refunded"}, {EventType::kOrderClosed, "order.closed"},
    {EventType::kOrderMerchantTransfer, "order.merchant_transfer"}, {EventType::kOrderCompensated, "order.compensated"},
    {EventType::kOrderOther, "order.other"}, {EventType::kReviewPosted, "review.posted"},
    {EventType::kReviewAppended, "review.appended"}, {EventType::kReviewEdited, "review.edited"},
    {EventType::kReviewDeleted, "review.deleted"}, {EventType::kParcelNotice, "parcel.notice"},
    {EventType::kParcelScan, "parcel.scan"}, {EventType::kTrafficView, "traffic.view"},
    {EventType::kComplaintFiled, "complaint.filed"}, {EventType::kCommitmentSigned, "commitment.signed"},
    {EventType::kCommitmentBreached, "commitment.breached"}, {EventType::kRefOperator, "ref.operator"},
    {EventType::kRefShop, "ref.shop"}, {EventType::kRefOutlet, "ref.outlet"}, {EventType::kRefCourier, "ref.courier"},
    {EventType::kRefCarrier, "ref.carrier"}, {EventType::kRefItem, "ref.item"},
    {EventType::kRefPromotion, "ref.promotion"}, {EventType::kRefPublicPlace, "ref.public_place"},
    {EventType::kRefConfirmedShop, "ref.confirmed_shop"},
    {EventType::kRuleSet, "rule.set"}, {EventType::kCommand, "command.issued"}, {EventType::kTick, "tick"},
    {EventType::kSourceDeclared, "source.declared"}, {EventType::kRejected, "rejected"}, {EventType::kRejectedOf, "rejected.of"},
    {EventType::kParcelSummary, "parcel.summary"}, {EventType::kEdge, "edge"}, {EventType::kHubEdge, "hub_edge"},
    {EventType::kFinding, "finding"}, {EventType::kReportFiled, "report.filed"}, {EventType::kAlertTold, "alert.told"},
    {EventType::kParcelUnseen, "parcel.unseen"},
};

constexpr std::string_view kSubjectKindNames[] = {"shop", "outlet", "courier", "operator", "carrier"};

/// Makes `T` the body: cleared in place when it is `T` already, so that its vectors keep their capacity.
template <class T>
void reset_to(EventBody& body) {
  if (T* same = std::get_if<T>(&body)) {
    if constexpr (requires { same->items.clear(); }) {
      auto items = std::move(same->items);
      items.clear();
      *same = T{};
      same->items = std::move(items);
    } else if constexpr (requires { same->evidence.clear(); }) {
      auto evidence = std::move(same->evidence);
      evidence.clear();
      *same = T{};
      same->evidence = std::move(evidence);
    } else {
      *same = T{};
    }
  } else {
    body.emplace<T>();
  }
}

}  // namespace

std::string_view event_type_name(EventType type) {
  for (const TypeName& t : kTypeNames) if (t.type == type) return t.name;
  return "none";
}

EventType event_type_from_name(std::string_view name) {
  for (const TypeName& t : kTypeNames) if (t.name == name) return t.type;
  return EventType::kNone;
}

char family_letter(Family family) { return "ORPTGC"[static_cast<unsigned>(family)]; }
std::string_view direction_name(Direction direction) {
  constexpr std::string_view kNames[] = {"promote", "demote", "victim"};
  return kNames[static_cast<unsigned>(direction)];
}
std::string_view subject_kind_name(SubjectKind kind) {
  return kSubjectKindNames[static_cast<unsigned>(kind)];
}
bool subject_kind_from_name(std::string_view name, SubjectKind& out) {
  for (std::size_t i = 0; i < std::size(kSubjectKindNames); ++i) {
    if (kSubjectKindNames[i] != name) continue;
    out = static_cast<SubjectKind>(i);
    return true;
  }
  return false;
}
std::string_view stage_name(Stage stage) {
  constexpr std::string_view kNames[] = {"intake", "parcel", "shop", "party", "ring", "subject", "alliance"};
  return kNames[static_cast<unsigned>(stage)];
}

namespace {

/// Calls `with` with the body type of this event type; false when it has none.
template <class With>
bool with_body_of(EventType type, With&& with) {
  switch (type) {
    case EventType::kOrderCreated: case EventType::kOrderPaid: case EventType::kOrderShipped: case EventType::kOrderSigned:
    case EventType::kOrderConfirmed: case EventType::kOrderRefundRequested: case EventType::kOrderRefunded:
    case EventType::kOrderClosed: case EventType::kOrderMerchantTransfer: case EventType::kOrderCompensated:
    case EventType::kOrderOther: return with.template operator()<OrderEvent>();
    case EventType::kReviewPosted: case EventType::kReviewAppended: case EventType::kReviewEdited:
    case EventType::kReviewDeleted: return with.template operator()<ReviewEvent>();
    case EventType::kParcelNotice: return with.template operator()<NoticeEvent>();
    case EventType::kParcelScan: return with.template operator()<ScanEvent>();
    case EventType::kTrafficView: return with.template operator()<ViewEvent>();
    case EventType::kComplaintFiled: return with.template operator()<ComplaintEvent>();
    case EventType::kCommitmentSigned: case EventType::kCommitmentBreached: return with.template operator()<CommitmentEvent>();
    case EventType::kRefOperator: case EventType::kRefShop: case EventType::kRefOutlet: case EventType::kRefCourier:
    case EventType::kRefCarrier: case EventType::kRefItem: case EventType::kRefPromotion:
    case EventType::kRefPublicPlace: case EventType::kRefConfirmedShop: return with.template operator()<ReferenceEvent>();
    case EventType::kRuleSet: return with.template operator()<RuleEvent>();
    case EventType::kCommand: return with.template operator()<CommandEvent>();
    case EventType::kTick: return with.template operator()<TickEvent>();
    case EventType::kSourceDeclared: return with.template operator()<SourceDeclaredEvent>();
    case EventType::kRejected: return with.template operator()<RejectedEvent>();
    case EventType::kRejectedOf: return with.template operator()<RejectedOfEvent>();
    case EventType::kParcelSummary: case EventType::kParcelUnseen: return with.template operator()<ParcelSummaryEvent>();
    case EventType::kEdge: return with.template operator()<EdgeEvent>();
    case EventType::kHubEdge: return with.template operator()<HubEdgeEvent>();
    case EventType::kFinding: return with.template operator()<FindingEvent>();
    case EventType::kReportFiled: return with.template operator()<ReportEvent>();
    case EventType::kAlertTold: return with.template operator()<AlertToldEvent>();
    case EventType::kNone: break;
  }
  return false;
}

}  // namespace

void reset_body(Event& event, EventType type) {
  event.type = type;
  const auto reset = [&]<class T>() {
    reset_to<T>(event.body);
    return true;
  };
  if (!with_body_of(type, reset)) event.body.emplace<std::monostate>();
}

void set_body_type(Event& event, EventType type) {
  event.type = type;
  const auto make = [&]<class T>() {
    if (!std::holds_alternative<T>(event.body)) event.body.emplace<T>();
    return true;
  };
  if (!with_body_of(type, make)) event.body.emplace<std::monostate>();
}

}  // namespace brushwatch
