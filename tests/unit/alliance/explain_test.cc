#include "alliance/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alliance/case_line.h"
#include "alliance/chain.h"
#include "tests/unit/alliance/subject_harness.h"

namespace brushwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string alert_line() {
  test::Subject s;
  s.give(test::orders(4000));
  FindingEvent light = test::parcels(3000);
  for (std::uint64_t i = 0; i < 7; ++i) light.evidence.push_back(EvidenceRef::of(1, 1000 + i));
  s.give(light);
  Chain chain;
  return chain.seal_line(Output::kAlert, Stage::kSubject, 0, 1, 3, s.outbox.lines().back().fields);
}

TEST(Explain, TellsWhoWhyAndHowSureInEnglish) {
  const auto text = explain_text(alert_line(), Lang::kEn, Colour::kNone);
  ASSERT_TRUE(text) << text.error().message();
  EXPECT_THAT(*text, HasSubstr("URGENT  fake trade (brushing)"));
  EXPECT_THAT(*text, HasSubstr("shop taobao:S-9"));
  EXPECT_THAT(*text, HasSubstr("2026-11-09 – 2026-11-16"));
  EXPECT_THAT(*text, HasSubstr("prior -3.178  orders +4.000 (D1)  parcels +3.000 (D16)  = +3.822 nats → 97.9 %"));
  EXPECT_THAT(*text, HasSubstr("87 orders in 10 minutes, baseline 3"));
  EXPECT_THAT(*text, HasSubstr("████████████████████████████████ 12.5"));
  EXPECT_THAT(*text, HasSubstr("baseline  ▒▒▒▒▒▒▒▒ 3"));
  EXPECT_THAT(
      *text,
      HasSubstr(
          "orders.ndjson@120, scans.ndjson@900, scans.ndjson@1000, scans.ndjson@1001, scans.ndjson@1002 + 82 more"));
  EXPECT_THAT(*text, Not(HasSubstr("\x1b["))) << "no colour was asked for";
  EXPECT_TRUE(text->ends_with('\n'));
}

TEST(Explain, TellsTheSameInChinese) {
  const auto text = explain_text(alert_line(), Lang::kZh, Colour::kAnsi);
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("紧急"));
  EXPECT_THAT(*text, HasSubstr("虚假交易(刷单)"));
  EXPECT_THAT(*text, HasSubstr("店铺 taobao:S-9"));
  EXPECT_THAT(*text, HasSubstr("10分钟内87单,基线3"));
  EXPECT_THAT(*text, HasSubstr("另有 82 个"));
  EXPECT_THAT(*text, HasSubstr("\x1b[1;31m"));
}

TEST(Explain, TellsWhyAnAlertWasWithdrawnAndWhatAVictimHoldsBack) {
  test::Subject s;
  s.give(test::orders(4000));
  s.give(test::parcels(4000));
  s.give(test::victim(4000));
  const auto& lines = s.outbox.lines();
  const auto withdrawn = explain_text("{" + lines[lines.size() - 2].fields + "}", Lang::kEn, Colour::kNone);
  ASSERT_TRUE(withdrawn);
  EXPECT_THAT(*withdrawn, HasSubstr("withdrawn"));
  EXPECT_THAT(*withdrawn, HasSubstr("the subject is a victim of reverse brushing"));
  const auto victim = explain_text("{" + lines.back().fields + "}", Lang::kEn, Colour::kNone);
  ASSERT_TRUE(victim);
  EXPECT_THAT(*victim, HasSubstr("harmed, not accused"));
  EXPECT_THAT(*victim, HasSubstr("Held back"));
  EXPECT_THAT(*victim, HasSubstr("A-"));
}

TEST(Explain, RefusesWhatIsNoAlert) {
  EXPECT_EQ(explain_text("", Lang::kEn, Colour::kNone).error().code, ErrorCode::kNotJson);
  EXPECT_EQ(explain_text("{", Lang::kEn, Colour::kNone).error().code, ErrorCode::kNotJson);
  EXPECT_EQ(explain_text("[1]", Lang::kEn, Colour::kNone).error().code, ErrorCode::kBadType);
  EXPECT_EQ(explain_text("{}", Lang::kEn, Colour::kNone).error().code, ErrorCode::kBadType);
  Chain chain;
  EXPECT_FALSE(explain_text(chain.close(Output::kAlert, Stage::kSubject, 0, 1, 0), Lang::kEn, Colour::kNone));
}

TEST(Explain, SurvivesEveryRenamedMember) {
  const std::string line = alert_line();
  for (std::size_t at = line.find('"'); at != std::string::npos; at = line.find('"', at + 1)) {
    std::string changed = line;
    changed[at + 1] = changed[at + 1] == 'x' ? 'y' : 'x';
    (void)explain_text(changed, Lang::kEn, Colour::kNone);  // an answer or an error, never a crash
  }
}

std::string control_line(std::int64_t bar_milli, std::int64_t discoveries) {
  const EventTime week = week_of(*parse_time("2026-11-11T12:00:00+08:00"));
  Chain chain;
  return chain.seal_line(Output::kCase, Stage::kAlliance, 0, 1, 3,
                         control_fields(week, {31, static_cast<std::uint64_t>(discoveries), bar_milli}, {}, week + kDayMs, {}));
}

TEST(Explain, TellsTheBarThatAnAlertHasToReachAsASumToRepeatByHand) {
  const auto candidate = control_text(alert_line(), control_line(7'419, 24), Lang::kEn);
  ASSERT_TRUE(candidate) << candidate.error().message();
  EXPECT_EQ(*candidate, "  control  evidence 7 < bar 7.419 = ln(2000 / (5 % × 24)); 24 of the week's 31 alerts are discoveries → candidate\n");
  const auto discovery = control_text(alert_line(), control_line(7'000, 40), Lang::kZh);
  ASSERT_TRUE(discovery);
  EXPECT_THAT(*discovery, HasSubstr("证据 7 ≥ 界线 7"));
  EXPECT_THAT(*discovery, HasSubstr("→ 发现"));

  test::Subject s;
  s.give(test::victim(4000));
  Chain chain;
  const auto victim = control_text(chain.seal_line(Output::kAlert, Stage::kSubject, 0, 1, 3, s.outbox.lines().back().fields), control_line(7'419, 24), Lang::kEn);
  ASSERT_TRUE(victim);
  EXPECT_EQ(*victim, "") << "who is named a victim is held to no bar";
  EXPECT_FALSE(control_text("{}", control_line(1, 1), Lang::kEn));
  EXPECT_FALSE(control_text(alert_line(), alert_line(), Lang::kEn));
  EXPECT_FALSE(control_text(alert_line(), "no json", Lang::kEn));
}

}  // namespace
}  // namespace brushwatch
