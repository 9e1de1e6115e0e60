#pragma once
/// Base64url, comparison in constant time, and random bytes: what every secret needs.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace brushwatch {

/// RFC 4648 §5 without padding, as JOSE has it.
std::string to_base64url(std::string_view bytes);
/// nullopt when it is not that, non-zero trailing bits included: one spelling a value.
std::optional<std::string> from_base64url(std::string_view text);
/// Takes the same time for equal lengths whatever the bytes are.
bool same_secret(std::string_view a, std::string_view b);
/// From the operating system's generator; stops the program when it has none.
std::string random_bytes(std::size_t n);
/// Overwrites the bytes so that the compiler cannot leave it out, and empties the string.
void wipe(std::string& secret);
inline std::string_view view_of(std::span<const std::uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace brushwatch
