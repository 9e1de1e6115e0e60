#include "state/store.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

TEST(StoreBatch, GivesItsOperationsBackInOrder) {
  StoreBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.put("a", std::string("\0b", 2));
  batch.erase("c");
  batch.put("", "");
  EXPECT_EQ(batch.operations(), 3U);
  std::vector<std::tuple<bool, std::string, std::string>> seen;
  batch.for_each([&](bool is_put, auto key, auto value) { seen.emplace_back(is_put, key, value); });
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0], std::tuple(true, std::string("a"), std::string("\0b", 2)));
  EXPECT_EQ(seen[1], std::tuple(false, std::string("c"), std::string()));
  EXPECT_EQ(seen[2], std::tuple(true, std::string(), std::string()));
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.bytes(), 0U);
}

}  // namespace
}  // namespace brushwatch
