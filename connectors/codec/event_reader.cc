#include "connectors/codec/event_reader.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "connectors/codec/complaint_words.h"
#include "connectors/codec/json_token.h"
#include "connectors/codec/name_table.h"
#include "connectors/codec/personal_data.h"
#include "connectors/codec/status_map.h"
#include "engine/base/uscc.h"
#include "connectors/codec/waybill.h"
#include "engine/base/check.h"

namespace brushwatch {
namespace {

/// 9999-12-31T23:59:59.999Z, the last moment RFC 3339 can write.
constexpr std::int64_t kLastMs = 253'402'300'799'999;
/// domain.md §2.5: clocks are wrong by decades; what is further off than this would open windows that nobody closes.
constexpr std::int64_t kPastMs = 180 * kDayMs;
constexpr std::int64_t kFutureMs = 10 * kMinuteMs;
/// A pseudonym is a hash or a ciphertext; longer ones are something else.
constexpr std::size_t kPidBytesMax = 256;
constexpr std::uint32_t kRegionMax = 999'999;  // GB/T 2260 has six digits
/// Sources a reader remembers; an alliance has dozens.
constexpr std::size_t kSourcesMax = 4096;
/// Six composed names of at most 64 bytes an event (order, shop, review, subject, reference id and parent).
constexpr std::size_t kArenaBytes = EventReader::kEventsPerRecordMax * 6 * kNamedIdMax;

constexpr std::string_view kChannels[] = {"unknown", "search", "live", "ad", "direct"};
constexpr std::string_view kGoodsStates[] = {"unknown", "not_received", "received", "returned"};
constexpr std::string_view kOutletKinds[] = {"unknown", "outlet", "hub", "station", "locker"};
constexpr std::string_view kViewKinds[] = {"pv", "cart", "fav", "chat"};
constexpr std::string_view kUaClasses[] = {"unknown", "browser", "app", "mini", "bot"};
constexpr std::string_view kComplaintCodes[] = {
    "other", "not_received", "empty_parcel", "not_ordered", "rebate_demand", "threatened_review", "fake_goods", "price_fraud",
    "malicious_review", "fake_trade", "fake_traffic", "description_mismatch"};
constexpr std::string_view kStarWords[] = {"bad", "neutral", "good"};  // → 1, 3, 5

/// The types that may come from outside. `order.status` says: look at `status`.
constexpr std::string_view kOrderStatus = "order.status";
struct PublicType { std::string_view name; EventType type; };
constexpr PublicType kPublicTypes[] = {
    {"order.created", EventType::kOrderCreated}, {"order.paid", EventType::kOrderPaid},
    {"order.shipped", EventType::kOrderShipped}, {"order.signed", EventType::kOrderSigned},
    {"order.confirmed", EventType::kOrderConfirmed}, {"order.refund_requested", EventType::kOrderRefundRequested},
    {"order.refunded", EventType::kOrderRefunded}, {"order.closed", EventType::kOrderClosed},
    {"order.merchant_transfer", EventType::kOrderMerchantTransfer}, {"order.compensated", EventType::kOrderCompensated},
    {kOrderStatus, EventType::kOrderOther}, {"review.posted", EventType::kReviewPosted},
    {"review.appended", EventType::kReviewAppended}, {"review.edited", EventType::kReviewEdited},
    {"review.deleted", EventType::kReviewDeleted}, {"parcel.notice", EventType::kParcelNotice},
    {"parcel.scan", EventType::kParcelScan}, {"traffic.view", EventType::kTrafficView},
    {"complaint.filed", EventType::kComplaintFiled}, {"commitment.signed", EventType::kCommitmentSigned},
    {"commitment.breached", EventType::kCommitmentBreached}, {"ref.operator", EventType::kRefOperator},
    {"ref.shop", EventType::kRefShop}, {"ref.outlet", EventType::kRefOutlet}, {"ref.courier", EventType::kRefCourier},
    {"ref.carrier", EventType::kRefCarrier}, {"ref.item", EventType::kRefItem},
    {"ref.promotion", EventType::kRefPromotion}, {"ref.public_place", EventType::kRefPublicPlace},
    {"ref.confirmed_shop", EventType::kRefConfirmedShop},
    {"report.filed", EventType::kReportFiled}, {"rule.set", EventType::kRuleSet}, {"command.issued", EventType::kCommand}};
constexpr auto kPublicTypeNames = [] {
  std::array<std::string_view, std::size(kPublicTypes)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kPublicTypes[i].name;
  return names;
}();
const NameTable kPublicTypeTable(kPublicTypeNames);

/// "cn.brushwatch.order.paid.v1" and "order.paid" are the same type; another version is not ours.
std::string_view plain_type(std::string_view type) {
  constexpr std::string_view kPrefix = "cn.brushwatch.", kSuffix = ".v1";
  if (type.starts_with(kPrefix)) type.remove_prefix(kPrefix.size());
  if (type.ends_with(kSuffix)) type.remove_suffix(kSuffix.size());
  return type;
}

constexpr bool is_reference(EventType t) { return t >= EventType::kRefOperator && t <= EventType::kRefConfirmedShop; }
constexpr bool may_be_old(EventType t) { return is_reference(t) || t == EventType::kRuleSet || t == EventType::kCommand || t == EventType::kReportFiled; }

/// Integer token → value; nullopt for a fraction, an exponent, a sign on zero, or anything beyond the type.
template <class T>
std::optional<T> parse_integer(std::string_view text) {
  if (text.size() <= 18 && !text.empty()) {  // nearly all: no sign, no overflow of 64 bits, no call
    std::uint64_t plain = 0;
    bool digits = true;
    for (const char c : text) {
      const auto d = static_cast<unsigned char>(c - '0');
      digits = digits && d < 10;
      plain = plain * 10 + d;
    }
    if (digits && plain <= static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return static_cast<T>(plain);
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value == 0 && text[0] == '-') return std::nullopt;
  return value;
}

template <class T>
std::optional<T> integer_of(const Member& m) {
  if (!m.plain) return parse_integer<T>(m.text);
  if (m.number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return std::nullopt;
  return static_cast<T>(m.number);
}

std::optional<EventTime> time_of_ms(const Member& m) {
  const auto ms = integer_of<std::int64_t>(m);
  if (!ms || *ms <= 0 || *ms > kLastMs) return std::nullopt;
  return EventTime{*ms};
}
std::optional<EventTime> time_of_text(std::string_view text) {
  const auto t = parse_time(text);
  if (!t || t->ms <= 0 || t->ms > kLastMs) return std::nullopt;
  return t;
}

}  // namespace

std::string_view channel_word(Channel v) { return kChannels[static_cast<std::size_t>(v)]; }
std::string_view goods_state_word(GoodsState v) { return kGoodsStates[static_cast<std::size_t>(v)]; }
std::string_view outlet_kind_word(OutletKind v) { return kOutletKinds[static_cast<std::size_t>(v)]; }
std::string_view view_kind_word(ViewKind v) { return kViewKinds[static_cast<std::size_t>(v)]; }
std::string_view ua_class_word(std::uint8_t v) { return kUaClasses[v < std::size(kUaClasses) ? v : 0]; }
std::string_view complaint_code_word(ComplaintCode v) { return kComplaintCodes[static_cast<std::size_t>(v)]; }

/// Reads members into one body. The first fault is kept and ends in finish(); later reads then do no harm, so the reading
/// functions need no branches of their own.
class EventReader::Body {
 public:
  Body(EventReader& reader, const EventInput& input) : reader_(reader), input_(input), members_(input.body) {}

  void set_source(const SourceInfo& source) {
    source_ = &source;
    scope_ = name_text(Field::kPlatform);
    if (scope_.empty()) scope_ = source.name;
  }
  [[nodiscard]] bool failed() const { return code_ != ErrorCode::kNone; }
  void fault(ErrorCode code, std::string_view text, Field field) {
    if (failed()) return;
    code_ = code;
    text_ = text;
    field_ = field;
    fault_item_ = item_;
  }
  Result<void> finish() {
    if (!failed()) return {};
    std::string pointer(input_.pointer);
    if (fault_item_ >= 0) pointer += "/items/" + std::to_string(fault_item_);
    if (field_ != Field::kUnknown) pointer.append("/").append(field_name(field_));
    return tl::unexpected<Error>(Error(code_, text_).in(std::move(pointer)));
  }

  [[nodiscard]] const Member* find(Field f) const { return members_->find(f); }

  /// The text of a string member (or cell); nullopt when absent, a fault when it is something else.
  std::optional<std::string_view> text(Field f) {
    const Member* m = members_->find(f);
    if (m == nullptr) return std::nullopt;
    if (m->kind != Lexeme::kString && m->kind != Lexeme::kCell) {
      fault(ErrorCode::kBadType, "a string is expected", f);
      return std::nullopt;
    }
    return m->text;
  }
  /// A name for people: 1..64 bytes without control characters (they could break a report or a terminal).
  std::string_view name_text(Field f) {
    const auto t = text(f);
    if (!t) return {};
    if (t->empty()) fault(ErrorCode::kBadType, "a name is empty", f);
    else if (t->size() > kNamedIdMax) fault(ErrorCode::kBadType, "a name is longer than 64 bytes", f);
    else if (holds_control(*t)) fault(ErrorCode::kBadType, "a name holds a control character", f);
    return *t;
  }
  void name(Field f, NamedId& out) {
    const std::string_view t = name_text(f);
    if (!failed()) out = NamedId::of(t);
  }
  void needed(Field f) {
    if (members_->find(f) == nullptr) fault(ErrorCode::kMissingField, "a required member is absent", f);
  }

  /// A per-platform id in its canonical spelling `<platform>:<id>`; the platform is the `platform` member, else the source.
  /// `foreign`: the sender is an office or a register, so an id with a colon is somebody's canonical id already.
  void scoped(Field f, NamedId& out, bool foreign = false) {
    const std::string_view id = name_text(f);
    if (id.empty() || failed()) return;
    const std::string_view scope = scope_;
    const bool prefixed = id.size() > scope.size() && id[scope.size()] == ':' && id.starts_with(scope);
    if (prefixed || (foreign && id.find(':') != std::string_view::npos)) {
      out = NamedId::of(id);
    } else if (scope.size() + 1 + id.size() > kNamedIdMax) {
      fault(ErrorCode::kBadType, "an id with its platform is longer than 64 bytes", f);
    } else {
      out = NamedId::of(reader_.join(scope, ":", id));
    }
  }
  /// subject_id, else PLAT:<canonical shop id>.
  void subject(NamedId& out, const NamedId& shop) {
    name(Field::kSubjectId, out);
    if (failed()) return;
    if (out) {
      check_uscc(out.text);
    } else if (shop) {
      if (shop.text.size() + 5 > kNamedIdMax) fault(ErrorCode::kBadType, "the subject of this shop id is longer than 64 bytes", Field::kShopId);
      else out = NamedId::of(reader_.join("PLAT:", shop.text));
    }
  }
  /// A bare credit code as a subject: "USCC:" + code.
  void operator_name(Field f, NamedId& out) {
    name(f, out);
    if (failed() || !out) return;
    if (uscc_shaped(out.text)) out = NamedId::of(reader_.join("USCC:", out.text));
    check_uscc(out.text);
  }
  void check_uscc(std::string_view subject) {
    if (!subject.starts_with("USCC:")) return;
    const std::string_view code = subject.substr(5);
    if (uscc_valid(code) && organisation_valid(code)) return;
    if (auto* c = reader_.options_.counters) c->uscc_warnings.fetch_add(1, std::memory_order_relaxed);
  }
  void parcel(NamedId& carrier, NamedId& waybill) {
    name(Field::kCarrier, carrier);
    name(Field::kWaybill, waybill);
    if (failed() || !carrier || !waybill || reader_.options_.counters == nullptr) return;
    if (waybill_fit(carrier.text, waybill.text) == WaybillFit::kOdd) {
      reader_.options_.counters->waybill_warnings.fetch_add(1, std::memory_order_relaxed);
    }
  }

  /// A pseudonym of a thing (sku, session, keyword): any text, only its hash is kept.
  void thing(Field f, Pid& out) {
    const auto t = text(f);
    if (!t) return;
    if (t->size() > kPidBytesMax) fault(ErrorCode::kBadType, "a pseudonym is longer than 256 bytes", f);
    else if (!t->empty()) out = hash64(*t);
  }
  /// A pseudonym of a person, a device or a place: refused when it looks like the raw thing.
  void person(Field f, Pid& out) {
    const auto t = text(f);
    if (!t) return;
    if (t->size() > kPidBytesMax) {
      fault(ErrorCode::kBadType, "a pseudonym is longer than 256 bytes", f);
      return;
    }
    if (raw_personal_value(*t)) personal(f);
    if (!t->empty()) out = hash64(*t);
  }
  void personal(Field f) {
    if (auto* c = reader_.options_.counters) c->personal_data.fetch_add(1, std::memory_order_relaxed);
    if (reader_.options_.reject_raw_pii) fault(ErrorCode::kRawPersonalData, "looks like raw personal data; send a pseudonym", f);
  }

  template <class T>
  void integer(Field f, T& out, T max = std::numeric_limits<T>::max()) {
    const Member* m = members_->find(f);
    if (m == nullptr) return;
    if (m->kind != Lexeme::kNumber && m->kind != Lexeme::kCell) return fault(ErrorCode::kBadType, "an integer is expected", f);
    const auto value = integer_of<T>(*m);
    if (!value || *value > max) fault(ErrorCode::kBadNumber, "not an integer in range", f);
    else out = *value;
  }
  /// 610113 or "610113".
  void region(std::uint32_t& out) {
    const Member* m = members_->find(Field::kRegion6);
    if (m == nullptr) return;
    if (m->kind == Lexeme::kString) {
      const auto value = parse_integer<std::uint32_t>(m->text);
      if (!value || *value > kRegionMax) fault(ErrorCode::kBadNumber, "not a six-digit region code", Field::kRegion6);
      else out = *value;
    } else {
      integer(Field::kRegion6, out, kRegionMax);
    }
  }
  void boolean(Field f, bool& out) {
    const Member* m = members_->find(f);
    if (m == nullptr) return;
    if (m->kind == Lexeme::kTrue || m->kind == Lexeme::kFalse) out = m->kind == Lexeme::kTrue;
    else if (m->kind == Lexeme::kCell && (m->text == "true" || m->text == "1")) out = true;
    else if (m->kind == Lexeme::kCell && (m->text == "false" || m->text == "0")) out = false;
    else fault(ErrorCode::kBadType, "true or false is expected", f);
  }
  /// RFC 3339 text or integer ms.
  void time(Field f, EventTime& out) {
    const Member* m = members_->find(f);
    if (m == nullptr) return;
    std::optional<EventTime> t;
    if (m->kind == Lexeme::kNumber) t = time_of_ms(*m);
    else if (m->kind == Lexeme::kString) t = time_of_text(m->text);
    else if (m->kind == Lexeme::kCell) t = m->text.find('-') == std::string_view::npos ? time_of_ms(*m) : time_of_text(m->text);
    else return fault(ErrorCode::kBadType, "a time is text or integer ms", f);
    if (t) out = *t;
    else fault(ErrorCode::kBadTime, "not RFC 3339 with offset, and not ms since 1970", f);
  }
  /// Up to three digits, a point, up to six: microdegrees without a double. The same value: below 2^28, what is lost on the way by a
  /// double is far less than half. nullopt: another spelling.
  static std::optional<std::int32_t> plain_degrees(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    if (point == 0 || point > 3 || point + 1 >= text.size() || text.size() - point - 1 > 6) return std::nullopt;
    std::int32_t value = 0;
    for (std::size_t i = 0; i < point + 7; ++i) {
      if (i == point) continue;
      const char c = i < text.size() ? text[i] : '0';
      if (!digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    return negative ? -value : value;
  }
  /// Degrees to microdegrees. from_chars rounds correctly and one product of doubles is exact enough to round the same way
  /// on every machine.
  void degrees(Field f, Field e6, std::int32_t& out, std::int32_t limit) {
    if (const Member* m = members_->find(f)) {
      if (members_->find(e6) != nullptr) return fault(ErrorCode::kDuplicateKey, "the same coordinate twice", e6);
      if (m->kind != Lexeme::kNumber && m->kind != Lexeme::kCell) return fault(ErrorCode::kBadType, "degrees are a number", f);
      if (const auto plain = plain_degrees(m->text)) {
        if (std::abs(*plain) > limit * 1'000'000) return fault(ErrorCode::kBadNumber, "degrees out of range", f);
        out = *plain;
        return;
      }
      double value = 0;
      const auto [end, error] = std::from_chars(m->text.data(), m->text.data() + m->text.size(), value);
      if (error != std::errc{} || end != m->text.data() + m->text.size() || !(std::abs(value) <= limit)) {
        return fault(ErrorCode::kBadNumber, "degrees out of range", f);
      }
      out = static_cast<std::int32_t>(std::llround(value * 1e6));
    } else if (members_->find(e6) != nullptr) {
      std::int32_t value = 0;
      integer(e6, value);
      if (value > limit * 1'000'000 || value < -limit * 1'000'000) fault(ErrorCode::kBadNumber, "microdegrees out of range", e6);
      else out = value;
    }
  }
  void place(std::int32_t& lat, std::int32_t& lon) {
    degrees(Field::kLat, Field::kLatE6, lat, 90);
    degrees(Field::kLon, Field::kLonE6, lon, 180);
  }
  /// One amount under three spellings: `…_fen` integer, `…_yuan` exact decimal, bare in the source's own unit.
  void money(Field fen, Field yuan, Field bare, std::int64_t& out) {
    const Member* given = nullptr;
    MoneyUnit unit = MoneyUnit::kFen;
    const auto take = [&](Field f, MoneyUnit u) {
      const Member* m = members_->find(f);
      if (m == nullptr) return;
      if (given != nullptr) return fault(ErrorCode::kDuplicateKey, "the same amount twice", f);
      given = m;
      unit = u;
    };
    take(fen, MoneyUnit::kFen);
    take(yuan, MoneyUnit::kYuan);
    take(bare, source_->unit);
    if (given == nullptr || failed()) return;
    const bool text = given->kind == Lexeme::kString;
    if ((!text && given->kind != Lexeme::kNumber && given->kind != Lexeme::kCell) || (text && given->field == fen)) {
      return fault(ErrorCode::kBadType, "an amount is an integer of fen or a decimal of yuan", given->field);
    }
    if (unit == MoneyUnit::kUnset) {
      return fault(ErrorCode::kBadMoney, "the unit of this source's bare amounts is not configured", given->field);
    }
    const auto value = unit == MoneyUnit::kYuan ? parse_yuan(given->text) : given->plain ? fen_of(given->number) : parse_fen(given->text);
    if (value) out = *value;
    else fault(ErrorCode::kBadMoney, "not an exact amount in range", given->field);
  }
  /// A word of an enumeration whose value 0 means unknown: an unknown word is counted and read as 0, so that a new word of a
  /// platform does not cost us the event.
  template <class E, std::size_t N>
  void word(Field f, const std::string_view (&words)[N], E& out) {
    const auto t = text(f);
    if (!t) return;
    for (std::size_t i = 0; i < N; ++i) {
      if (words[i] == *t) {
        out = static_cast<E>(i);
        return;
      }
    }
    out = static_cast<E>(0);
    if (auto* c = reader_.options_.counters) c->unknown_words.fetch_add(1, std::memory_order_relaxed);
  }

  void read(OrderEvent& e, EventType type) {
    needed(Field::kOrderId);
    needed(Field::kShopId);
    scoped(Field::kOrderId, e.order);
    scoped(Field::kShopId, e.shop);
    subject(e.subject, e.shop);
    person(Field::kBuyerPid, e.buyer);
    person(Field::kPayerPid, e.payer);
    person(Field::kDevicePid, e.device);
    person(Field::kIp24Pid, e.ip24);
    person(Field::kConsigneePid, e.consignee);
    person(Field::kPhonePid, e.phone);
    person(Field::kBuildingToken, e.building);
    person(Field::kRoomToken, e.room);
    region(e.region6);
    word(Field::kChannel, kChannels, e.channel);
    thing(Field::kKeyword, e.keyword);
    integer(Field::kChatN, e.chat_n);
    money(Field::kTotalFen, Field::kTotalYuan, Field::kTotal, e.total_fen);
    money(Field::kPaidFen, Field::kPaidYuan, Field::kPaid, e.paid_fen);
    money(Field::kCouponFen, Field::kCouponYuan, Field::kCoupon, e.coupon_fen);
    money(Field::kAmountFen, Field::kAmountYuan, Field::kAmount, e.amount_fen);
    word(Field::kGoodsState, kGoodsStates, e.goods);
    name(Field::kReason, e.reason);
    parcel(e.carrier, e.waybill);
    status(e.status);
    if (type == EventType::kOrderShipped && e.waybill && !e.carrier) needed(Field::kCarrier);  // a number means nothing alone
    read_items(e.items);
  }
  void status(NamedId& out) {
    const Member* m = members_->find(Field::kStatus);
    if (m != nullptr && m->kind == Lexeme::kNumber) out = NamedId::of(m->text.substr(0, kNamedIdMax));
    else name(Field::kStatus, out);
  }
  void read_items(std::vector<OrderItem>& items) {
    if (const Member* m = members_->find(Field::kItems); m != nullptr && m->kind != Lexeme::kArray) {
      return fault(ErrorCode::kBadType, "items are a list of objects", Field::kItems);
    }
    if (input_.items.size() > kOrderItemsMax) return fault(ErrorCode::kTooLarge, "more than 64 items", Field::kItems);
    items.resize(input_.items.size());
    for (std::size_t i = 0; i < input_.items.size(); ++i) {
      members_ = &input_.items[i];
      item_ = static_cast<int>(i);
      OrderItem& item = items[i];
      item = {};
      thing(Field::kSku, item.sku);
      integer(Field::kCategory, item.category);
      integer(Field::kQty, item.qty);
      money(Field::kListFen, Field::kListYuan, Field::kList, item.list_fen);
      money(Field::kPaidFen, Field::kPaidYuan, Field::kPaid, item.paid_fen);
    }
    members_ = input_.body;
    item_ = -1;
  }

  void read(ReviewEvent& e, EventType) {
    needed(Field::kReviewId);
    needed(Field::kShopId);
    scoped(Field::kReviewId, e.review);
    scoped(Field::kOrderId, e.order);
    scoped(Field::kShopId, e.shop);
    subject(e.subject, e.shop);
    thing(Field::kItem, e.item);
    person(Field::kBuyerPid, e.buyer);
    stars(e.stars);
    hex(Field::kSimhash, e.simhash);
    integer(Field::kTextPoints, e.text_points);
    thing(Field::kPhotoPhash, e.photo_phash);
    integer(Field::kPhotos, e.photos);
    if (const auto t = text(Field::kText); t && !failed()) {
      if (members_->find(Field::kSimhash) != nullptr) return fault(ErrorCode::kDuplicateKey, "text and simhash both given", Field::kSimhash);
      const TextPrint print = reader_.simhasher_.print(*t);
      e.simhash = print.simhash;
      e.text_points = print.points;
    }
  }
  void stars(std::uint8_t& out) {
    const Member* m = members_->find(Field::kStars);
    if (m == nullptr) return;
    if (m->kind == Lexeme::kString) {
      for (std::size_t i = 0; i < std::size(kStarWords); ++i) {
        if (kStarWords[i] == m->text) {
          out = static_cast<std::uint8_t>(2 * i + 1);
          return;
        }
      }
      return fault(ErrorCode::kBadType, "stars are 1..5, or good, neutral, bad", Field::kStars);
    }
    integer<std::uint8_t>(Field::kStars, out, 5);
    if (out == 0) fault(ErrorCode::kBadNumber, "stars are 1..5", Field::kStars);
  }
  /// Sixteen hex digits: the one 64-bit value whose bits count (Hamming distance), so it is not hashed again.
  void hex(Field f, std::uint64_t& out) {
    const auto t = text(f);
    if (!t) return;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(t->data(), t->data() + t->size(), value, 16);
    if (t->size() != 16 || error != std::errc{} || end != t->data() + t->size()) {
      return fault(ErrorCode::kBadNumber, "sixteen hex digits are expected", f);
    }
    out = value;
  }

  void read(NoticeEvent& e, EventType) {
    needed(Field::kCarrier);
    needed(Field::kWaybill);
    needed(Field::kOrderId);
    parcel(e.carrier, e.waybill);
    scoped(Field::kOrderId, e.order);
    scoped(Field::kShopId, e.shop);
    subject(e.subject, e.shop);
    thing(Field::kSku, e.sku);
    integer(Field::kCategory, e.category);
    integer(Field::kQty, e.qty);
    person(Field::kBuyerPid, e.buyer);
    person(Field::kConsigneePid, e.consignee);
    region(e.region6);
    time(Field::kPaidTime, e.paid_time);
    person(Field::kSenderPid, e.sender);
  }

  void read(ScanEvent& e, EventType) {
    needed(Field::kCarrier);
    needed(Field::kWaybill);
    parcel(e.carrier, e.waybill);
    integer(Field::kScanSeq, e.scan_seq);
    scan_code(e);
    name(Field::kOutletId, e.outlet);
    word(Field::kOutletKind, kOutletKinds, e.outlet_kind);
    region(e.region6);
    place(e.lat_e6, e.lon_e6);
    name(Field::kCourierId, e.courier);
    integer(Field::kWeightG, e.weight_g);
    integer(Field::kVolumeCm3, e.volume_cm3);
    name(Field::kPrevOutlet, e.prev_outlet);
    name(Field::kNextOutlet, e.next_outlet);
    person(Field::kDevicePid, e.device);
  }
  /// `code` is one of ours or the source's own (text or number); `raw_code` keeps the source's own beside one of ours.
  void scan_code(ScanEvent& e) {
    const auto code_text = [&](Field f) -> std::string_view {
      const Member* m = members_->find(f);
      if (m == nullptr) return {};
      if (m->kind != Lexeme::kNumber) return name_text(f);
      if (m->text.size() > kNamedIdMax) fault(ErrorCode::kBadType, "a code is longer than 64 bytes", f);
      return m->text;
    };
    const std::string_view raw = code_text(Field::kRawCode);
    const std::string_view code = code_text(Field::kCode);
    if (failed()) return;
    if (!raw.empty()) e.raw_code = NamedId::of(raw);
    const std::string_view asked = code.empty() ? raw : code;
    if (asked.empty()) return fault(ErrorCode::kMissingField, "a required member is absent", Field::kCode);
    if (const auto own = scan_code_from_word(asked)) {
      e.code = *own;
      return;
    }
    if (!e.raw_code) e.raw_code = NamedId::of(asked);
    if (const auto mapped = scan_code_of(source_->name, asked)) e.code = *mapped;
    else if (auto* c = reader_.options_.counters) c->unknown_code(source_->name, asked);
  }

  void read(ViewEvent& e, EventType) {
    needed(Field::kShopId);
    scoped(Field::kShopId, e.shop);
    thing(Field::kSession, e.session);
    thing(Field::kItem, e.item);
    person(Field::kBuyerPid, e.buyer);
    view_kind(e.kind);
    integer(Field::kDwellMs, e.dwell_ms);
    thing(Field::kReferrer, e.referrer);
    word(Field::kUaClass, kUaClasses, e.ua_class);
    person(Field::kDevicePid, e.device);
    person(Field::kIp24Pid, e.ip24);
    boolean(Field::kScrolled, e.scrolled);
  }
  /// No "unknown" among the kinds: a new one read as a page view would be a lie, so it is refused.
  void view_kind(ViewKind& out) {
    const auto t = text(Field::kKind);
    if (!t) return;
    for (std::size_t i = 0; i < std::size(kViewKinds); ++i) {
      if (kViewKinds[i] == *t) {
        out = static_cast<ViewKind>(i);
        return;
      }
    }
    fault(ErrorCode::kBadType, "kind is pv, cart, fav or chat", Field::kKind);
  }

  void read(ComplaintEvent& e, EventType) {
    needed(Field::kComplaintId);
    name(Field::kComplaintId, e.complaint);
    name(Field::kChannel, e.channel);
    if (!failed() && !e.channel) e.channel = NamedId::of(source_->name);
    // What a hotline calls it in Chinese, else the contract's word.
    const auto said = text(Field::kCode);
    const auto known = said ? complaint_code_of(*said) : std::nullopt;
    if (known) e.code = *known;
    else word(Field::kCode, kComplaintCodes, e.code);
    scoped(Field::kShopId, e.shop, true);
    subject(e.subject, e.shop);
    scoped(Field::kOrderId, e.order, true);
    parcel(e.carrier, e.waybill);
    person(Field::kComplainantPid, e.complainant);
    if (!failed() && !e.shop && !e.waybill && !e.subject) {
      fault(ErrorCode::kMissingField, "a complaint names a shop, a waybill or a subject", Field::kShopId);
    }
  }
  void read(CommitmentEvent& e, EventType) {
    needed(Field::kSubjectId);
    operator_name(Field::kSubjectId, e.subject);
    name(Field::kKind, e.kind);
    name(Field::kDocument, e.document);
  }
  void read(ReferenceEvent& e, EventType type) {
    if (type == EventType::kRefShop || type == EventType::kRefConfirmedShop) scoped(Field::kId, e.id, true);
    else if (type == EventType::kRefOperator) operator_name(Field::kId, e.id);
    else name(Field::kId, e.id);
    needed(Field::kId);
    if (type == EventType::kRefItem || type == EventType::kRefPromotion) scoped(Field::kParent, e.parent, true);
    else if (type == EventType::kRefShop) operator_name(Field::kParent, e.parent);
    else name(Field::kParent, e.parent);
    name(Field::kName, e.name);
    integer(Field::kCategory, e.category);
    word(Field::kOutletKind, kOutletKinds, e.outlet_kind);
    region(e.region6);
    place(e.lat_e6, e.lon_e6);
    integer(Field::kWeightG, e.weight_g);
    integer(Field::kWeightP05G, e.weight_p05_g);
    money(Field::kListFen, Field::kListYuan, Field::kList, e.list_fen);
    integer(Field::kCapacity, e.capacity);
    time(Field::kValidFrom, e.valid_from);
    time(Field::kValidUntil, e.valid_until);
    integer(Field::kFactorMilli, e.factor_milli);
    person(Field::kToken, e.token);
    boolean(Field::kVirtualGoods, e.virtual_goods);
    boolean(Field::kLightGoods, e.light_goods);
    if (type == EventType::kRefPublicPlace) needed(Field::kToken);
    if (type == EventType::kRefConfirmedShop) needed(Field::kValidUntil);
  }
  void read(RuleEvent& e, EventType) {
    needed(Field::kName);
    needed(Field::kValue);
    name(Field::kName, e.name);
    integer(Field::kValue, e.value);
  }
  void read(CommandEvent& e, EventType) {
    needed(Field::kCommand);
    needed(Field::kTarget);
    needed(Field::kActor);
    name(Field::kCommand, e.command);
    name(Field::kTarget, e.target);
    name(Field::kActor, e.actor);
    name(Field::kRole, e.role);
    name(Field::kReason, e.reason);
    whom(e.subject_kind, e.subject);
    name(Field::kList, e.list);
    name(Field::kDocument, e.document);
    name(Field::kIssuer, e.issuer);
    time(Field::kDocumentDate, e.document_date);
    name(Field::kBasis, e.basis);
    name(Field::kBehaviour, e.behaviour);
    name(Field::kClass, e.grade);
    name(Field::kEvidence, e.evidence);
    name(Field::kMeasure, e.measure);
    name(Field::kMember, e.member);
    time(Field::kUntil, e.until);
    if (const auto note = text(Field::kNote)) {
      if (note->size() > kNoteMax) fault(ErrorCode::kBadType, "a note has at most 1000 bytes", Field::kNote);
      else e.note = *note;
    }
  }
  void read(ReportEvent& e, EventType) {
    needed(Field::kReportId);
    needed(Field::kSubjectId);
    needed(Field::kKind);
    name(Field::kReportId, e.report);
    whom(e.subject_kind, e.subject);
    name(Field::kKind, e.kind);
    if (const std::string_view kind = report_kind_of(e.kind.text); !kind.empty()) e.kind = NamedId::of(kind);
    integer(Field::kValue, e.value_milli);
    name(Field::kDocument, e.document);
  }
  /// A subject of any kind; a shop's id with its platform, as everywhere.
  void whom(SubjectKind& kind, NamedId& id) {
    if (const auto word = text(Field::kSubjectKind)) {
      if (!subject_kind_from_name(*word, kind)) fault(ErrorCode::kBadType, "subject_kind is shop, outlet, courier, operator or carrier", Field::kSubjectKind);
    }
    if (kind == SubjectKind::kShop) scoped(Field::kSubjectId, id, true);
    else if (kind == SubjectKind::kOperator) operator_name(Field::kSubjectId, id);
    else name(Field::kSubjectId, id);
  }
  /// Bodies that never come from outside.
  template <class T>
  void read(T&, EventType) {
    fault(ErrorCode::kUnknownEventType, "not a type of the public contract", Field::kType);
  }

 private:
  EventReader& reader_;
  const EventInput& input_;
  const Members* members_;
  const SourceInfo* source_ = nullptr;
  std::string_view scope_;  ///< the platform of this record's bare ids
  int item_ = -1;
  ErrorCode code_ = ErrorCode::kNone;
  std::string_view text_;
  Field field_ = Field::kUnknown;
  int fault_item_ = -1;
};

EventReader::EventReader(EventReaderOptions options)
    : options_(std::move(options)), arena_(std::make_unique<char[]>(kArenaBytes)) {}
EventReader::~EventReader() = default;

void EventReader::begin_record() { arena_used_ = 0; }

std::string_view EventReader::join(std::string_view a, std::string_view b, std::string_view c) {
  const std::size_t size = a.size() + b.size() + c.size();
  BW_CHECK(size <= kNamedIdMax && arena_used_ + size <= kArenaBytes, "composed names are bounded by their callers");
  char* at = arena_.get() + arena_used_;
  std::memcpy(at, a.data(), a.size());
  std::memcpy(at + a.size(), b.data(), b.size());
  if (!c.empty()) std::memcpy(at + a.size() + b.size(), c.data(), c.size());
  arena_used_ += size;
  return {at, size};
}

const EventReader::SourceInfo& EventReader::source_info(std::string_view name) {
  if (last_ != nullptr && last_->name == name) return *last_;
  const std::uint64_t hash = hash64(name);
  auto it = sources_.find(hash);
  if (it == sources_.end()) {
    SourceInfo info;
    info.name = name;
    info.platform = options_.platforms ? options_.platforms->note(name) : PlatformTable::number_of(name);
    const auto unit = options_.bare_money.find(info.name);
    if (unit != options_.bare_money.end()) info.unit = unit->second;
    if (sources_.size() >= kSourcesMax) {
      stranger_ = std::move(info);
      return *(last_ = &stranger_);
    }
    it = sources_.emplace(hash, std::move(info)).first;
  }
  return *(last_ = &it->second);
}

Result<void> EventReader::read(const EventInput& input, Event& out) {
  Body body(*this, input);

  // The object's own attributes win over the envelope's: the envelope's source is a URI of the sender, ours is the platform.
  std::string_view source = body.name_text(Field::kSource);
  if (source.empty()) source = input.source;
  if (source.empty()) source = options_.default_source;
  if (source.empty()) body.fault(ErrorCode::kMissingField, "no source is named", Field::kSource);
  if (source.size() > kNamedIdMax || source.find(':') != std::string_view::npos) {
    body.fault(ErrorCode::kBadType, "a source is a word of 1..64 bytes without a colon", Field::kSource);
  }
  if (body.failed()) return body.finish();
  const SourceInfo& info = source_info(source);
  body.set_source(info);

  std::string_view type_text = plain_type(input.type);
  if (const auto own = body.text(Field::kType)) {
    if (!input.type.empty() && plain_type(*own) != type_text) {
      body.fault(ErrorCode::kBadEnvelope, "the envelope and the object name different types", Field::kType);
    }
    type_text = plain_type(*own);
  }
  EventType type = EventType::kNone;
  if (type_text.empty()) {
    if (body.find(Field::kStatus) == nullptr) body.fault(ErrorCode::kMissingField, "neither type nor status is given", Field::kType);
    type_text = kOrderStatus;
  }
  if (const int index = kPublicTypeTable.find(type_text); index >= 0) type = kPublicTypes[index].type;
  if (type == EventType::kNone) body.fault(ErrorCode::kUnknownEventType, "not a type of the public contract", Field::kType);
  if (type == EventType::kOrderOther) {
    body.needed(Field::kStatus);
    NamedId status;
    body.status(status);
    if (!body.failed()) {
      if (const auto mapped = order_type_of(info.name, status.text)) type = *mapped;
      else if (options_.counters) options_.counters->unknown_code(info.name, status.text);
    }
  }
  // `name` is a person's in every event but the registers of organisations, goods and places, and the names of rules.
  if (body.find(Field::kName) != nullptr && type != EventType::kRuleSet && (!is_reference(type) || type == EventType::kRefCourier)) {
    body.personal(Field::kName);
  }
  if (body.failed()) return body.finish();

  reset_body(out, type);
  out.position = {};
  out.platform = info.platform;
  std::visit([&](auto& b) { body.read(b, type); }, out.body);

  out.event_time = {};
  if (input.event_time) out.event_time = *input.event_time;
  else body.time(Field::kEventTime, out.event_time);
  if (!body.failed() && out.event_time.ms == 0 && !input.time.empty()) {
    const auto t = time_of_text(input.time);
    if (t) out.event_time = *t;
    else body.fault(ErrorCode::kBadTime, "the envelope's time is not RFC 3339", Field::kTime);
  }
  if (out.event_time.ms == 0) body.fault(ErrorCode::kMissingField, "no event time is given", Field::kEventTime);

  EventTime sent{};  // checked in either mode, so that a replay does not trip over what live ingest took
  if (input.ingest_time) sent = *input.ingest_time;
  else body.time(Field::kIngestTime, sent);
  if (options_.clock == IngestClock::kWall) out.ingest_time = input.now;
  else if (sent.ms != 0) out.ingest_time = sent;
  else if (input.record_time.ms > 0) out.ingest_time = input.record_time;
  else out.ingest_time = out.event_time;

  if (!body.failed()) {
    const std::int64_t age = out.ingest_time - out.event_time;
    if (age < -kFutureMs || (age > kPastMs && !may_be_old(type))) {
      body.fault(ErrorCode::kTimeOutOfRange, "more than 180 days before or 10 minutes after its ingest", Field::kEventTime);
    }
  }
  return body.finish();
}

}  // namespace brushwatch
