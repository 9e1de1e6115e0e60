#pragma once
/// Verification of signatures by the keys that identity providers publish (RFC 7517, RFC 7518, RFC 8037).

#include <memory>
#include <string_view>

#include "engine/base/result.h"

namespace brushwatch {

/// The algorithms that are taken; each belongs to one kind of key, so that no token can choose another check for a key.
enum class SignatureAlgorithm : std::uint8_t { kRs256, kEs256, kEdDsa };

class PublicKey {
 public:
  /// Big-endian modulus and exponent. Errors: kUnsupported below 2048 bits or above 8192.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// Coordinates of 32 bytes on P-256. Errors: kUnsupported when it is no point of the curve.
  static Result<PublicKey> p256(std::string_view x, std::string_view y);
  /// 32 bytes. Errors: kUnsupported.
  static Result<PublicKey> ed25519(std::string_view bytes);

  [[nodiscard]] SignatureAlgorithm algorithm() const { return algorithm_; }
  /// RS256: PKCS #1 v1.5 over SHA-256; ES256: r ‖ s, 64 bytes; EdDSA: Ed25519. False for whatever does not verify.
  /// Cost: RS256 ~30 µs, ES256 ~100 µs, EdDSA ~130 µs.
  [[nodiscard]] bool verifies(std::string_view message, std::string_view signature) const;

 private:
  PublicKey(std::shared_ptr<void> key, SignatureAlgorithm algorithm) : key_(std::move(key)), algorithm_(algorithm) {}
  std::shared_ptr<void> key_;  // EVP_PKEY
  SignatureAlgorithm algorithm_;
};

}  // namespace brushwatch
