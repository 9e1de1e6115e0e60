#include "alliance/view.h"

#include "alliance/chain.h"
#include "tests/unit/alliance/file_harness.h"

namespace brushwatch {
namespace {

using test::File;
using test::moment;

/// A book of a file's lines, as a reader of the outputs has it.
Book book_of(const File& f) {
  Book book;
  std::map<Output, Chain> chains;
  for (const auto& [output, fields] : f.lines) book.add(chains[output].seal_line(output, Stage::kAlliance, 0, 1, 3, fields));
  return book;
}

TEST(Book, KnowsTheNewestStateAndTheHistoryOfEachId) {
  File f;
  f.confirmed_case();
  f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "li", "2025-03-07");  // refused
  const Book book = book_of(f);
  const auto cases = book.newest("case");
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0]->state, "CONFIRMED");
  EXPECT_EQ(cases[0]->subject_id, "taobao:S-9");
  const auto history = book.history(f.case_id());
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0]->state, "OPEN");
  EXPECT_EQ(history[2]->refused, "not_in_this_state");
  EXPECT_EQ(book.newest("alert_state").front()->state, "IN_CASE");
  EXPECT_EQ(book.ids("C-"), std::vector<std::string>{f.case_id()});
}

TEST(Book, TellsWhatChangedSinceAMoment) {
  File f;
  f.listed();
  f.say(Verb::kNotify, f.entry_id(), Role::kWorkingGroup, "wu", "2025-03-24");
  const Book book = book_of(f);
  const auto changed = book.since("entry", format_time(moment("2025-03-22")));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].before->state, "LISTED");
  EXPECT_EQ(changed[0].now->state, "RECTIFYING");
  EXPECT_TRUE(book.since("entry", format_time(moment("2025-03-25"))).empty());
  EXPECT_EQ(book.newest("entry", format_time(moment("2025-03-15"))).front()->state, "PRE_NOTICED");
}

TEST(ConfirmedShops, AreRecordsForTheDetectorsUntilTheirConfirmationIsReversed) {
  File f;
  f.confirmed_case();
  const auto records = confirmed_shop_records(book_of(f));
  ASSERT_EQ(records.size(), 1U);
  const std::string from = format_time(moment("2025-03-06"));
  EXPECT_EQ(records[0], R"({"type":"ref.confirmed_shop","source":"alliance","event_time":")" + from + R"(","id":"taobao:S-9","valid_from":")" + from +
                            R"(","valid_until":")" + format_time(moment("2025-03-06") + 365 * kDayMs) + "\"}");

  // The authority to which it was referred drops it: the word holds until then.
  const auto dossier = test::full_papers();
  EXPECT_EQ(f.say(Verb::kRefer, f.case_id(), Role::kSenior, "wang", "2025-03-07", dossier), "");
  EXPECT_EQ(f.say(Verb::kDrop, f.case_id(), Role::kRegulator, "qian", "2025-04-01", dossier), "");
  const auto reversed = confirmed_shop_records(book_of(f));
  ASSERT_EQ(reversed.size(), 1U);
  EXPECT_NE(reversed[0].find(R"("valid_from":")" + from), std::string::npos) << reversed[0];
  EXPECT_NE(reversed[0].find(R"("valid_until":")" + format_time(moment("2025-04-01"))), std::string::npos) << reversed[0];
}
TEST(ConfirmedShops, AreNoneBeforeAConfirmation) {
  File f;
  f.alert("2025-03-04");
  f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-05");
  f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-03-05");
  EXPECT_TRUE(confirmed_shop_records(book_of(f)).empty());
}
TEST(Book, PassesOverWhatIsNoLineOfItsOutputs) {
  Book book;
  for (const char* line : {"", "{", "[]", "{\"type\":\"seal\"}", "{\"type\":\"case\"}", "{\"type\":\"case\",\"id\":\"C-1\",\"subject\":{}}"}) book.add(line);
  EXPECT_TRUE(book.newest("case").empty());
}

TEST(ArchiveReader, FoldsTheArchiveOfAPastDayFromItsLines) {
  File f;
  f.confirmed_case();
  f.listed();
  const auto as_of = [&](const char* day) {
    ArchiveReader reader(SubjectKind::kShop, "taobao:S-9", *parse_date(day));
    std::map<Output, Chain> chains;
    for (const auto& [output, fields] : f.lines) reader.add(chains[output].seal_line(output, Stage::kAlliance, 0, 1, 3, fields));
    return reader.finish();
  };
  EXPECT_FALSE(as_of("2025-03-01")) << "nothing was on record then";
  EXPECT_EQ(as_of("2025-03-05")->score.value, 600);
  EXPECT_EQ(as_of("2025-03-06")->score.value, 500) << "confirmed";
  const auto today = as_of("2025-03-25");
  EXPECT_EQ(today->score.value, 250) << "and listed";
  EXPECT_EQ(today->score.value, f.file.archive().score_at(*parse_date("2025-03-25")).value) << "as the file itself counts";
  EXPECT_EQ(today->items.size(), f.file.archive().total);
  ArchiveReader other(SubjectKind::kShop, "taobao:S-8", *parse_date("2025-12-31"));
  EXPECT_FALSE(other.finish());
}

TEST(Subject, IsWrittenAsKindAndId) {
  EXPECT_EQ(parse_subject("shop:taobao:S-1")->second, "taobao:S-1");
  EXPECT_EQ(parse_subject("operator:USCC:91610131MA6U1B2C12")->first, SubjectKind::kOperator);
  EXPECT_FALSE(parse_subject("taobao:S-1"));
  EXPECT_FALSE(parse_subject("shop:"));
}

}  // namespace
}  // namespace brushwatch
