// What the state holds of each stage: rows and the bytes of their keys and values, as stored.
//
//   bench_state_bytes DIR     DIR is a data directory's state; one JSON object a line: {"stage":"shop","rows":3,"bytes":4711}

#include <cstdio>

#include "engine/detect/fold.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch {
namespace {

int print_stages(const char* directory) {
  auto store = open_rocksdb_store({.directory = directory});
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message().c_str());
    return 1;
  }
  for (unsigned s = 0; s < kStages; ++s) {
    std::uint64_t rows = 0, bytes = 0;
    // A table's prefix is 'T', stage, partition (2); 'r' begins its rows (docs/formats/state.md).
    const std::string prefix{'T', static_cast<char>('a' + static_cast<int>(s))};
    const auto counted = (*store)->scan(prefix, [&](std::string_view key, std::string_view value) {
      if (key.size() != 13 || key[4] != 'r') return true;
      ++rows;
      bytes += key.size() + value.size();
      return true;
    });
    if (!counted) {
      std::fprintf(stderr, "%s\n", counted.error().message().c_str());
      return 1;
    }
    if (rows > 0) std::printf("{\"stage\":\"%s\",\"rows\":%llu,\"bytes\":%llu}\n", std::string(stage_name(static_cast<Stage>(s))).c_str(), static_cast<unsigned long long>(rows), static_cast<unsigned long long>(bytes));
  }
  return 0;
}

}  // namespace
}  // namespace brushwatch

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_state_bytes DIR\n");
    return 2;
  }
  return brushwatch::print_stages(argv[1]);
}
