#include "engine/crypto/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "engine/base/check.h"

namespace brushwatch {

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest out{};
  unsigned n = 0;
  // An empty key must still be a pointer: OpenSSL reads null as "the key of last time".
  const char* const bytes = key.empty() ? "" : key.data();
  BW_CHECK(HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(), &n) != nullptr && n == out.size(),
           "HMAC-SHA-256 takes any key and message");
  return out;
}

}  // namespace brushwatch
