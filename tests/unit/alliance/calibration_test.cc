#include "alliance/calibration.h"

#include <gtest/gtest.h>

#include "alliance/calibration_table.h"
#include "alliance/judgement.h"
#include "tests/unit/alliance/subject_harness.h"

namespace brushwatch {
namespace {

TEST(Calibration, ALouderScoreIsNeverWorthLessAndNothingIsCertain) {
  Rules rules;
  const std::size_t first = rules.declare(Calibration::kOwner, Calibration::params().data(), Calibration::params().size());
  const Calibration shipped = Calibration::of(rules, first);
  EXPECT_TRUE(shipped.on);
  for (std::size_t c = 0; c < kCategories; ++c) {
    int before = 0;
    for (std::int64_t total = -30'000; total <= 30'000; total += 37) {
      const int p = shipped.probability_permille(static_cast<Category>(c), total);
      ASSERT_GE(p, before) << kLearnt[c].category << " at " << total;
      ASSERT_GE(p, 1);
      ASSERT_LE(p, 999);
      before = p;
    }
  }
}

TEST(Calibration, ItsLineIsTheRulesAndOneToOneIsTheScoreItself) {
  Rules rules;
  const std::size_t first = rules.declare(Calibration::kOwner, Calibration::params().data(), Calibration::params().size());
  ASSERT_TRUE(rules.set("calibration.suspicion_slope_milli", 1'000));
  ASSERT_TRUE(rules.set("calibration.suspicion_offset_milli", 0));
  ASSERT_TRUE(rules.set("calibration.fake_trade_slope_milli", 500));
  ASSERT_TRUE(rules.set("calibration.fake_trade_offset_milli", 700));
  const Calibration c = Calibration::of(rules, first);
  EXPECT_EQ(c.probability_permille(Category::kSuspicion, 822), posterior_permille(822));
  EXPECT_EQ(c.probability_permille(Category::kFakeTrade, 4'001), posterior_permille(2'700)) << "0.5 × 4.001 rounded down, + 0.7";
  EXPECT_EQ(c.probability_permille(Category::kFakeTrade, -4'001), posterior_permille(-1'301)) << "rounded down below zero as well";
  ASSERT_TRUE(rules.set("calibration.fake_trade_slope_milli", -3));
  EXPECT_EQ(Calibration::of(rules, first).lines[0].slope_milli, 0) << "never falling";
}

TEST(Calibration, EveryPatternHasItsCategory) {
  EXPECT_EQ(category_of(SubjectKind::kShop, Direction::kPromote, false), Category::kFakeTrade);
  EXPECT_EQ(category_of(SubjectKind::kShop, Direction::kPromote, true), Category::kSuspicion);
  EXPECT_EQ(category_of(SubjectKind::kShop, Direction::kDemote, false), Category::kMaliciousReview);
  EXPECT_EQ(category_of(SubjectKind::kShop, Direction::kVictim, true), Category::kVictim);
  EXPECT_EQ(category_of(SubjectKind::kCourier, Direction::kPromote, false), Category::kComplicitLogistics);
  for (const Category c : {Category::kFakeTrade, Category::kMaliciousReview, Category::kVictim}) {
    const Direction d = c == Category::kVictim ? Direction::kVictim : c == Category::kMaliciousReview ? Direction::kDemote : Direction::kPromote;
    EXPECT_EQ(category_name(c), pattern_name(SubjectKind::kShop, d)) << "the table is in this order";
  }
  EXPECT_EQ(category_name(Category::kComplicitLogistics), pattern_name(SubjectKind::kOutlet, Direction::kPromote));
}

TEST(Calibration, StandsInTheLineAndDecidesNothing) {
  const auto lines = [](std::int64_t offset, bool on) {
    test::Subject s;
    s.rules.set("calibration.fake_trade_offset_milli", offset);
    s.rules.set("calibration.on", on ? 1 : 0);
    s.give(test::orders(4000));
    s.give(test::parcels(3000));
    s.give(test::graph(3000));
    s.give(test::retraction(test::parcels(3000)));
    s.give(test::retraction(test::graph(3000)));
    std::vector<rapidjson::Document> out;
    for (int i = 0; i < static_cast<int>(s.outbox.lines().size()); ++i) out.push_back(s.line(i));
    return out;
  };
  const auto high = lines(6'000, true), low = lines(-6'000, true), off = lines(0, false);
  ASSERT_EQ(high.size(), low.size());
  ASSERT_EQ(high.size(), off.size());
  ASSERT_STREQ(high.back()["type"].GetString(), "alert_withdrawn");
  EXPECT_FALSE(high.back().HasMember("probability_permille")) << "what was taken back is neither";
  for (std::size_t i = 0; i + 1 < high.size(); ++i) {
    EXPECT_GT(high[i]["probability_permille"].GetInt(), low[i]["probability_permille"].GetInt());
    EXPECT_FALSE(off[i].HasMember("probability_permille"));
    for (const char* same : {"type", "severity"}) EXPECT_EQ(high[i][same], low[i][same]);
    EXPECT_EQ(high[i]["posterior_permille"], low[i]["posterior_permille"]);
  }
}

}  // namespace
}  // namespace brushwatch
