#include "connectors/file/file_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "connectors/file/segment.h"
#include "engine/base/failpoint.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

/// Appends gather up to this much before they are written; also what a crash of the process can lose between two syncs.
constexpr std::size_t kAppendBytes = 256 * 1024;
/// One read gives no more than this, whatever max_records says, so that a reader's memory has a bound.
constexpr std::size_t kReadBytes = 8 * 1024 * 1024;
/// How often a waiting reader of another process's log looks again.
constexpr std::chrono::milliseconds kFollowPause{2};
constexpr std::string_view kManifestTitle = "brushwatch-file-log 1";

tl::unexpected<Error> bad_manifest(const std::string& path) {
  return tl::unexpected(Error(ErrorCode::kLogCorrupt, "the log's manifest is not readable").in(path));
}

Result<std::optional<std::uint32_t>> read_manifest(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd) {
    if (fd.error().code == ErrorCode::kNotFound) return std::optional<std::uint32_t>();
    return tl::unexpected(fd.error());
  }
  std::string text(128, '\0');
  BW_ASSIGN(const std::size_t got, read_at(*fd, text.data(), text.size(), 0, path));
  text.resize(got);
  constexpr std::string_view kWord = "\npartitions ";
  if (!text.starts_with("brushwatch-file-log ")) return bad_manifest(path);
  if (!text.starts_with(kManifestTitle) || text.compare(kManifestTitle.size(), kWord.size(), kWord) != 0)
    return tl::unexpected(Error(ErrorCode::kStateVersion, "the log was made by another version").in(path));
  std::uint32_t partitions = 0;
  const char* from = text.data() + kManifestTitle.size() + kWord.size();
  const char* to = text.data() + text.size();
  const auto [end, error] = std::from_chars(from, to, partitions);
  if (error != std::errc() || end == to || *end != '\n' || partitions == 0) return bad_manifest(path);
  return std::optional(partitions);
}

/// Written beside and renamed: a crash leaves a whole manifest or none.
Result<void> write_manifest(const std::string& directory, std::uint32_t partitions) {
  const std::string path = directory + "/manifest";
  const std::string fresh = path + ".new";
  {
    BW_ASSIGN(const Fd fd, open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC));
    std::size_t written = 0;
    BW_TRY(write_at(fd, fmt::format("{}\npartitions {}\n", kManifestTitle, partitions), 0, fresh, written));
    BW_TRY(sync_file(fd, fresh));
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return tl::unexpected(file_error("cannot rename the file", path));
  return sync_folder(directory);
}

/// Base offsets of the segments in a folder, ascending.
Result<std::vector<std::uint64_t>> list_segments(const std::string& folder) {
  std::vector<std::uint64_t> bases;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::uint64_t base = 0;
    const auto [at, bad] = std::from_chars(name.data(), name.data() + name.size(), base);
    if (bad == std::errc() && at != name.data() && name == segment_name(base)) bases.push_back(base);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    errno = error.value();
    return tl::unexpected(file_error("cannot list the folder", folder));
  }
  std::sort(bases.begin(), bases.end());
  return bases;
}

struct Partition {
  std::mutex mutex;
  std::condition_variable grown;
  std::string folder;
  std::vector<Segment> segments;  // ascending; the last one grows

  // The end of what is in files.
  std::uint64_t written_offset = 0;
  std::uint64_t written_position = 0;  // in the last segment
  // The writer's half.
  Fd active;
  std::string buffer;  // whole records from written_offset on
  std::uint64_t end = 0;
  bool unsynced = false;
  bool failed = false;  // an fsync failed
  // The reader's half: where the last read stopped.
  ReadAhead reader;
  std::size_t reader_segment = SIZE_MAX;
  Segment::Mark at;
};

class FileLog final : public Log {
 public:
  FileLog(const FileLogOptions& options, Fd lock)
      : options_(options), lock_(std::move(lock)), parts_(options.partitions) {}

  ~FileLog() override {
    if (options_.read_only) return;
    for (Partition& p : parts_) (void)flush(p);  // as far as it goes; who needs to know calls sync()
  }

  Result<void> open() {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      parts_[i].folder = fmt::format("{}/{}", options_.directory, i);
      BW_TRY(open_partition(parts_[i]));
    }
    return {};
  }

  [[nodiscard]] std::uint32_t partitions() const override { return options_.partitions; }
  [[nodiscard]] std::size_t max_record_bytes() const override { return kMaxRecordBytes; }

  Result<std::uint64_t> begin_offset(std::uint32_t partition) override {
    BW_ASSIGN(Partition * p, find(partition));
    const std::lock_guard lock(p->mutex);
    return begin(*p);
  }

  Result<std::uint64_t> end_offset(std::uint32_t partition) override {
    BW_ASSIGN(Partition * p, find(partition));
    const std::lock_guard lock(p->mutex);
    if (options_.read_only) BW_TRY(follow(*p));
    return p->end;
  }

  Result<void> append(std::uint32_t partition, std::string_view payload) override {
    BW_ASSIGN(Partition * p, find(partition));
    if (options_.read_only) return fail(ErrorCode::kUnsupported, "the log is open for reading only");
    if (payload.size() > kMaxRecordBytes)
      return fail(ErrorCode::kTooLarge, "record is larger than the log takes",
                  static_cast<std::int64_t>(payload.size()));
    {
      const std::lock_guard lock(p->mutex);
      if (p->failed) return broken();
      const std::size_t bytes = kRecordHeaderBytes + payload.size();
      const std::uint64_t segment_after = p->written_position + p->buffer.size() + bytes;
      const bool roll = segment_after > options_.segment_bytes && p->written_position + p->buffer.size() > 0;
      // Make room before the record is accepted: when that fails, the record was never part of the log.
      if (roll || (!p->buffer.empty() && p->buffer.size() + bytes > kAppendBytes)) BW_TRY(flush(*p));
      if (roll) BW_TRY(start_segment(*p));
      p->segments.back().pass(p->end, p->written_position + p->buffer.size());
      encode_record(p->end, payload, p->buffer);
      ++p->end;
    }
    p->grown.notify_all();
    return {};
  }

  Result<void> sync() override {
    for (Partition& p : parts_) {
      const std::lock_guard lock(p.mutex);
      if (p.failed) return broken();
      BW_TRY(flush(p));
      if (options_.fsync && p.unsynced) BW_TRY(force(p));
    }
    return {};
  }

  Result<void> read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms,
                    std::vector<LogRecord>& out) override {
    std::size_t count = 0;
    auto done = read_into(partition, offset, max_records, wait_ms, out, count);
    out.resize(done ? count : 0);  // the strings that stay keep their buffers for the next read
    return done;
  }

  Result<void> truncate(std::uint32_t partition, std::uint64_t offset) override {
    BW_ASSIGN(Partition * p, find(partition));
    if (options_.read_only) return fail(ErrorCode::kUnsupported, "the log is open for reading only");
    const std::lock_guard lock(p->mutex);
    if (offset < begin(*p)) return before_log(offset);
    BW_TRY(flush(*p));
    if (offset >= p->end) return {};
    BW_TRY(seek(*p, offset));
    // From the end backwards, so that a crash on the way leaves a shorter log and never one with a hole.
    while (p->segments.size() - 1 > p->reader_segment) {
      if (::unlink(p->segments.back().path.c_str()) != 0)
        return tl::unexpected(file_error("cannot remove the segment", p->segments.back().path));
      p->segments.pop_back();
    }
    Segment& last = p->segments.back();
    BW_ASSIGN(p->active, open_file(last.path, O_RDWR));
    BW_TRY(resize_file(p->active, p->at.position, last.path));
    last.cut(offset);
    p->reader.forget();
    p->written_offset = p->end = offset;
    p->written_position = p->at.position;
    p->unsynced = true;
    if (options_.fsync) BW_TRY(sync_folder(p->folder));
    return {};
  }

 private:
  static tl::unexpected<Error> before_log(std::uint64_t offset) {
    return fail(ErrorCode::kLogTruncated, "offset lies before the log", static_cast<std::int64_t>(offset));
  }
  static tl::unexpected<Error> broken() {
    return fail(ErrorCode::kIo, "an earlier write could not be forced to the device: open the log again");
  }
  static std::uint64_t begin(const Partition& p) { return p.segments.empty() ? 0 : p.segments.front().base; }

  Result<Partition*> find(std::uint32_t partition) {
    if (partition >= parts_.size()) return fail(ErrorCode::kUsage, "the log has no such partition", partition);
    return &parts_[partition];
  }

  Result<void> open_partition(Partition& p) {
    BW_ASSIGN(const std::vector<std::uint64_t> bases, list_segments(p.folder));
    for (const std::uint64_t base : bases) p.segments.push_back({p.folder + "/" + segment_name(base), base, {}});
    if (p.segments.empty()) {
      if (options_.read_only) return {};  // nothing was written yet; follow() looks again
      std::error_code error;
      fs::create_directories(p.folder, error);
      if (error) {
        errno = error.value();
        return tl::unexpected(file_error("cannot make the folder", p.folder));
      }
      return start_segment(p);
    }
    Segment& last = p.segments.back();
    ReadAhead file;
    BW_TRY(file.open(last.path));
    BW_ASSIGN(const SegmentEnd end, find_end(file, last, {last.base, 0}));
    p.written_offset = p.end = end.offset;
    p.written_position = end.position;
    if (options_.read_only) return {};
    BW_ASSIGN(p.active, open_file(last.path, O_RDWR));
    if (end.torn) BW_TRY(resize_file(p.active, end.position, last.path));
    return {};
  }

  /// The buffer is empty and the last segment is full (or there is none).
  Result<void> start_segment(Partition& p) {
    if (options_.fsync && p.unsynced) BW_TRY(force(p));  // a later segment must never outlive an earlier one
    Segment fresh{p.folder + "/" + segment_name(p.end), p.end, {}};
    BW_ASSIGN(p.active, open_file(fresh.path, O_RDWR | O_CREAT | O_EXCL));
    p.segments.push_back(std::move(fresh));
    p.written_position = 0;
    if (options_.fsync) BW_TRY(sync_folder(p.folder));
    return {};
  }

  /// Hands the buffered records to the operating system. After a failure the rest stays in the buffer and the next call
  /// goes on where this one stopped.
  Result<void> flush(Partition& p) {
    if (p.buffer.empty()) return {};
    std::size_t written = 0;
    BW_FAILPOINT_WRITE("ledger-sync", p.active.get(), p.buffer, p.written_position);
    auto done = write_at(p.active, p.buffer, p.written_position, p.segments.back().path, written);
    p.unsynced = true;
    if (!done) return done;  // written again from the same position: the same bytes in the same place
    p.written_position += p.buffer.size();
    p.written_offset = p.end;
    p.buffer.clear();
    BW_FAILPOINT("ledger-synced");
    return {};
  }

  Result<void> force(Partition& p) {
    auto done = [&]() -> Result<void> {
      BW_FAILPOINT("ledger-force");
      return sync_file(p.active, p.segments.back().path);
    }();
    if (!done) {
      p.failed = true;
      return done;
    }
    p.unsynced = false;
    return {};
  }

  /// Looks how far another process's log has grown.
  Result<void> follow(Partition& p) {
    if (p.segments.empty()) return open_partition(p);
    while (true) {
      ReadAhead file;
      Segment& last = p.segments.back();
      // List first, then find the end: a segment that is listed was started after the one before it was whole.
      BW_ASSIGN(const std::vector<std::uint64_t> bases, list_segments(p.folder));
      BW_TRY(file.open(last.path));
      BW_ASSIGN(const SegmentEnd end, find_end(file, last, {p.written_offset, p.written_position}));
      p.written_offset = p.end = end.offset;
      p.written_position = end.position;
      const auto next = std::upper_bound(bases.begin(), bases.end(), last.base);
      if (next == bases.end() || *next != end.offset) return {};
      p.segments.push_back({p.folder + "/" + segment_name(*next), *next, {}});
      p.written_position = 0;
    }
  }

  Result<void> wait_for(Partition& p, std::unique_lock<std::mutex>& lock, std::uint64_t offset, int wait_ms) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max(wait_ms, 0));
    if (!options_.read_only) {
      if (wait_ms > 0) p.grown.wait_until(lock, until, [&] { return offset < p.end; });
      return {};
    }
    while (true) {
      BW_TRY(follow(p));
      if (offset < p.end || std::chrono::steady_clock::now() >= until) return {};
      std::this_thread::sleep_for(kFollowPause);
    }
  }

  /// Puts the reader at `offset`, which is in a file.
  Result<void> seek(Partition& p, std::uint64_t offset) {
    const auto after = std::upper_bound(p.segments.begin(), p.segments.end(), offset,
                                        [](std::uint64_t o, const Segment& s) { return o < s.base; });
    const auto index = static_cast<std::size_t>(after - p.segments.begin()) - 1;
    if (index != p.reader_segment) {
      p.reader_segment = SIZE_MAX;  // if opening fails there is no place to go on from
      BW_TRY(p.reader.open(p.segments[index].path));
      p.reader_segment = index;
      p.at = {p.segments[index].base, 0};
    }
    Segment& segment = p.segments[index];
    if (offset == p.at.offset) return {};
    const Segment::Mark near = segment.nearest(offset);
    if (p.at.offset > offset || near.offset > p.at.offset) p.at = near;
    while (p.at.offset < offset) {
      std::uint64_t length = 0;
      BW_ASSIGN(const Look look, skip_at(p.reader, p.at.position, p.at.offset, length));
      if (look != Look::kRecord) return tl::unexpected(corrupt(segment.path, p.at.position, p.at.offset));
      segment.pass(p.at.offset, p.at.position);
      p.at.position += kRecordHeaderBytes + length;
      ++p.at.offset;
    }
    return {};
  }

  Result<void> read_into(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms,
                         std::vector<LogRecord>& out, std::size_t& count) {
    BW_ASSIGN(Partition * p, find(partition));
    std::unique_lock lock(p->mutex);
    if (offset >= p->end) BW_TRY(wait_for(*p, lock, offset, wait_ms));
    if (offset < begin(*p)) return before_log(offset);
    if (offset >= p->end) return {};
    const std::uint64_t stop = offset + std::min<std::uint64_t>(max_records, p->end - offset);
    if (stop > p->written_offset) BW_TRY(flush(*p));
    std::size_t bytes = 0;
    while (offset < stop && bytes < kReadBytes) {
      BW_TRY(seek(*p, offset));
      Segment& segment = p->segments[p->reader_segment];
      std::string_view payload;
      BW_ASSIGN(Look look, look_at(p->reader, p->at.position, offset, payload));
      if (look != Look::kRecord) {
        // Read ahead of a crashed writer, the buffer may hold its torn tail, which its successor has replaced.
        p->reader.forget();
        BW_ASSIGN(look, look_at(p->reader, p->at.position, offset, payload));
      }
      if (look != Look::kRecord) return tl::unexpected(corrupt(segment.path, p->at.position, offset));
      if (count == out.size()) out.emplace_back();
      out[count].offset = offset++;
      out[count++].payload.assign(payload);
      bytes += payload.size();
      segment.pass(p->at.offset, p->at.position);
      p->at = {offset, p->at.position + kRecordHeaderBytes + payload.size()};
    }
    return {};
  }

  FileLogOptions options_;
  Fd lock_;
  std::vector<Partition> parts_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_file_log(const FileLogOptions& options) {
  FileLogOptions chosen = options;
  const std::string manifest = options.directory + "/manifest";
  Fd lock;
  if (!options.read_only) {
    std::error_code error;
    fs::create_directories(options.directory, error);
    if (error) {
      errno = error.value();
      return tl::unexpected(file_error("cannot make the folder", options.directory));
    }
    BW_ASSIGN(lock, open_file(options.directory, O_RDONLY | O_DIRECTORY));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return tl::unexpected(file_error("cannot lock the folder", options.directory));
      return tl::unexpected(
          Error(ErrorCode::kStateForeign, "the log is open for writing elsewhere").in(options.directory));
    }
  }
  BW_ASSIGN(const std::optional<std::uint32_t> found, read_manifest(manifest));
  if (found) {
    if (chosen.partitions == 0) chosen.partitions = *found;
    if (chosen.partitions != *found)
      return tl::unexpected(
          Error(ErrorCode::kTopicMismatch, "the log has another number of partitions", *found).in(options.directory));
  } else {
    std::error_code ignored;
    // Records without a manifest are not a new log: do not guess how many partitions they were.
    if (fs::exists(options.directory + "/0", ignored)) return bad_manifest(manifest);
    if (options.read_only)
      return tl::unexpected(Error(ErrorCode::kNotFound, "there is no log here").in(options.directory));
    if (chosen.partitions == 0) return fail(ErrorCode::kUsage, "a new log needs a number of partitions");
    BW_TRY(write_manifest(options.directory, chosen.partitions));
  }
  auto log = std::make_unique<FileLog>(chosen, std::move(lock));
  BW_TRY(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace brushwatch
