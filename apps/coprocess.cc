#include "apps/coprocess.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace brushwatch::app {

Result<std::unique_ptr<Coprocess>> Coprocess::start(const std::string& command) {
  int to[2], from[2];
  if (::pipe(to) != 0) return fail(ErrorCode::kIo, "no pipe", errno);
  if (::pipe(from) != 0) {
    ::close(to[0]);
    ::close(to[1]);
    return fail(ErrorCode::kIo, "no pipe", errno);
  }
  std::signal(SIGPIPE, SIG_IGN);  // a key holder that is gone is an error of ask(), not of the gateway
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(to[0], STDIN_FILENO);
    ::dup2(from[1], STDOUT_FILENO);
    for (const int fd : {to[0], to[1], from[0], from[1]}) ::close(fd);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(to[0]);
  ::close(from[1]);
  if (pid < 0) return fail(ErrorCode::kIo, "cannot start the key holder's command", errno);
  return std::unique_ptr<Coprocess>(new Coprocess(pid, ::fdopen(to[1], "w"), ::fdopen(from[0], "r")));
}

Coprocess::~Coprocess() {
  std::fclose(to_);
  std::fclose(from_);
  ::waitpid(pid_, nullptr, 0);
}

Result<std::string> Coprocess::ask(const std::string& line) {
  if (std::fprintf(to_, "%s\n", line.c_str()) < 0 || std::fflush(to_) != 0) return fail(ErrorCode::kIo, "the key holder's command has ended");
  std::string answer;
  for (int c = std::fgetc(from_); c != '\n'; c = std::fgetc(from_)) {
    if (c == EOF) return fail(ErrorCode::kIo, "the key holder's command has ended");
    if (answer.size() < 4096) answer += static_cast<char>(c);
  }
  return answer;
}

}  // namespace brushwatch::app
