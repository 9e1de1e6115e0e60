#include "doors/public_record.h"

#include "tests/unit/doors/entry_lines.h"

namespace brushwatch::doors {
namespace {

using test::EntryLine;
using test::Lines;

std::string line_of(const EntryLine& entry) {
  Lines lines;
  return lines.next(1, entry.fields(), 0, Output::kList, Stage::kAlliance);
}
std::optional<PublicRecord> record_of(const EntryLine& entry) {
  const auto record = public_record(line_of(entry));
  EXPECT_TRUE(record);
  return record ? *record : std::nullopt;
}

TEST(PublicRecord, HasExactlyWhatMayBePublic) {
  EXPECT_EQ(record_of(EntryLine())->json(),
            R"({"id":"L-00000000000000a1","list":"BLACK","subject":{"kind":"shop","name":"好店 & <小店>","uscc":"91610131MA6U00000X","region6":610131},"behaviour":"FAKE_TRADE","facts":"公示文本",)"
            R"("decision":{"no":"陕市监列〔2026〕3号","body":"陕西省市场监督管理局","date":"2026-12-15"},"term":{"listed":"2026-12-16","repair_from":"2027-03-15","until":"2027-12-15"},)"
            R"("measures":[{"code":"limit_trading","from":"2026-12-20","to":"2027-01-20"}]})");
}

TEST(PublicRecord, LetsNoOtherMemberOfTheContractPass) {
  const std::string line = line_of(EntryLine());
  for (const std::string& canary : EntryLine::canaries()) EXPECT_NE(line.find(canary), std::string::npos) << "the line must hold " << canary << ", or this test sees nothing";
  for (const char* list : {"BLACK", "RED"}) {
    const std::string json = record_of(EntryLine("L-00000000000000a1", list))->json();
    for (const std::string& canary : EntryLine::canaries()) EXPECT_EQ(json.find(canary), std::string::npos) << canary << " in " << json;
  }
}

TEST(PublicRecord, IsMadeOfPostedEntriesInForceOnly) {
  for (const int level : {0, 1, 3}) EXPECT_FALSE(record_of(EntryLine("L-1", "BLACK", level))) << level;
  EXPECT_FALSE(record_of(EntryLine("L-1", "WATCH", 2))) << "the watch list is never posted";
  EXPECT_FALSE(record_of(EntryLine().drop("in_force")));
  EXPECT_FALSE(record_of(EntryLine().set("/entry/in_force", false)));
  EXPECT_FALSE(record_of(EntryLine().end("2027-03-25T10:00:00.000+08:00")));
  EXPECT_TRUE(record_of(EntryLine("L-1", "RED")));
}

TEST(PublicRecord, MasksACourierWhoIsAPerson) {
  const auto record = record_of(EntryLine().set("/subject/kind", "courier").set("/subject/id", "sf:C-77").set("/entry/name", "欧阳小明"));
  EXPECT_EQ(record->name, "欧*");
  EXPECT_EQ(record->uscc, "");
  EXPECT_EQ(record->json().find("小明"), std::string::npos);
  EXPECT_EQ(record_of(EntryLine().set("/entry/uscc", "110105199003071234"))->uscc, "") << "a resident's number is no code of an organisation";
}

TEST(PublicRecord, BlacksOutNumbersOfPersonsInTexts) {
  EXPECT_EQ(without_numbers_of_persons("联系13800138000或138-0013-8000 张"), "联系***或*** 张");
  EXPECT_EQ(without_numbers_of_persons("证110105199003071234、11010519900307123X。"), "证***、***。");
  EXPECT_EQ(without_numbers_of_persons("陕市监列〔2026〕3号，共1500单，2026-12-15"), "陕市监列〔2026〕3号，共1500单，2026-12-15");
  EXPECT_EQ(without_numbers_of_persons("2026-12-15 13800138000 12"), "2026-12-15 *** 12");
  EXPECT_EQ(record_of(EntryLine().set("/entry/posting", "电话13800138000"))->facts, "电话***");
}

TEST(PublicRecord, TellsTheCorrectedFactsOnceThereAreSome) {
  EXPECT_EQ(record_of(EntryLine().set("/entry/corrections", 1))->facts, "事实");
  EXPECT_EQ(record_of(EntryLine().drop("posting"))->facts, "事实");
}

TEST(PublicRecord, IsReadAsItIsWritten) {
  for (const EntryLine& line : {EntryLine(), EntryLine("L-2", "RED")}) {
    const std::string json = record_of(line)->json();
    const auto again = parse_public_record(json);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->json(), json);
  }
  EXPECT_FALSE(parse_public_record("{}"));
  EXPECT_FALSE(public_record("{}"));
  EXPECT_FALSE(public_record("nonsense"));
}

}  // namespace
}  // namespace brushwatch::doors
