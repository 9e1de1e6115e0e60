#include "doors/record.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

#include "alliance/json_member.h"

namespace brushwatch::doors {
namespace {

constexpr std::array<std::string_view, kTopics> kTopicNames{"alert", "alert_state", "case", "refusal", "list", "credit", "sighting", "receipt"};

const rapidjson::Value& object_of(const rapidjson::Value& object, const char* name, const rapidjson::Value& otherwise) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsObject() ? it->value : otherwise;
}
std::int64_t number_of(const rapidjson::Value& object, const char* name, std::int64_t otherwise) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsInt64() ? it->value.GetInt64() : otherwise;
}

Topic topic_of(Output output, std::string_view type) {
  switch (output) {
    case Output::kCase:
      return type == "case" ? Topic::kCase : type == "alert_state" ? Topic::kAlertState : type == "sighting" ? Topic::kSighting : type == "receipt" ? Topic::kReceipt : Topic::kRefusal;
    case Output::kList: return type == "refused" ? Topic::kRefusal : Topic::kList;
    case Output::kCredit: return Topic::kCredit;
    default: return Topic::kAlert;
  }
}

/// What the line itself says of its marking replaces the default, member by member; what it says wrongly closes it.
void apply_stated(const rapidjson::Value& line, Marking& marking) {
  const auto stated = line.FindMember("marking");
  if (stated == line.MemberEnd()) return;
  const auto close = [&] { marking = {}; };
  if (!stated->value.IsObject()) return close();
  if (stated->value.HasMember("tlp")) {
    const auto tlp = tlp_from_name(text_of(stated->value, "tlp"));
    if (!tlp) return close();
    marking.tlp = *tlp;
  }
  const auto audience = stated->value.FindMember("audience");
  if (audience != stated->value.MemberEnd()) {
    if (!audience->value.IsArray()) return close();
    marking.audience = {};
    for (const auto& word : audience->value.GetArray()) {
      const auto role = word.IsString() ? role_from_name({word.GetString(), word.GetStringLength()}) : std::nullopt;
      if (!role) return close();
      marking.audience = marking.audience | RoleSet{*role};
    }
  }
  if (stated->value.HasMember("owner")) marking.owner = text_of(stated->value, "owner");
}

}  // namespace

std::string_view topic_name(Topic topic) { return kTopicNames[static_cast<std::size_t>(topic)]; }
std::optional<Topic> topic_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kTopics; ++i) {
    if (kTopicNames[i] == name) return static_cast<Topic>(i);
  }
  return std::nullopt;
}
bool is_read(Output output) { return output != Output::kLate && output != Output::kDeadLetter; }

std::string party_of(std::string_view subject) {
  constexpr std::string_view kPlatform = "PLAT:";
  constexpr std::string_view kCreditCode = "USCC:";
  if (subject.starts_with(kCreditCode)) return {};
  if (subject.starts_with(kPlatform)) subject.remove_prefix(kPlatform.size());
  const std::size_t colon = subject.find(':');
  return colon == std::string_view::npos ? std::string() : std::string(subject.substr(0, colon));
}

Marking default_marking(const Record& record, std::string_view asked) {
  const RoleSet owners{Role::kPlatform, Role::kCarrier};
  const std::string owner = party_of(record.subject);
  switch (record.topic) {
    case Topic::kAlert:
      // Who is named a victim is told to its own platform and to the offices, not to its competitors.
      if (record.direction == "victim") return {Tlp::kAmberStrict, kOfficers | owners, owner};
      return {Tlp::kAmber, kAlliance, owner};
    case Topic::kCredit: return {Tlp::kAmberStrict, kOfficers | owners, owner};
    case Topic::kSighting:
      // Who may hear of the alert may hear what others saw; of a victim only who hears of victims.
      return {record.direction == "victim" ? Tlp::kAmberStrict : Tlp::kAmber, record.direction == "victim" ? kOfficers | owners : kAlliance, owner};
    // How far a member has read is between it and the offices.
    case Topic::kReceipt: return {Tlp::kAmberStrict, kOfficers | owners, std::string(asked)};
    case Topic::kAlertState: case Topic::kRefusal: return {Tlp::kRed, kOfficers, owner};
    case Topic::kCase:
      // The member that is asked must be able to read what for; nobody else may, not even the subject's own platform.
      if (record.state == "EVIDENCE" && !asked.empty()) return {Tlp::kAmberStrict, kOfficers | owners, std::string(asked)};
      return {Tlp::kRed, kOfficers, owner};
    case Topic::kList: {
      if (record.level == 2) return {Tlp::kClear, kAlliance | RoleSet{Role::kPublic}, owner};
      // Who was told of a listing must be told of its end.
      const bool ended = record.state == "REPAIRED" || record.state == "EXPIRED" || record.state == "REVOKED" || record.state == "REMOVED";
      if (record.level == 1 || ended) return {Tlp::kGreen, kAlliance, owner};
      return {Tlp::kRed, kOfficers, owner};  // what is not decided yet is nobody's business but the deciders'
    }
  }
  return {};
}

Result<std::optional<Record>> read_record(Output output, std::string_view line) {
  if (!is_read(output)) return std::nullopt;
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  // The bar of a week (alliance/discovery.h) is about no object that a door could show.
  if (parsed.is_seal() || (output == Output::kCase && parsed.type == "control")) return std::nullopt;
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (json.HasParseError() || !json.IsObject()) return fail(ErrorCode::kLogCorrupt, "an output line is no JSON object");
  Record out;
  out.key = {parsed.round, parsed.stage, parsed.partition, output, parsed.seq};
  out.topic = topic_of(output, parsed.type);
  out.id = text_of(json, "id");
  const rapidjson::Value empty(rapidjson::kObjectType);
  // Lines of people's acts carry the whole object, deeper; what is looked for is there.
  const rapidjson::Value& body = out.topic == Topic::kAlertState ? object_of(json, "alert", empty)
                                 : out.topic == Topic::kCase     ? object_of(json, "case", empty)
                                 : out.topic == Topic::kList     ? object_of(json, "entry", empty)
                                                                 : json;
  std::string time(text_of(json, "event_time"));
  if (time.empty()) time = text_of(json, "at");
  if (time.empty()) time = text_of(object_of(json, "item", empty), "at");
  const auto at = parse_time(time);
  if (out.id.empty() || !at) return fail(ErrorCode::kLogCorrupt, "an output line lacks its id or time");
  out.event_time = *at;
  out.version = static_cast<std::uint64_t>(number_of(body, "version", 0));
  // An archive has no version of its own; it only grows.
  if (out.topic == Topic::kCredit) out.version = static_cast<std::uint64_t>(number_of(json, "items", 0));
  const rapidjson::Value& subject = object_of(json, "subject", empty);
  out.subject_kind = text_of(subject, "kind");
  out.subject = text_of(subject, "id");
  out.pattern = text_of(json, "pattern");
  out.direction = text_of(body, "direction");
  out.severity = text_of(body, "severity");
  out.state = text_of(body, "state");
  if (out.topic == Topic::kRefusal) out.state = text_of(json, "refused");
  if (out.topic == Topic::kSighting) out.state = text_of(json, "sighting");
  if (out.topic == Topic::kReceipt) out.state = text_of(json, "reached");
  if (out.topic == Topic::kAlert && out.state.empty()) out.state = parsed.type == "alert_withdrawn" ? "withdrawn" : "standing";
  out.list = text_of(body, "list");
  out.level = static_cast<std::uint8_t>(number_of(body, "level", 0));
  out.posterior_permille = number_of(body, "posterior_permille", 0);
  if (out.topic == Topic::kCase) out.alert = text_of(body, "alert");
  if (out.topic == Topic::kAlert) {
    const auto families = object_of(json, "score", empty).FindMember("families");
    if (families != object_of(json, "score", empty).MemberEnd() && families->value.IsArray()) {
      for (const auto& family : families->value.GetArray()) {
        if (family.IsObject()) out.voices.emplace_back(text_of(family, "detector"));
      }
    }
  }
  out.marking = default_marking(out, text_of(body, out.topic == Topic::kReceipt ? "member" : "asked"));
  apply_stated(json, out.marking);
  out.hash = to_hex(parsed.hash);
  out.states_itself = json.HasMember("state");
  out.times_itself = json.HasMember("event_time");
  out.counts_itself = json.HasMember("version");
  out.marks_itself = json.HasMember("marking");
  return out;
}

std::string served_json(const Record& record, std::string_view line) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&json](std::string_view s) { json.String(s.data(), static_cast<rapidjson::SizeType>(s.size())); };
  json.StartObject();
  if (!record.states_itself) {
    text("state");
    text(record.state);
  }
  if (!record.times_itself) {
    text("event_time");
    text(format_time(record.event_time));
  }
  if (!record.counts_itself) {
    text("version");
    json.Uint64(record.version);
  }
  if (!record.marks_itself) {
    text("marking");
    json.StartObject();
    text("tlp");
    text(tlp_name(record.marking.tlp));
    text("audience");
    json.StartArray();
    for (std::size_t r = 0; r < kRoles; ++r) {
      if (record.marking.audience.has(static_cast<Role>(r))) text(role_name(static_cast<Role>(r)));
    }
    json.EndArray();
    if (!record.marking.owner.empty()) {
      text("owner");
      text(record.marking.owner);
    }
    json.EndObject();
  }
  json.EndObject();
  std::string out(line.substr(0, line.size() - 1));
  if (buffer.GetSize() > 2) {
    out += ',';
    out.append(buffer.GetString() + 1, buffer.GetSize() - 1);
  } else {
    out += '}';
  }
  return out;
}

}  // namespace brushwatch::doors
