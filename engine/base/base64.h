#pragma once
/// Base64 (RFC 4648 §4, padded), for bytes that must travel in JSON.

#include <optional>
#include <string>
#include <string_view>

namespace brushwatch {

std::string to_base64(std::string_view bytes);
/// nullopt when it is not padded base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace brushwatch
