// A snapshot carried elsewhere and the ledger behind it give the same lines as the ledger from its beginning.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using test::brushwatch_binary;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::write_file;

/// `brushwatch run` over a file that grows, with a snapshot every second.
struct Running {
  TempDir dir;
  std::string config = dir.path("run.toml");
  Running() {
    write_file(config, "[pipeline]\npartitions = 2\nepoch_events = 200\ndata_dir = \"" + dir.path("data") + "\"\n[[source]]\nname = \"world\"\nclock = \"record\"\nfollow = true\npath = \"" +
                           dir.path("world.ndjson") + "\"\n[snapshot]\ndirectory = \"" + dir.path("snapshots") + "\"\nevery_s = 1\nkeep = 2\n");
    write_file(dir.path("world.ndjson"), "");
  }
};

TEST(Snapshots, OfARunningProcessRestoreElsewhereWithTheLedgerBehindThem) {
  Running run;
  auto lines = lines_of(read_file("tests/golden/world_s3/orders.ndjson"));
  test::Background process({brushwatch_binary(), "run", "--config", run.config}, run.dir.path("log"));
  std::ofstream world(run.dir.path("world.ndjson"), std::ios::app);
  std::size_t sent = 0;
  const auto snapshots = [&] { return lines_of(run_program({brushwatch_binary(), "snapshot", "ls", run.dir.path("snapshots"), "--json"}).out).size(); };
  // More of the world until there are two snapshots, and then the rest.
  while (process.running() && snapshots() < 2 && sent + 20 < lines.size()) {
    for (int i = 0; i < 20; ++i) world << lines[sent++] << "\n";
    world.flush();
    ::usleep(50'000);
  }
  ASSERT_GE(snapshots(), 1U) << read_file(run.dir.path("log"));
  while (sent < lines.size()) world << lines[sent++] << "\n";
  world.flush();
  while (process.running() && lines_of(run_program({brushwatch_binary(), "tap", run.dir.path("data/ledger"), "--type", "order.", "--limit", "0"}).out).size() < 1'000) ::usleep(50'000);
  process.signal(SIGTERM);
  ASSERT_EQ(process.wait(), 0) << read_file(run.dir.path("log"));

  std::string snapshot;
  for (const auto& entry : fs::directory_iterator(run.dir.path("snapshots")))
    if (snapshot.empty() || entry.path().string() < snapshot) snapshot = entry.path().string();
  const auto verified = run_program({brushwatch_binary(), "snapshot", "verify", snapshot});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  // Elsewhere: only the snapshot and the ledger are there.
  const auto tail = run_program({brushwatch_binary(), "replay", "--ledger", run.dir.path("data/ledger"), "--restore", snapshot, "--out", run.dir.path("tail"), "-q"});
  ASSERT_EQ(tail.exit_code, 0) << tail.err;
  const auto whole = run_program({brushwatch_binary(), "replay", "--ledger", run.dir.path("data/ledger"), "--out", run.dir.path("whole"), "-q"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  for (const char* name : {"alerts", "late", "dlq"}) {
    const std::string expected = read_file(run.dir.path("whole/" + std::string(name) + ".ndjson")), found = read_file(run.dir.path("tail/" + std::string(name) + ".ndjson"));
    ASSERT_LE(found.size(), expected.size()) << name;
    EXPECT_EQ(found, expected.substr(expected.size() - found.size())) << name << ": the lines behind the snapshot, byte by byte";
    EXPECT_EQ(read_file(run.dir.path("data/out/" + std::string(name) + ".jsonl")), expected) << name;
  }
  // The restored replay goes on where it was, and says that nothing is left.
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", run.dir.path("data/ledger"), "--restore", snapshot, "--out", run.dir.path("tail"), "-q"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST(Snapshots, OfAStateAtRestAreMadeListedAndVerified) {
  TempDir dir;
  ASSERT_EQ(run_program({brushwatch_binary(), "replay", "--input", "tests/golden/world_s3", "--out", dir.path("out"), "-q"}).exit_code, 0);
  const auto made = run_program({brushwatch_binary(), "snapshot", "create", "--state", dir.path("out/state"), "--to", dir.path("snapshots"), "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(run_program({brushwatch_binary(), "snapshot", "ls", dir.path("snapshots"), "--json"}).out, made.out);
  const auto twice = run_program({brushwatch_binary(), "snapshot", "create", "--state", dir.path("out/state"), "--to", dir.path("snapshots")});
  EXPECT_EQ(twice.exit_code, 1) << "there is one of this epoch";
  std::string snapshot;
  for (const auto& entry : fs::directory_iterator(dir.path("snapshots"))) snapshot = entry.path().string();
  for (const auto& entry : fs::directory_iterator(snapshot + "/state")) {
    if (entry.path().extension() != ".sst") continue;
    std::string bytes = read_file(entry.path().string());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
    fs::remove(entry.path());  // it is a hard link to the state's own file
    write_file(entry.path().string(), bytes);
    break;
  }
  const auto bad = run_program({brushwatch_binary(), "snapshot", "verify", snapshot});
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_THAT(bad.err, HasSubstr("E3001"));
  const auto refused = run_program({brushwatch_binary(), "replay", "--ledger", dir.path("out/ledger"), "--restore", snapshot, "--out", dir.path("again"), "-q"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("E3001"));
  EXPECT_EQ(run_program({brushwatch_binary(), "snapshot", "verify", dir.path("nothing")}).exit_code, 4);
}

}  // namespace
}  // namespace brushwatch
