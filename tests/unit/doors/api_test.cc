#include "doors/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <thread>

#include "tests/unit/doors/door.h"

namespace brushwatch::doors {
namespace {

using ::testing::HasSubstr;
using test::AlertText;
using test::DoorFixture;
using test::DoorOptions;
using test::WireClient;
using test::WireReply;

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document json;
  json.Parse(text.c_str());
  EXPECT_FALSE(json.HasParseError()) << text;
  return json;
}
std::string code_of(const WireReply& reply) {
  const auto json = parsed(reply.body);
  return json.IsObject() && json.HasMember("code") ? json["code"].GetString() : "";
}
std::string etag_of(const WireReply& reply) {
  const std::size_t at = reply.head.find("ETag: ");
  return at == std::string::npos ? "" : reply.head.substr(at + 6, reply.head.find("\r\n", at) - at - 6);
}

TEST(Api, SaysWhoItIsForBeforeAnythingElse) {
  DoorFixture door;
  const WireReply stranger = door.ask("/api/v1/alerts", "");
  EXPECT_EQ(stranger.status, 401);
  EXPECT_EQ(code_of(stranger), "unauthenticated");
  EXPECT_TRUE(stranger.has("WWW-Authenticate: Bearer")) << stranger.head;
  EXPECT_TRUE(door.ask("/api/v1/alerts", "x-role: king\r\n").has("error=\"invalid_token\""));
  const WireReply member = door.ask("/api/v1/cases", "x-role: member\r\n");
  EXPECT_EQ(member.status, 403);
  EXPECT_EQ(code_of(member), "forbidden");
  EXPECT_EQ(door.ask("/api/v1/commands", "x-role: auditor\r\nContent-Type: application/json\r\n", "POST", "{}").status, 403);
  EXPECT_EQ(door.ask("/api/v1/cases").status, 200);
  EXPECT_EQ(door.ask("/api/v1/nothing").status, 404);
  EXPECT_EQ(door.ask("/api/v1/alerts", "x-role: analyst\r\n", "POST").status, 405);
}

TEST(Api, GivesPagesWithACursor) {
  DoorFixture door;
  for (int n = 1; n <= 3; ++n) door.tell(static_cast<std::uint64_t>(n), {.id = fmt::format("A-{:016x}", n)});
  const auto first = parsed(door.ask("/api/v1/alerts?limit=2").body);
  ASSERT_EQ(first["items"].Size(), 2u);
  EXPECT_STREQ(first["items"][0]["id"].GetString(), "A-0000000000000003");
  EXPECT_STREQ(first["items"][0]["state"].GetString(), "standing");
  EXPECT_STREQ(first["items"][0]["marking"]["tlp"].GetString(), "amber");
  const std::string cursor = first["next_cursor"].GetString();
  const auto second = parsed(door.ask("/api/v1/alerts?limit=2&cursor=" + cursor).body);
  ASSERT_EQ(second["items"].Size(), 1u);
  EXPECT_TRUE(second["next_cursor"].IsNull());
}

TEST(Api, RefusesEveryParameterThatItDoesNotUnderstand) {
  DoorFixture door;
  for (const char* query : {"limit=0", "limit=201", "limit=x", "limit=1&limit=2", "unknown=1", "severity=loud", "since=yesterday", "subject=", "subject=%00",
                            "subject=%ff", "subject=%4", "min_posterior_permille=1001", "state=open"}) {
    const WireReply reply = door.ask(std::string("/api/v1/alerts?") + query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(code_of(reply), "bad_parameter") << query;
  }
  EXPECT_EQ(code_of(door.ask("/api/v1/alerts?cursor=abc")), "bad_cursor");
  EXPECT_EQ(code_of(door.ask("/api/v1/stream?topics=alert,everything")), "bad_parameter");
  EXPECT_EQ(door.ask("/api/v1/alerts?since=2026-11-11T00:00:00+08:00&severity=alert").status, 200);
}

TEST(Api, ServesAnAlertItsHistoryAndTells304) {
  DoorFixture door;
  door.tell(1, {});
  const WireReply reply = door.ask("/api/v1/alerts/A-0000000000000001");
  ASSERT_EQ(reply.status, 200);
  const auto json = parsed(reply.body);
  EXPECT_EQ(etag_of(reply), "\"" + std::string(json["hash"].GetString()) + "\"");
  const WireReply same = door.ask("/api/v1/alerts/A-0000000000000001", "x-role: analyst\r\nIf-None-Match: " + etag_of(reply) + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  door.tell(2, {.version = 2});
  EXPECT_EQ(door.ask("/api/v1/alerts/A-0000000000000001", "x-role: analyst\r\nIf-None-Match: " + etag_of(reply) + "\r\n").status, 200);
  const WireReply lines = door.ask("/api/v1/alerts/A-0000000000000001/history");
  EXPECT_TRUE(lines.has("application/x-ndjson"));
  EXPECT_TRUE(parse_line(lines.body.substr(0, lines.body.find('\n')))) << "byte for byte a line of the chain";
  EXPECT_EQ(door.ask("/api/v1/alerts/A-9").status, 404);
  EXPECT_EQ(door.ask("/api/v1/alerts/A-9/history").status, 404);
  EXPECT_EQ(door.ask("/api/v1/alerts/%ff").status, 400);
}

TEST(Api, ServesAnArchiveAsOfAnyPastDay) {
  DoorFixture door;
  const auto item = [&](std::uint64_t round, const char* id, const char* at, int items) {
    const std::string line = door.lines.next(round, fmt::format(R"("type":"credit","id":"shop:taobao:S-1","subject":{{"kind":"shop","id":"taobao:S-1"}},)"
                                                                R"("item":{{"kind":"complaint","code":"fake_trade","from":"12315","id":"{}","at":"{}"}},)"
                                                                R"("score":{{"value":600,"terms":[],"change_90d":0,"trend":"steady"}},"items":{},"at":"{}")", id, at, items, at), 0, Output::kCredit, Stage::kAlliance);
    ASSERT_TRUE(door.model.add(Output::kCredit, line));
    ASSERT_TRUE(door.model.publish());
  };
  item(1, "C-1", "2026-10-02T09:00:00.000+08:00", 1);
  item(2, "C-2", "2026-11-02T09:00:00.000+08:00", 2);
  const auto on_record = [&](const std::string& day) {
    const WireReply reply = door.ask("/api/v1/subjects/taobao:S-1?as_of=" + day);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto json = parsed(reply.body);
    EXPECT_STREQ(json["archive"]["item"]["id"].GetString(), "C-2") << "the newest stands beside it";
    const auto& then = json["archive_as_of"];
    return then.IsNull() ? 0u : then["items"].Size();
  };
  EXPECT_EQ(on_record("2026-10-01"), 0u);
  EXPECT_EQ(on_record("2026-10-02"), 1u);
  EXPECT_EQ(on_record("2026-11-01"), 1u);
  EXPECT_EQ(on_record("2026-11-02"), 2u);
  EXPECT_FALSE(parsed(door.ask("/api/v1/subjects/taobao:S-1").body).HasMember("archive_as_of"));
  EXPECT_EQ(door.ask("/api/v1/subjects/taobao:S-1?as_of=2026-13-01").status, 400);
}

TEST(Api, ServesASubjectWithItsFindingsAndGraph) {
  DoorFixture door;
  door.tell(1, {.id = "A-0000000000000001", .subject = "taobao:S-1", .evidence = "scans.ndjson", .offset = 4});
  door.tell(2, {.id = "A-0000000000000002", .subject = "sf:O-1", .kind = "outlet", .evidence = "scans.ndjson", .detector = "D16", .offset = 4});
  door.tell(3, {.id = "A-0000000000000003", .subject = "jd:S-7"});
  const WireReply reply = door.ask("/api/v1/subjects/taobao%3AS-1");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto json = parsed(reply.body);
  EXPECT_EQ(json["alerts"].Size(), 1u);
  EXPECT_EQ(json["findings"].Size(), 1u);
  EXPECT_TRUE(json["archive"].IsNull());
  EXPECT_EQ(door.ask("/api/v1/subjects/taobao:S-1", "x-role: analyst\r\nIf-None-Match: " + etag_of(reply) + "\r\n").status, 304);
  const auto graph = parsed(door.ask("/api/v1/subjects/taobao:S-1/graph").body);
  std::vector<std::string> nodes;
  for (const auto& node : graph["nodes"].GetArray()) nodes.emplace_back(node["id"].GetString());
  EXPECT_THAT(nodes, ::testing::ElementsAre("subject:taobao:S-1", "alert:A-0000000000000001",
                                            "finding:taobao:S-1|D1|2026-11-11T00:00:00.000+08:00|0000000000000000", "evidence:scans.ndjson#4",
                                            "finding:sf:O-1|D16|2026-11-11T00:00:00.000+08:00|0000000000000000", "alert:A-0000000000000002", "subject:sf:O-1"));
  EXPECT_EQ(graph["edges"].Size(), 6u);
  const auto small = parsed(door.ask("/api/v1/subjects/taobao:S-1/graph?nodes=3").body);
  EXPECT_EQ(small["nodes"].Size(), 3u);
  EXPECT_EQ(small["nodes_left_out"].GetInt(), 1);
  EXPECT_EQ(door.ask("/api/v1/subjects/taobao:S-1/graph?nodes=301").status, 400);
  EXPECT_EQ(door.ask("/api/v1/subjects/none/graph").status, 404);
  EXPECT_EQ(parsed(door.ask("/api/v1/subjects?q=S-").body)["items"].Size(), 2u);
}

TEST(Api, TellsHowFarItIs) {
  DoorFixture door;
  door.tell(4, {});
  ASSERT_TRUE(door.model.publish({.round = 4, .watermark = *parse_time("2026-11-11T00:00:00+08:00"), .processing_time = {1}}));
  const auto json = parsed(door.ask("/api/v1/health").body);
  EXPECT_STREQ(json["status"].GetString(), "ok");
  EXPECT_EQ(json["round"].GetInt(), 4);
  EXPECT_STREQ(json["watermark"].GetString(), "2026-11-11T00:00:00.000+08:00");
  EXPECT_EQ(json["alerts_standing"].GetInt(), 1);
  EXPECT_STREQ(json["newest_id"].GetString(), "4-5-0-0-0");
}

TEST(Api, LimitsWhatOnePrincipalAsks) {
  DoorFixture door({.limits = {.per_second = 1, .burst = 2}});
  const std::string one = "x-role: analyst\r\nx-name: one\r\n";
  EXPECT_EQ(door.ask("/api/v1/health", one).status, 200);
  EXPECT_EQ(door.ask("/api/v1/health", one).status, 200);
  const WireReply over = door.ask("/api/v1/health", one);
  EXPECT_EQ(over.status, 429);
  EXPECT_EQ(code_of(over), "rate_limited");
  EXPECT_TRUE(over.has("Retry-After: 1")) << over.head;
  EXPECT_EQ(door.ask("/api/v1/health", "x-role: analyst\r\nx-name: two\r\n").status, 200);
}

/// Plays the pipeline: takes commands from the source and makes them durable.
struct Ledger {
  HttpSource& source;
  std::vector<std::string> taken;
  void take() {
    std::vector<SourceRecord> records;
    ASSERT_TRUE(source.poll(10, 1000, records));
    for (const auto& r : records) taken.emplace_back(r.bytes);
    source.durable_up_to(taken.size());
  }
};

const std::string kPost = "x-role: analyst\r\nx-name: an-7\r\nContent-Type: application/json\r\n";

TEST(Api, PutsACommandIntoTheLedgerInTheNameOfTheToken) {
  DoorFixture door;
  door.tell(1, {});
  Ledger ledger{door.source, {}};
  const std::string body = R"({"command":"take","target":"A-0000000000000001","reason":"looks odd"})";
  WireClient client(door.server->port());
  client.send(door.request("POST", "/api/v1/commands", kPost + "Idempotency-Key: key-0001\r\n", body));
  ledger.take();
  const WireReply reply = client.read();
  EXPECT_EQ(reply.status, 202) << reply.body;
  ASSERT_EQ(ledger.taken.size(), 1u);
  const auto event = parsed(ledger.taken[0]);
  EXPECT_STREQ(event["type"].GetString(), "command.issued");
  EXPECT_STREQ(event["actor"].GetString(), "an-7");
  EXPECT_STREQ(event["role"].GetString(), "analyst");
  EXPECT_STREQ(event["command"].GetString(), "take");
  EXPECT_STREQ(event["target"].GetString(), "A-0000000000000001");
  EXPECT_STREQ(event["reason"].GetString(), "looks odd");
  EXPECT_STREQ(parsed(reply.body)["command_id"].GetString(), event["id"].GetString());

  const WireReply again = door.ask("/api/v1/commands", kPost + "Idempotency-Key: key-0001\r\n", "POST", body);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, reply.body);
  EXPECT_EQ(door.source.pending_records(), 0u) << "nothing new was written";
  const WireReply other = door.ask("/api/v1/commands", kPost + "Idempotency-Key: key-0001\r\n", "POST", R"({"command":"dismiss","target":"A-0000000000000001"})");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(code_of(other), "already_used");
}

TEST(Api, RefusesACommandThatIsNoneAndWritesNothing) {
  DoorFixture door;
  door.tell(1, {});
  const std::string key = "Idempotency-Key: key-0002\r\n";
  EXPECT_EQ(door.ask("/api/v1/commands", kPost, "POST", "{}").status, 400) << "no key";
  EXPECT_EQ(door.ask("/api/v1/commands", kPost + "Idempotency-Key: a b\r\n", "POST", "{}").status, 400);
  for (const char* body : {"", "[]", "{", "{}", R"({"command":"take"})", R"({"target":"A-0000000000000001"})", R"({"command":1,"target":"A-0000000000000001"})",
                           R"({"command":"take","target":"A-0000000000000001","actor":"somebody-else"})", R"({"command":"take","target":"A-0000000000000001","role":"senior"})",
                           R"({"command":"take","command":"dismiss","target":"A-0000000000000001"})", "{\"command\":\"take\",\"target\":\"\\u0000\"}"}) {
    const WireReply reply = door.ask("/api/v1/commands", kPost + key, "POST", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(reply.body.find("somebody"), std::string::npos) << "no byte of the request comes back";
  }
  EXPECT_EQ(door.ask("/api/v1/commands", kPost + key, "POST", R"({"command":"take","target":"A-9"})").status, 404);
  EXPECT_EQ(door.ask("/api/v1/commands", kPost + key + "If-Match: \"0\"\r\n", "POST", R"({"command":"take","target":"A-0000000000000001"})").status, 412);
  EXPECT_EQ(door.ask("/api/v1/commands", "x-role: analyst\r\nContent-Type: text/plain\r\n" + key, "POST", "{}").status, 415);
  EXPECT_EQ(door.source.pending_records(), 0u);
  DoorFixture closed({.commands = false});
  closed.tell(1, {});
  EXPECT_EQ(code_of(closed.ask("/api/v1/commands", kPost + key, "POST", R"({"command":"take","target":"A-0000000000000001"})")), "no_pipeline_input");
}

TEST(Api, AcceptsACommandOnTheVersionThatTheOfficerSaw) {
  DoorFixture door;
  door.tell(1, {});
  const std::string tag = etag_of(door.ask("/api/v1/alerts/A-0000000000000001"));
  Ledger ledger{door.source, {}};
  WireClient client(door.server->port());
  client.send(door.request("POST", "/api/v1/commands", kPost + "Idempotency-Key: key-0003\r\nIf-Match: " + tag + "\r\n", R"({"command":"take","target":"A-0000000000000001"})"));
  ledger.take();
  EXPECT_EQ(client.read().status, 202);
  door.tell(2, {.version = 2});
  EXPECT_EQ(door.ask("/api/v1/commands", kPost + "Idempotency-Key: key-0004\r\nIf-Match: " + tag + "\r\n", "POST", R"({"command":"take","target":"A-0000000000000001"})").status, 412);
}

}  // namespace
}  // namespace brushwatch::doors
