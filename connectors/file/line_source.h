#pragma once
/// A Source over a file of lines (NDJSON, CSV): one record a line, its offset the byte where the line begins.

#include <memory>
#include <string>

#include "engine/log/source.h"

namespace brushwatch {

/// A line longer than this is delivered as its first 64 MiB: the decoder refuses it, and the stream goes on behind it.
inline constexpr std::size_t kMaxLineBytes = 64 * 1024 * 1024;

/// `follow` false: the file as it is now; a last line without a newline counts. true: waits for more for ever, and
/// gives a line only when its newline is there; such a file may also appear later. Lines may end in \n or \r\n; the
/// bytes of a record hold neither. Cost one read() a 256 KiB, one memchr a line, no copy; views into the buffer.
/// Memory: 256 KiB or the longest line. Errors kNotFound, kIo at open and poll. seek() and poll(): kLogTruncated when
/// the offset is not the start of a line or
///          the file became shorter: it is not the file that was read before. A renamed (rotated) file is read to its
///          end, and its successor is another source.
Result<std::unique_ptr<Source>> open_line_source(const std::string& path, const std::string& name, bool follow);

}  // namespace brushwatch
