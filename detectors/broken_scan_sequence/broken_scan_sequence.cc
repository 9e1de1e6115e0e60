#include "detectors/broken_scan_sequence/broken_scan_sequence.h"

#include <bit>

#include "engine/math/geo.h"
#include "engine/math/milli.h"

namespace brushwatch {
namespace {

/// A mark, and its place in by_mark and in the reason table.
constexpr std::array<std::uint32_t, 6> kMarks = {kMarkNoPickup,     kMarkHubMissing,      kMarkSignBeforeArrive,
                                                 kMarkCityMismatch, kMarkImpossibleSpeed, kMarkNoDelivery};
constexpr ReasonText kReasons[] = {
    {1, "broken_scan_sequence.no_pickup",
     "{0} of {1} parcels of the week have a track that breaks; most often ({2}) signed without ever being picked up. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个物流轨迹断裂，最多的是未揽收即签收（{2}个）。占比{v}，正常{b}。"},
    {2, "broken_scan_sequence.hub_missing",
     "{0} of {1} parcels of the week have a track that breaks; most often ({2}) no sorting hub on a long way. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个物流轨迹断裂，最多的是长途运输未经任何转运中心（{2}个）。占比{v}，正常{b}。"},
    {3, "broken_scan_sequence.sign_before_arrive",
     "{0} of {1} parcels of the week have a track that breaks; most often ({2}) signed before they arrived. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个物流轨迹断裂，最多的是到达前已签收（{2}个）。占比{v}，正常{b}。"},
    {4, "broken_scan_sequence.city_mismatch",
     "{0} of {1} parcels of the week have a track that breaks; most often ({2}) signed in another city than the consignee's. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个物流轨迹断裂，最多的是签收城市与收件城市不符（{2}个）。占比{v}，正常{b}。"},
    {5, "broken_scan_sequence.impossible_speed",
     "{0} of {1} parcels of the week have a track that breaks; most often ({2}) moved faster than any carrier can. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个物流轨迹断裂，最多的是移动速度超出运输极限（{2}个）。占比{v}，正常{b}。"},
    {6, "broken_scan_sequence.no_delivery",
     "{0} of {1} parcels of the week have a track that breaks; most often ({2}) signed without going out for delivery. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个物流轨迹断裂，最多的是未派送即签收（{2}个）。占比{v}，正常{b}。"},
};

constexpr ParamInfo kParcelParams[] = {
    {"hub_km", 300, "km", "beyond 300 km every carrier's line-haul passes at least one hub; same-province direct lines are shorter"},
    {"speed_kmh", 900, "km/h", "cruise of a cargo jet; the ground legs at both ends only slow a parcel"},
    {"grace_ms", 10 * kMinuteMs, "ms", "clocks of scanners differ by N(0, 40 s); offline handhelds by minutes"},
};
enum ParcelParam : std::size_t { kHubKm, kSpeedKmh, kGraceMs };

constexpr ParamInfo kShopParams[] = {
    {"min_parcels", 20, "count", "below twenty a week a share has no meaning"},
    {"min_broken", 5, "count", "one bad courier day must not accuse a shop"},
    {"honest_permille", 30, "permille", "1.5 % lost scans at pickup and at delivery each, between the 1 and 3 % that carriers admit"},
    {"least_permille", 100, "permille", "a shop that fakes one order in ten is worth a case; less drowns in lost scans"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
};
constexpr ParamInfo kOutletParams[] = {
    {"outlet_min_parcels", 50, "count", "outlets handle hundreds a day; fifty is a slow week of a village outlet"},
    {"outlet_min_broken", 15, "count", "losses come in lots at one outlet (a dead handheld), so ask for more than of a shop"},
    {"outlet_honest_permille", 40, "permille", "lost scans cluster by outlet: a bad outlet loses more than the mean of 3 %"},
    {"outlet_least_permille", 150, "permille", "complicit outlets serve many honest senders beside the fake ones"},
    {"outlet_log_p_max", -18'421, "milli-nats", "ln 1e-8: parcels of one outlet are not independent of each other"},
    {"outlet_llr_cap", 4'000, "milli-nats", "as for shops"},
};
enum RateParam : std::size_t { kMinParcels, kMinBroken, kHonest, kLeast, kLogPMax, kCap };

/// Both parts with counts declare their rates in one order.
RateRule rate_rule(const FoldContext& ctx) {
  return {ctx.param(kMinParcels), ctx.param(kMinBroken), static_cast<double>(ctx.param(kHonest)) / 1000,
          static_cast<double>(ctx.param(kLeast)) / 1000, static_cast<double>(ctx.param(kLogPMax)) / 1000, ctx.param(kCap)};
}

/// Municipalities are one city of many 4-digit codes (1101, 1102): compare them by province.
std::uint32_t city_of(std::uint32_t region6) {
  const std::uint32_t province = region6 / 10'000;
  const bool municipality = province == 11 || province == 12 || province == 31 || province == 50;
  return municipality ? province * 100 : region6 / 100;
}

/// Scans after this belong to the number's next life, not to this parcel.
constexpr std::int64_t kSameLifeS = 2 * kDayMs / kSecondMs;
/// Two scanners may be off by 40 s (one sigma) each: 180 s is more than three sigmas of the difference.
constexpr std::int64_t kClockSlackS = 180;
constexpr std::uint32_t kSpeedMinKm = 50;  // shorter hops are dominated by clocks and by where an outlet says it is

bool is_transport(ScanCode code) {
  return code == ScanCode::kPickedUp || code == ScanCode::kArrived || code == ScanCode::kDeparted ||
         code == ScanCode::kInTransit || code == ScanCode::kOutForDelivery;
}

bool moves_after_signature(const ParcelCore& core, std::int64_t grace_s) {
  const std::int64_t sign_s = core.sign_ms / kSecondMs;
  for (const TrackScan& scan : core.scans()) {
    if (is_transport(scan.code) && scan.second > sign_s + grace_s && scan.second <= sign_s + kSameLifeS) return true;
  }
  return false;
}

bool too_fast(const ParcelCore& core, const BrokenLimits& limits) {
  const std::int64_t end_s = core.sign_ms / kSecondMs + limits.grace_ms / kSecondMs;
  const TrackScan* last = nullptr;
  for (const TrackScan& scan : core.scans()) {
    if (!scan.located() || scan.second > end_s) continue;
    if (last != nullptr && (last->lat_c != scan.lat_c || last->lon_c != scan.lon_c)) {
      const std::uint32_t km = great_circle_km(last->lat_c, last->lon_c, scan.lat_c, scan.lon_c);
      const std::int64_t s = static_cast<std::int64_t>(scan.second) - last->second + kClockSlackS;
      if (km > kSpeedMinKm && static_cast<std::int64_t>(km) * 3600 > limits.speed_kmh * s) return true;
    }
    last = &scan;
  }
  return false;
}

/// What a week counts of one summary: +1 for what it says, −1 for what the revision before said.
template <class Week>
void count_marks(Week& week, std::uint32_t marks, bool more) {
  const auto step = [more](std::uint32_t& x) { more ? static_cast<void>(++x) : uncount(x); };
  if ((marks & kBrokenMarks) != 0) step(week.broken);
  for (std::size_t i = 0; i < kMarks.size(); ++i) {
    if ((marks & kMarks[i]) != 0) step(week.by_mark[i]);
  }
}

template <class State>
void count(State& state, const Event& event, FoldContext& ctx) {
  const auto& summary = event.as<ParcelSummaryEvent>();
  auto* const week = summary.revision == 0 ? state.weeks.open(summary.signed_time, ctx.watermark) : state.weeks.find(summary.signed_time);
  if (week == nullptr) return;
  if (summary.revision == 0) ++week->parcels;
  else count_marks(*week, summary.previous_marks, false);
  if (summary.revision != 0 && is_withdrawal(summary)) uncount(week->parcels);
  count_marks(*week, summary.marks, true);
  const bool now = (summary.marks & kBrokenMarks) != 0;
  const bool before = (summary.previous_marks & kBrokenMarks) != 0;
  if (now && !before) week->refs.add(event.position);
  if (before && !now) week->refs.remove(event.position);
  ++week->head.changed;
  ctx.changed = true;
}

template <class Week>
Claim claim_of(const Week& week, const RateRule& rule) {
  // The first of the most frequent breaks; ties go to the plainer sentence.
  const auto most = static_cast<std::size_t>(std::max_element(week.by_mark.begin(), week.by_mark.end()) - week.by_mark.begin());
  Claim claim;
  claim.llr_milli = rate_llr_milli(week.broken, week.parcels, rule);
  claim.value_milli = ratio_milli(week.broken, week.parcels);
  claim.baseline_milli = to_milli(rule.honest);
  claim.threshold_milli = to_milli(rule.least);
  claim.reason = kReasons[most].code;
  claim.params = {week.broken, week.parcels, week.by_mark[most], 0};
  claim.count = week.broken;
  return claim;
}

template <class Week>
void say(const DetectorInfo& info, Week& week, const Subject& subject, EventTime at, bool last, FoldContext& ctx) {
  // Most weeks have nothing to say and nothing said: spare them the logarithms.
  if (week.head.told_llr_milli == 0 && week.broken < static_cast<std::uint64_t>(ctx.param(kMinBroken))) return;
  tell(info, claim_of(week, rate_rule(ctx)), week.head, subject, week.refs.span(), at, last, ctx);
}

class Parcel final : public DetectorOf<BrokenParcel> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{17, "broken_scan_sequence", "parcel", Stage::kParcel, Family::kParcel, 1, 1, sizeof(BrokenParcel),
                                   EventMask::of(EventType::kParcelNotice, EventType::kParcelScan), 48 * kHourMs, kParcelParams, {}};
    return info;
  }
  void event(const Event&, BrokenParcel&, FoldContext& ctx) const override {
    if (ctx.core == nullptr) return;
    ctx.marks |= broken_marks(*static_cast<const ParcelCore*>(ctx.core), {ctx.param(kHubKm), ctx.param(kSpeedKmh), ctx.param(kGraceMs)});
  }
  bool timer(BrokenParcel&, FoldContext&) const override { return false; }
};

class Shop final : public DetectorOf<BrokenShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{17, "broken_scan_sequence", "shop", Stage::kShop, Family::kParcel, 1, 1, sizeof(BrokenShop),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kShopParams, kReasons};
    return info;
  }
  void event(const Event& event, BrokenShop& state, FoldContext& ctx) const override {
    if (event.type != EventType::kParcelSummary) return;
    const auto& summary = event.as<ParcelSummaryEvent>();
    if (state.shop.size == 0) state.shop.set(summary.shop.text);
    count(state, event, ctx);
    if (auto* const week = state.weeks.find(summary.signed_time)) {
      say(info(), *week, {SubjectKind::kShop, summary.shop}, event.event_time, false, ctx);
    }
    state.weeks.ask(ctx);
  }
  bool timer(BrokenShop& state, FoldContext& ctx) const override {
    return state.weeks.close(ctx, [&](auto& week) {
      say(info(), week, {SubjectKind::kShop, state.shop.named()}, week.head.end(), true, ctx);
    });
  }
};

class Outlet final : public DetectorOf<BrokenOutlet> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{17, "broken_scan_sequence", "outlet", Stage::kParty, Family::kParcel, 1, 1, sizeof(BrokenOutlet),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kOutletParams, kReasons};
    return info;
  }
  void event(const Event& event, BrokenOutlet& state, FoldContext& ctx) const override {
    if (event.type != EventType::kParcelSummary) return;
    const auto& summary = event.as<ParcelSummaryEvent>();
    const Subject subject = party_of(summary, ctx.key);
    if (!subject.id) return;
    if (state.party.size == 0) state.party.set(subject.id.text);
    count(state, event, ctx);
    if (auto* const week = state.weeks.find(summary.signed_time)) say(info(), *week, subject, event.event_time, false, ctx);
    state.weeks.ask(ctx);
  }
  bool timer(BrokenOutlet& state, FoldContext& ctx) const override {
    const NamedId id = state.party.named();
    const Subject subject{party_kind(id, ctx.key), id};
    return state.weeks.close(ctx, [&](auto& week) { say(info(), week, subject, week.head.end(), true, ctx); });
  }
};

}  // namespace

std::uint32_t broken_marks(const ParcelCore& core, const BrokenLimits& limits) {
  if (!core.is_signed()) return 0;
  std::uint32_t marks = 0;
  if (!core.seen(ScanCode::kPickedUp)) marks |= kMarkNoPickup;
  const bool handed_over = core.seen(ScanCode::kOutForDelivery) || core.seen(ScanCode::kAtStation) ||
                           core.seen(ScanCode::kSignedStation) || core.seen(OutletKind::kStation) || core.seen(OutletKind::kLocker);
  if (!handed_over) marks |= kMarkNoDelivery;
  // A carrier that never says what kind of place a scan was made at cannot be accused of a missing hub.
  const bool kinds_known = (core.kinds & ~1U) != 0;
  if (kinds_known && !core.seen(OutletKind::kHub) && core.distance_km() >= static_cast<std::uint64_t>(limits.hub_km)) {
    marks |= kMarkHubMissing;
  }
  if (too_fast(core, limits)) marks |= kMarkImpossibleSpeed;
  if (core.redirected()) return marks;
  if (moves_after_signature(core, limits.grace_ms / kSecondMs)) marks |= kMarkSignBeforeArrive;
  if (core.sign_region6 != 0) {
    for (std::size_t i = 0; i < core.notices.size(); ++i) {
      const NoticeSlot& slot = core.notices[i];
      if (slot.identity == 0 || slot.region6 == 0 || slot.region6 == core.sign_region6) continue;
      const std::uint32_t mark = city_of(slot.region6) == city_of(core.sign_region6) ? kMarkOtherCounty : kMarkCityMismatch;
      marks |= mark << (i == 0 ? 0 : kSecondNoticeShift);
    }
  }
  return marks;
}

const Detector& d17_parcel() {
  static const Parcel detector;
  return detector;
}
const Detector& d17_shop() {
  static const Shop detector;
  return detector;
}
const Detector& d17_outlet() {
  static const Outlet detector;
  return detector;
}

}  // namespace brushwatch
