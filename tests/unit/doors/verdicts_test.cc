#include "doors/verdicts.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "tests/unit/doors/door.h"

namespace brushwatch::doors {
namespace {

TEST(Verdicts, CountTheLatestWordAboutAnAlert) {
  EXPECT_EQ(verdict_of("", ""), &DetectorVerdicts::undecided);
  EXPECT_EQ(verdict_of("TRIAGE", ""), &DetectorVerdicts::undecided);
  EXPECT_EQ(verdict_of("DISMISSED", ""), &DetectorVerdicts::rejected);
  EXPECT_EQ(verdict_of("IN_CASE", ""), &DetectorVerdicts::worthy) << "its case line may come a moment later";
  for (const char* open : {"OPEN", "EVIDENCE", "EXPLAIN"}) EXPECT_EQ(verdict_of("IN_CASE", open), &DetectorVerdicts::worthy) << open;
  for (const char* upheld : {"CONFIRMED", "REFERRED", "PENALISED", "LINKED"}) EXPECT_EQ(verdict_of("IN_CASE", upheld), &DetectorVerdicts::confirmed) << upheld;
  for (const char* closed : {"CLOSED_VICTIM", "CLOSED_UNPROVEN", "CLOSED_CLEARED", "CLOSED_DROPPED"}) EXPECT_EQ(verdict_of("IN_CASE", closed), &DetectorVerdicts::rejected) << closed;
}

TEST(Verdicts, SayHowLittleAFewDecisionsSay) {
  EXPECT_EQ(wilson(0, 0).low_permille, 0);
  EXPECT_EQ(wilson(0, 0).high_permille, 1000);
  // 8 of 10: 0.490 to 0.943 (any table of Wilson's interval).
  EXPECT_EQ(wilson(8, 10).low_permille, 490);
  EXPECT_EQ(wilson(8, 10).high_permille, 943);
  EXPECT_EQ(wilson(5, 5).high_permille, 1000);
  EXPECT_LT(wilson(5, 5).low_permille, 600);
}

TEST(Verdicts, AreServedForEachDetectorThatSpoke) {
  test::DoorFixture door;
  std::uint64_t round = 1;
  const auto alert = [&](int n, const char* detector, const char* type = "alert") {
    door.tell(round++, {.id = fmt::format("A-{:016x}", n), .type = type, .detector = detector});
  };
  const auto act = [&](const char* type, const std::string& id, const std::string& body) {
    const std::string fields = fmt::format(R"("type":"{}","id":"{}","subject":{{"kind":"shop","id":"taobao:S-1"}},"at":"2026-11-11T00:00:00.000+08:00",{})", type, id, body);
    ASSERT_TRUE(door.model.add(Output::kCase, door.lines.next(round++, fields, 0, Output::kCase, Stage::kAlliance)));
    ASSERT_TRUE(door.model.publish());
  };
  alert(1, "D1");
  alert(2, "D1");
  alert(3, "D16");
  alert(4, "D16", "alert_withdrawn");
  act("alert_state", "A-0000000000000001", R"("alert":{"state":"IN_CASE","version":2})");
  act("case", "C-1", R"("case":{"alert":"A-0000000000000001","state":"OPEN","version":1})");
  act("alert_state", "A-0000000000000002", R"("alert":{"state":"DISMISSED","version":2})");
  auto verdicts = door.model.verdicts();
  EXPECT_EQ(verdicts["D1"].worthy, 1U);
  EXPECT_EQ(verdicts["D1"].rejected, 1U);
  EXPECT_EQ(verdicts["D16"].undecided, 1U) << "what the engine took back itself is nobody's verdict";
  act("case", "C-1", R"("case":{"alert":"A-0000000000000001","state":"CONFIRMED","version":2})");
  verdicts = door.model.verdicts();
  EXPECT_EQ(verdicts["D1"].worthy, 0U);
  EXPECT_EQ(verdicts["D1"].confirmed, 1U);

  const auto reply = door.ask("/api/v1/detectors");
  ASSERT_EQ(reply.status, 200);
  rapidjson::Document json;
  json.Parse(reply.body.c_str());
  ASSERT_EQ(json["items"].Size(), 2U);
  EXPECT_STREQ(json["items"][0]["detector"].GetString(), "D1");
  EXPECT_EQ(json["items"][0]["precision_permille"].GetInt(), 500);
  EXPECT_TRUE(json["items"][1]["precision_permille"].IsNull()) << "nothing is decided";
  EXPECT_EQ(door.ask("/api/v1/detectors", "x-role: member\r\n").status, 403);
  EXPECT_EQ(door.ask("/api/v1/detectors?x=1").status, 400);
}

}  // namespace
}  // namespace brushwatch::doors
