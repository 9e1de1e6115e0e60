#pragma once
/// One record's known members as the codecs hand them to the event reader: field, lexeme, text. No values yet.

#include <array>
#include <cstdint>
#include <string_view>

namespace brushwatch {

/// Every member name of the public contract (api/README.md), in one list.
#define BW_CONTRACT_FIELDS(X)                                                                                       \
  X(kType, "type") X(kSource, "source") X(kEventTime, "event_time") X(kIngestTime, "ingest_time") X(kId, "id")      \
  X(kSpecVersion, "specversion") X(kTime, "time") X(kDataContentType, "datacontenttype") X(kData, "data")           \
  X(kDataBase64, "data_base64") X(kPlatform, "platform")                                                            \
  X(kOrderId, "order_id") X(kShopId, "shop_id") X(kSubjectId, "subject_id") X(kReviewId, "review_id")               \
  X(kComplaintId, "complaint_id") X(kCarrier, "carrier") X(kWaybill, "waybill")                                     \
  X(kBuyerPid, "buyer_pid") X(kPayerPid, "payer_pid") X(kDevicePid, "device_pid") X(kIp24Pid, "ip24_pid")           \
  X(kConsigneePid, "consignee_pid") X(kPhonePid, "phone_pid") X(kBuildingToken, "building_token")                   \
  X(kRoomToken, "room_token") X(kComplainantPid, "complainant_pid") X(kSenderPid, "sender_pid") X(kToken, "token")  \
  X(kSku, "sku") X(kItem, "item") X(kSession, "session") X(kKeyword, "keyword") X(kReferrer, "referrer")            \
  X(kPhotoPhash, "photo_phash") X(kRegion6, "region6") X(kChannel, "channel") X(kChatN, "chat_n")                   \
  X(kTotalFen, "total_fen") X(kTotalYuan, "total_yuan") X(kTotal, "total")                                          \
  X(kPaidFen, "paid_fen") X(kPaidYuan, "paid_yuan") X(kPaid, "paid")                                                \
  X(kCouponFen, "coupon_fen") X(kCouponYuan, "coupon_yuan") X(kCoupon, "coupon")                                    \
  X(kAmountFen, "amount_fen") X(kAmountYuan, "amount_yuan") X(kAmount, "amount")                                    \
  X(kListFen, "list_fen") X(kListYuan, "list_yuan") X(kList, "list")                                                \
  X(kGoodsState, "goods_state") X(kReason, "reason") X(kStatus, "status") X(kItems, "items")                        \
  X(kCategory, "category") X(kQty, "qty") X(kStars, "stars") X(kText, "text") X(kSimhash, "simhash")                \
  X(kTextPoints, "text_points") X(kPhotos, "photos") X(kPaidTime, "paid_time")                                      \
  X(kScanSeq, "scan_seq") X(kCode, "code") X(kRawCode, "raw_code") X(kOutletId, "outlet_id")                        \
  X(kOutletKind, "outlet_kind") X(kLat, "lat") X(kLon, "lon") X(kLatE6, "lat_e6") X(kLonE6, "lon_e6")               \
  X(kCourierId, "courier_id") X(kWeightG, "weight_g") X(kVolumeCm3, "volume_cm3") X(kPrevOutlet, "prev_outlet")     \
  X(kNextOutlet, "next_outlet") X(kKind, "kind") X(kDwellMs, "dwell_ms") X(kUaClass, "ua_class")                    \
  X(kScrolled, "scrolled") X(kDocument, "document") X(kParent, "parent") X(kName, "name")                           \
  X(kWeightP05G, "weight_p05_g") X(kCapacity, "capacity") X(kValidFrom, "valid_from") X(kValidUntil, "valid_until") \
  X(kFactorMilli, "factor_milli") X(kVirtualGoods, "virtual_goods") X(kLightGoods, "light_goods")                   \
  X(kValue, "value") X(kCommand, "command") X(kTarget, "target") X(kActor, "actor") X(kRole, "role")    \
  X(kSubjectKind, "subject_kind") X(kIssuer, "issuer") X(kDocumentDate, "document_date") X(kBasis, "basis")         \
  X(kBehaviour, "behaviour") X(kClass, "class") X(kEvidence, "evidence") X(kMeasure, "measure")                     \
  X(kMember, "member") X(kUntil, "until") X(kNote, "note") X(kReportId, "report_id")

enum class Field : std::uint8_t {
#define BW_ENUM(id, text) id,
  BW_CONTRACT_FIELDS(BW_ENUM)
#undef BW_ENUM
      kUnknown,
};
inline constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::kUnknown);
static_assert(kFieldCount < 255, "slots and counts of Members are one byte");

/// The member name in JSON.
std::string_view field_name(Field field);
/// Field::kUnknown when the name is none of the contract's.
Field field_from_name(std::string_view name);

/// What stood there. kCell is a CSV cell: text that may be read as a string, a number or a boolean, as the field needs.
enum class Lexeme : std::uint8_t { kString, kNumber, kTrue, kFalse, kNull, kArray, kObject, kCell };

struct Member {
  Field field = Field::kUnknown;
  Lexeme kind = Lexeme::kNull;
  bool plain = false;        ///< a kNumber of at most 16 digits and nothing else, whose value is `number`; else the text has to be read
  std::uint64_t number = 0;
  std::string_view text;  ///< of kString without quotes and escapes; of kNumber the token, checked against the JSON grammar
};

/// The known members of one object. Reused from record to record: clear() keeps the buffers.
class Members {
 public:
  void clear() {
    // Only what was used: the table is larger than most records.
    for (std::size_t i = 0; i < count_; ++i) slots_[static_cast<std::size_t>(members_[i].field)] = 0;
    count_ = 0;
  }
  /// False when the field is there already.
  bool add(Field field, Lexeme kind, std::string_view text = {}) {
    Member* const added = place_of(field);
    if (added == nullptr) return false;
    added->field = field;
    added->kind = kind;
    added->plain = false;
    added->text = text;
    return true;
  }
  /// A number of at most 16 digits and nothing else.
  bool add_plain(Field field, std::string_view text, std::uint64_t number) {
    if (!add(field, Lexeme::kNumber, text)) return false;
    members_[count_ - 1U].plain = true;
    members_[count_ - 1U].number = number;
    return true;
  }
  /// nullptr when absent or null: a producer's null says "I have none".
  [[nodiscard]] const Member* find(Field field) const {
    const std::uint8_t slot = slots_[static_cast<std::size_t>(field)];
    if (slot == 0 || members_[slot - 1U].kind == Lexeme::kNull) return nullptr;
    return &members_[slot - 1U];
  }

 private:
  /// Of a member to be: written in place, field by field, since a copy that reads back what was just written would wait for it.
  Member* place_of(Field field) {
    std::uint8_t& slot = slots_[static_cast<std::size_t>(field)];
    if (slot != 0) return nullptr;
    slot = ++count_;
    return &members_[count_ - 1U];
  }

  std::array<std::uint8_t, kFieldCount> slots_{};  ///< index + 1 into members_
  std::array<Member, kFieldCount> members_;      ///< a field stands once, so they fit
  std::uint8_t count_ = 0;
};

}  // namespace brushwatch
