#include "engine/graph/lockstep.h"

#include <gtest/gtest.h>

#include <random>

namespace brushwatch {
namespace {

constexpr std::uint32_t kTargets = 2000;

/// Targets 0 … 99 take most of the honest edges.
ActorEdge honest(std::mt19937_64& chance) {
  return {static_cast<std::uint32_t>(chance() % 50'000), static_cast<std::uint32_t>(chance() % 4 != 0 ? chance() % 100 : chance() % kTargets)};
}

struct World {
  Lockstep core{{.targets_max = kTargets}};
  std::mt19937_64 chance{1};
  std::vector<ActorEdge> window;
  World() {
    for (int i = 0; i < 40'000; ++i) core.forget_into_past(honest(chance));
    for (int i = 0; i < 400; ++i) window.push_back(honest(chance));
  }
};

TEST(Lockstep, NamesStarsThroughCamouflageAtPopularTargets) {
  World w;
  for (std::uint32_t a = 0; a < 60; ++a) {
    w.window.push_back({100'000 + a, 1500 + a % 3});
    w.window.push_back({100'000 + a, 1500 + (a + 1) % 3});
    w.window.push_back({100'000 + a, static_cast<std::uint32_t>(w.chance() % 100)});  // camouflage
  }
  const auto groups = w.core.close_window(w.window);
  ASSERT_FALSE(groups.empty());
  EXPECT_EQ(groups[0].targets, (std::vector<std::uint32_t>{1500, 1501, 1502}));
  std::size_t right = 0;
  for (const auto a : groups[0].actors) right += a >= 100'000 ? 1 : 0;
  EXPECT_EQ(right, 60U);
  EXPECT_LE(groups[0].actors.size(), 63U) << "honest visitors of those three in that week, if any";
}

TEST(Lockstep, HonestWeeksGiveAtMostFaintGroups) {
  World w;
  World planted;
  for (std::uint32_t a = 0; a < 60; ++a) planted.window.push_back({100'000 + a, 1500 + a % 3});
  const auto faint = w.core.close_window(w.window), loud = planted.core.close_window(planted.window);
  ASSERT_FALSE(loud.empty());
  EXPECT_LT(faint.empty() ? 0 : 5 * faint[0].surprise_milli, loud[0].surprise_milli);
}

TEST(Lockstep, OrderOfTheWindowAndRepeatsChangeNothing) {
  World w;
  for (std::uint32_t a = 0; a < 20; ++a) w.window.push_back({100'000 + a, 1700});
  const auto once = w.core.close_window(w.window);
  std::vector<ActorEdge> turned(w.window.rbegin(), w.window.rend());
  const auto other = w.core.close_window(turned);
  ASSERT_EQ(once.size(), other.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].actors, other[i].actors);
    EXPECT_EQ(once[i].targets, other[i].targets);
    EXPECT_EQ(once[i].surprise_milli, other[i].surprise_milli);
  }
  EXPECT_TRUE(w.core.close_window({}).empty());
  const ActorEdge beyond[] = {{1, kTargets}, {2, kTargets}, {3, kTargets}};
  EXPECT_TRUE(w.core.close_window(beyond).empty());
}

}  // namespace
}  // namespace brushwatch
