#include "alliance/archive/archive.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace brushwatch {
namespace {

Item item(ItemKind kind, const char* code, const char* day, std::int64_t value = 0, const char* id = "x") {
  Item i;
  i.kind = kind;
  i.code = code;
  i.id = id;
  i.value_milli = value;
  i.at = start_of(*parse_date(day));
  return i;
}
Date on(const char* day) { return *parse_date(day); }
std::int64_t points(const Score& score, std::string_view term) {
  for (const ScoreTerm& t : score.terms) if (t.name == term) return t.points;
  return 0;
}

TEST(Archive, TheScoreIsTheSumOfItsTerms) {
  Archive a;
  a.add(item(ItemKind::kCommitment, "no_brushing", "2025-01-10"));
  a.add(item(ItemKind::kCommitment, "real_parcels", "2025-01-10"));
  a.add(item(ItemKind::kBreach, "real_parcels", "2025-02-10"));
  a.add(item(ItemKind::kRating, "rating", "2025-02-11", 4600));
  a.add(item(ItemKind::kRating, "rating", "2025-02-12", 3800));
  for (int i = 0; i < 3; ++i) a.add(item(ItemKind::kComplaint, "empty_parcel", "2025-02-13"));
  const Score score = a.score_at(on("2025-02-14"));
  std::int64_t sum = 600;
  for (const ScoreTerm& t : score.terms) sum += t.points;
  EXPECT_EQ(score.value, sum);
  EXPECT_EQ(points(score, "commitments_kept"), 15) << "the broken one is not kept";
  EXPECT_EQ(points(score, "commitments_broken"), -60);
  EXPECT_EQ(points(score, "ratings"), 10) << "4.2 stars on average";
  EXPECT_EQ(points(score, "complaints"), -6);
}

TEST(Archive, NoHeapOfTheLesserMakesOneOfTheGreater) {
  Archive complaints, penalised;
  for (int i = 0; i < 10'000; ++i) complaints.add(item(ItemKind::kComplaint, "empty_parcel", "2025-02-13"));
  penalised.add(item(ItemKind::kPenalty, "FAKE_TRADE", "2025-02-13"));
  EXPECT_EQ(points(complaints.score_at(on("2025-02-14")), "complaints"), -80);
  EXPECT_GT(complaints.score_at(on("2025-02-14")).value, penalised.score_at(on("2025-02-14")).value);
}

TEST(Archive, AMachinesAlertAndAVictimsCaseWeighNothing) {
  Archive a;
  a.add(item(ItemKind::kAlert, "raised", "2025-02-13"));
  a.add(item(ItemKind::kCase, "victim", "2025-02-13"));
  EXPECT_EQ(a.score_at(on("2025-02-14")).value, 600);
  EXPECT_EQ(a.total, 2U) << "but they are on record";
}

TEST(Archive, WhatIsOldNoLongerCounts) {
  Archive a;
  a.add(item(ItemKind::kComplaint, "empty_parcel", "2023-02-13"));
  a.add(item(ItemKind::kCase, "confirmed", "2023-02-13"));
  EXPECT_EQ(a.score_at(on("2023-03-01")).value, 498);
  EXPECT_EQ(a.score_at(on("2024-03-01")).value, 500) << "a complaint counts a year";
  EXPECT_EQ(a.score_at(on("2026-03-01")).value, 600) << "a case three";
}

TEST(Archive, AListWeighsWhileItIsInForce) {
  Archive a;
  a.add(item(ItemKind::kList, "BLACK listed", "2025-02-13", 0, "L-1"));
  EXPECT_EQ(a.score_at(on("2025-02-12")).value, 600) << "the day before";
  EXPECT_EQ(a.score_at(on("2025-02-13")).value, 350);
  a.add(item(ItemKind::kList, "BLACK rectified", "2025-04-01", 0, "L-1"));
  EXPECT_EQ(a.score_at(on("2025-04-02")).value, 410);
  a.add(item(ItemKind::kList, "BLACK repaired", "2025-06-01", 0, "L-1"));
  EXPECT_EQ(a.score_at(on("2025-06-02")).value, 600);
  EXPECT_EQ(a.score_at(on("2025-05-02")).value, 410) << "as of a past day";
}

TEST(Archive, TheTrendComparesWithNinetyDaysBefore) {
  Archive a;
  a.add(item(ItemKind::kCommitment, "no_brushing", "2025-01-01"));
  EXPECT_EQ(a.score(on("2025-01-01")).change, 15);
  a.add(item(ItemKind::kCase, "confirmed", "2025-03-01"));
  const Score down = a.score(on("2025-03-01"));
  EXPECT_EQ(down.trend, Trend::kDown) << trend_zh(down.trend);
  EXPECT_EQ(a.score(on("2025-07-01")).trend, Trend::kSteady) << "ninety days later that is the usual";
  a.add(item(ItemKind::kList, "RED listed", "2025-08-01", 0, "L-2"));
  EXPECT_EQ(a.score(on("2025-08-01")).trend, Trend::kUp);
}

TEST(Archive, AReversedConfirmationIsTakenBack) {
  Archive a;
  a.add(item(ItemKind::kCase, "confirmed", "2025-03-01"));
  a.add(item(ItemKind::kCase, "cleared", "2025-04-01"));
  a.add(item(ItemKind::kCase, "reversed", "2025-04-01", start_of(*parse_date("2025-03-01")).ms));
  EXPECT_EQ(a.score_at(on("2025-04-02")).value, 600);
}

TEST(Archive, StaysBoundedWhateverComes) {
  Archive a;
  for (int month = 1; month <= 12; ++month) {
    for (int year = 2010; year < 2030; ++year) a.add(item(ItemKind::kComplaint, "other", fmt::format("{}-{:02}-01", year, month).c_str()));
  }
  for (int i = 0; i < 1000; ++i) {
    a.add(item(ItemKind::kCommitment, fmt::format("kind-{}", i).c_str(), "2025-01-01"));
    a.add(item(ItemKind::kList, "BLACK listed", "2025-01-01", 0, fmt::format("L-{}", i).c_str()));
    a.add(item(ItemKind::kList, "BLACK expired", "2025-01-02", 0, fmt::format("L-{}", i).c_str()));
  }
  EXPECT_LE(a.buckets.size(), 40U);
  EXPECT_LE(a.commitments.size(), kCommitmentsMax);
  EXPECT_LE(a.spans.size(), kSpansMax);
}

}  // namespace
}  // namespace brushwatch
