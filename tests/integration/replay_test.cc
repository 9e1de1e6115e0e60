// The promise of the replay: the same input gives the same bytes, whatever happens to the process.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/alert_sets.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::write_file;

/// One small world for all tests of this file: 150 shops, 3 days.
const std::string& world() {
  static TempDir dir;
  static const std::string path = [] {
    const auto made = run_program({brushwatch_binary(), "generate", "--seed", "7", "--shops", "150", "--days", "3", "--out", dir.path("world"), "--json", "-q"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return dir.path("world");
  }();
  return path;
}
std::vector<std::string> replay_command(const std::string& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv{brushwatch_binary(), "replay", "--input", world(), "--out", out, "--json", "-q", "--epoch-records", "20000"};
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}
const std::string& straight_alerts() {
  static TempDir dir;
  static const std::string alerts = [] {
    const auto done = run_program(replay_command(dir.path("r")));
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return read_file(dir.path("r/alerts.ndjson"));
  }();
  return alerts;
}

TEST(Generate, GivesTheSameBytesForTheSameSeed) {
  TempDir dir;
  ASSERT_EQ(run_program({brushwatch_binary(), "generate", "--seed", "7", "--shops", "150", "--days", "3", "--out", dir.path("again"), "-q"}).exit_code, 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world())) {
    if (!entry.is_regular_file()) continue;
    const auto other = dir.path("again") + entry.path().string().substr(world().size());
    EXPECT_EQ(read_file(entry.path().string()), read_file(other)) << entry.path();
  }
}

TEST(Replay, RaisesAlertsOnAWorldWithRings) { EXPECT_GT(test::alert_set(straight_alerts()).size(), 3U); }

TEST(Replay, GivesTheSameBytesWithOneTwoAndFourThreads) {
  for (const char* threads : {"1", "2", "4"}) {
    TempDir dir;
    const auto done = run_program(replay_command(dir.path("r"), {"--threads", threads}));
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_TRUE(read_file(dir.path("r/alerts.ndjson")) == straight_alerts()) << threads << " threads";
  }
}

TEST(Replay, GivesTheSameBytesForAnyEpochLength) {
  TempDir dir;
  auto command = replay_command(dir.path("r"));
  command.insert(command.end(), {"--memory-mib", "8"});
  ASSERT_EQ(run_program(command).exit_code, 0);
  EXPECT_TRUE(read_file(dir.path("r/alerts.ndjson")) == straight_alerts());
}

TEST(Replay, GivesTheSameBytesAfterKillsAtAnyMoment) {
  for (const int delay_us : {20'000, 60'000, 120'000, 200'000, 350'000}) {
    TempDir dir;
    // Killed thrice, each time at another moment of its life; then left to finish.
    for (int kill = 0; kill < 3; ++kill) {
      test::Background running(replay_command(dir.path("r"), {"--threads", "2"}), dir.path("log"));
      ::usleep(static_cast<useconds_t>(delay_us + kill * 37'000));
      running.signal(SIGKILL);
      running.wait();
    }
    const auto done = run_program(replay_command(dir.path("r"), {"--threads", "2"}));
    ASSERT_EQ(done.exit_code, 0) << done.err;
    EXPECT_TRUE(read_file(dir.path("r/alerts.ndjson")) == straight_alerts()) << "killed after " << delay_us << " us";
    EXPECT_EQ(run_program({brushwatch_binary(), "verify", dir.path("r/alerts.ndjson")}).exit_code, 0);
  }
}

TEST(Replay, OfItsOwnLedgerGivesItsOwnBytes) {
  TempDir dir;
  ASSERT_EQ(run_program(replay_command(dir.path("r"))).exit_code, 0);
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", dir.path("r/ledger"), "--out", dir.path("again"), "--json", "-q", "--threads", "2"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(read_file(dir.path("again/alerts.ndjson")) == straight_alerts());
  EXPECT_TRUE(read_file(dir.path("again/late.ndjson")) == read_file(dir.path("r/late.ndjson")));
}

TEST(Replay, GivesTheSameAlertsForOtherPartitionCounts) {
  for (const char* partitions : {"1", "3", "7"}) {
    TempDir dir;
    ASSERT_EQ(run_program(replay_command(dir.path("r"), {"--partitions", partitions})).exit_code, 0);
    EXPECT_EQ(test::alert_states(read_file(dir.path("r/alerts.ndjson"))), test::alert_states(straight_alerts())) << partitions;
  }
}

TEST(Replay, RefusesTheOutputDirectoryOfAnotherInput) {
  TempDir dir;
  ASSERT_EQ(run_program(replay_command(dir.path("r"))).exit_code, 0);
  write_file(dir.path("other.ndjson"), "");
  const auto refused = run_program({brushwatch_binary(), "replay", "--input", dir.path("other.ndjson"), "--out", dir.path("r"), "-q"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("belongs to another input"), std::string::npos) << refused.err;
}

TEST(Verify, SaysIntactAndNamesEveryKindOfDamage) {
  TempDir dir;
  const auto lines = lines_of(straight_alerts());
  ASSERT_GT(lines.size(), 10U);
  const auto check = [&](std::vector<std::string> damaged, const std::string& what) {
    std::string text;
    for (const std::string& l : damaged) text += l + "\n";
    write_file(dir.path("x.ndjson"), text);
    const auto result = run_program({brushwatch_binary(), "verify", dir.path("x.ndjson")});
    EXPECT_EQ(result.exit_code, what == "nothing" ? 0 : 3) << what << "\n" << result.out;
    if (what != "nothing") {
      EXPECT_NE(result.out.find("line "), std::string::npos) << what;
    }
  };
  check(lines, "nothing");
  for (std::size_t i = 0; i < lines.size(); i += 1 + lines.size() / 23) {
    auto damaged = lines;
    damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(i));
    check(damaged, "deleted " + std::to_string(i));
    damaged = lines;
    std::swap(damaged[i], damaged[(i + 1) % lines.size()]);
    check(damaged, "swapped " + std::to_string(i));
    damaged = lines;
    damaged.insert(damaged.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    check(damaged, "repeated " + std::to_string(i));
    damaged = lines;
    damaged[i][damaged[i].size() / 2] ^= 1;
    check(damaged, "edited " + std::to_string(i));
  }
}

TEST(Explain, TellsWhyInBothLanguagesAndShowsTheEvents) {
  TempDir dir;
  ASSERT_EQ(run_program(replay_command(dir.path("r"))).exit_code, 0);
  const std::string alerts = dir.path("r/alerts.ndjson"), text = read_file(alerts);
  const auto at = text.find("\"id\":\"A-");
  ASSERT_NE(at, std::string::npos);
  const std::string id = text.substr(at + 6, 18);
  for (const char* lang : {"en", "zh"}) {
    const auto told = run_program({brushwatch_binary(), "explain", id, "--alerts", alerts, "--lang", lang, "--ledger", dir.path("r/ledger")});
    EXPECT_EQ(told.exit_code, 0) << told.err;
    EXPECT_NE(told.out.find(id), std::string::npos);
    EXPECT_NE(told.out.find("\"type\":\""), std::string::npos) << "the events behind it";
  }
  EXPECT_EQ(run_program({brushwatch_binary(), "explain", "A-ffffffffffffffff0", "--alerts", alerts}).exit_code, 4);
}

}  // namespace
}  // namespace brushwatch
