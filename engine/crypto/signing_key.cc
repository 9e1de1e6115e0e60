#include "engine/crypto/signing_key.h"

#include <openssl/evp.h>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/crypto/bytes.h"

namespace brushwatch {

SigningKey::SigningKey(std::shared_ptr<void> key) : key_(std::move(key)), public_key_(kPublicKeyBytes, '\0') {
  std::size_t n = public_key_.size();
  BW_CHECK(EVP_PKEY_get_raw_public_key(static_cast<EVP_PKEY*>(key_.get()), reinterpret_cast<unsigned char*>(public_key_.data()), &n) == 1 && n == kPublicKeyBytes,
           "an Ed25519 key has a public part");
}

Result<SigningKey> SigningKey::from_seed(std::string_view seed) {
  EVP_PKEY* key = seed.size() == kSeedBytes
                      ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size())
                      : nullptr;
  if (key == nullptr) return fail(ErrorCode::kUnsupported, "an Ed25519 seed has 32 bytes");
  return SigningKey({key, [](void* k) { EVP_PKEY_free(static_cast<EVP_PKEY*>(k)); }});
}

SigningKey SigningKey::generate() {
  std::string seed = random_bytes(kSeedBytes);
  auto key = from_seed(seed);
  wipe(seed);
  BW_CHECK(key.has_value(), "any 32 bytes are a seed");
  return std::move(*key);
}

std::string SigningKey::sign(std::string_view message) const {
  std::string out(kSignatureBytes, '\0');
  std::size_t n = out.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  BW_CHECK(ctx && EVP_DigestSignInit(ctx.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) == 1 &&
               EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(out.data()), &n, reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1 &&
               n == kSignatureBytes,
           "Ed25519 signs whatever it is given");
  return out;
}

std::string SigningKey::seed() const {
  std::string out(kSeedBytes, '\0');
  std::size_t n = out.size();
  BW_CHECK(EVP_PKEY_get_raw_private_key(static_cast<EVP_PKEY*>(key_.get()), reinterpret_cast<unsigned char*>(out.data()), &n) == 1, "a signing key has its seed");
  return out;
}

std::string key_id(std::string_view public_key) { return to_hex(sha256(public_key)).substr(0, 16); }

}  // namespace brushwatch
