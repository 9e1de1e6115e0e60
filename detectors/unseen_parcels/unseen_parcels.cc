#include "detectors/unseen_parcels/unseen_parcels.h"

#include "detectors/shop_core/day_profile.h"
#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "unseen_parcels.no_scan", "{0} of {1} orders shipped in the week have a number that no carrier had scanned days later. Share {v}, honest {b}.",
     "本周标记发货的 {1} 单中，有 {0} 单的运单号数日后仍无任何物流扫描。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParcelParams[] = {
    {"wait_h", 72, "h", "a seller must hand over within 48 h of shipping, and half a per cent of pickups are typed in a day late"},
};
constexpr ParamInfo kShopParams[] = {
    {"min_shipped", 15, "count", "below fifteen a week a share has no meaning"},
    {"min_unseen", 6, "count", "five labels that nobody stuck on are a clerk's morning"},
    {"honest_permille", 20, "permille", "orders called off after the label was printed, labels printed twice, handed over days late"},
    {"least_permille", 80, "permille", "one order in twelve; below it late hand-overs explain too much"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"rush_milli", 1'500, "milli", "in a promotion of half as much again and more, and for pre-sales, the warehouse is days behind its labels: left out"},
};
enum ShopParam : std::size_t { kMinShipped, kMinUnseen, kHonest, kLeast, kLogPMax, kCap, kRush };

class Parcel final : public DetectorOf<UnseenParcel> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{23, "unseen_parcels", "parcel", Stage::kParcel, Family::kParcel, 1, 1, sizeof(UnseenParcel),
                                   EventMask::of(EventType::kParcelNotice, EventType::kParcelScan), 48 * kHourMs, kParcelParams, {}};
    return info;
  }
  void event(const Event& event, UnseenParcel& s, FoldContext& ctx) const override {
    const auto& core = *static_cast<const ParcelCore*>(ctx.core);
    if (event.type == EventType::kParcelNotice && ctx.reference->carrier(event.as<NoticeEvent>().carrier.hash) != nullptr) s.expected = 1;
    if (s.told != 0 && (core.first_scan_ms != 0 || s.told != core.notices[0].identity)) {
      tell(core, s.told, 1, event.ingest_time, ctx);  // a scan came, or the number turned out to be an earlier order's
      s.told = 0;
    }
    await(core, s, ctx);
  }
  bool timer(UnseenParcel& s, FoldContext& ctx) const override {
    const auto& core = *static_cast<const ParcelCore*>(ctx.core);
    const bool due = s.told == 0 && s.expected != 0 && core.first_scan_ms == 0 && core.notices[0].shop_size != 0 && due_ms(core, ctx) <= ctx.watermark.ms;
    if (due) {
      tell(core, core.notices[0].identity, 0, {due_ms(core, ctx)}, ctx);
      s.told = core.notices[0].identity;
    }
    await(core, s, ctx);
    return false;  // the core keeps the row
  }

 private:
  static std::int64_t due_ms(const ParcelCore& core, const FoldContext& ctx) { return core.notices[0].event_ms + ctx.param(0) * kHourMs; }
  static void await(const ParcelCore& core, const UnseenParcel& s, FoldContext& ctx) {
    if (s.told != 0 || s.expected == 0 || core.first_scan_ms != 0 || core.notices[0].shop_size == 0) return;
    if (due_ms(core, ctx) > ctx.watermark.ms) ctx.wake_at({due_ms(core, ctx)});
    else ctx.wake_at(ctx.watermark + 1);  // a notice that comes days late: with the next tick
  }
  static void tell(const ParcelCore& core, std::uint64_t identity, std::uint32_t revision, EventTime ingest, FoldContext& ctx) {
    for (const NoticeSlot& slot : core.notices) {
      if (slot.identity != identity || slot.shop_size == 0) continue;
      Event out;
      out.type = EventType::kParcelUnseen;
      out.event_time = {slot.event_ms};
      out.ingest_time = ingest;
      out.position = {slot.position};
      auto& body = out.emplace<ParcelSummaryEvent>();
      const char* const names = slot.names.data();
      body.shop = NamedId::of({names, slot.shop_size});
      body.subject = NamedId::of({names + slot.shop_size, slot.subject_size});
      body.order = NamedId::of({names + slot.shop_size + slot.subject_size, slot.order_size});
      body.revision = revision;
      ctx.outbox->send(Stage::kShop, slot.shop, out);
    }
  }
};

class Shop final : public DetectorOf<UnseenShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{23, "unseen_parcels", "shop", Stage::kShop, Family::kParcel, 1, 1, sizeof(UnseenShop),
                                   EventMask::of(EventType::kOrderShipped, EventType::kParcelUnseen), kHourMs, kShopParams, kReasons};
    return info;
  }
  void event(const Event& event, UnseenShop& s, FoldContext& ctx) const override {
    const auto* const order = std::get_if<OrderEvent>(&event.body);
    if (order != nullptr && !order->waybill) return;  // nothing travels, or the carrier is not told
    if (promotion_factor(ctx, shop_of(ctx).shop_hash, event.event_time) * 1000 >= static_cast<double>(ctx.param(kRush))) return;
    if (UnseenWeek* const week = s.weeks.open(event.event_time, ctx.watermark)) {
      ++week->head.changed;
      if (order != nullptr) {
        ++week->shipped;
      } else if (event.as<ParcelSummaryEvent>().revision == 0) {
        ++week->unseen;
        week->refs.add(event.position);
      } else {
        uncount(week->unseen);
        week->refs.remove(event.position);
      }
      if (order == nullptr) say(*week, event.event_time, false, ctx);
    }
    s.weeks.ask(ctx);
  }
  bool timer(UnseenShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](UnseenWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void say(UnseenWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.unseen < static_cast<std::uint64_t>(ctx.param(kMinUnseen))) return;
    // A platform may send notices alone.
    const std::uint32_t shipped = std::max(week.shipped, week.unseen);
    const Claim claim = rate_claim(kReasons[0].code, week.unseen, shipped, rate_rule(ctx, {kMinShipped, kMinUnseen, kHonest, kLeast, kLogPMax, kCap}));
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d23_parcel() {
  static const Parcel detector;
  return detector;
}
const Detector& d23_shop() {
  static const Shop detector;
  return detector;
}

}  // namespace brushwatch
