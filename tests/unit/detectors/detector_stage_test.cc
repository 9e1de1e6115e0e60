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

/// Says something at every event.
class Talker final : public Counter {
 public:
  explicit Talker(std::uint16_t number) : Counter(number, Stage::kShop, EventType::kOrderPaid, kHourMs) {}
  void event(const Event& event, Counts& s, FoldContext& ctx) const override {
    Counter::event(event, s, ctx);
    ctx.emit(FindingEvent{.detector = info().number}, event.event_time);
  }
};

/// Sends an edge to the ring stage at every event.
class Sender final : public Counter {
 public:
  Sender() : Counter(4, Stage::kShop, EventType::kOrderPaid, kHourMs) {}
  void event(const Event&, Counts&, FoldContext& ctx) const override {
    Event edge;
    reset_body(edge, EventType::kEdge);
    ctx.send(Stage::kRing, 77, edge);
  }
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

TEST_F(DetectorStageTest, ADetectorOnTrialFoldsAsEverAndItsFindingsSaySo) {
  Talker on_trial{1}, live{2};
  const std::array<const Detector*, 2> both{&on_trial, &live};
  DetectorStage talkers{Stage::kShop, Registry{{}, both}};
  Rules own;
  talkers.declare(own);
  ASSERT_TRUE(own.set("D1.enabled", static_cast<std::int64_t>(DetectorMode::kShadow)));
  ctx.rules = &own;
  Event event;
  reset_body(event, EventType::kOrderPaid);
  talkers.fold(event, reinterpret_cast<std::byte*>(row.data()), tail, ctx);
  EXPECT_EQ(counts(0).events, 1U);
  ASSERT_EQ(outbox.keys(Stage::kSubject).size(), 1U) << "what is on trial does not reach fusion";
  std::string_view sent = outbox.records(Stage::kSubject);
  sent.remove_prefix(sizeof(std::uint64_t));
  Event finding;
  ASSERT_TRUE(decode(sent, finding));
  EXPECT_EQ(finding.as<FindingEvent>().detector, 2);
  ASSERT_EQ(outbox.lines().size(), 1U);
  EXPECT_EQ(outbox.lines()[0].output, Output::kLate);
  EXPECT_TRUE(outbox.lines()[0].fields.starts_with(R"("type":"shadow_finding","detector":"D1","direction":"promote","family":"O","llr_milli":0,"retracted":false,"rules":")")) << outbox.lines()[0].fields;
}

TEST_F(DetectorStageTest, WhatADetectorOnTrialSendsToLaterStagesGoesOn) {
  Sender on_trial;
  const std::array<const Detector*, 1> one{&on_trial};
  DetectorStage senders{Stage::kShop, Registry{{}, one}};
  Rules own;
  senders.declare(own);
  ASSERT_TRUE(own.set("D4.enabled", static_cast<std::int64_t>(DetectorMode::kShadow)));
  ctx.rules = &own;
  Event event;
  reset_body(event, EventType::kOrderPaid);
  senders.fold(event, reinterpret_cast<std::byte*>(row.data()), tail, ctx);
  ASSERT_EQ(outbox.keys(Stage::kRing).size(), 1U);
  EXPECT_EQ(outbox.keys(Stage::kRing)[0], 77U);
  EXPECT_TRUE(outbox.lines().empty());
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

/// Buyers' edges go to D5, devices' to D8, summaries to D16.
struct PartyFormsTest : testing::Test {
  struct Of final : Counter {
    Of(std::uint16_t number, EventType input, PartyKinds kinds) : Counter(number, Stage::kParty, input, kHourMs), info_(Counter::info()) { info_.parties = kinds; }
    [[nodiscard]] const DetectorInfo& info() const override { return info_; }
    bool timer(Counts& s, FoldContext&) const override {
      s.timers += s.events != 0;
      return s.events != 0;
    }
    DetectorInfo info_;
  };
  Of buyers{5, EventType::kEdge, parties({PartyKind::kBuyer})}, devices{8, EventType::kEdge, parties({PartyKind::kDevice, PartyKind::kRoom})};
  Of outlets{16, EventType::kParcelSummary, kAllParties};
  std::array<const Detector*, 3> list{&buyers, &devices, &outlets};
  Registry registry{{}, list};
  DetectorStage party{Stage::kParty, registry};

  static Event edge(PartyKind kind) {
    Event event;
    reset_body(event, EventType::kEdge);
    event.emplace<EdgeEvent>().kind = kind;
    return event;
  }
  static Event summary() {
    Event event;
    reset_body(event, EventType::kParcelSummary);
    event.emplace<ParcelSummaryEvent>();
    return event;
  }
};

TEST_F(PartyFormsTest, AKindOfPartyHasMemoryForTheColumnsOfWhoTakesItsRecords) {
  const auto set = [&](const Event& event) { return party.forms()[party.form(event) - 1]; };
  ASSERT_EQ(party.forms().size(), 3U);
  EXPECT_EQ(set(edge(PartyKind::kBuyer)), 0b001U);
  EXPECT_EQ(set(edge(PartyKind::kDevice)), 0b010U);
  EXPECT_EQ(party.form(edge(PartyKind::kRoom)), party.form(edge(PartyKind::kDevice)));
  EXPECT_EQ(set(summary()), 0b100U);
}

TEST_F(PartyFormsTest, AFoldInANarrowRowIsTheFoldInAWholeOne) {
  Rules rules;
  party.declare(rules);
  Outbox outbox;
  std::string tail;
  FoldContext ctx;
  ctx.rules = &rules;
  ctx.outbox = &outbox;
  for (const Event& event : {edge(PartyKind::kBuyer), edge(PartyKind::kDevice), summary()}) {
    std::array<Counts, 3> whole{}, narrow{};
    for (auto* row : {&whole, &narrow}) {
      ctx.form = row == &whole ? 0 : party.form(event);
      auto* const columns = reinterpret_cast<std::byte*>(row->data());
      party.fold(event, columns, tail, ctx);
      EXPECT_TRUE(party.on_timer(columns, tail, ctx));
    }
    EXPECT_EQ(narrow[0].events, 1U);
    EXPECT_EQ(narrow[0].timers, 1U);
    EXPECT_EQ(narrow[1].events + narrow[2].events, 0U) << "one column is all the row has";
    for (std::size_t i = 0; i < 3; ++i) {
      const bool here = i == static_cast<std::size_t>(party.forms()[party.form(event) - 1] >> 1);
      EXPECT_EQ(whole[i].events, here ? 1U : 0U);
    }
  }
}

}  // namespace
}  // namespace brushwatch
