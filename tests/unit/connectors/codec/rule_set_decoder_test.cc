#include "connectors/codec/rule_set_decoder.h"

#include <gtest/gtest.h>

#include "connectors/codec/json_decoder.h"

namespace brushwatch {
namespace {

constexpr EventTime kNow{1'794'189'605'000};

struct RuleSet : ::testing::Test {
  std::vector<std::string> asked;
  std::unique_ptr<Decoder> decoder = [this] {
    JsonDecoderOptions options;
    options.rule_check = [this](std::string_view name, std::int64_t value) -> Result<void> {
      asked.emplace_back(name);
      if (name == "D99.enabled") return fail(ErrorCode::kConfigUnknownKey, "no such rule");
      if (value > 100) return fail(ErrorCode::kConfigRange, "too much", value);
      return {};
    };
    return make_json_decoder(options);
  }();
  std::vector<Event> events;

  Result<std::size_t> decode(const std::string& members, std::vector<Header> headers = {}) {
    text_ = R"({"type":"rule.set","source":"office","event_time":"2026-11-09T09:00:00+08:00",)" + members + "}";
    return decode_bytes(text_, std::move(headers));
  }
  Result<std::size_t> decode_bytes(const std::string& bytes, std::vector<Header> headers = {}) {
    SourceRecord record;
    record.bytes = bytes;
    record.headers = std::move(headers);
    return decoder->decode(record, kNow, events);
  }
  [[nodiscard]] std::string refused(const std::string& members) {
    const auto done = decode(members);
    return done ? "taken" : std::to_string(static_cast<int>(done.error().code)) + " " + done.error().context;
  }

 private:
  std::string text_;
};

TEST_F(RuleSet, OneRecordOfSeveralRulesIsAsManyEventsOfOneTime) {
  const auto n = decode(R"("rules":{"D5.enabled":2,"D1.min_count":30,"fusion.prior_log_odds_milli":-3000})");
  ASSERT_TRUE(n) << n.error().message();
  ASSERT_EQ(*n, 3U);
  const std::vector<std::pair<std::string_view, std::int64_t>> expected{{"D5.enabled", 2}, {"D1.min_count", 30}, {"fusion.prior_log_odds_milli", -3000}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(events[i].type, EventType::kRuleSet);
    EXPECT_EQ(events[i].as<RuleEvent>().name.text, expected[i].first);
    EXPECT_EQ(events[i].as<RuleEvent>().name.hash, NamedId::of(expected[i].first).hash);
    EXPECT_EQ(events[i].as<RuleEvent>().value, expected[i].second);
    EXPECT_EQ(events[i].event_time, events[0].event_time);
    EXPECT_NE(events[i].event_time.ms, 0);
  }
}

TEST_F(RuleSet, ASingleRuleIsCheckedAsWell) {
  EXPECT_EQ(refused(R"("name":"D1.min_count","value":30)"), "taken");
  EXPECT_EQ(refused(R"("name":"D1.min_count","value":101)"), "1004 /name");
  EXPECT_EQ(refused(R"("name":"D99.enabled","value":1)"), "1002 /name");
}

TEST_F(RuleSet, IsRefusedAsAWholeWithThePlaceOfItsFirstFault) {
  EXPECT_EQ(refused(R"("rules":{"D1.min_count":30,"D99.enabled":1})"), "1002 /rules/D99.enabled");
  EXPECT_EQ(refused(R"("rules":{"D1.min_count":300})"), "1004 /rules/D1.min_count");
  EXPECT_EQ(refused(R"("rules":{"D1.min_count":"30"})"), "2007 /rules/D1.min_count");
  EXPECT_EQ(refused(R"("rules":{"D1.min_count":3.5})"), "2007 /rules/D1.min_count");
  EXPECT_EQ(refused(R"("rules":{})"), "2007 /rules");
  EXPECT_EQ(refused(R"("rules":[1])"), "2007 /rules");
  EXPECT_EQ(refused(R"("rules":{"D1.min_count":3},"name":"D1.min_count")"), "2007 /rules");
  EXPECT_EQ(refused(R"("value":3)"), "2006 /name") << "neither the one nor the other";
}

TEST_F(RuleSet, ComesInEveryEnvelope) {
  const std::string body = R"("rules":{"D1.min_count":30,"D2.enabled":0})";
  const auto structured = decode_bytes(R"({"specversion":"1.0","id":"1","source":"//x.example/office","type":"cn.brushwatch.rule.set.v1","time":"2026-11-09T09:00:00+08:00","data":{)" + body + "}}");
  ASSERT_TRUE(structured) << structured.error().message();
  EXPECT_EQ(*structured, 2U);
  EXPECT_EQ(events[1].as<RuleEvent>().name.text, "D2.enabled");
  const auto binary = decode_bytes("{" + body + "}", {{"ce_specversion", "1.0"}, {"ce_id", "1"}, {"ce_source", "//x.example/office"}, {"ce_type", "rule.set"}, {"ce_time", "2026-11-09T09:00:00+08:00"}});
  ASSERT_TRUE(binary) << binary.error().message();
  EXPECT_EQ(*binary, 2U);
}

TEST_F(RuleSet, OnlyARuleSetHasRules) {
  const auto done = decode_bytes(R"({"type":"ref.item","source":"office","event_time":"2026-11-09T09:00:00+08:00","rules":{"D1.min_count":30}})");
  EXPECT_FALSE(done);
  EXPECT_TRUE(asked.empty() || !done);
}

}  // namespace
}  // namespace brushwatch
