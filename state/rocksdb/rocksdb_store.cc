#include "state/rocksdb/rocksdb_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <shared_mutex>

#include "engine/base/failpoint.h"

namespace brushwatch {
namespace {

// Below this an ingested file costs more (create, sync, manifest) than the memtable path saves: ~3 µs a put saved against
// ~10 ms a file.
constexpr std::size_t kBulkOperations = 4096;
// A name that RocksDB does not take for one of its own; removed at open when a crash left it behind.
constexpr const char* kBulkFile = "/epoch.ingest";

tl::unexpected<Error> store_error(const rocksdb::Status& status) {
  // A file that the manifest names and the folder lacks is damage as well, whatever the file system calls it.
  const bool corrupt = status.IsCorruption() || status.IsPathNotFound() || status.IsNotSupported() || status.IsInvalidArgument();
  Error error = corrupt ? Error(ErrorCode::kStateCorrupt, "RocksDB found damaged or foreign files")
                        : Error(ErrorCode::kStateIo, "RocksDB could not read or write its files");
  return tl::unexpected<Error>(std::move(error).in(status.ToString()));
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

/// Eight bytes from `at`, missing ones as zero: orders like the bytes do, as far as it goes.
std::uint64_t big_endian_head(std::string_view key, std::size_t at) {
  std::uint64_t word = 0;
  if (key.size() >= at + 8) {
    std::memcpy(&word, key.data() + at, 8);
    return __builtin_bswap64(word);
  }
  for (std::size_t i = at; i < at + 8; ++i) word = word << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  return word;
}

/// The first key after all keys with the prefix; empty when there is none (prefix empty or all 0xFF).
std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

rocksdb::Options database_options(const RocksDbOptions& options) {
  // allow_stall = false: a writer is never blocked for the budget; the epoch length is our own backpressure.
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes, /*num_shard_bits=*/4);
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // else they grow with the data, outside of any cap
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));  // 10 bits a key: ~1 % false positives
  // In pieces of a page with a small table of them above: the filter of a file of a million keys is 1.2 MB, and a cache of 64 MB that has to
  // hold some dozen such files reads each of them again for every look-up.
  table.partition_filters = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.metadata_block_size = 4096;
  table.pin_top_level_index_and_filter = true;
  rocksdb::Options db;
  db.create_if_missing = true;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(options.write_buffer_bytes, cache, false);
  // Two memtables and no more: with several, 7.8 can order a retried flush wrongly (fixed in 7.9).
  db.max_write_buffer_number = 2;
  db.write_buffer_size = options.write_buffer_bytes / 2;
  db.memtable_prefix_bloom_size_ratio = 0.05;  // most look-ups are of keys that the memtable does not hold
  db.memtable_whole_key_filtering = true;
  db.max_background_jobs = 2;
  db.max_open_files = 512;  // each open table keeps a reader of some KiB outside the cache
  db.level_compaction_dynamic_level_bytes = true;
  const auto compressions = rocksdb::GetSupportedCompressions();
  const bool lz4 = std::find(compressions.begin(), compressions.end(), rocksdb::kLZ4Compression) != compressions.end();
  db.compression = lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;  // a torn tail is cut, never skipped over
  db.avoid_flush_during_shutdown = true;                                  // the WAL has it; a quick end is worth more
  db.stats_dump_period_sec = 0;     // no timer thread, no statistics nobody reads
  db.stats_persist_period_sec = 0;
  // Tickers only: no histogram, no clock reading; an atomic of the core's own at each operation.
  db.statistics = rocksdb::CreateDBStatistics();
  db.statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  db.info_log_level = rocksdb::WARN_LEVEL;
  db.keep_log_file_num = 2;
  return db;
}

class Store final : public RocksDbStore {
 public:
  Store(RocksDbOptions options, rocksdb::Options db_options, std::unique_ptr<rocksdb::DB> db)
      : options_(std::move(options)), db_options_(std::move(db_options)), db_(std::move(db)) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    BW_FAILPOINT("state-read");
    std::string value;
    const rocksdb::Status status = db_->Get({}, db_->DefaultColumnFamily(), slice(key), &value);
    if (status.ok()) return std::optional<std::string>(std::move(value));
    if (status.IsNotFound()) return std::optional<std::string>();
    return store_error(status);
  }

  Result<void> multi_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) override {
    BW_FAILPOINT("state-read");
    const std::size_t n = keys.size();
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(n);
    std::vector<rocksdb::Status> states(n);
    const bool sorted = std::is_sorted(keys.begin(), keys.end());
    db_->MultiGet({}, db_->DefaultColumnFamily(), n, slices.data(), found.data(), states.data(), sorted);
    values.assign(n, std::nullopt);
    for (std::size_t i = 0; i < n; ++i) {
      if (states[i].ok()) {
        values[i].emplace(found[i].data(), found[i].size());
      } else if (!states[i].IsNotFound()) {
        return store_error(states[i]);
      }
    }
    return {};
  }

  Result<void> write(const StoreBatch& batch) override {
    if (batch.empty()) return {};
    if (options_.bulk && batch.operations() >= kBulkOperations) return ingest(batch);
    BW_FAILPOINT("store-write");
    const std::shared_lock lock(order_);
    rocksdb::WriteBatch out(batch.bytes() + 12);
    rocksdb::Status status;
    batch.for_each([&](bool is_put, std::string_view key, std::string_view value) {
      if (!status.ok()) return;
      status = is_put ? out.Put(slice(key), slice(value)) : out.Delete(slice(key));
    });
    rocksdb::WriteOptions how;
    how.sync = options_.fsync;
    if (status.ok()) status = db_->Write(how, &out);
    if (!status.ok()) return store_error(status);
    logged_ = true;
    BW_FAILPOINT("store-written");
    return {};
  }

  Result<void> scan_from(std::string_view from, std::string_view prefix, const Visit& visit) override {
    const std::string end = end_of_prefix(prefix);
    const rocksdb::Slice upper(end);
    rocksdb::ReadOptions how;
    if (!end.empty()) how.iterate_upper_bound = &upper;
    how.fill_cache = false;  // what is read once must not push the rows out
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(how));
    for (it->Seek(slice(from)); it->Valid() && view(it->key()).starts_with(prefix); it->Next()) {
      if (!visit(view(it->key()), view(it->value()))) break;
    }
    if (!it->status().ok()) return store_error(it->status());
    return {};
  }

  Result<void> snapshot(const std::string& directory) override {
    BW_FAILPOINT("snapshot-create");
    rocksdb::Checkpoint* raw = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &raw);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
    // Flushes first, then hard links: the copy costs no space until the original compacts.
    if (status.ok()) status = checkpoint->CreateCheckpoint(directory, /*log_size_for_flush=*/0);
    if (status.ok()) return {};
    if (status.IsInvalidArgument()) return fail(ErrorCode::kStateIo, "the snapshot directory exists already");
    return store_error(status);
  }

  RocksDbStats statistics() override {
    RocksDbStats s;
    s.table_bytes = property("rocksdb.total-sst-files-size");
    s.memtable_bytes = property("rocksdb.cur-size-all-mem-tables");
    s.cache_bytes = property("rocksdb.block-cache-usage");
    s.cache_capacity_bytes = property("rocksdb.block-cache-capacity");
    s.pending_compaction_bytes = property("rocksdb.estimate-pending-compaction-bytes");
    s.keys = property("rocksdb.estimate-num-keys");
    std::string files;
    if (db_->GetProperty("rocksdb.num-files-at-level0", &files)) s.level0_files = std::strtoull(files.c_str(), nullptr, 10);
    s.running_compactions = property("rocksdb.num-running-compactions");
    s.running_flushes = property("rocksdb.num-running-flushes");
    s.background_errors = property("rocksdb.background-errors");
    s.write_stopped = property("rocksdb.is-write-stopped") != 0;
    const rocksdb::Statistics& tickers = *db_options_.statistics;
    s.cache_hits = tickers.getTickerCount(rocksdb::BLOCK_CACHE_HIT);
    s.cache_misses = tickers.getTickerCount(rocksdb::BLOCK_CACHE_MISS);
    s.filter_skips = tickers.getTickerCount(rocksdb::BLOOM_FILTER_USEFUL);
    s.read_bytes = tickers.getTickerCount(rocksdb::BYTES_READ);
    s.written_bytes = tickers.getTickerCount(rocksdb::BYTES_WRITTEN);
    s.flushed_bytes = tickers.getTickerCount(rocksdb::FLUSH_WRITE_BYTES);
    s.compaction_read_bytes = tickers.getTickerCount(rocksdb::COMPACT_READ_BYTES);
    s.compaction_written_bytes = tickers.getTickerCount(rocksdb::COMPACT_WRITE_BYTES);
    s.log_bytes = tickers.getTickerCount(rocksdb::WAL_FILE_BYTES);
    s.stall_us = tickers.getTickerCount(rocksdb::STALL_MICROS);
    return s;
  }

  std::uint64_t property(std::string_view name) override {
    std::uint64_t value = 0;
    return db_->GetIntProperty(slice(name), &value) ? value : 0;
  }

 private:
  struct Operation {
    std::uint64_t head, next;  // the first 16 bytes of the key as numbers: nearly always enough to order two of them
    std::string_view key, value;
    bool is_put;
  };
  static bool before(const Operation& a, const Operation& b) {
    if (a.head != b.head) return a.head < b.head;
    return a.next != b.next ? a.next < b.next : a.key < b.key;
  }
  /// Visits the batch's operations in the order of their keys, those of one key in the order of the calls. An epoch is a few loose keys and
  /// then the tables' rows, which come in order and are up to millions: only the loose ones are listed and sorted, the rest is merged with
  /// them where it stands. So the memory beside the batch is that of the part that is out of order.
  template <class Visit>
  static void visit_in_order(const StoreBatch& batch, Visit&& visit) {
    const auto operation = [](bool is_put, std::string_view key, std::string_view value) {
      return Operation{big_endian_head(key, 0), big_endian_head(key, 8), key, value, is_put};
    };
    std::size_t loose = 0, number = 0;  // up to the last operation whose key comes before the one in front of it
    Operation last;
    batch.for_each([&](bool is_put, std::string_view key, std::string_view value) {
      const Operation now = operation(is_put, key, value);
      if (number > 0 && before(now, last)) loose = number;
      last = now;
      ++number;
    });
    std::vector<Operation> sorted;
    sorted.reserve(loose);
    std::size_t next = 0;  // of `sorted`, to be visited
    batch.for_each([&](bool is_put, std::string_view key, std::string_view value) {
      const Operation now = operation(is_put, key, value);
      if (sorted.size() < loose) {
        sorted.push_back(now);
        if (sorted.size() == loose) std::stable_sort(sorted.begin(), sorted.end(), before);
        return;
      }
      for (; next < loose && !before(now, sorted[next]); ++next) visit(sorted[next]);
      visit(now);
    });
    for (; next < loose; ++next) visit(sorted[next]);
  }
  /// One sorted file, one entry a key (the last operation wins), taken in by one manifest record: all or nothing.
  Result<void> ingest(const StoreBatch& batch) {
    const std::unique_lock lock(order_);  // one file name, and no logged batch between our flush and our ingest
    // Ingested files are synced and the log is not: without this flush a power cut could keep this batch and lose an
    // earlier one.
    rocksdb::Status status;
    if (logged_) {
      BW_FAILPOINT("store-flush");
      status = db_->Flush({});
    }
    if (!status.ok()) return store_error(status);
    logged_ = false;
    const std::string path = options_.directory + kBulkFile;
    // Not compressed: rows hold no zeros any more, and what lives longer is compressed when it is compacted.
    rocksdb::Options plain = db_options_;
    plain.compression = rocksdb::kNoCompression;
    rocksdb::SstFileWriter file(rocksdb::EnvOptions(), plain);
    status = file.Open(path);
    std::optional<Operation> waiting;  // for the next one, which may be of the same key and wins
    const auto put = [&](const Operation& o) { status = o.is_put ? file.Put(slice(o.key), slice(o.value)) : file.Delete(slice(o.key)); };
    visit_in_order(batch, [&](const Operation& operation) {
      if (waiting && status.ok() && waiting->key != operation.key) put(*waiting);
      waiting = operation;
    });
    if (waiting && status.ok()) put(*waiting);
    if (status.ok()) status = file.Finish();
    BW_FAILPOINT("store-ingest");
    rocksdb::IngestExternalFileOptions how;
    how.move_files = true;
    how.write_global_seqno = false;
    if (status.ok()) status = db_->IngestExternalFile({path}, how);
    std::error_code ignored;
    BW_FAILPOINT("store-ingested");
    std::filesystem::remove(path, ignored);
    if (!status.ok()) return store_error(status);
    return {};
  }

  const RocksDbOptions options_;
  const rocksdb::Options db_options_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::shared_mutex order_;           // shared: batches through the log; alone: an ingest
  std::atomic<bool> logged_ = true;   // something may sit in the log that no file holds yet
};

}  // namespace

Result<std::unique_ptr<RocksDbStore>> open_rocksdb_store(RocksDbOptions options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) return fail(ErrorCode::kStateIo, "cannot make the state directory (errno)", error.value());
  const rocksdb::Options db_options = database_options(options);
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(db_options, options.directory, &raw);
  if (!status.ok()) return store_error(status);
  std::unique_ptr<rocksdb::DB> db(raw);
  std::filesystem::remove(options.directory + kBulkFile, error);  // only now: the lock is ours
  return std::make_unique<Store>(std::move(options), db_options, std::move(db));
}

}  // namespace brushwatch
