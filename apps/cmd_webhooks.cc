// `webhooks`: a member's endpoints at a running instance.

#include <fmt/format.h>

#include <cstdio>

#include "alliance/json_member.h"
#include "apps/exit_codes.h"
#include "apps/remote.h"
#include "apps/terminal.h"
#include "doors/json.h"

namespace brushwatch::app {
namespace {

constexpr const char* kPath = "/api/v1/webhooks";

std::uint64_t number_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it == object.MemberEnd() || !it->value.IsUint64() ? 0 : it->value.GetUint64();
}
std::string topics_of(const rapidjson::Value& endpoint) {
  std::string out;
  if (!endpoint.HasMember("topics")) return out;
  for (const auto& topic : endpoint["topics"].GetArray()) out += (out.empty() ? "" : ",") + std::string(topic.GetString());
  return out;
}
void print_secrets(const rapidjson::Value& endpoint) {
  if (text_of(endpoint, "secret").empty()) return;
  std::printf("secret      %s  (HMAC v1; shown once)\npublic key  %s  (Ed25519 v1a)\n", std::string(text_of(endpoint, "secret")).c_str(), std::string(text_of(endpoint, "public_key")).c_str());
}
void print_line(const rapidjson::Value& e) {
  const std::string why = std::string(text_of(e, "why_disabled"));
  std::printf("%-18s  %-9s %7llu %5llu  %-8s %s  %s\n", std::string(text_of(e, "id")).c_str(), (std::string(text_of(e, "state")) + (why.empty() ? "" : "*")).c_str(),
              static_cast<unsigned long long>(number_of(e, "waiting")), static_cast<unsigned long long>(number_of(e, "dead")), std::string(text_of(e, "last_error")).c_str(),
              std::string(text_of(e, "url")).c_str(), topics_of(e).c_str());
}

Result<int> add(const WebhookOptions& options) {
  doors::JsonOut body;
  body.begin_object().member("url", options.url);
  if (!options.topics.empty()) {
    body.key("topics").begin_array();
    for (const std::string& topic : options.topics) body.text(topic);
    body.end_array();
  }
  if (!options.since.empty()) body.member("since", options.since);
  body.end_object();
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "POST", kPath, body.take()));
  if (options.remote.json) return std::printf("%s\n", answer.text.c_str()), kExitOk;
  std::printf("endpoint    %s\n", std::string(text_of(answer.json, "id")).c_str());
  print_secrets(answer.json);
  return kExitOk;
}

Result<int> ls(const WebhookOptions& options) {
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "GET", kPath));
  if (options.remote.json) return std::printf("%s\n", answer.text.c_str()), kExitOk;
  std::printf("%-18s  %-9s %7s %5s  %-8s %s\n", "ENDPOINT", "STATE", "WAITING", "DEAD", "ERROR", "URL, TOPICS");
  if (answer.json.IsObject() && answer.json.HasMember("items")) {
    for (const auto& endpoint : answer.json["items"].GetArray()) print_line(endpoint);
  }
  return kExitOk;
}

Result<int> show(const WebhookOptions& options) {
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "GET", std::string(kPath) + "/" + options.id));
  if (options.remote.json || !answer.json.IsObject()) return std::printf("%s\n", answer.text.c_str()), kExitOk;
  for (const char* name : {"id", "url", "state", "why_disabled", "created", "failing_since", "last_error", "settled", "old_keys_until"}) {
    if (const auto text = text_of(answer.json, name); !text.empty()) std::printf("%-15s %s\n", name, std::string(text).c_str());
  }
  std::printf("%-15s %s\n%-15s %llu\n", "topics", topics_of(answer.json).c_str(), "waiting", static_cast<unsigned long long>(number_of(answer.json, "waiting")));
  for (const auto& dead : answer.json["dead_letters"].GetArray()) {
    std::printf("dead            %s  %llu tries, last %s, %s\n", std::string(text_of(dead, "message")).c_str(), static_cast<unsigned long long>(number_of(dead, "attempts")),
                std::string(text_of(dead, "last_attempt")).c_str(), std::string(text_of(dead, "error")).c_str());
  }
  return kExitOk;
}

Result<int> acted(const WebhookOptions& options, const std::string& action) {
  doors::JsonOut body;
  body.begin_object().member("action", action);
  if (!options.message.empty()) body.member("message", options.message);
  body.end_object();
  BW_ASSIGN(const RemoteAnswer answer, ask_instance(options.remote, "POST", std::string(kPath) + "/" + options.id, body.take()));
  const bool object = answer.json.IsObject();
  const std::uint64_t status = object ? number_of(answer.json, "status") : 0;
  const bool taken = action != "test" || (status >= 200 && status < 300);
  if (options.remote.json) std::printf("%s\n", answer.text.c_str());
  else if (action == "test") std::printf("%s\n", status != 0 ? fmt::format("answered {}{}", status, taken ? "" : ": not taken").c_str() : ("not reached: " + std::string(text_of(answer.json, "error"))).c_str());
  else if (action == "resend") std::printf("%llu due again\n", static_cast<unsigned long long>(number_of(answer.json, "resent")));
  else if (action == "rotate") print_secrets(answer.json);
  else if (action == "remove") std::printf("removed\n");
  else std::printf("%s\n", object ? std::string(text_of(answer.json, "state")).c_str() : "");
  return taken ? kExitOk : kExitFindings;
}

int finished(const Result<int>& done) { return done ? *done : report(done.error()); }

}  // namespace

int webhooks_add(const WebhookOptions& options) { return finished(add(options)); }
int webhooks_ls(const WebhookOptions& options) { return finished(ls(options)); }
int webhooks_show(const WebhookOptions& options) { return finished(show(options)); }
int webhooks_act(const WebhookOptions& options, const std::string& action) { return finished(acted(options, action)); }

}  // namespace brushwatch::app
