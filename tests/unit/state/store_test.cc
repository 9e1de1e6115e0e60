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

TEST(StoreBatch, GoesOnInAnotherChunkWhenOneIsFullAndHoldsAnEntryLargerThanAny) {
  StoreBatch batch;
  std::vector<std::string> values;
  for (std::size_t i = 0; i < 3000; ++i) values.emplace_back(i % 1000 == 999 ? 3'000'000 : i, static_cast<char>('a' + i % 26));
  for (std::size_t i = 0; i < values.size(); ++i) {
    char* const to = batch.begin_put(std::to_string(i), values[i].size() + 5000);
    std::copy(values[i].begin(), values[i].end(), to);
    batch.finish_put(values[i].size());
  }
  std::size_t i = 0, bytes = 0;
  batch.for_each([&](bool is_put, auto key, auto value) {
    EXPECT_TRUE(is_put);
    ASSERT_EQ(key, std::to_string(i));
    ASSERT_EQ(value, values[i]);
    bytes += 9 + key.size() + value.size();
    ++i;
  });
  EXPECT_EQ(i, values.size());
  EXPECT_EQ(batch.bytes(), bytes);
}

}  // namespace
}  // namespace brushwatch
