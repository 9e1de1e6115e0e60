#include "apps/snapshot_maker.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "state/snapshot.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;
constexpr const char* kCopy = ".copy";

}  // namespace

SnapshotMaker::SnapshotMaker(SnapshotConfig config, Clock& clock)
    : config_(std::move(config)), clock_(clock), due_ns_(clock.monotonic_ns() + static_cast<std::int64_t>(config_.every_s) * 1'000'000'000) {}

SnapshotMaker::~SnapshotMaker() {
  if (thread_.joinable()) thread_.join();
}

Result<void> SnapshotMaker::maybe(Host& host) {
  if (config_.directory.empty() || busy_ || clock_.monotonic_ns() < due_ns_) return {};
  if (thread_.joinable()) thread_.join();
  due_ns_ = clock_.monotonic_ns() + static_cast<std::int64_t>(config_.every_s) * 1'000'000'000;
  std::error_code code;
  fs::create_directories(config_.directory, code);
  const std::string aside = config_.directory + "/next" + kCopy;
  fs::remove_all(aside, code);
  auto copied = host.copy_state(aside);
  if (!copied && copied.error().code == ErrorCode::kStateCorrupt) return tl::unexpected<Error>(std::move(copied.error()));
  if (!copied) {
    error_ = std::move(copied.error());
    return {};
  }
  if (!*copied) return {};
  const SnapshotManifest about = **copied;
  busy_ = true;
  thread_ = std::thread([this, aside, about] {
    // Zeros in front: the order of names is the order of epochs.
    const std::string folder = config_.directory + "/" + fmt::format("epoch-{:012}", about.epoch);
    auto made = create_snapshot(folder, about, [&](const std::string& to) -> Result<void> {
      std::error_code renamed;
      fs::rename(aside, to, renamed);
      if (renamed) return fail(ErrorCode::kStateIo, "cannot move the copy into the snapshot", renamed.value());
      return {};
    });
    if (made) {
      ++made_;
      auto names = list_snapshots(config_.directory);
      std::error_code ignored;
      for (std::size_t i = 0; i + config_.keep < names.size(); ++i) fs::remove_all(config_.directory + "/" + names[i], ignored);
    } else {
      error_ = std::move(made.error());
    }
    busy_ = false;
  });
  return {};
}

std::optional<Error> SnapshotMaker::failed() {
  if (busy_) return std::nullopt;
  return std::exchange(error_, std::nullopt);
}

}  // namespace brushwatch::app
