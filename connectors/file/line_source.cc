#include "connectors/file/line_source.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "connectors/file/file_io.h"

namespace brushwatch {
namespace {

/// Long enough that the system call is noise, short enough to stay in the L2 cache while it is decoded.
constexpr std::size_t kReadBytes = 256 * 1024;
/// How often a followed file is looked at while it is silent; well below the latency goal of 20 ms.
constexpr std::chrono::milliseconds kFollowPause{2};

class LineSource final : public Source {
 public:
  LineSource(std::string path, std::string name, bool follow, Fd fd, std::uint64_t size)
      : path_(std::move(path)), name_(std::move(name)), follow_(follow), fd_(std::move(fd)), size_(size) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] bool at_end() const override { return !follow_ && next_ >= size_; }

  Result<void> seek(std::uint64_t offset) override {
    BW_TRY(see_size());
    if (offset > size_) return changed(offset);
    // After a last line without newline the end of the file is a fair place to go on from.
    if (offset > 0 && offset < size_) {
      char before = 0;
      BW_ASSIGN(const std::size_t got, read_at(fd_, &before, 1, offset - 1, path_));
      if (got != 1 || before != '\n') return changed(offset);
    }
    next_ = offset;
    from_ = filled_ = searched_ = 0;
    return {};
  }

  Result<void> poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) override {
    out.clear();
    if (max == 0 || at_end()) return {};
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::max(wait_ms, 0));
    while (true) {
      take_lines(max, out);
      if (!out.empty()) return {};
      if (filled_ - from_ >= kMaxLineBytes) return take_cut_line(out);
      BW_ASSIGN(const bool more, fill());
      if (more) continue;
      if (!follow_) {
        take_last_line(out);
        return {};
      }
      if (std::chrono::steady_clock::now() >= until) return {};
      std::this_thread::sleep_for(kFollowPause);
    }
  }

 private:
  static tl::unexpected<Error> changed(std::uint64_t offset) {
    return fail(ErrorCode::kLogTruncated, "no line begins at this byte: the file is not the one that was read before",
                static_cast<std::int64_t>(offset));
  }

  /// A bounded source keeps the size it saw at open, so that what it gives does not depend on who writes meanwhile.
  Result<void> see_size() {
    if (!follow_) return {};
    if (!fd_) {  // followed before its writer made it
      auto fd = open_file(path_, O_RDONLY);
      if (!fd && fd.error().code == ErrorCode::kNotFound) return {};
      if (!fd) return tl::unexpected(fd.error());
      fd_ = std::move(*fd);
    }
    BW_ASSIGN(size_, file_size(fd_, path_));
    return {};
  }

  void push(const char* begin, std::size_t bytes, std::uint64_t next, std::vector<SourceRecord>& out) {
    if (bytes > 0 && begin[bytes - 1] == '\r') --bytes;
    SourceRecord& record = out.emplace_back();
    record.bytes = {begin, bytes};
    record.offset = next_;
    record.next_offset = next_ = next;
  }

  /// The whole lines in the buffer. The buffer does not move here: the views in `out` point into it.
  void take_lines(std::size_t max, std::vector<SourceRecord>& out) {
    while (out.size() < max) {
      const char* begin = buffer_.data() + from_;
      const std::size_t bytes = filled_ - from_;
      if (searched_ >= bytes) return;
      const auto* newline = static_cast<const char*>(std::memchr(begin + searched_, '\n', bytes - searched_));
      if (newline == nullptr) {
        searched_ = bytes;  // a long line arrives in pieces: each byte is searched once
        return;
      }
      const auto length = static_cast<std::size_t>(newline - begin);
      push(begin, length, next_ + length + 1, out);
      from_ += length + 1;
      searched_ = 0;
    }
  }

  void take_last_line(std::vector<SourceRecord>& out) {
    const std::size_t bytes = filled_ - from_;
    if (bytes > 0) push(buffer_.data() + from_, bytes, size_, out);
    next_ = size_;
    from_ = filled_;
  }

  /// The line is longer than we hold: find where it ends and give its beginning. A followed line that is still being
  /// written is taken to end where the file ends now.
  Result<void> take_cut_line(std::vector<SourceRecord>& out) {
    std::uint64_t position = next_ + (filled_ - from_);
    std::vector<char> piece(kReadBytes);
    BW_TRY(see_size());
    while (position < size_) {
      BW_ASSIGN(const std::size_t got,
                read_at(fd_, piece.data(), std::min<std::uint64_t>(piece.size(), size_ - position), position, path_));
      if (got == 0) break;
      const auto* newline = static_cast<const char*>(std::memchr(piece.data(), '\n', got));
      if (newline != nullptr) {
        position += static_cast<std::uint64_t>(newline - piece.data()) + 1;
        break;
      }
      position += got;
    }
    push(buffer_.data() + from_, kMaxLineBytes, position, out);
    from_ = filled_ = searched_ = 0;  // the view stays: the memory is only written by the next fill()
    return {};
  }

  /// Reads the next piece behind what is held. False when there is nothing more to read now.
  Result<bool> fill() {
    BW_TRY(see_size());
    const std::size_t held = filled_ - from_;
    const std::uint64_t position = next_ + held;
    if (position > size_) return changed(position);
    if (position == size_) return false;
    if (from_ > 0) std::memmove(buffer_.data(), buffer_.data() + from_, held);
    from_ = 0;
    filled_ = held;
    // Doubling for long lines: each byte of one is moved a bounded number of times.
    if (buffer_.size() < held + kReadBytes)
      buffer_.resize(std::max(held + kReadBytes, std::min(2 * buffer_.size(), kMaxLineBytes + kReadBytes)));
    const std::uint64_t want = std::min<std::uint64_t>(buffer_.size() - held, size_ - position);
    BW_ASSIGN(const std::size_t got, read_at(fd_, buffer_.data() + held, want, position, path_));
    if (got == 0) return changed(position);
    filled_ += got;
    return true;
  }

  std::string path_, name_;
  bool follow_;
  Fd fd_;
  std::uint64_t size_;      // of the file: at open when bounded, last seen when followed
  std::uint64_t next_ = 0;  // byte offset of the line that comes next
  std::vector<char> buffer_;
  std::size_t from_ = 0;      // where that line begins in the buffer
  std::size_t filled_ = 0;    // end of what was read
  std::size_t searched_ = 0;  // bytes from from_ on that hold no newline
};

}  // namespace

Result<std::unique_ptr<Source>> open_line_source(const std::string& path, const std::string& name, bool follow) {
  auto fd = open_file(path, O_RDONLY);
  if (!fd && !(follow && fd.error().code == ErrorCode::kNotFound)) return tl::unexpected(fd.error());
  std::uint64_t size = 0;
  if (fd) {
    BW_ASSIGN(size, file_size(*fd, path));
  }
  return std::unique_ptr<Source>(std::make_unique<LineSource>(path, name, follow, fd ? std::move(*fd) : Fd(), size));
}

}  // namespace brushwatch
