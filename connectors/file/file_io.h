#pragma once
/// The few file calls that the file log and the line files share, with errors as values.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"

namespace brushwatch {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// An Error of `errno`, number = errno. kNotFound when the file does not exist.
Error file_error(std::string_view what, const std::string& path);

Result<Fd> open_file(const std::string& path, int flags);
Result<std::uint64_t> file_size(const Fd& fd, const std::string& path);
/// Fills `out` from `position` on; fewer bytes only at the end of the file.
Result<std::size_t> read_at(const Fd& fd, char* out, std::size_t size, std::uint64_t position, const std::string& path);
/// Writes all or fails; `written` counts the bytes that did get out, also on failure.
Result<void> write_at(const Fd& fd, std::string_view bytes, std::uint64_t position, const std::string& path,
                      std::size_t& written);
Result<void> resize_file(const Fd& fd, std::uint64_t size, const std::string& path);
/// Forces file content (or, for a folder, its entries) to the device.
Result<void> sync_file(const Fd& fd, const std::string& path);
Result<void> sync_folder(const std::string& path);

}  // namespace brushwatch
