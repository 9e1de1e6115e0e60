#include "doors/tree_book.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"
#include "tests/unit/doors/lines.h"

namespace brushwatch::doors {
namespace {

using test::Lines;
using test::TempDir;

struct Books : ::testing::Test {
  TempDir dir;
  std::shared_ptr<const SigningKey> key = std::make_shared<SigningKey>(*SigningKey::from_seed(std::string(32, 'k')));
  std::vector<std::string> made;
  Books() {
    Lines lines;
    for (int i = 0; i < 20; ++i) made.push_back(lines.alert(static_cast<std::uint64_t>(i) + 1, {.version = i + 1}));
  }
  std::unique_ptr<TreeBook> open(bool on_disk = true) {
    auto book = TreeBook::open({on_disk ? dir.path("trees") : std::string(), key, 8});
    EXPECT_TRUE(book) << (book ? "" : book.error().message());
    return std::move(*book);
  }
  void add(TreeBook& book, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) EXPECT_TRUE(book.add(Output::kAlert, made[i]));
  }
  [[nodiscard]] std::vector<std::string> written() const {
    std::ifstream in(dir.path("trees") + "/heads.ndjson");
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
};

TEST_F(Books, ProveEveryLineOfAChain) {
  const auto book = open(false);
  add(*book, 0, 20);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto proof = book->inclusion("alert/subject/0", i);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(proof->holds());
    EXPECT_EQ(proof->leaf, merkle_leaf(made[i]));
    EXPECT_TRUE(signed_by_any(proof->head, {key->public_key()}));
  }
  const auto grown = book->consistency("alert/subject/0", 7, 15);
  ASSERT_TRUE(grown);
  EXPECT_TRUE(grown->holds());
  EXPECT_EQ(grown->from_root, book->head("alert/subject/0", 7)->root);
}

TEST_F(Books, HaveNoProofOfWhatIsNotThere) {
  const auto book = open(false);
  add(*book, 0, 3);
  EXPECT_FALSE(book->inclusion("alert/subject/0", 3));
  EXPECT_FALSE(book->inclusion("alert/subject/0", 0, 4));
  EXPECT_FALSE(book->inclusion("alert/subject/1", 0));
  EXPECT_FALSE(book->consistency("alert/subject/0", 0));
  EXPECT_FALSE(book->consistency("alert/subject/0", 4));
  EXPECT_FALSE(book->head("list/alliance/0"));
}

TEST_F(Books, KeepTheirLeavesWhenTheOutputHasLostItsBeginning) {
  Digest root{};
  {
    const auto book = open();
    add(*book, 0, 12);
    root = book->head("alert/subject/0")->root;
    ASSERT_TRUE(book->flush());
  }
  const auto again = open();
  EXPECT_EQ(again->head("alert/subject/0")->root, root);
  add(*again, 10, 20);  // two that are known, eight more
  EXPECT_EQ(again->head("alert/subject/0")->size, 20u);
  EXPECT_EQ(again->head("alert/subject/0", 12)->root, root);
  EXPECT_EQ(again->broken(), 0u);
}

TEST_F(Books, CloseATreeThatKnowsOtherLinesOrMissesSome) {
  const auto gap = open(false);
  add(*gap, 0, 2);
  ASSERT_TRUE(gap->add(Output::kAlert, made[3]));
  EXPECT_EQ(gap->broken(), 1u);
  EXPECT_FALSE(gap->inclusion("alert/subject/0", 0));
  EXPECT_TRUE(gap->heads("").empty());
  const auto other = open(false);
  add(*other, 0, 2);
  Lines lines;
  ASSERT_TRUE(other->add(Output::kAlert, lines.alert(1, {.id = "A-00000000000000ff"})));
  EXPECT_EQ(other->broken(), 1u);
  ASSERT_TRUE(other->add(Output::kCase, lines.next(1, "\"type\":\"case\"", 0, Output::kCase, Stage::kAlliance)));
  EXPECT_EQ(other->heads("").size(), 1u) << "the others go on";
}

TEST_F(Books, WriteAHeadAtEveryMultipleAndAtTheEndOnceOnly) {
  {
    const auto book = open();
    add(*book, 0, 19);
    ASSERT_TRUE(book->flush());
    ASSERT_TRUE(book->flush());
    EXPECT_EQ(written().size(), 2u);
    ASSERT_TRUE(book->flush(true));
  }
  const auto again = open();
  add(*again, 0, 20);
  ASSERT_TRUE(again->flush());
  ASSERT_EQ(written().size(), 3u);
  std::vector<std::uint64_t> sizes;
  for (const std::string& line : written()) {
    const auto head = parse_tree_head(line);
    ASSERT_TRUE(head);
    EXPECT_TRUE(signed_by_any(*head, {key->public_key()}));
    EXPECT_EQ(head->root, again->head("alert/subject/0", head->size)->root);
    sizes.push_back(head->size);
  }
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{8, 16, 19}));
}

TEST_F(Books, RefuseALineThatIsNone) {
  const auto book = open(false);
  EXPECT_FALSE(book->add(Output::kAlert, "{}"));
}

}  // namespace
}  // namespace brushwatch::doors
