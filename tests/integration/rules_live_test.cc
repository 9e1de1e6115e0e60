// A running pipeline between real topics is given other rules: seen at its door within a second, from one round on, refused when
// they are wrong, and replayed from the ledger at the same place.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "tests/support/kafka_broker.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::KafkaBroker;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::write_file;
using Lines = std::vector<std::string>;

/// A pipeline that reads one topic, for ever.
class Live {
 public:
  Live() {
    auto& broker = KafkaBroker::shared();
    std::string outputs;
    for (const char* role : {"in", "ledger", "alerts", "late", "dlq", "cases", "lists", "credit"}) {
      topics_[role] = broker.fresh_topic(std::string("rules.") + role);
      if (role != std::string("in") && role != std::string("ledger")) outputs += std::string(role) + " = \"" + topics_[role] + "\"\n";
    }
    write_file(dir.path("run.toml"),
               "[pipeline]\npartitions = 2\nepoch_events = 10\ndata_dir = \"" + dir.path("data") + "\"\n[[source]]\nname = \"bus\"\nkind = \"kafka\"\nclock = \"record\"\ncommands = true\ntopics = [\"" +
                   topics_["in"] + "\"]\n[ledger]\nkind = \"kafka\"\ntopic = \"" + topics_["ledger"] + "\"\n[output]\nkind = \"kafka\"\n" + outputs +
                   "[http]\nenabled = true\nport = 0\n[rules]\n\"D19.min_parcels\" = 2\n\"D19.min_strong\" = 1\n\"D19.log_p_max\" = -6000\n[kafka]\nbootstrap.servers = \"" + broker.bootstrap() + "\"\n");
    process_ = std::make_unique<test::Background>(Lines{brushwatch_binary(), "run", "--config", dir.path("run.toml")}, dir.path("log"));
    while (log().find("\"event\":\"ready\"") == std::string::npos && process_->running()) ::usleep(5'000);
    const std::string text = log();
    const auto at = text.find("http://");
    if (at != std::string::npos) door = text.substr(at + 7, text.find('\n', at) - at - 7);
  }
  [[nodiscard]] std::string log() const { return std::filesystem::exists(dir.path("log")) ? read_file(dir.path("log")) : ""; }
  [[nodiscard]] std::string address(const std::string& role) const { return "kafka://" + KafkaBroker::shared().bootstrap() + "/" + topics_.at(role); }
  [[nodiscard]] std::string received(const std::string& role) const {
    const auto got = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-C", "-t", topics_.at(role), "-e", "-q"});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return got.out;
  }
  void send(const std::string& text) {
    write_file(dir.path("batch"), text);
    const auto sent = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-P", "-t", topics_.at("in"), "-p", "0", "-l", dir.path("batch")});
    ASSERT_EQ(sent.exit_code, 0) << sent.err;
  }
  /// Sends what cannot be decoded and waits for its dead letter: everything sent before is folded then.
  void settle() {
    send("no event\n");
    ++settled_;
    const auto there = [&] {
      const std::string text = received("dlq");
      int n = 0;
      constexpr const char* kBytes = "bm8gZXZlbnQ";  // "no event"
      for (auto at = text.find(kBytes); at != std::string::npos; at = text.find(kBytes, at + 1)) ++n;
      return n;
    };
    while (there() < settled_ && process_->running()) ::usleep(20'000);
  }
  [[nodiscard]] test::Finished apply(const std::string& rules, bool watch = true) {
    write_file(dir.path("new.toml"), rules);
    Lines argv{brushwatch_binary(), "rules", "apply", dir.path("new.toml"), "--to", address("in"), "--json"};
    if (watch) argv.insert(argv.end(), {"--watch", door});
    return run_program(argv);
  }
  int stop() {
    process_->signal(SIGTERM);
    return process_->wait();
  }
  test::TempDir dir;
  std::string door;

 private:
  std::map<std::string, std::string> topics_;
  std::unique_ptr<test::Background> process_;
  int settled_ = 0;
};

std::string member(const std::string& line, const std::string& name) {
  const auto at = line.find("\"" + name + "\":");
  if (at == std::string::npos) return "";
  const auto from = at + name.size() + 3;
  return line.substr(from, line.find_first_of(",}", from) - from);
}

TEST(RulesLive, AChangeIsSeenAtTheDoorHoldsFromOneRoundOnAndReplaysThere) {
  // The events of the golden case, by week, without its rules: those are given to the running program here.
  Lines weeks(3);
  for (const std::string& line : lines_of(read_file("tests/golden/rules_live/events.ndjson"))) {
    if (line.find("\"type\":\"rule.set\"") != std::string::npos) continue;
    const auto has = [&](const char* word) { return line.find(word) != std::string::npos; };
    weeks[has("S-5544") || has("75300000000001") || has("O-81") ? 0 : has("S-6655") || has("75300000000002") || has("O-82") ? 1 : 2] += line + "\n";
  }
  Live live;
  ASSERT_FALSE(live.door.empty()) << live.log();
  live.send(weeks[0]);
  live.settle();

  const auto applied = live.apply("[rules.D26]\nenabled = \"shadow\"\n");
  ASSERT_EQ(applied.exit_code, 0) << applied.err;
  const std::string version = member(applied.out, "version");
  EXPECT_EQ(version.size(), 18U) << applied.out;
  EXPECT_FALSE(member(applied.out, "visible_ms").empty()) << applied.out;

  live.send(weeks[1]);
  live.settle();
  // Refused before anything is sent, and, sent by hand, refused at the door with all of its parts.
  const auto wrong = live.apply("[rules]\n\"D26.enabled\" = 5\n");
  EXPECT_EQ(wrong.exit_code, 78);
  EXPECT_NE(wrong.err.find("5 lies outside 0 .. 2"), std::string::npos) << wrong.err;
  live.send(R"({"type":"rule.set","source":"office","event_time":"2026-10-02T09:00:00+08:00","rules":{"D26.enabled":1,"D98.enabled":1}})" "\n");
  live.settle();
  EXPECT_NE(live.received("dlq").find("\"field\":\"/rules/D98.enabled\""), std::string::npos);

  const auto back = live.apply("[rules]\n\"D26.enabled\" = \"on\"\nfusion.urgent_permille = 999\n");
  ASSERT_EQ(back.exit_code, 0) << back.err;
  live.send(weeks[2]);
  live.settle();
  ASSERT_EQ(live.stop(), 0) << live.log();

  // One ledger, one place: what the door said is what the ledger says, and what every line says.
  const auto history = run_program({brushwatch_binary(), "rules", "history", live.address("ledger"), "--json"});
  ASSERT_EQ(history.exit_code, 0) << history.err;
  EXPECT_NE(history.out.find("\"version\":" + version), std::string::npos) << history.out;
  EXPECT_NE(history.out.find("\"version\":" + member(back.out, "version")), std::string::npos) << history.out;
  EXPECT_EQ(history.out.find("D98"), std::string::npos);
  std::size_t on_trial = 0;
  for (const std::string& line : lines_of(live.received("late"))) {
    if (line.find("\"type\":\"shadow_finding\"") == std::string::npos) continue;
    ++on_trial;
    EXPECT_NE(line.find("S-6655"), std::string::npos) << "of that week only: " << line;
    EXPECT_EQ(member(line, "rules"), version);
  }
  EXPECT_GT(on_trial, 0U);
  EXPECT_EQ(live.received("alerts").find("S-6655"), std::string::npos) << "what is on trial accuses nobody";

  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", live.address("ledger"), "--out", live.dir.path("again"), "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  for (const char* role : {"alerts", "late", "dlq"}) {
    auto got = lines_of(live.received(role)), expected = lines_of(read_file(live.dir.path(std::string("again/") + role + ".ndjson")));
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(got, expected) << role;
  }
}

}  // namespace
}  // namespace brushwatch
