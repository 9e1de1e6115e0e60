// A demo's alert on its way: case, confirmation by two, notice, black list, rectification, repair, removal; driven by the
// command line over simulated months, and replayed from the ledger to the very bytes. docs/operating/cases.md tells the same.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;

const std::string kHash(64, 'a');
constexpr const char* kOutputs[] = {"alerts", "late", "dlq", "cases", "lists", "credit"};

/// One officer's desk over a finished demo.
class Office {
 public:
  Office() {
    const auto demo = run_program({brushwatch_binary(), "demo", "--shops", "150", "--days", "2", "--seed", "1111", "--out", data(), "--json"});
    EXPECT_EQ(demo.exit_code, 0) << demo.err;
  }
  [[nodiscard]] std::string data() const { return dir_.path("demo"); }
  [[nodiscard]] std::string path(const std::string& name) const { return dir_.path(name); }

  /// Gives a command and returns its exit code; the lines it printed are in `said`.
  int give(std::vector<std::string> words, const std::string& as, const std::string& role, const std::string& at) {
    std::vector<std::string> argv{brushwatch_binary()};
    argv.insert(argv.end(), words.begin(), words.end());
    for (const std::string& more : {std::string("--as"), as, std::string("--role"), role, std::string("--at"), at, std::string("--data"), data(), std::string("--json")}) argv.push_back(more);
    const auto done = run_program(argv);
    said = done.out;
    err = done.err;
    return done.exit_code;
  }
  void must(const std::vector<std::string>& words, const std::string& as, const std::string& role, const std::string& at) {
    EXPECT_EQ(give(words, as, role, at), 0) << words[1] << ": " << said << err;
  }
  void until(const std::string& at) {
    const auto done = run_program({brushwatch_binary(), "case", "wait", "--until", at, "--data", data(), "--json"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
  }
  /// The newest line of the first id that the command lists.
  [[nodiscard]] std::string read(const std::vector<std::string>& words) const {
    std::vector<std::string> argv{brushwatch_binary()};
    argv.insert(argv.end(), words.begin(), words.end());
    for (const char* more : {"--json", "--data"}) argv.emplace_back(more);
    argv.push_back(data());
    const auto done = run_program(argv);
    EXPECT_EQ(done.exit_code, 0) << words[0] << " " << words[1] << ": " << done.err;
    return done.out;
  }
  std::string said, err;

 private:
  TempDir dir_;
};

std::string member(const std::string& line, const char* object, const char* name) {
  rapidjson::Document doc;
  doc.Parse(line.substr(0, line.find('\n')).c_str());
  if (doc.HasParseError()) return "no JSON: " + line;
  const rapidjson::Value& from = object[0] == '\0' ? static_cast<rapidjson::Value&>(doc) : doc[object];
  if (!from.HasMember(name)) return {};
  return from[name].IsString() ? from[name].GetString() : std::to_string(from[name].GetInt64());
}

/// The alert of a brusher in triage, its case and its black entry: what the whole way needs.
struct Way {
  std::string alert, subject, file, entry;
};

std::string first_accusation(const Office& office) {
  for (const std::string& line : lines_of(office.read({"case", "ls", "--state", "NEW"}))) {
    if (member(line, "alert", "direction") == "promote" && member(line, "subject", "kind") == "shop") return line;
  }
  return {};
}

/// From the alert to the decision of two, in November and December 2026.
Way to_the_black_list(Office& office) {
  Way way;
  const std::string alert = first_accusation(office);
  way.alert = member(alert, "", "id");
  way.subject = "shop:" + member(alert, "subject", "id");
  office.must({"case", "take", way.alert}, "li.na", "AN", "2026-11-12");
  office.must({"case", "open", way.alert}, "li.na", "AN", "2026-11-12T15:00:00+08:00");
  way.file = member(lines_of(office.said).at(1), "", "id");
  EXPECT_EQ(way.file.substr(0, 2), "C-") << office.said;
  office.must({"case", "request-evidence", way.file, "--member", "taobao"}, "li.na", "AN", "2026-11-13");
  office.must({"case", "submit-evidence", way.file, "--evidence", kHash}, "taobao", "PL", "2026-11-16");
  office.must({"case", "ask-subject", way.file}, "li.na", "AN", "2026-11-17");
  office.until("2026-11-25");  // five working days pass without an answer
  EXPECT_EQ(member(office.read({"case", "show", way.file}), "case", "state"), "OPEN");
  EXPECT_EQ(office.give({"case", "confirm", way.file, "--behaviour", "FAKE_TRADE"}, "li.na", "SR", "2026-11-26"), 3) << "four eyes";
  EXPECT_EQ(member(office.said, "", "refused"), "four_eyes");
  office.must({"case", "confirm", way.file, "--behaviour", "FAKE_TRADE"}, "wang.fang", "SR", "2026-11-26");
  office.must({"case", "refer", way.file, "--evidence", kHash}, "wang.fang", "SR", "2026-11-26");
  office.must({"case", "penalise", way.file, "--document", "陕市监处〔2026〕17号", "--issuer", "陕西省市场监督管理局", "--document-date", "2026-12-01"}, "zhao.lei", "RG", "2026-12-01");
  office.must({"list", "propose", way.file, "--list", "BLACK", "--note", "虚构交易"}, "zhao.lei", "RG", "2026-12-02");
  way.entry = member(lines_of(office.said).back(), "", "id");
  EXPECT_EQ(way.entry.substr(0, 2), "L-") << office.said;
  office.must({"list", "review", way.entry, "--class", "general"}, "zhao.lei", "RG", "2026-12-03");
  office.must({"list", "review", way.entry}, "qian.jun", "CA", "2026-12-03");
  EXPECT_EQ(office.give({"list", "list", way.entry}, "qian.jun", "CA", "2026-12-04"), 3) << "not without notice";
  office.must({"list", "notify", way.entry, "--note", "拟列入，可陈述申辩", "--basis", "反不正当竞争法第九条"}, "zhao.lei", "RG", "2026-12-04");
  office.must({"list", "object", way.entry, "--note", "不服"}, "keeper", "SB", "2026-12-07");
  office.must({"list", "reject", way.entry, "--note", "异议不成立：证据充分"}, "zhao.lei", "RG", "2026-12-14");
  const std::vector<std::string> decide{"list", "list", way.entry, "--document", "陕市监列〔2026〕3号", "--issuer", "陕西省市场监督管理局",
                                        "--document-date", "2026-12-15", "--note", "满三个月可申请信用修复"};
  office.must(decide, "zhao.lei", "RG", "2026-12-15");
  EXPECT_EQ(member(office.said, "entry", "state"), "REVIEW_DONE") << "one person lists nobody";
  EXPECT_EQ(office.give(decide, "zhao.lei", "RG", "2026-12-15T13:00:00+08:00"), 3);
  office.must(decide, "qian.jun", "CA", "2026-12-16");
  EXPECT_EQ(member(office.said, "entry", "state"), "LISTED");
  return way;
}

void expect_intact_and_replayable(const Office& office) {
  for (const char* name : kOutputs) {
    const auto verified = run_program({brushwatch_binary(), "verify", office.data() + "/" + name + ".ndjson"});
    EXPECT_EQ(verified.exit_code, 0) << name << ": " << verified.out;
  }
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", office.data() + "/ledger", "--out", office.path("again"), "--threads", "2", "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  for (const char* name : kOutputs) {
    EXPECT_TRUE(read_file(office.path("again") + "/" + name + ".ndjson") == read_file(office.data() + "/" + name + ".ndjson")) << name << " differs from the replay of its ledger";
  }
}

TEST(Case, GoesFromTheAlertThroughTheBlackListToRepairAndReplaysToTheVeryBytes) {
  Office office;
  const Way way = to_the_black_list(office);
  office.must({"list", "notify", way.entry}, "wu.min", "WG", "2026-12-21");
  EXPECT_EQ(member(office.said, "entry", "state"), "RECTIFYING");
  office.must({"list", "measure", way.entry, "--measure", "limit_trading", "--basis", "联合惩戒备忘录"}, "taobao", "PL", "2026-12-22");
  office.must({"list", "commit", way.entry, "--document", "承诺书-2026-88"}, "keeper", "SB", "2026-12-23");
  office.must({"list", "fix", way.entry, "--evidence", kHash}, "keeper", "SB", "2027-02-10");
  office.must({"list", "accept", way.entry}, "zhao.lei", "RG", "2027-02-18");
  EXPECT_EQ(office.give({"list", "request-repair", way.entry}, "keeper", "SB", "2027-02-20"), 3) << "the minimum term is not over";
  EXPECT_EQ(member(office.said, "", "refused"), "minimum_term");
  office.must({"list", "request-repair", way.entry}, "keeper", "SB", "2027-03-16");
  office.must({"list", "grant", way.entry}, "qian.jun", "CA", "2027-03-25");
  EXPECT_EQ(member(office.said, "entry", "state"), "REPAIRED");
  EXPECT_EQ(member(office.said, "entry", "level"), "0");
  EXPECT_EQ(office.read({"list", "ls"}), "") << "off every list";

  const std::string today = office.read({"archive", "show", way.subject}), then = office.read({"archive", "show", way.subject, "--as-of", "2026-12-31"});
  const std::string before = office.read({"archive", "show", way.subject, "--as-of", "2026-11-20"});
  const auto score = [](const std::string& text) { return std::stoi(member(text, "score", "value")); };
  EXPECT_EQ(score(before), 600);
  EXPECT_LT(score(then), 200) << "confirmed, penalised and listed";
  EXPECT_GT(score(today), score(then));
  EXPECT_NE(today.find("BLACK repaired"), std::string::npos);

  const std::string diff = office.read({"list", "diff", "--since", "2027-01-01"});
  EXPECT_EQ(member(diff, "", "before"), "RECTIFYING");
  EXPECT_EQ(member(diff, "", "now"), "REPAIRED");
  expect_intact_and_replayable(office);
}

TEST(Case, WhatIsNotPutRightIsOverdueInterviewedPostedAndEndsWithItsMeasures) {
  Office office;
  const Way way = to_the_black_list(office);
  office.must({"list", "notify", way.entry}, "wu.min", "WG", "2026-12-28");
  EXPECT_NE(office.said.find("NOTICE_LATE"), std::string::npos) << "the fifth working day was 23 December";
  office.until("2027-03-30");
  EXPECT_EQ(member(office.read({"list", "show", way.entry}), "entry", "state"), "OVERDUE");
  office.must({"list", "interview", way.entry, "--reason", "absent"}, "zhao.lei", "RG", "2027-04-02");
  office.must({"list", "post", way.entry, "--note", "公示文本"}, "zhao.lei", "RG", "2027-04-06");
  EXPECT_EQ(member(office.said, "entry", "level"), "2");
  office.must({"list", "measure", way.entry, "--measure", "expose", "--basis", "联合惩戒备忘录"}, "taobao", "PL", "2027-04-07");
  office.until("2027-12-20");
  const std::string ended = office.read({"list", "show", way.entry});
  EXPECT_EQ(member(ended, "entry", "state"), "EXPIRED");
  EXPECT_NE(ended.find("UNCORRECTED_AT_END"), std::string::npos);
  EXPECT_NE(ended.find("\"to\":\"2027-12-16T00:00:00.000+08:00\""), std::string::npos) << "measures end with the entry: " << ended;
  expect_intact_and_replayable(office);
}

TEST(Case, TheCommandLineSaysWhatIsWrongAndChangesNothing) {
  Office office;
  const std::string alert = member(first_accusation(office), "", "id");
  const std::string before = read_file(office.data() + "/cases.ndjson");
  EXPECT_EQ(office.give({"case", "take", "A-ffff"}, "li.na", "AN", "2026-11-12"), 4);
  EXPECT_EQ(office.give({"case", "take", alert}, "li.na", "KING", "2026-11-12"), 2);
  EXPECT_EQ(office.give({"case", "take", alert}, "li.na", "AN", "2020-01-01"), 2) << "time runs forward";
  EXPECT_NE(office.err.find("the ledger stands at"), std::string::npos) << office.err;
  EXPECT_EQ(office.give({"case", "take", alert, "--document-date", "yesterday"}, "li.na", "AN", "2026-11-12"), 2);
  EXPECT_EQ(office.give({"case", "take", alert, "--note", std::string(1001, 'x')}, "li.na", "AN", "2026-11-12"), 1);
  EXPECT_EQ(read_file(office.data() + "/cases.ndjson"), before);
  EXPECT_EQ(office.give({"case", "confirm", alert}, "li.na", "SR", "2026-11-12"), 3) << "an alert is not confirmed";
  EXPECT_EQ(member(office.said, "", "refused"), "not_in_this_state");
  const auto text = run_program({brushwatch_binary(), "case", "confirm", alert, "--as", "li.na", "--role", "SR", "--at", "2026-11-12", "--data", office.data()});
  EXPECT_NE(text.err.find("next:"), std::string::npos) << text.err;
  expect_intact_and_replayable(office);
}

TEST(Case, EveryCommandIsUnderItsNounAndInTheCompletion) {
  const auto help = run_program({brushwatch_binary(), "case", "--help"});
  for (const char* verb : {"take", "open", "confirm", "notify", "object", "ls", "show", "wait"}) EXPECT_NE(help.out.find(verb), std::string::npos) << verb;
  const auto completion = run_program({brushwatch_binary(), "completion", "bash"});
  for (const char* noun : {"case", "list", "archive", "machines"}) EXPECT_NE(completion.out.find(noun), std::string::npos) << noun;
}

}  // namespace
}  // namespace brushwatch
