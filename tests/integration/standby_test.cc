// Several instances over one ledger on a real broker: one leads, the others fold silently. Whatever happens to the leader, the
// outputs are what the ledger gives in one go, and their chains are whole.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "tests/support/deadline.h"
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
using test::TempDir;
using test::write_file;

using Lines = std::vector<std::string>;

/// A small world in the order in which it arrived.
const Lines& world() {
  static const Lines lines = [] {
    std::string events;
    for (const auto& entry : std::filesystem::directory_iterator("tests/golden/world_s3"))
      if (entry.path().extension() == ".ndjson") events += read_file(entry.path().string());
    Lines out = lines_of(events);
    const auto arrival = [](const std::string& line) { return std::stoll(line.substr(line.rfind("\"ingest_time\":") + 14)); };
    std::stable_sort(out.begin(), out.end(), [&](const std::string& a, const std::string& b) { return arrival(a) < arrival(b); });
    return out;
  }();
  return lines;
}

/// The lines of each chain, in order. A line that stands twice with the same bytes counts once: that is the rule for readers.
std::map<std::string, Lines> chains_of(const Lines& lines, int* repeats = nullptr) {
  std::map<std::string, Lines> out;
  for (const std::string& line : lines) {
    constexpr std::string_view kTask = "\"task\":\"";
    const auto at = line.find(kTask) + kTask.size();
    Lines& chain = out[line.substr(at, line.find('"', at) - at)];
    if (std::find(chain.begin(), chain.end(), line) == chain.end()) chain.push_back(line);
    else if (repeats != nullptr) ++*repeats;
  }
  return out;
}

/// Topics of one test and instances over them.
class Group {
 public:
  explicit Group(const std::string& name, int session_ms = 1'000) : session_ms_(session_ms) {
    auto& broker = KafkaBroker::shared();
    for (const char* role : {"in", "ledger", "alerts", "late", "dlq", "cases", "lists", "credit"}) topics_[role] = broker.fresh_topic(name + "." + role);
  }
  [[nodiscard]] const std::string& topic(const std::string& role) const { return topics_.at(role); }

  std::unique_ptr<test::Background> start(const std::string& instance) {
    const std::string& at = KafkaBroker::shared().bootstrap();
    write_file(dir_.path(instance + ".toml"),
               "[pipeline]\npartitions = 2\nepoch_events = 300\ndata_dir = \"" + dir_.path(instance) + "\"\n[[source]]\nname = \"bus\"\nkind = \"kafka\"\nclock = \"record\"\ntopics = [\"" +
                   topic("in") + "\"]\n[ledger]\nkind = \"kafka\"\ntopic = \"" + topic("ledger") + "\"\n[output]\nkind = \"kafka\"\nalerts = \"" + topic("alerts") +
                   "\"\nlate = \"" + topic("late") + "\"\ndlq = \"" + topic("dlq") + "\"\ncases = \"" + topic("cases") + "\"\nlists = \"" + topic("lists") + "\"\ncredit = \"" + topic("credit") + "\"\n[standby]\ninstance = \"" + instance +
                   "\"\nsession_ms = " + std::to_string(session_ms_) + "\n[log]\nformat = \"json\"\n[kafka]\nbootstrap.servers = \"" + at + "\"\n");
    std::filesystem::remove(dir_.path(instance + ".log"));
    return std::make_unique<test::Background>(Lines{brushwatch_binary(), "run", "--standby", "--config", dir_.path(instance + ".toml")}, dir_.path(instance + ".log"));
  }
  [[nodiscard]] std::string log(const std::string& instance) const { return read_file(dir_.path(instance + ".log")); }
  /// Until the instance's log has the event. False when the process ended first, or patience did.
  bool wait_for(test::Background& process, const std::string& instance, const std::string& event) const {
    const test::Deadline deadline;
    for (;;) {
      const bool alive = process.running();
      if (log(instance).find("\"event\":\"" + event + "\"") != std::string::npos) return true;
      if (!alive || deadline.passed()) return false;
      ::usleep(5'000);
    }
  }
  void send(std::size_t from, std::size_t to) {
    std::string text;
    for (std::size_t i = from; i < to; ++i) text += world()[i] + "\n";
    produce(text);
  }
  /// Sends what cannot be decoded and waits for its dead letter: everything sent before is folded then. False when the leader died first.
  [[nodiscard]] bool settle(test::Background& leader) {
    const test::Deadline deadline;
    produce("this is no event " + std::to_string(++settled_) + "\n");
    const std::size_t wanted = static_cast<std::size_t>(settled_);
    for (;;) {
      const bool alive = leader.running();
      std::size_t there = 0;
      for (const auto& [task, lines] : chains_of(received("dlq"))) there += lines.size();
      if (there >= wanted) return true;
      if (!alive || deadline.passed()) return false;
      ::usleep(20'000);
    }
  }
  [[nodiscard]] Lines received(const std::string& role) const {
    const auto got = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-C", "-t", topic(role), "-e", "-q"});
    EXPECT_EQ(got.exit_code, 0) << got.err;
    return lines_of(got.out);
  }
  /// What is in the topics is what the ledger gives in one go, chain by chain. Returns how many alert lines there are.
  std::size_t expect_what_the_ledger_gives() {
    const auto again = run_program({brushwatch_binary(), "replay", "--ledger", "kafka://" + KafkaBroker::shared().bootstrap() + "/" + topic("ledger"), "--out", dir_.path("again"), "-q"});
    EXPECT_EQ(again.exit_code, 0) << again.err;
    for (const char* role : {"alerts", "late", "dlq", "cases", "lists", "credit"}) {
      EXPECT_EQ(chains_of(received(role), &repeats), chains_of(lines_of(read_file(dir_.path("again/" + std::string(role) + ".ndjson"))))) << role;
    }
    const auto verified = run_program({brushwatch_binary(), "verify", "--open", dir_.path("again/alerts.ndjson")});
    EXPECT_EQ(verified.exit_code, 0) << verified.out;
    return lines_of(read_file(dir_.path("again/alerts.ndjson"))).size();
  }
  int repeats = 0;

 private:
  void produce(const std::string& text) {
    write_file(dir_.path("batch"), text);
    const auto sent = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-P", "-t", topic("in"), "-p", "0", "-l", dir_.path("batch")});
    EXPECT_EQ(sent.exit_code, 0) << sent.err;
  }
  TempDir dir_;
  int session_ms_;
  int settled_ = 0;
  std::map<std::string, std::string> topics_;
};

TEST(Standby, TakesOverFromAKilledLeaderWithoutGapOrRepeat) {
  Group group("kill");
  auto leader = group.start("a");
  ASSERT_TRUE(group.wait_for(*leader, "a", "ready")) << group.log("a");
  auto standby = group.start("b");
  ASSERT_TRUE(group.wait_for(*standby, "b", "standing_by")) << group.log("b");
  const std::size_t half = world().size() / 2;
  group.send(0, half);
  leader->signal(SIGKILL);  // in the middle of its work: nothing was waited for
  leader->wait();
  group.send(half, world().size());
  ASSERT_TRUE(group.wait_for(*standby, "b", "took_over")) << group.log("b");
  ASSERT_TRUE(group.settle(*standby)) << group.log("b");
  standby->signal(SIGTERM);
  EXPECT_EQ(standby->wait(), 0) << group.log("b");
  EXPECT_GT(group.expect_what_the_ledger_gives(), 0U);
  EXPECT_EQ(group.repeats, 0) << "the dead do not write";
}

TEST(Standby, AStoppedLeaderThatWakesUpIsFencedAndSaysSo) {
  // Longer than a busy machine may hold up broker or instance: who comes back last would lose the lead again without having been stopped.
  Group group("stop", 4'000);
  auto leader = group.start("a");
  ASSERT_TRUE(group.wait_for(*leader, "a", "ready")) << group.log("a");
  auto standby = group.start("b");
  ASSERT_TRUE(group.wait_for(*standby, "b", "standing_by")) << group.log("b");
  const std::size_t third = world().size() / 3;
  group.send(0, third);
  leader->signal(SIGSTOP);
  group.send(third, 2 * third);
  ASSERT_TRUE(group.wait_for(*standby, "b", "took_over")) << group.log("b");
  ASSERT_TRUE(group.settle(*standby)) << group.log("b");
  leader->signal(SIGCONT);
  group.send(2 * third, world().size());
  EXPECT_EQ(leader->wait(), 1) << group.log("a");
  EXPECT_NE(group.log("a").find("E4030"), std::string::npos) << group.log("a");
  EXPECT_NE(group.log("a").find("next: another instance writes this ledger now"), std::string::npos) << group.log("a");
  ASSERT_TRUE(group.settle(*standby)) << group.log("b");
  EXPECT_GT(group.expect_what_the_ledger_gives(), 0U);

  // It comes back over whatever it left behind, and its name sorts first: it leads once more, and the other one hears of it.
  auto again = group.start("a");
  ASSERT_TRUE(group.wait_for(*again, "a", "took_over")) << group.log("a");
  EXPECT_EQ(standby->wait(), 1) << group.log("b");
  EXPECT_NE(group.log("b").find("E4030"), std::string::npos) << group.log("b");
  standby = group.start("b");
  ASSERT_TRUE(group.wait_for(*standby, "b", "standing_by")) << group.log("b");
  ASSERT_TRUE(group.settle(*again)) << group.log("a");
  again->signal(SIGTERM);
  EXPECT_EQ(again->wait(), 0) << group.log("a");
  standby->signal(SIGTERM);
  EXPECT_EQ(standby->wait(), 0) << group.log("b");
  group.expect_what_the_ledger_gives();
}

TEST(Standby, ALeaderThatComesBackWithinItsSessionLeadsOn) {
  Group group("back", 30'000);
  auto leader = group.start("a");
  ASSERT_TRUE(group.wait_for(*leader, "a", "ready")) << group.log("a");
  auto standby = group.start("b");
  ASSERT_TRUE(group.wait_for(*standby, "b", "standing_by")) << group.log("b");
  group.send(0, world().size());
  leader->signal(SIGKILL);
  leader->wait();
  leader = group.start("a");
  ASSERT_TRUE(group.wait_for(*leader, "a", "took_over")) << group.log("a");
  ASSERT_TRUE(group.settle(*leader)) << group.log("a");
  EXPECT_EQ(group.log("b").find("took_over"), std::string::npos) << group.log("b");
  leader->signal(SIGTERM);
  EXPECT_EQ(leader->wait(), 0) << group.log("a");
  standby->signal(SIGTERM);
  EXPECT_EQ(standby->wait(), 0) << group.log("b");
  EXPECT_GT(group.expect_what_the_ledger_gives(), 0U);
}

}  // namespace
}  // namespace brushwatch
