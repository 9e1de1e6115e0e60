#include "doors/token.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kTokenMost = 8 * 1024;   // what fits into a request header with room to spare
constexpr std::size_t kKnownMost = 4'096;
constexpr std::int64_t kLeewayMs = kMinuteMs;  // RFC 7519 §4.1.4: "usually no more than a few minutes"
constexpr std::int64_t kReadAgainNs = 10'000'000'000;
constexpr std::size_t kNameMost = 64;          // names in events: the actor of a command

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  return it != object.MemberEnd() && it->value.IsString() ? std::string(it->value.GetString(), it->value.GetStringLength()) : std::string();
}

/// Seconds since 1970 (RFC 7519 "NumericDate"), or nullopt.
std::optional<std::int64_t> date_of(const rapidjson::Value& object, const char* name) {
  const auto it = object.FindMember(name);
  if (it == object.MemberEnd() || !it->value.IsNumber()) return std::nullopt;
  const double seconds = it->value.GetDouble();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return static_cast<std::int64_t>(seconds * 1000);
}

bool names_audience(const rapidjson::Value& claims, const std::string& wanted) {
  const auto it = claims.FindMember("aud");
  if (it == claims.MemberEnd()) return false;
  if (it->value.IsString()) return wanted == it->value.GetString();
  if (!it->value.IsArray()) return false;
  for (const auto& one : it->value.GetArray()) {
    if (one.IsString() && wanted == one.GetString()) return true;
  }
  return false;
}

bool parse_object(std::string_view text, rapidjson::Document& json) {
  json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  return !json.HasParseError() && json.IsObject();
}

std::string_view algorithm_word(SignatureAlgorithm a) {
  return a == SignatureAlgorithm::kRs256 ? "RS256" : a == SignatureAlgorithm::kEs256 ? "ES256" : "EdDSA";
}

bool plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMost && std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

Result<std::map<std::string, PublicKey>> read_jwks(std::string_view text) {
  rapidjson::Document json;
  if (!parse_object(text, json)) return fail(ErrorCode::kNotJson, "a JWKS is a JSON object");
  if (!json.HasMember("keys") || !json["keys"].IsArray()) return fail(ErrorCode::kMissingField, "a JWKS has keys");
  std::map<std::string, PublicKey> out;
  for (const auto& key : json["keys"].GetArray()) {
    if (!key.IsObject()) return fail(ErrorCode::kMissingField, "a key is an object");
    const std::string kid = text_of(key, "kid"), kind = text_of(key, "kty"), curve = text_of(key, "crv"), use = text_of(key, "use");
    if (kid.empty() || (!use.empty() && use != "sig")) continue;
    const auto part = [&](const char* name) { return from_base64url(text_of(key, name)).value_or(""); };
    std::optional<Result<PublicKey>> made;
    if (kind == "RSA") made = PublicKey::rsa(part("n"), part("e"));
    else if (kind == "EC" && curve == "P-256") made = PublicKey::p256(part("x"), part("y"));
    else if (kind == "OKP" && curve == "Ed25519") made = PublicKey::ed25519(part("x"));
    if (!made) continue;
    if (!*made) return tl::unexpected<Error>(std::move(made->error()).in(kid));
    const std::string stated = text_of(key, "alg");
    if (!stated.empty() && stated != algorithm_word((*made)->algorithm())) continue;
    out.insert_or_assign(kid, std::move(**made));
  }
  if (out.empty()) return fail(ErrorCode::kMissingField, "no key that this program can use (RSA, P-256 or Ed25519, with a kid)");
  return out;
}

Result<std::unique_ptr<TokenAuthenticator>> TokenAuthenticator::open(TokenOptions options, Clock& clock) {
  std::unique_ptr<TokenAuthenticator> out(new TokenAuthenticator(std::move(options), clock));
  BW_TRY(out->read_keys());
  return out;
}

Result<void> TokenAuthenticator::read_keys() {
  keys_read_ns_ = clock_.monotonic_ns();
  std::ifstream file(options_.jwks_path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "cannot read the JWKS").in(options_.jwks_path));
  auto keys = read_jwks(text.str());
  if (!keys) return tl::unexpected<Error>(std::move(keys.error()).in(options_.jwks_path));
  keys_ = std::move(*keys);
  return {};
}

std::optional<TokenAuthenticator::Known> TokenAuthenticator::verify(std::string_view token) {
  const std::size_t first = token.find('.'), second = token.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  const auto head = from_base64url(token.substr(0, first)), body = from_base64url(token.substr(first + 1, second - first - 1)),
             signature = from_base64url(token.substr(second + 1));
  rapidjson::Document header, claims;
  if (!head || !body || !signature || !parse_object(*head, header)) return std::nullopt;
  // RFC 7515 §4.1.11: what must be understood and is not, refuses the token.
  if (header.HasMember("crit")) return std::nullopt;
  const std::string kid = text_of(header, "kid");
  if (!keys_.contains(kid) && clock_.monotonic_ns() - keys_read_ns_ > kReadAgainNs) (void)read_keys();  // the old keys stay when it fails
  const auto key = keys_.find(kid);
  if (key == keys_.end() || text_of(header, "alg") != algorithm_word(key->second.algorithm())) return std::nullopt;
  if (!key->second.verifies(token.substr(0, second), *signature) || !parse_object(*body, claims)) return std::nullopt;

  const std::int64_t now = clock_.now().ms;
  const auto ends = date_of(claims, "exp");
  if (!ends || *ends + kLeewayMs <= now) return std::nullopt;
  if (claims.HasMember("nbf")) {
    const auto begins = date_of(claims, "nbf");
    if (!begins || *begins - kLeewayMs > now) return std::nullopt;
  }
  if (text_of(claims, "iss") != options_.issuer || !names_audience(claims, options_.audience)) return std::nullopt;
  const auto role = role_from_name(text_of(claims, "brushwatch_role"));
  Known out{{role.value_or(Role::kPublic), text_of(claims, "sub"), text_of(claims, "brushwatch_party")}, *ends + kLeewayMs};
  const bool needs_party = out.who.role == Role::kPlatform || out.who.role == Role::kCarrier;
  if (!role || *role == Role::kPublic || !plain_name(out.who.name) || (needs_party && !plain_name(out.who.party))) return std::nullopt;
  return out;
}

std::optional<Principal> TokenAuthenticator::check(std::string_view token) {
  if (token.empty() || token.size() > kTokenMost) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.now().ms;
  const std::string digest = to_hex(sha256(token));
  const auto it = known_.find(digest);
  if (it != known_.end()) {
    if (it->second.ends_ms > now) return it->second.who;
    known_.erase(it);
    return std::nullopt;
  }
  auto verified = verify(token);
  if (!verified) return std::nullopt;
  if (known_.size() >= kKnownMost) {
    std::erase_if(known_, [now](const auto& k) { return k.second.ends_ms <= now; });
    if (known_.size() >= kKnownMost) known_.clear();  // they are verified again
  }
  known_.emplace(digest, *verified);
  return verified->who;
}

Identity TokenAuthenticator::identify(const HttpRequest& request) {
  std::string_view shown;
  int times = 0;
  for (const auto& [name, value] : request.headers) {
    if (name != "authorization") continue;
    shown = value;
    ++times;
  }
  if (times == 0) return {};
  constexpr std::string_view kScheme = "Bearer ";
  if (times > 1 || shown.size() <= kScheme.size()) return {std::nullopt, "invalid_request"};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if ((shown[i] | 0x20) != (kScheme[i] | 0x20)) return {std::nullopt, "invalid_request"};
  }
  auto who = check(shown.substr(kScheme.size()));
  if (!who) return {std::nullopt, "invalid_token"};
  return {std::move(who), {}};
}

}  // namespace brushwatch::doors
