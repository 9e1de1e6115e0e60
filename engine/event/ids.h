#pragma once
/// The names by which events refer to things. Pseudonyms are 64-bit hashes; subjects also keep their text.

#include <cstdint>
#include <string_view>

#include "engine/base/hash.h"

namespace brushwatch {

/// A thing whose name people will read (shop, subject, outlet, courier, waybill, order): hash for keys, text for reports.
/// Lifetime: `text` points into the frame or line being decoded; copy it to keep it. Text is at most 64 bytes.
struct NamedId {
  std::uint64_t hash = 0;  ///< hash64(text); 0 means absent
  std::string_view text;
  explicit operator bool() const { return hash != 0; }
  static NamedId of(std::string_view text) { return text.empty() ? NamedId{} : NamedId{hash64(text), text}; }
};
inline constexpr std::size_t kNamedIdMax = 64;

/// A pseudonym (buyer, device, payer, phone, address token): only equality matters, the text is never kept. 0 = absent.
using Pid = std::uint64_t;

/// Where a source record came from: (source partition, offset), packed for evidence lists.
/// 16 bits of source partition, 48 bits of offset (byte offset in a file, record offset in Kafka, sequence over HTTP).
struct EvidenceRef {
  std::uint64_t packed = 0;
  static EvidenceRef of(std::uint16_t source, std::uint64_t offset) {
    return {static_cast<std::uint64_t>(source) << 48 | (offset & 0xFFFF'FFFF'FFFFULL)};
  }
  [[nodiscard]] std::uint16_t source() const { return static_cast<std::uint16_t>(packed >> 48); }
  [[nodiscard]] std::uint64_t offset() const { return packed & 0xFFFF'FFFF'FFFFULL; }
  auto operator<=>(const EvidenceRef&) const = default;
};

}  // namespace brushwatch
