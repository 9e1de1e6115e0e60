#include "detectors/odd_signatures/odd_signatures.h"

#include <bit>
#include <cmath>
#include <limits>

#include "detectors/shop_core/shop_core.h"

namespace brushwatch {
namespace {

constexpr ReasonText kShopReasons[] = {
    {1, "odd_signatures.night", "{0} of {1} parcels of the week that were signed for by hand were so between midnight and {2} o'clock. Share {v}, honest {b}.",
     "本周由人手签收的 {1} 个包裹中有 {0} 个在零点至 {2} 点之间签收。占比 {v}，正常 {b}。"},
};
constexpr ReasonText kCourierReasons[] = {
    {2, "odd_signatures.courier_night", "{0} of {1} parcels that this courier had signed for by hand in the week were so in the night. Share {v}, honest {b}.",
     "本周该快递员由人手签收的 {1} 个包裹中有 {0} 个在夜间签收。占比 {v}，正常 {b}。"},
    {3, "odd_signatures.one_stroke", "{0} of {1} sampled signatures by hand of this courier's week ({2} in all) fell within ten seconds of another. Share {v}, honest {b}.",
     "本周该快递员抽样的 {1} 次人手签收（共 {2} 次）中，有 {0} 次与另一次相隔不足十秒。占比 {v}，正常 {b}。"},
};
constexpr ParamInfo kParcelParams[] = {
    {"night_until_h", 5, "h", "couriers load their vans at five at the earliest, and hand nothing over before"},
};
constexpr ParamInfo kShopParams[] = {
    {"min_hand", 15, "count", "below fifteen a week a share has no meaning"},
    {"min_night", 5, "count", "four are one courier who entered his evening late"},
    {"honest_permille", 10, "permille", "signatures entered after midnight, clocks that are hours off"},
    {"least_permille", 80, "permille", "programs sign around the clock: one track in five ends in these five hours"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
constexpr ParamInfo kCourierParams[] = {
    {"courier_min_hand", 40, "count", "forty is half a courier's day"},
    {"courier_min_night", 15, "count", "a courier who enters his evening late does it more than once"},
    {"courier_honest_permille", 30, "permille", "as for shops; one person's habit, so three times that"},
    {"courier_least_permille", 200, "permille", "one signature in five"},
    {"courier_log_p_max", -18'421, "milli-nats", "ln 1e-8: parcels of one courier are not independent of each other"},
    {"courier_llr_cap", 4'000, "milli-nats", "as for shops"},
    {"stroke_min_sampled", 10, "count", "ten of a sample of one in eight: eighty signatures"},
    {"stroke_min", 8, "count", "one front desk a day is seven in a sample of one in eight"},
    {"stroke_honest_permille", 150, "permille", "front desks and dormitories take several at once: one signature in seven"},
    {"stroke_least_permille", 450, "permille", "bags stamped a few seconds apart beside an honest round"},
};
enum RateParam : std::size_t { kMinHand, kMinNight, kHonest, kLeast, kLogPMax, kCap, kMinSampled, kMinStroke, kStrokeHonest, kStrokeLeast };

class Parcel final : public DetectorOf<OddParcel> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{21, "odd_signatures", "parcel", Stage::kParcel, Family::kParcel, 1, 1, sizeof(OddParcel),
                                   EventMask::of(EventType::kParcelNotice, EventType::kParcelScan), 48 * kHourMs, kParcelParams, {}};
    return info;
  }
  void event(const Event&, OddParcel&, FoldContext& ctx) const override {
    ctx.marks |= signature_marks(*static_cast<const ParcelCore*>(ctx.core), ctx.param(0) * kHourMs);
  }
  bool timer(OddParcel&, FoldContext&) const override { return false; }
};

/// What a revision adds to or takes from a count of parcels with all of `bits`: +1, 0 or −1.
int change_of(const ParcelSummaryEvent& parcel, std::uint32_t bits) {
  const bool now = (parcel.marks & bits) == bits, before = parcel.revision != 0 && (parcel.previous_marks & bits) == bits;
  return int{now} - int{before};
}
template <class T>
void add_to(T& count, int change) {
  if (change > 0 && count != std::numeric_limits<T>::max()) ++count;
  if (change < 0 && count != 0) --count;
}
constexpr std::uint32_t kNight = kMarkHandSigned | kMarkNightSigned;

class Shop final : public DetectorOf<OddShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{21, "odd_signatures", "shop", Stage::kShop, Family::kParcel, 1, 1, sizeof(OddShop),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kShopParams, kShopReasons};
    return info;
  }
  void event(const Event& event, OddShop& s, FoldContext& ctx) const override {
    const auto& parcel = event.as<ParcelSummaryEvent>();
    const int hand = change_of(parcel, kMarkHandSigned), night = change_of(parcel, kNight);
    if (hand != 0 || night != 0) {
      if (OddShopWeek* const week = s.weeks.open(parcel.signed_time, ctx.watermark)) {
        add_to(week->by_hand, hand);
        add_to(week->at_night, night);
        ++week->head.changed;
        if (night > 0) week->refs.add(event.position);
        if (night < 0) week->refs.remove(event.position);
        if (night != 0 || week->head.told_llr_milli != 0) say(*week, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(OddShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](OddShopWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  void say(OddShopWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.at_night < static_cast<std::uint64_t>(ctx.param(kMinNight))) return;
    Claim claim = rate_claim(kShopReasons[0].code, week.at_night, week.by_hand, rate_rule(ctx, {kMinHand, kMinNight, kHonest, kLeast, kLogPMax, kCap}));
    claim.params[2] = 5;
    tell(info(), claim, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, week.refs.span(), at, last, ctx);
  }
};

class Courier final : public DetectorOf<OddCourier> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{21, "odd_signatures", "courier", Stage::kParty, Family::kParcel, 1, 1, sizeof(OddCourier),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kCourierParams, kCourierReasons};
    return info;
  }
  void event(const Event& event, OddCourier& s, FoldContext& ctx) const override {
    const auto& parcel = event.as<ParcelSummaryEvent>();
    const int hand = change_of(parcel, kMarkHandSigned), night = change_of(parcel, kNight);
    const bool mine = parcel.courier && party_key(PartyKind::kCourier, parcel.courier.hash) == ctx.key;
    if (mine && (hand != 0 || night != 0)) {
      if (OddCourierWeek* const week = s.weeks.open(parcel.signed_time, ctx.watermark)) {
        if (s.courier.size == 0) s.courier.set(parcel.courier.text);
        add_to(week->by_hand, hand);
        add_to(week->at_night, night);
        ++week->head.changed;
        const auto slot = static_cast<std::uint64_t>((parcel.signed_time - week->head.start()) / OddCourierWeek::kSlotMs);
        const std::uint64_t hash = mix64(slot ^ 0x516E);
        bool stroke = false;
        if (hash % OddCourierWeek::kSampled == 0 && hand != 0) {
          const std::size_t bit = hash >> 57;
          static_assert(OddCourierWeek::kBits == 1U << (64 - 57));
          stroke = hand > 0 && (week->slots[bit / 64] >> (bit % 64) & 1) != 0;
          if (hand > 0) week->slots[bit / 64] |= 1ULL << (bit % 64);
          add_to(week->sampled, hand);
        }
        if (night > 0 || stroke) week->refs.add(event.position);
        if (night < 0) week->refs.remove(event.position);
        if (night != 0 || stroke || week->head.told_llr_milli != 0) say(*week, {SubjectKind::kCourier, parcel.courier}, event.event_time, false, ctx);
      }
    }
    s.weeks.ask(ctx);
  }
  bool timer(OddCourier& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](OddCourierWeek& week) { say(week, {SubjectKind::kCourier, s.courier.named()}, week.head.end(), true, ctx); });
  }

 private:
  /// Linear counting: how many slots set these bits, rounded.
  static std::int64_t slots_of(const OddCourierWeek& week) {
    int set = 0;
    for (const std::uint64_t word : week.slots) set += std::popcount(word);
    constexpr double kBits = OddCourierWeek::kBits;
    return std::lround(-kBits * std::log((kBits - std::min(set, int{OddCourierWeek::kBits} - 1)) / kBits));
  }
  void say(OddCourierWeek& week, const Subject& subject, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.at_night < ctx.param(kMinNight) && week.sampled < ctx.param(kMinSampled)) return;
    Claim best = rate_claim(kCourierReasons[0].code, week.at_night, week.by_hand, rate_rule(ctx, {kMinHand, kMinNight, kHonest, kLeast, kLogPMax, kCap}));
    const std::int64_t strokes = std::max<std::int64_t>(0, week.sampled - slots_of(week));
    Claim stroke = rate_claim(kCourierReasons[1].code, strokes, week.sampled, rate_rule(ctx, {kMinSampled, kMinStroke, kStrokeHonest, kStrokeLeast, kLogPMax, kCap}));
    stroke.params[2] = week.by_hand;
    if (stroke.llr_milli > best.llr_milli) best = stroke;
    if (week.refs.size == 0) best.llr_milli = 0;
    tell(info(), best, week.head, subject, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

std::uint32_t signature_marks(const ParcelCore& core, std::int64_t night_until_ms) {
  if (!core.is_signed() || core.seen(ScanCode::kAtStation) || core.seen(ScanCode::kSignedStation)) return 0;
  if (core.seen(OutletKind::kStation) || core.seen(OutletKind::kLocker)) return 0;
  const std::int64_t of_day = core.sign_ms + kShanghaiOffsetMs - floor_div(core.sign_ms + kShanghaiOffsetMs, kDayMs) * kDayMs;
  return kMarkHandSigned | (of_day < night_until_ms ? kMarkNightSigned : 0U);
}

const Detector& d21_parcel() {
  static const Parcel detector;
  return detector;
}
const Detector& d21_shop() {
  static const Shop detector;
  return detector;
}
const Detector& d21_courier() {
  static const Courier detector;
  return detector;
}

}  // namespace brushwatch
