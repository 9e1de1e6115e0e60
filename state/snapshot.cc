#include "state/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/sha256.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTitle = "brushwatch-snapshot 1";
constexpr const char* kManifest = "/snapshot.txt";
constexpr const char* kState = "/state";
/// Not a name that list_snapshots() shows.
constexpr const char* kAside = ".part";
constexpr std::size_t kChunk = 1 << 20;

tl::unexpected<Error> damaged(std::string_view what, std::string where) {
  return tl::unexpected<Error>(Error(ErrorCode::kStateCorrupt, what).in(std::move(where)));
}
tl::unexpected<Error> io(std::string_view what, std::string where, int code) {
  return tl::unexpected<Error>(Error(ErrorCode::kStateIo, what, code).in(std::move(where)));
}

/// Reads the file through; what is read also goes to `to` when that is not empty, durably.
Result<SnapshotFile> hash_file(const std::string& path, const std::string& name, const std::string& to = {}) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return damaged("a file of the snapshot is missing", name);
  std::ofstream out;
  if (!to.empty()) out.open(to, std::ios::binary | std::ios::trunc);
  if (!to.empty() && !out) return io("cannot write the restored state", to, errno);
  SnapshotFile file{name, 0, {}};
  Sha256 hash;
  std::string chunk(kChunk, '\0');
  for (;;) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto n = static_cast<std::size_t>(in.gcount());
    if (n == 0) break;
    const std::string_view bytes(chunk.data(), n);
    hash.update(bytes);
    file.bytes += n;
    if (!to.empty() && !out.write(bytes.data(), static_cast<std::streamsize>(n))) return io("cannot write the restored state", to, errno);
  }
  if (in.bad()) return io("cannot read a file of the snapshot", path, errno);
  file.sha256 = to_hex(hash.finish());
  if (to.empty()) return file;
  out.close();
  const int fd = ::open(to.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = out && fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) return io("cannot write the restored state", to, errno);
  return file;
}

Result<std::vector<std::string>> files_below(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (entry.is_regular_file() && entry.path().filename() != "LOCK") names.push_back(entry.path().filename().string());
  }
  if (code) return damaged("the snapshot has no state", folder);
  std::sort(names.begin(), names.end());
  return names;
}

/// Every file of the manifest as it should be, and no other; copied to `to` when that is not empty.
Result<SnapshotManifest> check_files(const std::string& folder, const std::string& to) {
  BW_ASSIGN(SnapshotManifest manifest, read_snapshot(folder));
  BW_ASSIGN(const auto there, files_below(folder + kState));
  for (const std::string& name : there) {
    if (std::none_of(manifest.files.begin(), manifest.files.end(), [&](const SnapshotFile& f) { return f.name == name; }))
      return damaged("a file is not of the snapshot", name);
  }
  for (const SnapshotFile& wanted : manifest.files) {
    BW_ASSIGN(const SnapshotFile found, hash_file(folder + kState + "/" + wanted.name, wanted.name, to.empty() ? to : to + "/" + wanted.name));
    if (found.bytes != wanted.bytes || found.sha256 != wanted.sha256) return damaged("a file of the snapshot was changed", wanted.name);
  }
  return manifest;
}

}  // namespace

std::uint64_t SnapshotManifest::bytes() const {
  std::uint64_t sum = 0;
  for (const SnapshotFile& f : files) sum += f.bytes;
  return sum;
}

std::string SnapshotManifest::text() const {
  std::string out = fmt::format("{}\ncreated {}\nidentity {:016x}\nwriter_epoch {}\nepoch {}\nnext_round {}\noffsets {}\n", kTitle, format_time(created), identity,
                                writer_epoch, epoch, next_round, fmt::join(offsets, " "));
  for (const SnapshotFile& f : files) out += fmt::format("file {} {} {}\n", f.sha256, f.bytes, f.name);
  return out + fmt::format("end {}\n", to_hex(sha256(out)));
}

Result<SnapshotManifest> SnapshotManifest::parse(std::string_view text) {
  if (!text.starts_with("brushwatch-snapshot ")) return fail(ErrorCode::kStateCorrupt, "not the manifest of a snapshot");
  if (!text.starts_with(std::string(kTitle) + "\n")) return fail(ErrorCode::kStateVersion, "the snapshot was made by a newer version");
  constexpr std::size_t kEndBytes = 4 + 64 + 1;  // "end ", the hash, newline
  if (text.size() < kEndBytes || text.back() != '\n') return fail(ErrorCode::kStateCorrupt, "the manifest of the snapshot is cut short");
  const std::string_view body = text.substr(0, text.size() - kEndBytes), end = text.substr(body.size());
  if (end != fmt::format("end {}\n", to_hex(sha256(body)))) return fail(ErrorCode::kStateCorrupt, "the manifest of the snapshot was changed");
  SnapshotManifest out;
  std::istringstream lines{std::string(body)};
  std::string line;
  std::getline(lines, line);
  for (std::int64_t number = 2; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string key, word;
    words >> key;
    bool good = true;
    if (key == "created") {
      words >> word;
      const auto time = parse_time(word);
      good = time.has_value();
      if (good) out.created = *time;
    } else if (key == "identity") {
      words >> std::hex >> out.identity;
      good = !words.fail();
    } else if (key == "writer_epoch") {
      good = static_cast<bool>(words >> out.writer_epoch);
    } else if (key == "epoch") {
      good = static_cast<bool>(words >> out.epoch);
    } else if (key == "next_round") {
      good = static_cast<bool>(words >> out.next_round);
    } else if (key == "offsets") {
      for (std::uint64_t offset = 0; words >> offset;) out.offsets.push_back(offset);
    } else if (key == "file") {
      SnapshotFile f;
      good = static_cast<bool>(words >> f.sha256 >> f.bytes >> f.name) && f.name.find('/') == std::string::npos && f.name != "..";
      out.files.push_back(std::move(f));
    } else {
      good = false;
    }
    if (!good) return fail(ErrorCode::kStateCorrupt, "a line of the snapshot's manifest says nothing", number);
  }
  return out;
}

Result<SnapshotManifest> create_snapshot(const std::string& folder, SnapshotManifest about, const std::function<Result<void>(const std::string&)>& copy) {
  std::error_code code;
  if (fs::exists(folder, code)) return io("there is a snapshot of this name", folder, EEXIST);
  const std::string aside = folder + kAside;
  fs::remove_all(aside, code);  // of a process that died here
  fs::create_directories(aside, code);
  if (code) return io("cannot make the snapshot's folder", aside, code.value());
  BW_TRY(copy(aside + kState));
  BW_ASSIGN(const auto names, files_below(aside + kState));
  about.files.clear();
  for (const std::string& name : names) {
    BW_ASSIGN(SnapshotFile file, hash_file(aside + kState + "/" + name, name));
    about.files.push_back(std::move(file));
  }
  std::ofstream out(aside + kManifest, std::ios::binary);
  out << about.text();
  out.close();
  if (!out) return io("cannot write the snapshot's manifest", aside, errno);
  fs::rename(aside, folder, code);
  if (code) return io("cannot name the snapshot", folder, code.value());
  return about;
}

Result<SnapshotManifest> read_snapshot(const std::string& folder) {
  std::ifstream in(folder + kManifest, std::ios::binary);
  if (!in) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "there is no snapshot").in(folder));
  std::ostringstream text;
  text << in.rdbuf();
  auto manifest = SnapshotManifest::parse(text.str());
  if (!manifest) return tl::unexpected<Error>(std::move(manifest.error()).in(folder));
  return manifest;
}

Result<SnapshotManifest> verify_snapshot(const std::string& folder) { return check_files(folder, {}); }

Result<SnapshotManifest> restore_snapshot(const std::string& folder, const std::string& state_directory) {
  std::error_code code;
  if (fs::exists(state_directory, code) && !fs::is_empty(state_directory, code))
    return tl::unexpected<Error>(Error(ErrorCode::kStateForeign, "there is a state already").in(state_directory));
  const std::string aside = state_directory + kAside;
  fs::remove_all(aside, code);
  fs::create_directories(aside, code);
  if (code) return io("cannot make the state directory", aside, code.value());
  BW_ASSIGN(SnapshotManifest manifest, check_files(folder, aside));
  fs::remove(state_directory, code);
  fs::rename(aside, state_directory, code);
  if (code) return io("cannot name the restored state", state_directory, code.value());
  return manifest;
}

std::vector<std::string> list_snapshots(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(directory, code)) {
    if (entry.path().extension() != kAside && fs::exists(entry.path() / (kManifest + 1), code)) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace brushwatch
