#pragma once
/// Key files: PEM, as `brushwatch keys new` and `openssl genpkey -algorithm ed25519` write them.

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/signing_key.h"

namespace brushwatch::app {

/// Errors: kNotFound, kUnsupported.
Result<std::shared_ptr<const SigningKey>> read_signing_key(const std::string& path);
Result<std::vector<std::string>> read_public_keys(const std::string& path);

/// The 32 bytes of a file of 64 hex digits. Errors: kNotFound, kConfigSyntax.
Result<std::string> read_oprf_key(const std::string& path);

}  // namespace brushwatch::app
