#include "engine/crypto/signing_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

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

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(n)};
}
Bio reader(std::string_view text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }
/// An encrypted key would make OpenSSL ask at the terminal.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

std::string to_pem(const SigningKey& key) {
  std::string seed = key.seed();
  const Key pair(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size()), EVP_PKEY_free);
  wipe(seed);
  const Bio out(BIO_new(BIO_s_secmem()), BIO_free);
  BW_CHECK(pair && out && PEM_write_bio_PKCS8PrivateKey(out.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "a key pair can be written");
  return text_of(out.get());
}

std::string public_pem(std::string_view public_key) {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(public_key.data()), public_key.size()), EVP_PKEY_free);
  const Bio out(BIO_new(BIO_s_mem()), BIO_free);
  BW_CHECK(key && out && PEM_write_bio_PUBKEY(out.get(), key.get()) == 1, "a public key can be written");
  return text_of(out.get());
}

Result<SigningKey> signing_key_from_pem(std::string_view pem) {
  const Bio in = reader(pem);
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  std::string seed(kSeedBytes, '\0');
  std::size_t n = seed.size();
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(seed.data()), &n) != 1)
    return fail(ErrorCode::kUnsupported, "not an Ed25519 private key in PEM; `brushwatch keys new` makes one");
  auto out = SigningKey::from_seed(seed);
  wipe(seed);
  return out;
}

Result<std::vector<std::string>> public_keys_from_pem(std::string_view pem) {
  const Bio in = reader(pem);
  std::vector<std::string> out;
  for (;;) {
    const Key key(PEM_read_bio_PUBKEY(in.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
    if (!key) break;
    std::string raw(kPublicKeyBytes, '\0');
    std::size_t n = raw.size();
    if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &n) != 1)
      return fail(ErrorCode::kUnsupported, "a key that is not Ed25519");
    out.push_back(std::move(raw));
  }
  if (out.empty()) return fail(ErrorCode::kUnsupported, "no public key in PEM");
  return out;
}

std::string key_id(std::string_view public_key) { return to_hex(sha256(public_key)).substr(0, 16); }

}  // namespace brushwatch
