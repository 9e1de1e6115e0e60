#include "engine/base/sha256.h"

#include <openssl/evp.h>

#include "engine/base/check.h"

namespace brushwatch {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  BW_CHECK(context_ != nullptr && EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr) == 1, "SHA-256 is always available");
}
Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Sha256::update(std::string_view bytes) {
  BW_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1, "SHA-256 is always available");
}
Digest Sha256::finish() {
  Digest out{};
  unsigned length = 0;
  const bool ok = EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), &length) == 1;
  BW_CHECK(ok && length == out.size(), "SHA-256 is always available");
  return out;
}

}  // namespace brushwatch
