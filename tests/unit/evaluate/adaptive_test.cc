#include "evaluate/adaptive.h"

#include <gtest/gtest.h>

namespace brushwatch::evaluate {
namespace {

/// A detector that sees any script but "quiet" unless accounts are 2 or more, and any volume above a quarter.
Result<TryOutcome> run(const AttackPlan& plan, std::uint32_t) {
  TryOutcome o;
  o.campaigns = 5;
  o.orders = static_cast<std::uint64_t>(200 * plan.volume);
  const bool seen = plan.volume > 0.25 || (plan.script != "quiet" && plan.knobs[static_cast<std::size_t>(simulate::Knob::kAccounts)] < 2);
  o.penalised = seen ? 5 : 0;
  o.surviving = seen ? 0 : o.orders;
  return o;
}

AdaptiveOptions options() {
  AdaptiveOptions o;
  o.scripts = {"loud", "quiet"};
  return o;
}

TEST(Adaptive, PaysForCommissionParcelKnobsAndCampaign) {
  AttackPlan plan{"M3", 1, {}};
  const double plain = yuan_per_order(plan);
  plan.knobs[static_cast<std::size_t>(simulate::Knob::kAccounts)] = 3;
  EXPECT_GT(yuan_per_order(plan), plain + 1);
  EXPECT_EQ(yuan_per_surviving(plan, {100, 79, 5, 1}), std::nullopt) << "too few survive";
  EXPECT_DOUBLE_EQ(*yuan_per_surviving(plan, {100, 80, 5, 1}), (100 * yuan_per_order(plan) + 5 * yuan_per_campaign()) / 80);
  EXPECT_EQ(yuan_per_surviving(plan, {}), std::nullopt);
}

TEST(Adaptive, FindsTheCheapPlanThatSurvives) {
  std::uint32_t last = 0;
  const auto found = search_evasion(options(), run, [&](std::uint32_t done) { last = done; });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tries, 200U);
  EXPECT_EQ(last, 200U);
  ASSERT_TRUE(found->found);
  EXPECT_LE(found->best.volume, 0.25);
  EXPECT_TRUE(found->best.script == "quiet" || found->best.knobs[static_cast<std::size_t>(simulate::Knob::kAccounts)] >= 2);
  EXPECT_GE(found->best_survives, kSurvive);
  EXPECT_GT(found->ratio(), 1) << "brushing less costs more an order";
  EXPECT_LT(found->ratio(), 3);
}

TEST(Adaptive, SaysWhichKnobAloneIsEnough) {
  const auto found = search_evasion(options(), run);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->alone.size(), simulate::kKnobs + 1);
  for (const KnobAlone& k : found->alone) EXPECT_EQ(k.survives, k.name == "accounts") << k.name << " (the first script is seen at any volume without it)";
}

TEST(Adaptive, SaysSoWhenNothingSurvives) {
  const auto found = search_evasion(options(), [](const AttackPlan&, std::uint32_t) -> Result<TryOutcome> { return TryOutcome{100, 0, 5, 5}; });
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->found);
  EXPECT_EQ(found->ratio(), 0);
}

TEST(Adaptive, IsAFunctionOfItsSeedAndPassesErrorsOn) {
  const auto once = search_evasion(options(), run), again = search_evasion(options(), run);
  ASSERT_TRUE(once && again);
  EXPECT_EQ(once->best, again->best);
  EXPECT_EQ(once->best_yuan, again->best_yuan);
  EXPECT_FALSE(search_evasion(options(), [](const AttackPlan&, std::uint32_t) -> Result<TryOutcome> { return fail(ErrorCode::kIo, "gone"); }));
}

}  // namespace
}  // namespace brushwatch::evaluate
