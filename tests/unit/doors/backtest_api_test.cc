#include "doors/backtest_api.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "tests/unit/doors/door.h"

namespace brushwatch::doors {
namespace {

/// Runs nothing: a job is what the test makes of it.
class HeldBacktests final : public Backtests {
 public:
  [[nodiscard]] std::vector<RuleView> rules() const override { return {{"D1.min_orders", "orders", "fewer say nothing", 1, 100, 20, 25}}; }
  [[nodiscard]] std::string complaint(std::string_view rule, std::int64_t value) const override {
    return rule != "D1.min_orders" ? "no such rule" : value > 100 ? "lies outside 1 … 100" : "";
  }
  Result<BacktestView> begin(BacktestWish wish, std::string_view by) override {
    if (job && job->state == "running") return fail(ErrorCode::kBackpressure, "a backtest is running");
    job.emplace();
    job->id = "B-1";
    job->by = by;
    job->state = "running";
    job->wish = std::move(wish);
    return *job;
  }
  [[nodiscard]] std::vector<BacktestView> all() const override { return job ? std::vector{*job} : std::vector<BacktestView>{}; }
  [[nodiscard]] std::optional<BacktestView> find(std::string_view id) const override { return job && id == job->id ? job : std::nullopt; }
  void cancel(std::string_view) override { job->state = "cancelled"; }

  std::optional<BacktestView> job;
};

struct BacktestApi : ::testing::Test {
  HeldBacktests held;
  test::DoorFixture door{{.backtests = &held}};
  static constexpr const char* kAnn = "x-role: analyst\r\nx-name: ann\r\nContent-Type: application/json\r\n";
  test::WireReply post(const std::string& path, const std::string& body, const char* who = kAnn) { return door.ask(path, who, "POST", body); }
  static rapidjson::Document parsed(const test::WireReply& reply) {
    rapidjson::Document json;
    json.Parse(reply.body.c_str());
    EXPECT_FALSE(json.HasParseError()) << reply.body;
    return json;
  }
};

TEST_F(BacktestApi, TellsTheRulesWithWhatIsInForce) {
  const auto json = parsed(door.ask("/api/v1/rules"));
  ASSERT_EQ(json["items"].Size(), 1u);
  EXPECT_STREQ(json["items"][0]["name"].GetString(), "D1.min_orders");
  EXPECT_EQ(json["items"][0]["default"].GetInt(), 20);
  EXPECT_EQ(json["items"][0]["value"].GetInt(), 25);
}

TEST_F(BacktestApi, BeginsOneAndRefusesASecond) {
  const auto made = post("/api/v1/backtests", R"({"rules":{"D1.min_orders":30},"from":"2026-11-01T00:00:00+08:00"})");
  ASSERT_EQ(made.status, 202) << made.body;
  EXPECT_TRUE(made.has("Location: /api/v1/backtests/B-1"));
  EXPECT_EQ(held.job->by, "ann");
  EXPECT_EQ(held.job->wish.rules, (std::vector<std::pair<std::string, std::int64_t>>{{"D1.min_orders", 30}}));
  EXPECT_TRUE(held.job->wish.from);
  const auto second = post("/api/v1/backtests", R"({"rules":{"D1.min_orders":31}})");
  EXPECT_EQ(second.status, 409);
  EXPECT_STREQ(parsed(second)["code"].GetString(), "backtest_running");
}

TEST_F(BacktestApi, ShowsTheReportOfOneAlone) {
  ASSERT_EQ(post("/api/v1/backtests", R"({"rules":{"D1.min_orders":30}})").status, 202);
  held.job->state = "done";
  held.job->vanishes = 2;
  held.job->report = R"({"unchanged":5})";
  const auto all = parsed(door.ask("/api/v1/backtests"));
  ASSERT_EQ(all["items"].Size(), 1u);
  EXPECT_EQ(all["items"][0]["vanishes"].GetInt(), 2);
  EXPECT_FALSE(all["items"][0].HasMember("report"));
  EXPECT_EQ(parsed(door.ask("/api/v1/backtests/B-1"))["report"]["unchanged"].GetInt(), 5);
  EXPECT_EQ(door.ask("/api/v1/backtests/B-2").status, 404);
}

TEST_F(BacktestApi, CancelsAndKnowsNoOtherAction) {
  ASSERT_EQ(post("/api/v1/backtests", R"({"rules":{"D1.min_orders":30}})").status, 202);
  EXPECT_EQ(post("/api/v1/backtests/B-1", R"({"action":"pause"})").status, 400);
  EXPECT_EQ(held.job->state, "running");
  EXPECT_STREQ(parsed(post("/api/v1/backtests/B-1", R"({"action":"cancel"})"))["state"].GetString(), "cancelled");
  EXPECT_EQ(post("/api/v1/backtests/B-2", R"({"action":"cancel"})").status, 404);
}

TEST_F(BacktestApi, RefusesWhatIsNoBacktest) {
  for (const char* body : {"", "[]", "{}", R"({"rules":{}})", R"({"rules":{"D1.min_orders":101}})", R"({"rules":{"D1.min_orders":1.5}})", R"({"rules":{"D9.x":1}})",
                           R"({"rules":{"D1.min_orders":3,"D1.min_orders":4}})", R"({"rules":{"D1.min_orders":3},"from":"yesterday"})", R"({"rules":{"D1.min_orders":3},"ledger":"/etc"})",
                           R"({"rules":{"D1.min_orders":3},"from":"2026-11-02T00:00:00Z","to":"2026-11-01T00:00:00Z"})"})
    EXPECT_EQ(post("/api/v1/backtests", body).status, 400) << body;
  EXPECT_FALSE(held.job);
}

TEST_F(BacktestApi, WhoReadsThemMayNotBeginThem) {
  EXPECT_EQ(door.ask("/api/v1/backtests", "x-role: auditor\r\n").status, 200);
  EXPECT_EQ(post("/api/v1/backtests", R"({"rules":{"D1.min_orders":30}})", "x-role: auditor\r\nContent-Type: application/json\r\n").status, 403);
  EXPECT_EQ(door.ask("/api/v1/backtests", "x-role: working_group\r\n").status, 403) << "they name subjects of alerts that nobody marked";
}

}  // namespace
}  // namespace brushwatch::doors
