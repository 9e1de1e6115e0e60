#include "alliance/discovery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "alliance/subject_row.h"

namespace brushwatch {
namespace {

const EventTime kWeek = week_of(*parse_time("2026-11-11T12:00:00+08:00"));

TEST(Discovery, CountsEvidenceInStepsRoundedDownAgainstTheAlert) {
  EXPECT_EQ(evidence_place(-1), 1) << "innocence is no place of its own, but the alert is one of the week's";
  EXPECT_EQ(evidence_place(49), 1);
  EXPECT_EQ(evidence_place(50), 2);
  EXPECT_EQ(evidence_place(1'000'000), 1 + kEvidenceSteps);
  EXPECT_TRUE(reaches(8'049, 8'000));
  EXPECT_FALSE(reaches(8'049, 8'001)) << "as it is counted: 8.000";
}

TEST(Discovery, TheBarFallsAsMoreAlertsReachIt) {
  const DiscoveryRules rules;  // α = 5 %, N = 2,000
  EXPECT_EQ(bar_milli(rules, 0), 10'597) << "ln(2000 / 0.05) = 10.5966…, rounded up";
  EXPECT_EQ(bar_milli(rules, 1), bar_milli(rules, 0));
  EXPECT_EQ(bar_milli(rules, 14), 7'958) << "ln(2000 / (0.05 × 14)) = 7.9576…";
  EXPECT_EQ(bar_milli({true, 1'000, 1}, 5), 0) << "never below nothing";

  DiscoveryBook book;
  for (int i = 0; i < 13; ++i) book.move(kWeek, 0, evidence_place(8'000));
  EXPECT_EQ(book.bar(kWeek, rules), (WeekBar{13, 0, 10'597})) << "thirteen at 8 nats are too few";
  book.move(kWeek, 0, evidence_place(8'000));
  EXPECT_EQ(book.bar(kWeek, rules), (WeekBar{14, 14, 7'958})) << "the fourteenth takes all with it";
  book.move(kWeek, 0, evidence_place(4'000));
  EXPECT_EQ(book.bar(kWeek, rules), (WeekBar{15, 14, 7'958})) << "a suspicion stays a candidate";
  book.move(kWeek, evidence_place(8'000), 0);
  EXPECT_EQ(book.bar(kWeek, rules), (WeekBar{14, 0, 10'597})) << "one withdrawn: what stands now is what counts";
  EXPECT_EQ(book.bar(kWeek + kWeekMs, rules).alerts, 0U) << "each week for itself";
}

/// k* as its definition says it, over all k.
std::uint64_t plain_e_bh(const std::vector<std::int64_t>& evidence, const DiscoveryRules& rules) {
  std::uint64_t best = 0;
  for (std::uint64_t k = 1; k <= evidence.size(); ++k) {
    const auto reach = static_cast<std::uint64_t>(std::count_if(evidence.begin(), evidence.end(), [&](std::int64_t e) { return reaches(e, bar_milli(rules, k)); }));
    if (reach >= k) best = reach;
  }
  return best;
}

TEST(Discovery, IsEBenjaminiHochbergWhateverTheOrderAndTheMovesBetween) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const DiscoveryRules rules{true, 50 + static_cast<std::int64_t>(seed % 3) * 75, 300};
    std::vector<std::int64_t> evidence;
    for (std::uint32_t i = 0; i < 5 + seed % 40; ++i) evidence.push_back(static_cast<std::int64_t>(random() % 12'000));
    DiscoveryBook straight, shuffled;
    for (const std::int64_t e : evidence) straight.move(kWeek, 0, evidence_place(e));
    std::vector<std::int64_t> order = evidence;
    std::shuffle(order.begin(), order.end(), random);
    for (const std::int64_t e : order) {  // each comes low, strengthens, and one in two is read back in between
      shuffled.move(kWeek, 0, evidence_place(e / 2));
      if (random() % 2 == 0) {
        DiscoveryBook restored;
        ASSERT_TRUE(restored.read(shuffled.write()));
        shuffled = restored;
      }
      shuffled.move(kWeek, evidence_place(e / 2), evidence_place(e));
    }
    EXPECT_EQ(straight.bar(kWeek, rules), shuffled.bar(kWeek, rules)) << seed;
    EXPECT_EQ(straight.bar(kWeek, rules).discoveries, plain_e_bh(evidence, rules)) << seed;
    EXPECT_EQ(straight.write(), shuffled.write()) << "the same counts, the same bytes; seed " << seed;
  }
}

TEST(Discovery, TellsAWeekOnlyWhenItsBarOrCountsHaveChanged) {
  const DiscoveryRules rules;
  DiscoveryBook book;
  EXPECT_FALSE(book.tell(kWeek, {})) << "a week without an alert has no bar";
  book.move(kWeek, 0, evidence_place(8'000));
  EXPECT_TRUE(book.tell(kWeek, book.bar(kWeek, rules)));
  EXPECT_FALSE(book.tell(kWeek, book.bar(kWeek, rules)));
  DiscoveryBook restored;
  ASSERT_TRUE(restored.read(book.write()));
  EXPECT_FALSE(restored.tell(kWeek, restored.bar(kWeek, rules))) << "a restart repeats no line";
  EXPECT_TRUE(restored.tell(kWeek, restored.bar(kWeek, {true, 100, 2'000}))) << "a rule that moves the bar is told";
}

TEST(Discovery, ForgetsOldWeeksAndRefusesForeignBytes) {
  const DiscoveryRules rules;
  DiscoveryBook book;
  for (int week = 0; week < 9; ++week) {
    for (std::size_t step = 0; step <= static_cast<std::size_t>(kEvidenceSteps); ++step) book.move(kWeek + week * kWeekMs, 0, static_cast<std::uint16_t>(1 + step));
  }
  EXPECT_LE(book.write().size(), 7'000U) << "five weeks, every place taken";
  EXPECT_EQ(book.bar(kWeek + 3 * kWeekMs, rules).alerts, 0U);
  EXPECT_EQ(book.bar(kWeek + 4 * kWeekMs, rules).alerts, static_cast<std::uint64_t>(kEvidenceSteps) + 1);
  book.move(kWeek, 0, 7);
  EXPECT_EQ(book.bar(kWeek, rules).alerts, 0U) << "older than all that are kept";
  book.move(kWeek + 8 * kWeekMs, 0, 0);
  const std::string bytes = book.write();
  DiscoveryBook other;
  for (std::size_t n = 0; n < bytes.size(); n += 97) EXPECT_FALSE(other.read(std::string_view(bytes).substr(0, n))) << n;
  EXPECT_FALSE(other.read("\x02" + bytes.substr(1))) << "a later version";
  EXPECT_TRUE(other.read(bytes));
}

/// Worlds of 400 subjects, 12 guilty. An e-value is exp(sZ − s²/2), whose mean is 1 for an honest one; a part `shared` of Z is the same for
/// all (one artefact that many shops show). The guilty have mean 9 nats. The share of false ones among what `passes`, mean over worlds.
template <class Passes>
double false_share(double shared, std::uint32_t worlds, Passes passes) {
  constexpr int kSubjects = 400, kGuilty = 12;
  constexpr double kSpread = 2.5;
  std::mt19937_64 random(20'26);
  std::normal_distribution<double> normal;
  double sum = 0;
  for (std::uint32_t w = 0; w < worlds; ++w) {
    const double common = normal(random);
    std::vector<std::int64_t> evidence;
    for (int i = 0; i < kSubjects; ++i) {
      const double z = std::sqrt(shared) * common + std::sqrt(1 - shared) * normal(random);
      const double honest = kSpread * z - kSpread * kSpread / 2;
      evidence.push_back(static_cast<std::int64_t>(std::floor(1000 * (i < kGuilty ? 9 + z : honest))));
    }
    int all = 0, wrong = 0;
    const std::int64_t bar = passes(evidence);
    for (int i = 0; i < kSubjects; ++i) {
      if (!reaches(evidence[static_cast<std::size_t>(i)], bar)) continue;
      ++all;
      wrong += i >= kGuilty ? 1 : 0;
    }
    if (all > 0) sum += static_cast<double>(wrong) / all;
  }
  return sum / worlds;
}

TEST(Discovery, HoldsTheShareOfFalseDiscoveriesWhereAFixedThresholdDoesNot) {
  const auto controlled = [](std::int64_t alpha_permille) {
    return [alpha_permille](const std::vector<std::int64_t>& evidence) {
      DiscoveryBook book;
      for (const std::int64_t e : evidence) book.move(kWeek, 0, evidence_place(e));
      return book.bar(kWeek, {true, alpha_permille, 400}).bar_milli;
    };
  };
  const auto posterior_of_a_half = [](const std::vector<std::int64_t>&) { return std::int64_t{3'178}; };
  for (const double shared : {0.0, 0.5, 0.95}) {
    EXPECT_LE(false_share(shared, 2'000, controlled(50)), 0.05) << shared;
    EXPECT_LE(false_share(shared, 2'000, controlled(200)), 0.20) << shared;
  }
  EXPECT_GT(false_share(0, 2'000, posterior_of_a_half), 0.05) << "else these worlds would be no test";
}

TEST(Discovery, HoldsItAlsoWhereTheHonestConspire) {
  // The worst that e-values of mean 1 can do among N = 100 without one guilty: with probability 1 / 2 … all that they may, together.
  constexpr int kSubjects = 100;
  const DiscoveryRules rules{true, 100, kSubjects};
  std::mt19937_64 random(7);
  int worlds_with_a_discovery = 0;
  constexpr int kWorlds = 20'000;
  for (int w = 0; w < kWorlds; ++w) {
    // k subjects at e = N / (α k), each with probability 1 / e of being one of them: k blocks of N / k, one block at a time.
    const int k = 10;
    const double e = kSubjects / (0.1 * k);
    DiscoveryBook book;
    const bool hit = std::uniform_real_distribution<double>()(random) < kSubjects / static_cast<double>(k) / e;
    // A step above, as evidence is rounded down.
    for (int i = 0; i < (hit ? k : 0); ++i) book.move(kWeek, 0, evidence_place(static_cast<std::int64_t>(1000 * std::log(e)) + kEvidenceStepMilli));
    worlds_with_a_discovery += book.bar(kWeek, rules).discoveries > 0 ? 1 : 0;
  }
  const double share = worlds_with_a_discovery / static_cast<double>(kWorlds);
  EXPECT_LE(share, 0.1 + 3 * std::sqrt(0.1 * 0.9 / kWorlds)) << "of these worlds every discovery is false";
  EXPECT_GE(share, 0.1 - 3 * std::sqrt(0.1 * 0.9 / kWorlds)) << "the bound is sharp: a bar any lower would break it";
}

}  // namespace
}  // namespace brushwatch
