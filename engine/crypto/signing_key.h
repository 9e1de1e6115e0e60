#pragma once
/// An Ed25519 key pair (RFC 8032): who holds it can say of a chain that it is theirs.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch {

inline constexpr std::size_t kSeedBytes = 32, kPublicKeyBytes = 32, kSignatureBytes = 64;

class SigningKey {
 public:
  static SigningKey generate();
  /// From the 32 bytes of RFC 8032 §5.1.5. Errors: kUnsupported.
  static Result<SigningKey> from_seed(std::string_view seed);

  /// Deterministic. Cost ~50 µs.
  [[nodiscard]] std::string sign(std::string_view message) const;
  [[nodiscard]] const std::string& public_key() const { return public_key_; }  ///< 32 bytes
  [[nodiscard]] std::string seed() const;  ///< the secret; wipe it

 private:
  explicit SigningKey(std::shared_ptr<void> key);
  std::shared_ptr<void> key_;  // EVP_PKEY
  std::string public_key_;
};

/// PEM: PKCS #8 for the pair, SubjectPublicKeyInfo for the public part, as `openssl` reads and writes them.
std::string to_pem(const SigningKey& key);
std::string public_pem(std::string_view public_key);
/// Errors: kUnsupported when it is no unencrypted Ed25519 key in PEM.
Result<SigningKey> signing_key_from_pem(std::string_view pem);
/// All public keys of a PEM text, 32 bytes each. Errors: kUnsupported when there is none, or one of another kind.
Result<std::vector<std::string>> public_keys_from_pem(std::string_view pem);

/// First 16 hex digits of SHA-256 of the public key: how lines and configurations name it.
std::string key_id(std::string_view public_key);

}  // namespace brushwatch
