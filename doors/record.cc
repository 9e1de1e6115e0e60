#include "doors/record.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

namespace brushwatch::doors {
namespace {

constexpr std::array<std::string_view, kTopics> kTopicNames{"alert", "case", "list", "credit"};

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  if (it == object.MemberEnd() || !it->value.IsString()) return {};
  return {it->value.GetString(), it->value.GetStringLength()};
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
std::optional<Topic> topic_of(Output output) { return topic_from_name(output_name(output)); }

std::string party_of(std::string_view subject) {
  constexpr std::string_view kPlatform = "PLAT:";
  constexpr std::string_view kCreditCode = "USCC:";
  if (subject.starts_with(kCreditCode)) return {};
  if (subject.starts_with(kPlatform)) subject.remove_prefix(kPlatform.size());
  const std::size_t colon = subject.find(':');
  return colon == std::string_view::npos ? std::string() : std::string(subject.substr(0, colon));
}

Marking default_marking(Topic topic, std::string_view direction, std::string_view state, std::string_view owner) {
  const RoleSet owners{Role::kPlatform, Role::kCarrier};
  switch (topic) {
    case Topic::kAlert:
      // Who is named a victim is told to its own platform and to the offices, not to its competitors.
      if (direction == "victim") return {Tlp::kAmberStrict, kOfficers | owners, std::string(owner)};
      return {Tlp::kAmber, kAlliance, std::string(owner)};
    case Topic::kCredit: return {Tlp::kAmberStrict, kOfficers | owners, std::string(owner)};
    case Topic::kCase: return {Tlp::kRed, kOfficers, std::string(owner)};
    case Topic::kList:
      // What is not decided yet is nobody's business but the deciders'.
      if (state == "PROPOSED" || state == "REVIEW" || state == "PRE_NOTICED" || state == "OBJECTED" || state == "REVIEW_DONE" ||
          state == "REJECTED" || state == "WITHDRAWN" || state.empty())
        return {Tlp::kRed, kOfficers, std::string(owner)};
      return {Tlp::kGreen, kAlliance, std::string(owner)};
  }
  return {};
}

Result<std::optional<Record>> read_record(Output output, std::string_view line) {
  const auto topic = topic_of(output);
  if (!topic) return std::nullopt;
  BW_ASSIGN(const ParsedLine parsed, parse_line(line));
  if (parsed.is_seal()) return std::nullopt;
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (json.HasParseError() || !json.IsObject()) return fail(ErrorCode::kLogCorrupt, "an output line is no JSON object");
  Record out;
  out.key = {parsed.round, parsed.stage, parsed.partition, output, parsed.seq};
  out.topic = *topic;
  out.id = text_of(json, "id");
  const auto time = parse_time(text_of(json, "event_time"));
  if (out.id.empty() || !time) return fail(ErrorCode::kLogCorrupt, "an output line lacks its id or time");
  out.event_time = *time;
  if (json.HasMember("version") && json["version"].IsUint64()) out.version = json["version"].GetUint64();
  if (json.HasMember("subject") && json["subject"].IsObject()) {
    out.subject_kind = text_of(json["subject"], "kind");
    out.subject = text_of(json["subject"], "id");
  }
  out.pattern = text_of(json, "pattern");
  out.direction = text_of(json, "direction");
  out.severity = text_of(json, "severity");
  out.state = text_of(json, "state");
  out.list = text_of(json, "list");
  if (out.topic == Topic::kAlert && out.state.empty()) out.state = parsed.type == "alert_withdrawn" ? "withdrawn" : "standing";
  if (json.HasMember("posterior_permille") && json["posterior_permille"].IsInt64()) out.posterior_permille = json["posterior_permille"].GetInt64();
  out.marking = default_marking(out.topic, out.direction, out.state, party_of(out.subject));
  apply_stated(json, out.marking);
  out.hash = to_hex(parsed.hash);
  out.states_itself = json.HasMember("state");
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
