#include "state/row_table.h"

#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "engine/base/hash.h"
#include "state/memory_store.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

constexpr EventTime kNever = EventTime::max();

RowLayout three_words() {
  RowLayout layout;
  layout.add("one", 1, 8);
  layout.add("two", 1, 16);
  return layout;
}

std::unique_ptr<RowTable> open(StateStore& store, RowTable::Options options = {.prefix = "t/", .tails = true},
                               RowLayout layout = three_words()) {
  auto table = RowTable::open(store, std::move(layout), std::move(options));
  EXPECT_TRUE(table) << table.error().message();
  return std::move(*table);
}

void epoch(RowTable& table, StateStore& store) {
  StoreBatch batch;
  ASSERT_TRUE(table.collect(batch));
  ASSERT_TRUE(store.write(batch));
  table.committed();
}

std::uint64_t& word(const Row& row, std::size_t i = 0) { return reinterpret_cast<std::uint64_t*>(row.columns)[i]; }

/// Writes a value and a timer into a row.
void set(RowTable& table, std::uint64_t key, std::uint64_t value, EventTime timer = kNever) {
  auto row = table.find_or_create(key);
  ASSERT_TRUE(row);
  word(*row) = value;
  *row->timer = timer;
  table.touched(*row);
}
std::optional<std::uint64_t> get(RowTable& table, std::uint64_t key) {
  auto row = table.find(key);
  EXPECT_TRUE(row);
  return row->columns != nullptr ? std::optional(word(*row)) : std::nullopt;
}
std::vector<std::uint64_t> due(RowTable& table, EventTime now, std::size_t max = SIZE_MAX) {
  std::vector<std::uint64_t> keys;
  auto outcome = table.due(now, max, keys);
  EXPECT_TRUE(outcome) << outcome.error().message();
  return keys;
}
std::vector<std::pair<std::string, std::string>> dump(StateStore& store, std::string_view prefix = {}) {
  std::vector<std::pair<std::string, std::string>> all;
  EXPECT_TRUE(store.scan(prefix, [&](auto key, auto value) { return all.emplace_back(key, value), true; }));
  return all;
}

TEST(RowLayout, GivesEachColumnAnOffsetOfEightBytesGrain) {
  RowLayout layout;
  EXPECT_EQ(layout.add("a", 1, 3), 0U);
  EXPECT_EQ(layout.add("b", 1, 8), 8U);
  EXPECT_EQ(layout.add("c", 1, 9), 16U);
  EXPECT_EQ(layout.row_bytes, 32U);
}

TEST(RowTable, ANewRowIsZeroAndSaysSo) {
  auto store = make_memory_store();
  auto table = open(*store);
  auto row = table->find_or_create(7);
  ASSERT_TRUE(row && row->created);
  EXPECT_EQ(row->key, 7U);
  EXPECT_EQ(word(*row, 0) | word(*row, 1) | word(*row, 2), 0U);
  EXPECT_EQ(*row->timer, kNever);
  EXPECT_TRUE(row->tail->empty());
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(row->columns) % 8, 0U);
}

TEST(RowTable, ARowNobodyTouchedDoesNotExist) {
  auto store = make_memory_store();
  auto table = open(*store);
  auto row = table->find_or_create(7);
  word(*row) = 99;
  *row->timer = {5};
  EXPECT_EQ(get(*table, 7), std::nullopt);
  epoch(*table, *store);
  EXPECT_TRUE(dump(*store).empty());
  row = table->find_or_create(7);
  EXPECT_TRUE(row->created);
  EXPECT_EQ(word(*row), 0U);
  EXPECT_TRUE(due(*table, {100}).empty());
}

TEST(RowTable, RowsStayWhereTheyAreWhileOthersComeIn) {
  auto store = make_memory_store();
  auto table = open(*store);
  set(*table, 1, 11);
  const std::byte* const place = table->find(1)->columns;
  for (std::uint64_t key = 2; key < 20'000; ++key) set(*table, key, key);
  EXPECT_EQ(table->find(1)->columns, place);
  EXPECT_EQ(get(*table, 1), 11U);
}

TEST(RowTable, CleanRowsAddNothingToAnEpoch) {
  auto store = make_memory_store();
  auto table = open(*store);
  set(*table, 1, 11, {1000});
  EXPECT_EQ(table->dirty_rows(), 1U);
  epoch(*table, *store);
  EXPECT_EQ(table->dirty_rows(), 0U);
  StoreBatch batch;
  ASSERT_TRUE(table->collect(batch));
  EXPECT_TRUE(batch.empty());
}

TEST(RowTable, AnUnchangedTimerIsNotWrittenAgain) {
  auto store = make_memory_store();
  auto table = open(*store);
  set(*table, 1, 11, {1000});
  epoch(*table, *store);
  set(*table, 1, 12, {1000});
  StoreBatch batch;
  ASSERT_TRUE(table->collect(batch));
  EXPECT_EQ(batch.operations(), 1U);
}

TEST(RowTable, AReopenedTableHoldsTheSameRowsAndTimers) {
  auto store = make_memory_store();
  {
    auto table = open(*store);
    for (std::uint64_t key = 1; key <= 50; ++key) {
      set(*table, key, key * 3, {static_cast<std::int64_t>(1000 - key)});
      auto row = table->find_or_create(key);
      *row->tail = std::string(key * 5, 'x');
      table->touched(*row);
    }
    epoch(*table, *store);
    table->erase(13);
    set(*table, 14, 1);  // its timer goes
    epoch(*table, *store);
  }
  auto table = open(*store);
  for (std::uint64_t key = 1; key <= 50; ++key) {
    if (key == 13) {
      EXPECT_EQ(get(*table, key), std::nullopt);
      continue;
    }
    EXPECT_EQ(get(*table, key), key == 14 ? 1 : key * 3);
    EXPECT_EQ(table->find(key)->tail->size(), key * 5);
  }
  const auto keys = due(*table, {1000});
  ASSERT_EQ(keys.size(), 48U);
  EXPECT_EQ(keys.front(), 50U);
  EXPECT_EQ(keys.back(), 1U);
}

TEST(RowTable, ALostEpochLeavesTheOneBefore) {
  auto store = make_memory_store();
  {
    auto table = open(*store);
    set(*table, 1, 11, {100});
    epoch(*table, *store);
    set(*table, 1, 12, {200});
    set(*table, 2, 22, {50});
    EXPECT_EQ(due(*table, {99}).size(), 1U);
    StoreBatch lost;
    ASSERT_TRUE(table->collect(lost));
  }
  auto table = open(*store);
  EXPECT_EQ(get(*table, 1), 11U);
  EXPECT_EQ(get(*table, 2), std::nullopt);
  EXPECT_EQ(due(*table, {500}), std::vector<std::uint64_t>{1});
}

TEST(RowTable, DueFollowsTimeThenKeyWhateverTheOrderOfArrival) {
  auto store = make_memory_store();
  auto table = open(*store);
  const std::int64_t day = kDayMs;
  set(*table, 5, 0, {3 * day});
  set(*table, 4, 0, {day});
  set(*table, 9, 0, {-day});
  set(*table, 3, 0, {day});
  set(*table, 1, 0, {2 * day});
  set(*table, 8, 0, EventTime::min());
  EXPECT_EQ(due(*table, {2 * day - 1}), (std::vector<std::uint64_t>{8, 9, 3, 4}));
  EXPECT_TRUE(due(*table, {2 * day - 1}).empty());
  EXPECT_EQ(due(*table, {4 * day}, 1), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(due(*table, EventTime::max()), (std::vector<std::uint64_t>{5}));
  EXPECT_EQ(*table->find(5)->timer, kNever);
}

TEST(RowTable, ATimerMovesLaterAndEarlier) {
  auto store = make_memory_store();
  auto table = open(*store);
  set(*table, 1, 0, {100});
  set(*table, 1, 0, {300});
  set(*table, 2, 0, {400});
  set(*table, 2, 0, {50});
  set(*table, 3, 0, {60});
  set(*table, 3, 0, kNever);
  EXPECT_EQ(due(*table, {200}), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(due(*table, {500}), (std::vector<std::uint64_t>{1}));
}

TEST(RowTable, AnErasedRowNeverWakes) {
  auto store = make_memory_store();
  auto table = open(*store);
  set(*table, 1, 1, {100});
  set(*table, 2, 2, {100});
  epoch(*table, *store);
  table->erase(1);
  table->erase(2);
  set(*table, 2, 5, {150});  // made anew: nothing of the old one shows
  EXPECT_EQ(get(*table, 1), std::nullopt);
  EXPECT_EQ(due(*table, {120}), std::vector<std::uint64_t>{});
  epoch(*table, *store);
  EXPECT_EQ(dump(*store, "t/r").size(), 1U);
  EXPECT_EQ(dump(*store, "t/t").size(), 1U);
  EXPECT_EQ(due(*table, {150}), std::vector<std::uint64_t>{2});
}

TEST(RowTable, ARowOnlyInTheStoreIsErasedWithItsTimer) {
  auto store = make_memory_store();
  {
    auto table = open(*store);
    set(*table, 1, 1, {100});
    epoch(*table, *store);
  }
  auto table = open(*store);
  table->erase(1);
  epoch(*table, *store);
  EXPECT_TRUE(dump(*store, "t/r").empty());
  EXPECT_TRUE(dump(*store, "t/t").empty());
  EXPECT_TRUE(due(*table, EventTime::max()).empty());
  EXPECT_EQ(table->hot_rows(), 0U);
}

TEST(RowTable, AFiredTimerOfAColdRowIsGoneAfterTheEpochEvenIfTheStageDoesNothing) {
  auto store = make_memory_store();
  {
    auto table = open(*store);
    set(*table, 1, 1, {100});
    epoch(*table, *store);
  }
  {
    auto table = open(*store);
    EXPECT_EQ(due(*table, {100}).size(), 1U);
    epoch(*table, *store);
  }
  auto table = open(*store);
  EXPECT_TRUE(due(*table, EventTime::max()).empty());
  EXPECT_EQ(get(*table, 1), 1U);
}

TEST(RowTable, NewKeysCostNoReadWhileAllRowsAreInMemory) {
  auto store = make_memory_store();
  auto table = open(*store);
  const std::vector<std::uint64_t> keys{1, 2, 3};
  ASSERT_TRUE(table->prefetch(keys));
  for (const auto key : keys) set(*table, key, key);
  epoch(*table, *store);
  ASSERT_TRUE(table->prefetch(std::vector<std::uint64_t>{4}));
  set(*table, 4, 4);
  EXPECT_EQ(table->store_reads(), 0U);
}

TEST(RowTable, PrefetchReadsEachMissOnceAndRemembersWhatIsAbsent) {
  auto store = make_memory_store();
  {
    auto table = open(*store);
    for (std::uint64_t key = 1; key <= 100; ++key) set(*table, key, key);
    epoch(*table, *store);
  }
  auto table = open(*store);
  ASSERT_TRUE(table->prefetch(std::vector<std::uint64_t>{5, 500, 5, 6, 500}));
  EXPECT_EQ(table->store_reads(), 3U);
  EXPECT_EQ(get(*table, 5), 5U);
  EXPECT_EQ(get(*table, 6), 6U);
  EXPECT_EQ(get(*table, 500), std::nullopt);
  set(*table, 500, 1);
  EXPECT_EQ(table->store_reads(), 3U);
}

TEST(RowTable, MemoryIsBelowTheCapAfterTrimAndNothingIsLost) {
  auto store = make_memory_store();
  constexpr std::size_t kCap = 256 << 10;
  auto table = open(*store, {.prefix = "t/", .memory_bytes = kCap, .tails = true});
  for (std::uint64_t round = 0; round < 40; ++round) {
    for (std::uint64_t key = round * 300; key < round * 300 + 1000; ++key) {
      set(*table, key, key + 1);
      if (key % 7 != 0) continue;
      auto row = table->find_or_create(key);
      *row->tail = std::string(key % 100, 'y');
      table->touched(*row);
    }
    epoch(*table, *store);
    table->trim();
    ASSERT_LE(table->memory_bytes(), kCap) << round;
    ASSERT_GT(table->memory_bytes(), kCap / 2) << "most of the cap is put to use";
  }
  EXPECT_LT(table->hot_rows(), 5'000U);
  for (std::uint64_t key = 0; key < 12'000; ++key) ASSERT_EQ(get(*table, key), key + 1) << key;
}

TEST(RowTable, TrimKeepsWhatIsNotInTheStoreYet) {
  auto store = make_memory_store();
  auto table = open(*store, {.prefix = "t/", .memory_bytes = 16 << 10});
  for (std::uint64_t key = 0; key < 2000; ++key) set(*table, key, key);
  StoreBatch batch;
  ASSERT_TRUE(table->collect(batch));
  set(*table, 3, 33);
  table->trim();  // too early: nothing may leave
  EXPECT_EQ(table->hot_rows(), 2000U);
  ASSERT_TRUE(store->write(batch));
  table->committed();
  table->trim();
  EXPECT_LE(table->memory_bytes(), 16U << 10);
  EXPECT_EQ(table->dirty_rows(), 1U);
  EXPECT_EQ(get(*table, 3), 33U);
  EXPECT_EQ(get(*table, 4), 4U);
}

// Timers that are far off are left to the store: neither memory nor a start must hold them all.
TEST(RowTable, MoreTimersThanTheMemoryHoldsFireInTheirOrder) {
  constexpr std::uint64_t kKeys = 20'000;
  constexpr std::size_t kCap = 64 << 10;  // all the timers alone: 240 KiB and more
  auto store = make_memory_store();
  auto table = open(*store, {.prefix = "t/", .memory_bytes = kCap});
  const auto when = [](std::uint64_t key) { return EventTime{static_cast<std::int64_t>(key * 7919 % kKeys) * kMinuteMs}; };
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    set(*table, key, key, when(key));
    if (key % 1000 != 999) continue;
    epoch(*table, *store);
    table->trim();
    ASSERT_LE(table->memory_bytes(), kCap);
  }
  const auto check = [&](std::set<std::pair<EventTime, std::uint64_t>> expected) {
    std::set<std::pair<EventTime, std::uint64_t>>::const_iterator next = expected.begin();
    while (next != expected.end()) {
      for (const std::uint64_t key : due(*table, next->first, 100)) {
        ASSERT_EQ(key, next->second);
        ++next;
      }
    }
    EXPECT_TRUE(due(*table, EventTime::max()).empty());
  };
  std::set<std::pair<EventTime, std::uint64_t>> all;
  for (std::uint64_t key = 0; key < kKeys; ++key) all.insert({when(key), key});
  // Changed since the last epoch, on either side of what is in memory: earlier, later, never, gone, new, gone and made anew.
  const auto move = [&](std::uint64_t key, EventTime time) {
    set(*table, key, key, time);
    all.erase({when(key), key});
    if (time != kNever) all.insert({time, key});
  };
  for (std::uint64_t key = 0; key < 600; key += 6) {
    move(key, when(key) + 5 * kDayMs);
    move(key + 1, {1});
    move(key + 2, kNever);
    table->erase(key + 3);
    all.erase({when(key + 3), key + 3});
    move(kKeys + key, {static_cast<std::int64_t>(key) * kHourMs + 1});
    table->erase(key + 4);
    move(key + 4, when(key + 4) + kDayMs);
  }
  const auto changed = all;
  check(changed);
  // The process died before these changes were written: a start knows the earlier ones, and it too reads only what it may hold.
  table.reset();
  table = open(*store, {.prefix = "t/", .memory_bytes = kCap});
  EXPECT_LE(table->memory_bytes(), kCap);
  all.clear();
  for (std::uint64_t key = 0; key < kKeys; ++key) all.insert({when(key), key});
  check(all);
}

TEST(RowTable, RowsInUseStayAndOldOnesLeave) {
  auto store = make_memory_store();
  auto table = open(*store, {.prefix = "t/", .memory_bytes = 128 << 10});
  for (std::uint64_t round = 0; round < 30; ++round) {
    for (std::uint64_t key = 0; key < 50; ++key) set(*table, key, round);  // the hot ones, every round
    for (std::uint64_t key = 0; key < 400; ++key) set(*table, 1000 + round * 400 + key, key);
    epoch(*table, *store);
    table->trim();
  }
  const std::uint64_t before = table->store_reads();
  for (std::uint64_t key = 0; key < 50; ++key) EXPECT_EQ(get(*table, key), 29U);
  EXPECT_EQ(table->store_reads(), before);
}

TEST(RowTable, ANewerBuildReadsOldRowsByColumnNameAndVersion) {
  auto store = make_memory_store();
  RowLayout old;
  old.add("gone", 1, 8);
  old.add("kept", 3, 8);
  old.add("reworked", 1, 8);
  {
    auto table = open(*store, {.prefix = "t/"}, old);
    auto row = table->find_or_create(1);
    word(*row, 0) = 10, word(*row, 1) = 20, word(*row, 2) = 30;
    *row->timer = {77};
    table->touched(*row);
    epoch(*table, *store);
  }
  RowLayout fresh;
  fresh.add("fresh", 1, 8);
  fresh.add("reworked", 2, 8);
  fresh.add("kept", 3, 8);
  {
    auto table = open(*store, {.prefix = "t/"}, fresh);
    const Row row = *table->find(1);
    EXPECT_EQ(word(row, 0), 0U);
    EXPECT_EQ(word(row, 1), 0U);
    EXPECT_EQ(word(row, 2), 20U);
    EXPECT_EQ(*row.timer, EventTime{77});
    EXPECT_EQ(table->reset_columns(), 2U);
    table->touched(row);
    epoch(*table, *store);
  }
  EXPECT_EQ(dump(*store, "t/L").size(), 2U);
  auto table = open(*store, {.prefix = "t/"}, fresh);
  EXPECT_EQ(word(*table->find(1), 2), 20U);
  EXPECT_EQ(table->reset_columns(), 0U) << "the row was written again in the new layout";
  auto back = open(*store, {.prefix = "t/"}, old);  // and the older build finds its own layout again
  EXPECT_EQ(word(*back->find(1), 1), 20U);
}

RowLayout with_forms() {
  RowLayout layout = three_words();
  layout.add("three", 1, 8);
  layout.forms = {0b001, 0b110};  // {one}, {two, three}
  return layout;
}

TEST(RowTable, ARowHasMemoryForItsFormAndGetsMoreWhenAskedForMore) {
  auto store = make_memory_store();
  auto table = open(*store, {.prefix = "t/", .tails = true}, with_forms());
  Row row = *table->find_or_create(7, 2);
  EXPECT_EQ(row.form, 2);
  word(row, 0) = 20, word(row, 1) = 21, word(row, 2) = 30;
  *row.tail = "a tail that is long enough for the heap";
  *row.timer = {5};
  table->touched(row);
  row = *table->find_or_create(7, 2);
  EXPECT_EQ(row.form, 2);
  row = *table->find_or_create(7, 1);
  EXPECT_EQ(row.form, 0) << "all columns: no form has one beside two";
  EXPECT_FALSE(row.created);
  EXPECT_EQ((std::vector<std::uint64_t>{word(row, 0), word(row, 1), word(row, 2), word(row, 3)}), (std::vector<std::uint64_t>{0, 20, 21, 30}));
  EXPECT_EQ(*row.tail, "a tail that is long enough for the heap");
  word(row, 0) = 10;
  table->touched(row);
  EXPECT_EQ(table->find(7)->form, 0);
  EXPECT_EQ(due(*table, {5}), std::vector<std::uint64_t>{7});
  EXPECT_EQ(table->hot_rows(), 1U);
}

TEST(RowTable, TheStoreKnowsNothingOfForms) {
  constexpr std::uint64_t kKeys = 20'000;  // many slabs of each form
  auto narrow = make_memory_store(), wide = make_memory_store();
  RowLayout formless = with_forms();
  formless.forms.clear();
  {
    auto a = open(*narrow, {.prefix = "t/"}, with_forms());
    auto b = open(*wide, {.prefix = "t/"}, formless);
    for (std::uint64_t key = 1; key <= kKeys; ++key) {
      const bool first = key % 2 == 0;
      Row row = *a->find_or_create(key, first ? 1 : 2);
      word(row, first ? 0 : 2) = key;
      *row.timer = {static_cast<std::int64_t>(key)};
      a->touched(row);
      row = *b->find_or_create(key);
      word(row, first ? 0 : 3) = key;
      *row.timer = {static_cast<std::int64_t>(key)};
      b->touched(row);
    }
    EXPECT_LT(a->memory_bytes(), b->memory_bytes());
    epoch(*a, *narrow);
    epoch(*b, *wide);
  }
  EXPECT_EQ(dump(*narrow), dump(*wide));
  // And a build with forms reads what one without them wrote: into the least memory that holds it.
  auto table = open(*wide, {.prefix = "t/"}, with_forms());
  for (std::uint64_t key = 1; key <= kKeys; ++key) {
    const Row row = *table->find(key);
    EXPECT_EQ(row.form, key % 2 == 0 ? 1 : 2);
    EXPECT_EQ(word(row, key % 2 == 0 ? 0 : 2), key);
  }
}

TEST(RowTable, ARowLookedUpInVainTakesTheFormOfItsFirstRecord) {
  auto store = make_memory_store();
  auto table = open(*store, {.prefix = "t/", .memory_bytes = 4096}, with_forms());
  for (std::uint64_t key = 0; key < 200; ++key) set(*table, key, key);
  epoch(*table, *store);
  table->trim();
  ASSERT_LT(table->hot_rows(), table->live_rows());
  ASSERT_TRUE(table->prefetch(std::vector<std::uint64_t>{500, 501}));
  const Row row = *table->find_or_create(500, 2);
  EXPECT_TRUE(row.created);
  EXPECT_EQ(row.form, 2);
  EXPECT_EQ(table->find_or_create(501, 1)->form, 1);
}

TEST(RowTable, RefusesRowsOfANewerFormatAndDamagedOnes) {
  auto store = make_memory_store();
  auto table = open(*store);
  set(*table, 1, 1, {5});
  epoch(*table, *store);
  const auto all = dump(*store);
  const auto with = [&](std::string_view prefix, auto&& change) {
    auto copy = make_memory_store();
    StoreBatch batch;
    for (auto [key, value] : all) {
      if (key.starts_with(prefix)) change(key, value);
      batch.put(key, value);
    }
    EXPECT_TRUE(copy->write(batch));
    auto opened = RowTable::open(*copy, three_words(), {.prefix = "t/", .tails = true});
    if (!opened) return opened.error().code;
    const auto row = (*opened)->find(1);
    return row ? ErrorCode::kNone : row.error().code;
  };
  EXPECT_EQ(with("none", [](auto&, auto&) {}), ErrorCode::kNone);
  EXPECT_EQ(with("t/L", [](auto&, auto& value) { value[0] = 3; }), ErrorCode::kStateVersion);
  EXPECT_EQ(with("t/L", [](auto&, auto& value) { value.pop_back(); }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/t", [](auto& key, auto&) { key.pop_back(); }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/z", [](auto&, auto& value) { value.pop_back(); }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/z", [](auto& key, auto&) { key = "x"; }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/r", [](auto&, auto& value) { value[0] = 9; }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/r", [](auto&, auto& value) { value.resize(11); }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/r", [](auto&, auto& value) { value[12] = 100; }), ErrorCode::kStateCorrupt);
  EXPECT_EQ(with("t/r", [](auto&, auto& value) { value.append(100, 'x'); }), ErrorCode::kStateCorrupt);
}

TEST(RowTable, TablesUnderDifferentPrefixesDoNotSeeEachOther) {
  auto store = make_memory_store();
  auto left = open(*store, {.prefix = "left/"});
  auto right = open(*store, {.prefix = "right/"});
  set(*left, 1, 1, {10});
  set(*right, 1, 2, {20});
  epoch(*left, *store);
  epoch(*right, *store);
  EXPECT_EQ(get(*open(*store, {.prefix = "left/"}), 1), 1U);
  EXPECT_EQ(due(*open(*store, {.prefix = "right/"}), {15}).size(), 0U);
}

/// Fails every read on demand.
class BrokenStore final : public StateStore {
 public:
  explicit BrokenStore(StateStore& inner) : inner_(inner) {}
  Result<std::optional<std::string>> get(std::string_view key) override {
    if (broken) return fail(ErrorCode::kStateIo, "broken");
    return inner_.get(key);
  }
  Result<void> multi_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) override {
    if (broken) return fail(ErrorCode::kStateIo, "broken");
    return inner_.multi_get(keys, values);
  }
  Result<void> write(const StoreBatch& batch) override { return inner_.write(batch); }
  Result<void> scan_from(std::string_view from, std::string_view prefix, const Visit& visit) override { return inner_.scan_from(from, prefix, visit); }
  Result<void> snapshot(const std::string& directory) override { return inner_.snapshot(directory); }
  bool broken = false;

 private:
  StateStore& inner_;
};

TEST(RowTable, AFailedReadIsAnErrorAndNeverAnAbsentRow) {
  auto inner = make_memory_store();
  {
    auto table = open(*inner);
    for (std::uint64_t key = 1; key <= 3; ++key) set(*table, key, key);
    epoch(*table, *inner);
  }
  BrokenStore store(*inner);
  auto table = open(store);
  store.broken = true;
  EXPECT_FALSE(table->prefetch(std::vector<std::uint64_t>{1, 2}));
  EXPECT_FALSE(table->find(1));
  EXPECT_FALSE(table->find_or_create(2));
  store.broken = false;
  EXPECT_EQ(get(*table, 1), 1U);
  EXPECT_EQ(get(*table, 2), 2U);
  store.broken = true;
  table->erase(3);
  StoreBatch batch;
  EXPECT_FALSE(table->collect(batch)) << "an epoch that missed an erase must not be written";
}

/// The plain model: what the table must look like to a stage, whatever is evicted, written or reopened.
struct Model {
  struct Entry {
    std::uint64_t words[3] = {};
    std::string tail;
    EventTime timer = kNever;
    bool ends = false;
  };
  std::map<std::uint64_t, Entry> rows;

  std::vector<std::uint64_t> due(EventTime now, std::size_t max) {
    std::set<std::pair<EventTime, std::uint64_t>> order;
    for (const auto& [key, entry] : rows) {
      if (entry.timer <= now && entry.timer != kNever) order.insert({entry.timer, key});
    }
    std::vector<std::uint64_t> keys;
    std::size_t fired = 0;
    for (const auto& [time, key] : order) {
      if (fired == max) {
        if (!keys.empty()) break;
        fired = 0;  // all of a batch ended: it goes on with the next
      }
      ++fired;
      if (rows[key].ends) {
        rows.erase(key);
        continue;
      }
      keys.push_back(key);
      rows[key].timer = kNever;
    }
    return keys;
  }
};

void play(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  auto store = make_memory_store();
  const bool tails = seed % 2 == 0;
  const RowTable::Options options{.prefix = "p", .memory_bytes = seed % 3 == 0 ? std::size_t{1} << 20 : std::size_t{12} << 10, .tails = tails};
  const std::uint64_t keys = 20 + below(600);
  const std::int64_t span = seed % 5 == 0 ? kDayMs * 400 : kHourMs * 3;
  auto table = open(*store, options);
  Model model, durable;
  std::int64_t now = 0;

  const auto compare = [&](std::uint64_t key, const Row& row) {
    const auto known = model.rows.find(key);
    ASSERT_EQ(row.columns != nullptr, known != model.rows.end()) << key;
    if (row.columns == nullptr) return;
    ASSERT_EQ(std::memcmp(row.columns, known->second.words, sizeof known->second.words), 0) << key;
    ASSERT_EQ(*row.tail, known->second.tail) << key;
    ASSERT_EQ(*row.timer, known->second.timer) << key;
    ASSERT_EQ(row.ends, known->second.ends) << key;
  };
  for (int step = 0; step < 4000 && !::testing::Test::HasFatalFailure(); ++step) {
    const std::uint64_t key = below(keys);
    const std::uint64_t choice = below(1000);
    if (choice < 500) {
      auto row = table->find_or_create(key);
      ASSERT_TRUE(row);
      ASSERT_EQ(row->created, !model.rows.contains(key));
      if (!row->created) compare(key, *row);
      if (below(8) == 0) {  // looks at it, scribbles if it is new, and does not keep it
        if (row->created) word(*row, 1) = 1234;
        continue;
      }
      auto& entry = model.rows[key];
      const std::size_t at = below(3);
      word(*row, at) = entry.words[at] = below(3) == 0 ? 0 : random();
      if (tails && below(4) == 0) *row->tail = entry.tail = std::string(below(60), static_cast<char>('a' + below(26)));
      if (below(3) == 0) *row->timer = entry.timer = below(5) == 0 ? kNever : EventTime{now + static_cast<std::int64_t>(below(span))};
      if (below(3) == 0) row->ends = entry.ends = below(2) == 0;
      table->touched(*row);
    } else if (choice < 700) {
      auto row = table->find(key);
      ASSERT_TRUE(row);
      compare(key, *row);
    } else if (choice < 780) {
      table->erase(key);
      model.rows.erase(key);
    } else if (choice < 880) {
      std::vector<std::uint64_t> frame;
      for (std::uint64_t n = below(40); n > 0; --n) frame.push_back(below(keys));
      ASSERT_TRUE(table->prefetch(frame));
    } else if (choice < 940) {
      now += static_cast<std::int64_t>(below(span / 4));
      const std::size_t max = 1 + below(30);
      ASSERT_EQ(due(*table, {now}, max), model.due({now}, max));
    } else if (choice < 975) {
      StoreBatch batch;
      ASSERT_TRUE(table->collect(batch));
      const Model taken = model;
      // The stage goes on while the batch is being written.
      for (std::uint64_t n = below(20); n > 0; --n) {
        const std::uint64_t other = below(keys);
        if (below(3) == 0) {
          table->erase(other);
          model.rows.erase(other);
        } else {
          auto row = table->find_or_create(other);
          ASSERT_TRUE(row);
          word(*row, 0) = model.rows[other].words[0] = random();
          table->touched(*row);
        }
      }
      ASSERT_TRUE(store->write(batch));
      durable = taken;
      table->committed();
      if (below(2) == 0) {
        table->trim();
        if (table->dirty_rows() == 0) {
          // Below ~48 KiB the timers of all keys alone may fill the cap.
          ASSERT_LE(table->memory_bytes(), std::max(options.memory_bytes, std::size_t{48} << 10));
        }
      }
    } else if (choice < 985) {  // the process dies
      table.reset();
      table = open(*store, options);
      model = durable;
    } else {
      table->trim();
    }
  }
  epoch(*table, *store);
  std::size_t timers = 0;
  for (const auto& [key, entry] : model.rows) timers += entry.timer != kNever ? 1 : 0;
  EXPECT_EQ(dump(*store, "pr").size(), model.rows.size());
  EXPECT_EQ(dump(*store, "pt").size(), timers);
  table.reset();
  table = open(*store, options);
  for (std::uint64_t key = 0; key < keys; ++key) compare(key, *table->find(key));
  EXPECT_EQ(due(*table, EventTime::max()), model.due(kNever, SIZE_MAX));
}

TEST(RowTable, BehavesAsAPlainMapUnderEvictionEpochsAndCrashes) { test::for_each_seed(60, play); }

/// A wave of keys that came once: their end reads none of them, takes those that stay in their order, and leaves nothing behind.
TEST(RowTable, RowsThatEndAreDroppedUnread) {
  const auto store = make_memory_store();
  constexpr std::uint64_t kRows = 5'000;
  {
    const auto table = open(*store);
    for (std::uint64_t key = 0; key < kRows; ++key) {
      auto row = table->find_or_create(mix64(key));
      word(*row, 0) = key;
      *row->timer = EventTime{static_cast<std::int64_t>(1000 + key)};
      row->ends = key % 100 != 0;
      table->touched(*row);
    }
    epoch(*table, *store);
  }
  const auto table = open(*store);  // all rows are in the store alone
  const std::uint64_t before = table->store_reads();
  std::vector<std::uint64_t> woken;
  for (std::vector<std::uint64_t> keys = due(*table, EventTime{1000 + kRows}, 256); !keys.empty(); keys = due(*table, EventTime{1000 + kRows}, 256)) {
    woken.insert(woken.end(), keys.begin(), keys.end());
  }
  ASSERT_EQ(woken.size(), kRows / 100);
  for (std::uint64_t n = 0; n < woken.size(); ++n) EXPECT_EQ(woken[n], mix64(n * 100));
  EXPECT_EQ(table->store_reads() - before, kRows / 100);
  EXPECT_EQ(table->ended_rows(), kRows - kRows / 100);
  // Asked for again before the end is written, and after.
  auto again = table->find_or_create(mix64(7));
  EXPECT_TRUE(again->created);
  EXPECT_FALSE(again->ends);
  EXPECT_FALSE(get(*table, mix64(8)));
  epoch(*table, *store);
  EXPECT_EQ(table->live_rows(), kRows / 100);
  EXPECT_EQ(dump(*store, "t/r").size(), kRows / 100);
}

/// The entry of the timer says what the row says, also when only that changed and the time did not.
TEST(RowTable, ATimerThatStaysWhereItIsMayEndItsRowOrEndItNoMore) {
  const auto store = make_memory_store();
  for (const bool ends : {true, false}) {
    const auto table = open(*store);
    for (std::uint64_t key = 0; key < 20; ++key) {
      auto row = table->find_or_create(key);
      *row->timer = EventTime{50};
      row->ends = !ends;
      table->touched(*row);
    }
    epoch(*table, *store);
    for (std::uint64_t key = 0; key < 20; ++key) {
      auto row = table->find_or_create(key);
      EXPECT_EQ(row->ends, !ends);
      row->ends = ends;
      table->touched(*row);
    }
    epoch(*table, *store);
    const auto after = open(*store);
    EXPECT_EQ(due(*after, EventTime{50}).size(), ends ? 0U : 20U);
    EXPECT_EQ(after->ended_rows(), ends ? 20U : 0U);
  }
}

/// A table whose rows all lie in the store, as after a restart: keys that were never there ask the store until the keys are listed,
/// and no longer then; keys that are there are always found.
TEST(RowTable, ListsItsKeysAfterARestartAndThenAsksTheStoreNoMoreForNewOnes) {
  const auto store = make_memory_store();
  constexpr std::uint64_t kRows = 200'000;  // more than one epoch lists
  {
    const auto table = open(*store);
    for (std::uint64_t key = 0; key < kRows; ++key) set(*table, mix64(key), key);
    epoch(*table, *store);
  }
  const auto table = open(*store);
  std::uint64_t fresh = kRows;
  const auto reads_for_new_keys = [&] {
    const std::uint64_t before = table->store_reads();
    for (int i = 0; i < 1000; ++i, ++fresh) set(*table, mix64(fresh), fresh);
    return table->store_reads() - before;
  };
  EXPECT_EQ(reads_for_new_keys(), 1000U);
  for (int i = 0; i < 8; ++i) epoch(*table, *store);
  EXPECT_LT(reads_for_new_keys(), 60U);
  table->limit(0);
  table->trim();
  for (std::uint64_t key = 0; key < fresh; key += 97) ASSERT_EQ(get(*table, mix64(key)), key);
}

/// Most keys have ended: the filter is listed anew, and is again of use.
TEST(RowTable, ListsItsKeysAnewWhenMostHaveEnded) {
  const auto store = make_memory_store();
  const auto table = open(*store);
  for (std::uint64_t key = 0; key < 150'000; ++key) set(*table, mix64(key), key);
  epoch(*table, *store);
  for (std::uint64_t key = 1000; key < 150'000; ++key) table->erase(mix64(key));
  epoch(*table, *store);
  table->limit(0);
  table->trim();
  for (int i = 0; i < 4; ++i) epoch(*table, *store);
  const std::uint64_t before = table->store_reads();
  for (std::uint64_t key = 1000; key < 3000; ++key) ASSERT_EQ(get(*table, mix64(key)), std::nullopt);
  EXPECT_LT(table->store_reads() - before, 200U) << "without a new list, each of these keys would be asked for";
  for (std::uint64_t key = 0; key < 1000; ++key) ASSERT_EQ(get(*table, mix64(key)), key);
}

}  // namespace
}  // namespace brushwatch
