#include "alliance/fusion.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "alliance/discovery.h"
#include "engine/event/wire.h"
#include "tests/support/seeds.h"
#include "tests/unit/alliance/subject_harness.h"

namespace brushwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using test::finding;
using test::graph;
using test::kMonday;
using test::orders;
using test::parcels;
using test::retraction;
using test::Subject;
using test::victim;

TEST(Fusion, OpensAnAlertWhenASecondFamilySpeaks) {
  Subject s;
  EXPECT_THAT(s.give(orders(4000)), IsEmpty());
  EXPECT_THAT(s.give(parcels(3000)), ElementsAre("alert"));
  const auto a = s.line();
  EXPECT_STREQ(a["pattern"].GetString(), "fake_trade");
  EXPECT_STREQ(a["severity"].GetString(), "urgent");  // −3178 + 4000 + 3000 = 3822 → 979 ‰
  EXPECT_EQ(a["posterior_permille"].GetInt(), 979);
  EXPECT_EQ(a["score"]["total_milli"].GetInt(), 3822);
  EXPECT_STREQ(a["subject"]["id"].GetString(), "taobao:S-9");
  EXPECT_STREQ(a["window"]["start"].GetString(), "2026-11-09T00:00:00.000+08:00");
  EXPECT_STREQ(a["window"]["end"].GetString(), "2026-11-16T00:00:00.000+08:00");
  EXPECT_STREQ(a["caused_by"]["source"].GetString(), "orders.ndjson");
  EXPECT_EQ(a["caused_by"]["offset"].GetInt(), 4711);
  EXPECT_STREQ(a["reasons"][0]["en"].GetString(), "87 orders in 10 minutes, baseline 3");
  EXPECT_STREQ(a["reasons"][0]["zh"].GetString(), "10分钟内87单,基线3");
  EXPECT_STREQ(a["reasons"][1]["name"].GetString(), "weight_fraud");
  ASSERT_EQ(a["reasons"][0]["evidence"].Size(), 2U) << "sorted and unique";
  EXPECT_STREQ(a["reasons"][0]["evidence"][0]["source"].GetString(), "orders.ndjson");
  EXPECT_STREQ(a["reasons"][0]["evidence"][1]["source"].GetString(), "scans.ndjson");
}

TEST(Fusion, NeverAccusesByOneFamilyHoweverLoud) {
  Subject s;
  for (std::uint64_t item = 0; item < 200; ++item) {
    EXPECT_THAT(s.give(finding(1, Family::kOrder, 1'000'000, 0, Direction::kPromote, item)), IsEmpty());
    EXPECT_THAT(s.give(finding(4, Family::kOrder, 1'000'000, 0, Direction::kPromote, item)), IsEmpty());
  }
}

TEST(Fusion, TellsASuspicionOfAFewDetectorsAsANoticeAndNoMore) {
  Subject s;
  const auto views = [](std::int64_t llr, int week = 0) { return finding(24, Family::kTraffic, llr, week); };
  EXPECT_THAT(s.give(views(3900)), IsEmpty()) << "only the strongest evidence may stand alone";
  EXPECT_THAT(s.give(views(1'000'000)), ElementsAre("alert"));
  EXPECT_STREQ(s.line()["severity"].GetString(), "notice");
  EXPECT_EQ(s.line()["posterior_permille"].GetInt(), 695) << "the cap holds: −3178 + 4000";
  EXPECT_THAT(s.give(views(1'000'000, 1)), IsEmpty()) << "another week of it is no news";
  EXPECT_THAT(s.give(parcels(1000)), ElementsAre("alert_update"));
  EXPECT_STREQ(s.line()["severity"].GetString(), "alert") << "a second family accuses";
  s.give(retraction(parcels(1000)));
  EXPECT_STREQ(s.line()["severity"].GetString(), "notice");
  s.give(retraction(views(1'000'000, 1)));
  s.give(retraction(views(1'000'000)));
  EXPECT_STREQ(s.line()["withdrawn_reason"].GetString(), "evidence_retracted");
}

TEST(Fusion, TellsTheAccusationAfterASuspicion) {
  Subject s;
  EXPECT_THAT(s.give(finding(24, Family::kTraffic, 6000, 0)), ElementsAre("alert"));
  // Of the second week itself there is one family; pooled with the views of the first there are two.
  EXPECT_THAT(s.give(finding(16, Family::kParcel, 4000, 1)), ElementsAre("alert"));
  EXPECT_STREQ(s.line()["severity"].GetString(), "urgent");
}

TEST(Fusion, SuspectsNobodyButShopsAndNoVictim) {
  Subject s;
  EXPECT_THAT(s.give(finding(24, Family::kTraffic, 9000)), ElementsAre("alert"));
  EXPECT_THAT(s.give(victim(4000)), ::testing::UnorderedElementsAre("alert_withdrawn", "alert")) << "views bought by the same rival";
  EXPECT_THAT(s.give(finding(24, Family::kTraffic, 9000, 0, Direction::kDemote)), IsEmpty());
}

TEST(Fusion, LetsPopularityExplainOrdersPraiseAndNeighbours) {
  Subject s;
  EXPECT_THAT(s.give(orders(12'000)), IsEmpty());
  EXPECT_THAT(s.give(graph(4000)), IsEmpty()) << "a coupon brings both";
  EXPECT_THAT(s.give(finding(29, Family::kOrder, 2000)), ElementsAre("alert")) << "haste to confirm is no popularity";
  EXPECT_EQ(s.line()["score"]["total_milli"].GetInt(), -3178 + 4000 + 2000) << "the burst itself stays out";
  s.give(parcels(3000));
  EXPECT_EQ(s.line()["score"]["total_milli"].GetInt(), -3178 + 4000 + 4000 + 3000) << "empty bags are no popularity: now it counts";
}

TEST(Fusion, CapsAFamily) {
  Subject s;
  s.give(orders(1'000'000));
  EXPECT_THAT(s.give(parcels(600)), ElementsAre("alert"));
  EXPECT_EQ(s.line()["score"]["total_milli"].GetInt(), -3178 + 4000 + 600);
  EXPECT_EQ(s.line()["reasons"][0]["llr_milli"].GetInt(), 1'000'000) << "the reason shows what the detector said";
}

TEST(Fusion, LetsAWhisperNeitherCountNorAdd) {
  Subject s;
  s.give(orders(4000));
  EXPECT_THAT(s.give(parcels(499)), IsEmpty());
  EXPECT_THAT(s.give(graph(-2000)), IsEmpty());
  EXPECT_THAT(s.give(parcels(1100)), IsEmpty()) << "evidence of innocence is added: 4000 + 1100 − 2000 − 3178 < 0";
  EXPECT_THAT(s.give(parcels(3000)), ElementsAre("alert"));
  EXPECT_EQ(s.line()["score"]["families"].Size(), 3U);
}

TEST(Fusion, UpdatesWhenFamiliesSeverityOrPosteriorChange) {
  Subject s;
  s.give(orders(2000));
  EXPECT_THAT(s.give(parcels(2000)), ElementsAre("alert"));  // 822 → 695 ‰
  EXPECT_THAT(s.give(parcels(2010)), IsEmpty()) << "a trembling posterior has changed no decision";
  EXPECT_THAT(s.give(parcels(2600)), ElementsAre("alert_update"));  // 1422 → 806 ‰
  EXPECT_THAT(s.give(graph(600)), ElementsAre("alert_update")) << "a third family";
  EXPECT_THAT(s.give(parcels(4000)), ElementsAre("alert_update"));
  EXPECT_STREQ(s.line()["severity"].GetString(), "urgent");
  EXPECT_EQ(s.line()["version"].GetInt(), 4);
  EXPECT_THAT(s.standing(), ::testing::SizeIs(1));
}

TEST(Fusion, TellsAfterAQuietDayWhatWasNotWorthALine) {
  Subject s;
  s.give(orders(2000));
  s.give(parcels(2000), 3 * kDayMs);
  s.give(parcels(2010), 3 * kDayMs + kHourMs);
  EXPECT_EQ(s.ctx.wake, kMonday + 4 * kDayMs + kHourMs);
  EXPECT_THAT(s.timer(kMonday + 4 * kDayMs + kHourMs), ElementsAre("alert_update"));
  EXPECT_EQ(s.line()["reasons"][0]["llr_milli"].GetInt(), 2010);
  EXPECT_TRUE(s.line()["caused_by"].IsNull()) << "time caused it";
  EXPECT_THAT(s.timer(kMonday + 6 * kDayMs), IsEmpty());
}

TEST(Fusion, SaysNothingTwiceForTheSameFinding) {
  Subject s;
  s.give(orders(2000));
  s.give(parcels(2000));
  const std::string before = s.tail;
  EXPECT_THAT(s.give(parcels(2000)), IsEmpty());
  EXPECT_FALSE(s.ctx.changed);
  EXPECT_EQ(s.tail, before);
}

TEST(Fusion, WithdrawsWhenEvidenceIsRetracted) {
  Subject s;
  s.give(orders(4000));
  s.give(parcels(4000));
  s.give(graph(1000));
  EXPECT_THAT(s.give(retraction(graph(1000))), ElementsAre("alert_update"));
  EXPECT_THAT(s.give(retraction(parcels(4000))), ElementsAre("alert_withdrawn"));
  EXPECT_STREQ(s.line()["withdrawn_reason"].GetString(), "evidence_retracted");
  EXPECT_STREQ(s.line()["severity"].GetString(), "notice");
  EXPECT_EQ(s.line()["score"]["families"].Size(), 1U);
  EXPECT_THAT(s.give(parcels(4000)), ElementsAre("alert")) << "it may open again, under the same id";
  EXPECT_EQ(s.line()["version"].GetInt(), 5);
  EXPECT_THAT(s.standing(), ::testing::SizeIs(1));
}

TEST(Fusion, KeepsATremblingAlertForADayAsANotice) {
  Subject s;
  s.give(orders(2000));
  s.give(parcels(1500));                                              // 322 → 580 ‰
  EXPECT_THAT(s.give(parcels(1000)), ElementsAre("alert_update"));    // −178 → 456 ‰, above 300
  EXPECT_STREQ(s.line()["severity"].GetString(), "notice");
  EXPECT_THAT(s.give(parcels(1500)), ElementsAre("alert_update"));
  EXPECT_STREQ(s.line()["severity"].GetString(), "alert");
  s.give(parcels(1000));
  EXPECT_THAT(s.timer(kMonday + 4 * kDayMs - 1), IsEmpty());
  EXPECT_THAT(s.timer(kMonday + 4 * kDayMs), ElementsAre("alert_withdrawn"));
  EXPECT_STREQ(s.line()["withdrawn_reason"].GetString(), "below_threshold");
}

TEST(Fusion, IsNotKeptFromWithdrawingByOtherFindings) {
  Subject s;
  s.give(orders(2000));
  s.give(parcels(1500));
  s.give(parcels(1000));
  const EventTime due = s.ctx.wake;
  for (std::uint64_t item = 1; item < 20; ++item) {
    s.give(finding(1, Family::kOrder, 100, 0, Direction::kPromote, item),
           3 * kDayMs + static_cast<std::int64_t>(item) * kHourMs);
  }
  EXPECT_EQ(s.ctx.wake, due);
}

TEST(Fusion, WithdrawsAtOnceBelowTheLowerThreshold) {
  Subject s;
  s.give(orders(2000));
  s.give(parcels(1500));
  EXPECT_THAT(s.give(orders(600)), ElementsAre("alert_withdrawn"));  // −1078 → 254 ‰
}

TEST(Fusion, PoolsTheWeekBeforeButNeedsSomethingOfItsOwn) {
  Subject s;
  EXPECT_THAT(s.give(orders(3000, 0)), IsEmpty());
  EXPECT_THAT(s.give(parcels(3000, 1)), ElementsAre("alert")) << "one attack across Sunday night";
  EXPECT_STREQ(s.line()["window"]["start"].GetString(), "2026-11-16T00:00:00.000+08:00");
  EXPECT_THAT(s.give(graph(3000, 3)), IsEmpty()) << "two weeks later is too far";
}

TEST(Fusion, MergesALongAttackIntoOneAlertUnlessAWeekMakesItsOwnCase) {
  Subject s;
  s.give(orders(3000, 0));
  s.give(parcels(3000, 0));
  EXPECT_THAT(s.give(orders(3000, 1)), IsEmpty()) << "continuation";
  EXPECT_THAT(s.give(parcels(3000, 1)), ElementsAre("alert"));
  EXPECT_THAT(s.standing(), ::testing::SizeIs(2));
}

TEST(Fusion, WithdrawsAnAlertThatTurnsOutToContinueAnEarlierOne) {
  Subject s;
  s.give(orders(3000, 0));
  s.give(parcels(3000, 1));
  EXPECT_THAT(s.give(finding(9, Family::kTraffic, 3000, 0)), ElementsAre("alert", "alert_withdrawn"));
  EXPECT_STREQ(s.line()["withdrawn_reason"].GetString(), "continues_previous_week");
  EXPECT_THAT(s.standing(), ::testing::SizeIs(1));
}

TEST(Fusion, NamesAVictimByOneFamilyAndAccusesNobody) {
  Subject s;
  EXPECT_THAT(s.give(victim(2999)), IsEmpty());
  EXPECT_THAT(s.give(victim(3000)), ElementsAre("alert"));
  const auto a = s.line();
  EXPECT_STREQ(a["pattern"].GetString(), "reverse_brushing_victim");
  EXPECT_STREQ(a["severity"].GetString(), "notice");
  EXPECT_EQ(a["suppresses"].Size(), 0U);
}

TEST(Fusion, HoldsBackTheAccusationOfAVictim) {
  Subject s;
  s.give(victim(5000));
  s.give(orders(4000));
  EXPECT_THAT(s.give(parcels(4000)), ElementsAre("alert_update")) << "the victim's alert lists what it holds back";
  EXPECT_STREQ(s.line()["pattern"].GetString(), "reverse_brushing_victim");
  ASSERT_EQ(s.line()["suppresses"].Size(), 1U);
  EXPECT_EQ(s.line()["suppresses"][0].GetString(),
            alert_id(SubjectKind::kShop, "taobao:S-9", Direction::kPromote, kMonday));
  s.give(orders(4000, 1));
  s.give(parcels(4000, 1));
  EXPECT_EQ(s.line()["suppresses"].Size(), 2U) << "and the week after";
  for (const auto& [id, a] : s.standing()) EXPECT_EQ(a.pattern, "reverse_brushing_victim");
  EXPECT_THAT(s.give(orders(4000, 2)), IsEmpty()) << "what was done to the victim must not be pooled against it";
  EXPECT_THAT(s.give(parcels(4000, 2)), ElementsAre("alert")) << "being a victim once is no licence";
}

TEST(Fusion, WithdrawsAnAccusationWhenTheSubjectTurnsOutAVictim) {
  Subject s;
  s.give(orders(4000));
  s.give(parcels(4000));
  EXPECT_THAT(s.give(victim(4000)), ElementsAre("alert_withdrawn", "alert"));
  EXPECT_STREQ(s.line(-2)["withdrawn_reason"].GetString(), "victim_of_reverse_brushing");
  EXPECT_EQ(s.line()["suppresses"].Size(), 1U);
  EXPECT_THAT(s.give(retraction(victim(4000))), ElementsAre("alert", "alert_withdrawn"));
}

TEST(Fusion, KeepsDirectionsApart) {
  Subject s;
  s.give(orders(4000));
  EXPECT_THAT(s.give(finding(15, Family::kReview, 4000, 0, Direction::kDemote)), IsEmpty());
  EXPECT_THAT(s.give(finding(26, Family::kComplaint, 4000, 0, Direction::kDemote)), ElementsAre("alert"));
  EXPECT_STREQ(s.line()["pattern"].GetString(), "malicious_review");
}

TEST(Fusion, CallsALogisticsSubjectComplicit) {
  for (const SubjectKind kind : {SubjectKind::kOutlet, SubjectKind::kCourier}) {
    Subject s(kind);
    s.give(parcels(4000));
    EXPECT_THAT(s.give(graph(4000)), ElementsAre("alert"));
    EXPECT_STREQ(s.line()["pattern"].GetString(), "complicit_logistics");
    EXPECT_THAT(s.give(victim(9000)), IsEmpty());
  }
}

TEST(Fusion, ObeysARuleThatChanges) {
  Subject s;
  const std::uint64_t digest = s.rules.digest();
  ASSERT_TRUE(s.rules.set("fusion.min_families", 3));
  s.give(orders(4000));
  EXPECT_THAT(s.give(parcels(4000)), IsEmpty());
  EXPECT_THAT(s.give(graph(600)), ElementsAre("alert"));
  EXPECT_NE(std::string(s.line()["rules"].GetString()), fmt::format("{:016x}", digest));
}

TEST(Fusion, GivesEveryParameterAReason) {
  for (const ParamInfo& p : FusionStage::params()) {
    EXPECT_FALSE(p.reason.empty()) << p.name;
    EXPECT_FALSE(p.unit.empty()) << p.name;
  }
}

TEST(Fusion, BoundsTheRowAndKeepsTheSecondFamily) {
  Subject s;
  s.give(parcels(900));
  FindingEvent big = finding(1, Family::kOrder, 0);
  for (std::uint64_t i = 0; i < kEvidenceMax; ++i) big.evidence.push_back(EvidenceRef::of(3, i * 1'000'000'007));
  for (std::uint64_t item = 0; item < 1000; ++item) {
    big.scope = mix64(item);
    big.llr_milli = 2000 + static_cast<std::int64_t>(item);
    s.give(big);
  }
  SubjectRow row;
  ASSERT_TRUE(row.read(s.tail));
  EXPECT_EQ(row.findings().size(), kHeldMax);
  EXPECT_EQ(row.dropped(), 1001 - kHeldMax);
  EXPECT_LT(s.tail.size(), 40U * 1024);
  const auto a = s.line();
  EXPECT_EQ(a["score"]["families"].Size(), 2U) << "sixty-four loud orders must not push the parcels out";
  EXPECT_EQ(a["reasons"].Size(), kReasonsMax);
  EXPECT_EQ(a["reasons_total"].GetUint(), kHeldMax);
  EXPECT_EQ(a["reasons"][0]["evidence"].Size(), kEvidenceKept);
}

TEST(Fusion, ForgetsAWeekAMonthLater) {
  Subject s;
  s.give(orders(4000));
  s.give(parcels(4000));
  EXPECT_EQ(s.ctx.wake, kMonday + 4 * kWeekMs);
  EXPECT_THAT(s.timer(kMonday + 4 * kWeekMs - 1), IsEmpty());
  EXPECT_TRUE(s.alive);
  EXPECT_THAT(s.timer(kMonday + 4 * kWeekMs), IsEmpty()) << "expired evidence is no retraction";
  EXPECT_FALSE(s.alive);
  EXPECT_TRUE(s.tail.empty());
}

TEST(Fusion, StillComparesWithAWeekThatIsJudgedNoMore) {
  Subject s;
  s.give(orders(4000, 0));
  s.give(parcels(4000, 0));
  s.give(orders(5000, 1));
  s.timer(kMonday + 3 * kWeekMs);  // week 0 is frozen, week 1 is not
  EXPECT_THAT(s.give(graph(4000, 1)), ElementsAre("alert")) << "two families of its own";
  EXPECT_THAT(s.give(retraction(graph(4000, 1))), ElementsAre("alert_withdrawn"));
  EXPECT_STREQ(s.line()["withdrawn_reason"].GetString(), "continues_previous_week");
}

TEST(Fusion, SendsAFindingForAnExpiredWeekToTheLateOutput) {
  Subject s;
  s.give(orders(4000, 0));
  s.give(orders(4000, 4));
  s.timer(kMonday + 4 * kWeekMs);
  EXPECT_THAT(s.give(parcels(4000, 0)), ElementsAre("late"));
  EXPECT_EQ(s.outbox.lines().back().output, Output::kLate);
}

TEST(Fusion, KeepsTheFinalStateWhenTheInputEnds) {
  Subject s;
  s.give(orders(2000));
  s.give(parcels(1500));
  s.give(parcels(1000));
  EXPECT_THAT(s.timer(EventTime::max()), ElementsAre("alert_withdrawn"));
  EXPECT_TRUE(s.alive);
  EXPECT_EQ(s.ctx.wake, EventTime::max()) << "nothing more to wait for";
  EXPECT_THAT(s.give(parcels(1500)), ElementsAre("alert")) << "what the last round still brings is judged";
  EXPECT_THAT(s.give(parcels(1000)), ElementsAre("alert_withdrawn")) << "there is no day left to wait";
}

TEST(Fusion, IgnoresARetractionOfWhatWasNeverSaid) {
  Subject s;
  EXPECT_THAT(s.give(retraction(orders(4000))), IsEmpty());
  EXPECT_TRUE(s.tail.empty());
  EXPECT_FALSE(s.ctx.changed);
}

/// Random findings with replacements and retractions over four weeks, all families and directions.
std::vector<FindingEvent> random_findings(std::mt19937_64& random, std::size_t n) {
  std::vector<FindingEvent> out;
  for (std::size_t i = 0; i < n; ++i) {
    const auto pick = [&](int k) { return static_cast<int>(random() % static_cast<unsigned>(k)); };
    const auto family = static_cast<Family>(pick(kFamilies));
    const auto direction = static_cast<Direction>(pick(8) == 0 ? 2 : pick(4) == 0 ? 1 : 0);
    FindingEvent f = finding(static_cast<std::uint16_t>(1 + static_cast<int>(family)), family, pick(3500) - 300,
                             pick(4), direction, static_cast<std::uint64_t>(pick(2)));
    f.retracted = pick(5) == 0;
    f.count = static_cast<std::uint32_t>(pick(1000));
    out.push_back(f);
  }
  return out;
}

TEST(Fusion, EndsTheSameWhateverTheOrderOfArrival) {
  test::for_each_seed(100, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::vector<FindingEvent> findings = random_findings(random, 60);
    const auto run = [](const std::vector<FindingEvent>& order) {
      Subject s;
      std::int64_t at = 0;
      for (const FindingEvent& f : order) s.give(f, at += kHourMs);
      s.timer(EventTime::max());
      return s.standing();
    };
    const auto expected = run(findings);
    for (int shuffle = 0; shuffle < 5; ++shuffle) {
      // One detector tells the versions of one finding in order; everything else may be interleaved.
      std::map<HeldFinding::Identity, std::vector<FindingEvent>> queues;
      const auto identity = [](const FindingEvent& f) {
        return HeldFinding::Identity{f.direction, f.detector, f.window_start, f.scope};
      };
      for (const FindingEvent& f : findings) queues[identity(f)].push_back(f);
      std::vector<FindingEvent> order = findings;
      std::shuffle(order.begin(), order.end(), random);
      for (FindingEvent& f : order) {
        auto& queue = queues[identity(f)];
        f = queue.front();
        queue.erase(queue.begin());
      }
      EXPECT_EQ(run(order), expected);
    }
  });
}

TEST(Fusion, EndsTheSameWhenTimePassesInBetween) {
  test::for_each_seed(100, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::vector<FindingEvent> findings = random_findings(random, 60);
    const auto run = [&](bool with_time) {
      Subject s;
      std::int64_t at = 0;
      for (const FindingEvent& f : findings) {
        s.give(f, at += 6 * kHourMs);
        if (with_time && s.ctx.wake <= kMonday + at) s.timer(kMonday + at);
      }
      s.timer(EventTime::max());
      return s.standing();
    };
    EXPECT_EQ(run(true), run(false));
  });
}

TEST(Fusion, ContinuesFromARestoredRowAsIfNothingHadHappened) {
  test::for_each_seed(50, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const std::vector<FindingEvent> findings = random_findings(random, 40);
    Subject straight, first;
    for (const FindingEvent& f : findings) straight.give(f);
    for (std::size_t i = 0; i < 20; ++i) first.give(findings[i]);
    Subject second;
    second.tail = first.tail;
    for (std::size_t i = 20; i < 40; ++i) second.give(findings[i]);
    EXPECT_EQ(second.tail, straight.tail);
  });
}

TEST(Fusion, KeepsAllAlertsRightWhenTheRowIsFull) {
  // Judgement reads the best of each (direction, week, family) only, and those are kept: order does not matter beyond
  // the bound either, as long as nothing is retracted.
  test::for_each_seed(50, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<FindingEvent> findings;
    for (std::uint64_t i = 0; i < 300; ++i) {
      const auto family = static_cast<Family>(random() % kFamilies);
      findings.push_back(finding(1, family, static_cast<std::int64_t>(random() % 3000), static_cast<int>(random() % 3),
                                 Direction::kPromote, i));
    }
    const auto run = [](const std::vector<FindingEvent>& order) {
      Subject s;
      for (const FindingEvent& f : order) s.give(f);
      s.timer(EventTime::max());
      std::map<std::string, std::pair<std::string, int>> out;
      for (const auto& [id, a] : s.standing()) out[id] = {a.severity, a.posterior};
      return out;
    };
    const auto expected = run(findings);
    std::shuffle(findings.begin(), findings.end(), random);
    EXPECT_EQ(run(findings), expected);
  });
}

/// (before, now) of every accusation that was sent to the discovery control.
std::vector<std::pair<int, int>> counted(const Subject& s) {
  std::vector<std::pair<int, int>> out;
  std::string_view rest = s.outbox.records(Stage::kAlliance);
  Event event;
  for (const std::uint64_t key : s.outbox.keys(Stage::kAlliance)) {
    rest.remove_prefix(sizeof key);
    EXPECT_TRUE(decode(rest, event));
    const auto moved = counted_move(event);
    EXPECT_EQ(moved.has_value(), key == discovery_key());
    if (moved) out.emplace_back(moved->from, moved->to);
  }
  return out;
}

TEST(Fusion, SendsTheControlWhatAnAccusationCountsBeforeAndNow) {
  Subject s;
  s.give(orders(3000));
  s.give(parcels(2000));
  s.give(parcels(4000));
  s.give(retraction(orders(3000)));
  const int five = evidence_place(5000), seven = evidence_place(7000);
  EXPECT_THAT(counted(s), ElementsAre(std::pair(0, five), std::pair(five, seven), std::pair(seven, 0)));

  Subject named;
  named.give(victim(4000));
  ASSERT_EQ(named.line()["pattern"], "reverse_brushing_victim");
  EXPECT_THAT(counted(named), IsEmpty()) << "a victim's verdict accuses nobody";
}

}  // namespace
}  // namespace brushwatch
