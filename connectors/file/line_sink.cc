#include "connectors/file/line_sink.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "connectors/file/line_source.h"
#include "engine/base/failpoint.h"

namespace brushwatch {
namespace {

/// A few hundred alerts a write(); the caller flushes once an epoch anyway.
constexpr std::size_t kBufferBytes = 64 * 1024;
/// Lines of outputs are short: the end of the last whole one is nearly always in the last piece.
constexpr std::size_t kPieceBytes = 64 * 1024;

/// One past the last newline; 0 when there is none.
Result<std::uint64_t> end_of_lines(const Fd& fd, std::uint64_t size, const std::string& path) {
  std::string piece(kPieceBytes, '\0');
  while (size > 0) {
    const std::uint64_t begin = size > kPieceBytes ? size - kPieceBytes : 0;
    BW_ASSIGN(const std::size_t got, read_at(fd, piece.data(), size - begin, begin, path));
    const std::size_t newline = std::string_view(piece.data(), got).rfind('\n');
    if (newline != std::string_view::npos) return begin + newline + 1;
    size = begin;
  }
  return 0;
}

}  // namespace

LineSink::~LineSink() { (void)flush(); }  // as far as it goes; who needs to know calls flush()

Result<void> LineSink::append(std::string_view line) {
  if (line.find('\n') != std::string_view::npos) return fail(ErrorCode::kUsage, "a line must not hold a newline");
  if (!buffer_.empty() && buffer_.size() + line.size() + 1 > kBufferBytes) BW_TRY(flush());
  BW_FAILPOINT("output-write");
  buffer_.append(line);
  buffer_.push_back('\n');
  return {};
}

Result<void> LineSink::flush() {
  if (buffer_.empty()) return {};
  std::size_t done = 0;
  BW_FAILPOINT_WRITE("output-flush", fd_.get(), buffer_, written_);
  auto result = write_at(fd_, buffer_, written_, path_, done);
  if (!result) return result;  // the same bytes go to the same place next time
  written_ += buffer_.size();
  buffer_.clear();
  BW_FAILPOINT("output-flushed");
  return {};
}

Result<std::unique_ptr<LineSink>> open_line_sink(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) {
    errno = error.value();
    return tl::unexpected(file_error("cannot make the folder", folder.string()));
  }
  BW_ASSIGN(Fd fd, open_file(path, O_RDWR | O_CREAT));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::unexpected(file_error("cannot lock the file", path));
    return tl::unexpected(Error(ErrorCode::kStateForeign, "the file is open for writing elsewhere").in(path));
  }
  BW_ASSIGN(const std::uint64_t size, file_size(fd, path));
  BW_ASSIGN(const std::uint64_t end, end_of_lines(fd, size, path));
  if (end < size) BW_TRY(resize_file(fd, end, path));
  return std::unique_ptr<LineSink>(new LineSink(path, std::move(fd), end));
}

Result<void> for_each_line(const std::string& path, const std::function<Result<void>(std::string_view)>& visit,
                           std::uint64_t from) {
  BW_ASSIGN(const std::uint64_t end, [&]() -> Result<std::uint64_t> {
    auto fd = open_file(path, O_RDONLY);
    if (!fd && fd.error().code == ErrorCode::kNotFound) return 0;
    if (!fd) return tl::unexpected(fd.error());
    BW_ASSIGN(const std::uint64_t size, file_size(*fd, path));
    return end_of_lines(*fd, size, path);
  }());
  if (from >= end) return {};
  BW_ASSIGN(const std::unique_ptr<Source> source, open_line_source(path, path, false));
  BW_TRY(source->seek(from));
  std::vector<SourceRecord> lines;
  while (!source->at_end()) {
    BW_TRY(source->poll(1024, 0, lines));
    for (const SourceRecord& line : lines) {
      if (line.offset >= end) return {};
      BW_TRY(visit(line.bytes));
    }
  }
  return {};
}

}  // namespace brushwatch
