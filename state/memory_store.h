#pragma once
/// A state store in an ordered map: for tests, simulations and one-off replays. Dies with the process, except snapshots.

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "state/store.h"

namespace brushwatch {

/// An empty store. Threads: any may call. A scan sees the store as it was when the scan began.
std::unique_ptr<StateStore> make_memory_store();
/// Opens what snapshot() of a memory store wrote; later writes stay in memory, the directory is left as it is.
/// Errors: kStateIo (absent, unreadable), kStateCorrupt (torn or flipped bytes), kStateVersion (written by a newer build).
Result<std::unique_ptr<StateStore>> open_memory_store(const std::string& directory);

}  // namespace brushwatch
