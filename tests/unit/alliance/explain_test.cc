#include "alliance/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace brushwatch
