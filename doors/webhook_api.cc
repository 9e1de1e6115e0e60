#include "doors/webhook_api.h"

#include <rapidjson/document.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "doors/json.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kDeadShown = 100;
constexpr Topic kEveryTopic[] = {Topic::kAlert, Topic::kAlertState, Topic::kCase, Topic::kRefusal, Topic::kList, Topic::kCredit};

std::string_view header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

/// What a role is told of at all, as on the live stream.
bool may_hear(Topic topic, Role role) {
  // A receipt of a receipt would ask for another one.
  if (topic == Topic::kReceipt) return false;
  const bool of_procedures = topic == Topic::kAlertState || topic == Topic::kCase || topic == Topic::kRefusal;
  return !of_procedures || route_admits(Verb::kListCases, role);
}

std::string etag(const WebhookView& view) { return fmt::format("\"{}-{}\"", view.endpoint.id, view.endpoint.version); }

void write(JsonOut& json, const WebhookView& view, const WebhookSecrets* secrets, const std::vector<WebhookDead>* dead) {
  const WebhookEndpoint& e = view.endpoint;
  json.begin_object().member("id", e.id).member("url", e.url).key("topics").begin_array();
  for (const Topic topic : e.topics) json.text(topic_name(topic));
  json.end_array().member("state", e.state == EndpointState::kActive ? "active" : "disabled");
  if (!e.why_disabled.empty()) json.member("why_disabled", e.why_disabled);
  json.member("version", static_cast<std::int64_t>(e.version)).member("created", format_time({e.created_ms}));
  if (e.failing_since_ms != 0) json.member("failing_since", format_time({e.failing_since_ms}));
  if (!view.last_error.empty()) json.member("last_error", view.last_error);
  json.member("settled", view.place).member("waiting", static_cast<std::int64_t>(view.waiting)).member("dead", static_cast<std::int64_t>(view.dead));
  for (const auto& epoch : e.keys) {
    if (epoch.until_ms != 0) json.member("old_keys_until", format_time({epoch.until_ms}));
  }
  if (secrets != nullptr) json.member("secret", secrets->secret).member("public_key", secrets->public_key);
  if (dead != nullptr) {
    json.key("dead_letters").begin_array();
    for (const WebhookDead& d : *dead) {
      json.begin_object().member("message", d.message).member("attempts", static_cast<std::int64_t>(d.attempts)).member("error", d.error);
      json.member("last_attempt", format_time({d.last_ms})).end_object();
    }
    json.end_array();
  }
  json.end_object();
}

HttpReply shown(unsigned status, const WebhookView& view, const WebhookSecrets* secrets = nullptr, const std::vector<WebhookDead>* dead = nullptr) {
  JsonOut json;
  write(json, view, secrets, dead);
  HttpReply reply{status, json.take()};
  reply.headers.emplace_back("ETag", etag(view));
  return reply;
}

HttpReply refusal(const Error& error, const std::string& trace) {
  switch (error.code) {
    case ErrorCode::kNotFound: return problem(404, "not_found", error.text, trace);
    case ErrorCode::kConfigRange: return problem(400, "bad_request", "the URL cannot be an endpoint", trace, {{"/url", std::string(error.text)}});
    case ErrorCode::kQuotaExceeded: return problem(409, "too_many_endpoints", error.text, trace);
    case ErrorCode::kBackpressure: {
      HttpReply reply = problem(429, "backpressure", error.text, trace);
      reply.retry_after_s = 1;
      return reply;
    }
    default: {
      HttpReply reply = problem(503, "state_restoring", "webhooks cannot be changed here now", trace);
      reply.retry_after_s = 5;
      return reply;
    }
  }
}

/// The members of a body of strings (and one array of strings), each of them known. Faults as fields.
struct Body {
  std::map<std::string, std::string, std::less<>> texts;
  std::optional<std::vector<std::string>> topics;
  std::vector<ProblemField> faults;
};
Body read_body(const std::string& text, std::initializer_list<std::string_view> known, bool topics) {
  Body out;
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject()) {
    out.faults.push_back({"", "not a JSON object"});
    return out;
  }
  for (const auto& member : json.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (topics && name == "topics" && member.value.IsArray() && !out.topics) {
      out.topics.emplace();
      for (const auto& topic : member.value.GetArray()) out.topics->emplace_back(topic.IsString() ? std::string(topic.GetString(), topic.GetStringLength()) : std::string());
      continue;
    }
    const auto it = std::find(known.begin(), known.end(), name);
    if (it == known.end()) out.faults.push_back({"", "a member that this request does not have"});
    else if (!member.value.IsString()) out.faults.push_back({"/" + std::string(*it), "must be a string"});
    else if (!out.texts.emplace(*it, std::string(member.value.GetString(), member.value.GetStringLength())).second) out.faults.push_back({"/" + std::string(*it), "given twice"});
  }
  return out;
}

HttpReply add(Webhooks& webhooks, const ReadModel& model, const WebhookCall& call) {
  const std::string& trace = call.request.trace_id;
  Body body = read_body(call.request.body, {"url", "since"}, true);
  if (body.faults.empty() && !body.texts.contains("url")) body.faults.push_back({"/url", "is needed"});
  std::set<Topic> topics;
  if (!body.topics) {
    for (const Topic topic : kEveryTopic) if (may_hear(topic, call.who.role)) topics.insert(topic);
  } else {
    for (const std::string& name : *body.topics) {
      const auto topic = topic_from_name(name);
      if (topic && may_hear(*topic, call.who.role)) topics.insert(*topic);
      else body.faults.push_back({"/topics", "alert, alert_state, case, refusal, list and credit, as far as your role hears of them"});
    }
    if (topics.empty() && body.faults.empty()) body.faults.push_back({"/topics", "at least one"});
  }
  std::optional<StreamKey> from;
  if (const auto since = body.texts.find("since"); since != body.texts.end()) {
    from = since->second == "start" ? model.before_oldest() : key_from_text(since->second);
    if (!from || *from > model.newest()) body.faults.push_back({"/since", "\"start\", or an id of the stream"});
  }
  if (!body.faults.empty()) return problem(400, "bad_request", "the body is no endpoint", trace, body.faults);
  const auto made = webhooks.add(call.who, body.texts["url"], std::move(topics), from);
  if (!made) return refusal(made.error(), trace);
  HttpReply reply = shown(201, made->first, &made->second);
  reply.headers.emplace_back("Location", "/api/v1/webhooks/" + made->first.endpoint.id);
  return reply;
}

void act(Webhooks& webhooks, const WebhookCall& call, const HttpDone& done) {
  const std::string trace = call.request.trace_id;
  const auto before = webhooks.get(call.who, call.id);
  if (!before) return done(problem(404, "not_found", "there is no such endpoint, or none of yours", trace));
  Body body = read_body(call.request.body, {"action", "message"}, false);
  const std::string action = body.texts["action"], message = body.texts["message"];
  if (!message.empty() && action != "resend") body.faults.push_back({"/message", "only to resend one"});
  constexpr std::string_view kActions[] = {"test", "resend", "rotate", "enable", "disable", "remove"};
  if (body.faults.empty() && std::find(std::begin(kActions), std::end(kActions), action) == std::end(kActions)) body.faults.push_back({"/action", "test, resend, rotate, enable, disable or remove"});
  if (!body.faults.empty()) return done(problem(400, "bad_request", "the body is no action on an endpoint", trace, body.faults));
  const std::string_view if_match = header(call.request, "if-match");
  if (!if_match.empty() && if_match != "*" && if_match != etag(*before)) return done(problem(412, "precondition_failed", "the endpoint has changed; read it again", trace));
  if (action == "test") {
    const auto begun = webhooks.test(call.who, call.id, [done](const WebhookAnswer& answer) {
      JsonOut json;
      json.begin_object().member("status", static_cast<std::int64_t>(answer.status));
      if (answer.status == 0) json.member("error", answer.error);
      json.end_object();
      done({200, json.take()});
    });
    if (!begun) done(refusal(begun.error(), trace));
    return;
  }
  const auto after = [&](const Result<void>& result) {
    if (!result) return refusal(result.error(), trace);
    const auto view = webhooks.get(call.who, call.id);
    return view ? shown(200, *view) : HttpReply{200, R"({"removed":true})"};
  };
  if (action == "enable") return done(after(webhooks.enable(call.who, call.id)));
  if (action == "disable") return done(after(webhooks.disable(call.who, call.id)));
  if (action == "remove") return done(after(webhooks.remove(call.who, call.id)));
  if (action == "rotate") {
    const auto secrets = webhooks.rotate(call.who, call.id);
    const auto view = webhooks.get(call.who, call.id);
    return done(secrets && view ? shown(200, *view, &*secrets) : refusal(secrets ? Error(ErrorCode::kNotFound, "there is no such endpoint") : secrets.error(), trace));
  }
  const auto again = webhooks.resend(call.who, call.id, message);
  if (!again) return done(refusal(again.error(), trace));
  JsonOut json;
  json.begin_object().member("resent", static_cast<std::int64_t>(*again)).end_object();
  done({200, json.take()});
}

}  // namespace

void serve_webhook(Verb verb, Webhooks* webhooks, const ReadModel& model, const WebhookCall& call, const HttpDone& done) {
  if (webhooks == nullptr) {
    HttpReply reply = problem(503, "no_webhooks", "this process sends no webhooks", call.request.trace_id);
    reply.retry_after_s = 60;
    return done(std::move(reply));
  }
  if (verb == Verb::kAddWebhook) return done(add(*webhooks, model, call));
  if (verb == Verb::kActWebhook) return act(*webhooks, call, done);
  if (verb == Verb::kListWebhooks) {
    JsonOut json;
    json.begin_object().key("items").begin_array();
    for (const WebhookView& view : webhooks->list(call.who)) write(json, view, nullptr, nullptr);
    json.end_array().end_object();
    return done({200, json.take()});
  }
  const auto view = webhooks->get(call.who, call.id);
  if (!view) return done(problem(404, "not_found", "there is no such endpoint, or none of yours", call.request.trace_id));
  const auto dead = webhooks->dead(call.who, call.id, kDeadShown);
  done(shown(200, *view, nullptr, &dead));
}

}  // namespace brushwatch::doors
