#include "alliance/machine/explore.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "alliance/machine/alert_machine.h"
#include "alliance/machine/case_machine.h"
#include "alliance/machine/entry_machine.h"
#include "alliance/machine/reasons.h"

namespace brushwatch {
namespace {

/// Explored once for all tests of this file.
const std::vector<Explored>& explored() {
  static const std::vector<Explored> machines = explore_machines(Policy{});
  return machines;
}

TEST(Explore, NoPathOfAnyMachineIsUnsafe) {
  for (const Explored& m : explored()) {
    EXPECT_TRUE(m.unsafe.empty()) << m.machine << ": " << m.unsafe.front();
    EXPECT_GT(m.accepted, 0U) << m.machine;
    std::string states;
    for (const auto& [state, n] : m.states) states += " " + state + ":" + std::to_string(n);
    std::printf("%s%s\n", m.machine.c_str(), states.c_str());
  }
}

TEST(Explore, EveryStateOfEveryTableIsReached) {
  const auto& machines = explored();
  ASSERT_EQ(machines.size(), 5U);
  EXPECT_EQ(machines[0].states.size(), kAlertStates);
  EXPECT_EQ(machines[1].states.size(), kCaseStates);
  std::set<std::string> entries;
  for (std::size_t i = 2; i < 5; ++i) for (const auto& [state, n] : machines[i].states) entries.insert(state);
  EXPECT_EQ(entries.size(), kEntryStates);
}

TEST(Explore, LooserConfigurationStaysSafeWhereTheRulesAllowNoChoice) {
  Policy loose;
  loose.two_levels = 1;
  loose.watch_suspected = 1;
  loose.rectify_from_service = 0;
  loose.verify_pauses = 0;
  loose.reply_wd = 1;
  for (const Explored& m : explore_machines(loose)) EXPECT_TRUE(m.unsafe.empty()) << m.machine << ": " << m.unsafe.front();
}

TEST(Explore, SeesWhatIsUnsafe) {
  Policy policy;
  policy.decision_needed = 0;  // A4 off: members' suspicion lists, and the watcher must say so
  policy.two_levels = 0;       // A1 off: listing is publication
  bool undecided = false, published = false;
  for (const Explored& m : explore_machines(policy)) {
    for (const std::string& path : m.unsafe) {
      undecided = undecided || path.starts_with("listed without a deciding document");
      published = published || path.starts_with("made public without its gate");
    }
  }
  EXPECT_TRUE(undecided);
  EXPECT_TRUE(published);
}

TEST(Refusals, EveryReasonHasWordsInBothLanguagesAndANextStep) {
  for (const Refusal& r : refusals()) {
    EXPECT_FALSE(r.en.empty() || r.zh.empty() || r.next.empty()) << r.key;
    EXPECT_EQ(refusal(r.key).en, r.en);
  }
  EXPECT_EQ(refusal("unheard_of").key, "unheard_of");
  for (const Explored& m : explored()) {
    for (const std::string& reason : m.reasons) EXPECT_NE(refusal(reason).en, reason) << m.machine << " refuses without words: " << reason;
  }
}

}  // namespace
}  // namespace brushwatch
