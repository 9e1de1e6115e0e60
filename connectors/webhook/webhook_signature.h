#pragma once
/// Standard Webhooks 1.0: how a message is signed, how its keys are written down, and how a receiver checks it.
///
/// Signed   "{id}.{timestamp}.{body}"; the id has no full stop, so no two messages sign the same bytes.
/// Schemes  v1 = HMAC-SHA-256 with a shared secret; v1a = Ed25519, of which the receiver holds the public half only.
/// Cost     v1 ~2 µs, v1a ~50 µs a key; a key pair out of its seed the same again, so signers keep theirs.
/// Source   Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/signing_key.h"

namespace brushwatch {

/// The specification asks for 24 to 64 bytes; SHA-256's own size is the natural one.
inline constexpr std::size_t kWebhookSecretBytes = 32, kWebhookSecretLeast = 24, kWebhookSecretMost = 64;
/// How far a receiver lets the timestamp be off, in seconds: what the reference libraries allow.
inline constexpr std::int64_t kWebhookToleranceS = 300;

/// Both keys of one endpoint, for one epoch of its rotation.
struct WebhookKeys {
  std::string secret;  ///< of v1, raw bytes
  std::string seed;    ///< of v1a, the 32 bytes of RFC 8032
};
WebhookKeys make_webhook_keys();
/// The keys as they sign. Both outlive it.
struct WebhookSigner {
  std::string_view secret;
  const SigningKey* pair = nullptr;
};

std::string webhook_secret_text(std::string_view secret);      ///< whsec_…
std::string webhook_public_text(std::string_view public_key);  ///< whpk_…
/// Errors: kUnsupported for another prefix, broken base64 or a length out of range.
Result<std::string> webhook_secret_from_text(std::string_view text);
Result<std::string> webhook_public_from_text(std::string_view text);

/// "v1,…" and "v1a,…", each without a space.
std::string webhook_signature_v1(std::string_view secret, std::string_view id, std::int64_t timestamp_s, std::string_view body);
std::string webhook_signature_v1a(const SigningKey& key, std::string_view id, std::int64_t timestamp_s, std::string_view body);
/// The webhook-signature header: both schemes by every signer given, newest first.
std::string webhook_signatures(const std::vector<WebhookSigner>& signers, std::string_view id, std::int64_t timestamp_s, std::string_view body);

/// What a receiver has: a whsec_ or a whpk_ text. False for a wrong signature, a timestamp further than the tolerance from
/// `now_s`, and for whatever cannot be read.
bool webhook_holds(std::string_view key_text, std::string_view id, std::string_view timestamp, std::string_view signatures, std::string_view body, std::int64_t now_s);

}  // namespace brushwatch
