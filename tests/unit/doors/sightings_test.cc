// doors/sightings.cc: what members say back, over the wire and in the model.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <thread>

#include "tests/unit/doors/door.h"

namespace brushwatch::doors {
namespace {

using test::DoorFixture;
using test::WireReply;

constexpr const char* kTaobao = "x-role: platform\r\nx-name: ann\r\nx-party: taobao\r\nContent-Type: application/json\r\n";
constexpr const char* kMember = "x-role: member\r\nx-name: m1\r\nContent-Type: application/json\r\n";
constexpr const char* kAlertId = "A-0000000000000001";

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document json;
  json.Parse(text.c_str());
  EXPECT_FALSE(json.HasParseError()) << text;
  return json;
}

struct Sightings : ::testing::Test {
  DoorFixture door;
  std::uint64_t round = 1;
  void SetUp() override {
    door.tell(round++, {});
  }
  /// A sighting's line, as the alliance stage writes it.
  void line(const std::string& id, const std::string& member, const std::string& word, const std::string& direction = "promote") {
    const std::string fields = fmt::format(R"("type":"sighting","id":"{}#{}","subject":{{"kind":"shop","id":"taobao:S-1"}},"member":"{}","sighting":"{}","direction":"{}","at":"2026-11-11T00:00:00.000+08:00")",
                                           id, member, member, word, direction);
    ASSERT_TRUE(door.model.add(Output::kCase, door.lines.next(round++, fields, 0, Output::kCase, Stage::kAlliance)));
    ASSERT_TRUE(door.model.publish());
  }
  void receipt(const std::string& member, const std::string& reached) {
    const std::string fields = fmt::format(R"("type":"receipt","id":"receipt#{}#sse","member":"{}","channel":"sse","reached":"{}","at":"2026-11-11T00:00:00.000+08:00")", member, member, reached);
    ASSERT_TRUE(door.model.add(Output::kCase, door.lines.next(round++, fields, 0, Output::kCase, Stage::kAlliance)));
    ASSERT_TRUE(door.model.publish());
  }
  /// Posts, takes what the pipeline would take, lets it be durable; the record that went into the ledger.
  std::string posted(const std::string& path, const std::string& body, const std::string& who, int status = 202) {
    std::string record;
    std::thread pipeline([&] {
      std::vector<SourceRecord> records;
      while (records.empty()) (void)door.source.poll(1, 10, records);
      record = records[0].bytes;
      door.source.durable_up_to(records[0].next_offset);
    });
    EXPECT_EQ(door.ask(path, who, "POST", body).status, status) << path;
    pipeline.join();
    return record;
  }
};

TEST_F(Sightings, GoIntoTheLedgerInTheNameOfTheParty) {
  const auto event = parsed(posted("/api/v1/alerts/A-0000000000000001/sightings", R"({"sighting":"false_positive","note":"a promotion"})", std::string(kTaobao) + "Idempotency-Key: key-0001\r\n"));
  EXPECT_STREQ(event["type"].GetString(), "command.issued");
  EXPECT_STREQ(event["command"].GetString(), "sight");
  EXPECT_STREQ(event["target"].GetString(), kAlertId);
  EXPECT_STREQ(event["reason"].GetString(), "false_positive");
  EXPECT_STREQ(event["member"].GetString(), "taobao");
  EXPECT_STREQ(event["actor"].GetString(), "ann");
  EXPECT_STREQ(event["subject_id"].GetString(), "taobao:S-1");
  const auto plain = parsed(posted("/api/v1/alerts/A-0000000000000001/sightings", R"({"sighting":"confirmed"})", std::string(kMember) + "Idempotency-Key: key-0002\r\n"));
  EXPECT_STREQ(plain["member"].GetString(), "m1");
  EXPECT_STREQ(plain["role"].GetString(), "member");
}

TEST_F(Sightings, RefuseWhatIsNoneAndWhatNobodyWasTold) {
  const std::string key = std::string(kMember) + "Idempotency-Key: key-0003\r\n";
  for (const char* body : {"", "[]", "{}", R"({"sighting":"maybe"})", R"({"sighting":1})", R"({"sighting":"confirmed","note":""})", R"({"sighting":"confirmed","more":"x"})"})
    EXPECT_EQ(door.ask("/api/v1/alerts/A-0000000000000001/sightings", key, "POST", body).status, 400) << body;
  EXPECT_EQ(door.ask("/api/v1/alerts/A-0000000000000001/sightings", kMember, "POST", R"({"sighting":"confirmed"})").status, 400) << "no Idempotency-Key";
  EXPECT_EQ(door.ask("/api/v1/alerts/A-0000000000000009/sightings", key, "POST", R"({"sighting":"confirmed"})").status, 404);
  // Who speaks through the route of commands could speak for another member.
  EXPECT_EQ(door.ask("/api/v1/commands", std::string(kTaobao) + "Idempotency-Key: key-0004\r\n", "POST", R"({"command":"sight","target":"A-0000000000000001","member":"jd","reason":"confirmed"})").status, 400);
}

TEST_F(Sightings, CountOnceAMemberForEachDetectorThatSpoke) {
  // The test's alerts have one family; this one has two voices, one of them in two families.
  test::AlertText two;
  two.id = "A-0000000000000002";
  std::string fields = two.fields();
  const std::size_t begin = fields.find(R"("families":[)"), end = fields.find(']', begin) + 1;
  fields.replace(begin, end - begin, R"("families":[{"family":"O","llr_milli":1,"detector":"D11"},{"family":"G","llr_milli":1,"detector":"D8"},{"family":"R","llr_milli":1,"detector":"D8"}])");
  ASSERT_TRUE(door.model.add(Output::kAlert, door.lines.next(round++, fields)));
  ASSERT_TRUE(door.model.publish());
  line(two.id, "jd", "false_positive");
  line(two.id, "jd", "confirmed");  // jd has thought again
  line(two.id, "taobao", "confirmed");
  line(two.id, "sf", "false_positive");
  line(two.id, "zto", "expired");
  line("L-0000000000000001", "jd", "confirmed");  // an entry has no detectors
  const auto sighted = door.model.sighted();
  ASSERT_EQ(sighted.size(), 2u);
  EXPECT_EQ(sighted[0].detector, "D8");
  EXPECT_EQ(sighted[1].detector, "D11");
  for (const auto& s : sighted) {
    EXPECT_EQ(s.confirmed, 2u);
    EXPECT_EQ(s.false_positive, 1u);
    EXPECT_EQ(s.expired, 1u);
    EXPECT_EQ(s.precision_permille(), 666);
  }
  const auto told = parsed(door.ask("/api/v1/sightings", kMember).body);
  EXPECT_EQ(told["items"][0]["precision_permille"].GetInt(), 666);
  EXPECT_EQ(parsed(door.ask("/api/v1/alerts/A-0000000000000002/sightings", kMember).body)["items"].Size(), 4u);
}

TEST_F(Sightings, OfAVictimAreForWhoHearsOfVictims) {
  door.tell(round++, {.id = "A-000000000000000f", .direction = "victim"});
  line("A-000000000000000f", "taobao", "confirmed", "victim");
  EXPECT_EQ(door.ask("/api/v1/alerts/A-000000000000000f/sightings", kMember).status, 404);
  EXPECT_EQ(parsed(door.ask("/api/v1/alerts/A-000000000000000f/sightings", kTaobao).body)["items"].Size(), 1u);
}

TEST_F(Sightings, ReceiptsSayWhoHoldsAnEntrysNewestLine) {
  const std::string entry = R"("type":"entry","id":"L-0000000000000001","subject":{"kind":"shop","id":"taobao:S-1"},"at":"2026-11-11T00:00:00.000+08:00","entry":{"list":"BLACK","state":"REPAIRED","version":5,"level":1})";
  ASSERT_TRUE(door.model.add(Output::kList, door.lines.next(round, entry, 0, Output::kList, Stage::kAlliance)));
  ASSERT_TRUE(door.model.publish());
  const std::string place = to_text(door.model.newest());
  ++round;
  receipt("taobao", place);
  receipt("jd", "1-5-0-0-0");
  const auto told = parsed(door.ask("/api/v1/lists/L-0000000000000001/receipts").body);
  EXPECT_STREQ(told["told"].GetString(), place.c_str());
  ASSERT_EQ(told["receipts"].Size(), 2u);
  EXPECT_STREQ(told["receipts"][0]["member"].GetString(), "jd");
  EXPECT_FALSE(told["receipts"][0]["holds"].GetBool());
  EXPECT_TRUE(told["receipts"][1]["holds"].GetBool());
  // Nobody becomes a subject by acknowledging.
  EXPECT_EQ(parsed(door.ask("/api/v1/subjects").body)["items"].Size(), 1u);
}

TEST_F(Sightings, AcknowledgesOnlyWhatHasBeen) {
  const auto event = parsed(posted("/api/v1/receipts", R"({"channel":"kafka","reached":"1-5-0-0-0"})", std::string(kTaobao) + "Idempotency-Key: key-0005\r\n"));
  EXPECT_STREQ(event["command"].GetString(), "acknowledge");
  EXPECT_STREQ(event["subject_id"].GetString(), "MEMBER:taobao");
  EXPECT_STREQ(event["measure"].GetString(), "kafka");
  const std::string key = std::string(kTaobao) + "Idempotency-Key: key-0006\r\n";
  for (const char* body : {"{}", R"({"channel":"pigeon","reached":"1-5-0-0-0"})", R"({"channel":"sse","reached":"99-5-0-0-0"})", R"({"channel":"sse","reached":"x"})"})
    EXPECT_EQ(door.ask("/api/v1/receipts", key, "POST", body).status, 400) << body;
}

}  // namespace
}  // namespace brushwatch::doors
