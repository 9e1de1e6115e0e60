// POST /api/v1/oprf: the key holder's half of the OPRF, for members' gateways (doors/gateway.h, docs/gateway.md).

#include <rapidjson/document.h>

#include "doors/api.h"
#include "doors/json.h"
#include "engine/crypto/oprf.h"

namespace brushwatch::doors {
namespace {

/// Elements of one request: some 10 ms of the readers' thread.
constexpr std::size_t kElementsMost = 100;

std::string hex_of(std::string_view bytes) { return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }

/// Nullopt when it is not {"elements": [hex, …]}.
std::optional<std::vector<std::string>> elements_of(const std::string& body) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(body.data(), body.size());
  if (json.HasParseError() || !json.IsObject() || json.MemberCount() != 1 || !json.HasMember("elements") || !json["elements"].IsArray()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& text : json["elements"].GetArray()) {
    std::string element(kOprfElementBytes, '\0');
    if (!text.IsString() || !from_hex({text.GetString(), text.GetStringLength()}, {reinterpret_cast<std::uint8_t*>(element.data()), element.size()})) return std::nullopt;
    out.push_back(std::move(element));
  }
  return out.empty() || out.size() > kElementsMost ? std::nullopt : std::optional(std::move(out));
}

}  // namespace

HttpReply Api::oprf(const Call& call) {
  const std::string& trace = call.request.trace_id;
  if (parts_.oprf_key.empty()) {
    HttpReply reply = problem(503, "no_oprf_key", "this process holds no OPRF key", trace);
    reply.retry_after_s = 60;
    return reply;
  }
  const auto refused = [&] { return problem(400, "bad_request", "the body is no list of blinded elements", trace, {{"/elements", "1 to 100 elements of P-256, compressed, 66 hex digits each"}}); };
  const auto elements = elements_of(call.request.body);
  if (!elements) return refused();
  // Who could ask for every phone number there is would learn who is listed: the budget is the defence, of the party, not of a person.
  const std::string& who = call.who.party.empty() ? call.who.name : call.who.party;
  for (std::size_t i = 0; i < elements->size(); ++i) {
    if (const int wait = oprf_budget_.ask(who); wait > 0) {
      HttpReply reply = problem(429, "rate_limited", "more evaluations than your share", trace);
      reply.retry_after_s = wait;
      return reply;
    }
  }
  JsonOut json;
  json.begin_object().key("evaluated").begin_array();
  for (const std::string& element : *elements) {
    const auto evaluated = oprf_evaluate(parts_.oprf_key, element);
    if (!evaluated) return refused();
    json.text(hex_of(*evaluated));
  }
  json.end_array().end_object();
  return {200, json.take()};
}

}  // namespace brushwatch::doors
