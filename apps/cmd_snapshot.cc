// `snapshot create|ls|verify`: copies of the state, to restore from.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "apps/commands.h"
#include "apps/exit_codes.h"
#include "apps/host.h"
#include "apps/terminal.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch::app {
namespace {

std::string as_json(const std::string& folder, const SnapshotManifest& m) {
  return fmt::format("{{\"snapshot\":\"{}\",\"created\":\"{}\",\"identity\":\"{:016x}\",\"writer_epoch\":{},\"epoch\":{},\"next_round\":{},\"offsets\":[{}],\"files\":{},\"bytes\":{}}}",
                     folder, format_time(m.created), m.identity, m.writer_epoch, m.epoch, m.next_round, fmt::join(m.offsets, ","), m.files.size(), m.bytes());
}
void show(const std::string& folder, const SnapshotManifest& m, bool json) {
  if (json) {
    std::printf("%s\n", as_json(folder, m).c_str());
  } else {
    std::printf("%-40s  %s  epoch %-8llu round %-10llu %4zu files  %s\n", folder.c_str(), format_time(m.created).c_str(), static_cast<unsigned long long>(m.epoch),
                static_cast<unsigned long long>(m.next_round), m.files.size(), bytes_text(m.bytes()).c_str());
  }
}

}  // namespace

int snapshot_create(const SnapshotOptions& options) {
  const auto made = [&]() -> Result<std::pair<std::string, SnapshotManifest>> {
    std::error_code code;
    if (!std::filesystem::exists(options.state + "/CURRENT", code)) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "there is no state").in(options.state));
    RocksDbOptions store_options;
    store_options.directory = options.state;
    auto store = open_rocksdb_store(store_options);
    if (!store) return tl::unexpected<Error>(std::move(store.error()).in("a running process makes its own snapshots (snapshot.directory)"));
    BW_ASSIGN(const auto about, describe_state(**store, system_clock().now()));
    const std::string folder = options.where + "/" + fmt::format("epoch-{:012}", about.epoch);
    BW_ASSIGN(auto manifest, create_snapshot(folder, about, [&](const std::string& to) { return (*store)->snapshot(to); }));
    return std::pair(folder, std::move(manifest));
  }();
  if (!made) return report(made.error());
  show(made->first, made->second, options.json);
  return kExitOk;
}

int snapshot_ls(const SnapshotOptions& options) {
  int code = kExitOk;
  for (const std::string& name : list_snapshots(options.where)) {
    const std::string folder = options.where + "/" + name;
    const auto manifest = read_snapshot(folder);
    if (manifest) {
      show(folder, *manifest, options.json);
    } else {
      std::fprintf(stderr, "brushwatch: %s\n", manifest.error().message().c_str());
      code = kExitFindings;
    }
  }
  return code;
}

int snapshot_verify(const SnapshotOptions& options) {
  const auto manifest = verify_snapshot(options.where);
  if (manifest) {
    show(options.where, *manifest, options.json);
    return kExitOk;
  }
  if (manifest.error().code != ErrorCode::kStateCorrupt) return report(manifest.error());
  std::fprintf(stderr, "brushwatch: %s\n  next: restore from another snapshot, or fold the ledger from its beginning\n", manifest.error().message().c_str());
  return kExitFindings;
}

}  // namespace brushwatch::app
