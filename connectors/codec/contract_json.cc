#include "connectors/codec/contract_json.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "connectors/codec/event_reader.h"
#include "connectors/codec/status_map.h"

namespace brushwatch {
namespace {

class Printer {
 public:
  Printer() : json_(buffer_) {}

  void begin() { json_.StartObject(); }
  void end() { json_.EndObject(); }
  [[nodiscard]] std::string_view text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

  void string(const char* key, std::string_view value) {
    if (value.empty()) return;
    json_.Key(key);
    json_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void name(const char* key, const NamedId& id) { string(key, id.text); }
  void hash(const char* key, std::uint64_t value) {
    if (value != 0) string(key, fmt::format("{:016x}", value));
  }
  void number(const char* key, std::int64_t value) {
    if (value == 0) return;
    json_.Key(key);
    json_.Int64(value);
  }
  /// A quantity left out is read as 1, so it is 1 that need not be said.
  void quantity(std::uint32_t value) {
    if (value == 1) return;
    json_.Key("qty");
    json_.Uint(value);
  }
  void time(const char* key, EventTime t) {
    if (t.ms != 0) string(key, format_time(t));
  }
  void truth(const char* key, bool value) {
    if (!value) return;
    json_.Key(key);
    json_.Bool(true);
  }
  template <class E>
  void word(const char* key, E value, std::string_view text) {
    if (static_cast<unsigned>(value) != 0) string(key, text);
  }

  void body(const OrderEvent& e) {
    name("order_id", e.order); name("shop_id", e.shop); name("subject_id", e.subject);
    hash("buyer_pid", e.buyer); hash("payer_pid", e.payer); hash("device_pid", e.device); hash("ip24_pid", e.ip24);
    hash("consignee_pid", e.consignee); hash("phone_pid", e.phone); hash("building_token", e.building); hash("room_token", e.room);
    number("region6", e.region6);
    word("channel", e.channel, channel_word(e.channel));
    hash("keyword", e.keyword);
    number("chat_n", e.chat_n);
    number("total_fen", e.total_fen); number("paid_fen", e.paid_fen); number("coupon_fen", e.coupon_fen);
    number("amount_fen", e.amount_fen);
    word("goods_state", e.goods, goods_state_word(e.goods));
    name("reason", e.reason); name("carrier", e.carrier); name("waybill", e.waybill); name("status", e.status);
    if (e.items.empty()) return;
    json_.Key("items");
    json_.StartArray();
    for (const OrderItem& item : e.items) {
      begin();
      hash("sku", item.sku); number("category", item.category); quantity(item.qty);
      number("list_fen", item.list_fen); number("paid_fen", item.paid_fen);
      end();
    }
    json_.EndArray();
  }
  void body(const ReviewEvent& e) {
    name("review_id", e.review); name("order_id", e.order); name("shop_id", e.shop); name("subject_id", e.subject);
    hash("item", e.item); hash("buyer_pid", e.buyer); number("stars", e.stars); hash("simhash", e.simhash);
    number("text_points", e.text_points); hash("photo_phash", e.photo_phash); number("photos", e.photos);
  }
  void body(const NoticeEvent& e) {
    name("carrier", e.carrier); name("waybill", e.waybill); name("order_id", e.order); name("shop_id", e.shop);
    name("subject_id", e.subject); hash("sku", e.sku); number("category", e.category); quantity(e.qty);
    hash("buyer_pid", e.buyer); hash("consignee_pid", e.consignee); number("region6", e.region6);
    time("paid_time", e.paid_time); hash("sender_pid", e.sender);
  }
  void body(const ScanEvent& e) {
    name("carrier", e.carrier); name("waybill", e.waybill); number("scan_seq", e.scan_seq);
    string("code", scan_code_word(e.code));
    name("raw_code", e.raw_code); name("outlet_id", e.outlet);
    word("outlet_kind", e.outlet_kind, outlet_kind_word(e.outlet_kind));
    number("region6", e.region6); number("lat_e6", e.lat_e6); number("lon_e6", e.lon_e6); name("courier_id", e.courier);
    number("weight_g", e.weight_g); number("volume_cm3", e.volume_cm3); name("prev_outlet", e.prev_outlet);
    name("next_outlet", e.next_outlet); hash("device_pid", e.device);
  }
  void body(const ViewEvent& e) {
    name("shop_id", e.shop); hash("session", e.session); hash("item", e.item); hash("buyer_pid", e.buyer);
    string("kind", view_kind_word(e.kind)); number("dwell_ms", e.dwell_ms); hash("referrer", e.referrer);
    word("ua_class", e.ua_class, ua_class_word(e.ua_class));
    hash("device_pid", e.device); hash("ip24_pid", e.ip24); truth("scrolled", e.scrolled);
  }
  void body(const ComplaintEvent& e) {
    name("complaint_id", e.complaint); name("channel", e.channel); string("code", complaint_code_word(e.code));
    name("shop_id", e.shop); name("subject_id", e.subject); name("order_id", e.order); name("carrier", e.carrier);
    name("waybill", e.waybill); hash("complainant_pid", e.complainant);
  }
  void body(const CommitmentEvent& e) { name("subject_id", e.subject); name("kind", e.kind); name("document", e.document); }
  void body(const ReferenceEvent& e) {
    name("id", e.id); name("parent", e.parent); name("name", e.name); number("category", e.category);
    word("outlet_kind", e.outlet_kind, outlet_kind_word(e.outlet_kind));
    number("region6", e.region6); number("lat_e6", e.lat_e6); number("lon_e6", e.lon_e6); number("weight_g", e.weight_g);
    number("weight_p05_g", e.weight_p05_g); number("list_fen", e.list_fen); number("capacity", e.capacity);
    time("valid_from", e.valid_from); time("valid_until", e.valid_until); number("factor_milli", e.factor_milli);
    hash("token", e.token); truth("virtual_goods", e.virtual_goods); truth("light_goods", e.light_goods);
  }
  void body(const RuleEvent& e) {
    name("name", e.name);
    json_.Key("value");
    json_.Int64(e.value);
  }
  void body(const CommandEvent& e) {
    name("command", e.command); name("target", e.target); name("actor", e.actor); name("role", e.role); name("reason", e.reason);
    if (e.subject) string("subject_kind", subject_kind_name(e.subject_kind));
    name("subject_id", e.subject); name("list", e.list); name("document", e.document); name("issuer", e.issuer);
    time("document_date", e.document_date); name("basis", e.basis); name("behaviour", e.behaviour); name("class", e.grade);
    name("evidence", e.evidence); name("measure", e.measure); name("member", e.member); time("until", e.until);
    string("note", e.note);
  }
  void body(const ReportEvent& e) {
    name("report_id", e.report);
    string("subject_kind", subject_kind_name(e.subject_kind));
    name("subject_id", e.subject); name("kind", e.kind); number("value", e.value_milli); name("document", e.document);
  }
  template <class T> void body(const T&) {}

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_;
};

std::string_view platform_of(const NamedId& canonical) { return canonical.text.substr(0, canonical.text.find(':')); }

struct SourceOf {
  std::string_view operator()(const OrderEvent& e) const { return platform_of(e.shop); }
  std::string_view operator()(const ReviewEvent& e) const { return platform_of(e.shop); }
  std::string_view operator()(const NoticeEvent& e) const { return platform_of(e.order); }
  std::string_view operator()(const ViewEvent& e) const { return platform_of(e.shop); }
  std::string_view operator()(const ScanEvent& e) const { return e.carrier.text; }
  std::string_view operator()(const ComplaintEvent& e) const { return e.channel.text; }
  template <class T> std::string_view operator()(const T&) const { return {}; }
};

}  // namespace

void append_contract_json(const Event& event, std::string_view source, std::string& out) {
  if (event.type == EventType::kNone || event.type >= EventType::kTick) {
    out += "{}";
    return;
  }
  if (source.empty()) source = std::visit(SourceOf{}, event.body);
  if (source.empty()) source = "unknown";
  Printer printer;
  printer.begin();
  // An unmapped status goes out as it came in.
  printer.string("type", event.type == EventType::kOrderOther ? std::string_view("order.status") : event_type_name(event.type));
  printer.string("source", source);
  printer.time("event_time", event.event_time);
  printer.time("ingest_time", event.ingest_time);
  std::visit([&](const auto& body) { printer.body(body); }, event.body);
  printer.end();
  out += printer.text();
}

std::string to_contract_json(const Event& event, std::string_view source) {
  std::string out;
  append_contract_json(event, source, out);
  return out;
}

}  // namespace brushwatch
