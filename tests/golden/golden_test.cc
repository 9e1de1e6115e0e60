// Every case, tests/golden/<case>/*.ndjson, is replayed straight, with other partitions and tiny epochs, and restored
// after a crash on yet another number of partitions' worth of work; one expected file for all. UPDATE_GOLDEN=1 rewrites it.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

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

std::string states_text(const std::string& alerts_file) {
  std::string text;
  for (const std::string& s : test::alert_states(test::read_file(alerts_file))) text += s + "\n";
  return text;
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

  const auto checkpointed = app::run_session(operators, options(GetParam(), dir.path("checkpointed"), 2, 2, 7));
  ASSERT_TRUE(checkpointed) << checkpointed.error().message();
  EXPECT_EQ(states_text(dir.path("checkpointed/alerts.ndjson")), expected) << "two partitions, an epoch every few records";

  const auto whole = app::run_session(operators, options(GetParam(), dir.path("whole"), 3, 1, 11));
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(states_text(dir.path("whole/alerts.ndjson")), expected) << "three partitions";
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
    EXPECT_EQ(test::read_file(out + "/alerts.ndjson"), test::read_file(dir.path("whole/alerts.ndjson"))) << "restored: the very bytes";
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(cases()), [](const auto& tested) {
  std::string name = tested.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);

}  // namespace
}  // namespace brushwatch
