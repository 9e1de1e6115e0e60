#include "detectors/recycled_waybill/recycled_waybill.h"

#include "engine/math/milli.h"

namespace brushwatch {
namespace {

/// Most telling first: the sentence of a week is that of its most frequent mark, ties to the front.
constexpr std::array<std::uint32_t, 5> kMarks = {kMarkRecycled, kMarkTwoShops, kMarkTwoOrders, kMarkSecondCreated, kMarkScanBeforePaid};
constexpr ReasonText kReasons[] = {
    {1, "recycled_waybill.recycled",
     "{0} of {1} orders of the week were sent on waybill numbers used before; {2} on numbers already signed for another order. Share {v}, honest {b}.",
     "本周{1}个订单中有{0}个使用了旧运单号，其中{2}个单号此前已为他单签收。占比{v}，正常{b}。"},
    {2, "recycled_waybill.two_shops",
     "{0} of {1} orders of the week were sent on waybill numbers used before; {2} share a number with another shop's order. Share {v}, honest {b}.",
     "本周{1}个订单中有{0}个使用了旧运单号，其中{2}个与其他店铺的订单共用单号。占比{v}，正常{b}。"},
    {3, "recycled_waybill.two_orders",
     "{0} of {1} orders of the week were sent on waybill numbers used before; {2} share a number with a stranger's order. Share {v}, honest {b}.",
     "本周{1}个订单中有{0}个使用了旧运单号，其中{2}个与无关买家的订单共用单号。占比{v}，正常{b}。"},
    {4, "recycled_waybill.second_created",
     "{0} of {1} orders of the week were sent on waybill numbers used before; for {2} the label was made twice, days apart. Share {v}, honest {b}.",
     "本周{1}个订单中有{0}个使用了旧运单号，其中{2}个单号相隔多日重复制单。占比{v}，正常{b}。"},
    {5, "recycled_waybill.scan_before_paid",
     "{0} of {1} orders of the week went on waybill numbers scanned before the order was paid ({2}). Share {v}, honest {b}.",
     "本周{1}个订单中有{0}个在付款前运单已有扫描记录（{2}个）。占比{v}，正常{b}。"},
};

constexpr ParamInfo kParcelParams[] = {
    {"grace_ms", 10 * kMinuteMs, "ms", "clocks of the shop's and the carrier's systems differ by minutes; 1.2 % of honest parcels still exceed it"},
    {"created_apart_ms", 2 * kDayMs, "ms", "a label that jams is printed again the same or the next day"},
};
enum ParcelParam : std::size_t { kGraceMs, kCreatedApartMs };
constexpr ParamInfo kShopParams[] = {
    {"min_parcels", 10, "count", "below ten a week a share has no meaning"},
    {"min_strong", 1, "count", "a number signed for another buyer carries no second order: that is a fact, not a share"},
    {"min_weak", 5, "count", "one import of shifted times must not accuse a shop"},
    {"honest_strong_ppm", 200, "ppm", "keyed-in numbers: 1e-4 for two orders, and as much for labels used again"},
    {"honest_weak_permille", 20, "permille", "1.22 % clock noise in honest data, rounded up for bad integrations"},
    {"least_permille", 50, "permille", "bought numbers come in lots: one order in twenty is already a purchase"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"one_cap", 1'500, "milli-nats", "a single one may be a clerk's slip: it speaks, and a second makes it certain"},
    {"strong_log_p_max", -3'912, "milli-nats", "ln 0.02: one in a hundred orders by chance; the rate says the rest"},
};
enum ShopParam : std::size_t { kMinParcels, kMinStrong, kMinWeak, kHonestStrong, kHonestWeak, kLeast, kLogPMax, kCap, kOneCap, kStrongLogPMax };

/// The row's memory of a number, as the parcel core's.
constexpr std::int64_t kEpochMs = 180 * kDayMs;

class Parcel final : public DetectorOf<RecycledParcel> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{19, "recycled_waybill", "parcel", Stage::kParcel, Family::kParcel, 1, 1, sizeof(RecycledParcel),
                                   EventMask::of(EventType::kParcelNotice, EventType::kParcelScan), 48 * kHourMs, kParcelParams, {}};
    return info;
  }
  void event(const Event& event, RecycledParcel& state, FoldContext& ctx) const override {
    if (event.type == EventType::kParcelScan && event.as<ScanEvent>().code == ScanCode::kCreated) {
      const std::int64_t ms = event.event_time.ms;
      if (state.first_created_ms == 0 || ms < state.first_created_ms) state.first_created_ms = ms;
      if (ms > state.last_created_ms) state.last_created_ms = ms;
      ctx.changed = true;
    }
    if (state.last_created_ms != 0) ctx.wake_at({state.last_created_ms + kEpochMs});
    if (ctx.core != nullptr) ctx.marks |= marks(*static_cast<const ParcelCore*>(ctx.core), state, ctx);
  }
  bool timer(RecycledParcel& state, FoldContext& ctx) const override {
    if (state.last_created_ms == 0 || ctx.watermark.ms >= state.last_created_ms + kEpochMs) return false;
    ctx.wake_at({state.last_created_ms + kEpochMs});
    return true;
  }

 private:
  static bool scanned_before_paid(const ParcelCore& core, const NoticeSlot& slot, const FoldContext& ctx) {
    return slot.paid_ms != 0 && core.first_scan_ms != 0 && core.first_scan_ms + ctx.param(kGraceMs) < slot.paid_ms;
  }
  static std::uint32_t marks(const ParcelCore& core, const RecycledParcel& state, const FoldContext& ctx) {
    const NoticeSlot& first = core.notices[0];
    const NoticeSlot& second = core.notices[1];
    std::uint32_t of_first = 0;
    std::uint32_t of_second = 0;
    if (first.identity != 0 && scanned_before_paid(core, first, ctx)) of_first |= kMarkScanBeforePaid;
    if (second.identity != 0) {
      of_second |= kMarkTwoOrders;
      if (second.shop != first.shop) of_second |= kMarkTwoShops;
      if (core.is_signed() && second.event_ms > core.sign_ms) of_second |= kMarkRecycled;
      if (scanned_before_paid(core, second, ctx)) of_second |= kMarkScanBeforePaid;
    }
    if (state.last_created_ms - state.first_created_ms > ctx.param(kCreatedApartMs)) {
      (second.identity != 0 ? of_second : of_first) |= kMarkSecondCreated;
    }
    return of_first | of_second << kSecondNoticeShift;
  }
};

void count_marks(RecycledWeek& week, std::uint32_t marks, bool more) {
  const auto step = [more](std::uint32_t& x) { more ? static_cast<void>(++x) : uncount(x); };
  if ((marks & kStrongRecycledMarks) != 0) step(week.strong);
  else if ((marks & kRecycledMarks) != 0) step(week.weak);
  for (std::size_t i = 0; i < kMarks.size(); ++i) {
    if ((marks & kMarks[i]) != 0) step(week.by_mark[i]);
  }
}

Claim claim_of(const RecycledWeek& week, const FoldContext& ctx) {
  // The exact rule: it asks for no number of parcels. A shop of a thousand orders is still allowed its clerk's slips.
  const RateRule strong{ctx.param(kMinStrong), ctx.param(kMinStrong), static_cast<double>(ctx.param(kHonestStrong)) / 1e6,
                        static_cast<double>(ctx.param(kLeast)) / 1000, static_cast<double>(ctx.param(kStrongLogPMax)) / 1000,
                        ctx.param(week.strong == 1 ? kOneCap : kCap)};
  RateRule weak = strong;
  weak.min_total = ctx.param(kMinParcels);
  weak.min_marked = ctx.param(kMinWeak);
  weak.log_p_max = static_cast<double>(ctx.param(kLogPMax)) / 1000;
  weak.cap_milli = ctx.param(kCap);
  weak.honest = static_cast<double>(ctx.param(kHonestWeak)) / 1000;
  const std::int64_t strong_llr = rate_llr_milli(week.strong, week.parcels, strong);
  // A strong mark hides a weak one, so the weak share is of what is left; and a bad clock proves less than a number used twice.
  const std::int64_t weak_llr = rate_llr_milli(week.weak, static_cast<std::int64_t>(week.parcels) - week.strong, weak);
  const bool by_strong = strong_llr >= weak_llr;
  const std::uint32_t marked = by_strong ? week.strong : week.weak;
  const auto last = static_cast<std::size_t>(by_strong ? kMarks.size() - 1 : kMarks.size());
  const std::size_t from = by_strong ? 0 : kMarks.size() - 1;
  const auto most = static_cast<std::size_t>(
      std::max_element(week.by_mark.begin() + static_cast<std::ptrdiff_t>(from), week.by_mark.begin() + static_cast<std::ptrdiff_t>(last)) -
      week.by_mark.begin());
  Claim claim;
  claim.llr_milli = std::max(strong_llr, weak_llr);
  claim.value_milli = ratio_milli(marked, week.parcels);
  claim.baseline_milli = to_milli(by_strong ? strong.honest : weak.honest);
  claim.threshold_milli = to_milli(strong.least);
  claim.reason = kReasons[most].code;
  claim.params = {marked, week.parcels, by_strong ? week.by_mark[most] : week.weak, 0};
  claim.count = marked;
  return claim;
}

class Shop final : public DetectorOf<RecycledShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{19, "recycled_waybill", "shop", Stage::kShop, Family::kParcel, 2, 1, sizeof(RecycledShop),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kShopParams, kReasons};
    return info;
  }
  void event(const Event& event, RecycledShop& state, FoldContext& ctx) const override {
    if (event.type != EventType::kParcelSummary) return;
    const auto& summary = event.as<ParcelSummaryEvent>();
    RecycledWeek* const week =
        summary.revision == 0 ? state.weeks.open(summary.signed_time, ctx.watermark) : state.weeks.find(summary.signed_time);
    if (week == nullptr) return;
    if (state.shop.size == 0) state.shop.set(summary.shop.text);
    if (summary.revision == 0) ++week->parcels;
    else count_marks(*week, summary.previous_marks, false);
    count_marks(*week, summary.marks, true);
    const bool now = (summary.marks & kRecycledMarks) != 0;
    const bool before = (summary.previous_marks & kRecycledMarks) != 0;
    if (now && !before) week->refs.add(event.position);
    if (before && !now) week->refs.remove(event.position);
    ++week->head.changed;
    ctx.changed = true;
    say(*week, {SubjectKind::kShop, summary.shop}, event.event_time, false, ctx);
    state.weeks.ask(ctx);
  }
  bool timer(RecycledShop& state, FoldContext& ctx) const override {
    return state.weeks.close(ctx, [&](RecycledWeek& week) {
      say(week, {SubjectKind::kShop, state.shop.named()}, week.head.end(), true, ctx);
    });
  }

 private:
  void say(RecycledWeek& week, const Subject& subject, EventTime at, bool last, FoldContext& ctx) const {
    // Most weeks have nothing to say and nothing said: spare them the logarithms.
    if (week.head.told_llr_milli == 0 && week.strong < static_cast<std::uint64_t>(ctx.param(kMinStrong)) &&
        week.weak < static_cast<std::uint64_t>(ctx.param(kMinWeak))) {
      return;
    }
    tell(info(), claim_of(week, ctx), week.head, subject, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d19_parcel() {
  static const Parcel detector;
  return detector;
}
const Detector& d19_shop() {
  static const Shop detector;
  return detector;
}

}  // namespace brushwatch
