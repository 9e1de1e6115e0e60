/// What every state store promises, asked of each of them.
#include "state/store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "state/memory_store.h"
#include "state/rocksdb/rocksdb_store.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using Entry = std::pair<std::string, std::string>;

struct Kind {
  const char* name;
  std::unique_ptr<StateStore> (*fresh)(const std::string& directory);
  std::unique_ptr<StateStore> (*reopen)(const std::string& directory);
};

template <bool kBulk>
std::unique_ptr<StateStore> rocksdb(const std::string& directory) {
  auto store = open_rocksdb_store({.directory = directory, .cache_bytes = 4 << 20, .write_buffer_bytes = 1 << 20, .bulk = kBulk});
  EXPECT_TRUE(store) << store.error().message();
  return store ? std::move(*store) : nullptr;
}
std::unique_ptr<StateStore> fresh_memory(const std::string&) { return make_memory_store(); }
std::unique_ptr<StateStore> reopen_memory(const std::string& directory) {
  auto store = open_memory_store(directory);
  EXPECT_TRUE(store) << store.error().message();
  return store ? std::move(*store) : nullptr;
}

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void put(std::string_view key, std::string_view value) {
    StoreBatch batch;
    batch.put(key, value);
    ASSERT_TRUE(store_->write(batch));
  }
  static std::vector<Entry> all(StateStore& store, std::string_view prefix = {}) {
    std::vector<Entry> entries;
    EXPECT_TRUE(store.scan(prefix, [&](auto key, auto value) { return entries.emplace_back(key, value), true; }));
    return entries;
  }
  std::optional<std::string> get(std::string_view key) {
    auto value = store_->get(key);
    EXPECT_TRUE(value);
    return *value;
  }

  test::TempDir folder_;
  std::unique_ptr<StateStore> store_ = GetParam().fresh(folder_.path("store"));
};

TEST_P(StoreContract, ReadsBackWhatWasWritten) {
  EXPECT_EQ(get("a"), std::nullopt);
  const std::string key("k\0\xff", 3), value("v\0\n", 3);
  put(key, value);
  put("empty", "");
  EXPECT_EQ(get(key), value);
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(get("k"), std::nullopt);
  put(key, "second");
  EXPECT_EQ(get(key), "second");
}

TEST_P(StoreContract, AppliesABatchInTheOrderOfItsCalls) {
  StoreBatch batch;
  batch.put("a", "1");
  batch.erase("a");
  batch.put("b", "1");
  batch.put("b", "2");
  batch.erase("c");
  batch.put("c", "3");
  ASSERT_TRUE(store_->write(batch));
  EXPECT_EQ(all(*store_), (std::vector<Entry>{{"b", "2"}, {"c", "3"}}));
}

TEST_P(StoreContract, AppliesABigBatchInTheOrderOfItsCallsToo) {
  put("k00001", "old");
  put("stays", "here");
  StoreBatch batch;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5000; ++i) {
      const std::string key = "k" + std::to_string(100'000 + (i * 7919) % 5000).substr(1);
      if (round == 1 && i % 3 == 0) {
        batch.erase(key);
      } else {
        batch.put(key, std::to_string(round * 10'000 + i));
      }
    }
  }
  batch.erase("k00001");
  ASSERT_TRUE(store_->write(batch));
  EXPECT_EQ(get("k00001"), std::nullopt);
  EXPECT_EQ(get("k00000"), std::nullopt);
  EXPECT_EQ(get("stays"), "here");
  EXPECT_GT(all(*store_, "k").size(), 3300U);
  put("k00001", "new");
  EXPECT_EQ(get("k00001"), "new");
  StoreBatch wipe;
  for (const auto& [key, value] : all(*store_)) wipe.erase(key);
  ASSERT_TRUE(store_->write(wipe));
  EXPECT_TRUE(all(*store_).empty());
}

// What an epoch looks like: loose keys first, before, between and after those of the tables, some of them the same.
TEST_P(StoreContract, ABigBatchOfLooseKeysAndThenOrderedOnesIsInTheOrderOfItsCalls) {
  StoreBatch batch;
  batch.put("m2500", "loose, then written over");
  batch.put("z", "loose, after all");
  batch.put("a", "loose, before all");
  batch.put("m2500x", "loose, between");
  batch.put("a", "loose, twice");
  batch.erase("m4999y");
  for (int i = 0; i < 5000; ++i) batch.put("m" + std::to_string(10'000 + i).substr(1), std::to_string(i));
  ASSERT_TRUE(store_->write(batch));
  EXPECT_EQ(get("a"), "loose, twice");
  EXPECT_EQ(get("m2500"), "2500");
  EXPECT_EQ(get("m2500x"), "loose, between");
  EXPECT_EQ(get("z"), "loose, after all");
  EXPECT_EQ(all(*store_).size(), 5003U);
}

TEST_P(StoreContract, AnEmptyBatchIsFine) { EXPECT_TRUE(store_->write(StoreBatch())); }

TEST_P(StoreContract, AnswersManyKeysInTheOrderAsked) {
  put("a", "1");
  put("b", "2");
  std::vector<std::optional<std::string>> values(7, "left over");
  const std::vector<std::string> keys{"b", "x", "a", "b"};
  ASSERT_TRUE(store_->multi_get(keys, values));
  EXPECT_EQ(values, (std::vector<std::optional<std::string>>{"2", std::nullopt, "1", "2"}));
  ASSERT_TRUE(store_->multi_get({}, values));
  EXPECT_TRUE(values.empty());
}

TEST_P(StoreContract, ScansExactlyThePrefixInByteOrder) {
  const std::string high = "p\xff";
  for (const std::string& key : {std::string("p"), std::string("o\xff"), high, high + "\xff", std::string("p\x01"),
                                 std::string("p\x80"), std::string("q"), std::string("\xff\xff"), std::string("\xff")}) {
    put(key, "v");
  }
  const auto keys = [&](std::string_view prefix) {
    std::vector<std::string> found;
    for (const auto& entry : all(*store_, prefix)) found.push_back(entry.first);
    return found;
  };
  EXPECT_EQ(keys("p"), (std::vector<std::string>{"p", "p\x01", "p\x80", high, high + "\xff"}));
  EXPECT_EQ(keys(high), (std::vector<std::string>{high, high + "\xff"}));
  EXPECT_EQ(keys("\xff"), (std::vector<std::string>{"\xff", "\xff\xff"}));
  EXPECT_EQ(keys("").size(), 9U);
  EXPECT_TRUE(keys("r").empty());
}

TEST_P(StoreContract, AScanStopsWhenItsVisitorSaysSo) {
  for (const char* key : {"a", "b", "c"}) put(key, "");
  int visits = 0;
  ASSERT_TRUE(store_->scan("", [&](auto, auto) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TEST_P(StoreContract, AScanSeesTheStoreAsItWasWhenItBegan) {
  put("a", "1");
  put("b", "1");
  std::vector<Entry> seen;
  ASSERT_TRUE(store_->scan("", [&](auto key, auto value) {
    if (seen.empty()) put("b", "2"), put("c", "2");
    seen.emplace_back(key, value);
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<Entry>{{"a", "1"}, {"b", "1"}}));
}

TEST_P(StoreContract, ASnapshotIsAWholeStoreOfItsMoment) {
  StoreBatch batch;
  for (int i = 0; i < 6000; ++i) batch.put("k" + std::to_string(i), std::string(20, 'x'));
  ASSERT_TRUE(store_->write(batch));
  put("late", "yes");
  const auto then = all(*store_);
  ASSERT_TRUE(store_->snapshot(folder_.path("snapshot")));
  put("later", "yes");
  put("k1", "changed");
  auto copy = GetParam().reopen(folder_.path("snapshot"));
  ASSERT_TRUE(copy);
  EXPECT_EQ(all(*copy), then);
  StoreBatch more;
  more.put("mine", "1");
  ASSERT_TRUE(copy->write(more));
  EXPECT_EQ(get("mine"), std::nullopt) << "the copy lives its own life";
  EXPECT_EQ(get("k1"), "changed");
}

TEST_P(StoreContract, ASnapshotNeverOverwrites) {
  put("a", "1");
  ASSERT_TRUE(store_->snapshot(folder_.path("snapshot")));
  const auto again = store_->snapshot(folder_.path("snapshot"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kStateIo);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         ::testing::Values(Kind{"memory", fresh_memory, reopen_memory},
                                           Kind{"rocksdb", rocksdb<false>, rocksdb<false>},
                                           Kind{"rocksdb_bulk", rocksdb<true>, rocksdb<true>}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace brushwatch
