#include "doors/read_model.h"

#include <gtest/gtest.h>

#include "state/memory_store.h"
#include "tests/unit/doors/lines.h"

namespace brushwatch::doors {
namespace {

using test::AlertText;
using test::Lines;

const Principal kAnalyst{Role::kAnalyst, "an-1", ""};
const std::set<Topic> kAllTopics{Topic::kAlert, Topic::kCase, Topic::kList, Topic::kCredit};

std::string id_of(int n) { return fmt::format("A-{:016x}", n); }

struct Fixture : ::testing::Test {
  std::unique_ptr<StateStore> store = make_memory_store();
  ReadModel model{*store};
  Lines lines;
  void tell(std::uint64_t round, const AlertText& text, std::uint32_t partition = 0) {
    ASSERT_TRUE(model.add(Output::kAlert, lines.alert(round, text, partition)));
  }
  std::vector<std::string> ids(const AlertFilter& filter, const Principal& who = kAnalyst) {
    std::vector<std::string> out;
    const auto page = model.page(Topic::kAlert, filter, std::nullopt, 200, who);
    for (const Served& s : page->items) out.push_back(s.record.id);
    return out;
  }
};
using ReadModelTest = Fixture;

TEST_F(ReadModelTest, ShowsNothingOfARoundBeforeItIsPublished) {
  tell(1, {});
  EXPECT_FALSE(*model.find(Topic::kAlert, id_of(1), kAnalyst));
  ASSERT_TRUE(model.publish());
  EXPECT_TRUE(*model.find(Topic::kAlert, id_of(1), kAnalyst));
}

TEST_F(ReadModelTest, ServesTheNewestLineWithStateAndMarkingAndKeepsTheOldOnes) {
  tell(1, {.version = 1});
  tell(2, {.type = "alert_withdrawn", .version = 2});
  ASSERT_TRUE(model.publish());
  const auto served = *model.find(Topic::kAlert, id_of(1), kAnalyst);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->record.version, 2u);
  EXPECT_NE(served->json.find(R"(,"state":"withdrawn","marking":{"tlp":"amber","audience":["member",)"), std::string::npos) << served->json;
  EXPECT_NE(served->json.find(R"("owner":"taobao"}})"), std::string::npos) << served->json;
  const auto history = *model.history(Topic::kAlert, id_of(1), kAnalyst);
  ASSERT_TRUE(history);
  EXPECT_EQ(std::count(history->begin(), history->end(), '\n'), 2);
  const ModelCounts counts = model.counts();
  EXPECT_EQ(counts.alerts_standing, 0u);
  EXPECT_EQ(counts.alerts_withdrawn, 1u);
  EXPECT_EQ(counts.lines, 2u);
}

TEST_F(ReadModelTest, DropsALineThatItHasSeenBefore) {
  const std::string line = lines.alert(1, {});
  ASSERT_TRUE(model.add(Output::kAlert, line));
  ASSERT_TRUE(model.publish());
  ASSERT_TRUE(model.add(Output::kAlert, line));
  ASSERT_TRUE(model.publish());
  EXPECT_EQ(model.counts().lines, 1u);
  EXPECT_EQ(model.follow({}, kAllTopics, kAnalyst, 1 << 20)->items.size(), 1u);
}

TEST_F(ReadModelTest, IgnoresSealsAndOutputsThatNobodyReadsHereAndRefusesNonsense) {
  Chain chain;
  ASSERT_TRUE(model.add(Output::kAlert, chain.close(Output::kAlert, Stage::kSubject, 0, 4, 1)));
  ASSERT_TRUE(model.add(Output::kLate, "anything"));
  EXPECT_FALSE(model.add(Output::kAlert, "{}"));
  EXPECT_FALSE(model.add(Output::kAlert, lines.next(1, R"("type":"alert")")));
  ASSERT_TRUE(model.publish());
  EXPECT_EQ(model.counts().lines, 0u);
}

TEST_F(ReadModelTest, PagesNewestFirstWithoutRepeatOrLoss) {
  for (int n = 1; n <= 25; ++n) tell(static_cast<std::uint64_t>(n), {.id = id_of(n)}, static_cast<std::uint32_t>(n % 4));
  ASSERT_TRUE(model.publish());
  std::vector<std::string> seen;
  std::optional<StreamKey> before;
  int pages = 0;
  do {
    const auto page = model.page(Topic::kAlert, {}, before, 10, kAnalyst);
    ASSERT_TRUE(page);
    for (const Served& s : page->items) seen.push_back(s.record.id);
    before = page->next;
    ++pages;
  } while (before);
  ASSERT_EQ(seen.size(), 25u);
  EXPECT_EQ(pages, 3);
  for (int n = 25; n >= 1; --n) EXPECT_EQ(seen[static_cast<std::size_t>(25 - n)], id_of(n));
}

TEST_F(ReadModelTest, FiltersByEachMember) {
  tell(1, {.id = id_of(1), .subject = "taobao:S-1", .posterior = 600});
  tell(2, {.id = id_of(2), .subject = "taobao:S-2", .direction = "demote", .severity = "urgent", .posterior = 980});
  tell(3, {.id = id_of(3), .subject = "sf:O-1", .kind = "outlet", .time = "2026-11-12T00:00:00.000+08:00"});
  tell(4, {.id = id_of(3), .subject = "sf:O-1", .kind = "outlet", .type = "alert_withdrawn", .time = "2026-11-13T00:00:00.000+08:00", .version = 2});
  ASSERT_TRUE(model.publish());
  using V = std::vector<std::string>;
  EXPECT_EQ(ids({}), (V{id_of(3), id_of(2), id_of(1)}));
  EXPECT_EQ(ids({.subject = "taobao:S-1"}), V{id_of(1)});
  EXPECT_EQ(ids({.subject = "nobody"}), V{});
  EXPECT_EQ(ids({.subject_kind = "outlet"}), V{id_of(3)});
  EXPECT_EQ(ids({.pattern = "malicious_review"}), V{id_of(2)});
  EXPECT_EQ(ids({.direction = "demote"}), V{id_of(2)});
  EXPECT_EQ(ids({.severity = "urgent"}), V{id_of(2)});
  EXPECT_EQ(ids({.state = "withdrawn"}), V{id_of(3)});
  EXPECT_EQ(ids({.min_posterior_permille = 700}), (V{id_of(3), id_of(2)}));
  EXPECT_EQ(ids({.since = *parse_time("2026-11-13T00:00:00+08:00")}), V{id_of(3)});
  EXPECT_EQ(ids({.until = *parse_time("2026-11-13T00:00:00+08:00")}), (V{id_of(2), id_of(1)}));
}

TEST_F(ReadModelTest, KnowsSubjectsByWhatIsSaidOfThem) {
  tell(1, {.id = id_of(1), .subject = "taobao:S-1"});
  tell(2, {.id = id_of(2), .subject = "taobao:S-2"});
  tell(3, {.id = id_of(3), .subject = "taobao:S-1", .type = "alert_withdrawn"});
  ASSERT_TRUE(model.publish());
  std::optional<StreamKey> next;
  const auto all = model.subjects("", "", std::nullopt, 10, kAnalyst, next);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "taobao:S-1");
  EXPECT_EQ(all[0].alerts_standing, 1u);
  EXPECT_EQ(all[0].alerts_withdrawn, 1u);
  EXPECT_FALSE(next);
  EXPECT_EQ(model.subjects("S-2", "", std::nullopt, 10, kAnalyst, next).size(), 1u);
  EXPECT_EQ(model.subjects("", "outlet", std::nullopt, 10, kAnalyst, next).size(), 0u);
  const auto first = model.subjects("", "", std::nullopt, 1, kAnalyst, next);
  ASSERT_TRUE(next);
  const auto second = model.subjects("", "", next, 1, kAnalyst, next);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].id, "taobao:S-2");
  EXPECT_FALSE(next);
  EXPECT_TRUE(model.subject("taobao:S-2", kAnalyst));
  EXPECT_FALSE(model.subject("taobao:S-9", kAnalyst));
}

TEST_F(ReadModelTest, HidesWhatOneMayNotSeeEverywhere) {
  tell(1, {.id = id_of(1), .subject = "taobao:S-1", .direction = "victim"});
  ASSERT_TRUE(model.publish());
  const Principal member{Role::kMember, "m", ""}, own{Role::kPlatform, "p", "taobao"}, other{Role::kPlatform, "q", "jd"};
  for (const Principal& who : {member, other}) {
    EXPECT_FALSE(*model.find(Topic::kAlert, id_of(1), who));
    EXPECT_FALSE(*model.history(Topic::kAlert, id_of(1), who));
    EXPECT_TRUE(ids({}, who).empty());
    EXPECT_FALSE(model.subject("taobao:S-1", who));
    EXPECT_TRUE(model.follow({}, kAllTopics, who, 1 << 20)->items.empty());
  }
  EXPECT_TRUE(*model.find(Topic::kAlert, id_of(1), own));
  EXPECT_EQ(model.follow({}, kAllTopics, own, 1 << 20)->items.size(), 1u);
}

TEST_F(ReadModelTest, TakesTheMarkingThatALineStates) {
  tell(1, {.more = R"(,"marking":{"tlp":"red","audience":["auditor"]})"});
  tell(2, {.id = id_of(2), .more = R"(,"marking":{"tlp":"purple","audience":["analyst"]})"});
  ASSERT_TRUE(model.publish());
  EXPECT_FALSE(*model.find(Topic::kAlert, id_of(1), kAnalyst));
  const auto seen = *model.find(Topic::kAlert, id_of(1), {Role::kAuditor, "au", ""});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->json.find("\"marking\"", seen->json.find("\"marking\"") + 1), std::string::npos) << "one marking, the line's own";
  for (std::size_t r = 0; r < kRoles; ++r) EXPECT_FALSE(*model.find(Topic::kAlert, id_of(2), {static_cast<Role>(r), "x", ""})) << r;
}

TEST_F(ReadModelTest, StreamsInOneOrderWhateverTheOrderOfArrivalWithinARound) {
  std::vector<std::string> in;
  for (std::uint32_t p = 0; p < 4; ++p) in.push_back(lines.alert(5, {.id = id_of(static_cast<int>(p + 1))}, p));
  for (auto it = in.rbegin(); it != in.rend(); ++it) ASSERT_TRUE(model.add(Output::kAlert, *it));
  ASSERT_TRUE(model.publish());
  const auto piece = model.follow({}, kAllTopics, kAnalyst, 1 << 20);
  ASSERT_EQ(piece->items.size(), 4u);
  for (std::uint32_t p = 0; p < 4; ++p) EXPECT_EQ(piece->items[p].key.partition, p);
  EXPECT_EQ(piece->reached, model.newest());
}

TEST_F(ReadModelTest, FollowGoesOnAnywhereAndInPiecesOfTheSizeAskedFor) {
  for (int n = 1; n <= 1500; ++n) tell(static_cast<std::uint64_t>(n), {.id = id_of(n)});  // more than stay hot
  ASSERT_TRUE(model.publish());
  StreamKey at{};
  std::vector<std::string> seen;
  for (int turn = 0; turn < 10'000; ++turn) {
    const auto piece = model.follow(at, kAllTopics, kAnalyst, 3000);
    ASSERT_TRUE(piece);
    EXPECT_FALSE(piece->resync);
    EXPECT_LE(piece->items.size(), 4u);
    for (const auto& item : piece->items) seen.push_back(item.json->substr(item.json->find("A-"), 18));
    if (piece->reached == at) break;
    at = piece->reached;
  }
  ASSERT_EQ(seen.size(), 1500u);
  for (int n = 1; n <= 1500; ++n) EXPECT_EQ(seen[static_cast<std::size_t>(n - 1)], id_of(n));
}

TEST(ReadModel, AsksForAResyncWhenTheWindowHasMovedOn) {
  const auto store = make_memory_store();
  ReadModel model(*store, {.window_lines = 10, .scan_most = 1000});
  Lines lines;
  for (int n = 1; n <= 30; ++n) ASSERT_TRUE(model.add(Output::kAlert, lines.alert(static_cast<std::uint64_t>(n), {.id = id_of(n)})));
  ASSERT_TRUE(model.publish());
  const auto old = model.follow({.round = 3, .stage = Stage::kSubject, .seq = 2}, kAllTopics, kAnalyst, 1 << 20);
  EXPECT_TRUE(old->resync);
  const auto rest = model.follow(old->reached, kAllTopics, kAnalyst, 1 << 20);
  EXPECT_FALSE(rest->resync);
  EXPECT_EQ(rest->items.size(), 10u);
  const auto foreign = model.follow({.round = 999, .stage = Stage::kSubject}, kAllTopics, kAnalyst, 1 << 20);
  EXPECT_TRUE(foreign->resync) << "an id of another ledger";
  EXPECT_EQ(foreign->reached, model.newest());
  EXPECT_TRUE(*model.find(Topic::kAlert, id_of(1), kAnalyst)) << "objects outlive the window";
}

TEST(StreamKeyText, HasOneSpelling) {
  const StreamKey key{12, Stage::kSubject, 3, Output::kAlert, 7};
  EXPECT_EQ(key_from_text(to_text(key)), key);
  for (const char* bad : {"", "1", "1-2-3-4", "01-5-0-0-1", "1-5-0-0-1-", "1-99-0-0-1", "1-5-0-99-1", "-1-5-0-0-1", "1-5-0-0-99999999999999999999"})
    EXPECT_FALSE(key_from_text(bad)) << bad;
  EXPECT_LT(to_bytes({1, Stage::kSubject, 0, Output::kAlert, 255}), to_bytes({1, Stage::kSubject, 0, Output::kAlert, 256}));
  EXPECT_LT(to_bytes({255, Stage::kSubject, 9, Output::kAlert, 9}), to_bytes({256, Stage::kIntake, 0, Output::kAlert, 0}));
}

}  // namespace
}  // namespace brushwatch::doors
