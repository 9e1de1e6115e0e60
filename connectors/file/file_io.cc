#include "connectors/file/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace brushwatch {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Error file_error(std::string_view what, const std::string& path) {
  const int number = errno;
  // A full disk may be emptied, an interrupted call repeated; what is not there stays away.
  const bool missing = number == ENOENT;
  return Error(missing ? ErrorCode::kNotFound : ErrorCode::kIo, what, number, missing ? Retry::kNever : Retry::kBackoff)
      .in(path);
}

Result<Fd> open_file(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return tl::unexpected(file_error("cannot open the file", path));
  return Fd(fd);
}

Result<std::uint64_t> file_size(const Fd& fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return tl::unexpected(file_error("cannot stat the file", path));
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> read_at(const Fd& fd, char* out, std::size_t size, std::uint64_t position,
                            const std::string& path) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd.get(), out + done, size - done, static_cast<off_t>(position + done));
    if (n == 0) break;
    if (n < 0) {
      if (errno == EINTR) continue;
      return tl::unexpected(file_error("cannot read the file", path));
    }
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<void> write_at(const Fd& fd, std::string_view bytes, std::uint64_t position, const std::string& path,
                      std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const ssize_t n =
        ::pwrite(fd.get(), bytes.data() + written, bytes.size() - written, static_cast<off_t>(position + written));
    if (n < 0) {
      if (errno == EINTR) continue;
      return tl::unexpected(file_error("cannot write the file", path));
    }
    written += static_cast<std::size_t>(n);
  }
  return {};
}

Result<void> resize_file(const Fd& fd, std::uint64_t size, const std::string& path) {
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    return tl::unexpected(file_error("cannot cut the file", path));
  return {};
}

Result<void> sync_file(const Fd& fd, const std::string& path) {
  if (::fsync(fd.get()) != 0) return tl::unexpected(file_error("cannot force the file to the device", path));
  return {};
}

Result<void> sync_folder(const std::string& path) {
  BW_ASSIGN(const Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  return sync_file(fd, path);
}

}  // namespace brushwatch
