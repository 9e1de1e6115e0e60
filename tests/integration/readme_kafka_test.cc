// The README's quick start through a real broker, command by command as it stands there; only the port is a free one.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/alert_sets.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;
using test::brushwatch_binary;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::write_file;

constexpr const char* kPort = "19092";

/// The commands of the fenced block under the heading, without their comments.
std::vector<std::string> commands_under(const std::string& heading) {
  std::vector<std::string> out;
  bool here = false, inside = false;
  for (const std::string& line : lines_of(read_file("README.md"))) {
    if (line.starts_with("## ")) here = line == "## " + heading;
    else if (here && line.starts_with("```")) inside = !inside;
    else if (inside) out.push_back(line.substr(0, line.find(" # ")));
  }
  return out;
}
std::string with_port(std::string text, const std::string& port) {
  for (std::size_t at = 0; (at = text.find(kPort, at)) != std::string::npos; at += port.size()) text.replace(at, std::string_view(kPort).size(), port);
  return text;
}
/// A port that is free together with the next one, which the broker's controller takes.
int free_pair() {
  const auto bound = [](int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t length = sizeof address;
    int got = 0;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) got = ntohs(address.sin_port);
    ::close(fd);
    return got;
  };
  for (;;) {
    const int port = bound(0);
    if (port == 0) throw std::runtime_error("no free port on the loopback");
    if (port < 65535 && bound(port + 1) != 0) return port;
  }
}

TEST(Readme, ItsTenEventsThroughARealBrokerWorkAsWritten) {
  TempDir dir;
  const std::string port = std::to_string(free_pair());
  const auto commands = commands_under("Ten events through a real broker");
  ASSERT_GE(commands.size(), 6U);
  // The tree as the README sees it: the sources, and the program where `make build` puts it.
  fs::create_directories(dir.path("out/bin"));
  fs::create_directories(dir.path("examples"));
  fs::create_symlink(brushwatch_binary(), dir.path("out/bin/brushwatch"));
  fs::create_directory_symlink(fs::absolute("tools"), dir.path("tools"));
  fs::create_directory_symlink(fs::absolute(".cache"), dir.path(".cache"));
  fs::copy_file("examples/ten-events.ndjson", dir.path("examples/ten-events.ndjson"));
  write_file(dir.path("examples/kafka-quickstart.toml"), with_port(read_file("examples/kafka-quickstart.toml"), port));

  struct StopBroker {  // also when a command in between fails
    const TempDir& dir;
    ~StopBroker() {
      if (fs::exists(dir.path("out/kafka/pid"))) run_program({dir.path("tools/kafka/broker.sh"), "stop", dir.path("out/kafka")});
    }
  } const stop{dir};
  std::string alerts;
  for (const std::string& command : commands) {
    const auto done = run_program({"bash", "-c", "cd \"$1\" && " + with_port(command, port), "-", dir.path()});
    ASSERT_EQ(done.exit_code, 0) << command << "\n" << done.out << done.err;
    if (command.find("kcat") != std::string::npos && command.find("-C") != std::string::npos) alerts = done.out;
  }
  EXPECT_EQ(test::alert_set(alerts), (std::set<std::string>{"shop/taobao:S-5544 | fake_trade | 2026-11-09T00:00:00.000+08:00 | promote"}));
  EXPECT_EQ(read_file(dir.path("out/from-topic/alerts.ndjson")), alerts) << "the same bytes again";
  EXPECT_FALSE(fs::exists(dir.path("out/kafka/pid"))) << "the last command stops the broker";
}

}  // namespace
}  // namespace brushwatch
