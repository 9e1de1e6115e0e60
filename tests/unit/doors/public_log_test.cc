#include "doors/public_log.h"

#include "tests/support/temp_dir.h"
#include "tests/unit/doors/entry_lines.h"

namespace brushwatch::doors {
namespace {

using test::EntryLine;
using test::Lines;
using test::TempDir;

struct PublicLogs : ::testing::Test {
  Lines lines;
  TempDir dir;
  std::unique_ptr<TreeBook> trees = std::move(*TreeBook::open({}));
  std::unique_ptr<PublicLog> log = std::move(*PublicLog::open("", *trees));
  std::uint64_t round = 0;

  std::string line(const EntryLine& entry, std::uint32_t partition = 0) { return lines.next(++round, entry.fields(), partition, Output::kList, Stage::kAlliance); }
  void tell(const EntryLine& entry, std::uint32_t partition = 0) {
    ASSERT_TRUE(log->add(line(entry, partition)));
    ASSERT_TRUE(log->publish());
  }
  [[nodiscard]] std::uint64_t records(const std::string& tree = "public/alliance/0") const {
    const auto head = trees->head(tree);
    return head ? head->size : 0;
  }
};

TEST_F(PublicLogs, PublishWhatIsPostedAndProveIt) {
  tell(EntryLine());
  const auto view = log->view();
  ASSERT_EQ(view->posted.size(), 1u);
  const Posted& posted = view->posted[0];
  EXPECT_EQ(posted.on, "2026-12-16");
  const auto proof = trees->inclusion(posted.tree, posted.index);
  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->leaf, merkle_leaf(posted.bytes));
  EXPECT_TRUE(proof->holds());
  for (const std::string& canary : EntryLine::canaries()) EXPECT_EQ(posted.bytes.find(canary), std::string::npos) << canary;
}

TEST_F(PublicLogs, MakeARecordOnlyWhenSomethingPublicChanges) {
  tell(EntryLine("L-1", "BLACK", 1));
  EXPECT_EQ(records(), 0u);
  tell(EntryLine("L-1"));
  tell(EntryLine("L-1").set("/entry/state", "RECTIFIED").set("/at", "2027-01-05T10:00:00.000+08:00"));
  EXPECT_EQ(records(), 1u) << "an inner step tells nobody anything";
  EXPECT_EQ(log->view()->posted[0].on, "2026-12-16");
  tell(EntryLine("L-1").set("/entry/corrections", 1).set("/entry/facts", "更正").set("/at", "2027-01-06T10:00:00.000+08:00"));
  EXPECT_EQ(records(), 2u);
  EXPECT_EQ(log->view()->posted[0].record.facts, "更正");
}

TEST_F(PublicLogs, TakeBackWhatEndsAtOnceAndKeepItsLeaf) {
  tell(EntryLine("L-1"));
  const std::string bytes = log->view()->posted[0].bytes;
  tell(EntryLine("L-1").end("2027-03-25T10:00:00.000+08:00"));
  const auto view = log->view();
  EXPECT_TRUE(view->posted.empty());
  EXPECT_EQ(view->find("L-1"), nullptr);
  ASSERT_NE(view->find_ended("L-1"), nullptr);
  EXPECT_EQ(view->find_ended("L-1")->on, "2027-03-25");
  EXPECT_EQ(records(), 2u);
  EXPECT_EQ(trees->inclusion("public/alliance/0", 0)->leaf, merkle_leaf(bytes)) << "history stays provable";
  tell(EntryLine("L-1").set("/at", "2027-05-01T10:00:00.000+08:00"));
  EXPECT_NE(log->view()->find("L-1"), nullptr) << "and a new posting is one again";
  EXPECT_EQ(log->view()->find_ended("L-1"), nullptr);
}

TEST_F(PublicLogs, SayNothingOfAnEntryThatEndsUnposted) {
  tell(EntryLine("L-1", "BLACK", 1));
  tell(EntryLine("L-1").end("2027-03-25T10:00:00.000+08:00"));
  EXPECT_EQ(records(), 0u);
  EXPECT_TRUE(log->view()->ended.empty());
}

TEST_F(PublicLogs, ShowTheNewestChangeFirst) {
  tell(EntryLine("L-1"));
  tell(EntryLine("L-2", "RED").set("/at", "2027-02-01T10:00:00.000+08:00"), 1);
  tell(EntryLine("L-3").set("/at", "2027-01-01T10:00:00.000+08:00"));
  std::vector<std::string> ids;
  for (const Posted& p : log->view()->posted) ids.push_back(p.record.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"L-2", "L-3", "L-1"}));
  EXPECT_EQ(records("public/alliance/1"), 1u);
}

TEST_F(PublicLogs, GoOnAfterARestartAlsoWhenTheTopicWasCompacted) {
  const std::vector<std::string> all = {line(EntryLine("L-1")), line(EntryLine("L-2")), line(EntryLine("L-1").set("/entry/state", "RECTIFIED")), line(EntryLine("L-2").end("2027-03-25T10:00:00.000+08:00")),
                                        line(EntryLine("L-1").end("2027-04-25T10:00:00.000+08:00"))};
  TreeHead straight;
  for (std::size_t stop = 0; stop <= all.size(); ++stop) {
    const std::string home = dir.path("home" + std::to_string(stop));
    for (const bool second : {false, true}) {
      const auto book = std::move(*TreeBook::open({home + "/trees", nullptr, 256}));
      auto opened = PublicLog::open(home + "/public", *book);
      ASSERT_TRUE(opened) << opened.error().message();
      // The second time the topic holds only the newest line of each id, and what came meanwhile.
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (!second && i >= stop) break;
        if (second && stop == all.size() && i < 3) continue;
        ASSERT_TRUE((*opened)->add(all[i]));
      }
      ASSERT_TRUE((*opened)->publish());
      ASSERT_TRUE(book->flush());
      if (!second) continue;
      EXPECT_TRUE((*opened)->view()->posted.empty());
      EXPECT_EQ((*opened)->view()->ended.size(), 2u);
      const TreeHead head = *book->head("public/alliance/0");
      if (stop == 0) straight = head;
      EXPECT_EQ(head, straight) << "stopped after " << stop;
      EXPECT_EQ(head.size, 4u);
    }
  }
}

TEST_F(PublicLogs, RefuseAFileThatIsNone) {
  const std::string home = dir.path("public");
  std::filesystem::create_directories(home);
  std::ofstream(home + "/public-alliance-0.ndjson") << "{\"id\":\"L-1\"}\n";
  EXPECT_FALSE(PublicLog::open(home, *trees));
}

}  // namespace
}  // namespace brushwatch::doors
