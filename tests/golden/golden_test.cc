// Every case, tests/golden/<case>/*.ndjson, is replayed straight, with other partitions and tiny epochs, and restored
// after a crash on yet another number of partitions' worth of work, and from its own ledger; one expected file for all.
// UPDATE_GOLDEN=1 rewrites it.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "apps/ledger_address.h"
#include "apps/rule_history.h"
#include "apps/session.h"
#include "tests/support/alert_sets.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> cases() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator("tests/golden")) {
    if (entry.is_directory()) out.push_back(entry.path().filename().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

app::SessionOptions options(const std::string& name, const std::string& out, std::uint32_t partitions, unsigned threads, std::uint64_t epoch) {
  app::SessionOptions o;
  o.input = "tests/golden/" + name;
  o.out = out;
  o.partitions = partitions;
  o.threads = threads;
  o.epoch_records = epoch;
  return o;
}

/// Everything the engine says of subjects, as it stands: judgements and what detectors on trial found.
void expect_same_bytes(const std::string& got, const std::string& expected, const char* how) {
  for (const char* name : {"/alerts.ndjson", "/late.ndjson", "/dlq.ndjson"}) EXPECT_EQ(test::read_file(got + name), test::read_file(expected + name)) << how << name;
}

std::string states_text(const std::string& alerts_file) {
  std::string text;
  for (const std::string& s : test::alert_states(test::read_file(alerts_file))) text += s + "\n";
  return text;
}

/// The newest bar of each week, by its id: without what tells how it came about.
std::string bars_text(const std::string& cases_file) {
  std::map<std::string, std::string> newest;
  const std::string text = test::read_file(cases_file);
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    const std::string line = text.substr(from, end - from);
    from = end + 1;
    const std::size_t id = line.find("control#"), body = line.find("\"control\":{");
    if (id != std::string::npos && body != std::string::npos) newest[line.substr(id, 18)] = line.substr(body, line.find('}', body) - body);
  }
  std::string out;
  for (const auto& [id, body] : newest) out += id + " " + body + "\n";
  return out;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, GivesTheExpectedAlertsStraightCheckpointedAndRestored) {
  const app::Operators operators;
  test::TempDir dir;
  const auto straight = app::run_session(operators, options(GetParam(), dir.path("straight"), 1, 1, 1'000'000));
  ASSERT_TRUE(straight) << straight.error().message();
  const std::string expected_file = "tests/golden/" + GetParam() + "/expected.txt";
  const std::string got = states_text(dir.path("straight/alerts.ndjson"));
  if (std::getenv("UPDATE_GOLDEN") != nullptr) test::write_file(expected_file, got);
  const std::string expected = test::read_file(expected_file);
  EXPECT_EQ(got, expected) << "straight";

  const std::string bars = bars_text(dir.path("straight/cases.ndjson"));
  const bool accused = got.find("| promote |") != std::string::npos || got.find("| demote |") != std::string::npos;
  EXPECT_EQ(!bars.empty(), accused) << "a week with an accusation has a bar, a victim none";

  const auto checkpointed = app::run_session(operators, options(GetParam(), dir.path("checkpointed"), 2, 2, 7));
  ASSERT_TRUE(checkpointed) << checkpointed.error().message();
  EXPECT_EQ(states_text(dir.path("checkpointed/alerts.ndjson")), expected) << "two partitions, an epoch every few records";
  EXPECT_EQ(bars_text(dir.path("checkpointed/cases.ndjson")), bars) << "two partitions: another order, the same bars";

  const auto whole = app::run_session(operators, options(GetParam(), dir.path("whole"), 3, 1, 11));
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(states_text(dir.path("whole/alerts.ndjson")), expected) << "three partitions";
  EXPECT_EQ(bars_text(dir.path("whole/cases.ndjson")), bars) << "three partitions";
  for (const std::uint64_t die_at : {whole->rounds / 3, whole->rounds * 2 / 3}) {
    const std::string out = dir.path("restored" + std::to_string(die_at));
    const int pid = ::fork();
    if (pid == 0) {
      auto dying = options(GetParam(), out, 3, 1, 11);
      std::uint64_t rounds = 0;
      dying.on_progress = [&](double, std::uint64_t, EventTime) { if (++rounds > die_at) ::_exit(9); };
      (void)app::run_session(operators, dying);
      ::_exit(8);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    const auto restored = app::run_session(operators, options(GetParam(), out, 3, 1, 11));
    ASSERT_TRUE(restored) << restored.error().message();
    expect_same_bytes(out, dir.path("whole"), "restored");
    EXPECT_EQ(bars_text(out + "/cases.ndjson"), bars) << "restored";
  }
  auto replay = options(GetParam(), dir.path("replay"), 3, 2, 13);
  replay.ledger = dir.path("whole/ledger");
  const auto replayed = app::run_session(operators, replay);
  ASSERT_TRUE(replayed) << replayed.error().message();
  expect_same_bytes(dir.path("replay"), dir.path("whole"), "replayed from the ledger");
}

/// "subject: rules" of the first line of each alert, and how often each subject was spoken of on trial.
TEST(RulesLive, AChangeTakesEffectAtOneRoundAndIsSeenInEveryLineAfterIt) {
  const app::Operators operators;
  test::TempDir dir;
  const auto done = app::run_session(operators, options("rules_live", dir.path("run"), 3, 2, 11));
  ASSERT_TRUE(done) << done.error().message();
  auto ledger = app::open_ledger_to_read(dir.path("run/ledger"));
  ASSERT_TRUE(ledger) << ledger.error().message();
  const auto versions = app::rule_history(**ledger, operators);
  ASSERT_TRUE(versions) << versions.error().message();
  ASSERT_EQ(versions->size(), 3U) << "the refused change made no version";
  EXPECT_EQ(versions->at(0).changes.size(), 2U) << "of one record; the third value was in force";
  ASSERT_EQ(versions->at(1).changes.size(), 1U);
  EXPECT_EQ(versions->at(1).changes[0].name, "D26.enabled");
  EXPECT_EQ(versions->at(1).changes[0].after, 2);
  EXPECT_EQ(versions->at(1).changes[0].source, "events.ndjson");
  EXPECT_EQ(versions->at(2).changes.size(), 2U);

  const auto member = [](const std::string& line, const std::string& name) {
    const auto at = line.find("\"" + name + "\":") + name.size() + 3;
    return line.substr(at, line.find_first_of(",}", at) - at);
  };
  std::set<std::uint64_t> seen;
  for (const std::string& line : test::lines_of(test::read_file(dir.path("run/alerts.ndjson")) + test::read_file(dir.path("run/late.ndjson")))) {
    if (line.find("\"type\":\"seal\"") != std::string::npos) continue;
    const std::uint64_t round = std::stoull(member(line, "round"));
    const auto after = std::find_if(versions->begin(), versions->end(), [&](const auto& v) { return v.round > round; });
    const app::RuleVersion& in_force = *std::prev(after);
    EXPECT_EQ(member(line, "rules"), fmt::format("\"{:016x}\"", in_force.digest)) << line;
    seen.insert(in_force.digest);
    const bool on_trial = line.find("\"type\":\"shadow_finding\"") != std::string::npos;
    EXPECT_EQ(on_trial, line.find("taobao:S-6655") != std::string::npos) << "only of the shop of that week, and nothing else of it: " << line;
    if (on_trial) EXPECT_NE(line.find("\"detector\":\"D26\""), std::string::npos);
  }
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_NE(test::read_file(dir.path("run/dlq.ndjson")).find("\"error\":\"config_unknown_key\",\"field\":\"/rules/D99.enabled\""), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(cases()), [](const auto& tested) {
  std::string name = tested.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);

}  // namespace
}  // namespace brushwatch
