#include "doors/webhook_api.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <thread>

#include "tests/unit/doors/door.h"
#include "tests/unit/doors/held_poster.h"

namespace brushwatch::doors {
namespace {

using test::DoorFixture;
using test::HeldPoster;
using test::WireReply;

constexpr const char* kAnn = "x-role: platform\r\nx-name: ann\r\nx-party: taobao\r\nContent-Type: application/json\r\n";
constexpr const char* kEve = "x-role: platform\r\nx-name: eve\r\nx-party: jd\r\nContent-Type: application/json\r\n";

rapidjson::Document parsed(const WireReply& reply) {
  rapidjson::Document json;
  json.Parse(reply.body.c_str());
  EXPECT_FALSE(json.HasParseError()) << reply.body;
  return json;
}

struct WebhookApi : ::testing::Test {
  HeldPoster poster;
  DoorFixture door{{.poster = &poster}};
  WireReply post(const std::string& path, const std::string& body, const std::string& who = kAnn) { return door.ask(path, who, "POST", body); }
  std::string add(const std::string& more = "") { return parsed(post("/api/v1/webhooks", R"({"url":"https://member.example/h")" + more + "}"))["id"].GetString(); }
};

TEST_F(WebhookApi, MakesAnEndpointAndShowsItsSecretOnce) {
  const WireReply made = post("/api/v1/webhooks", R"({"url":"https://member.example/h","topics":["alert","list"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto json = parsed(made);
  EXPECT_EQ(std::string(json["secret"].GetString()).substr(0, 6), "whsec_");
  EXPECT_EQ(std::string(json["public_key"].GetString()).substr(0, 5), "whpk_");
  const std::string path = std::string("/api/v1/webhooks/") + json["id"].GetString();
  EXPECT_TRUE(made.has("Location: " + path));
  const WireReply one = door.ask(path, kAnn);
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body.find("whsec_"), std::string::npos);
  EXPECT_EQ(parsed(one)["topics"].Size(), 2u);
  EXPECT_EQ(parsed(door.ask("/api/v1/webhooks", kAnn))["items"].Size(), 1u);
}

TEST_F(WebhookApi, IsSomebodyElsesForEverybodyElse) {
  const std::string path = "/api/v1/webhooks/" + add();
  EXPECT_EQ(parsed(door.ask("/api/v1/webhooks", kEve))["items"].Size(), 0u);
  EXPECT_EQ(door.ask(path, kEve).status, 404);
  for (const char* action : {"test", "resend", "rotate", "enable", "disable", "remove"}) EXPECT_EQ(post(path, std::string(R"({"action":")") + action + "\"}", kEve).status, 404) << action;
  EXPECT_EQ(door.ask(path, kAnn).status, 200);
}

TEST_F(WebhookApi, RefusesWhatIsNoEndpointAndNoAction) {
  for (const char* body : {"", "[]", "{}", R"({"url":1})", R"({"url":"http://member.example/"})", R"({"url":"https://127.0.0.1.nip/","topics":[]})", R"({"url":"https://a.example/","topics":["everything"]})",
                           R"({"url":"https://a.example/","topics":[1]})", R"({"url":"https://a.example/","since":"tomorrow"})", R"({"url":"https://a.example/","since":"99-5-0-0-0"})",
                           R"({"url":"https://a.example/","more":1})", R"({"url":"https://a.example/","url":"https://b.example/"})"}) {
    EXPECT_EQ(post("/api/v1/webhooks", body).status, 400) << body;
  }
  // Cases are not a plain member's to hear of.
  EXPECT_EQ(post("/api/v1/webhooks", R"({"url":"https://a.example/","topics":["case"]})", "x-role: member\r\nx-name: m\r\nContent-Type: application/json\r\n").status, 400);
  const std::string path = "/api/v1/webhooks/" + add();
  for (const char* body : {"{}", R"({"action":"explode"})", R"({"action":1})", R"({"action":"test","message":"msg_1"})", R"({"action":"test","more":""})"}) EXPECT_EQ(post(path, body).status, 400) << body;
  EXPECT_EQ(post(path, R"({"action":"resend","message":"msg_1-5-0-0-0"})").status, 404);
}

TEST_F(WebhookApi, ActsOnTheVersionThatWasRead) {
  const std::string path = "/api/v1/webhooks/" + add();
  const WireReply seen = door.ask(path, kAnn);
  const std::size_t at = seen.head.find("ETag: ") + 6;
  const std::string if_match = std::string(kAnn) + "If-Match: " + seen.head.substr(at, seen.head.find("\r\n", at) - at) + "\r\n";
  EXPECT_EQ(post(path, R"({"action":"disable"})", if_match).status, 200);
  EXPECT_EQ(post(path, R"({"action":"enable"})", if_match).status, 412);
  EXPECT_EQ(parsed(door.ask(path, kAnn))["why_disabled"], "asked");
  EXPECT_EQ(post(path, R"({"action":"remove"})").status, 200);
  EXPECT_EQ(door.ask(path, kAnn).status, 404);
}

TEST_F(WebhookApi, TestsAnEndpointAndGivesItsAnswer) {
  const std::string path = "/api/v1/webhooks/" + add();
  std::thread receiver([&] {
    auto held = poster.next();
    EXPECT_NE(held.post.body.find("webhook.test"), std::string::npos);
    held.done({418, "", 0});
  });
  const WireReply reply = post(path, R"({"action":"test"})");
  receiver.join();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(parsed(reply)["status"].GetInt(), 418);
}

TEST_F(WebhookApi, BringsWhatIsHeldSinceTheStart) {
  door.tell(1, {});
  add(R"(,"since":"start")");
  auto held = poster.next();
  EXPECT_EQ(held.header("webhook-id"), "msg_1-5-0-0-0");
  held.done({200, "", 0});
}

}  // namespace
}  // namespace brushwatch::doors
