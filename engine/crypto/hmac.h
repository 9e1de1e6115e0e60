#pragma once
/// HMAC-SHA-256 (RFC 2104): the keyed hash of pseudonyms and webhooks.

#include <string_view>

#include "engine/base/hash.h"

namespace brushwatch {

/// Cost ~1 µs for a short message.
Digest hmac_sha256(std::string_view key, std::string_view message);

}  // namespace brushwatch
