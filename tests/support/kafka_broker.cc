#include "tests/support/kafka_broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "connectors/kafka/kafka_log.h"

namespace brushwatch::test {
namespace {

namespace fs = std::filesystem;

/// A cold JVM on a busy machine took 20 s to come up; three times that is a broken set-up.
constexpr int kStartMs = 60'000;
/// Between choosing a free port and binding it another process may take it.
constexpr int kAttempts = 3;

/// Executables of the build folder lie below the sources: look upwards for the script.
fs::path find_script() {
  for (fs::path folder = fs::read_symlink("/proc/self/exe").parent_path(); folder.has_relative_path();
       folder = folder.parent_path())
    if (fs::exists(folder / "tools/kafka/broker.sh")) return folder / "tools/kafka/broker.sh";
  throw std::runtime_error("tools/kafka/broker.sh is not above the test executable: build below the source folder");
}

/// A port that is free now, held until `socket` is closed.
int hold_free_port(int& socket) {
  socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no free port on the loopback");
  return ntohs(address.sin_port);
}

std::string tail_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

}  // namespace

KafkaBroker& KafkaBroker::shared() {
  static KafkaBroker broker;
  return broker;
}

KafkaBroker::KafkaBroker() {
  if (const char* given = std::getenv("BW_KAFKA_BOOTSTRAP"); given != nullptr && *given != '\0') {
    bootstrap_ = given;
    return;
  }
  std::string pattern = (fs::temp_directory_path() / "brushwatch-kafka-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  folder_ = pattern;
  for (int attempt = 0; attempt < kAttempts; ++attempt)
    if (start()) return;
  const std::string words = tail_of(folder_ + "/start.log") + tail_of(folder_ + "/broker.log");
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  throw std::runtime_error(
      "the Kafka broker for the tests does not start: run \"make setup\" (it brings Java and the jars). Its words:\n" +
      words);
}

KafkaBroker::~KafkaBroker() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);  // its data goes with it: no reason to wait for an orderly stop
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

bool KafkaBroker::start() {
  const std::string script = find_script().string();
  int held[2];
  const std::string port = std::to_string(hold_free_port(held[0]));
  const std::string controller = std::to_string(hold_free_port(held[1]));
  for (const int socket : held) ::close(socket);
  const std::string log = folder_ + "/start.log";
  const std::string data = folder_ + "/" + port;  // formatted for its ports: a second attempt has a folder of its own
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlive the tests, also when they crash; it holds across exec
    if (::getppid() != parent) ::_exit(1);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execl("/bin/bash", "bash", script.c_str(), "run", data.c_str(), port.c_str(), controller.c_str(),
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  const std::string address = "127.0.0.1:" + port;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartMs);
  while (std::chrono::steady_clock::now() < until) {
    if (wait_for_kafka(address, 500)) {
      pid_ = child;
      bootstrap_ = address;
      return true;
    }
    if (::waitpid(child, nullptr, WNOHANG) == child) {
      std::error_code ignored;
      fs::copy_file(data + "/broker.log", folder_ + "/broker.log", fs::copy_options::overwrite_existing, ignored);
      return false;
    }
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return false;
}

std::string KafkaBroker::fresh_topic(const std::string& stem) {
  return stem + "." + std::to_string(::getpid()) + "." + std::to_string(++topics_);
}

void KafkaBroker::pause() {
  if (pid_ <= 0) throw std::runtime_error("only a broker that was started here can be paused");
  ::kill(pid_, SIGSTOP);
}

void KafkaBroker::resume() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

}  // namespace brushwatch::test
