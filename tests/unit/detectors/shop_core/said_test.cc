#include "detectors/shop_core/said.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

struct SaidTest : testing::Test {
  Outbox outbox;
  FoldContext ctx;
  Said said{};
  void SetUp() override { ctx.outbox = &outbox; }

  /// What was said: nothing, the ratio, or −1 for a retraction.
  std::optional<std::int64_t> say(std::int64_t llr_milli, Moment moment, std::int64_t value = 0) {
    outbox.clear();
    FindingEvent finding;
    finding.llr_milli = llr_milli;
    finding.value_milli = value;
    said.say(finding, moment, {1000}, ctx);
    std::string_view in = outbox.records(Stage::kSubject);
    if (in.empty()) return std::nullopt;
    in.remove_prefix(8);
    Event event;
    if (!decode(in, event)) return std::nullopt;
    const auto& out = event.as<FindingEvent>();
    return out.retracted ? -1 : out.llr_milli;
  }
};

TEST_F(SaidTest, SaysNothingAboutNothing) { EXPECT_EQ(say(0, Moment::kSettled), std::nullopt); }

TEST_F(SaidTest, RenewsAnOpenWindowOnlyWhenTheEvidenceMoved) {
  EXPECT_EQ(say(4000, Moment::kEarly), 4000);
  EXPECT_EQ(say(4249, Moment::kEarly), std::nullopt);
  EXPECT_EQ(say(4250, Moment::kEarly), 4250);
}

TEST_F(SaidTest, SettlesWithTheExactNumbers) {
  EXPECT_EQ(say(4000, Moment::kEarly, 7), 4000);
  EXPECT_EQ(say(4000, Moment::kSettled, 7), std::nullopt);
  EXPECT_EQ(say(4000, Moment::kSettled, 8), 4000);
  EXPECT_EQ(say(4001, Moment::kSettled, 8), 4001);
}

TEST_F(SaidTest, TakesBackOnceWhatNoLongerHolds) {
  EXPECT_EQ(say(4000, Moment::kEarly), 4000);
  EXPECT_EQ(say(0, Moment::kEarly), -1);
  EXPECT_EQ(say(0, Moment::kSettled), std::nullopt);
}

}  // namespace
}  // namespace brushwatch
