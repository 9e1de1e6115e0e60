#pragma once
/// An append-only file of lines: where outputs go without a broker, and from where a restarted task reads its own tail.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "connectors/file/file_io.h"
#include "engine/base/result.h"

namespace brushwatch {

/// Cost     one copy a line, one write() a 64 KiB or a flush().
/// Threads  one at a time.
/// Errors   kIo: the lines stay in the buffer (bounded: append() then fails and the line is not taken) and the next
/// flush()
///          goes on where this one stopped.
class LineSink {
 public:
  /// `line` without its newline; one that holds a newline is refused with kUsage, as it would read back as two.
  Result<void> append(std::string_view line);
  /// Returns when every line survives the death of this process. Not of the machine: outputs can be folded again.
  Result<void> flush();
  /// What the file has, with what is buffered.
  [[nodiscard]] std::uint64_t bytes() const { return written_ + buffer_.size(); }
  ~LineSink();
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

 private:
  friend Result<std::unique_ptr<LineSink>> open_line_sink(const std::string& path);
  LineSink(std::string path, Fd fd, std::uint64_t written)
      : path_(std::move(path)), fd_(std::move(fd)), written_(written) {}

  std::string path_;
  Fd fd_;
  std::uint64_t written_;
  std::string buffer_;
};

/// Opens or makes the file (and its folders), and cuts a last line that has no newline: its writer died in it.
/// Errors: kStateForeign when another process has it open for writing; kIo.
Result<std::unique_ptr<LineSink>> open_line_sink(const std::string& path);

/// Calls `visit(line)` for each whole line from byte `from` on, in order; a torn last line is left out. Stops at the
/// first error and returns it. A file that does not exist has no lines.
Result<void> for_each_line(const std::string& path, const std::function<Result<void>(std::string_view)>& visit,
                           std::uint64_t from = 0);

}  // namespace brushwatch
