#pragma once
/// The state store of production: one RocksDB, one column family, all tasks of a process side by side under their prefixes.
///
/// Role    a cache of a deterministic fold: whatever it loses can be folded again from the ledger. So any sign of damage
///         (kStateCorrupt, kStateIo) is answered by discarding the directory and restoring; nothing here ever repairs.
/// Writes  WAL on, sync off: a batch survives the death of the process; a power cut falls back to an older whole prefix.
/// Threads any may call; batches of different threads stay whole.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "state/store.h"

namespace brushwatch {

struct RocksDbOptions {
  std::string directory;  ///< made when absent; one process at a time (kStateIo when it is locked)
  /// Blocks, indexes, filters and memtables together: the one memory number of this store.
  std::size_t cache_bytes = 64ULL << 20;
  std::size_t write_buffer_bytes = 32ULL << 20;  ///< of it, for both memtables together
  /// Each batch reaches the disk before write() returns: survives the death of the machine, at ~5 ms a batch.
  bool fsync = false;
  /// Big batches become one sorted file that is ingested whole instead of passing the memtable: for replays, where an
  /// epoch holds 10^5 rows. Such a batch is durable and atomic by itself.
  bool bulk = false;
};

/// What RocksDB says of itself. Reading it takes some 20 µs: once a scrape, not once a round.
struct RocksDbStats {
  // As of now.
  std::uint64_t table_bytes = 0, memtable_bytes = 0, cache_bytes = 0, cache_capacity_bytes = 0, pending_compaction_bytes = 0;
  std::uint64_t keys = 0, level0_files = 0, running_compactions = 0, running_flushes = 0, background_errors = 0;
  bool write_stopped = false;
  // Since the store was opened.
  std::uint64_t cache_hits = 0, cache_misses = 0, filter_skips = 0, read_bytes = 0, written_bytes = 0, flushed_bytes = 0;
  std::uint64_t compaction_read_bytes = 0, compaction_written_bytes = 0, log_bytes = 0, stall_us = 0;
};

class RocksDbStore : public StateStore {
 public:
  /// Any thread.
  [[nodiscard]] virtual RocksDbStats statistics() = 0;
  /// An integer property for metrics, e.g. "rocksdb.estimate-live-data-size"; 0 when RocksDB knows no such number.
  [[nodiscard]] virtual std::uint64_t property(std::string_view name) = 0;
};

/// Errors: kStateIo (cannot be opened, or held by another process), kStateCorrupt.
Result<std::unique_ptr<RocksDbStore>> open_rocksdb_store(RocksDbOptions options);

}  // namespace brushwatch
