#include "simulate/truth.h"

#include <fstream>

#include "tests/support/temp_dir.h"

namespace brushwatch::simulate {
namespace {

std::vector<TruthRing> three_rings() {
  return {
      {"S3", "offender", "promote", {"jd:S1", "jd:S2", "zto-610102-01"}, {"USCC:X"}, {1000}, {2000}, 90, 80},
      {"S8", "victim", "victim", {"jd:S3"}, {}, {1000}, {2000}, 300, 0},
      {"H1", "lookalike", "", {"jd:S4"}, {}, {1000}, {2000}, 300, 280},
  };
}

TEST(Truth, ReadsWhatItWrote) {
  test::TempDir dir;
  const auto rings = three_rings();
  {
    std::ofstream out(dir.path("truth.ndjson"));
    for (const TruthRing& ring : rings) out << truth_line(ring) << "\n";
  }
  const auto read = read_truth(dir.path("truth.ndjson"));
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(truth_line((*read)[i]), truth_line(rings[i]));
}

TEST(Truth, NamesTheLineThatIsBroken) {
  test::TempDir dir;
  std::ofstream(dir.path("a")) << truth_line(three_rings()[0]) << "\nnot json\n";
  std::ofstream(dir.path("b")) << "{\"scenario\":\"S2\"}\n";
  EXPECT_EQ(read_truth(dir.path("a")).error().code, ErrorCode::kNotJson);
  EXPECT_EQ(read_truth(dir.path("a")).error().number, 2);
  EXPECT_EQ(read_truth(dir.path("b")).error().code, ErrorCode::kMissingField);
  EXPECT_EQ(read_truth(dir.path("missing")).error().code, ErrorCode::kIo);
}

TEST(Truth, ScoreCountsSubjectsAndRings) {
  const std::vector<JudgedAlert> alerts = {
      {"PLAT:jd:S1", Direction::kPromote}, {"jd:S1", Direction::kPromote}, {"zto-610102-01", Direction::kPromote},
      {"zto-610102-01-K2", Direction::kPromote},  // a courier of the outlet
      {"USCC:X", Direction::kPromote},            // the operator of the shops
      {"jd:S3", Direction::kVictim},
      {"jd:S9", Direction::kPromote},
  };
  const Score score = score_alerts(three_rings(), alerts);
  EXPECT_EQ(score.found, 2U);
  EXPECT_EQ(score.missed, 1U);
  EXPECT_EQ(score.missed_subjects, std::vector<std::string>{"jd:S2"});
  EXPECT_EQ(score.rings_found, 1U);
  EXPECT_EQ(score.falsely_accused, 1U);
  EXPECT_EQ(score.false_subjects, std::vector<std::string>{"jd:S9"});
  EXPECT_EQ(score.victims_named, 1U);
  EXPECT_EQ(score.victims_accused, 0U);
}

TEST(Truth, AccusingAVictimOrALookalikeIsFalse) {
  const std::vector<JudgedAlert> alerts = {{"jd:S3", Direction::kPromote}, {"jd:S4", Direction::kPromote}};
  const Score score = score_alerts(three_rings(), alerts);
  EXPECT_EQ(score.falsely_accused, 2U);
  EXPECT_EQ(score.victims_accused, 1U);
  EXPECT_EQ(score.victims_missed, 1U);
  EXPECT_EQ(score.lookalikes_accused, 1U);
  EXPECT_EQ(score.rings_missed, 1U);
}

TEST(Truth, AWithdrawnAlertAccusesNobody) {
  const std::vector<JudgedAlert> alerts = {{"jd:S4", Direction::kPromote, true}, {"jd:S1", Direction::kPromote, true}};
  const Score score = score_alerts(three_rings(), alerts);
  EXPECT_EQ(score.withdrawn, 2U);
  EXPECT_EQ(score.falsely_accused, 0U);
  EXPECT_EQ(score.found, 0U);
}

TEST(Truth, AVictimAlertOnAnOffenderIsNotAFind) {
  const std::vector<JudgedAlert> alerts = {{"jd:S1", Direction::kVictim}};
  EXPECT_EQ(score_alerts(three_rings(), alerts).found, 0U);
}

}  // namespace
}  // namespace brushwatch::simulate
