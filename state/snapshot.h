#pragma once
/// A snapshot: a copy of the state as a folder that can be carried elsewhere, with a manifest of hashes (docs/formats/snapshot.md).
///
/// <folder>/snapshot.txt names what the copy belongs to and the SHA-256 of every file; <folder>/state/ is the store. A snapshot
/// appears under its name when it is whole: it is made aside and renamed. Restoring is this copy, and the ledger behind it.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace brushwatch {

struct SnapshotFile {
  std::string name;  ///< below state/
  std::uint64_t bytes = 0;
  std::string sha256;  ///< 64 hex digits
};

struct SnapshotManifest {
  EventTime created{};                 ///< wall time, for people
  std::uint64_t identity = 0;          ///< of ledger and configuration
  std::uint32_t writer_epoch = 0;
  std::uint64_t epoch = 0, next_round = 0;
  std::vector<std::uint64_t> offsets;  ///< of the ledger, per partition: the first that is not in the copy
  std::vector<SnapshotFile> files;     ///< in order of name
  [[nodiscard]] std::uint64_t bytes() const;
  /// The file's text, with its last line: the hash of all before.
  [[nodiscard]] std::string text() const;
  /// Errors: kStateCorrupt with the line at fault; kStateVersion.
  static Result<SnapshotManifest> parse(std::string_view text);
};

/// Makes the snapshot `folder`: `copy` writes the store's consistent copy into the folder that it is given (which does not exist),
/// then every file is hashed. `about` says all but the files. Errors: kStateIo (also: `folder` exists), those of `copy`.
/// Cost: the copy, and reading it once.
Result<SnapshotManifest> create_snapshot(const std::string& folder, SnapshotManifest about, const std::function<Result<void>(const std::string&)>& copy);
/// The manifest alone. Errors: kNotFound, kStateCorrupt, kStateVersion.
Result<SnapshotManifest> read_snapshot(const std::string& folder);
/// Reads every byte. Errors: as read_snapshot(); kStateCorrupt names the first file that is missing, changed or too many.
Result<SnapshotManifest> verify_snapshot(const std::string& folder);
/// Copies the state to `state_directory`, which must be absent or empty, and checks every byte on the way; what is there at the
/// end is whole or absent. Errors: as verify_snapshot(); kStateForeign when there is a state already; kStateIo.
Result<SnapshotManifest> restore_snapshot(const std::string& folder, const std::string& state_directory);
/// The snapshots in a directory by name, whole ones only.
std::vector<std::string> list_snapshots(const std::string& directory);

}  // namespace brushwatch
