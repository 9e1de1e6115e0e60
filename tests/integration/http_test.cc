// The running program behind its HTTP door: what it answers, and that an answer of 202 holds through kill -9.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <rapidjson/document.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <regex>
#include <thread>

#include "tests/support/alert_sets.h"
#include "tests/support/deadline.h"
#include "tests/support/kafka_broker.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wire_client.h"

namespace brushwatch {
namespace {

using ::testing::HasSubstr;
using test::brushwatch_binary;
using test::KafkaBroker;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::WireClient;
using test::WireReply;
using test::write_file;

constexpr const char* kEvents = "/api/v1/events";
constexpr const char* kLines = "application/x-ndjson";
constexpr const char* kJson = "application/json";

/// A paid order, told from others by its id, so that a ledger can be searched for it.
std::string order(const std::string& id) {
  return R"({"type":"order.paid","source":"taobao","event_time":"2026-11-09T10:00:00+08:00","shop_id":"S-1","buyer_pid":"b-1","total_fen":100,"paid_fen":100,"order_id":")" + id + R"("})";
}
std::string config_text(const TempDir& dir, const std::string& more = {}) {
  return "[pipeline]\npartitions = 2\ndata_dir = \"" + dir.path("data") + "\"\n[[source]]\nname = \"door\"\nkind = \"http\"\nclock = \"record\"\n" + more;
}

/// `brushwatch run` with its door on a free port.
class Door {
 public:
  Door(const TempDir& dir, const std::string& config, const std::vector<std::string>& set = {}) : log_(dir.path("log")) {
    write_file(dir.path("run.toml"), config);
    std::vector<std::string> argv{brushwatch_binary(), "run", "--config", dir.path("run.toml"), "--json", "--set", "http.port=0"};
    for (const std::string& s : set) argv.insert(argv.end(), {"--set", s});
    std::filesystem::remove(log_);
    process_ = std::make_unique<test::Background>(argv, log_);
    // The address is the first line it prints; a process that ends before has its reason in the same file.
    const std::regex address("http://127\\.0\\.0\\.1:([0-9]+)\n");
    for (std::smatch found; port_ == 0;) {
      const bool alive = process_->running();
      const std::string text = read_file(log_);
      if (std::regex_search(text, found, address)) port_ = static_cast<std::uint16_t>(std::stoi(found[1]));
      else if (!alive) throw std::runtime_error("it ended: " + text);
      else ::usleep(2'000);
    }
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string log() const { return read_file(log_); }
  void wait_ready() const {
    const test::Deadline deadline;
    while (WireClient(port_).get("/readyz").status != 200) {
      if (deadline.passed()) throw std::runtime_error("it does not become ready: " + log());
      ::usleep(2'000);
    }
  }
  /// Posts until it is answered with something else than "not yet".
  [[nodiscard]] WireReply post(const std::string& type, const std::string& body) const {
    const test::Deadline deadline;
    for (;;) {
      WireReply reply = WireClient(port_).post(kEvents, type, body);
      if (reply.status != 503 || deadline.passed()) return reply;
      ::usleep(2'000);
    }
  }
  int end() {
    process_->signal(SIGTERM);
    return process_->wait();
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  bool running() { return process_->running(); }

 private:
  std::string log_;
  std::unique_ptr<test::Background> process_;
  std::uint16_t port_ = 0;
};

void expect_problem(const WireReply& reply, int status, const std::string& code) {
  EXPECT_EQ(reply.status, status) << reply.head << reply.body;
  EXPECT_TRUE(reply.has("Content-Type: application/problem+json")) << reply.head;
  rapidjson::Document json;
  json.Parse(reply.body.c_str());
  ASSERT_FALSE(json.HasParseError()) << reply.body;
  EXPECT_EQ(json["status"].GetInt(), status);
  EXPECT_EQ(json["code"].GetString(), code);
}
/// How often each order stands in the ledger.
std::map<std::string, int> orders_in(const std::string& ledger) {
  const auto tapped = run_program({brushwatch_binary(), "tap", ledger, "--type", "order.paid", "--limit", "0"});
  EXPECT_EQ(tapped.exit_code, 0) << tapped.err;
  std::map<std::string, int> out;
  for (const std::string& line : lines_of(tapped.out)) {
    rapidjson::Document json;
    json.Parse(line.c_str());
    if (json.HasParseError() || !json.HasMember("order_id")) ADD_FAILURE() << line;
    else ++out[std::string(json["order_id"].GetString()).substr(std::string_view("taobao:").size())];
  }
  return out;
}
std::string out_file(const TempDir& dir, const std::string& name) { return dir.path("data/out/" + name); }
/// Chains are whole, and the ledger alone gives the same bytes.
void expect_replays(const TempDir& dir) {
  for (const char* name : {"alerts", "late", "dlq"}) {
    const auto verified = run_program({brushwatch_binary(), "verify", "--open", out_file(dir, std::string(name) + ".jsonl")});
    EXPECT_EQ(verified.exit_code, 0) << name << verified.out << verified.err;
  }
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", dir.path("data/ledger"), "--out", dir.path("again"), "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  for (const char* name : {"alerts", "late", "dlq"})
    EXPECT_TRUE(read_file(dir.path("again/" + std::string(name) + ".ndjson")) == read_file(out_file(dir, std::string(name) + ".jsonl"))) << name;
}

TEST(HttpRun, AnswersOneEventABatchAndWhatIsNoEventWithTheirCounts) {
  TempDir dir;
  Door door(dir, config_text(dir));
  door.wait_ready();
  WireClient client(door.port());
  EXPECT_EQ(client.post(kEvents, kJson, order("one")).body, R"({"accepted":1,"first_offset":0})");
  const WireReply batch = client.post(kEvents, kLines, order("two") + "\n" + order("three") + "\n");
  EXPECT_EQ(batch.status, 202);
  EXPECT_EQ(batch.body, R"({"accepted":2,"first_offset":1})");
  EXPECT_EQ(client.post(kEvents, kJson, "[" + order("four") + "," + order("five") + "]").body, R"({"accepted":2,"first_offset":3})");
  EXPECT_EQ(client.post(kEvents, kJson, "[{\"type\":").status, 202) << "not JSON: kept, as a dead letter";
  expect_problem(client.post(kEvents, kJson, "[]"), 400, "empty_record");
  expect_problem(client.post(kEvents, "text/plain", order("six")), 415, "unsupported_media_type");
  WireClient stranger(door.port());
  stranger.send("HELO you\r\n\r\n");
  expect_problem(stranger.read(), 400, "bad_request");
  stranger.close();
  client.close();
  EXPECT_EQ(door.end(), 0) << door.log();
  EXPECT_EQ(orders_in(dir.path("data/ledger")), (std::map<std::string, int>{{"one", 1}, {"two", 1}, {"three", 1}, {"four", 1}, {"five", 1}}));
  const auto letters = lines_of(read_file(out_file(dir, "dlq.jsonl")));
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_THAT(letters[0], HasSubstr(R"("source":"http","offset":5)"));
  expect_replays(dir);
}

TEST(HttpRun, RefusesABodyAboveItsLimitAndABatchAboveItsQueue) {
  TempDir dir;
  Door door(dir, config_text(dir), {"http.body_limit_mib=1", "http.queue_events=1024"});
  door.wait_ready();
  expect_problem(WireClient(door.port()).post(kEvents, kLines, std::string((1U << 20) + 1, ' ')), 413, "too_large");
  std::string many;
  for (int i = 0; i < 1025; ++i) many += "{}\n";
  expect_problem(WireClient(door.port()).post(kEvents, kLines, many), 413, "too_large");
  EXPECT_EQ(WireClient(door.port()).post(kEvents, kJson, order("fits")).status, 202);
  EXPECT_EQ(door.end(), 0);
}

TEST(HttpRun, ServesHealthReadinessAndMetricsThatPrometheusReads) {
  TempDir dir;
  Door door(dir, config_text(dir));
  door.wait_ready();
  EXPECT_EQ(door.post(kLines, read_file("examples/ten-events.ndjson")).status, 202);
  WireClient client(door.port());
  EXPECT_EQ(client.get("/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(client.get("/readyz").body, R"({"ready":true,"reasons":[]})");
  std::string text;
  // The fold follows the answer: wait until the counter has moved.
  do text = client.get("/metrics").body;
  while (text.find("\nbrushwatch_pipeline_events_total 10\n") == std::string::npos && door.running());
  std::map<std::string, std::string> types;
  const std::regex type("# TYPE ([a-z0-9_]+) (counter|gauge|histogram)"), help("# HELP ([a-z0-9_]+) .+");
  const std::regex sample(R"re(([a-z0-9_]+)(\{([a-z_]+="[^"\\]*",?)+\})? ([-+]?([0-9.]+(e[-+]?[0-9]+)?|Inf)|NaN))re");
  for (const std::string& line : lines_of(text)) {
    std::smatch m;
    if (std::regex_match(line, m, type)) {
      EXPECT_TRUE(types.emplace(m[1], m[2]).second) << "twice: " << line;
    } else if (!std::regex_match(line, help)) {
      ASSERT_TRUE(std::regex_match(line, m, sample)) << line;
      const std::string family = std::regex_replace(m[1].str(), std::regex("_(bucket|sum|count)$"), "");
      EXPECT_TRUE(types.count(m[1]) == 1 || (types.count(family) == 1 && types[family] == "histogram")) << line;
      EXPECT_EQ(types.count(m[1]) == 1 && types[m[1]] == "counter", m[1].str().ends_with("_total")) << line;
    }
  }
  EXPECT_GT(types.size(), 8U);
  // Prometheus' own judgement, where it is installed.
  if (run_program({"promtool", "--version"}).exit_code == 0) {
    const auto checked = run_program({"promtool", "check", "metrics"}, text);
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  }
  EXPECT_EQ(door.end(), 0);
}

TEST(HttpRun, SaysTryLaterWhenTheLedgerStandsStillAndKeepsWhatItTookOnceItMoves) {
  TempDir dir;
  auto& broker = KafkaBroker::shared();
  const std::string ledger = broker.fresh_topic("http.ledger");
  Door door(dir, config_text(dir, "[ledger]\nkind = \"kafka\"\ntopic = \"" + ledger + "\"\n[kafka]\nbootstrap.servers = \"" + broker.bootstrap() + "\"\n"), {"http.queue_events=16"});
  door.wait_ready();
  ASSERT_EQ(door.post(kJson, order("before")).status, 202) << "the ledger works";
  broker.pause();
  // Ten and ten do not fit into sixteen: whichever comes second is refused, while the first waits for the ledger.
  WireClient a(door.port()), b(door.port());
  const auto request = [](const std::string& who) {
    std::string body;
    for (int i = 0; i < 10; ++i) body += order(who + std::to_string(i)) + "\n";
    return std::string("POST ") + kEvents + " HTTP/1.1\r\nHost: t\r\nContent-Type: " + kLines + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  a.send(request("a"));
  b.send(request("b"));
  pollfd fds[2] = {{a.fd(), POLLIN, 0}, {b.fd(), POLLIN, 0}};
  ASSERT_GT(::poll(fds, 2, 20'000), 0);
  const bool a_refused = fds[0].revents != 0;
  EXPECT_FALSE(a_refused && fds[1].revents != 0) << "the other one cannot be answered: the ledger stands still";
  const WireReply refused = (a_refused ? a : b).read();
  broker.resume();
  expect_problem(refused, 429, "backpressure");
  EXPECT_TRUE(refused.has("Retry-After: ")) << refused.head;
  EXPECT_EQ((a_refused ? b : a).read().status, 202);
  EXPECT_EQ(door.end(), 0) << door.log();
  auto kept = orders_in("kafka://" + broker.bootstrap() + "/" + ledger);
  EXPECT_EQ(kept.size(), 11U);
  EXPECT_EQ(kept[a_refused ? "b3" : "a3"], 1);
  EXPECT_EQ(kept[a_refused ? "a3" : "b3"], 0) << "refused means: nothing of it was kept";
}

TEST(HttpRun, RefusesWhatIsBeyondTheQuotaUntilRetryAfterHasPassedAndKeepsNothingOfIt) {
  TempDir dir;
  Door door(dir, config_text(dir, "events_per_s = 10\n"));
  door.wait_ready();
  WireClient client(door.port());
  std::string body;
  for (int i = 0; i < 25; ++i) body += order("first" + std::to_string(i)) + "\n";
  ASSERT_EQ(client.post(kEvents, kLines, body).status, 202) << "a batch passes whole, into debt";
  const WireReply refused = client.post(kEvents, kJson, order("second"));
  expect_problem(refused, 429, "quota_exceeded");
  std::smatch seconds;
  ASSERT_TRUE(std::regex_search(refused.head, seconds, std::regex("Retry-After: ([0-9]+)"))) << refused.head;
  EXPECT_GE(std::stoi(seconds[1]), 1);
  EXPECT_LE(std::stoi(seconds[1]), 2) << "fifteen events of debt at ten a second";
  ::sleep(static_cast<unsigned>(std::stoi(seconds[1])));
  EXPECT_EQ(client.post(kEvents, kJson, order("third")).status, 202) << "who waits as long as it is told is let in";
  EXPECT_THAT(WireClient(door.port()).get("/metrics").body, HasSubstr("brushwatch_source_throttled_total{source=\"door\"} 1"));
  EXPECT_EQ(door.end(), 0) << door.log();
  const auto kept = orders_in(dir.path("data/ledger"));
  EXPECT_EQ(kept.size(), 26U);
  EXPECT_EQ(kept.count("second"), 0U);
}

TEST(HttpRun, AnEndByTermAnswersWhomItLetInAndKeepsThemAll) {
  TempDir dir;
  Door door(dir, config_text(dir));
  door.wait_ready();
  std::atomic<int> answered{0};
  std::vector<std::vector<std::string>> kept(4);
  std::vector<std::thread> senders;
  for (std::size_t s = 0; s < kept.size(); ++s) {
    senders.emplace_back([&, s] {
      WireClient client(door.port());
      for (int i = 0; client.connected(); ++i) {
        const std::string id = std::to_string(s) + "-" + std::to_string(i);
        if (client.post(kEvents, kJson, order(id)).status != 202) break;
        kept[s].push_back(id);
        ++answered;
      }
    });
  }
  while (answered < 200) ::usleep(1'000);
  EXPECT_EQ(door.end(), 0) << door.log();
  for (std::thread& sender : senders) sender.join();
  const auto in_ledger = orders_in(dir.path("data/ledger"));
  std::size_t total = 0;
  for (const auto& ids : kept) {
    for (const std::string& id : ids) EXPECT_EQ(in_ledger.count(id), 1U) << id << " was answered 202 and is lost";
    total += ids.size();
  }
  EXPECT_GE(total, 200U);
  for (const auto& [id, count] : in_ledger) EXPECT_EQ(count, 1) << id;
  expect_replays(dir);
}

TEST(HttpRun, WhatWasAnswered202SurvivesKillsAndStandsInTheLedgerOnce) {
  TempDir dir;
  // A file source after the door: its positions (bytes) are far ahead of the door's and must not be taken for them.
  std::string other;
  for (int i = 0; i < 500; ++i) other += order("file-" + std::to_string(i)) + "\n";
  write_file(dir.path("other.ndjson"), other);
  const std::string config = config_text(dir, "[[source]]\nname = \"file\"\npath = \"" + dir.path("other.ndjson") + "\"\nclock = \"record\"\n");
  std::vector<std::string> answered, unsure;
  for (int life = 0; life < 6; ++life) {
    Door door(dir, config, {"pipeline.epoch_events=300"});
    std::atomic<std::size_t> count{0};
    const std::size_t want = 1 + 37 * static_cast<std::size_t>(life);  // killed after the first answer, then later and later
    std::thread sender([&] {
      WireClient client(door.port());
      for (int i = 0; client.connected(); ++i) {
        const std::string id = std::to_string(life) + "-" + std::to_string(i);
        const WireReply reply = client.post(kEvents, kJson, order(id));
        if (reply.status == 503) {
          --i;
          continue;
        }
        (reply.status == 202 ? answered : unsure).push_back(id);
        if (reply.status != 202) break;
        ++count;
      }
    });
    while (count < want && door.running()) ::usleep(500);
    EXPECT_TRUE(door.running()) << door.log();
    door.kill();
    sender.join();
  }
  Door door(dir, config, {"pipeline.epoch_events=300"});
  for (const std::string& id : unsure) EXPECT_EQ(door.post(kJson, order(id)).status, 202) << "who got no answer sends again";
  EXPECT_EQ(door.end(), 0) << door.log();
  const auto in_ledger = orders_in(dir.path("data/ledger"));
  EXPECT_GE(answered.size(), 6U);
  for (const std::string& id : answered) {
    const auto found = in_ledger.find(id);
    ASSERT_NE(found, in_ledger.end()) << id << " was answered 202 and is lost";
    EXPECT_EQ(found->second, 1) << id;
  }
  for (const std::string& id : unsure) EXPECT_GE(in_ledger.count(id), 1U) << id;
  for (int i = 0; i < 500; ++i) {
    const auto found = in_ledger.find("file-" + std::to_string(i));
    ASSERT_NE(found, in_ledger.end()) << i;
    EXPECT_EQ(found->second, 1) << "a position of a file is read once, whatever happened: " << i;
  }
  expect_replays(dir);
}

TEST(HttpRun, EventsSentAgainAfterAKillDoNotDoubleAnAlert) {
  const std::string rules = "[rules]\n\"D19.min_parcels\" = 2\n\"D19.min_strong\" = 1\n\"D19.log_p_max\" = -6000\n";
  const std::string ten = read_file("examples/ten-events.ndjson");
  TempDir once, repeated;
  {
    Door door(once, config_text(once, rules));
    ASSERT_EQ(door.post(kLines, ten).status, 202);
    EXPECT_EQ(door.end(), 0);
  }
  {
    Door door(repeated, config_text(repeated, rules));
    ASSERT_EQ(door.post(kLines, ten).status, 202);
    door.kill();
  }
  Door door(repeated, config_text(repeated, rules));
  ASSERT_EQ(door.post(kLines, ten).status, 202);
  ASSERT_EQ(door.post(kLines, ten).status, 202);
  EXPECT_EQ(door.end(), 0);
  const std::string expected = read_file(out_file(once, "alerts.jsonl")), got = read_file(out_file(repeated, "alerts.jsonl"));
  EXPECT_EQ(test::alert_set(expected), (std::set<std::string>{"shop/taobao:S-5544 | fake_trade | 2026-11-09T00:00:00.000+08:00 | promote"}));
  EXPECT_EQ(test::alert_states(got), test::alert_states(expected));
  expect_replays(repeated);
}

TEST(HttpRun, RefusesAPortThatIsTakenAndNamesTheNextStep) {
  TempDir dir, other;
  Door door(dir, config_text(dir));
  write_file(other.path("run.toml"), config_text(other));
  const auto refused = run_program({brushwatch_binary(), "run", "--config", other.path("run.toml"), "--set", "http.port=" + std::to_string(door.port())});
  EXPECT_EQ(refused.exit_code, 1) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("E4021"));
  EXPECT_THAT(refused.err, HasSubstr("next:"));
}

}  // namespace
}  // namespace brushwatch
