#pragma once
/// The canonical event: what every source is decoded into, what the ledger holds and what the stages fold.
///
/// An Event is a header and one body. Bodies are plain structs; each has a `fields` function that names its fields once,
/// for the wire codec (wire.h), the JSON printer and the equality test alike. Money is int64 fen. Time is ms UTC.
/// Pseudonyms are hashes (`Pid`); names that people will read are `NamedId`. Views point into the decoded buffer.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/time.h"
#include "engine/event/ids.h"

namespace brushwatch {

/// Persisted and public numbering: never renumber, only append. The dotted name is the JSON `type`.
enum class EventType : std::uint8_t {
  kNone = 0,
  kOrderCreated = 1,            // order.created
  kOrderPaid = 2,               // order.paid
  kOrderShipped = 3,            // order.shipped
  kOrderSigned = 4,             // order.signed
  kOrderConfirmed = 5,          // order.confirmed
  kOrderRefundRequested = 6,    // order.refund_requested
  kOrderRefunded = 7,           // order.refunded
  kOrderClosed = 8,             // order.closed
  kOrderMerchantTransfer = 9,   // order.merchant_transfer
  kOrderCompensated = 10,       // order.compensated
  kOrderOther = 11,             // order.other: a status code nobody mapped; counted, never dropped
  kReviewPosted = 16,           // review.posted
  kReviewAppended = 17,         // review.appended
  kReviewEdited = 18,           // review.edited
  kReviewDeleted = 19,          // review.deleted
  kParcelNotice = 24,           // parcel.notice: a platform says which order a waybill carries
  kParcelScan = 25,             // parcel.scan
  kTrafficView = 32,            // traffic.view
  kComplaintFiled = 40,         // complaint.filed
  kCommitmentSigned = 48,       // commitment.signed
  kCommitmentBreached = 49,     // commitment.breached
  kReportFiled = 50,            // report.filed: a platform, association or office reports on a subject
  kRefOperator = 56,            // ref.operator
  kRefShop = 57,                // ref.shop
  kRefOutlet = 58,              // ref.outlet
  kRefCourier = 59,             // ref.courier
  kRefCarrier = 60,             // ref.carrier
  kRefItem = 61,                // ref.item
  kRefPromotion = 62,           // ref.promotion
  kRefPublicPlace = 63,         // ref.public_place
  kRefConfirmedShop = 64,       // ref.confirmed_shop: what a closed case found, told to the detectors
  kRuleSet = 72,                // rule.set
  kCommand = 73,                // command.issued
  // Written by ingest, never accepted from outside.
  kTick = 96,                   // end of a round: watermark, processing time, source positions
  kSourceDeclared = 97,         // number and name of a source partition
  kRejected = 98,               // a record that could not be decoded, with its bytes
  kRejectedOf = 99,             // likewise, and whose record it was
  // Between stages.
  kParcelSummary = 112,
  kEdge = 113,
  kHubEdge = 114,
  kFinding = 115,
  kAlertTold = 116,
  kParcelUnseen = 117,
};
std::string_view event_type_name(EventType type);
/// kNone when the name is not one of ours.
EventType event_type_from_name(std::string_view name);

/// A set of event types, for a detector's inputs.
class EventMask {
 public:
  constexpr EventMask() = default;
  template <class... T>
  static constexpr EventMask of(T... types) {
    EventMask m;
    (m.set(types), ...);
    return m;
  }
  constexpr void set(EventType t) { bits_[static_cast<unsigned>(t) >> 6] |= 1ULL << (static_cast<unsigned>(t) & 63); }
  [[nodiscard]] constexpr bool has(EventType t) const {
    return (bits_[static_cast<unsigned>(t) >> 6] >> (static_cast<unsigned>(t) & 63)) & 1;
  }

 private:
  std::array<std::uint64_t, 2> bits_{};
};

/// What an accusation, a case and a credit archive can be about. A carrier is a logistics firm.
enum class SubjectKind : std::uint8_t { kShop, kOutlet, kCourier, kOperator, kCarrier };
std::string_view subject_kind_name(SubjectKind kind);
/// False when the name is none of ours.
bool subject_kind_from_name(std::string_view name, SubjectKind& out);

enum class Channel : std::uint8_t { kUnknown, kSearch, kLive, kAd, kDirect };
enum class GoodsState : std::uint8_t { kUnknown, kNotReceived, kReceived, kReturned };

struct OrderItem {
  Pid sku = 0;
  std::uint16_t category = 0;  ///< platform category number, 0 unknown
  std::uint32_t qty = 1;
  std::int64_t list_fen = 0;
  std::int64_t paid_fen = 0;
};
inline constexpr std::size_t kOrderItemsMax = 64;

/// All order.* events. Key: shop. Fields that a given action does not carry stay 0.
struct OrderEvent {
  NamedId order, shop, subject;
  Pid buyer = 0, payer = 0, device = 0, ip24 = 0, consignee = 0, phone = 0, building = 0, room = 0;
  std::uint32_t region6 = 0;  ///< consignee's GB/T 2260 code
  Channel channel = Channel::kUnknown;
  Pid keyword = 0;
  std::uint32_t chat_n = 0;
  std::int64_t total_fen = 0, paid_fen = 0, coupon_fen = 0;
  std::int64_t amount_fen = 0;  ///< refund, transfer or compensation
  GoodsState goods = GoodsState::kUnknown;
  NamedId reason;   ///< reason code of a refund, transfer or compensation
  NamedId carrier, waybill;
  NamedId status;   ///< the source's own code, for kOrderOther and for the record
  std::vector<OrderItem> items;
};

/// review.*; key: shop. Text never enters: simhash, length and shingle hash are computed at the door.
struct ReviewEvent {
  NamedId review, order, shop, subject;
  Pid item = 0, buyer = 0;
  std::uint8_t stars = 0;          ///< 1..5; 0 unknown. good/neutral/bad map to 5/3/1
  std::uint64_t simhash = 0;       ///< 64-bit SimHash of the text's code point 3-grams; 0 = no text
  std::uint32_t text_points = 0;   ///< length in code points
  std::uint64_t photo_phash = 0;
  std::uint8_t photos = 0;
};

enum class ScanCode : std::uint8_t {
  kOther, kCreated, kPickedUp, kArrived, kDeparted, kInTransit, kOutForDelivery, kAtStation, kSigned, kSignedProxy,
  kSignedStation, kException, kReturning, kReturned, kRefused, kForwarded, kCustoms, kCancelled,
};
enum class OutletKind : std::uint8_t { kUnknown, kOutlet, kHub, kStation, kLocker };

/// parcel.notice; key: waybill. Also derived by ingest from order.shipped.
struct NoticeEvent {
  NamedId carrier, waybill, order, shop, subject;
  Pid sku = 0;
  std::uint16_t category = 0;
  std::uint32_t qty = 1;
  Pid buyer = 0, consignee = 0;
  std::uint32_t region6 = 0;
  EventTime paid_time{};  ///< 0 when unknown
  Pid sender = 0;
};

/// parcel.scan; key: carrier + waybill.
struct ScanEvent {
  NamedId carrier, waybill;
  std::uint32_t scan_seq = 0;
  ScanCode code = ScanCode::kOther;
  NamedId raw_code;  ///< the source's own code
  NamedId outlet;
  OutletKind outlet_kind = OutletKind::kUnknown;
  std::uint32_t region6 = 0;
  std::int32_t lat_e6 = 0, lon_e6 = 0;  ///< microdegrees
  NamedId courier;
  std::uint32_t weight_g = 0, volume_cm3 = 0;
  NamedId prev_outlet, next_outlet;
  Pid device = 0;
};

enum class ViewKind : std::uint8_t { kPageView, kCart, kFavourite, kChat };
/// traffic.view; key: shop.
struct ViewEvent {
  NamedId shop;
  Pid session = 0, item = 0, buyer = 0;
  ViewKind kind = ViewKind::kPageView;
  std::uint32_t dwell_ms = 0;
  Pid referrer = 0;
  std::uint8_t ua_class = 0;  ///< 0 unknown, 1 browser, 2 app, 3 mini-program, 4 declared bot
  Pid device = 0, ip24 = 0;
  bool scrolled = false;
};

enum class ComplaintCode : std::uint8_t {
  kOther, kNotReceived, kEmptyParcel, kNotOrdered, kRebateDemand, kThreatenedReview, kFakeGoods, kPriceFraud,
  kMaliciousReview, kFakeTrade, kFakeTraffic, kDescriptionMismatch,
};
/// complaint.filed; key: shop, else waybill, else subject.
struct ComplaintEvent {
  NamedId complaint, channel;  ///< channel: "12315", "12345", "platform", "carrier", …
  ComplaintCode code = ComplaintCode::kOther;
  NamedId shop, subject, order, carrier, waybill;
  Pid complainant = 0;
};

/// commitment.*; key: subject.
struct CommitmentEvent {
  NamedId subject, kind, document;
};

/// ref.*; which fields count depends on the type. Compacted by `id`; the newest wins.
struct ReferenceEvent {
  NamedId id;       ///< operator USCC, shop, outlet, courier, carrier code, promotion or place id; for items: the sku's text
  NamedId parent;   ///< shop → subject, item → shop, courier → outlet, outlet → carrier, promotion → shop
  NamedId name;     ///< display name (of organisations only)
  std::uint16_t category = 0;
  OutletKind outlet_kind = OutletKind::kUnknown;
  std::uint32_t region6 = 0;
  std::int32_t lat_e6 = 0, lon_e6 = 0;
  std::uint32_t weight_g = 0;      ///< item: catalogue weight
  std::uint32_t weight_p05_g = 0;  ///< item: catalogue weight, 5th percentile; 0 = use weight_g
  std::int64_t list_fen = 0;       ///< item
  std::uint32_t capacity = 0;      ///< outlet or place: parcels a day
  EventTime valid_from{}, valid_until{};  ///< promotion, confirmed shop
  std::uint32_t factor_milli = 0;  ///< promotion: expected rate × 1000 (8000 = eight times normal)
  Pid token = 0;                   ///< public place: the building, room, device or ip24 token that must not link
  bool virtual_goods = false;      ///< item: no parcel is expected
  bool light_goods = false;        ///< item: cards, SIM, documents
};

/// rule.set: a threshold, prior or switch changes at this offset.
struct RuleEvent {
  NamedId name;  ///< "D1.min_count", "fusion.prior_milli", "D24.enabled"
  std::int64_t value = 0;
};

/// report.filed; key: subject. What a member says about a subject: a breach of trust, a rating, an inspection.
struct ReportEvent {
  NamedId report;
  SubjectKind subject_kind = SubjectKind::kShop;
  NamedId subject;
  NamedId kind;               ///< "fake_trade", "rating", … (alliance/archive/item.h)
  std::int64_t value_milli = 0;  ///< rating: stars × 1000
  NamedId document;
};

/// command.issued; key: subject. What an officer, a member or the subject itself says in a procedure. Which members a command
/// needs is in the table of its machine (alliance/machine/); what it does not need stays absent.
struct CommandEvent {
  NamedId command, target, actor, role, reason;
  SubjectKind subject_kind = SubjectKind::kShop;
  NamedId subject;            ///< whose procedure it is
  NamedId list;               ///< propose: "BLACK", "WATCH", "RED"
  NamedId document, issuer;   ///< number of the deciding document, and the body that issued it
  EventTime document_date{};  ///< 0: none
  NamedId basis;              ///< law and article
  NamedId behaviour;          ///< "FAKE_TRADE", … (domain facts §3.1)
  NamedId grade;              ///< class of the breach: "minor", "general", "serious"
  NamedId evidence;           ///< SHA-256 of the file or dossier, hex
  NamedId measure;            ///< code of a joint measure
  NamedId member;             ///< the member that is asked
  EventTime until{};          ///< end of an extension; 0: none
  std::string_view note;      ///< facts, posting text, explanation; at most kNoteMax bytes
};
/// Enough for a page's summary of facts; a document goes by its number and hash.
inline constexpr std::size_t kNoteMax = 1000;

struct SourcePosition {
  std::uint16_t source = 0;
  std::uint64_t next = 0;  ///< the first offset not yet in the ledger
};
/// Closes a round in one ledger partition. All partitions carry the same tick for the same round.
struct TickEvent {
  std::uint64_t round = 0;
  EventTime watermark = EventTime::min();
  EventTime processing_time{};
  bool end_of_input = false;
  std::vector<SourcePosition> positions;
};
struct SourceDeclaredEvent {
  std::uint16_t source = 0;
  NamedId name;  ///< file name, "topic/partition", "http"
};
struct RejectedEvent {
  std::uint16_t code = 0;  ///< ErrorCode
  NamedId field;           ///< JSON pointer of the field at fault, may be absent
  std::uint64_t length = 0;        ///< of the original record
  std::string_view bytes;          ///< the original bytes, whole
};
/// The platform or carrier whose record it was is told; of what comes without a party only whoever runs the pipeline hears.
struct RejectedOfEvent {
  NamedId party;
  RejectedEvent record;
};

// ---- between stages ---------------------------------------------------------------------------------------------

/// What the parcel stage saw wrong in one parcel; each bit is one detector's mark.
enum ParcelMark : std::uint32_t {
  kMarkNoPickup = 1u << 0,          // D17: signed or in transit without a pickup scan
  kMarkHubMissing = 1u << 1,        // D17: no hub on ≥ 300 km
  kMarkSignBeforeArrive = 1u << 2,  // D17
  kMarkCityMismatch = 1u << 3,      // D17: signed in another city than the consignee's
  kMarkTwoOrders = 1u << 4,         // D19: two orders on one number
  kMarkTwoShops = 1u << 5,          // D19
  kMarkScanBeforePaid = 1u << 6,    // D19: first scan earlier than payment
  kMarkRecycled = 1u << 7,          // D19: a number already signed for another order
  kMarkSecondCreated = 1u << 8,     // D19: second CREATED in an epoch
  kMarkImpossibleSpeed = 1u << 9,   // D17: > 900 km/h over > 50 km
  kMarkNoDelivery = 1u << 10,       // D17: signed with no out-for-delivery and no station
};
/// Emitted by `parcel` when a parcel is signed (and again, with `revision` + 1, when late data changes it).
/// Goes to `shop` (key shop) and to `party` (key outlet, key courier).
struct ParcelSummaryEvent {
  NamedId carrier, waybill, order, shop, subject;
  Pid sku = 0;
  std::uint16_t category = 0;
  std::uint32_t qty = 1;
  Pid buyer = 0;
  std::uint32_t revision = 0;
  std::uint32_t marks = 0;           ///< ParcelMark bits, this revision
  std::uint32_t previous_marks = 0;  ///< what the revision before said; 0 at revision 0
  std::uint32_t weight_g = 0;        ///< median of the scans' weights; 0 = never weighed
  std::uint32_t previous_weight_g = 0;
  NamedId outlet;        ///< where it was picked up (or first seen)
  NamedId sign_outlet, courier;
  EventTime paid_time{}, first_scan{}, signed_time{};
  std::uint32_t scans = 0;
  std::uint32_t distance_km = 0;
  EventTime delivered{};    ///< to `shop`: the earliest signature known now, or the claim on the number when that is later
  std::uint64_t track = 0;  ///< to `shop`: the last legs and the upload, packed (parcel_core.h, TrackPrint); 0 = not known
};

enum class PartyKind : std::uint8_t { kBuyer, kDevice, kPayer, kRoom, kBuilding, kIp24, kOutlet, kCourier, kSender };
/// parcel.unseen has the same body, goes to `shop` and says that no carrier has scanned the order's number days after its notice, which
/// is the event's time; with revision 1, that a scan has come after all. Only order, shop and subject are filled in.

/// shop → party: one paid order seen from one of its parties. Key: hash_combine(kind, party).
struct EdgeEvent {
  PartyKind kind = PartyKind::kBuyer;
  Pid party = 0;
  Pid buyer = 0;
  NamedId shop, subject;
  std::uint64_t order = 0;  ///< hash of the order id
  std::int64_t paid_fen = 0;
  std::uint32_t shop_week = 0;  ///< orders that the shop takes in a week, on the mean since it was first seen
};
/// party → ring: an order came through a shared party. Key: shop.
/// Of kind buyer: one of this shop's buyers has bought in another shop, too; `party` is that shop, `buyers` the minutes between.
struct HubEdgeEvent {
  PartyKind kind = PartyKind::kDevice;
  Pid party = 0;
  Pid buyer = 0;
  NamedId shop, subject;
  std::uint64_t order = 0;
  std::uint32_t buyers = 0;  ///< distinct buyers on the party so far, window of the detector
  std::uint32_t shops = 0;   ///< distinct shops on the party so far
  EvidenceRef origin{};      ///< the order's source position
  std::uint32_t shop_week = 0;  ///< as in the edge; 0 when another order brought this one to light
};

enum class Family : std::uint8_t { kOrder, kReview, kParcel, kTraffic, kGraph, kComplaint };
inline constexpr std::size_t kFamilies = 6;
/// 'O', 'R', 'P', 'T', 'G', 'C'.
char family_letter(Family family);
enum class Direction : std::uint8_t { kPromote, kDemote, kVictim };
std::string_view direction_name(Direction direction);
/// What became of an alert: one line of the alert output each.
enum class AlertChange : std::uint8_t { kRaised, kUpdated, kWithdrawn };

inline constexpr std::size_t kEvidenceMax = 200;
inline constexpr std::size_t kFindingParams = 4;

/// One detector's calibrated evidence about one subject in one window. Key: the subject.
/// Identity is (detector, subject, direction, window.start, scope): the same identity again replaces what was said before;
/// `retracted` takes it back. Numbers are fixed point, so that the bytes do not depend on a math library.
struct FindingEvent {
  std::uint16_t detector = 0;   ///< 1 = D1 …
  std::uint16_t version = 0;
  Family family = Family::kOrder;
  Direction direction = Direction::kPromote;
  SubjectKind subject_kind = SubjectKind::kShop;
  NamedId subject;              ///< the shop's id text, or the outlet's or courier's
  EventTime window_start{}, window_end{};
  std::uint64_t scope = 0;      ///< item, hub, sku …; 0 when the subject alone
  std::int64_t llr_milli = 0;   ///< log-likelihood ratio, nats × 1000
  std::int64_t value_milli = 0, baseline_milli = 0, threshold_milli = 0;
  std::uint16_t reason = 0;     ///< code in the detector's reason table
  std::array<std::int64_t, kFindingParams> params{};  ///< numbers of the sentence, as the reason's template says
  std::uint32_t count = 0;      ///< events behind it, sampled or not
  bool retracted = false;
  std::vector<EvidenceRef> evidence;  ///< ≤ kEvidenceMax, in order of arrival
};

/// subject → alliance: what was told about an alert. Key: the subject.
struct AlertToldEvent {
  NamedId alert;
  SubjectKind subject_kind = SubjectKind::kShop;
  NamedId subject;
  Direction direction = Direction::kPromote;
  EventTime week{};
  AlertChange change = AlertChange::kRaised;
  std::uint32_t version = 0;
  std::uint8_t severity = 0;     ///< as alliance/subject_row.h
  std::uint16_t posterior_permille = 0;
  std::uint8_t families = 0;     ///< bit per Family
  bool possibly_framed = false;  ///< evidence stands that somebody else did this to the subject
};

using EventBody = std::variant<std::monostate, OrderEvent, ReviewEvent, NoticeEvent, ScanEvent, ViewEvent, ComplaintEvent,
                               CommitmentEvent, ReferenceEvent, RuleEvent, CommandEvent, TickEvent, SourceDeclaredEvent,
                               RejectedEvent, ParcelSummaryEvent, EdgeEvent, HubEdgeEvent, FindingEvent, ReportEvent, AlertToldEvent, RejectedOfEvent>;

/// Which stage folds a record of the ledger or of an exchange.
enum class Stage : std::uint8_t { kIntake, kParcel, kShop, kParty, kRing, kSubject, kAlliance };
inline constexpr std::size_t kStages = 7;
std::string_view stage_name(Stage stage);

struct Event {
  EventType type = EventType::kNone;
  EventTime event_time{};
  EventTime ingest_time{};
  EvidenceRef position{};    ///< source position of the record that caused it (also on exchange events)
  std::uint16_t platform = 0;  ///< number of the declared source's `source` attribute; 0 unknown. For reports only
  EventBody body;

  template <class T> [[nodiscard]] const T& as() const { return *std::get_if<T>(&body); }
  template <class T> T& emplace() { return body.template emplace<T>(); }
};

/// For OrderEvent … in `body`, given the type; used by the decoder. Leaves the previous body's buffers when the kind is the same.
void reset_body(Event& event, EventType type);

}  // namespace brushwatch
