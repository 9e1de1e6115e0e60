#include "apps/rule_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/codec/json_decoder.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

struct Book : ::testing::Test {
  Operators operators;
  RuleBook book{operators};
  test::TempDir dir;
  std::vector<ConfigProblem> problems;

  Result<RuleFile> read(const std::string& text) {
    test::write_file(dir.path("rules.toml"), text);
    problems.clear();
    return read_rule_file(dir.path("rules.toml"), book, problems);
  }
  /// "3:1 E1004 D1.min_count: …" of the only problem.
  std::string problem(const std::string& text) {
    EXPECT_FALSE(read(text));
    if (problems.size() != 1) return "not one problem";
    std::string message = problems[0].message();
    return message.substr(dir.path("rules.toml").size() + 1);
  }
};

TEST_F(Book, EveryDefaultLiesWithinItsBounds) {
  for (const auto& p : book.params()) EXPECT_TRUE(book.check(p.name, p.value)) << p.name;
}

TEST_F(Book, EveryRuleSaysWhatItIsIn) {
  for (const auto& p : book.params()) EXPECT_FALSE(p.unit.empty() || p.reason.empty()) << p.name;
}

TEST_F(Book, ReadsRulesAsTablesOrDottedNamesAndSwitchesAsWords) {
  const auto file = read("[rules]\nfusion.alert_posterior_permille = 600\n\"D1.enabled\" = 0\n[rules.D5]\nenabled = \"shadow\"\n[rules.D7]\nenabled = true\n");
  ASSERT_TRUE(file) << problems[0].message();
  EXPECT_THAT(file->rules, ElementsAre(Pair("D1.enabled", 0), Pair("D5.enabled", 2), Pair("D7.enabled", 1), Pair("fusion.alert_posterior_permille", 600)));
}

TEST_F(Book, NamesWhatIsWrongWhereWhyAndWhatWouldBeRight) {
  EXPECT_THAT(problem("[rules]\nfusion.urgent_permille = 1001\n"), HasSubstr("2:8: E1004 fusion.urgent_permille: 1001 lies outside 0 .. 1000 (permille)"));
  EXPECT_THAT(problem("[rules]\n\"D1.enable\" = 1\n"), HasSubstr("2:1: E1002 D1.enable: no such rule; did you mean \"D1.enabled\"?"));
  EXPECT_THAT(problem("[rules]\n\"D1.enabled\" = \"maybe\"\n"), HasSubstr("E1003 D1.enabled: must be \"on\", \"off\" or \"shadow\""));
  EXPECT_THAT(problem("[rules]\n\"D1.enabled\" = 3\n"), HasSubstr("3 lies outside 0 .. 2"));
  EXPECT_THAT(problem("[rules]\nfusion.min_families = 1.5\n"), HasSubstr("must be a whole number"));
  EXPECT_THAT(problem("[rule]\nx = 1\n"), HasSubstr("E1002 rule: a file of rules has [rules], [[promotion]] and [[public_place]]"));
  EXPECT_THAT(problem("[rules]\n"), HasSubstr("the file changes nothing"));
  EXPECT_THAT(problem("[rules\n"), HasSubstr("E1001"));
  EXPECT_THAT(problem("[[promotion]]\nid = \"P\"\nvalid_from = 2026-11-11\n"), HasSubstr("ref.promotion.valid_from: must be"));
  EXPECT_THAT(problem("[[public_place]]\nname = \"x\"\n"), HasSubstr("ref.public_place"));
  EXPECT_EQ(read_rule_file(dir.path("nowhere"), book, problems).error().code, ErrorCode::kNotFound);
}

TEST_F(Book, ReportsAllProblemsOfAFile) {
  EXPECT_FALSE(read("[rules]\n\"D1.enabled\" = 7\n\"D98.x\" = 1\n[other]\ny = 2\n"));
  EXPECT_EQ(problems.size(), 3U);
}

TEST_F(Book, ItsRecordsAreOfThePublicContract) {
  const auto file = read("[[promotion]]\nid = \"P-1\"\nparent = \"taobao:S-1\"\nvalid_from = \"2026-11-11T00:00:00+08:00\"\nvalid_until = \"2026-11-12T00:00:00+08:00\"\nfactor_milli = 8000\n"
                         "[[public_place]]\nid = \"D-7\"\nname = \"宿舍\"\ntoken = \"g-77\"\n[rules]\nfusion.min_families = 3\nfusion.urgent_permille = 990\n");
  ASSERT_TRUE(file) << problems[0].message();
  const EventTime at = *parse_time("2026-11-09T09:00:00+08:00");
  const auto records = file->records(at);
  ASSERT_EQ(records.size(), 3U);
  JsonDecoderOptions options;
  options.clock = IngestClock::kRecord;
  options.rule_check = book.checker();
  auto decoder = make_json_decoder(options);
  std::vector<Event> events;
  const std::size_t counts[] = {1, 1, 2};
  const EventType types[] = {EventType::kRefPromotion, EventType::kRefPublicPlace, EventType::kRuleSet};
  for (std::size_t i = 0; i < records.size(); ++i) {
    SourceRecord record;
    record.bytes = records[i];
    const auto n = decoder->decode(record, at, events);
    ASSERT_TRUE(n) << records[i] << n.error().message();
    EXPECT_EQ(*n, counts[i]) << records[i];
    EXPECT_EQ(events[0].type, types[i]);
    EXPECT_EQ(events[0].event_time, at);
  }
}

}  // namespace
}  // namespace brushwatch::app
