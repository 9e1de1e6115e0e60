#pragma once
/// The embedded log: segmented, checksummed files; no broker, no Java. The bytes are described in
/// docs/formats/file-log.md.

#include <cstdint>
#include <memory>
#include <string>

#include "engine/log/log.h"

namespace brushwatch {

struct FileLogOptions {
  std::string directory;
  /// Fixed for the life of the log. 0 takes what the log has, for readers that do not know.
  std::uint32_t partitions = 1;
  /// Big enough that a day of frames is a handful of files, small enough to check in a tenth of a second at open.
  std::uint64_t segment_bytes = 64ULL * 1024 * 1024;
  /// sync() also survives the death of the machine.
  bool fsync = false;
  /// Never writes, takes no lock, and follows a log that another process writes.
  bool read_only = false;
};

/// Opens the log, making it when it is new; checks the last segment of each partition and cuts a half-written last
/// record. Cost     append: one copy and a checksum; a write() a 256 KiB or a sync(). read: a pread() a 256 KiB when
/// sequential. Memory   ≤ 256 KiB + one record for writing and the same for reading, a partition in use; 16 B per 64
/// KiB of log. Threads  more than Log asks: each partition has its own lock, and sync() may be called from anywhere.
/// Errors   kTopicMismatch (partition count, number = what the log has); kStateForeign (another process writes it);
///          kStateVersion (made by a newer version); kLogCorrupt (damage that is not a torn tail: file, byte and
///          offset); kNotFound (read_only and no log there); kIo. After a failed fsync only reopening helps: the kernel
///          may have dropped what it could not write.
Result<std::unique_ptr<Log>> open_file_log(const FileLogOptions& options);

}  // namespace brushwatch
