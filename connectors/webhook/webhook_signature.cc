#include "connectors/webhook/webhook_signature.h"

#include <charconv>

#include "engine/base/base64.h"
#include "engine/crypto/bytes.h"
#include "engine/crypto/hmac.h"
#include "engine/crypto/public_key.h"

namespace brushwatch {
namespace {

constexpr std::string_view kSecret = "whsec_", kPublic = "whpk_";

std::string signed_text(std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string out;
  out.reserve(id.size() + timestamp.size() + body.size() + 2);
  out.append(id).append(".").append(timestamp).append(".").append(body);
  return out;
}

Result<std::string> keyed(std::string_view text, std::string_view prefix, std::size_t least, std::size_t most) {
  if (!text.starts_with(prefix)) return fail(ErrorCode::kUnsupported, "not a webhook key of this kind");
  auto bytes = from_base64(text.substr(prefix.size()));
  if (!bytes || bytes->size() < least || bytes->size() > most) return fail(ErrorCode::kUnsupported, "not a webhook key: base64 of the right length is needed");
  return std::move(*bytes);
}

}  // namespace

WebhookKeys make_webhook_keys() { return {random_bytes(kWebhookSecretBytes), random_bytes(kSeedBytes)}; }

std::string webhook_secret_text(std::string_view secret) { return std::string(kSecret) + to_base64(secret); }
std::string webhook_public_text(std::string_view public_key) { return std::string(kPublic) + to_base64(public_key); }
Result<std::string> webhook_secret_from_text(std::string_view text) { return keyed(text, kSecret, kWebhookSecretLeast, kWebhookSecretMost); }
Result<std::string> webhook_public_from_text(std::string_view text) { return keyed(text, kPublic, kPublicKeyBytes, kPublicKeyBytes); }

std::string webhook_signature_v1(std::string_view secret, std::string_view id, std::int64_t timestamp_s, std::string_view body) {
  const Digest mac = hmac_sha256(secret, signed_text(id, std::to_string(timestamp_s), body));
  return "v1," + to_base64(view_of(mac));
}

std::string webhook_signature_v1a(const SigningKey& key, std::string_view id, std::int64_t timestamp_s, std::string_view body) {
  return "v1a," + to_base64(key.sign(signed_text(id, std::to_string(timestamp_s), body)));
}

std::string webhook_signatures(const std::vector<WebhookSigner>& signers, std::string_view id, std::int64_t timestamp_s, std::string_view body) {
  std::string out;
  for (const WebhookSigner& s : signers) {
    if (!out.empty()) out += ' ';
    out += webhook_signature_v1(s.secret, id, timestamp_s, body) + ' ' + webhook_signature_v1a(*s.pair, id, timestamp_s, body);
  }
  return out;
}

bool webhook_holds(std::string_view key_text, std::string_view id, std::string_view timestamp, std::string_view signatures, std::string_view body, std::int64_t now_s) {
  std::int64_t at = 0;
  const auto [end, code] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), at);
  if (id.empty() || code != std::errc{} || end != timestamp.data() + timestamp.size()) return false;
  if (at < now_s - kWebhookToleranceS || at > now_s + kWebhookToleranceS) return false;
  const auto secret = webhook_secret_from_text(key_text);
  const auto public_key = webhook_public_from_text(key_text);
  if (!secret && !public_key) return false;
  const std::string text = signed_text(id, timestamp, body);
  const std::string_view scheme = secret ? "v1," : "v1a,";
  while (!signatures.empty()) {
    const std::size_t space = std::min(signatures.find(' '), signatures.size());
    const std::string_view one = signatures.substr(0, space);
    signatures.remove_prefix(std::min(space + 1, signatures.size()));
    if (!one.starts_with(scheme)) continue;
    const auto bytes = from_base64(one.substr(scheme.size()));
    if (!bytes) continue;
    if (secret) {
      const Digest mac = hmac_sha256(*secret, text);
      if (same_secret(view_of(mac), *bytes)) return true;
    } else {
      const auto key = PublicKey::ed25519(*public_key);
      if (key && key->verifies(text, *bytes)) return true;
    }
  }
  return false;
}

}  // namespace brushwatch
