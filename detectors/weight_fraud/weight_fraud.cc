#include "detectors/weight_fraud/weight_fraud.h"

#include <bit>

#include "engine/math/milli.h"

namespace brushwatch {
namespace {

constexpr ReasonText kReasons[] = {
    {1, "weight_fraud.underweight",
     "{0} of {1} parcels of the week weigh less than {2} permille of what the catalogue says their goods weigh. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个重量不足商品目录重量的千分之{2}。占比{v}，正常{b}。"},
    {2, "weight_fraud.one_weight",
     "{0} of {1} parcels of the week weigh {2} g to the gram, for at least {3} different goods. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个重量同为{2}克，却对应至少{3}种不同商品。占比{v}，正常{b}。"},
    {3, "weight_fraud.empty_bags",
     "{0} of {1} parcels of the week weigh no more than an empty bag ({2} g). Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个重量不超过一个空包（{2}克）。占比{v}，正常{b}。"},
    {4, "weight_fraud.outlet_empty_bags",
     "{0} of {1} parcels of the week at this outlet weigh no more than an empty bag ({2} g), for at least {3} shops. Share {v}, honest {b}.",
     "本周该网点{1}个包裹中有{0}个重量不超过一个空包（{2}克），涉及至少{3}家店铺。占比{v}，正常{b}。"},
    {5, "weight_fraud.light",
     "{0} of {1} parcels of the week weigh less than {2} permille of their goods: gifts, or bags filled by eye. Share {v}, honest {b}.",
     "本周{1}个包裹中有{0}个重量低于所购商品重量的千分之{2}，疑似小礼品或随意填充的空包。占比{v}，正常{b}。"},
};
enum Reason : std::size_t { kUnderweight, kOneWeight, kEmptyBags, kOutletBags, kLight };

constexpr ParamInfo kShopParams[] = {
    {"min_parcels", 10, "count", "below ten weighed parcels a week a share has no meaning"},
    {"min_marked", 5, "count", "a split order or a scale out of order must not accuse a shop"},
    {"under_permille", 200, "permille", "packing varies by 4 %, variants of a sku by half: a fifth of the 5th percentile is neither"},
    {"bag_g", 50, "g", "plastic bag, label and a sheet of paper: 20–50 g after rounding to 10 g"},
    {"honest_permille", 10, "permille", "scales, split orders and wrong catalogue entries together stay near 1 %"},
    {"least_permille", 50, "permille", "one order in twenty sent empty is a purchase of empty parcels"},
    {"same_min", 30, "count", "thirty equal weights of different goods are no chance even after rounding to 10 g"},
    {"same_skus", 3, "count", "one or two goods may weigh the same; colours of one good are one weight"},
    {"same_honest_permille", 250, "permille", "the fullest weight of an honest shop of small goods after the carrier rounds to 10 g"},
    {"same_least_permille", 500, "permille", "catalogue D16 says 40 %; half, because goods outside the catalogue are counted here, too"},
    {"log_p_max", -13'816, "milli-nats", "ln 1e-6: one false week in a million shop-weeks by chance alone"},
    {"llr_cap", 4'000, "milli-nats", "no family may give more than 4 nats, so no single detector may either"},
    {"split_max", 3, "count", "an order of more pieces than three is often split over parcels: ask for the weight of three"},
    {"light_permille", 880, "permille", "packing only adds, goods vary by 4 %: three standard deviations below the catalogue"},
    {"light_honest_permille", 20, "permille", "one in a thousand by chance, twenty for split orders, variants and old catalogue entries"},
    {"light_least_permille", 100, "permille", "bags filled by eye, ± 20 %, are light one time in six, gifts nearly always"},
    {"light_log_p_max", -9'210, "milli-nats", "ln 1e-4: a parcel family never stands alone"},
};
enum ShopParam : std::size_t {
  kMinParcels, kMinMarked, kUnderPermille, kBagG, kHonest, kLeast, kSameMin, kSameSkus, kSameHonest, kSameLeast, kLogPMax, kCap,
  kSplitMax, kLightPermille, kLightHonest, kLightLeast, kLightLogPMax,
};
constexpr ParamInfo kOutletParams[] = {
    {"outlet_min_parcels", 50, "count", "fifty weighed parcels are a slow week of a village outlet"},
    {"outlet_min_bags", 20, "count", "an outlet with one sender of cards sees a few bag weights a day"},
    {"outlet_bag_g", 50, "g", "as for shops"},
    {"outlet_min_shops", 3, "count", "one light-goods shop beside an outlet must not accuse it: bags come from many shops"},
    {"outlet_honest_permille", 80, "permille", "accessories and cards are 5–8 % of parcels; the outlet does not know the goods"},
    {"outlet_least_permille", 300, "permille", "complicit outlets serve many honest senders beside the fake ones"},
    {"outlet_log_p_max", -18'421, "milli-nats", "ln 1e-8: parcels of one outlet are not independent of each other"},
    {"outlet_llr_cap", 4'000, "milli-nats", "as for shops"},
};
enum OutletParam : std::size_t { kOutMinParcels, kOutMinBags, kOutBagG, kOutMinShops, kOutHonest, kOutLeast, kOutLogPMax, kOutCap };

double share(const FoldContext& ctx, std::size_t param) { return static_cast<double>(ctx.param(param)) / 1000; }

/// Outlets that do not weigh post a round default, and a light one of these says nothing about the goods.
constexpr std::uint32_t kDefaultStepG = 500;

/// What the catalogue lets expect of the summary's goods.
struct Expected {
  bool light = false;         ///< nothing to weigh: left out
  std::int64_t p05_g = 0;     ///< 5th percentile of the whole order's weight; 0 = not in the catalogue
  std::int64_t one_g = 0;     ///< catalogue weight of one piece, which no way of splitting goes below; 0 = only the percentile is known
};
/// Catalogue weights vary by packing (4 %) and variant; without a p05 of its own an item's is taken at 80 %.
constexpr std::int64_t kP05Percent = 80;

Expected expected(const ParcelSummaryEvent& summary, const FoldContext& ctx) {
  const ReferenceEntry* const item = ctx.reference != nullptr ? ctx.reference->item(summary.sku) : nullptr;
  if (item == nullptr) return {};
  if (item->light_goods || item->virtual_goods) return {true, 0, 0};
  const std::int64_t one = item->weight_p05_g != 0 ? item->weight_p05_g : item->weight_g * kP05Percent / 100;
  const std::int64_t pieces = std::clamp<std::int64_t>(summary.qty, 1, std::max<std::int64_t>(1, ctx.param(kSplitMax)));
  // Goods hardly heavier than their bag prove nothing by being light, whatever the catalogue calls them.
  return {one != 0 && one < 2 * ctx.param(kBagG), one * pieces, item->weight_g};
}

class Shop final : public DetectorOf<WeightShop> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{16, "weight_fraud", "shop", Stage::kShop, Family::kParcel, 2, 2, sizeof(WeightShop),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kShopParams, kReasons};
    return info;
  }
  void event(const Event& event, WeightShop& state, FoldContext& ctx) const override {
    if (event.type != EventType::kParcelSummary) return;
    const auto& summary = event.as<ParcelSummaryEvent>();
    const std::uint32_t before_g = summary.revision == 0 ? 0 : summary.previous_weight_g;
    if (summary.weight_g == before_g) return;
    const Expected goods = expected(summary, ctx);
    if (goods.light) return;
    // A weight may come with a revision: the parcel was signed before its first weighing arrived.
    WeightWeek* const week = before_g == 0 ? state.weeks.open(summary.signed_time, ctx.watermark) : state.weeks.find(summary.signed_time);
    if (week == nullptr) return;
    if (state.shop.size == 0) state.shop.set(summary.shop.text);
    const bool marked_before = count(*week, summary, before_g, goods, false, ctx);
    const bool marked_now = count(*week, summary, summary.weight_g, goods, true, ctx);
    if (marked_now) week->refs.add(event.position);
    if (marked_before && !marked_now) week->refs.remove(event.position);
    ++week->head.changed;
    ctx.changed = true;
    say(*week, {SubjectKind::kShop, summary.shop}, event.event_time, false, ctx);
    state.weeks.ask(ctx);
  }
  bool timer(WeightShop& state, FoldContext& ctx) const override {
    return state.weeks.close(ctx, [&](WeightWeek& week) {
      say(week, {SubjectKind::kShop, state.shop.named()}, week.head.end(), true, ctx);
    });
  }

 private:
  /// Adds the weight to the week's counts, or takes it out; true when it looks like an empty parcel.
  static bool count(WeightWeek& week, const ParcelSummaryEvent& summary, std::uint32_t grams, const Expected& goods, bool more,
                    const FoldContext& ctx) {
    if (grams == 0) return false;
    const auto step = [more](std::uint32_t& x) { more ? static_cast<void>(++x) : uncount(x); };
    bool marked = false;
    step(week.weighed);
    if (goods.p05_g != 0) {
      step(week.judged);
      if (grams <= ctx.param(kBagG)) {
        step(week.bags);
        marked = true;
      }
      if (static_cast<std::int64_t>(grams) * 1000 < ctx.param(kUnderPermille) * goods.p05_g) {
        step(week.under);
        marked = true;
      }
      if (grams % kDefaultStepG != 0 && static_cast<std::int64_t>(grams) * 1000 < ctx.param(kLightPermille) * goods.one_g) {
        step(week.light);
        marked = true;
      }
    }
    const std::uint32_t index = (grams - 1) / WeightWeek::kBucketG;
    if (index < WeightWeek::kBuckets) {
      step(week.small);
      WeightBucket& bucket = week.buckets[index];
      if (more && bucket.parcels < UINT16_MAX) ++bucket.parcels;
      if (!more && bucket.parcels > 0) --bucket.parcels;
      if (more) bucket.skus |= static_cast<std::uint16_t>(1U << (mix64(summary.sku) & 15));
    }
    return marked;
  }

  void say(WeightWeek& week, const Subject& subject, EventTime at, bool last, FoldContext& ctx) const {
    // Most weeks have nothing to say and nothing said: spare them the buckets and the logarithms.
    const bool few = week.under < static_cast<std::uint64_t>(ctx.param(kMinMarked)) &&
                     week.bags < static_cast<std::uint64_t>(ctx.param(kMinMarked)) &&
                     week.light < static_cast<std::uint64_t>(ctx.param(kMinMarked)) &&
                     week.small < static_cast<std::uint64_t>(ctx.param(kSameMin));
    if (week.head.told_llr_milli == 0 && few) return;
    tell(info(), claim_of(week, ctx), week.head, subject, week.refs.span(), at, last, ctx);
  }

  static Claim claim_of(const WeightWeek& week, const FoldContext& ctx) {
    const double log_p_max = share(ctx, kLogPMax);
    const RateRule rate{ctx.param(kMinParcels), ctx.param(kMinMarked), share(ctx, kHonest), share(ctx, kLeast), log_p_max, ctx.param(kCap)};
    const RateRule same{ctx.param(kSameMin), ctx.param(kSameMin), share(ctx, kSameHonest), share(ctx, kSameLeast), log_p_max, ctx.param(kCap)};
    Claim best = claim(kUnderweight, week.under, week.judged, rate);
    best.params[2] = ctx.param(kUnderPermille);

    Claim bags = claim(kEmptyBags, week.bags, week.judged, rate);
    bags.params[2] = ctx.param(kBagG);
    // Ties go to the stronger words: the catalogue first.
    if (bags.llr_milli > best.llr_milli) best = bags;
    const RateRule few{ctx.param(kMinMarked), ctx.param(kMinMarked), share(ctx, kLightHonest), share(ctx, kLightLeast), share(ctx, kLightLogPMax), ctx.param(kCap)};
    Claim light = claim(kLight, week.light, week.judged, few);
    light.params[2] = ctx.param(kLightPermille);
    if (light.llr_milli > best.llr_milli) best = light;

    const auto most = std::max_element(week.buckets.begin(), week.buckets.end(), [](const WeightBucket& a, const WeightBucket& b) {
      return a.parcels < b.parcels;
    });
    const int skus = std::popcount(most->skus);
    if (skus < ctx.param(kSameSkus)) return best;
    Claim one = claim(kOneWeight, most->parcels, week.weighed, same);
    one.params[2] = (most - week.buckets.begin()) * WeightWeek::kBucketG + 2;  // the middle of the bucket
    one.params[3] = skus;
    return one.llr_milli > best.llr_milli ? one : best;
  }

  static Claim claim(Reason reason, std::uint32_t marked, std::uint32_t total, const RateRule& rule) {
    Claim claim;
    claim.llr_milli = rate_llr_milli(marked, total, rule);
    claim.value_milli = ratio_milli(marked, total);
    claim.baseline_milli = to_milli(rule.honest);
    claim.threshold_milli = to_milli(rule.least);
    claim.reason = kReasons[reason].code;
    claim.params = {marked, total, 0, 0};
    claim.count = marked;
    return claim;
  }
};

class Outlet final : public DetectorOf<WeightOutlet> {
 public:
  const DetectorInfo& info() const override {
    static const DetectorInfo info{16, "weight_fraud", "outlet", Stage::kParty, Family::kParcel, 1, 1, sizeof(WeightOutlet),
                                   EventMask::of(EventType::kParcelSummary), 48 * kHourMs, kOutletParams, kReasons};
    return info;
  }
  void event(const Event& event, WeightOutlet& state, FoldContext& ctx) const override {
    if (event.type != EventType::kParcelSummary) return;
    const auto& summary = event.as<ParcelSummaryEvent>();
    const Subject subject = party_of(summary, ctx.key);
    const std::uint32_t before_g = summary.revision == 0 ? 0 : summary.previous_weight_g;
    if (!subject.id || summary.weight_g == before_g) return;
    BagWeek* const week = before_g == 0 ? state.weeks.open(summary.signed_time, ctx.watermark) : state.weeks.find(summary.signed_time);
    if (week == nullptr) return;
    if (state.party.size == 0) state.party.set(subject.id.text);
    const bool was_bag = before_g != 0 && before_g <= ctx.param(kOutBagG);
    const bool is_bag = summary.weight_g != 0 && summary.weight_g <= ctx.param(kOutBagG);
    if (before_g != 0) uncount(week->weighed);
    if (was_bag) uncount(week->bags);
    if (summary.weight_g != 0) ++week->weighed;
    if (is_bag) {
      ++week->bags;
      week->shops |= 1ULL << (summary.shop.hash & 63);
      week->refs.add(event.position);
    } else if (was_bag) {
      week->refs.remove(event.position);
    }
    ++week->head.changed;
    ctx.changed = true;
    say(*week, subject, event.event_time, false, ctx);
    state.weeks.ask(ctx);
  }
  bool timer(WeightOutlet& state, FoldContext& ctx) const override {
    const NamedId id = state.party.named();
    const Subject subject{party_kind(id, ctx.key), id};
    return state.weeks.close(ctx, [&](BagWeek& week) { say(week, subject, week.head.end(), true, ctx); });
  }

 private:
  void say(BagWeek& week, const Subject& subject, EventTime at, bool last, FoldContext& ctx) const {
    if (week.head.told_llr_milli == 0 && week.bags < static_cast<std::uint64_t>(ctx.param(kOutMinBags))) return;
    const RateRule rule{ctx.param(kOutMinParcels), ctx.param(kOutMinBags), share(ctx, kOutHonest), share(ctx, kOutLeast),
                        share(ctx, kOutLogPMax), ctx.param(kOutCap)};
    const int shops = std::popcount(week.shops);
    Claim claim;
    claim.llr_milli = shops < ctx.param(kOutMinShops) ? 0 : rate_llr_milli(week.bags, week.weighed, rule);
    claim.value_milli = ratio_milli(week.bags, week.weighed);
    claim.baseline_milli = to_milli(rule.honest);
    claim.threshold_milli = to_milli(rule.least);
    claim.reason = kReasons[kOutletBags].code;
    claim.params = {week.bags, week.weighed, ctx.param(kOutBagG), shops};
    claim.count = week.bags;
    tell(info(), claim, week.head, subject, week.refs.span(), at, last, ctx);
  }
};

}  // namespace

const Detector& d16_shop() {
  static const Shop detector;
  return detector;
}
const Detector& d16_outlet() {
  static const Outlet detector;
  return detector;
}

}  // namespace brushwatch
