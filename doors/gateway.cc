#include "doors/gateway.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <optional>

#include "connectors/codec/members.h"
#include "connectors/codec/personal_data.h"
#include "doors/json.h"
#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"
#include "engine/crypto/hmac.h"
#include "engine/crypto/oprf.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kPseudonymBytes = 16;  // 128 bits: no two of 10^9 values meet by chance

/// Where a raw member goes, and as what kind. Members of the contract that are pseudonyms are replaced as well: what a platform
/// calls one is often its own account number.
struct Replaced { std::string_view from, to, kind; };
constexpr Replaced kReplaced[] = {
    {"buyer_account", "buyer_pid", "account"},     {"buyer_id", "buyer_pid", "account"},          {"buyer_pid", "buyer_pid", "account"},
    {"payer_account", "payer_pid", "account"},     {"payer_pid", "payer_pid", "account"},         {"device_id", "device_pid", "device"},
    {"imei", "device_pid", "device"},              {"device_pid", "device_pid", "device"},        {"client_ip", "ip24_pid", "ip24"},
    {"ip", "ip24_pid", "ip24"},                    {"ip24_pid", "ip24_pid", "ip24"},              {"receiver_phone", "phone_pid", "phone"},
    {"phone", "phone_pid", "phone"},               {"mobile", "phone_pid", "phone"},              {"phone_pid", "phone_pid", "phone"},
    {"consignee_pid", "consignee_pid", "person"},  {"receiver_address", "room_token", "room"},    {"address", "room_token", "room"},
    {"room_token", "room_token", "room"},          {"building_token", "building_token", "building"}, {"sender_phone", "sender_pid", "phone"},
    {"sender_pid", "sender_pid", "phone"},         {"complainant_phone", "complainant_pid", "phone"}, {"complainant_pid", "complainant_pid", "account"},
    {"session", "session", "session"},             {"token", "token", "building"},
};

const Replaced* replaced(std::string_view name) {
  const auto it = std::find_if(std::begin(kReplaced), std::end(kReplaced), [&](const Replaced& r) { return r.from == name; });
  return it == std::end(kReplaced) ? nullptr : it;
}

std::string_view text_of(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

std::string only_digits(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

/// The part of an address that names the building: up to the last word that ends one, so that flat and floor stay out.
std::string building_of(std::string_view address) {
  std::size_t end = 0;
  for (const std::string_view mark : {"号楼", "栋", "幢", "座", "大厦", "号院", "小区", "号"}) {
    const std::size_t at = address.find(mark);
    if (at == std::string_view::npos) continue;
    end = at + mark.size();
    break;  // the marks are in the order of how well they name a building
  }
  return std::string(address.substr(0, end == 0 ? address.size() : end));
}

/// Any string anywhere below is personal data.
bool holds_personal(const rapidjson::Value& value, int depth = 0) {
  if (depth > 8) return true;
  if (value.IsString()) return looks_like_mobile(text_of(value)) || looks_like_identity(text_of(value));
  // A number can be a phone as well: 11 digits that begin with 1[3-9].
  if (value.IsUint64()) return looks_like_mobile(std::to_string(value.GetUint64()));
  if (value.IsArray()) return std::any_of(value.Begin(), value.End(), [&](const auto& v) { return holds_personal(v, depth + 1); });
  if (value.IsObject()) {
    return std::any_of(value.MemberBegin(), value.MemberEnd(), [&](const auto& m) { return forbidden_member(text_of(m.name)) || holds_personal(m.value, depth + 1); });
  }
  return false;
}

/// Numbers that are long by nature and mean no person.
bool free_number(std::string_view name) {
  return name == "event_time" || name == "ingest_time" || name == "paid_time" || name == "waybill" || name == "order_id" || name == "review_id" || name == "photo_phash" ||
         name == "simhash" || name == "valid_from" || name == "valid_until" || name == "document_date" || name == "until";
}

std::optional<EventTime> time_of(const rapidjson::Value& value) {
  if (value.IsInt64()) return EventTime{value.GetInt64()};
  return value.IsString() ? parse_time(text_of(value)) : std::nullopt;
}

}  // namespace

std::string normalised(std::string_view kind, std::string_view value) {
  if (kind == "phone") {
    std::string digits = only_digits(value);
    if (digits.size() == 15 && digits.starts_with("0086")) digits.erase(0, 4);
    else if (digits.size() == 13 && digits.starts_with("86")) digits.erase(0, 2);
    return digits.empty() ? std::string(value) : digits;
  }
  if (kind == "ip24") {
    const std::size_t first = value.find('.'), second = first == std::string_view::npos ? first : value.find('.', first + 1),
                      third = second == std::string_view::npos ? second : value.find('.', second + 1);
    return std::string(value.substr(0, third));
  }
  std::string out;
  for (const char c : value) {
    if (c == ' ' || c == '\t') continue;
    out += kind == "device" && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

Result<std::vector<GatewayKey>> read_gateway_keys(std::string_view text) {
  std::vector<GatewayKey> out;
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = line.find(' ');
    const auto from = parse_time(line.substr(0, space));
    std::string key(32, '\0');
    if (space == std::string_view::npos || !from || !from_hex(line.substr(space + 1), {reinterpret_cast<std::uint8_t*>(key.data()), key.size()}))
      return fail(ErrorCode::kConfigSyntax, "a key line is a time and 64 hex digits", number);
    if (!out.empty() && *from <= out.back().from) return fail(ErrorCode::kConfigSyntax, "epochs must ascend", number);
    out.push_back({*from, std::move(key)});
  }
  return out;
}

std::string write_gateway_keys(const std::vector<GatewayKey>& keys) {
  std::string out = "# Keys of pseudonyms, by the time from which each counts. Secret. Destroying a line erases what it made.\n";
  for (const GatewayKey& k : keys) out += format_time(k.from) + " " + to_hex({reinterpret_cast<const std::uint8_t*>(k.key.data()), k.key.size()}) + "\n";
  return out;
}

Result<std::string> Gateway::pseudonym(const GatewayKey& key, std::string_view kind, std::string_view value) {
  const std::string plain = normalised(kind, value);
  const std::string message = std::string(kind) + '\0' + options_.member + '\0' + plain;
  const Digest mac = hmac_sha256(key.key, message);
  ++counters_.replaced;
  if (!options_.link.contains(std::string(kind))) return to_base64url(view_of(std::span(mac).first(kPseudonymBytes)));
  std::string& known = linked_[to_hex(mac)];
  if (!known.empty()) return known;
  if (!options_.evaluate) return fail(ErrorCode::kUnsupported, "a kind that links needs the key holder");
  // The kind is part of the input: a phone and an account with the same digits must not meet.
  const std::string input = std::string(kind) + '\0' + plain;
  BW_ASSIGN(const OprfBlinded blinded, oprf_blind(input));
  BW_ASSIGN(const std::string evaluated, options_.evaluate(blinded.element));
  BW_ASSIGN(const std::string output, oprf_finalize(input, blinded.blind, evaluated));
  ++counters_.evaluated;
  const std::string made = to_base64url(output.substr(0, kPseudonymBytes));
  if (linked_.size() > options_.cache_most) {
    linked_.clear();
    return made;
  }
  known = made;
  return made;
}

Result<std::string> Gateway::pass(std::string_view record) {
  ++counters_.records;
  const auto refuse = [&](ErrorCode code, std::string_view why, std::string_view member = {}) {
    ++counters_.refused;
    return tl::unexpected<Error>(Error(code, why).in(std::string(member)));
  };
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(record.data(), record.size());
  if (json.HasParseError() || !json.IsObject()) return refuse(ErrorCode::kNotJson, "not a JSON object");
  const auto when = json.FindMember("event_time");
  if (when == json.MemberEnd()) return refuse(ErrorCode::kMissingField, "a record has an event_time", "/event_time");
  const auto time = time_of(when->value);
  if (!time) return refuse(ErrorCode::kBadTime, "not a time", "/event_time");
  const GatewayKey* key = nullptr;
  for (const GatewayKey& k : options_.keys) {
    if (k.from <= *time) key = &k;
  }
  if (key == nullptr) return refuse(ErrorCode::kStateForeign, "no key of its time: the epoch has not begun or its key is destroyed", "/event_time");

  JsonOut out;
  out.begin_object();
  std::set<std::string_view> written;
  // A record may bring a phone and a pseudonym of it: the first in the table's order counts, so go by the table.
  for (const Replaced& r : kReplaced) {
    const auto it = json.FindMember(rapidjson::Value(rapidjson::StringRef(r.from.data(), static_cast<rapidjson::SizeType>(r.from.size()))));
    if (it == json.MemberEnd() || it->value.IsNull() || written.contains(r.to)) continue;
    const std::string raw = it->value.IsString() ? std::string(text_of(it->value)) : it->value.IsUint64() ? std::to_string(it->value.GetUint64()) : std::string();
    if (raw.empty()) return refuse(ErrorCode::kRawPersonalData, "neither text nor a number", r.to);
    BW_ASSIGN(const std::string made, pseudonym(*key, r.kind, raw));
    out.member(r.to, made);
    written.insert(r.to);
    if (r.to == "room_token" && !json.HasMember("building_token")) {
      BW_ASSIGN(const std::string building, pseudonym(*key, "building", building_of(raw)));
      out.member("building_token", building);
      written.insert("building_token");
    }
    // Who receives is who has the phone: a name is spelled in many ways.
    if (r.to == "phone_pid" && !json.HasMember("consignee_pid")) {
      BW_ASSIGN(const std::string person, pseudonym(*key, "person", normalised("phone", raw)));
      out.member("consignee_pid", person);
      written.insert("consignee_pid");
    }
  }
  for (const auto& member : json.GetObject()) {
    const std::string_view name = text_of(member.name);
    if (replaced(name) != nullptr) continue;
    if (name == "text" && member.value.IsString()) {
      const TextPrint print = simhasher_.print(text_of(member.value));
      std::string digits;
      for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[print.simhash >> shift & 15U];
      out.member("simhash", digits).member("text_points", print.points);
      continue;
    }
    const bool envelope = name == "type" || name == "source" || name == "event_time" || name == "ingest_time" || name == "id";
    if (!envelope && (field_from_name(name) == Field::kUnknown || forbidden_member(name) || name == "note")) {
      ++counters_.dropped;
      continue;
    }
    if (!free_number(name) && holds_personal(member.value)) return refuse(ErrorCode::kRawPersonalData, "personal data where it cannot be replaced", name);
    // A name of an organisation is public; of anybody else a value of the contract has no Han characters in it.
    const bool free_text = name == "name" || name == "document" || name == "issuer" || name == "basis" || name == "reason";
    if (!free_text && member.value.IsString() && holds_han(text_of(member.value))) return refuse(ErrorCode::kRawPersonalData, "personal data where it cannot be replaced", name);
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    member.value.Accept(writer);
    out.key(name).raw({buffer.GetString(), buffer.GetSize()});
  }
  out.end_object();
  return out.take();
}

}  // namespace brushwatch::doors
