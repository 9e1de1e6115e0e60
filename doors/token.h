#pragma once
/// Bearer tokens: OpenID Connect access tokens as JWTs (RFC 7519, RFC 9068), checked against the provider's published keys.
///
/// Taken    RS256, ES256, EdDSA, by the kind of the key that `kid` names. `iss` and `aud` must be the configured ones, `exp` must
///          be there, `exp` and `nbf` may be off by a minute of clock difference. Who it is: `sub`; what it may: `brushwatch_role`
///          (one of the role names), `brushwatch_party` (platform or carrier, needed for those two roles).
/// Cost     one verification a token (~100 µs); then remembered until it ends, at most 4,096 tokens.
/// Keys     the JWKS file is read again when a token names a key that is not in it, at most every 10 s.
/// Fails    on opaque tokens, and on a token revoked before its end: keep their life short (5–15 min).

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "doors/identity.h"
#include "engine/base/time.h"
#include "engine/crypto/public_key.h"

namespace brushwatch::doors {

struct TokenOptions {
  std::string jwks_path;
  std::string issuer, audience;
};

/// Keys by `kid`. Errors: kNotJson, kMissingField, kUnsupported (with the kid as context); a key of a kind or use that is not
/// ours is left out; no usable key at all is kMissingField.
Result<std::map<std::string, PublicKey>> read_jwks(std::string_view json);

class TokenAuthenticator final : public Authenticator {
 public:
  /// Errors: kNotFound, and those of read_jwks().
  static Result<std::unique_ptr<TokenAuthenticator>> open(TokenOptions options, Clock& clock);
  Identity identify(const HttpRequest& request) override;
  /// The claims of a token that holds now, or nullopt.
  std::optional<Principal> check(std::string_view token);

 private:
  TokenAuthenticator(TokenOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {}
  Result<void> read_keys();
  struct Known {
    Principal who;
    std::int64_t ends_ms = 0;
  };
  std::optional<Known> verify(std::string_view token);

  TokenOptions options_;
  Clock& clock_;
  std::mutex mutex_;  // of all below
  std::map<std::string, PublicKey> keys_;
  std::int64_t keys_read_ns_ = 0;
  std::map<std::string, Known> known_;  // by SHA-256 of the token: the token itself is not kept
};

}  // namespace brushwatch::doors
