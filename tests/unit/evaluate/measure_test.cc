#include "evaluate/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "evaluate/report.h"

namespace brushwatch::evaluate {
namespace {

constexpr EventTime kStart{1'793'548'800'000};

std::string line(const std::string& type, const std::string& id, const std::string& subject, const std::string& direction, int total, int posterior, int hour,
                 const std::string& kind = "shop") {
  return R"({"type":")" + type + R"(","id":")" + id + R"(","direction":")" + direction + R"(","severity":"urgent","subject":{"kind":")" + kind + R"(","id":")" + subject +
         R"("},"posterior_permille":)" + std::to_string(posterior) + R"(,"score":{"families":[{"family":"O"},{"family":"P"}],"total_milli":)" + std::to_string(total) +
         R"(},"event_time":")" + format_time(kStart + hour * kHourMs) + R"("})";
}

/// One guilty shop with its outlet, one victim, one look-alike; five fake orders, one an hour.
JudgedWorld world(const std::vector<std::string>& lines) {
  JudgedWorld w;
  w.seed = 3;
  w.shops = 100, w.days = 10, w.orders = 500'000;
  w.rings.push_back({"S5", "offender", "promote", {"taobao:S1", "zto-1"}, {"USCC:1"}, kStart, kStart + 4 * kHourMs, 5, 5, 2});
  w.rings.push_back({"S8", "victim", "victim", {"taobao:S2"}, {}, kStart, kStart, 5, 0, 0});
  w.rings.push_back({"H6", "lookalike", "", {"taobao:S3"}, {}, kStart, kStart, 5, 0, 0});
  for (int i = 0; i < 5; ++i) w.orders_of_rings.push_back({0, "o" + std::to_string(i), "", kStart + i * kHourMs});
  CaseBook book;
  for (const std::string& l : lines) EXPECT_TRUE(book.add(l));
  w.cases = book.cases();
  return w;
}
const AttackScore& attack(const Metrics& m, const std::string& name, int camouflage) {
  for (const AttackScore& a : m.attacks) if (a.scenario == name && a.camouflage == camouflage) return a;
  throw std::runtime_error("no such attack");
}

TEST(CaseBook, JoinsTheWeeksOfASubjectAndForgetsWhatWasTakenBack) {
  CaseBook book;
  for (const std::string& l : {line("alert", "A-1", "PLAT:taobao:S1", "promote", 2000, 880, 9), line("alert", "A-2", "taobao:S1", "promote", 4000, 982, 200),
                               line("alert", "A-3", "taobao:S4", "promote", 9000, 999, 5), line("alert_withdrawn", "A-3", "taobao:S4", "promote", -3000, 40, 6),
                               std::string(R"({"type":"seal"})")})
    ASSERT_TRUE(book.add(l));
  const auto cases = book.cases();
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].subject, "taobao:S1");
  EXPECT_TRUE(cases[0].standing);
  EXPECT_EQ(cases[0].total_milli, 4000);
  EXPECT_EQ(cases[0].raised, kStart + 9 * kHourMs);
  EXPECT_EQ(cases[0].families, "OP");
  EXPECT_FALSE(cases[1].standing);
  EXPECT_FALSE(book.add("not json"));
}

TEST(Measure, CountsWhatIsFoundHowSoonAndInWhichDirection) {
  const JudgedWorld w = world({line("alert", "A-1", "taobao:S1", "promote", 4000, 982, 2), line("alert", "A-2", "taobao:S2", "victim", 3000, 950, 1),
                               line("alert", "A-3", "zto-1", "promote", 3000, 950, 1, "outlet")});
  const Metrics m = measure({&w, 1}, 3.4);
  EXPECT_EQ(attack(m, "S5", -1).found.value, 1);
  EXPECT_EQ(attack(m, "S5", 2).found.n, 1U);
  EXPECT_EQ(attack(m, "S5", -1).subjects_found.n, 1U) << "the outlet is counted apart";
  EXPECT_EQ(attack(m, "S5", -1).orders_before_p50, 3);
  EXPECT_EQ(attack(m, "S5", -1).hours_p50, 2);
  EXPECT_NEAR(attack(m, "S5", -1).fakes_after_share, 0.4, 1e-9);
  EXPECT_EQ(attack(m, "S8", -1).found.value, 1);
  EXPECT_EQ(m.outlets_found.value, 1);
  EXPECT_EQ(m.victims_named.value, 1);
  EXPECT_EQ(m.victims_accused, 0U);
  EXPECT_EQ(m.false_cases, 0U);
  EXPECT_EQ(m.precision_at.at(100), 1);
  EXPECT_EQ(m.direction[0][0], 2U);
  EXPECT_EQ(m.direction[2][2], 1U);
}

TEST(Measure, CountsFalseCasesLookalikesAndAccusedVictims) {
  const JudgedWorld w = world({line("alert", "A-1", "taobao:S2", "promote", 4000, 982, 2), line("alert", "A-2", "taobao:S3", "promote", 3000, 950, 1),
                               line("alert", "A-3", "USCC:1", "promote", 3000, 950, 1)});
  const Metrics m = measure({&w, 1}, 3.4);
  EXPECT_EQ(m.false_cases, 2U) << "an operator of the ring is neither found nor false";
  EXPECT_EQ(m.false_per_1m_orders.value, 4);
  EXPECT_EQ(m.victims_accused, 1U);
  EXPECT_EQ(m.lookalike_false, 1U);
  EXPECT_EQ(m.lookalikes.at("H6").second, 1U);
  EXPECT_EQ(attack(m, "S5", -1).found.value, 0);
  EXPECT_EQ(m.missed.size(), 2U);
  EXPECT_NEAR(m.ece, (0.982 + 0.950) / 2, 1e-9);
}

TEST(Measure, SeesNoMoreThanTheBudget) {
  std::vector<std::string> lines;
  for (int i = 0; i < 10; ++i) lines.push_back(line("alert", "A-" + std::to_string(i), "taobao:X" + std::to_string(i), "promote", 5000, 993, 1));
  lines.push_back(line("alert", "A-y", "taobao:S1", "promote", 4000, 982, 2));
  const JudgedWorld w = world(lines);  // 1,000 shop-days: four cases
  EXPECT_EQ(attack(measure({&w, 1}, 3.4), "S5", -1).found.value, 0);
  EXPECT_EQ(attack(measure({&w, 1}, 0), "S5", -1).found.value, 1);
}

TEST(Measure, LabelsWithoutRelationToTheCasesScoreAsChance) {
  // The same cases beside truths whose guilty shop is another one each time: found as often as a shop has a case.
  int found = 0;
  for (int n = 0; n < 20; ++n) {
    JudgedWorld w = world({line("alert", "A-1", "taobao:S1", "promote", 4000, 982, 2)});
    w.rings[0].subjects = {"taobao:R" + std::to_string(n)};
    found += attack(measure({&w, 1}, 3.4), "S5", -1).found.value == 1 ? 1 : 0;
  }
  EXPECT_EQ(found, 0);
}

TEST(Measure, ShuffledLabelsAreNoBetterThanChance) {
  std::vector<JudgedWorld> worlds;
  for (int n = 0; n < 10; ++n) {
    worlds.push_back(world({line("alert", "A-1", "taobao:S1", "promote", 4000, 982, 2)}));
    worlds.back().shops = 500;
    worlds.back().rings[0].subjects = {"taobao:S1"};
  }
  const Metrics m = measure(worlds, 0);
  EXPECT_GT(m.roc_auc, 0.9);
  EXPECT_NEAR(m.roc_auc_shuffled, 0.5, 0.05);
}

TEST(Measure, TellsOfEachDetectorWhomItSpeaksOfAndWhetherTheyAreThat) {
  JudgedWorld w = world({});
  w.findings["taobao:S1"] = {{5, 4000}, {16, 400}};  // the offender; less than half a nat is silence
  w.findings["taobao:S3"] = {{5, 700}};              // a look-alike
  w.findings["USCC:1"] = {{5, 4000}};                // neither right nor wrong
  w.findings["zto-1-K2"] = {{5, 4000}};              // a courier of the outlet
  w.findings["zto-1"] = {{5, 4000}};                 // an offender that is no shop
  w.defences["taobao:S2"] = {{7, 4000}};
  w.defences["taobao:S1"] = {{7, 4000}};             // an offender taken for a victim
  const Metrics m = measure({&w, 1}, 0);
  ASSERT_EQ(m.detectors.size(), 2U);
  EXPECT_EQ(m.detectors[0].detector, 5);
  EXPECT_TRUE(m.detectors[0].accuses);
  EXPECT_EQ(m.detectors[0].told, 3U);
  EXPECT_EQ(m.detectors[0].right, 2U);
  EXPECT_EQ(m.detectors[0].seen, 1U);
  EXPECT_EQ(m.detectors[0].of, 1U);
  EXPECT_FALSE(m.detectors[1].accuses);
  EXPECT_EQ(m.detectors[1].told, 2U);
  EXPECT_EQ(m.detectors[1].right, 1U);
  EXPECT_EQ(m.detectors[1].of, 1U);
  Evaluation e{"brushwatch evaluate", "test", m, {}};
  EXPECT_THAT(markdown(e), ::testing::HasSubstr("| D5 | offender | 3 | 0.667 | 1.000 | – |"));
  EXPECT_THAT(json(e), ::testing::HasSubstr(R"("detector":7,"says":"victim","told":2,"right":1,"seen":1,"of":1)"));
}

TEST(Report, NamesEveryAttackAndDrawsIt) {
  const JudgedWorld w = world({line("alert", "A-1", "taobao:S1", "promote", 4000, 982, 2)});
  Evaluation e{"brushwatch evaluate", "test", measure({&w, 1}, 3.4), {}};
  EXPECT_THAT(markdown(e), ::testing::AllOf(::testing::HasSubstr("| S5 | 2 |"), ::testing::HasSubstr("| S8 (named) | all |")));
  EXPECT_THAT(json(e), ::testing::HasSubstr("\"attack\":\"S5\""));
  EXPECT_THAT(recall_svg(e.attacks), ::testing::HasSubstr("S5"));
  EXPECT_THAT(reliability_svg(e.attacks), ::testing::HasSubstr("<circle"));
}

TEST(Measure, CalibrationIsOfTheLearntProbabilityAndTheScoresOwnBesideIt) {
  std::string learnt = line("alert", "A-1", "taobao:S1", "promote", 800, 690, 2);
  learnt.insert(learnt.find(",\"score\""), ",\"probability_permille\":950");
  const JudgedWorld w = world({learnt});
  const Metrics m = measure({&w, 1}, 3.4);
  EXPECT_NEAR(m.ece, 0.05, 1e-9);
  EXPECT_NEAR(m.ece_score, 0.31, 1e-9);
  const JudgedWorld plain = world({line("alert", "A-1", "taobao:S1", "promote", 800, 690, 2)});
  EXPECT_NEAR(measure({&plain, 1}, 3.4).ece, 0.31, 1e-9) << "a line without one has its posterior";
}

TEST(Measure, ListsCasesWithTheirTruthForTheLearner) {
  const JudgedWorld w = world({line("alert", "A-1", "taobao:S1", "promote", 4000, 982, 2), line("alert", "A-2", "taobao:S3", "promote", 900, 711, 1),
                               line("alert", "A-3", "taobao:S2", "victim", 822, 695, 1), line("alert", "A-4", "USCC:1", "promote", 3000, 950, 1),
                               line("alert", "A-5", "taobao:S9", "demote", 3000, 950, 1), line("alert", "A-6", "taobao:S8", "promote", 3000, 950, 1),
                               line("alert_withdrawn", "A-6", "taobao:S8", "promote", -3000, 40, 2)});
  EXPECT_EQ(case_lines(w),
            R"({"seed":3,"subject":"taobao:S1","category":"fake_trade","total_milli":4000,"posterior_permille":982,"probability_permille":982,"right":true})" "\n"
            R"({"seed":3,"subject":"taobao:S9","category":"malicious_review","total_milli":3000,"posterior_permille":950,"probability_permille":950,"right":false})" "\n"
            R"({"seed":3,"subject":"taobao:S3","category":"fake_trade","total_milli":900,"posterior_permille":711,"probability_permille":711,"right":false})" "\n"
            R"({"seed":3,"subject":"taobao:S2","category":"reverse_brushing_victim","total_milli":822,"posterior_permille":695,"probability_permille":695,"right":true})" "\n");
}

TEST(Measure, CountsDiscoveriesAndTheWrongOnesByTheBarOfTheirWeek) {
  const auto weekly = [](const std::string& id, const std::string& subject, const std::string& direction, int evidence, const std::string& week) {
    std::string out = line("alert", id, subject, direction, evidence - 3000, 950, 2);
    out.insert(out.find("\"total_milli\""), "\"prior_milli\":-3000,");
    return out.insert(out.find(",\"score\""), ",\"window\":{\"start\":\"" + week + "\"}");
  };
  JudgedWorld w = world({});
  CaseBook book;
  ASSERT_TRUE(book.add_control(R"({"type":"control","control":{"week":"w1","bar_milli":9999}})"));
  ASSERT_TRUE(book.add_control(R"({"type":"control","control":{"week":"w1","bar_milli":7001}})"));
  ASSERT_TRUE(book.add_control(R"({"type":"refused","control":{"week":"w1","bar_milli":1}})"));
  EXPECT_FALSE(book.add_control(R"({"type":"control")"));
  for (const std::string& l : {weekly("A-1", "taobao:S1", "promote", 8'000, "w1"), weekly("A-2", "taobao:S7", "promote", 7'050, "w1"), weekly("A-3", "zto-1", "promote", 7'040, "w1"),
                               weekly("A-4", "taobao:S2", "victim", 9'000, "w1"), weekly("A-5", "taobao:S8", "demote", 20'000, "w2")}) {
    ASSERT_TRUE(book.add(l));
  }
  w.cases = book.cases();
  w.evidence = {{"taobao:S1", 8'000}, {"taobao:S5", 1'000}};
  const Metrics m = measure({&w, 1}, 3.4);
  EXPECT_EQ(m.accusations, 4U) << "a victim is none";
  EXPECT_EQ(m.discoveries, 2U) << "7.040 counts as 7.000; the week w2 has no bar";
  EXPECT_EQ(m.discoveries_false, 1U);
  EXPECT_NEAR(m.discoveries_false_share, 0.5, 1e-9);
  EXPECT_EQ(m.found_by_discovery.value, 1);
  EXPECT_NEAR(m.honest_e_mean, 1 + (std::exp(1.0) - 1) / 97, 1e-9) << "one of 97 shops of no script";
}

}  // namespace
}  // namespace brushwatch::evaluate
