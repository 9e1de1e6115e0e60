#include "detectors/detector_stage.h"

#include <gtest/gtest.h>

#include "engine/event/wire.h"

namespace brushwatch {
namespace {

struct Counts {
  std::uint64_t events, timers;
};
constexpr ParamInfo kParams[] = {{"floor", 7, "count", "for the test"}};

/// Counts what it is given, and asks to be woken an hour after each event.
class Counter : public DetectorOf<Counts> {
 public:
  Counter(std::uint16_t number, Stage stage, EventType input, std::int64_t lateness_ms)
      : info_{.number = number, .name = "counter", .part = "shop", .stage = stage, .family = Family::kOrder, .version = 1,
              .state_version = 3, .state_bytes = sizeof(Counts), .inputs = EventMask::of(input), .lateness_ms = lateness_ms,
              .params = kParams, .reasons = {}} {}
  [[nodiscard]] const DetectorInfo& info() const override { return info_; }
  void event(const Event& event, Counts& s, FoldContext& ctx) const override {
    ++s.events;
    seen_param = ctx.param(0);
    ctx.wake_at(event.event_time + kHourMs);
  }
  bool timer(Counts& s, FoldContext&) const override { return ++s.timers < 2; }
  mutable std::int64_t seen_param = 0;

 private:
  DetectorInfo info_;
};

struct DetectorStageTest : testing::Test {
  Counter early{1, Stage::kShop, EventType::kOrderPaid, kHourMs};
  Counter patient{2, Stage::kShop, EventType::kOrderPaid, 24 * kHourMs};
  Counter elsewhere{2, Stage::kParty, EventType::kEdge, kHourMs};
  Counter views{3, Stage::kShop, EventType::kTrafficView, kHourMs};
  std::array<const Detector*, 4> list{&early, &patient, &elsewhere, &views};
  Registry registry{{}, list};
  DetectorStage stage{Stage::kShop, registry};
  DetectorStage party{Stage::kParty, registry};
  Rules rules;
  Outbox outbox;
  std::array<std::uint64_t, 16> row{};
  std::string tail;
  FoldContext ctx;

  void SetUp() override {
    stage.declare(rules);
    party.declare(rules);
    ctx.rules = &rules;
    ctx.outbox = &outbox;
  }
  void fold(EventType type, EventTime t) {
    Event event;
    reset_body(event, type);
    event.type = type;
    event.event_time = t;
    stage.fold(event, reinterpret_cast<std::byte*>(row.data()), tail, ctx);
  }
  [[nodiscard]] const Counts& counts(int column) const { return reinterpret_cast<const Counts*>(row.data())[column]; }
};

TEST_F(DetectorStageTest, GivesEachPartOfItsStageAColumnInRegistryOrder) {
  ASSERT_EQ(stage.columns().size(), 3U);
  EXPECT_EQ(stage.columns()[0].name, "D1.shop");
  EXPECT_EQ(stage.columns()[2].name, "D3.shop");
  EXPECT_EQ(stage.columns()[1].offset, sizeof(Counts));
  EXPECT_EQ(stage.columns()[1].version, 3);
  EXPECT_EQ(stage.row_bytes(), 3 * sizeof(Counts));
}

TEST_F(DetectorStageTest, CallsOnlyTheDetectorsThatTakeTheType) {
  fold(EventType::kOrderPaid, {0});
  EXPECT_EQ(counts(0).events, 1U);
  EXPECT_EQ(counts(1).events, 1U);
  EXPECT_EQ(counts(2).events, 0U);
  EXPECT_TRUE(ctx.changed);
  EXPECT_EQ(ctx.wake.ms, kHourMs);
}

TEST_F(DetectorStageTest, DeclaresTheSharedParametersOfADetectorOnceAcrossStages) {
  EXPECT_EQ(rules.size(), 6U);  // a switch and a floor for D1, D2 and D3
  EXPECT_EQ(rules.name(0), "D1.enabled");
  EXPECT_EQ(rules.name(1), "D1.floor");
  Rules second;
  stage.declare(second);
  party.declare(second);
  EXPECT_EQ(second.digest(), rules.digest());
}

TEST_F(DetectorStageTest, ReadsTheDetectorsOwnParametersBehindTheSwitch) {
  ASSERT_TRUE(rules.set("D2.floor", 11));
  fold(EventType::kOrderPaid, {0});
  EXPECT_EQ(early.seen_param, 7);
  EXPECT_EQ(patient.seen_param, 11);
}

TEST_F(DetectorStageTest, SilencesADetectorThatIsSwitchedOff) {
  ASSERT_TRUE(rules.set("D1.enabled", 0));
  fold(EventType::kOrderPaid, {0});
  EXPECT_EQ(counts(0).events, 0U);
  EXPECT_EQ(counts(1).events, 1U);
}

TEST_F(DetectorStageTest, AllowsTheLatenessOfTheMostPatientButGivesEachOnlyWhatItAllows) {
  EXPECT_EQ(stage.allowed_lateness_ms(EventType::kOrderPaid), 24 * kHourMs);
  EXPECT_EQ(stage.allowed_lateness_ms(EventType::kComplaintFiled), kHourMs);
  ctx.watermark = {2 * kHourMs};
  fold(EventType::kOrderPaid, {0});
  EXPECT_EQ(counts(0).events, 0U);
  EXPECT_EQ(counts(1).events, 1U);
}

TEST_F(DetectorStageTest, KeepsTheRowWhileAnyColumnWantsIt) {
  fold(EventType::kOrderPaid, {0});
  EXPECT_TRUE(stage.on_timer(reinterpret_cast<std::byte*>(row.data()), tail, ctx));
  EXPECT_FALSE(stage.on_timer(reinterpret_cast<std::byte*>(row.data()), tail, ctx));
}

}  // namespace
}  // namespace brushwatch
