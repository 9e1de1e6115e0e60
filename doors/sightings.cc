// What members say back: sightings of alerts and entries, receipts, and what both come to.

#include <rapidjson/document.h>

#include <algorithm>
#include <span>

#include "alliance/case_line.h"
#include "doors/api.h"
#include "doors/json.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kShownMost = 500;  // members of an alliance, with room

HttpReply not_found(const HttpRequest& request) { return problem(404, "not_found", "there is no such object, or none that you may see", request.trace_id); }
HttpReply unreadable(const HttpRequest& request) {
  HttpReply reply = problem(503, "state_restoring", "the read model cannot be read now", request.trace_id);
  reply.retry_after_s = 1;
  return reply;
}

/// Strings by name; each of `known`, each once. Nullopt: it is not that.
std::optional<std::map<std::string, std::string, std::less<>>> texts_of(const std::string& body, std::initializer_list<std::string_view> known) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
  if (json.HasParseError() || !json.IsObject()) return std::nullopt;
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& member : json.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (!member.value.IsString() || std::find(known.begin(), known.end(), name) == known.end()) return std::nullopt;
    const std::string value(member.value.GetString(), member.value.GetStringLength());
    const bool plain = std::none_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (value.empty() || value.size() > kNoteMax || !plain || !out.emplace(name, value).second) return std::nullopt;
  }
  return out;
}

bool among(std::string_view word, std::span<const std::string_view> words) { return std::find(words.begin(), words.end(), word) != words.end(); }

/// In whose name a member's word counts; parties speak with one voice.
std::string member_name(const Principal& who) { return who.party.empty() ? who.name : who.party; }

}  // namespace

HttpReply Api::sightings(const Call& call, Topic of) {
  const auto object = parts_.model.find(of, call.id, call.who);
  const auto found = parts_.model.under(Topic::kSighting, call.id + "#", kShownMost, call.who);
  if (!object || !found) return unreadable(call.request);
  if (!*object) return not_found(call.request);
  JsonOut json;
  json.begin_object().key("items").begin_array();
  for (const Served& s : *found) json.raw(s.json);
  json.end_array().end_object();
  return {200, json.take()};
}

void Api::sight(const Call& call, Topic of, const HttpDone& done) {
  const std::string& trace = call.request.trace_id;
  auto body = texts_of(call.request.body, {"sighting", "note"});
  if (auto before = answered(call)) return done(std::move(*before));
  if (!body || !among((*body)["sighting"], kSightings))
    return done(problem(400, "bad_request", "the body is no sighting", trace, {{"/sighting", "confirmed, false_positive or expired"}, {"/note", "at most 1000 bytes of text"}}));
  const auto object = parts_.model.find(of, call.id, call.who);
  if (!object) return done(unreadable(call.request));
  if (!*object) return done(not_found(call.request));
  CommandMembers command{{"command", std::string(kSight)}, {"target", call.id}, {"reason", (*body)["sighting"]}, {"member", member_name(call.who)}};
  if (body->contains("note")) command["note"] = (*body)["note"];
  command["subject_kind"] = (*object)->record.subject_kind;
  command["subject_id"] = (*object)->record.subject;
  submit(call, command, done);
}

HttpReply Api::sighted() {
  JsonOut json;
  json.begin_object().key("items").begin_array();
  for (const auto& d : parts_.model.sighted()) {
    const auto count = [&](std::string_view name, std::uint64_t n) { json.member(name, static_cast<std::int64_t>(n)); };
    json.begin_object().member("detector", d.detector);
    count("confirmed", d.confirmed);
    count("false_positive", d.false_positive);
    count("expired", d.expired);
    json.key("precision_permille");
    if (const auto precision = d.precision_permille()) json.number(*precision);
    else json.null();
    json.end_object();
  }
  json.end_array().end_object();
  return {200, json.take()};
}

void Api::acknowledge(const Call& call, const HttpDone& done) {
  const std::string& trace = call.request.trace_id;
  auto body = texts_of(call.request.body, {"channel", "reached"});
  if (auto before = answered(call)) return done(std::move(*before));
  const auto reached = body ? key_from_text((*body)["reached"]) : std::nullopt;
  if (!reached || !among((*body)["channel"], kChannels) || *reached > parts_.model.newest())
    return done(problem(400, "bad_request", "the body is no receipt", trace, {{"/channel", "webhook, sse, kafka or poll"}, {"/reached", "an id of the stream that has been"}}));
  submit(call, receipt_of(call.who, (*body)["channel"], *reached), done);
}

std::map<std::string_view, std::string> receipt_of(const Principal& who, std::string_view channel, const StreamKey& reached) {
  const std::string member = member_name(who);
  // A receipt is about no subject; its row is the member's own, so that one member's receipts keep their order.
  return {{"command", std::string(kAcknowledge)}, {"target", "receipt"}, {"measure", std::string(channel)}, {"evidence", to_text(reached)},
          {"member", member}, {"subject_kind", "operator"}, {"subject_id", "MEMBER:" + member}};
}

HttpReply Api::receipts(const Call& call) {
  const auto entry = parts_.model.find(Topic::kList, call.id, call.who);
  const auto found = parts_.model.under(Topic::kReceipt, "receipt#", kShownMost, call.who);
  if (!entry || !found) return unreadable(call.request);
  if (!*entry) return not_found(call.request);
  const StreamKey newest = (*entry)->record.key;
  JsonOut json;
  json.begin_object().member("id", call.id).member("state", (*entry)->record.state).member("told", to_text(newest)).key("receipts").begin_array();
  for (const Served& s : *found) {
    // "receipt#member#channel"
    const std::string_view rest = std::string_view(s.record.id).substr(8);
    const std::size_t hash = rest.rfind('#');
    const auto reached = key_from_text(s.record.state);
    json.begin_object().member("member", rest.substr(0, hash)).member("channel", rest.substr(hash + 1)).member("reached", s.record.state);
    json.member("at", format_time(s.record.event_time)).key("holds").raw(reached && *reached >= newest ? "true" : "false").end_object();
  }
  json.end_array().end_object();
  return {200, json.take()};
}

}  // namespace brushwatch::doors
