/// What a row costs: a hit in memory, a miss read from RocksDB, its share of an epoch, its bytes.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "state/memory_store.h"
#include "state/rocksdb/rocksdb_store.h"
#include "state/row_table.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kRowBytes = 64;
constexpr std::size_t kFrame = 256;  // records of one ledger frame, as prefetch() gets them

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "brushwatch-bench-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<RowTable> open(StateStore& store, std::size_t memory_bytes) {
  RowLayout layout;
  layout.add("bench", 1, kRowBytes);
  auto table = RowTable::open(store, std::move(layout), {.prefix = "b/", .memory_bytes = memory_bytes});
  BW_CHECK(table, "the table opens");
  return std::move(*table);
}

void touch(RowTable& table, std::uint64_t key, std::int64_t timer_ms) {
  auto row = table.find_or_create(key);
  auto* const words = reinterpret_cast<std::uint64_t*>(row->columns);
  for (std::size_t i = 0; i < kRowBytes / 8; ++i) words[i] += key + i;
  row->timer->ms = timer_ms;
  table.touched(*row);
}

void epoch(RowTable& table, StateStore& store) {
  StoreBatch batch;
  BW_CHECK(table.collect(batch), "collected");
  BW_CHECK(store.write(batch), "written");
  table.committed();
}

void fill(RowTable& table, StateStore& store, std::uint64_t rows) {
  for (std::uint64_t i = 0; i < rows; ++i) {
    touch(table, hash_combine(i, 1), static_cast<std::int64_t>(i % 1'000'000) * 1000);
    if (i % 50'000 == 49'999) {
      epoch(table, store);
      table.trim();
    }
  }
  epoch(table, store);
  table.trim();
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// find_or_create + touched of random rows that are all in memory; frames are prefetched when the second argument says so.
void hit(benchmark::State& state) {
  auto store = make_memory_store();
  auto table = open(*store, std::size_t{1} << 30);
  const auto rows = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t i = 0; i < rows; ++i) touch(*table, hash_combine(i, 1), INT64_MAX);
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> keys(kFrame * 64);
  std::size_t at = 0;
  for (auto _ : state) {
    if (at == 0) {
      state.PauseTiming();
      for (auto& key : keys) key = hash_combine(random() % rows, 1);
      state.ResumeTiming();
    }
    const std::span<const std::uint64_t> frame(&keys[at], kFrame);
    if (state.range(1) != 0) benchmark::DoNotOptimize(table->prefetch(frame));
    for (const std::uint64_t key : frame) {
      auto row = table->find_or_create(key);
      ++*reinterpret_cast<std::uint64_t*>(row->columns);
      table->touched(*row);
    }
    at = (at + kFrame) % keys.size();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kFrame));
}

/// Frames of random keys, nearly all only in RocksDB (table cap 8 MiB, block cache 64 MiB), read by prefetch().
void miss(benchmark::State& state) {
  const Folder folder;
  auto store = open_rocksdb_store({.directory = folder.path() + "/state", .bulk = true});
  BW_CHECK(store, "RocksDB opens");
  auto table = open(**store, 8U << 20);
  constexpr std::uint64_t kRows = 1'000'000;
  fill(*table, **store, kRows);
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> keys(kFrame);
  const std::uint64_t before = table->store_reads();
  for (auto _ : state) {
    state.PauseTiming();
    for (auto& key : keys) key = hash_combine(random() % kRows, 1);
    table->trim();
    state.ResumeTiming();
    benchmark::DoNotOptimize(table->prefetch(keys));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(table->store_reads() - before));
}

/// One epoch of `rows` dirty rows out of 500 k. Second argument: 0 = collect + committed only, 1 = with the write through
/// the log, 2 = with the write as one ingested file. A third of the rows also moves its timer.
void epoch_of_rows(benchmark::State& state) {
  const Folder folder;
  auto store = open_rocksdb_store({.directory = folder.path() + "/state", .bulk = state.range(1) == 2});
  BW_CHECK(store, "RocksDB opens");
  auto table = open(**store, std::size_t{1} << 30);
  constexpr std::uint64_t kRows = 500'000;
  fill(*table, **store, kRows);
  std::mt19937_64 random(1);
  std::int64_t turn = 0;
  std::size_t operations = 0, dirty = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ++turn;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      const std::uint64_t at = random() % kRows;
      touch(*table, hash_combine(at, 1), static_cast<std::int64_t>(at) * 1000 + (at % 3 == 0 ? turn : 0));
    }
    dirty += table->dirty_rows();
    state.ResumeTiming();
    StoreBatch batch;
    BW_CHECK(table->collect(batch), "collected");
    if (state.range(1) != 0) BW_CHECK((*store)->write(batch), "written");
    table->committed();
    operations += batch.operations();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(dirty));
  state.counters["ops/row"] = static_cast<double>(operations) / static_cast<double>(dirty);
}

/// Memory of 10^6 rows of 64 bytes, all dirty (16 B each of it is the list of dirty rows): as counted and as resident.
/// First argument: rows have timers.
void resident_per_row(benchmark::State& state) {
  for (auto _ : state) {
    auto store = make_memory_store();
    auto table = open(*store, std::size_t{1} << 30);
    const double before = resident_bytes();
    constexpr std::uint64_t kRows = 1'000'000;
    for (std::uint64_t i = 0; i < kRows; ++i) {
      const auto timer = static_cast<std::int64_t>(i * 7919 % 1'000'000) * 1000;
      touch(*table, hash_combine(i, 1), state.range(0) != 0 ? timer : INT64_MAX);
    }
    state.counters["counted_B"] = static_cast<double>(table->memory_bytes()) / kRows;
    state.counters["rss_B"] = (resident_bytes() - before) / kRows;
  }
}

BENCHMARK(resident_per_row)->ArgName("timers")->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(hit)->ArgNames({"rows", "prefetch"})->Args({1000, 0})->Args({1'000'000, 0})->Args({1'000'000, 1});
BENCHMARK(miss)->Iterations(400);
BENCHMARK(epoch_of_rows)->ArgNames({"rows", "store"})->Args({50'000, 0})->Args({50'000, 1})->Args({50'000, 2})
    ->Iterations(6)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace brushwatch
