#pragma once
/// The place of an output line among all lines of all outputs: one total order, the same in every run.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "alliance/chain.h"

namespace brushwatch::doors {

/// Rounds are whole before they are seen, so whoever has read up to a key has missed nothing below it.
struct StreamKey {
  std::uint64_t round = 0;
  Stage stage = Stage::kIntake;
  std::uint32_t partition = 0;
  Output output = Output::kAlert;
  std::uint64_t seq = 0;
  constexpr auto operator<=>(const StreamKey&) const = default;
};

/// "12-5-0-0-7": public as the id of a stream message and, inside a cursor, of a page. One spelling a key.
std::string to_text(const StreamKey& key);
/// nullopt when it is no key.
std::optional<StreamKey> key_from_text(std::string_view text);
/// 22 bytes whose order is the key's order.
std::string to_bytes(const StreamKey& key);

}  // namespace brushwatch::doors
