#pragma once
/// Cuts a request body into records, without understanding them: what a record means is the decoder's business.

#include <cstdint>
#include <string_view>
#include <vector>

namespace brushwatch {

enum class BodyForm : std::uint8_t {
  kLines,  ///< NDJSON: one record a line
  kJson,   ///< a JSON array of records, or one record
};

/// A piece of the body.
struct BodySlice {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

/// The records of `body` (< 4 GiB), in order, without the white space around them; blank lines give none.
/// An array that is not well nested, misses an element or has bytes after its end is not cut: it comes back as one record, so
/// that it reaches the dead letters whole. Cost: one pass, constant memory, no recursion.
std::vector<BodySlice> split_body(std::string_view body, BodyForm form);

}  // namespace brushwatch
