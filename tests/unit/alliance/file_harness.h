#pragma once
/// One subject's file, moved by acts of named people at stated moments; and what it told.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "alliance/case_line.h"

namespace brushwatch::test {

inline constexpr const char* kHash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
inline constexpr const char* kOtherHash = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

inline EventTime moment(const std::string& text) {
  if (const auto date = parse_date(text)) return start_of(*date) + 12 * kHourMs;
  return *parse_time(text);
}

/// Papers that satisfy every guard but those of reasons.
inline Papers full_papers() {
  Papers p;
  p.document = "陕市监处〔2025〕17号";
  p.issuer = "SAMR Shaanxi";
  p.document_date = start_of(*parse_date("2025-03-03"));
  p.basis = "反不正当竞争法 第九条";
  p.behaviour = "FAKE_TRADE";
  p.grade = "general";
  p.evidence = kHash;
  p.member = "taobao";
  p.note = "told in full";
  return p;
}

class File {
 public:
  explicit File(SubjectKind kind = SubjectKind::kShop, std::string id = "taobao:S-9") : file(kind, id) {}

  /// Raises an alert of two families.
  void alert(const std::string& at, std::uint8_t families = 5, bool framed = false, AlertChange change = AlertChange::kRaised) {
    AlertToldEvent event;
    event.alert = NamedId::of("A-1");
    event.week = moment("2025-03-03");
    event.change = change;
    event.severity = 1;
    event.families = families;
    event.posterior_permille = 900;
    event.possibly_framed = framed;
    reopen();
    file.alert_told(event, moment(at), policy, tell());
  }
  /// Gives a command; the outcome it had: "" done, "half", or the reason of the refusal.
  std::string say(Verb verb, const std::string& target, Role role, const std::string& actor, const std::string& at, Papers papers = full_papers()) {
    Act act;
    act.verb = verb;
    act.role = role;
    act.actor = actor;
    act.at = moment(at);
    act.papers = std::move(papers);
    reopen();
    last.clear();
    file.command(target, act, policy, tell());
    return last;
  }
  std::string say(Verb verb, const std::string& target, Role role, const std::string& actor, const std::string& at, const std::string& reason) {
    Papers p = full_papers();
    p.reason = reason;
    return say(verb, target, role, actor, at, p);
  }
  /// Lets time pass.
  void until(const std::string& at) {
    reopen();
    file.advance(moment(at), policy, tell());
  }
  [[nodiscard]] std::string case_id() const { return file.cases().back().id; }
  [[nodiscard]] std::string entry_id() const { return file.entries().back().id; }
  [[nodiscard]] const Entry& entry() const { return file.entries().back(); }
  [[nodiscard]] std::string state() const { return std::string(state_name(entry().state)); }

  /// An alert, taken, opened, confirmed by somebody else: a case that may be referred.
  void confirmed_case() {
    alert("2025-03-04");
    EXPECT_EQ(say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
    EXPECT_EQ(say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
    EXPECT_EQ(say(Verb::kConfirm, case_id(), Role::kSenior, "wang", "2025-03-06"), "");
  }
  /// Proposed, reviewed by two, noticed, window over: to be decided.
  void to_be_decided(const std::string& list = "BLACK", const std::string& from = "2025-03-10", const std::string& to = "2025-03-20") {
    Papers p = full_papers();
    p.list = list;
    EXPECT_EQ(say(Verb::kPropose, file.id(), Role::kRegulator, "zhao", from, p), "");
    EXPECT_EQ(say(Verb::kReview, entry_id(), Role::kRegulator, "zhao", from), "half");
    EXPECT_EQ(say(Verb::kReview, entry_id(), Role::kAuthority, "qian", from), "");
    EXPECT_EQ(say(Verb::kNotify, entry_id(), Role::kRegulator, "zhao", from), "");
    until(to);
    EXPECT_EQ(state(), "REVIEW_DONE");
  }
  void listed(const std::string& list = "BLACK") {
    to_be_decided(list);
    EXPECT_EQ(say(Verb::kList, entry_id(), Role::kRegulator, "zhao", "2025-03-21"), "half");
    EXPECT_EQ(say(Verb::kList, entry_id(), Role::kAuthority, "qian", "2025-03-21"), "");
    EXPECT_EQ(state(), "LISTED");
  }

  SubjectFile file;
  Policy policy;
  std::vector<std::string> told;  ///< "L-… p8 list REVIEW_DONE>LISTED", items as "credit list BLACK listed 350"
  std::vector<std::pair<Output, std::string>> lines;  ///< the same as they leave, without the chain
  std::string last;

 private:
  /// Through its bytes before each act: what is not kept cannot matter.
  void reopen() {
    SubjectFile read;
    const std::string bytes = file.write();
    ASSERT_TRUE(read.read(bytes));
    ASSERT_EQ(read.write(), bytes);
    file = read;
  }
  Tell tell() {
    return [this](const Change& c) {
      lines.emplace_back(output_of(c), change_fields(c, file, {}));
      if (c.what == Change::What::kItem) {
        told.push_back("credit " + std::string(item_name(c.item->kind)) + " " + c.item->code + " " + std::to_string(c.score->value));
        return;
      }
      if (c.act->role != Role::kSystem && last.empty()) {
        last = c.outcome.verdict == Verdict::kRefused ? std::string(c.outcome.reason) : c.outcome.verdict == Verdict::kHalf ? "half" : "";
      }
      told.push_back(std::string(c.target) + " " + std::string(c.outcome.rule) + " " + std::string(verb_name(c.act->verb)) + " " +
                     (c.what == Change::What::kRefused ? "refused:" + std::string(c.outcome.reason) : std::string(c.from) + ">" + std::string(c.to)));
    };
  }
};

}  // namespace brushwatch::test
