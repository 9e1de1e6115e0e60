// The row table over RocksDB with a cap far below its keys, against a std::map: rows leave memory and come back, epochs are
// written while the stage goes on, the process dies between them. (Over the memory store: tests/unit/state.)

#include "state/row_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>
#include <random>

#include "state/rocksdb/rocksdb_store.h"
#include "tests/support/seeds.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

struct Entry {
  std::uint64_t words[4] = {};
  std::string tail;
};
using Model = std::map<std::uint64_t, Entry>;

RowLayout layout(bool forms) {
  RowLayout l;
  l.add("a", 1, 8);
  l.add("b", 1, 24);
  if (forms) l.forms = {1, 2};
  return l;
}
/// Where a word of the layout is in a row of this form; none when the row has no memory for it.
std::optional<std::size_t> place(unsigned form, std::size_t word) {
  if (form == 0) return word;
  if (form == 1) return word == 0 ? std::optional<std::size_t>(0) : std::nullopt;
  return word == 0 ? std::nullopt : std::optional(word - 1);
}

void play(std::uint64_t seed, bool forms) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  test::TempDir dir;
  // 2,000 keys of 32 bytes and tails are several times the cap.
  constexpr std::uint64_t kKeys = 2'000;
  const RowTable::Options options{.prefix = "s0/", .memory_bytes = 48u << 10, .tails = true};
  std::unique_ptr<StateStore> store;
  std::unique_ptr<RowTable> table;
  std::uint64_t reads = 0;
  const auto open = [&] {
    if (table) reads += table->store_reads();
    table.reset();
    store.reset();
    auto opened = open_rocksdb_store({.directory = dir.path("state")});
    ASSERT_TRUE(opened) << opened.error().message();
    store = std::move(*opened);
    auto rows = RowTable::open(*store, layout(forms), options);
    ASSERT_TRUE(rows) << rows.error().message();
    table = std::move(*rows);
  };
  open();
  Model model, durable;
  const auto compare = [&](std::uint64_t key) {
    const auto row = table->find(key);
    ASSERT_TRUE(row) << row.error().message();
    const auto known = model.find(key);
    ASSERT_EQ(row->columns != nullptr, known != model.end()) << key;
    if (row->columns == nullptr) return;
    for (std::size_t i = 0; i < 4; ++i) {
      std::uint64_t word = 0;
      if (const auto at = place(row->form, i)) std::memcpy(&word, row->columns + 8 * *at, 8);
      ASSERT_EQ(word, known->second.words[i]) << key;
    }
    ASSERT_EQ(*row->tail, known->second.tail) << key;
  };
  const auto change = [&](std::uint64_t key) {
    // Most keys only ever use one of the columns, as a party does; a quarter use both, and rows of one form are asked for in the other.
    const std::size_t word = key % 4 == 1 ? 0 : key % 4 == 2 ? 1 + below(3) : below(4);
    auto row = table->find_or_create(key, !forms ? 0 : word == 0 ? 1 : 2);
    ASSERT_TRUE(row) << row.error().message();
    ASSERT_EQ(row->created, !model.contains(key)) << key;
    Entry& entry = model[key];
    const auto at = place(row->form, word);
    ASSERT_TRUE(at) << "the row has no memory for what was asked for";
    entry.words[word] = random();
    std::memcpy(row->columns + 8 * *at, &entry.words[word], 8);
    if (below(3) == 0) *row->tail = entry.tail = std::string(below(100), static_cast<char>('a' + below(26)));
    table->touched(*row);
  };
  for (int step = 0; step < 8'000 && !::testing::Test::HasFatalFailure(); ++step) {
    const std::uint64_t choice = below(1'000), key = below(kKeys);
    if (choice < 600) change(key);
    else if (choice < 850) compare(key);
    else if (choice < 900) {
      table->erase(key);
      model.erase(key);
    } else if (choice < 980) {
      std::vector<std::uint64_t> frame;
      for (std::uint64_t n = below(30); n > 0; --n) frame.push_back(below(kKeys));
      ASSERT_TRUE(table->prefetch(frame));
    } else if (choice < 997) {
      StoreBatch batch;
      ASSERT_TRUE(table->collect(batch));
      const Model taken = model;
      for (std::uint64_t n = below(10); n > 0; --n) change(below(kKeys));
      ASSERT_TRUE(store->write(batch));
      durable = taken;
      table->committed();
      table->trim();
    } else {  // the process dies: what no epoch wrote is gone
      open();
      model = durable;
    }
  }
  if (::testing::Test::HasFatalFailure()) return;
  EXPECT_GT(reads + table->store_reads(), 500U) << "nothing was evicted: the cap does not bind";
  for (std::uint64_t key = 0; key < kKeys && !::testing::Test::HasFatalFailure(); ++key) compare(key);
}

TEST(RowTableProperty, OverRocksDbIsAPlainMapWhateverIsEvictedWrittenOrLost) {
  test::for_each_seed(3, [](std::uint64_t seed) { play(seed, false); });
}
TEST(RowTableProperty, RowsWithMemoryForSomeColumnsAreTheSameMap) {
  test::for_each_seed(3, [](std::uint64_t seed) { play(seed, true); });
}

}  // namespace
}  // namespace brushwatch
