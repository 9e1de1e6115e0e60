#include "detectors/synthetic_track/synthetic_track.h"

#include <cmath>

#include "detectors/shop_core/shop_core.h"
#include "engine/math/milli.h"
#include "engine/math/surprise.h"
#include "engine/math/tails.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "synthetic_track.equal_legs", "{0} of {1} sampled parcels, signed at {0} different times of the week, show the same last three legs within {2} s. Of {3} parcels in all; such tracks are written by a program.",
     "本周抽样 {1} 个包裹中有 {0} 个在 {0} 个不同时刻签收，最后三段间隔却在 {2} 秒内相同（共 {3} 个包裹）：此类轨迹由程序生成。"},
    {2, "synthetic_track.one_upload", "{0} of {1} sampled parcels came with all scans of half a day and more in one upload, in {2} different batches, while {3} of the shop's others were scanned as they went.",
     "本周抽样 {1} 个包裹中有 {0} 个的半天以上全部轨迹一次性上传（{2} 个批次），而同店另有 {3} 个包裹正常实时扫描。"},
};
constexpr ParamInfo kParams[] = {
    {"min_equal", 5, "count", "four parcels in step are a lorry, a counter and luck"},
    {"apart_min", 30, "minutes", "parcels of one bag or lorry are scanned together and signed for together: they count once"},
    {"close_s", 2, "s", "a program repeats its gaps to the second, and rounds"},
    {"near_s", 60, "s", "the first disguise: up to a minute of jitter a leg. Ten minutes would be a carrier's timetable"},
    {"close_ppm", 100, "ppm", "legs spread over hours: three within 2 s by chance is 1e-9; feeds that round to the minute make it 1e-5, and ten times that for what is not known"},
    {"near_ppm", 1'000, "ppm", "three legs within a minute by chance: 1e-6 for spreads of three hours; couriers with a round of their own make it a hundred times that"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"min_bulk", 5, "count", "four whole lives in one upload are a courier whose telephone was broken"},
    {"min_batches", 3, "count", "an outage ends in one upload, a second feed in another"},
    {"min_prompt", 2, "count", "a carrier whose feed is a daily file uploads nothing in time: two parcels must show that it can"},
    {"bulk_honest_permille", 20, "permille", "0.2 % of scans wait a day; that all of one parcel do is far rarer, but such parcels come together"},
    {"bulk_least_permille", 250, "permille", "one parcel in four of a program's"},
};
enum Param : std::size_t {
  kMinEqual, kApart, kCloseS, kNearS, kClosePpm, kNearPpm, kLogPMax, kCap, kMinBulk, kMinBatches, kMinPrompt, kBulkHonest, kBulkLeast,
};

/// The sampled tracks that are a claim's evidence.
struct Group {
  std::array<std::uint64_t, TrackWeek::kKept> refs;
  std::size_t size = 0;
};

class SyntheticTrack final : public DetectorOf<TrackShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{18, "synthetic_track", "shop", Stage::kShop, Family::kParcel, 1, 1, sizeof(TrackShop),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kParams, kReasons};
    return info;
  }
  void event(const Event& event, TrackShop& s, FoldContext& ctx) const override {
    const auto& parcel = event.as<ParcelSummaryEvent>();
    TrackWeek* const week = parcel.revision == 0 ? s.weeks.open(parcel.signed_time, ctx.watermark) : s.weeks.find(parcel.signed_time);
    if (week != nullptr) {
      week->parcels += parcel.revision == 0;
      ++week->head.changed;
      // Two parcels of one order are two tracks; without an order the number stands for it.
      const auto hash = static_cast<std::uint32_t>(mix64(hash_combine(parcel.order.hash, parcel.waybill.hash)) >> 32);
      KeptTrack* const kept = parcel.track == 0 && parcel.revision == 0 ? nullptr : place_of(*week, hash);
      if (kept != nullptr) {
        const TrackPrint print = TrackPrint::of(parcel.track);
        kept->position = event.position.packed;
        kept->minute = static_cast<std::uint16_t>((parcel.signed_time - week->head.start()) / kMinuteMs);
        kept->legs = print.legs;
        kept->upload = print.upload;
      }
      const bool worth = kept != nullptr && (may_equal(*week, *kept, ctx) || enough_bulk(*week, ctx));
      if (worth || week->head.told_llr_milli != 0) say(*week, event.event_time, false, ctx);
    }
    s.weeks.ask(ctx);
  }
  bool timer(TrackShop& s, FoldContext& ctx) const override {
    return s.weeks.close(ctx, [&](TrackWeek& week) { say(week, week.head.end(), true, ctx); });
  }

 private:
  static KeptTrack* place_of(TrackWeek& week, std::uint32_t order) {
    KeptTrack* const begin = week.tracks.data();
    KeptTrack* const end = begin + week.used;
    KeptTrack* const at = std::lower_bound(begin, end, order, [](const KeptTrack& a, std::uint32_t b) { return a.order < b; });
    if (at != end && at->order == order) return at;
    if (at == begin + TrackWeek::kKept) return nullptr;
    const bool full = week.used == TrackWeek::kKept;
    std::copy_backward(at, full ? end - 1 : end, full ? end : end + 1);
    if (!full) ++week.used;
    *at = KeptTrack{};
    at->order = order;
    return at;
  }

  /// Whether a group of equal legs may hold `kept`: members of a group are within two tolerances of each other. A few comparisons a parcel, where
  /// looking for the largest group compares all with all.
  static bool may_equal(const TrackWeek& week, const KeptTrack& kept, const FoldContext& ctx) {
    const std::int64_t tolerance = std::max<std::int64_t>(1, std::max(ctx.param(kNearS), ctx.param(kCloseS)) / TrackPrint::kStepS);
    // A group's centre has legs of more than four tolerances, so its members have more than three. No track is no leg at all.
    const std::int64_t shortest = 3 * std::max<std::int64_t>(1, std::min(ctx.param(kNearS), ctx.param(kCloseS)) / TrackPrint::kStepS);
    for (const std::uint16_t leg : kept.legs) {
      if (leg <= shortest) return false;
    }
    std::int64_t near = 0;  // with itself
    for (std::size_t i = 0; i < week.used; ++i) near += in_step(week.tracks[i], kept, 2 * tolerance);
    return near >= ctx.param(kMinEqual);
  }
  static bool enough_bulk(const TrackWeek& week, const FoldContext& ctx) {
    std::int64_t bulk = 0, prompt = 0;
    for (std::size_t i = 0; i < week.used; ++i) {
      const std::uint16_t upload = week.tracks[i].upload;
      prompt += upload == TrackPrint::kPrompt;
      bulk += upload != 0 && upload != TrackPrint::kPrompt;
    }
    return prompt >= ctx.param(kMinPrompt) && bulk >= ctx.param(kMinBulk);
  }
  static bool in_step(const KeptTrack& a, const KeptTrack& b, std::int64_t tolerance) {
    for (std::size_t leg = 0; leg < 3; ++leg) {
      if (std::abs(int{a.legs[leg]} - int{b.legs[leg]}) > tolerance) return false;
    }
    return true;
  }

  /// The largest set of tracks around one of them whose legs are within `tolerance_s` of its legs, each signed at a time of its own.
  /// Legs not longer than four times the tolerance are equal for want of room and tell nothing.
  static Group equal_legs(const TrackWeek& week, std::int64_t tolerance_s, std::int64_t apart_min) {
    const std::int64_t tolerance = std::max<std::int64_t>(1, tolerance_s / TrackPrint::kStepS);
    Group best;
    for (std::size_t i = 0; i < week.used; ++i) {
      const KeptTrack& centre = week.tracks[i];
      const auto too_short = [&](std::uint16_t leg) { return leg <= 4 * tolerance || leg == UINT16_MAX; };
      if (std::any_of(centre.legs.begin(), centre.legs.end(), too_short)) continue;
      std::array<std::pair<std::uint16_t, std::uint64_t>, TrackWeek::kKept> near;  // minute, position
      std::size_t n = 0;
      for (std::size_t j = 0; j < week.used; ++j) {
        const KeptTrack& other = week.tracks[j];
        if (in_step(centre, other, tolerance)) near[n++] = {other.minute, other.position};
      }
      if (n <= best.size) continue;
      std::sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(n));
      Group group;
      std::int64_t last = INT64_MIN / 2;
      for (std::size_t j = 0; j < n; ++j) {
        if (near[j].first - last < apart_min) continue;
        last = near[j].first;
        group.refs[group.size++] = near[j].second;
      }
      if (group.size > best.size) best = group;
    }
    return best;
  }

  void say(TrackWeek& week, EventTime at, bool last, FoldContext& ctx) const {
    Claim best;
    Group evidence;
    legs_claim(week, best, evidence, ctx);
    upload_claim(week, best, evidence, ctx);
    std::sort(evidence.refs.begin(), evidence.refs.begin() + static_cast<std::ptrdiff_t>(evidence.size));
    tell(info(), best, week.head, {SubjectKind::kShop, shop_of(ctx).id()}, {evidence.refs.data(), evidence.size}, at, last, ctx);
  }

  static void legs_claim(const TrackWeek& week, Claim& best, Group& evidence, const FoldContext& ctx) {
    constexpr std::pair<Param, Param> kScales[] = {{kCloseS, kClosePpm}, {kNearS, kNearPpm}};
    std::int64_t tracks = 0;
    for (std::size_t i = 0; i < week.used; ++i) tracks += week.tracks[i].legs != std::array<std::uint16_t, 3>{};
    if (tracks < ctx.param(kMinEqual)) return;
    for (const auto& [tolerance, ppm] : kScales) {
      const Group group = equal_legs(week, ctx.param(tolerance), ctx.param(kApart));
      const auto equal = static_cast<std::int64_t>(group.size);
      if (equal < ctx.param(kMinEqual)) continue;
      // Any of the tracks, and either scale, may be the one that others equal: the union bound.
      const double log_p = std::min(0.0, std::log(2.0 * static_cast<double>(tracks)) + log_binomial_tail(equal - 1, tracks - 1, static_cast<double>(ctx.param(ppm)) / 1e6));
      if (!(log_p < static_cast<double>(ctx.param(kLogPMax)) / 1000)) continue;
      Claim claim;
      claim.llr_milli = std::min(to_milli(log_e_value(log_p)), ctx.param(kCap));
      claim.value_milli = ratio_milli(equal, tracks);
      claim.baseline_milli = ratio_milli(ctx.param(ppm), 1'000'000);
      claim.threshold_milli = ratio_milli(ctx.param(kMinEqual), tracks);
      claim.reason = kReasons[0].code;
      claim.params = {equal, tracks, ctx.param(tolerance), week.parcels};
      claim.count = static_cast<std::uint32_t>(equal);
      if (claim.llr_milli > best.llr_milli) best = claim, evidence = group;
    }
  }

  static void upload_claim(const TrackWeek& week, Claim& best, Group& evidence, const FoldContext& ctx) {
    std::array<std::uint16_t, TrackWeek::kKept> uploads;
    Group group;
    std::int64_t known = 0, prompt = 0;
    for (std::size_t i = 0; i < week.used; ++i) {
      const std::uint16_t upload = week.tracks[i].upload;
      known += upload != 0 || week.tracks[i].legs != std::array<std::uint16_t, 3>{};
      prompt += upload == TrackPrint::kPrompt;
      if (upload == 0 || upload == TrackPrint::kPrompt) continue;
      uploads[group.size] = upload;
      group.refs[group.size++] = week.tracks[i].position;
    }
    if (prompt < ctx.param(kMinPrompt)) return;
    std::sort(uploads.begin(), uploads.begin() + static_cast<std::ptrdiff_t>(group.size));
    std::int64_t batches = 0, largest = 0, run = 0;
    for (std::size_t i = 0; i < group.size; ++i) {
      const bool fresh = i == 0 || uploads[i] != uploads[i - 1];
      batches += fresh;
      run = fresh ? 1 : run + 1;
      largest = std::max(largest, run);
    }
    if (batches < ctx.param(kMinBatches)) return;
    // One upload may be the end of an outage: the largest is left out.
    const auto bulk = static_cast<std::int64_t>(group.size) - largest;
    Claim claim = rate_claim(kReasons[1].code, bulk, known - largest, rate_rule(ctx, {kMinBulk, kMinBulk, kBulkHonest, kBulkLeast, kLogPMax, kCap}));
    claim.params = {bulk, known - largest, batches, prompt};
    if (claim.llr_milli > best.llr_milli) best = claim, evidence = group;
  }
};

}  // namespace

const Detector& d18_shop() {
  static const SyntheticTrack detector;
  return detector;
}

}  // namespace brushwatch
