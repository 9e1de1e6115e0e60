#include "alliance/judgement.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brushwatch {
namespace {

TEST(Judgement, PosteriorIsTheLogistic) {
  EXPECT_EQ(posterior_permille(0), 500);
  EXPECT_EQ(posterior_permille(-3178), 40) << "the prior: 4 % of shops";
  EXPECT_EQ(posterior_permille(2944), 950);
  EXPECT_EQ(posterior_permille(1'000'000'000), 1000);
  EXPECT_EQ(posterior_permille(-1'000'000'000), 0);
  for (std::int64_t t = -8000; t < 8000; ++t) EXPECT_LE(posterior_permille(t), posterior_permille(t + 1));
}

TEST(Judgement, PosteriorKeepsAwayFromEveryRoundingBoundary) {
  // So that a math library that differs in its last bits gives the same permille.
  double nearest = 1;
  for (std::int64_t t = -30'000; t <= 30'000; ++t) {  // prior and six capped families reach no farther
    const double x = 1000.0 / (1.0 + std::exp(static_cast<double>(-t) / 1000.0));
    nearest = std::min(nearest, std::abs(x - std::floor(x) - 0.5));
  }
  EXPECT_GT(nearest, 1e-8);
}

TEST(Judgement, AWeekBeginsOnMondayInShanghai) {
  const auto at = [](std::string_view text) { return format_time(week_of(*parse_time(text))); };
  EXPECT_EQ(at("2026-11-15T23:59:59+08:00"), "2026-11-09T00:00:00.000+08:00");
  EXPECT_EQ(at("2026-11-15T16:00:00Z"), "2026-11-16T00:00:00.000+08:00");
}

TEST(SubjectRow, GivesBackWhatWasWritten) {
  SubjectRow row(SubjectKind::kCourier, "sf:C-17");
  FindingEvent f;
  f.detector = 21;
  f.version = 3;
  f.family = Family::kParcel;
  f.direction = Direction::kPromote;
  f.window_start = {-5};
  f.window_end = {1'762'000'000'123};
  f.scope = ~0ULL;
  f.llr_milli = INT64_MIN;
  f.value_milli = INT64_MAX;
  f.params = {-1, 0, 1, 2};
  f.count = UINT32_MAX;
  f.evidence = {EvidenceRef::of(UINT16_MAX, 0xFFFF'FFFF'FFFF), EvidenceRef::of(0, 0), EvidenceRef::of(0, 7)};
  ASSERT_TRUE(row.apply(f));
  AlertRecord& r = row.record_for(Direction::kVictim, {7});
  r.version = 9;
  r.standing = true;
  r.severity = Severity::kUrgent;
  r.posterior_permille = 1000;
  r.content = ~0ULL;
  const std::string bytes = row.write();
  SubjectRow again;
  ASSERT_TRUE(again.read(bytes));
  EXPECT_EQ(again.write(), bytes);
  EXPECT_EQ(again.subject(), "sf:C-17");
  const HeldFinding& held = again.findings().at(0);
  EXPECT_EQ(held.scope, f.scope);
  EXPECT_EQ(held.llr_milli, INT64_MIN);
  EXPECT_EQ(held.params, f.params);
  EXPECT_EQ(held.window_end, f.window_end);
  const std::vector<EvidenceRef> refs = evidence_of(held);
  ASSERT_EQ(refs.size(), 3U);
  EXPECT_EQ(refs[0].packed, 0U);
  EXPECT_EQ(refs[2], f.evidence[0]);
  EXPECT_EQ(again.record(Direction::kVictim, {7})->due, EventTime::max());
}

TEST(SubjectRow, RefusesEveryTruncationAndOtherVersions) {
  SubjectRow row(SubjectKind::kShop, "s");
  FindingEvent f;
  f.evidence = {EvidenceRef::of(1, 2)};
  row.apply(f);
  row.record_for(Direction::kPromote, {7});
  std::string bytes = row.write();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    SubjectRow cut;
    EXPECT_FALSE(cut.read(std::string_view(bytes).substr(0, n))) << n;
  }
  bytes[0] = 3;
  SubjectRow newer;
  EXPECT_FALSE(newer.read(bytes));
}

TEST(SubjectRow, ReadsARowOfTheVersionBefore) {
  SubjectRow row(SubjectKind::kShop, "s");
  AlertRecord& r = row.record_for(Direction::kPromote, {7});
  r.standing = true;
  r.version = 3;
  r.due = {11};
  const std::string uncounted = row.write();
  ASSERT_TRUE(uncounted.ends_with(std::string("\x16\0\0", 3))) << "due, counted, no finding";
  // Version 1 had no `counted`.
  std::string before = uncounted.substr(0, uncounted.size() - 2) + uncounted.substr(uncounted.size() - 1);
  before[0] = 1;
  SubjectRow old;
  ASSERT_TRUE(old.read(before));
  EXPECT_EQ(old.write(), uncounted);
  EXPECT_EQ(old.record(Direction::kPromote, {7})->version, 3U);
  r.counted = 161;
  SubjectRow again;
  const std::string counted = row.write();
  ASSERT_TRUE(again.read(counted));
  EXPECT_EQ(again.record(Direction::kPromote, {7})->counted, 161);
}

TEST(SubjectRow, DropsTheLowestFirstAndABestLast) {
  SubjectRow row(SubjectKind::kShop, "s");
  std::string bytes = row.write();
  const auto add = [&](Family family, std::int64_t llr, std::uint64_t scope) {
    SubjectRow next;
    ASSERT_TRUE(next.read(bytes));
    FindingEvent f;
    f.family = family;
    f.llr_milli = llr;
    f.scope = scope;
    ASSERT_TRUE(next.apply(f));
    bytes = next.write();
  };
  add(Family::kReview, 1, 1000);
  for (std::uint64_t i = 0; i <= kHeldMax; ++i) add(Family::kOrder, 100 + static_cast<std::int64_t>(i), i);
  SubjectRow full;
  ASSERT_TRUE(full.read(bytes));
  EXPECT_EQ(full.findings().size(), kHeldMax);
  EXPECT_EQ(full.dropped(), 2U);
  std::int64_t lowest_order = INT64_MAX;
  bool review = false;
  for (const HeldFinding& f : full.findings()) {
    if (f.family == Family::kReview) review = true;
    else lowest_order = std::min(lowest_order, f.llr_milli);
  }
  EXPECT_TRUE(review);
  EXPECT_EQ(lowest_order, 102);
}

}  // namespace
}  // namespace brushwatch
