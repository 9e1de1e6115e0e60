#pragma once
/// Why a command was refused, in words, and what to do about it.

#include <span>
#include <string_view>

namespace brushwatch {

struct Refusal {
  std::string_view key;   ///< as in the line: "four_eyes"
  std::string_view en, zh;
  std::string_view next;  ///< the next step
};
std::span<const Refusal> refusals();
/// The words of a key; one that is unknown speaks for itself.
Refusal refusal(std::string_view key);

}  // namespace brushwatch
