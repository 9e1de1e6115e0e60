#pragma once
/// One segment file of the file log: its records, its sparse index, and how its end is found
/// (docs/formats/file-log.md).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/file_io.h"
#include "engine/base/result.h"

namespace brushwatch {

/// length (4) | crc32c of length, offset and payload (4) | offset (8), little-endian; then the payload. The offset is
/// in the record so that a record can be recognised after a broken one, and a record in the wrong place is not
/// believed.
inline constexpr std::size_t kRecordHeaderBytes = 16;
/// 4 MiB is what our Kafka topics take; the rest leaves room for a broker's batch and record headers, so that a ledger
/// can move between `file` and `kafka`.
inline constexpr std::size_t kMaxRecordBytes = 4 * 1024 * 1024 - 4096;

/// Appends the record to `out`.
void encode_record(std::uint64_t offset, std::string_view payload, std::string& out);

/// Reads anywhere in one file through one read-ahead buffer. Views are valid until the next call.
class ReadAhead {
 public:
  Result<void> open(const std::string& path);
  [[nodiscard]] bool is_open() const { return static_cast<bool>(fd_); }
  /// Forgets the buffered bytes: the file was cut.
  void forget() { valid_ = 0; }
  /// `size` bytes at `position`; fewer only at the end of the file.
  Result<std::string_view> view(std::uint64_t position, std::size_t size);
  [[nodiscard]] const Fd& fd() const { return fd_; }

 private:
  /// A few dozen 4–16 KiB frames a system call; larger gave nothing on a cached file.
  static constexpr std::size_t kBytes = 256 * 1024;
  std::string path_;
  Fd fd_;
  std::vector<char> buffer_;
  std::uint64_t start_ = 0;
  std::size_t valid_ = 0;
};

struct Segment {
  std::string path;
  std::uint64_t base = 0;  ///< offset of the first record; the file's name

  struct Mark {
    std::uint64_t offset = 0;
    std::uint64_t position = 0;
  };
  /// Where some records begin, ascending, at most one a kMarkEvery bytes; grows as records are passed. At 64 MiB a
  /// segment that is 16 KiB of memory, and a seek passes at most 64 KiB.
  std::vector<Mark> marks;
  static constexpr std::uint64_t kMarkEvery = 64 * 1024;
  void pass(std::uint64_t offset, std::uint64_t position);
  /// The last mark at or before `offset`.
  [[nodiscard]] Mark nearest(std::uint64_t offset) const;
  /// Drops the marks at `offset` and after.
  void cut(std::uint64_t offset);
};

std::string segment_name(std::uint64_t base);

enum class Look : std::uint8_t { kRecord, kEnd, kBroken };
/// Looks at the record at `position`, which must have `offset`. `payload` is valid until the next call on `file`.
Result<Look> look_at(ReadAhead& file, std::uint64_t position, std::uint64_t offset, std::string_view& payload);
/// The same without checking the payload, which need not be read to pass over it.
Result<Look> skip_at(ReadAhead& file, std::uint64_t position, std::uint64_t offset, std::uint64_t& length);

struct SegmentEnd {
  std::uint64_t offset = 0;    ///< one past the last whole record
  std::uint64_t position = 0;  ///< where that record ends
  bool torn = false;           ///< bytes of a half-written record follow
};
/// Checks every record from `from` on. Errors: kLogCorrupt when a broken record is followed by a whole one: that is
/// damage, not a torn write. Cost: one pass over the file.
Result<SegmentEnd> find_end(ReadAhead& file, Segment& segment, Segment::Mark from);

/// "<path> at byte <position>, offset <offset>" as a kLogCorrupt error, number = offset.
Error corrupt(const std::string& path, std::uint64_t position, std::uint64_t offset);

}  // namespace brushwatch
