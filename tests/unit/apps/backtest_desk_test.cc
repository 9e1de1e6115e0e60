#include "apps/backtest_desk.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <condition_variable>
#include <filesystem>

#include "apps/ledger_address.h"
#include "tests/unit/apps/rules_live_ledger.h"

namespace brushwatch::app {
namespace {

struct Desk : RulesLiveLedger {
  /// Opened when the test lets it: until then the backtest runs.
  Result<std::unique_ptr<Log>> open() {
    std::unique_lock lock(gate);
    opened.wait(lock, [this] { return may_open; });
    return open_ledger_to_read(ledger());
  }
  void let() {
    const std::lock_guard lock(gate);
    may_open = true;
    opened.notify_all();
  }
  doors::BacktestView over(const std::string& id) {
    for (;;) {
      const auto job = desk.find(id);
      if (job->state != "running") return *job;
      std::this_thread::yield();
    }
  }
  std::mutex gate;
  std::condition_variable opened;
  bool may_open = false;
  Operators operators;
  test::TempDir work;
  BacktestDesk desk{operators, {[this] { return open(); }, work.path("states")}, system_clock()};
};

TEST_F(Desk, RunsOneAndTellsWhichAlertsAppear) {
  const auto begun = desk.begin({{{"D26.enabled", 1}}, {}, {}}, "ann");
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->state, "running");
  EXPECT_EQ(desk.begin({{{"D26.enabled", 0}}, {}, {}}, "ann").error().code, ErrorCode::kBackpressure);
  let();
  const auto done = over(begun->id);
  ASSERT_EQ(done.state, "done") << done.error;
  EXPECT_EQ(done.appears, 1u);
  EXPECT_EQ(done.vanishes, 0u);
  EXPECT_EQ(done.done_permille, 1000);
  rapidjson::Document report;
  report.Parse(done.report.c_str());
  EXPECT_STREQ(report["shifts"][0]["subject"].GetString(), "taobao:S-6655");
  EXPECT_FALSE(report.HasMember("ledger")) << "where it lies is nobody's business";
  EXPECT_FALSE(std::filesystem::exists(work.path("states")));
}

TEST_F(Desk, ACancelledOneIsOverAndTheNextMayBegin) {
  const auto first = desk.begin({{{"D26.enabled", 1}}, {}, {}}, "ann");
  desk.cancel(first->id);
  let();
  EXPECT_EQ(over(first->id).state, "cancelled");
  const auto second = desk.begin({{{"D19.enabled", 0}}, {}, {}}, "bob");
  ASSERT_TRUE(second);
  EXPECT_NE(second->id, first->id);
  EXPECT_EQ(over(second->id).vanishes, 2u);
  const auto all = desk.all();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, second->id);
}

TEST_F(Desk, SaysWhyItFailed) {
  let();
  const auto job = desk.begin({{{"D26.enabled", 1}}, parse_time("2030-01-01T00:00:00Z"), {}}, "ann");
  const auto over_with = over(job->id);
  EXPECT_EQ(over_with.state, "failed");
  EXPECT_NE(over_with.error.find("no round in the window"), std::string::npos) << over_with.error;
}

TEST_F(Desk, EndsWithTheProcess) {
  auto other = std::make_unique<BacktestDesk>(operators, BacktestDeskOptions{[this] { return open(); }, work.path("other")}, system_clock());
  ASSERT_TRUE(other->begin({{{"D26.enabled", 1}}, {}, {}}, "ann"));
  let();
  other.reset();
  EXPECT_FALSE(std::filesystem::exists(work.path("other")));
}

TEST_F(Desk, TellsWhatIsInForceWhileThereIsSomebodyToAsk) {
  const auto of = [&](const std::string& name) {
    for (const auto& r : desk.rules()) if (r.name == name) return r;
    return doors::RuleView{};
  };
  EXPECT_EQ(of("D26.enabled").now, of("D26.enabled").usual);
  Rules rules = operators.rules();
  rules.set("D26.enabled", 0);
  desk.ask_rules_of([copy = std::make_shared<const Rules>(rules)] { return copy; });
  EXPECT_EQ(of("D26.enabled").now, 0);
  desk.ask_rules_of({});
  EXPECT_EQ(of("D26.enabled").now, 1);
  EXPECT_EQ(desk.complaint("D26.enabled", 1), "");
  EXPECT_NE(desk.complaint("D26.enabled", 9), "");
}

}  // namespace
}  // namespace brushwatch::app
