#include "doors/answer_book.h"

#include <gtest/gtest.h>

#include "state/memory_store.h"

namespace brushwatch::doors {
namespace {

TEST(AnswerBook, KnowsAKeyFromBeforeTheCommandIsDurable) {
  AnswerBook book;
  EXPECT_FALSE(book.find("k"));
  ASSERT_TRUE(book.begin("k", "h", 7));
  ASSERT_TRUE(book.find("k"));
  EXPECT_FALSE(book.find("k")->durable);
  book.durable("k");
  EXPECT_TRUE(book.find("k")->durable);
  EXPECT_EQ(book.find("k")->offset, 7u);
}

TEST(AnswerBook, SettlesAfterARestartByWhereTheLedgerEnds) {
  const auto store = make_memory_store();
  {
    AnswerBook book(store.get());
    ASSERT_TRUE(book.load());
    ASSERT_TRUE(book.begin("arrived", "h1", 7));
    ASSERT_TRUE(book.begin("lost", "h2", 8));
  }
  for (int restart = 0; restart < 2; ++restart) {
    AnswerBook book(store.get());
    ASSERT_TRUE(book.load());
    EXPECT_TRUE(book.find("arrived")->earlier);
    const auto settled = book.settle("arrived", 8);
    ASSERT_TRUE(settled);
    EXPECT_TRUE(settled->durable);
    EXPECT_EQ(settled->body_hash, "h1");
    if (restart == 1) EXPECT_FALSE(book.find("lost")) << "forgotten for good: another command has its offset now";
    EXPECT_FALSE(book.settle("lost", 8));
    EXPECT_FALSE(book.find("lost"));
  }
  // Taken as new, it has a row of its own again.
  AnswerBook book(store.get());
  ASSERT_TRUE(book.load());
  ASSERT_TRUE(book.begin("lost", "h2", 8));
  AnswerBook next(store.get());
  ASSERT_TRUE(next.load());
  EXPECT_TRUE(next.settle("lost", 9));
}

TEST(AnswerBook, ForgetsTheOldestAndKeepsNoRowOfThem) {
  const auto store = make_memory_store();
  AnswerBook book(store.get(), 3);
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(book.begin("k" + std::to_string(n), "h", static_cast<std::uint64_t>(n)));
  EXPECT_FALSE(book.find("k6"));
  for (const char* kept : {"k7", "k8", "k9"}) EXPECT_TRUE(book.find(kept)) << kept;
  int rows = 0;
  ASSERT_TRUE(store->scan("a/", [&](std::string_view, std::string_view) { return ++rows, true; }));
  EXPECT_EQ(rows, 3);
}

TEST(AnswerBook, RefusesRowsThatItCannotRead) {
  const auto store = make_memory_store();
  StoreBatch batch;
  batch.put("a/00000000000000000001", "torn");
  ASSERT_TRUE(store->write(batch));
  AnswerBook book(store.get());
  const auto loaded = book.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kStateCorrupt);
}

}  // namespace
}  // namespace brushwatch::doors
