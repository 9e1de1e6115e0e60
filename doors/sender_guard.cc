#include "doors/sender_guard.h"

#include "doors/record.h"

namespace brushwatch::doors {
namespace {

bool of(std::string_view party, const NamedId& id) { return id && party_of(id.text) == party; }

class SenderGuard final : public Decoder {
 public:
  SenderGuard(std::unique_ptr<Decoder> inner, SenderRights rights) : inner_(std::move(inner)), rights_(std::move(rights)) {}

  Result<std::size_t> decode(const SourceRecord& record, EventTime now, std::vector<Event>& out) override {
    BW_ASSIGN(const std::size_t n, inner_->decode(record, now, out));
    const std::string_view party = sender_of(record, rights_.party);
    for (std::size_t i = 0; i < n; ++i) {
      const EventType type = out[i].type;
      if (!rights_.commands && (type == EventType::kCommand || type == EventType::kRuleSet))
        return tl::unexpected<Error>(Error(ErrorCode::kBadEnvelope, "this source carries no commands and no rules").in("/type"));
      if (!party.empty() && !may_send(party, out[i]))
        return tl::unexpected<Error>(Error(ErrorCode::kBadEnvelope, "an event in another party's name").in("/source"));
    }
    return n;
  }

 private:
  std::unique_ptr<Decoder> inner_;
  SenderRights rights_;
};

}  // namespace

bool may_send(std::string_view party, const Event& event) {
  switch (event.type) {
    case EventType::kParcelNotice: {
      const auto& e = event.as<NoticeEvent>();
      return e.carrier.text == party || of(party, e.shop);
    }
    case EventType::kParcelScan: return event.as<ScanEvent>().carrier.text == party;
    case EventType::kReviewPosted: case EventType::kReviewAppended: case EventType::kReviewEdited: case EventType::kReviewDeleted:
      return of(party, event.as<ReviewEvent>().shop);
    case EventType::kTrafficView: return of(party, event.as<ViewEvent>().shop);
    case EventType::kComplaintFiled: {
      const auto& e = event.as<ComplaintEvent>();
      return of(party, e.shop) || of(party, e.subject) || (e.carrier && e.carrier.text == party);
    }
    case EventType::kReportFiled: return of(party, event.as<ReportEvent>().subject);
    case EventType::kCommitmentSigned: case EventType::kCommitmentBreached: return of(party, event.as<CommitmentEvent>().subject);
    case EventType::kRefShop: return of(party, event.as<ReferenceEvent>().id);
    case EventType::kRefItem: case EventType::kRefPromotion: return of(party, event.as<ReferenceEvent>().parent);
    case EventType::kRefCarrier: return event.as<ReferenceEvent>().id.text == party;
    case EventType::kRefOutlet: case EventType::kRefCourier: {
      const auto& e = event.as<ReferenceEvent>();
      return of(party, e.id) || e.parent.text == party || of(party, e.parent);
    }
    case EventType::kRefOperator: case EventType::kRefPublicPlace: case EventType::kRefConfirmedShop: case EventType::kCommand: case EventType::kRuleSet: return false;
    default: {
      const auto* order = std::get_if<OrderEvent>(&event.body);
      return order != nullptr && of(party, order->shop);
    }
  }
}

std::unique_ptr<Decoder> guard_sender(std::unique_ptr<Decoder> inner, SenderRights rights) {
  return std::make_unique<SenderGuard>(std::move(inner), std::move(rights));
}

}  // namespace brushwatch::doors
