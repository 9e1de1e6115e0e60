#include "engine/graph/peel.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/engine/graph/brute_force.h"

namespace brushwatch {
namespace {

TEST(Peel, OfNothingIsNothing) {
  EXPECT_TRUE(peel({}, 0).nodes.empty());
  EXPECT_TRUE(peel({}, 5).nodes.empty());
  const WeightedEdge loop[] = {{2, 2, 7}};
  EXPECT_TRUE(peel(loop, 3).nodes.empty()) << "a node's edge to itself is no company";
}

TEST(Peel, FindsTheCliqueInItsTail) {
  std::vector<WeightedEdge> edges;
  for (std::uint32_t a = 3; a < 8; ++a) {
    for (std::uint32_t b = a + 1; b < 8; ++b) edges.push_back({a, b, 1});
  }
  for (std::uint32_t v = 0; v < 3; ++v) edges.push_back({v, v + 1, 1});
  const DenseBlock block = peel(edges, 8);
  EXPECT_EQ(block.nodes, (std::vector<std::uint32_t>{3, 4, 5, 6, 7}));
  EXPECT_EQ(block.weight, 10U);
  EXPECT_DOUBLE_EQ(block.density(), 2.0);
}

TEST(Peel, IsAtLeastHalfAsDenseAsTheDensestSubset) {
  std::mt19937_64 chance(11);
  for (int round = 0; round < 300; ++round) {
    const auto nodes = static_cast<std::uint32_t>(2 + chance() % 9);
    std::vector<WeightedEdge> edges;
    for (std::uint64_t i = chance() % 30; i > 0; --i) {
      edges.push_back({static_cast<std::uint32_t>(chance() % nodes), static_cast<std::uint32_t>(chance() % nodes), static_cast<std::uint32_t>(1 + chance() % 6)});
    }
    const DenseBlock block = peel(edges, nodes);
    EXPECT_EQ(block.weight, test::weight_inside(edges, block.nodes)) << "what it says is what is inside";
    const double greatest = test::greatest_density(edges, nodes);
    EXPECT_GE(block.density() * 2, greatest - 1e-9);
    EXPECT_LE(block.density(), greatest + 1e-9);
  }
}

}  // namespace
}  // namespace brushwatch
