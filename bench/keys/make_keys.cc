// A state with many live keys, made directly: rows of the party stage are written through the row table, then the product opens
// the state, folds a first round of its ledger over it and closes the epoch. What comes out is a state and a ledger like any other.
//
//   bench_keys DIR KEYS [PARTITIONS]     makes DIR/ledger and DIR/state

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "apps/host.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/file_log.h"
#include "connectors/file/line_source.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch {
namespace {

/// An event that begins the ledger, in the time of the rows.
constexpr const char* kEvent =
    R"({"type":"order.paid","source":"taobao","event_time":"2026-11-09T10:00:00+08:00","ingest_time":1794189600000,"shop_id":"S-1","buyer_pid":"b-1","total_fen":100,"paid_fen":100,"order_id":"O-1"})";
constexpr std::int64_t kEventMs = 1'794'189'600'000;
/// As many words as a party's row that has seen a few edges: 96 bytes of 8 (docs/formats/state.md keeps only words that are not zero).
constexpr std::size_t kWords = 12;
/// Rows an epoch: what a replay writes at once.
constexpr std::uint64_t kEpochRows = 500'000;

Result<void> make_rows(const std::string& directory, const StageSpec& spec, std::uint64_t keys, std::uint32_t partitions) {
  RocksDbOptions options;
  options.directory = directory;
  options.bulk = true;
  BW_ASSIGN(auto store, open_rocksdb_store(options));
  for (std::uint32_t p = 0; p < partitions; ++p) {
    RowTable::Options table;
    table.prefix = {'T', static_cast<char>('a' + static_cast<int>(spec.op->stage())), static_cast<char>(p >> 8), static_cast<char>(p)};
    table.memory_bytes = 16 << 20;
    table.tails = spec.tails;
    BW_ASSIGN(auto rows, RowTable::open(*store, spec.layout, table));
    StoreBatch batch;
    const auto write = [&]() -> Result<void> {
      batch.clear();
      BW_TRY(rows->collect(batch));
      BW_TRY(store->write(batch));
      rows->committed();
      rows->trim();
      return {};
    };
    // Spread over all keys and in their order, so that no file overlaps another and nothing is compacted while it is made.
    const std::uint64_t gap = UINT64_MAX / keys;
    for (std::uint64_t n = p; n < keys; n += partitions) {
      const std::uint64_t key = n * gap + mix64(n) % gap;
      BW_ASSIGN(Row row, rows->find_or_create(key));
      for (std::size_t w = 0; w < kWords && w * 8 < spec.layout.row_bytes; ++w) {
        const std::uint64_t word = mix64(key + w) | 1;
        std::memcpy(row.columns + w * 8, &word, sizeof word);
      }
      // They end between one and two months from now: every one of them is still to be woken.
      *row.timer = EventTime{kEventMs + 30 * kDayMs + static_cast<std::int64_t>(mix64(key) % (30ULL * kDayMs))};
      rows->touched(row);
      if ((n / partitions + 1) % kEpochRows == 0) BW_TRY(write());
    }
    BW_TRY(write());
  }
  return {};
}

Result<std::uint64_t> make(const std::string& directory, std::uint64_t keys, std::uint32_t partitions) {
  const app::Operators operators;
  std::filesystem::create_directories(directory);
  for (const StageSpec& spec : operators.specs()) {
    if (spec.op->stage() == Stage::kParty) BW_TRY(make_rows(directory + "/state", spec, keys, partitions));
  }
  const std::string input = directory + "/first.ndjson";
  std::FILE* file = std::fopen(input.c_str(), "w");
  if (file == nullptr) return fail(ErrorCode::kIo, "cannot write the first event");
  std::fprintf(file, "%s\n", kEvent);
  std::fclose(file);
  FileLogOptions log;
  log.directory = directory + "/ledger";
  log.partitions = partitions;
  BW_ASSIGN(auto ledger, open_file_log(log));
  app::HostOptions options;
  options.partitions = partitions;
  options.state_directory = directory + "/state";
  BW_ASSIGN(auto host, app::Host::open(operators, std::move(ledger), app::ChainedHub::Sinks{}, options, {}, system_clock()));
  std::vector<IngestSource> sources(1);
  BW_ASSIGN(sources[0].source, open_line_source(input, "first.ndjson", true));
  JsonDecoderOptions decoder;
  decoder.clock = IngestClock::kRecord;
  sources[0].decoder = make_json_decoder(decoder);
  IngestOptions ingest;
  ingest.merge = false;  // no end of input: the ledger goes on elsewhere
  RunOptions run;
  run.stop = [&] { return host->pipeline().stats().rounds > 0; };
  BW_TRY(host->run(std::move(sources), ingest, run));
  return host->pipeline().stats().live_rows.load();
}

}  // namespace
}  // namespace brushwatch

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "bench_keys DIR KEYS [PARTITIONS]\n");
    return 2;
  }
  const auto made = brushwatch::make(argv[1], std::strtoull(argv[2], nullptr, 10), argc > 3 ? static_cast<std::uint32_t>(std::atoi(argv[3])) : 4);
  if (!made) {
    std::fprintf(stderr, "bench_keys: %s\n", made.error().message().c_str());
    return 1;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(*made));
  return 0;
}
