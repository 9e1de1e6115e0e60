// Whatever people say in whatever order, a subject's file keeps the promises of the procedure, and its bytes replay.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "alliance/subject_file.h"
#include "tests/support/seeds.h"

namespace brushwatch {
namespace {

constexpr const char* kPersons[] = {"li", "wang", "zhang", "zhao"};
constexpr const char* kReasons[] = {"", "victim", "cleared", "framing_ruled_out", "attended", "absent"};
constexpr const char* kLists[] = {"BLACK", "WATCH", "RED", ""};
/// 2025-03-10T08:00:00+08:00.
constexpr EventTime kBegin{1'741'564'800'000};

/// One long procedure by chance; what is told, and the file's bytes at its end.
struct Story {
  std::vector<std::string> told;
  std::string bytes;
  std::size_t listed = 0, acts = 0, refused = 0;
};

Papers chance_papers(std::mt19937_64& random, EventTime now) {
  const auto maybe = [&](const char* text) { return random() % 8 == 0 ? std::string() : std::string(text); };
  Papers p;
  p.reason = kReasons[random() % std::size(kReasons)];
  p.list = kLists[random() % std::size(kLists)];
  p.document = maybe(random() % 4 == 0 ? "D-2" : "D-1");
  p.issuer = maybe("SAMR");
  p.basis = maybe("art. 9");
  p.behaviour = maybe("FAKE_TRADE");
  p.grade = random() % 4 == 0 ? "serious" : random() % 16 == 0 ? "minor" : "general";
  p.evidence = maybe(random() % 2 == 0 ? "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
                                       : "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  p.measure = maybe("limit_trading");
  p.member = maybe("taobao");
  p.note = maybe("told");
  p.document_date = random() % 8 == 0 ? EventTime{} : now - kDayMs;
  p.until = random() % 2 == 0 ? now + 300 * kDayMs : EventTime{};
  return p;
}

void keeps_its_promises(const SubjectFile& file, const std::set<std::string>& noticed) {
  bool black = false, red = false;
  for (const Entry& e : file.entries()) {
    const bool now = in_force(e.state);
    black = black || (now && e.list == List::kBlack);
    red = red || (now && e.list == List::kRed);
    if (now || e.listed_at.ms != 0) {
      ASSERT_FALSE(e.reviewers.actor_a.empty());
      ASSERT_NE(e.reviewers.actor_a, e.reviewers.actor_b) << "two persons";
      ASSERT_NE(e.reviewers.role_a, e.reviewers.role_b) << "of two offices";
      ASSERT_TRUE(noticed.contains(e.id)) << "listed without notice";
      ASSERT_FALSE(e.document.empty()) << "listed without a decision";
    }
    if (now) continue;
    ASSERT_EQ(e.level, 0) << "announced without being in force";
    for (const Measure& m : e.measures) ASSERT_NE(m.to, EventTime::max()) << "a measure outlives its entry";
  }
  ASSERT_FALSE(black && red) << "red and black at once";
  for (const CaseFile& c : file.cases()) {
    if (c.confirmed_by.empty()) continue;
    const auto before = std::find(c.analysts.begin(), c.analysts.end(), c.confirmed_by);
    // Who confirmed it may propose the entry later; then the name is the last of those who worked on it.
    if (before != c.analysts.end() && c.state == CaseState::kConfirmed) FAIL() << "confirmed by somebody who worked on it";
  }
}

/// Something that the table takes in the state of an alert, case or entry by chance; now and then anything at all.
std::string choose(const SubjectFile& file, std::mt19937_64& random, Act& act) {
  struct Choice { std::string target; Verb verb; RoleMask by; };
  std::vector<Choice> choices{{file.id(), Verb::kPropose, kAnyPerson}};
  const auto add = [&](const auto& object, const auto& rules) {
    for (const auto& rule : rules) {
      if ((rule.from & bit(object.state)) != 0 && object.takes(rule) && !of_the_engine(rule.verb)) choices.push_back({object.id, rule.verb, rule.by});
    }
  };
  for (const AlertFile& a : file.alerts()) add(a, alert_rules());
  for (const CaseFile& c : file.cases()) add(c, case_rules());
  for (const Entry& e : file.entries()) add(e, entry_rules());
  const Choice& choice = choices[random() % choices.size()];
  act.verb = random() % 8 == 0 ? static_cast<Verb>(random() % static_cast<std::uint64_t>(Verb::kRaise)) : choice.verb;
  do act.role = static_cast<Role>(1 + random() % (kRoles - 1));
  while (random() % 8 != 0 && !choice.by.has(act.role));
  return choice.target;
}

Story live(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Story story;
  SubjectFile file(SubjectKind::kShop, "taobao:S-9");
  const Policy policy;
  std::set<std::string> noticed;
  const Tell tell = [&](const Change& c) {
    if (c.what == Change::What::kItem) {
      story.told.push_back(std::string(c.item->code) + " " + std::to_string(c.score->value));
      return;
    }
    story.told.push_back(std::string(c.target) + " " + std::string(c.outcome.rule) + " " + std::string(c.outcome.reason) + " " + std::string(c.to) + " " + format_time(c.act->at));
    if (!c.outcome.accepted()) ++story.refused;
    const bool told_before = c.act->verb == Verb::kNotify || c.act->verb == Verb::kPublicise;
    if (c.what == Change::What::kEntry && told_before && c.outcome.accepted()) noticed.insert(c.entry->id);
    if (c.what == Change::What::kEntry && c.to == "LISTED" && c.from != "LISTED") ++story.listed;
    // The engine moves alerts and lets terms end; it decides nothing.
    if (c.act->role == Role::kSystem && c.what == Change::What::kCase) {
      EXPECT_TRUE(c.to == "OPEN") << c.to;
    }
    if (c.act->role == Role::kSystem && c.what == Change::What::kEntry && c.from != c.to) {
      EXPECT_TRUE(c.to == "REVIEW_DONE" || c.to == "OVERDUE" || c.to == "EXPIRED" || c.to == "REMOVED") << c.to;
    }
  };
  EventTime now = kBegin;
  for (int i = 0; i < 400; ++i) {
    now = now + static_cast<std::int64_t>(random() % 6 == 0 ? random() % (40 * kDayMs) : random() % kDayMs);
    if (i == 0 || random() % 60 == 0) {
      AlertToldEvent alert;
      const std::string id = "A-" + std::to_string(random() % 3);
      alert.alert = NamedId::of(id);
      alert.change = static_cast<AlertChange>(random() % 3);
      alert.families = random() % 3 == 0 ? 1 : 5;
      alert.possibly_framed = random() % 4 == 0;
      file.alert_told(alert, now, policy, tell);
      continue;
    }
    Act act;
    act.actor = kPersons[random() % std::size(kPersons)];
    act.at = now - static_cast<std::int64_t>(random() % kHourMs);  // entered a little later than it happened
    act.papers = chance_papers(random, now);
    std::string target = choose(file, random, act);
    ++story.acts;
    file.command(target, act, policy, tell);
    keeps_its_promises(file, noticed);
    if (::testing::Test::HasFatalFailure()) break;
    SubjectFile read;
    const std::string bytes = file.write();
    EXPECT_TRUE(read.read(bytes));
    EXPECT_EQ(read.write(), bytes);
    file = read;  // what is not in the bytes cannot matter
  }
  story.bytes = file.write();
  return story;
}

TEST(Procedure, ManyStoriesByChanceKeepEveryPromise) {
  std::size_t listed = 0, acts = 0;
  test::for_each_seed(150, [&](std::uint64_t seed) {
    const Story story = live(seed);
    listed += story.listed;
    acts += story.acts;
  });
  // A test in which nobody is ever listed would show nothing.
  EXPECT_GT(listed, 20U) << "of " << acts << " acts";
}

TEST(Procedure, TheSameActsTellTheSame) {
  test::for_each_seed(10, [](std::uint64_t seed) {
    const Story once = live(seed), again = live(seed);
    EXPECT_EQ(once.told, again.told);
    EXPECT_EQ(once.bytes, again.bytes);
  });
}

}  // namespace
}  // namespace brushwatch
