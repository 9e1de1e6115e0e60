// The running program read through its doors: pages, a stream that survives kill -9 without gap or repeat, commands that act.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <regex>
#include <set>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wire_client.h"

namespace brushwatch {
namespace {

using ::testing::HasSubstr;
using test::brushwatch_binary;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::WireClient;
using test::WireReply;
using test::write_file;

std::string config_of(const TempDir& dir, const std::string& more) {
  std::string out = "[pipeline]\npartitions = 2\nround_events = 500\ndata_dir = \"" + dir.path("data") + "\"\n[http]\nenabled = true\n" + more;
  for (const char* name : {"reference", "orders", "parcels", "reviews", "complaints"}) {
    out += std::string("[[source]]\nname = \"") + name + "\"\nkind = \"file\"\npath = \"tests/golden/world_s3/" + name + ".ndjson\"\nfollow = true\nclock = \"record\"\n";
  }
  return out;
}

class Program {
 public:
  explicit Program(const TempDir& dir, const std::string& more = "[access]\nanonymous_role = \"analyst\"\n") : log_(dir.path("log")) {
    write_file(dir.path("run.toml"), config_of(dir, more));
    std::filesystem::remove(log_);
    process_ = std::make_unique<test::Background>(std::vector<std::string>{brushwatch_binary(), "run", "--config", dir.path("run.toml"), "--json", "--set", "http.port=0"}, log_);
    const std::regex address("http://127\\.0\\.0\\.1:([0-9]+)\n");
    for (std::smatch found; port == 0;) {
      const bool alive = process_->running();
      const std::string text = read_file(log_);
      if (std::regex_search(text, found, address)) port = static_cast<std::uint16_t>(std::stoi(found[1]));
      else if (!alive) throw std::runtime_error("it ended: " + text);
      else ::usleep(2'000);
    }
    while (WireClient(port).get("/readyz").status != 200) ::usleep(2'000);
  }
  [[nodiscard]] rapidjson::Document get(const std::string& path) const {
    const WireReply reply = WireClient(port).get(path);
    EXPECT_EQ(reply.status, 200) << path << reply.body;
    rapidjson::Document json;
    json.Parse(reply.body.c_str());
    return json;
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  int end() {
    process_->signal(SIGTERM);
    return process_->wait();
  }
  std::uint16_t port = 0;
  [[nodiscard]] std::string log() const { return read_file(log_); }

 private:
  std::string log_;
  std::unique_ptr<test::Background> process_;
};

/// Reads a stream: "task#seq/output-id" of each message, in order.
class Listener {
 public:
  Listener(std::uint16_t port, const std::string& last) : client_(port) {
    client_.send("GET /api/v1/stream?since=" + last + " HTTP/1.1\r\nHost: test\r\n\r\n");
  }
  /// False when the stream has ended.
  bool next(std::string& id, std::string& data) {
    for (;;) {
      const std::size_t end = buffer_.find("\n\n");
      if (end == std::string::npos) {
        char bytes[8192];
        const ssize_t n = ::recv(client_.fd(), bytes, sizeof bytes, 0);
        if (n <= 0) return false;
        buffer_.append(bytes, static_cast<std::size_t>(n));
        continue;
      }
      const std::string message = buffer_.substr(0, end + 1);
      buffer_.erase(0, end + 2);
      EXPECT_EQ(message.find("event: resync"), std::string::npos) << message;
      const std::size_t at = message.find("data: ");
      const std::size_t id_at = message.find("id: ");
      if (at == std::string::npos || id_at == std::string::npos) continue;
      id = message.substr(id_at + 4, message.find('\n', id_at) - id_at - 4);
      data = message.substr(at + 6, message.find('\n', at) - at - 6);
      return true;
    }
  }

 private:
  WireClient client_;
  std::string buffer_;
};

TEST(ReadDoors, RefuseEverythingWhenNoAccessIsConfigured) {
  TempDir dir;
  Program program(dir, "");
  for (const char* path : {"/api/v1/alerts", "/api/v1/health", "/api/v1/stream", "/api/v1/subjects/x"}) EXPECT_EQ(WireClient(program.port).get(path).status, 401) << path;
  EXPECT_EQ(WireClient(program.port).get("/healthz").status, 200);
  EXPECT_EQ(program.end(), 0) << program.log();
}

TEST(ReadDoors, AreNotOpenedToOtherMachinesWithoutTokens) {
  TempDir dir;
  write_file(dir.path("run.toml"), config_of(dir, "address = \"0.0.0.0\"\n[access]\nanonymous_role = \"analyst\"\n"));
  const auto check = run_program({brushwatch_binary(), "config", "check", "--config", dir.path("run.toml")});
  EXPECT_EQ(check.exit_code, 78);
  EXPECT_THAT(check.out + check.err, HasSubstr("loopback"));
}

TEST(ReadDoors, StreamGoesOnThroughKillsWithoutGapOrRepeat) {
  TempDir dir;
  std::string last = "start";
  std::vector<std::string> ids, hashes;
  // Each life is killed after a few messages; the last one reads until nothing is missing that the outputs hold.
  for (const std::size_t wanted : {5, 15, 25}) {
    Program program(dir);
    Listener listener(program.port, last);
    std::string id, data;
    for (std::size_t n = 0; n < wanted && listener.next(id, data); ++n) {
      ids.push_back(last = id);
      hashes.push_back(data.substr(data.find("\"hash\":\"") + 8, 64));
    }
    program.kill();
  }
  Program program(dir);
  Listener listener(program.port, last);
  const auto in_outputs = [&] {
    std::set<std::string> out;
    for (const char* name : {"alerts", "cases", "lists", "credit"})
      for (const std::string& line : lines_of(read_file(dir.path("data/out/" + std::string(name) + ".jsonl"))))
        // Neither a seal nor a week's bar is about an object that a reader could be told of.
        if (line.find("\"type\":\"seal\"") == std::string::npos && line.find("\"type\":\"control\"") == std::string::npos) out.insert(line.substr(line.find("\"hash\":\"") + 8, 64));
    return out;
  };
  std::string id, data;
  while (hashes.size() < in_outputs().size() && listener.next(id, data)) {
    ids.push_back(id);
    hashes.push_back(data.substr(data.find("\"hash\":\"") + 8, 64));
  }
  EXPECT_GT(hashes.size(), 40u);
  EXPECT_EQ(std::set<std::string>(hashes.begin(), hashes.end()).size(), hashes.size()) << "a repeat";
  // The run goes on meanwhile: what it wrote since may not be here yet, but nothing may be here that it did not write.
  EXPECT_EQ(program.end(), 0) << program.log();
  const auto all = in_outputs();
  for (const std::string& hash : hashes) EXPECT_TRUE(all.contains(hash)) << "streamed, and not in the outputs: " << hash;
  Program after(dir);
  Listener rest(after.port, last = ids.back());
  while (hashes.size() < all.size() && rest.next(id, data)) hashes.push_back(data.substr(data.find("\"hash\":\"") + 8, 64));
  EXPECT_EQ(std::set<std::string>(hashes.begin(), hashes.end()), all) << "a gap";
  EXPECT_EQ(after.end(), 0) << after.log();
}

TEST(ReadDoors, ACommandIsTakenOnceAndTellsWhatItDid) {
  TempDir dir;
  Program program(dir);
  rapidjson::Document page;
  do page = program.get("/api/v1/alerts?limit=1&state=standing");
  while (page["items"].Empty());
  const std::string id = page["items"][0]["id"].GetString();
  Listener listener(program.port, "start");
  const std::string body = R"({"command":"take","target":")" + id + "\"}";
  const WireReply first = WireClient(program.port).post("/api/v1/commands", "application/json", body, "Idempotency-Key: take-once-1\r\n");
  EXPECT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(WireClient(program.port).post("/api/v1/commands", "application/json", body, "Idempotency-Key: take-once-1\r\n").body, first.body);
  std::string message_id, data;
  while (listener.next(message_id, data) && (data.find("\"command\":\"take\"") == std::string::npos || data.find(id) == std::string::npos)) {
  }
  EXPECT_THAT(data, HasSubstr("\"to\":\"TRIAGE\""));
  EXPECT_THAT(data, HasSubstr(R"("by":{"role":"AN","actor":"anonymous"})"));
  const auto alert = program.get("/api/v1/alerts/" + id);
  EXPECT_STREQ(alert["procedure"]["alert"]["state"].GetString(), "TRIAGE");
  EXPECT_EQ(program.end(), 0) << program.log();
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", dir.path("data/ledger"), "--out", dir.path("again"), "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_file(dir.path("again/cases.ndjson")), read_file(dir.path("data/out/cases.jsonl"))) << "commands are in the ledger: the same bytes again";
}

}  // namespace
}  // namespace brushwatch
