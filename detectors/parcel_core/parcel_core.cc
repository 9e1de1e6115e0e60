#include "detectors/parcel_core/parcel_core.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/math/geo.h"

namespace brushwatch {

std::uint32_t ParcelCore::weight_g() const {
  if (weighed == 0) return 0;
  const auto grams = [this](std::size_t i) { return static_cast<std::uint32_t>(weights[i]); };
  const std::uint32_t first = grams(0);
  const std::uint32_t second = weighed > 1 ? grams(1) : first;
  const std::uint32_t low = std::min(first, second);
  const std::uint32_t high = std::max(first, second);
  return weighed < 3 ? low : std::clamp(grams(2), low, high);  // the median of three is the third, held between the others
}

std::uint32_t ParcelCore::distance_km() const {
  const TrackScan* from = nullptr;
  const TrackScan* to = nullptr;
  for (const TrackScan& scan : scans()) {
    if (!scan.located()) continue;
    if (from == nullptr) from = &scan;
    to = &scan;
  }
  if (from == nullptr) return 0;
  const bool sign_located = sign_lat_c != 0 || sign_lon_c != 0;
  return sign_located ? great_circle_km(from->lat_c, from->lon_c, sign_lat_c, sign_lon_c)
                      : great_circle_km(from->lat_c, from->lon_c, to->lat_c, to->lon_c);
}

TrackPrint ParcelCore::print() const {
  /// Half a day: a carrier that uploads more rarely than twice a day would put a whole honest life into one upload.
  constexpr std::uint32_t kLongLifeS = 12 * kHourMs / kSecondMs;
  constexpr std::uint32_t kOneUploadS = 10 * kMinuteMs / kSecondMs;  // a bulk of thousands takes minutes
  constexpr std::uint32_t kPromptS = kHourMs / kSecondMs;            // half of all scans are in after two minutes
  TrackPrint out;
  if (tracked == 0) return out;
  const auto sign_s = static_cast<std::uint32_t>(std::max<std::int64_t>(0, sign_ms / kSecondMs));
  std::size_t end = 0;
  while (end < tracked && track[end].second <= sign_s) ++end;
  if (end > 3 && track[end - 1].second == sign_s) {
    for (std::size_t i = 0; i < 3; ++i) {
      const std::uint32_t gap = track[end - 3 + i].second - track[end - 4 + i].second;
      out.legs[i] = static_cast<std::uint16_t>(std::min<std::uint32_t>(gap / TrackPrint::kStepS, UINT16_MAX));
    }
  }
  const bool long_life = track[tracked - 1U].second - track[0].second >= kLongLifeS;
  if (long_life && last_upload_s - first_upload_s <= kOneUploadS && least_lag_s >= kPromptS) {
    out.upload = static_cast<std::uint16_t>(first_upload_s / 3600 % 65'000 + 1);
  } else if (least_lag_s < kPromptS) {
    out.upload = TrackPrint::kPrompt;
  }
  return out;
}

namespace {

/// Parcels live ≤ 15 days (D17's window); scans may be 48 h late.
constexpr std::int64_t kNamesMs = 17 * kDayMs;
/// A waybill number is used again after half a year at the earliest: a new epoch, a new row.
constexpr std::int64_t kEpochMs = 180 * kDayMs;
constexpr std::int32_t kMicrodegreesPerHundredth = 10'000;

constexpr std::uint8_t kAnyScan = 1, kPickup = 2;  // what names the outlet

bool is_signature(ScanCode code) {
  return code == ScanCode::kSigned || code == ScanCode::kSignedProxy || code == ScanCode::kSignedStation;
}

/// Puts `value` into the sorted set of the smallest `N`. True when the set changed.
template <class T, std::size_t N>
bool keep_smallest(std::array<T, N>& set, std::uint8_t& used, const T& value) {
  T* const begin = set.data();
  T* const end = begin + used;
  T* const at = std::lower_bound(begin, end, value);
  if ((at != end && *at == value) || at == begin + N) return false;
  std::copy_backward(at, used < N ? end : end - 1, used < N ? end + 1 : end);
  *at = value;
  if (used < N) ++used;
  return true;
}

std::uint32_t seconds(EventTime t) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(floor_div(t.ms, kSecondMs), 0, UINT32_MAX));
}
std::int16_t hundredths(std::int32_t microdegrees) { return static_cast<std::int16_t>(std::clamp(microdegrees / kMicrodegreesPerHundredth, -18'000, 18'000)); }

std::uint64_t identity_of(const NoticeEvent& notice) {
  if (notice.order.hash != 0) return notice.order.hash;
  return hash_combine(notice.shop.hash, notice.buyer) | 1;  // never 0, which would be an empty slot
}

/// Shop first, then what still fits.
void keep_names(NoticeSlot& slot, const NoticeEvent& notice) {
  std::size_t used = 0;
  const auto put = [&](std::string_view text, std::uint8_t& size) {
    size = 0;
    if (text.empty() || used + text.size() > slot.names.size()) return;  // empty: its data() may be null
    std::memcpy(slot.names.data() + used, text.data(), text.size());
    size = static_cast<std::uint8_t>(text.size());
    used += text.size();
  };
  put(notice.shop.text, slot.shop_size);
  put(notice.subject.text, slot.subject_size);
  put(notice.order.text, slot.order_size);
}

NoticeSlot slot_of(const NoticeEvent& notice, const Event& event) {
  NoticeSlot slot;
  slot.identity = identity_of(notice);
  slot.shop = notice.shop.hash;
  slot.sku = notice.sku;
  slot.buyer = notice.buyer;
  slot.consignee = notice.consignee;
  slot.event_ms = event.event_time.ms;
  slot.paid_ms = notice.paid_time.ms;
  slot.position = event.position.packed;
  slot.region6 = notice.region6;
  slot.qty = notice.qty;
  slot.category = notice.category;
  keep_names(slot, notice);
  return slot;
}

bool earlier(const NoticeSlot& a, const NoticeSlot& b) {
  return std::pair(a.event_ms, a.identity) < std::pair(b.event_ms, b.identity);
}

/// Two orders that may honestly share a parcel: merged shipments, exchanges, labels used again go to the same person. With
/// nobody known, the same shop has the benefit of the doubt.
bool related(const NoticeSlot& a, const NoticeSlot& b) {
  if (a.identity == b.identity) return true;
  if (a.buyer != 0 && a.buyer == b.buyer) return true;
  if (a.consignee != 0 && a.consignee == b.consignee) return true;
  const bool known = (a.buyer != 0 && b.buyer != 0) || (a.consignee != 0 && b.consignee != 0);
  return !known && a.shop == b.shop;
}

/// The same order told twice (by the platform's notice and by the shipment): the earlier record leads, gaps are filled.
void merge(NoticeSlot& kept, NoticeSlot other) {
  const ToldParcel told = kept.told;
  const Pid sku = kept.sku;
  const std::uint32_t qty = kept.qty;
  const std::uint16_t category = kept.category;
  if (std::pair(other.event_ms, other.position) < std::pair(kept.event_ms, kept.position)) std::swap(kept, other);
  const auto fill = [](auto& to, const auto& from) { if (to == 0) to = from; };
  fill(kept.sku, other.sku);
  fill(kept.buyer, other.buyer);
  fill(kept.consignee, other.consignee);
  fill(kept.paid_ms, other.paid_ms);
  fill(kept.region6, other.region6);
  fill(kept.qty, other.qty);
  fill(kept.category, other.category);
  if (kept.shop_size == 0) {
    kept.shop = other.shop;
    kept.names = other.names;
    kept.shop_size = other.shop_size;
    kept.subject_size = other.subject_size;
    kept.order_size = other.order_size;
  }
  kept.told = told;
  if (told.revisions != 0) {  // what was counted under this sku must be taken back under it
    kept.sku = sku;
    kept.qty = qty;
    kept.category = category;
  }
}

class ParcelStageCore final : public StageCore {
 public:
  ParcelStageCore() {
    static_assert(std::is_trivially_copyable_v<ParcelCore> && alignof(ParcelCore) <= 8);
    info_ = {.number = 0, .name = "parcel_core", .part = "parcel", .stage = Stage::kParcel, .family = Family::kParcel,
             .version = 1, .state_version = 2, .state_bytes = sizeof(ParcelCore),
             .inputs = EventMask::of(EventType::kParcelNotice, EventType::kParcelScan), .lateness_ms = 48 * kHourMs,
             .params = {}, .reasons = {}};
  }
  const DetectorInfo& info() const override { return info_; }

  void on_event(const Event& event, std::byte* state, FoldContext& ctx) const override {
    auto& core = *reinterpret_cast<ParcelCore*>(state);
    if (event.type == EventType::kParcelNotice) {
      notice(core, event, ctx);
    } else if (event.type == EventType::kParcelScan) {
      scan(core, event, ctx);
    } else {
      return;
    }
    core.last_ms = std::max(core.last_ms, event.event_time.ms);
    ctx.changed = true;
    ctx.wake_at({core.last_ms + kNamesMs});
  }

  void after(const Event& event, std::byte* state, FoldContext& ctx) const override {
    auto& core = *reinterpret_cast<ParcelCore*>(state);
    if (!core.is_signed()) return;
    constexpr std::uint32_t kBits = (1U << kSecondNoticeShift) - 1;
    const std::uint32_t weight = core.weight_g();
    for (std::size_t i = 0; i < core.notices.size(); ++i) {
      NoticeSlot& slot = core.notices[i];
      if (slot.identity == 0 || slot.shop_size == 0) continue;
      const auto marks = static_cast<std::uint16_t>(i == 0 ? ctx.marks & kBits : ctx.marks >> kSecondNoticeShift);
      // There is one physical parcel: its weight and its track speak for the order it was sent for.
      Telling now{marks, 0, 0, std::max(core.sign_ms, slot.event_ms)};
      if (i == 0) now.weight_g = weight, now.track = core.print().packed();
      tell(core, slot, slot.told, now, Stage::kShop, slot.shop, event, ctx);
    }
    const NoticeSlot& first = core.notices[0];
    if (first.identity == 0 || first.shop_size == 0) return;
    const auto marks = static_cast<std::uint16_t>(ctx.marks & kBits);
    if (const NamedId outlet = core.outlet.named()) {
      tell(core, first, core.told_outlet, {marks, weight, 0, 0}, Stage::kParty, party_key(PartyKind::kOutlet, outlet.hash), event, ctx);
    }
    if (const NamedId courier = core.courier.named()) {
      tell(core, first, core.told_courier, {marks, weight, 0, 0}, Stage::kParty, party_key(PartyKind::kCourier, courier.hash), event, ctx);
    }
  }

  bool on_timer(std::byte* state, FoldContext& ctx) const override {
    auto& core = *reinterpret_cast<ParcelCore*>(state);
    if (ctx.watermark.ms >= core.last_ms + kEpochMs) return false;
    if (ctx.watermark.ms < core.last_ms + kNamesMs) {
      ctx.wake_at({core.last_ms + kNamesMs});
      return true;
    }
    for (NoticeSlot& slot : core.notices) {
      slot.shop_size = slot.subject_size = slot.order_size = 0;
      slot.names = {};
    }
    core.outlet = core.sign_outlet = core.courier = {};
    ctx.changed = true;
    ctx.wake_at({core.last_ms + kEpochMs});
    return true;
  }

 private:
  /// What a summary says anew when it changes.
  struct Telling {
    std::uint16_t marks;
    std::uint32_t weight_g;
    std::uint64_t track;
    std::int64_t delivered_ms;
  };

  static void notice(ParcelCore& core, const Event& event, FoldContext& ctx) {
    const auto& body = event.as<NoticeEvent>();
    if (!body.shop) return;
    NoticeSlot slot = slot_of(body, event);
    NoticeSlot& first = core.notices[0];
    NoticeSlot& second = core.notices[1];
    for (NoticeSlot& known : core.notices) {
      if (known.identity != slot.identity) continue;
      merge(known, slot);
      if (second.identity != 0 && earlier(second, first)) {
        withdraw_parties(core, event, ctx);
        std::swap(first, second);
      }
      return;
    }
    const auto print = static_cast<std::uint32_t>(slot.identity >> 32);
    if (std::find(core.others.begin(), core.others.begin() + core.other, print) != core.others.begin() + core.other) return;
    if (first.identity == 0) {
      first = slot;
      return;
    }
    if (earlier(slot, first)) {
      withdraw_parties(core, event, ctx);
      std::swap(first, slot);  // the slot now holds the one that was first; it is earlier than any second
      if (second.identity != 0 && related(second, first) && second.told.revisions == 0) second = {};
    }
    if (related(slot, first)) return;
    if (second.identity == 0) {
      second = slot;
    } else if (second.told.revisions != 0) {
      // A number sold again and again: what was said of the last order stands; make room for the next.
      const auto told = static_cast<std::uint32_t>(second.identity >> 32);
      core.others[core.other < ParcelCore::kOthers ? core.other++ : ParcelCore::kOthers - 1] = told;
      second = slot;
    } else if (earlier(slot, second)) {
      second = slot;
    }
  }

  static void scan(ParcelCore& core, const Event& event, FoldContext& ctx) {
    const auto& body = event.as<ScanEvent>();
    const ReferenceEntry* outlet = ctx.reference != nullptr ? ctx.reference->outlet(body.outlet.hash) : nullptr;
    TrackScan step;
    step.second = seconds(event.event_time);
    std::uint32_t region6 = body.region6;
    if (region6 == 0 && outlet != nullptr) region6 = outlet->region6;
    step.region4 = static_cast<std::uint16_t>(region6 / 100);
    const bool located = body.lat_e6 != 0 || body.lon_e6 != 0;
    if (located || outlet != nullptr) {
      step.lat_c = hundredths(located ? body.lat_e6 : outlet->lat_e6);
      step.lon_c = hundredths(located ? body.lon_e6 : outlet->lon_e6);
    }
    step.code = body.code;
    step.kind = body.outlet_kind == OutletKind::kUnknown && outlet != nullptr ? outlet->outlet_kind : body.outlet_kind;
    keep_smallest(core.track, core.tracked, step);
    core.codes |= 1U << static_cast<unsigned>(step.code);
    core.kinds |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(step.kind));
    if (body.weight_g != 0) {
      keep_smallest(core.weights, core.weighed, static_cast<std::uint64_t>(step.second) << 32 | body.weight_g);
    }
    const std::uint32_t upload_s = std::max(seconds(event.ingest_time), 1U);
    const std::uint32_t lag_s = upload_s - std::min(upload_s, step.second);
    const bool first = core.first_upload_s == 0;
    core.first_upload_s = first ? upload_s : std::min(core.first_upload_s, upload_s);
    core.last_upload_s = std::max(core.last_upload_s, upload_s);
    core.least_lag_s = first ? lag_s : std::min(core.least_lag_s, lag_s);
    const std::int64_t ms = event.event_time.ms;
    if (core.first_scan_ms == 0 || ms < core.first_scan_ms) core.first_scan_ms = ms;
    if (is_signature(body.code)) signature(core, event, body, step, region6, ctx);
    pickup(core, event, body, ctx);
  }

  static void signature(ParcelCore& core, const Event& event, const ScanEvent& body, const TrackScan& step,
                        std::uint32_t region6, FoldContext& ctx) {
    const std::pair mine(event.event_time.ms, event.position.packed);
    if (core.is_signed() && std::pair(core.sign_ms, core.sign_position) <= mine) return;
    core.sign_ms = mine.first;
    core.sign_position = mine.second;
    core.sign_region6 = region6;
    core.sign_lat_c = step.lat_c;
    core.sign_lon_c = step.lon_c;
    core.sign_outlet.set(body.outlet.text);
    if (core.courier.text() == body.courier.text) return;
    withdraw(core, core.told_courier, PartyKind::kCourier, core.courier.named(), event, ctx);
    core.courier.set(body.courier.text);
  }

  /// The earliest pickup names the outlet; before any pickup is seen, the earliest scan does.
  static void pickup(ParcelCore& core, const Event& event, const ScanEvent& body, FoldContext& ctx) {
    if (!body.outlet) return;
    const std::uint8_t rank = body.code == ScanCode::kPickedUp ? kPickup : kAnyScan;
    const std::int64_t ms = event.event_time.ms;
    if (rank < core.outlet_rank) return;
    if (rank == core.outlet_rank) {
      if (ms > core.outlet_ms) return;
      if (ms == core.outlet_ms && body.outlet.text >= core.outlet.text()) return;
    }
    core.outlet_rank = rank;
    core.outlet_ms = ms;
    if (core.outlet.text() == body.outlet.text) return;
    withdraw(core, core.told_outlet, PartyKind::kOutlet, core.outlet.named(), event, ctx);
    core.outlet.set(body.outlet.text);
  }

  /// The parcel turned out to be an earlier order's: outlet and courier are told again under that order.
  static void withdraw_parties(ParcelCore& core, const Event& event, FoldContext& ctx) {
    withdraw(core, core.told_outlet, PartyKind::kOutlet, core.outlet.named(), event, ctx);
    withdraw(core, core.told_courier, PartyKind::kCourier, core.courier.named(), event, ctx);
  }
  static void withdraw(const ParcelCore& core, ToldParcel& told, PartyKind kind, const NamedId& party, const Event& event,
                       FoldContext& ctx) {
    if (told.revisions == 0 || !party) return;
    Event out = summary(core, core.notices[0], told, {}, event);
    auto& body = *std::get_if<ParcelSummaryEvent>(&out.body);
    body.scans = 0;
    ctx.outbox->send(Stage::kParty, party_key(kind, party.hash), out);
    told = {};
  }

  static Event summary(const ParcelCore& core, const NoticeSlot& slot, const ToldParcel& told, const Telling& now,
                       const Event& cause) {
    Event out;
    out.type = EventType::kParcelSummary;
    out.event_time = {std::max(told.complete_ms, cause.event_time.ms)};
    out.ingest_time = cause.ingest_time;
    out.platform = cause.platform;
    out.position = {told.evidence};
    auto& body = out.emplace<ParcelSummaryEvent>();
    if (cause.type == EventType::kParcelNotice) {
      body.carrier = cause.as<NoticeEvent>().carrier;
      body.waybill = cause.as<NoticeEvent>().waybill;
    } else {
      body.carrier = cause.as<ScanEvent>().carrier;
      body.waybill = cause.as<ScanEvent>().waybill;
    }
    const char* const names = slot.names.data();
    body.shop = NamedId::of({names, slot.shop_size});
    body.subject = NamedId::of({names + slot.shop_size, slot.subject_size});
    body.order = NamedId::of({names + slot.shop_size + slot.subject_size, slot.order_size});
    body.sku = slot.sku;
    body.category = slot.category;
    body.qty = slot.qty;
    body.buyer = slot.buyer;
    body.revision = told.revisions;
    body.marks = now.marks;
    body.previous_marks = told.marks;
    body.weight_g = now.weight_g;
    body.previous_weight_g = told.weight_g;
    body.outlet = core.outlet.named();
    body.sign_outlet = core.sign_outlet.named();
    body.courier = core.courier.named();
    body.paid_time = {slot.paid_ms};
    body.first_scan = {core.first_scan_ms};
    body.signed_time = {told.complete_ms};
    body.scans = core.tracked;
    body.distance_km = core.distance_km();
    body.delivered = {now.delivered_ms};
    body.track = now.track;
    return out;
  }

  /// Sends a summary when it says something new.
  static void tell(const ParcelCore& core, const NoticeSlot& slot, ToldParcel& told, const Telling& now, Stage stage, std::uint64_t key,
                   const Event& event, FoldContext& ctx) {
    const bool same = told.marks == now.marks && told.weight_g == now.weight_g && told.track == now.track && told.delivered_ms == now.delivered_ms;
    if (told.revisions != 0 && same) return;
    if (told.revisions == UINT16_MAX) return;  // a parcel that changes 65 535 times is a broken source
    if (told.revisions == 0) {
      // An order that claims a signed number is complete when it claims it, not when the number was signed.
      told.complete_ms = std::max(core.sign_ms, slot.event_ms);
      told.evidence = std::min(core.sign_position, slot.position);
    }
    // The moment of a summary is never behind the record that caused it: a revision is no late event downstream.
    Event out = summary(core, slot, told, now, event);
    // A shop counts who picked up for it. When the signature comes before the pickup (a feed that was down delivers in any order), the
    // earliest scan so far is some place on the way.
    if (stage == Stage::kShop && core.outlet_rank < kPickup) std::get_if<ParcelSummaryEvent>(&out.body)->outlet = {};
    ctx.outbox->send(stage, key, out);
    told.marks = now.marks;
    told.weight_g = now.weight_g;
    told.track = now.track;
    told.delivered_ms = now.delivered_ms;
    ++told.revisions;
    ctx.changed = true;
  }

  DetectorInfo info_;
};

}  // namespace

const StageCore& parcel_core() {
  static const ParcelStageCore core;
  return core;
}

}  // namespace brushwatch
