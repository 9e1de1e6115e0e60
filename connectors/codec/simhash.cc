#include "connectors/codec/simhash.h"

#include <utf8proc.h>

#include <array>

#include "engine/base/hash.h"

namespace brushwatch {

TextPrint SimHasher::print(std::string_view text) {
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE |
                                                           UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  if (points_.size() < text.size() + 1) points_.resize(text.size() + 1);  // enough except for expanding ligatures
  utf8proc_ssize_t n = utf8proc_decompose(bytes, size, points_.data(), static_cast<utf8proc_ssize_t>(points_.size()), kOptions);
  if (n > static_cast<utf8proc_ssize_t>(points_.size())) {
    points_.resize(static_cast<std::size_t>(n) + 1);
    n = utf8proc_decompose(bytes, size, points_.data(), static_cast<utf8proc_ssize_t>(points_.size()), kOptions);
  }
  if (n > 0) n = utf8proc_normalize_utf32(points_.data(), n, kOptions);
  if (n <= 0) return {};

  // A text shorter than one gram is its own gram: padding with 0, which no text holds after normalisation.
  const auto count = static_cast<std::size_t>(n);
  const std::size_t grams = count < 3 ? 1 : count - 2;
  std::array<std::int32_t, 64> votes{};
  for (std::size_t g = 0; g < grams; ++g) {
    std::uint64_t packed = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      packed = packed << 21 | static_cast<std::uint64_t>(g + k < count ? points_[g + k] : 0);  // a code point has 21 bits
    }
    const std::uint64_t hash = mix64(packed);
    for (unsigned bit = 0; bit < 64; ++bit) votes[bit] += static_cast<std::int32_t>(hash >> bit & 1) * 2 - 1;
  }
  std::uint64_t simhash = 0;
  for (unsigned bit = 0; bit < 64; ++bit) simhash |= static_cast<std::uint64_t>(votes[bit] > 0) << bit;
  return {simhash == 0 ? 1 : simhash, static_cast<std::uint32_t>(count)};
}

}  // namespace brushwatch
