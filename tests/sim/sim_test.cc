/// The simulator's short form, its long form by BW_SIM="FIRST COUNT", and the bugs that it must find.

#include "tests/sim/sim_life.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace brushwatch::sim {
namespace {

constexpr std::uint64_t kShortSeeds = 1500;  // ten seconds
constexpr std::uint64_t kGroupSeeds = 400;
constexpr std::uint64_t kDetectorSeeds = 8;
/// A bug that needs more seeds than this to show would slip through a short run.
constexpr std::uint64_t kSeedsPerBug = 400;

TEST(Simulator, GivesTheUndisturbedLinesForEverySeed) {
  unsigned long long first = 1, count = kShortSeeds;
  if (const char* asked = std::getenv("BW_SIM")) {
    ASSERT_EQ(std::sscanf(asked, "%llu %llu", &first, &count), 2) << "BW_SIM=\"FIRST COUNT\"";
  }
  if (const char* only = std::getenv("BW_SEED")) first = std::strtoull(only, nullptr, 10), count = 1;
  Outcome all;
  std::uint64_t differing = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome one = simulate(seed);
    all.lives += one.lives, all.deaths += one.deaths, all.power_cuts += one.power_cuts, all.errors += one.errors;
    all.zombies += one.zombies, all.lines += one.lines, all.refolds += one.refolds;
    if (one.failure.empty()) continue;
    ADD_FAILURE() << "seed " << seed << ": " << one.failure << "\n  again: tools/prove.py sim --only " << seed;
    if (++differing >= 5) break;
  }
  std::printf("sim: {\"first\": %llu, \"seeds\": %llu, \"differing\": %llu, \"lives\": %llu, \"deaths\": %llu, \"power_cuts\": %llu, \"errors\": %llu, \"zombies\": %llu, \"refolds\": %llu, \"lines\": %llu}\n",
              first, count, static_cast<unsigned long long>(differing), static_cast<unsigned long long>(all.lives), static_cast<unsigned long long>(all.deaths),
              static_cast<unsigned long long>(all.power_cuts), static_cast<unsigned long long>(all.errors), static_cast<unsigned long long>(all.zombies),
              static_cast<unsigned long long>(all.refolds), static_cast<unsigned long long>(all.lines));
  if (count < 100) return;
  // A simulator in which nothing happens proves nothing.
  EXPECT_GT(all.deaths, count);
  EXPECT_GT(all.power_cuts, count / 4);
  // Seven in a hundred on average; a window of 2,000 seeds had five.
  EXPECT_GT(all.zombies, count / 40);
  EXPECT_GT(all.refolds, 0U);
}

/// The frame of a long record was not taken, the round's tick behind it was: the record was in no line.
TEST(Simulator, LosesNoRecordWhoseFrameWasNotTaken) { EXPECT_EQ(simulate(115'978).failure, ""); }

TEST(Simulator, LetsNoInstanceOfAGroupChangeALine) {
  unsigned long long first = 1, count = kGroupSeeds;
  if (const char* asked = std::getenv("BW_SIM_GROUP")) {
    ASSERT_EQ(std::sscanf(asked, "%llu %llu", &first, &count), 2) << "BW_SIM_GROUP=\"FIRST COUNT\"";
  }
  Outcome all;
  int differing = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome one = simulate_group(seed);
    all.lives += one.lives, all.deaths += one.deaths, all.errors += one.errors, all.zombies += one.zombies, all.fenced += one.fenced;
    all.takeovers += one.takeovers, all.repeats += one.repeats, all.lines += one.lines;
    if (one.failure.empty()) continue;
    ADD_FAILURE() << "seed " << seed << ": " << one.failure << "\n  again: BW_SIM_GROUP=\"" << seed << " 1\" build/release/tests/sim --gtest_filter=*OfAGroup*";
    if (++differing >= 3) break;
  }
  std::printf("sim group: {\"first\": %llu, \"seeds\": %llu, \"differing\": %d, \"lives\": %llu, \"deaths\": %llu, \"errors\": %llu, \"takeovers\": %llu, \"stopped_leaders\": %llu, \"fenced\": %llu, \"repeats\": %llu, \"lines\": %llu}\n",
              first, count, differing, static_cast<unsigned long long>(all.lives), static_cast<unsigned long long>(all.deaths), static_cast<unsigned long long>(all.errors),
              static_cast<unsigned long long>(all.takeovers), static_cast<unsigned long long>(all.zombies), static_cast<unsigned long long>(all.fenced),
              static_cast<unsigned long long>(all.repeats), static_cast<unsigned long long>(all.lines));
  if (count < 100) return;
  EXPECT_GT(all.takeovers, 2 * count);
  EXPECT_GT(all.fenced, count / 4);
  EXPECT_GT(all.zombies, count / 4);
  EXPECT_GT(all.repeats, 0U) << "a stopped writer says again what it had said; readers take it once";
}

TEST(Simulator, GivesTheUndisturbedAlertsOfTheDetectors) {
  unsigned long long first = 1, count = kDetectorSeeds;
  if (const char* asked = std::getenv("BW_SIM_DETECTORS")) {
    ASSERT_EQ(std::sscanf(asked, "%llu %llu", &first, &count), 2) << "BW_SIM_DETECTORS=\"FIRST COUNT\"";
  }
  std::uint64_t deaths = 0, lines = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome one = simulate(seed, Bug::kNone, true);
    deaths += one.deaths, lines += one.lines;
    ASSERT_EQ(one.failure, "") << "again: BW_SIM_DETECTORS=\"" << seed << " 1\" build/release/tests/sim --gtest_filter=*OfTheDetectors";
  }
  std::printf("sim detectors: {\"seeds\": %llu, \"deaths\": %llu, \"lines\": %llu}\n", count, static_cast<unsigned long long>(deaths),
              static_cast<unsigned long long>(lines));
  EXPECT_GT(deaths, count / 2);
  EXPECT_GT(lines, 10 * count);
}

class PlantedBug : public ::testing::TestWithParam<int> {};

/// In a child: the engine's own checks may end the process, and that is finding it as well.
TEST_P(PlantedBug, IsFound) {
  const Bug bug = static_cast<Bug>(GetParam());
  const std::string name(bug_name(bug));
  std::fflush(nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (std::uint64_t seed = 1; seed <= kSeedsPerBug; ++seed) {
      std::printf("planted: %s, seed %llu", name.c_str(), static_cast<unsigned long long>(seed));
      std::fflush(nullptr);  // should the engine stop the process, this is its last word
      const Outcome outcome = bug == Bug::kClaimNotSeenByWriter ? simulate_group(seed, bug) : simulate(seed, bug);
      if (!outcome.failure.empty()) {
        std::printf(": %s\n", outcome.failure.c_str());
        std::fflush(nullptr);
        ::_exit(1);
      }
      std::printf("\r");
    }
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  const bool checked = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  EXPECT_TRUE(checked || (WIFEXITED(status) && WEXITSTATUS(status) == 1)) << name << " was not found by " << kSeedsPerBug << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Simulator, PlantedBug, ::testing::Range(1, static_cast<int>(Bug::kCount)),
                         [](const auto& bug) { return std::string(bug_name(static_cast<Bug>(bug.param))); });

}  // namespace
}  // namespace brushwatch::sim
