#pragma once
/// The binary form of an Event, written where it is to stand: for frames, which bring their own memory.

#include <cstddef>

#include "engine/event/event.h"

namespace brushwatch {

/// Writes the event (wire.h) to memory with room for encoded_bytes_max(event); returns the end of what it wrote. Bytes behind that end may
/// have been written, too. Cost ~40 ns for a typical event.
char* encode_at(const Event& event, char* out);
/// Some 1.5 KiB for most events; more only for lists and byte strings. Cost: a few instructions.
std::size_t encoded_bytes_max(const Event& event);

}  // namespace brushwatch
