#include "apps/backtest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/rule_history.h"
#include "tests/support/process.h"
#include "tests/unit/apps/rules_live_ledger.h"

namespace brushwatch::app {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class Backtest : public RulesLiveLedger {
 protected:
  Result<BacktestReport> with(RuleValues rules, const std::string& from = "", const std::string& to = "") {
    BacktestOptions options;
    options.ledger = ledger();
    options.proposed.rules = std::move(rules);
    if (!from.empty()) options.from = parse_time(from);
    if (!to.empty()) options.to = parse_time(to);
    options.work = work.path("states" + std::to_string(++runs));
    options.on_progress = [this](double share, std::uint64_t, EventTime) { last_share = share; };
    asked = options;
    return backtest(operators, options);
  }
  static const DetectorShift* of(const BacktestReport& report, const std::string& name) {
    for (const DetectorShift& d : report.detectors) if (d.name == name) return &d;
    return nullptr;
  }

  test::TempDir work;
  int runs = 0;
  double last_share = 0;
  Operators operators;
  BacktestOptions asked;
};

TEST_F(Backtest, TheRecordedRulesChangeNothing) {
  const auto report = with({{"D19.enabled", 1}});
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_THAT(report->shifts, SizeIs(0));
  EXPECT_EQ(report->unchanged, 2U);
  EXPECT_EQ(report->version_before, report->version_after);
  EXPECT_DOUBLE_EQ(last_share, 1);
}

TEST_F(Backtest, AnAlertAppearsWhenADetectorOnTrialCounts) {
  const auto report = with({{"D26.enabled", 1}});
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_THAT(report->shifts, SizeIs(1));
  const AlertShift& s = report->shifts[0];
  EXPECT_EQ(s.kind, AlertShift::Kind::kAppears);
  EXPECT_EQ(s.subject, "taobao:S-6655");
  EXPECT_EQ(s.before.held_back, "families");
  EXPECT_TRUE(s.after.standing);
  ASSERT_THAT(s.terms, SizeIs(1));
  EXPECT_EQ(s.terms[0].family, 'C');
  EXPECT_EQ(s.terms[0].detector_after, "D26");
  EXPECT_EQ(s.terms[0].before_milli, 0);
  EXPECT_GT(s.terms[0].after_milli, 0);
  const DetectorShift* d26 = of(*report, "D26");
  ASSERT_NE(d26, nullptr);
  EXPECT_GT(d26->trial_before, 0U);
  EXPECT_EQ(d26->trial_after, 0U) << "what history said later of the switch does not change the proposal";
  EXPECT_GT(d26->counted_after, d26->counted_before);
  EXPECT_EQ(d26->alerts_before, 2U);
  EXPECT_EQ(d26->alerts_after, 3U);
  EXPECT_THAT(backtest_text(*report), HasSubstr("C – → D26 +"));
  EXPECT_THAT(backtest_json(*report, asked), HasSubstr("\"change\":\"appears\""));
}

TEST_F(Backtest, AlertsVanishFromTheMomentOnAndBeforeItTheyStand) {
  const auto report = with({{"D19.enabled", 0}}, "2026-09-18T00:00:00+08:00");
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_THAT(report->shifts, SizeIs(1)) << backtest_text(*report);
  EXPECT_EQ(report->shifts[0].kind, AlertShift::Kind::kVanishes);
  EXPECT_EQ(report->shifts[0].subject, "taobao:S-7766");
  EXPECT_EQ(report->shifts[0].terms[0].family, 'P');
  EXPECT_EQ(report->shifts[0].terms[0].after_milli, 0);
  EXPECT_EQ(report->unchanged, 1U) << "that of the first week";
  EXPECT_GE(report->from, *parse_time("2026-09-18T00:00:00+08:00"));
}

TEST_F(Backtest, AnAlertMovesByAThreshold) {
  const auto report = with({{"fusion.urgent_permille", 1000}});
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_THAT(report->shifts, SizeIs(1)) << "in the third week no alert reached the bar either";
  const AlertShift& s = report->shifts[0];
  EXPECT_EQ(s.kind, AlertShift::Kind::kMoves);
  EXPECT_EQ(s.before.severity, "urgent");
  EXPECT_EQ(s.after.severity, "alert");
  EXPECT_THAT(s.terms, SizeIs(0));
  EXPECT_THAT(backtest_text(*report), HasSubstr("the same terms, judged by other thresholds"));
}

TEST_F(Backtest, ComparesWhatStandsBeforeTheEndOfTheWindow) {
  const auto report = with({{"D19.enabled", 0}}, "", "2026-09-20T00:00:00+08:00");
  ASSERT_TRUE(report) << report.error().message();
  ASSERT_THAT(report->shifts, SizeIs(1)) << "the third shop's week has not come";
  EXPECT_EQ(report->shifts[0].subject, "taobao:S-5544");
  EXPECT_LT(report->to, *parse_time("2026-09-20T00:00:00+08:00"));
}

TEST_F(Backtest, IsTheSameFromTheFirstRoundAndFromASplit) {
  const auto from_start = with({{"D19.enabled", 0}}), later = with({{"D19.enabled", 0}}, "2026-09-07T09:30:00+08:00");
  ASSERT_TRUE(from_start && later);
  EXPECT_GT(later->first_round, 0U);
  EXPECT_EQ(backtest_text(*from_start).substr(0, 200), backtest_text(*later).substr(0, 200));
  EXPECT_EQ(from_start->shifts.size(), 2U);
}

TEST_F(Backtest, AWindowWithoutARoundIsAnError) {
  const auto report = with({{"D19.enabled", 0}}, "2030-01-01T00:00:00+08:00");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kNotFound);
}

TEST_F(Backtest, PublicPlacesAndPromotionsAreProposedAsWell) {
  test::write_file(work.path("r.toml"), "[[promotion]]\nid = \"P-1\"\nparent = \"taobao:S-5544\"\nvalid_from = \"2026-09-07T00:00:00+08:00\"\nvalid_until = \"2026-11-12T00:00:00+08:00\"\nfactor_milli = 8000\n");
  std::vector<ConfigProblem> problems;
  const auto file = read_rule_file(work.path("r.toml"), RuleBook(operators), problems);
  ASSERT_TRUE(file);
  BacktestOptions options;
  options.ledger = ledger();
  options.proposed = *file;
  options.work = work.path("places");
  const auto report = backtest(operators, options);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->unchanged, 2U) << "no term of these alerts reads a promotion";
}

}  // namespace
}  // namespace brushwatch::app
