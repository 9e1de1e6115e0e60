#include "doors/public_record.h"

#include <rapidjson/document.h>

#include "connectors/codec/personal_data.h"
#include "doors/json.h"

namespace brushwatch::doors {
namespace {

using rapidjson::Value;

const Value& at(const Value& object, const char* name) {
  static const Value kNone(rapidjson::kObjectType);
  if (!object.IsObject()) return kNone;
  const auto it = object.FindMember(name);
  return it == object.MemberEnd() ? kNone : it->value;
}
std::string text(const Value& object, const char* name) {
  const Value& v = at(object, name);
  return v.IsString() ? std::string(v.GetString(), v.GetStringLength()) : std::string();
}
std::int64_t number(const Value& object, const char* name) {
  const Value& v = at(object, name);
  return v.IsInt64() ? v.GetInt64() : 0;
}
/// The day of an RFC 3339 time; the hour of an officer's act is nobody's business.
std::string day(const Value& object, const char* name) { return text(object, name).substr(0, 10); }

/// "张*": the first character of a person's name.
std::string masked(const std::string& name) {
  std::size_t first = name.empty() ? 0 : 1;
  while (first < name.size() && (static_cast<unsigned char>(name[first]) & 0xC0U) == 0x80U) ++first;
  return name.empty() ? name : name.substr(0, first) + "*";
}

}  // namespace

std::string without_numbers_of_persons(std::string_view in) {
  constexpr std::size_t kIdentityDigits = 18;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  for (std::size_t i = 0; i < in.size();) {
    if (!digit(in[i])) {
      out += in[i++];
      continue;
    }
    // The shortest number of a person that begins here, with what people put between digits; else just these digits.
    std::string digits;
    std::size_t run = i, end = 0;
    while (run < in.size() && digit(in[run])) ++run;
    for (std::size_t j = i; end == 0 && j < in.size() && digits.size() < kIdentityDigits; ++j) {
      if (in[j] == ' ' || in[j] == '-') continue;
      if (!digit(in[j]) && in[j] != 'X' && in[j] != 'x') break;
      digits += in[j];
      const bool ends = j + 1 == in.size() || (!digit(in[j + 1]) && in[j + 1] != 'X' && in[j + 1] != 'x');
      if (ends && (looks_like_mobile(digits) || looks_like_identity(digits))) end = j + 1;
    }
    if (end != 0) out += "***";
    else out += in.substr(i, run - i);
    i = end != 0 ? end : run;
  }
  return out;
}

Result<std::optional<PublicRecord>> public_record(std::string_view line) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (json.HasParseError() || !json.IsObject() || text(json, "type") != "entry" || text(json, "id").empty()) return fail(ErrorCode::kLogCorrupt, "not a line of a list entry");
  const Value& entry = at(json, "entry");
  const Value& in_force = at(entry, "in_force");
  if (number(entry, "level") != 2 || !in_force.IsBool() || !in_force.GetBool()) return std::nullopt;
  PublicRecord out;
  out.id = text(json, "id");
  out.list = text(entry, "list");
  if (out.list != "BLACK" && out.list != "RED") return std::nullopt;
  const Value& subject = at(json, "subject");
  out.kind = text(subject, "kind");
  const bool person = out.kind == "courier";
  out.name = person ? masked(text(entry, "name")) : text(entry, "name");
  // A code in the form of a resident's number is a person's, whatever it is called.
  if (const std::string code = text(entry, "uscc"); !person && !looks_like_identity(code)) out.uscc = code;
  out.region6 = number(entry, "region6");
  out.behaviour = text(entry, "behaviour");
  const std::string posting = text(entry, "posting");
  // The approved text, unless the facts were corrected since.
  out.facts = without_numbers_of_persons(posting.empty() || number(entry, "corrections") > 0 ? text(entry, "facts") : posting);
  const Value& document = at(entry, "document");
  out.document = text(document, "no");
  out.issuer = text(document, "issuer");
  out.document_date = text(document, "date");
  out.listed = day(entry, "listed_at");
  if (out.list == "BLACK") out.repair_from = text(entry, "min_until");
  out.until = text(entry, "max_until");
  const Value& measures = at(entry, "measures");
  if (measures.IsArray()) for (const Value& m : measures.GetArray()) out.measures.push_back({text(m, "code"), day(m, "from"), day(m, "to")});
  return out;
}

std::string PublicRecord::json() const {
  JsonOut json;
  const auto text = [&](std::string_view key, std::string_view value) { if (!value.empty()) json.member(key, value); };
  json.begin_object().member("id", id).member("list", list).key("subject").begin_object().member("kind", kind);
  text("name", name);
  text("uscc", uscc);
  if (region6 != 0) json.member("region6", region6);
  json.end_object();
  text("behaviour", behaviour);
  text("facts", facts);
  json.key("decision").begin_object();
  text("no", document);
  text("body", issuer);
  text("date", document_date);
  json.end_object().key("term").begin_object();
  text("listed", listed);
  text("repair_from", repair_from);
  text("until", until);
  json.end_object().key("measures").begin_array();
  for (const Measure& m : measures) {
    json.begin_object().member("code", m.code);
    text("from", m.from);
    text("to", m.to);
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

Result<PublicRecord> parse_public_record(std::string_view bytes) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(bytes.data(), bytes.size());
  if (json.HasParseError() || !json.IsObject() || text(json, "id").empty()) return fail(ErrorCode::kLogCorrupt, "not a public record");
  PublicRecord out;
  out.id = text(json, "id");
  out.list = text(json, "list");
  const Value& subject = at(json, "subject");
  out.kind = text(subject, "kind");
  out.name = text(subject, "name");
  out.uscc = text(subject, "uscc");
  out.region6 = number(subject, "region6");
  out.behaviour = text(json, "behaviour");
  out.facts = text(json, "facts");
  const Value& decision = at(json, "decision");
  out.document = text(decision, "no");
  out.issuer = text(decision, "body");
  out.document_date = text(decision, "date");
  const Value& term = at(json, "term");
  out.listed = text(term, "listed");
  out.repair_from = text(term, "repair_from");
  out.until = text(term, "until");
  const Value& measures = at(json, "measures");
  if (measures.IsArray()) for (const Value& m : measures.GetArray()) out.measures.push_back({text(m, "code"), text(m, "from"), text(m, "to")});
  return out;
}

}  // namespace brushwatch::doors
