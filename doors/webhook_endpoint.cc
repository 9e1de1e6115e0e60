#include "doors/webhook_endpoint.h"

#include <rapidjson/document.h>

#include "doors/json.h"
#include "engine/base/base64.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace brushwatch::doors {

std::vector<WebhookSigner> WebhookEndpoint::signers(std::int64_t now_ms) {
  std::vector<WebhookSigner> out;
  for (KeyEpoch& epoch : keys) {
    if (epoch.until_ms != 0 && epoch.until_ms <= now_ms) continue;
    if (!epoch.pair) {
      auto pair = SigningKey::from_seed(epoch.keys.seed);
      // Random bytes of our own, and a row with another length is not read.
      BW_CHECK(pair.has_value(), "an endpoint's seed has 32 bytes");
      epoch.pair = std::move(*pair);
    }
    out.push_back({epoch.keys.secret, &*epoch.pair});
  }
  return out;
}

bool WebhookEndpoint::belongs_to(const Principal& who) const {
  if (who.role != owner.role) return false;
  return owner.party.empty() ? who.party.empty() && who.name == owner.name : who.party == owner.party;
}

std::string to_json(const WebhookEndpoint& e) {
  JsonOut json;
  json.begin_object().member("id", e.id).member("role", role_name(e.owner.role)).member("name", e.owner.name).member("party", e.owner.party).member("url", e.url);
  json.key("topics").begin_array();
  for (const Topic topic : e.topics) json.text(topic_name(topic));
  json.end_array();
  json.member("state", e.state == EndpointState::kActive ? "active" : "disabled").member("why_disabled", e.why_disabled);
  json.member("version", static_cast<std::int64_t>(e.version)).member("created_ms", e.created_ms).member("failing_since_ms", e.failing_since_ms);
  json.key("keys").begin_array();
  for (const auto& epoch : e.keys) {
    json.begin_object().member("secret", to_base64(epoch.keys.secret)).member("seed", to_base64(epoch.keys.seed)).member("until_ms", epoch.until_ms).end_object();
  }
  json.end_array().end_object();
  return json.take();
}

std::optional<WebhookEndpoint> endpoint_from_json(std::string_view text) {
  rapidjson::Document json;
  json.Parse(text.data(), text.size());
  if (json.HasParseError() || !json.IsObject()) return std::nullopt;
  bool whole = true;
  const auto word = [&](const rapidjson::Value& object, const char* name) -> std::string {
    const auto it = object.FindMember(name);
    if (it == object.MemberEnd() || !it->value.IsString()) return whole = false, std::string();
    return {it->value.GetString(), it->value.GetStringLength()};
  };
  const auto number = [&](const rapidjson::Value& object, const char* name) -> std::int64_t {
    const auto it = object.FindMember(name);
    if (it == object.MemberEnd() || !it->value.IsInt64()) return whole = false, 0;
    return it->value.GetInt64();
  };
  WebhookEndpoint out;
  const auto role = role_from_name(word(json, "role"));
  if (!role || !json.HasMember("topics") || !json["topics"].IsArray() || !json.HasMember("keys") || !json["keys"].IsArray()) return std::nullopt;
  out.id = word(json, "id");
  out.owner = {*role, word(json, "name"), word(json, "party")};
  out.url = word(json, "url");
  for (const auto& name : json["topics"].GetArray()) {
    const auto topic = name.IsString() ? topic_from_name(name.GetString()) : std::nullopt;
    if (!topic) return std::nullopt;
    out.topics.insert(*topic);
  }
  out.state = word(json, "state") == "active" ? EndpointState::kActive : EndpointState::kDisabled;
  out.why_disabled = word(json, "why_disabled");
  out.version = static_cast<std::uint64_t>(number(json, "version"));
  out.created_ms = number(json, "created_ms");
  out.failing_since_ms = number(json, "failing_since_ms");
  for (const auto& epoch : json["keys"].GetArray()) {
    if (!epoch.IsObject()) return std::nullopt;
    const auto secret = from_base64(word(epoch, "secret")), seed = from_base64(word(epoch, "seed"));
    if (!secret || !seed || seed->size() != kSeedBytes) return std::nullopt;
    out.keys.push_back({{*secret, *seed}, number(epoch, "until_ms")});
  }
  return whole && !out.keys.empty() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::int64_t> webhook_retry_ms(std::size_t attempts, unsigned jitter_percent, std::string_view endpoint, std::string_view message) {
  if (attempts == 0 || attempts >= kWebhookAttemptsMost) return std::nullopt;
  const std::int64_t step = kWebhookRetryMs[attempts - 1];
  const std::uint64_t chance = hash_combine(hash_combine(hash64(endpoint), hash64(message)), attempts);
  return step + step / 100 * static_cast<std::int64_t>(jitter_percent) * static_cast<std::int64_t>(chance % 1000) / 1000;
}

}  // namespace brushwatch::doors
