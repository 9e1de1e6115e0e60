#include "detectors/shop_core/shop_core.h"

#include <algorithm>
#include <cstring>

namespace brushwatch {
namespace {

/// A shop that nobody touched for two months starts afresh: longer than any window of its detectors (4 weeks).
constexpr std::int64_t kIdleTtlMs = 60 * kDayMs;

constexpr ParamInfo kParams[] = {
    {"edge_ip24", 0, "0 or 1", "a /24 is shared by whole districts behind carrier NAT: its edges cost more than they tell"},
};
enum Param { kEdgeIp24 };

constexpr DetectorInfo kInfo{
    .number = 0, .name = "shop_core", .part = "shop", .stage = Stage::kShop, .family = Family::kOrder, .version = 1,
    .state_version = 2, .state_bytes = sizeof(ShopCore),
    .inputs = EventMask::of(EventType::kOrderCreated, EventType::kOrderPaid, EventType::kOrderShipped, EventType::kOrderSigned,
                            EventType::kOrderConfirmed, EventType::kOrderRefundRequested, EventType::kOrderRefunded,
                            EventType::kOrderClosed, EventType::kOrderMerchantTransfer, EventType::kOrderCompensated,
                            EventType::kOrderOther, EventType::kReviewPosted, EventType::kReviewAppended,
                            EventType::kReviewEdited, EventType::kReviewDeleted, EventType::kTrafficView,
                            EventType::kComplaintFiled, EventType::kParcelSummary, EventType::kParcelUnseen),
    .lateness_ms = kHourMs, .params = kParams, .reasons = {}};

class Core final : public StageCore {
 public:
  [[nodiscard]] const DetectorInfo& info() const override { return kInfo; }

  void on_event(const Event& event, std::byte* state, FoldContext& ctx) const override {
    auto& s = *reinterpret_cast<ShopCore*>(state);
    if (s.shop_hash == 0) {
      const NamedId shop = shop_id_of(event);
      s.shop_hash = shop.hash;
      s.shop_size = static_cast<std::uint8_t>(std::min(shop.text.size(), sizeof s.shop));
      std::memcpy(s.shop, shop.text.data(), s.shop_size);
      s.platform = event.platform;
      s.first_seen_ms = s.last_seen_ms = event.event_time.ms;
    }
    s.first_seen_ms = std::min(s.first_seen_ms, event.event_time.ms);
    s.last_seen_ms = std::max(s.last_seen_ms, event.event_time.ms);
    s.orders += event.type == EventType::kOrderPaid;
    s.views += event.type == EventType::kTrafficView;
    if (event.type == EventType::kParcelSummary) {
      const auto& parcel = event.as<ParcelSummaryEvent>();
      if (parcel.revision == 0 && parcel.outlet) s.origins.add(parcel.outlet.hash, shanghai_day(parcel.signed_time));
    }
    ctx.wake_at({s.last_seen_ms + kIdleTtlMs});
  }

  void after(const Event& event, std::byte* state, FoldContext& ctx) const override {
    if (event.type != EventType::kOrderPaid) return;
    const auto& order = event.as<OrderEvent>();
    const auto& s = *reinterpret_cast<const ShopCore*>(state);
    constexpr std::int64_t kWeekMs = 7 * kDayMs;
    const auto shop_week = static_cast<std::uint32_t>(s.orders * kWeekMs / std::max(kWeekMs, s.last_seen_ms - s.first_seen_ms));
    const auto edge = [&](PartyKind kind, Pid party) {
      if (party == 0 || ctx.reference->public_place(party) != nullptr) return;
      Event out;
      out.type = EventType::kEdge;
      out.event_time = event.event_time;
      out.ingest_time = event.ingest_time;
      out.platform = event.platform;
      out.emplace<EdgeEvent>() = {kind, party, order.buyer, order.shop, order.subject, order.order.hash, order.paid_fen, shop_week};
      ctx.send(Stage::kParty, party_key(kind, party), out);
    };
    edge(PartyKind::kBuyer, order.buyer);
    edge(PartyKind::kDevice, order.device);
    edge(PartyKind::kPayer, order.payer);
    edge(PartyKind::kRoom, order.room);
    if (ctx.param(kEdgeIp24) != 0) edge(PartyKind::kIp24, order.ip24);
  }

  bool on_timer(std::byte* state, FoldContext& ctx) const override {
    auto& s = *reinterpret_cast<ShopCore*>(state);
    if (s.shop_hash == 0) return false;
    if (s.last_seen_ms + kIdleTtlMs <= ctx.watermark.ms) return false;
    ctx.wake_at({s.last_seen_ms + kIdleTtlMs});
    return true;
  }
};

}  // namespace

NamedId shop_id_of(const Event& event) {
  if (const auto* order = std::get_if<OrderEvent>(&event.body)) return order->shop;
  if (const auto* view = std::get_if<ViewEvent>(&event.body)) return view->shop;
  if (const auto* review = std::get_if<ReviewEvent>(&event.body)) return review->shop;
  if (const auto* complaint = std::get_if<ComplaintEvent>(&event.body)) return complaint->shop;
  if (const auto* parcel = std::get_if<ParcelSummaryEvent>(&event.body)) return parcel->shop;
  return {};
}

const StageCore& shop_core() {
  static const Core core;
  return core;
}

}  // namespace brushwatch
