#pragma once
/// The binary form of an Event, as it stands in frames and exchanges (docs/formats/frame.md).
///
/// Little-endian; unsigned integers and enums as LEB128 varints, signed ones zigzagged, times as zigzag varints, hashes as
/// 8 raw bytes, names as one length byte (0 = absent) + text (the hash is recomputed), lists as a varint count + elements.

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/event/event.h"

namespace brushwatch {

inline constexpr std::uint8_t kWireVersion = 3;

/// Appends the event to `out`. Cost: ~50 ns for a typical event; no allocation once `out` has grown.
void encode(const Event& event, std::string& out);
/// Decodes one event from the front of `in` and advances it. Views in `event` point into the bytes behind `in`.
/// Errors: kBadFrame when the bytes end early or a count is out of range; `event` is then unspecified.
Result<void> decode(std::string_view& in, Event& event);
/// One JSON object on one line, all fields that are not zero, names as in the public contract; for `tap`, `explain` and tests.
std::string to_json(const Event& event);

}  // namespace brushwatch
