#pragma once
/// Takes a snapshot of a running state now and then: the copy between two rounds, its hashes on a thread of their own.

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "apps/config.h"
#include "apps/host.h"

namespace brushwatch::app {

class SnapshotMaker {
 public:
  SnapshotMaker(SnapshotConfig config, Clock& clock);
  ~SnapshotMaker();
  SnapshotMaker(const SnapshotMaker&) = delete;
  SnapshotMaker& operator=(const SnapshotMaker&) = delete;

  /// Call after each round, on the thread that folds. Makes one when it is due and the last one is done; keeps the newest few.
  /// Cost when due: an epoch and a checkpoint (hard links), tens of milliseconds. Errors: those of the epoch. A snapshot that
  /// cannot be made stops nothing: see failed().
  Result<void> maybe(Host& host);
  /// Why the last one failed; told once.
  std::optional<Error> failed();
  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  SnapshotConfig config_;
  Clock& clock_;
  std::int64_t due_ns_;
  std::atomic<bool> busy_{false};
  std::atomic<std::uint64_t> made_{0};
  std::optional<Error> error_;  // of the thread; read when it is not busy
  std::thread thread_;
};

}  // namespace brushwatch::app
