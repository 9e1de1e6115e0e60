#include "engine/event/event.h"

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
    {EventType::kRuleSet, "rule.set"}, {EventType::kCommand, "command.issued"}, {EventType::kTick, "tick"},
    {EventType::kSourceDeclared, "source.declared"}, {EventType::kRejected, "rejected"},
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

void reset_body(Event& event, EventType type) {
  event.type = type;
  switch (type) {
    case EventType::kOrderCreated: case EventType::kOrderPaid: case EventType::kOrderShipped: case EventType::kOrderSigned:
    case EventType::kOrderConfirmed: case EventType::kOrderRefundRequested: case EventType::kOrderRefunded:
    case EventType::kOrderClosed: case EventType::kOrderMerchantTransfer: case EventType::kOrderCompensated:
    case EventType::kOrderOther: return reset_to<OrderEvent>(event.body);
    case EventType::kReviewPosted: case EventType::kReviewAppended: case EventType::kReviewEdited:
    case EventType::kReviewDeleted: return reset_to<ReviewEvent>(event.body);
    case EventType::kParcelNotice: return reset_to<NoticeEvent>(event.body);
    case EventType::kParcelScan: return reset_to<ScanEvent>(event.body);
    case EventType::kTrafficView: return reset_to<ViewEvent>(event.body);
    case EventType::kComplaintFiled: return reset_to<ComplaintEvent>(event.body);
    case EventType::kCommitmentSigned: case EventType::kCommitmentBreached: return reset_to<CommitmentEvent>(event.body);
    case EventType::kRefOperator: case EventType::kRefShop: case EventType::kRefOutlet: case EventType::kRefCourier:
    case EventType::kRefCarrier: case EventType::kRefItem: case EventType::kRefPromotion:
    case EventType::kRefPublicPlace: return reset_to<ReferenceEvent>(event.body);
    case EventType::kRuleSet: return reset_to<RuleEvent>(event.body);
    case EventType::kCommand: return reset_to<CommandEvent>(event.body);
    case EventType::kTick: return reset_to<TickEvent>(event.body);
    case EventType::kSourceDeclared: return reset_to<SourceDeclaredEvent>(event.body);
    case EventType::kRejected: return reset_to<RejectedEvent>(event.body);
    case EventType::kParcelSummary: case EventType::kParcelUnseen: return reset_to<ParcelSummaryEvent>(event.body);
    case EventType::kEdge: return reset_to<EdgeEvent>(event.body);
    case EventType::kHubEdge: return reset_to<HubEdgeEvent>(event.body);
    case EventType::kFinding: return reset_to<FindingEvent>(event.body);
    case EventType::kReportFiled: return reset_to<ReportEvent>(event.body);
    case EventType::kAlertTold: return reset_to<AlertToldEvent>(event.body);
    case EventType::kNone: break;
  }
  event.body.emplace<std::monostate>();
}

}  // namespace brushwatch
