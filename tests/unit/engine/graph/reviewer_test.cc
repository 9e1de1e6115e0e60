#include "engine/graph/reviewer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace brushwatch {
namespace {

constexpr std::int64_t kDay = 86'400;

/// Users 0 … 9 rate each other for years; 20 … 22 praise 30 and 31, whom the others warn of, within one day.
std::vector<Rating> ring() {
  std::vector<Rating> ratings;
  for (std::uint32_t a = 0; a < 10; ++a) {
    for (std::uint32_t b = 0; b < 10; ++b) {
      if (a != b) ratings.push_back({a, b, 3, kDay * (a * 50 + b * 13)});
    }
    ratings.push_back({a, 30 + a % 2, -8, kDay * 600});
  }
  for (std::uint32_t a = 20; a < 23; ++a) {
    for (std::uint32_t b = 30; b < 32; ++b) ratings.push_back({a, b, 10, kDay * 599 + a * 60 + b});
  }
  return ratings;
}

TEST(Reviewer, ShortStayInBadCompanyIsSuspect) {
  const auto views = view_raters(ring(), 40);
  for (std::uint32_t hired = 20; hired < 23; ++hired) {
    for (std::uint32_t honest = 0; honest < 10; ++honest) {
      EXPECT_GT(views[hired].suspicion(), views[honest].suspicion());
      EXPECT_GT(views[hired].deviation, views[honest].deviation);
    }
  }
}

TEST(Reviewer, WhatIsSaidAboutARaterChangesNothing) {
  auto ratings = ring();
  const auto before = view_raters(ratings, 40);
  // 22 is rated by nobody; let everybody despise it, with views of its own ratings taken before and after.
  for (std::uint32_t a = 33; a < 36; ++a) ratings.push_back({a, 22, -10, kDay * 700});
  const auto after = view_raters(ratings, 40);
  for (std::uint32_t a = 0; a < 10; ++a) {
    EXPECT_EQ(before[22].suspicion() > before[a].suspicion(), after[22].suspicion() > after[a].suspicion());
    EXPECT_EQ(before[22].deviation > before[a].deviation, after[22].deviation > after[a].deviation);
  }
}

TEST(Reviewer, OrderDoesNotMatterAndStrangersAreLeftOut) {
  auto ratings = ring();
  const auto straight = view_raters(ratings, 40);
  std::reverse(ratings.begin(), ratings.end());
  ratings.push_back({99, 1, 5, 0});
  ratings.push_back({1, 99, 5, 0});
  const auto turned = view_raters(ratings, 40);
  for (std::uint32_t u = 0; u < 40; ++u) {
    EXPECT_EQ(straight[u].ratings, turned[u].ratings);
    EXPECT_DOUBLE_EQ(straight[u].suspicion(), turned[u].suspicion());
    EXPECT_DOUBLE_EQ(straight[u].deviation, turned[u].deviation);
  }
  EXPECT_EQ(straight[39].ratings, 0U);
  EXPECT_EQ(straight[39].suspicion(), 0);
}

}  // namespace
}  // namespace brushwatch
