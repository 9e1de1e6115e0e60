#include "engine/graph/dense_window.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "tests/unit/engine/graph/brute_force.h"

namespace brushwatch {
namespace {

struct Stamped {
  WeightedEdge edge;
  std::uint32_t stamp;
};

/// One random life of a window beside the plain list of its live edges; checks the promise after every call.
void live_and_check(std::uint64_t seed, std::uint16_t weight_max) {
  std::mt19937_64 chance(seed);
  const auto nodes = static_cast<std::uint32_t>(3 + chance() % 8);
  const auto room = static_cast<std::uint32_t>(1 + chance() % 40);
  DenseWindow window({.nodes_max = nodes, .edges_max = room, .weight_max = weight_max});
  std::deque<Stamped> live;
  for (std::uint32_t now = 0; now < 200; ++now) {
    if (chance() % 25 == 0) {
      const std::uint32_t horizon = now - static_cast<std::uint32_t>(std::min<std::uint64_t>(now, chance() % 20));
      window.expire_before(horizon);
      while (!live.empty() && live.front().stamp < horizon) live.pop_front();
    } else {
      // Every third edge falls among three nodes, so that there is something dense.
      const std::uint32_t among = chance() % 3 == 0 ? 3 : nodes;
      const auto u = static_cast<std::uint32_t>(chance() % among), v = static_cast<std::uint32_t>(chance() % among);
      const auto weight = static_cast<std::uint16_t>(1 + chance() % weight_max);
      window.insert(u, v, now, weight);
      if (u != v) live.push_back({{u, v, weight}, now});
      if (live.size() > room) live.pop_front();
    }
    std::vector<WeightedEdge> edges;
    for (const auto& s : live) edges.push_back(s.edge);
    ASSERT_EQ(window.edges(), edges.size());
    ASSERT_EQ(window.community_weight(), test::weight_inside(edges, window.community())) << "seed " << seed << " at " << now;
    const double greatest = test::greatest_density(edges, nodes);
    ASSERT_LE(greatest, window.bound() + 1e-9) << "seed " << seed << " at " << now;
    if (weight_max == 1 || greatest > 3.0 * weight_max) {
      ASSERT_GE(2 * window.density(), greatest - 1e-9) << "seed " << seed << " at " << now;
    }
  }
}

TEST(DenseWindow, KeepsItsPromiseOnEveryCallOfRandomLives) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) live_and_check(seed, 1);
}

TEST(DenseWindow, KeepsItsPromiseWithWeights) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) live_and_check(seed, 4);
}

TEST(DenseWindow, NamesThePlantedBlockAndForgetsItWhenItExpires) {
  constexpr std::uint32_t kBuyers = 20'000, kShops = 2'000, kEdges = 60'000;
  std::mt19937_64 chance(3);
  DenseWindow window({.nodes_max = kBuyers + kShops, .edges_max = kEdges});
  const auto honest = [&](std::uint32_t stamp) {
    window.insert(static_cast<std::uint32_t>(chance() % kBuyers), kBuyers + static_cast<std::uint32_t>(chance() % kShops), stamp);
  };
  for (std::uint32_t i = 0; i < kEdges; ++i) honest(i);
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    window.insert(static_cast<std::uint32_t>(chance() % 50), kBuyers + static_cast<std::uint32_t>(chance() % 30), kEdges + i);
    honest(kEdges + i);
  }
  const double found = window.density();
  window.sharpen();
  EXPECT_GE(window.density(), found);
  std::size_t buyers = 0, shops = 0;
  for (const std::uint32_t v : window.community()) (v < kBuyers ? buyers : shops) += v < 50 || (v >= kBuyers && v < kBuyers + 30) ? 1 : 0;
  EXPECT_EQ(buyers, 50U);
  EXPECT_EQ(shops, 30U);
  EXPECT_LE(window.community().size(), 90U) << "hardly anybody beside them";
  EXPECT_LE(window.density(), window.bound());
  for (std::uint32_t i = 0; i < 2 * kEdges; ++i) honest(2 * kEdges + i);
  EXPECT_LT(window.density(), 20) << "the block's 37 an edge is gone";
}

TEST(DenseWindow, LeavesOutWhatIsNoEdge) {
  DenseWindow window({.nodes_max = 4, .edges_max = 4});
  window.insert(1, 1, 0);
  window.insert(0, 4, 0);
  window.insert(0, 1, 0, 0);
  EXPECT_EQ(window.edges(), 0U);
  EXPECT_TRUE(window.community().empty());
  window.insert(0, 1, 5);
  EXPECT_EQ(window.community().size(), 2U);
  window.expire_before(6);
  EXPECT_TRUE(window.community().empty());
}

}  // namespace
}  // namespace brushwatch
