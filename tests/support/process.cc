#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/deadline.h"

namespace brushwatch::test {
namespace {

std::vector<char*> c_argv(const std::vector<std::string>& argv) {
  std::vector<char*> out;
  for (const std::string& a : argv) out.push_back(const_cast<char*>(a.c_str()));
  out.push_back(nullptr);
  return out;
}
int decoded(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Finished run_program(const std::vector<std::string>& argv, const std::string& stdin_text) {
  int in[2], out[2], err[2];
  if (::pipe(in) != 0 || ::pipe(out) != 0 || ::pipe(err) != 0) throw std::runtime_error("pipe");
  const auto args = c_argv(argv);
  const int pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::dup2(err[1], 2);
    for (const int fd : {in[0], in[1], out[0], out[1], err[0], err[1]}) ::close(fd);
    ::execvp(args[0], args.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(err[1]);
  ::signal(SIGPIPE, SIG_IGN);
  ::fcntl(in[1], F_SETFL, O_NONBLOCK);
  Finished result;
  const Deadline deadline;
  std::size_t written = 0;
  int in_fd = in[1], out_fd = out[0], err_fd = err[0];
  while (out_fd >= 0 || err_fd >= 0) {
    if (in_fd >= 0 && written == stdin_text.size()) {
      ::close(in_fd);
      in_fd = -1;
    }
    pollfd fds[3] = {{in_fd, POLLOUT, 0}, {out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}};
    constexpr int kLookMs = 1'000;  // at the deadline; what comes wakes it at once
    if (::poll(fds, 3, kLookMs) == 0 && deadline.passed()) ::kill(pid, SIGKILL);
    if (in_fd >= 0 && fds[0].revents != 0) {
      const ssize_t n = ::write(in_fd, stdin_text.data() + written, stdin_text.size() - written);
      if (n > 0) written += static_cast<std::size_t>(n);
      else if (errno != EAGAIN) written = stdin_text.size();
    }
    char buffer[65536];
    const auto drain = [&](int& fd, short revents, std::string& to) {
      if (fd < 0 || revents == 0) return;
      const ssize_t n = ::read(fd, buffer, sizeof buffer);
      if (n > 0) to.append(buffer, static_cast<std::size_t>(n));
      else {
        ::close(fd);
        fd = -1;
      }
    };
    drain(out_fd, fds[1].revents, result.out);
    drain(err_fd, fds[2].revents, result.err);
  }
  if (in_fd >= 0) ::close(in_fd);
  int status = 0;
  ::waitpid(pid, &status, 0);
  result.exit_code = decoded(status);
  return result;
}

Background::Background(const std::vector<std::string>& argv, const std::string& log_path) {
  const auto args = c_argv(argv);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = ::open(log_path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execvp(args[0], args.data());
    ::_exit(127);
  }
}
Background::~Background() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
}
void Background::signal(int number) const { if (pid_ > 0) ::kill(pid_, number); }
int Background::wait() {
  const Deadline deadline;
  while (running()) {
    if (deadline.passed()) signal(SIGKILL);
    ::usleep(1'000);
  }
  return code_;
}
bool Background::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  code_ = decoded(status);
  pid_ = -1;
  return false;
}

std::string brushwatch_binary() {
  if (const char* path = std::getenv("BW_BINARY")) return path;
  // Tests and program are built into the same tree: <build>/tests/<test> and <build>/bin/brushwatch.
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  return (self.parent_path().parent_path() / "bin" / "brushwatch").string();
}
std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace brushwatch::test
