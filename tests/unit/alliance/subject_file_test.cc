#include "alliance/subject_file.h"

#include "tests/unit/alliance/file_harness.h"

namespace brushwatch {
namespace {

using test::File;
using test::full_papers;
using test::kOtherHash;
using test::moment;

bool told(const File& f, const std::string& part) {
  for (const std::string& line : f.told) if (line.find(part) != std::string::npos) return true;
  return false;
}

TEST(SubjectFile, ATakenAlertBecomesACaseThatAnotherPersonConfirms) {
  File f;
  f.alert("2025-03-04");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-03-05"), "not_in_this_state") << "it must be taken first";
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kSubject, "shop", "2025-03-05"), "role");
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "sun", "2025-03-05"), "");
  ASSERT_EQ(f.file.cases().size(), 1U);
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "li", "2025-03-06"), "four_eyes") << "took the alert";
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "sun", "2025-03-06"), "four_eyes") << "opened the case";
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kAnalyst, "wang", "2025-03-06"), "role");
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "wang", "2025-03-06"), "");
  EXPECT_EQ(f.file.cases().back().state, CaseState::kConfirmed);
}

TEST(SubjectFile, OneFamilyOpensNoCaseUnlessASeniorSaysWhy) {
  File f;
  f.alert("2025-03-04", 1);
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-04"), "");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-03-05"), "one_family");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kSenior, "wang", "2025-03-05"), "reason_needed");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kSenior, "wang", "2025-03-05", "seen_on_site"), "");
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "wang", "2025-03-06"), "four_eyes");
}

TEST(SubjectFile, AQuietAlertOfOneFamilyExpiresAndAStrongOneWaits) {
  File weak, strong;
  weak.alert("2025-03-04", 1);
  strong.alert("2025-03-04", 5);
  weak.until("2025-03-20");
  strong.until("2025-03-20");
  EXPECT_EQ(weak.file.alerts().back().state, AlertState::kExpired);
  EXPECT_EQ(strong.file.alerts().back().state, AlertState::kNew);
}

TEST(SubjectFile, ARetractionWithdrawsWhatIsNewAndIsNotedWhereAPersonHasIt) {
  File f, taken;
  f.alert("2025-03-04");
  f.alert("2025-03-05", 5, false, AlertChange::kWithdrawn);
  EXPECT_EQ(f.file.alerts().back().state, AlertState::kWithdrawn);
  f.alert("2025-03-06");
  EXPECT_EQ(f.file.alerts().back().state, AlertState::kNew) << "it may come again";
  taken.alert("2025-03-04");
  EXPECT_EQ(taken.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-04"), "");
  taken.alert("2025-03-05", 5, false, AlertChange::kWithdrawn);
  EXPECT_EQ(taken.file.alerts().back().state, AlertState::kTriage);
  EXPECT_TRUE(taken.file.alerts().back().retracted);
}

TEST(SubjectFile, WhoMayBeFramedIsConfirmedOnlyByWhoRulesItOut) {
  File f;
  f.alert("2025-03-04", 5, true);
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "wang", "2025-03-06"), "possibly_framed");
  EXPECT_EQ(f.say(Verb::kClose, f.case_id(), Role::kSenior, "wang", "2025-03-06", "victim"), "");
  EXPECT_EQ(f.file.cases().back().state, CaseState::kClosedVictim);
  EXPECT_EQ(f.file.archive().score_at(date_of(moment("2025-03-07"))).value, 600) << "a victim loses nothing";
}

TEST(SubjectFile, SuspicionOfFramingReachesTheOpenCase) {
  File f;
  f.alert("2025-03-04");
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-03-05"), "");
  f.alert("2025-03-06", 5, true, AlertChange::kUpdated);
  EXPECT_TRUE(f.file.cases().back().possibly_framed);
  EXPECT_EQ(f.say(Verb::kConfirm, f.case_id(), Role::kSenior, "wang", "2025-03-07"), "possibly_framed");
}

TEST(SubjectFile, EvidenceAndExplanationAreWaitedForFiveWorkingDays) {
  File f;
  f.alert("2025-09-24");
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-09-25"), "");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-09-25"), "");
  EXPECT_EQ(f.say(Verb::kRequestEvidence, f.case_id(), Role::kAnalyst, "li", "2025-09-26"), "");
  const Due due = f.file.cases().back().due;
  EXPECT_EQ(format_time(due.at), "2025-10-11T00:00:00.000+08:00") << "the vector of +5 working days over the National Day";
  f.until("2025-10-10T23:59:59+08:00");
  EXPECT_EQ(f.file.cases().back().state, CaseState::kEvidence);
  f.until("2025-10-11T00:00:00+08:00");
  EXPECT_EQ(f.file.cases().back().state, CaseState::kOpen);
  EXPECT_EQ(f.say(Verb::kAskSubject, f.case_id(), Role::kAnalyst, "li", "2025-10-13"), "");
  EXPECT_EQ(f.say(Verb::kAnswer, f.case_id(), Role::kSubject, "keeper", "2025-10-14"), "");
  EXPECT_EQ(f.file.cases().back().evidence.size(), 1U);
}

TEST(SubjectFile, TheWholeWayToTheBlackListAndBack) {
  File f;
  f.confirmed_case();
  EXPECT_EQ(f.say(Verb::kRefer, f.case_id(), Role::kSenior, "wang", "2025-03-06"), "");
  EXPECT_EQ(f.say(Verb::kPenalise, f.case_id(), Role::kRegulator, "zhao", "2025-03-07"), "");
  Papers p = full_papers();
  p.list = "BLACK";
  p.document.clear();
  EXPECT_EQ(f.say(Verb::kPropose, f.case_id(), Role::kRegulator, "zhao", "2025-03-10", p), "");
  EXPECT_EQ(f.file.cases().back().state, CaseState::kLinked);
  EXPECT_EQ(f.entry().document, "陕市监处〔2025〕17号") << "the penalty's document comes with the case";
  EXPECT_EQ(f.say(Verb::kReview, f.entry_id(), Role::kAuthority, "qian", "2025-03-11"), "half");
  EXPECT_EQ(f.say(Verb::kReview, f.entry_id(), Role::kRegulator, "zhao", "2025-03-11"), "");
  EXPECT_EQ(f.say(Verb::kNotify, f.entry_id(), Role::kAuthority, "qian", "2025-03-12"), "");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-03-13"), "not_in_this_state") << "the window to reply is open";
  EXPECT_EQ(f.say(Verb::kObject, f.entry_id(), Role::kSubject, "keeper", "2025-03-14"), "");
  EXPECT_EQ(f.say(Verb::kReject, f.entry_id(), Role::kAuthority, "qian", "2025-03-18"), "");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-03-19"), "half");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-03-19"), "second_person_needed");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "chen", "2025-03-19"), "second_office_needed");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kRegulator, "zhao", "2025-03-20"), "");
  EXPECT_EQ(f.state(), "LISTED");
  EXPECT_EQ(f.entry().level, 1) << "members and authorities, not the public";
  EXPECT_EQ(f.entry().reviewers.actor_a, "qian");
  EXPECT_EQ(f.entry().reviewers.actor_b, "zhao");
  EXPECT_EQ(format_date({f.entry().min_until}), "2025-06-03") << "three months from the deciding document";
  EXPECT_EQ(format_date({f.entry().max_until}), "2026-03-03");

  EXPECT_EQ(f.say(Verb::kNotify, f.entry_id(), Role::kWorkingGroup, "wu", "2025-03-24"), "");
  EXPECT_EQ(f.state(), "RECTIFYING");
  EXPECT_FALSE(f.entry().notice_late);
  EXPECT_EQ(f.say(Verb::kCommit, f.entry_id(), Role::kSubject, "keeper", "2025-03-25"), "");
  EXPECT_EQ(f.say(Verb::kFix, f.entry_id(), Role::kSubject, "keeper", "2025-05-06"), "");
  EXPECT_EQ(f.say(Verb::kAccept, f.entry_id(), Role::kRegulator, "zhao", "2025-05-09"), "");
  EXPECT_EQ(f.state(), "RECTIFIED");
  EXPECT_EQ(f.say(Verb::kRequestRepair, f.entry_id(), Role::kSubject, "keeper", "2025-05-20"), "minimum_term");
  EXPECT_EQ(f.say(Verb::kRequestRepair, f.entry_id(), Role::kSubject, "keeper", "2025-06-03"), "");
  EXPECT_EQ(f.say(Verb::kGrant, f.entry_id(), Role::kAuthority, "qian", "2025-06-10"), "");
  EXPECT_EQ(f.state(), "REPAIRED");
  EXPECT_EQ(f.entry().level, 0);
  EXPECT_EQ(f.entry().end_reason, "repaired");
  EXPECT_EQ(f.file.next_due(), EventTime::max()) << "nothing runs any more";
}

TEST(SubjectFile, OverdueRectificationIsPostedOnlyAfterTheInterview) {
  File f;
  f.listed();
  f.until("2025-03-31");
  EXPECT_TRUE(f.entry().notice_late) << "five working days after the listing";
  EXPECT_EQ(f.say(Verb::kNotify, f.entry_id(), Role::kWorkingGroup, "wu", "2025-04-01"), "");
  EXPECT_EQ(f.say(Verb::kPost, f.entry_id(), Role::kAuthority, "qian", "2025-04-02"), "not_in_this_state");
  f.until("2025-07-02");
  EXPECT_EQ(f.state(), "OVERDUE");
  EXPECT_EQ(f.entry().level, 1);
  EXPECT_EQ(f.say(Verb::kInterview, f.entry_id(), Role::kRegulator, "zhao", "2025-07-03", "absent"), "");
  EXPECT_EQ(f.say(Verb::kPost, f.entry_id(), Role::kAuthority, "qian", "2025-07-04"), "");
  EXPECT_EQ(f.state(), "SANCTIONED");
  EXPECT_EQ(f.entry().level, 2);
  Papers p = full_papers();
  p.measure = "limit_trading";
  EXPECT_EQ(f.say(Verb::kMeasure, f.entry_id(), Role::kPlatform, "taobao", "2025-07-05", p), "");
  EXPECT_EQ(f.say(Verb::kAccept, f.entry_id(), Role::kAuthority, "qian", "2025-08-01"), "") << "late, but put right";
  EXPECT_EQ(f.entry().level, 2) << "the posting stays until the repair";
  f.until("2026-03-04");
  EXPECT_EQ(f.state(), "EXPIRED");
  EXPECT_EQ(f.entry().level, 0);
  ASSERT_EQ(f.entry().measures.size(), 1U);
  EXPECT_EQ(f.entry().measures[0].to, end_of({f.entry().max_until})) << "a measure ends with its entry, at the very moment";
}

TEST(SubjectFile, VerificationStopsTheClockOfTheThreeMonths) {
  File f;
  f.listed();
  EXPECT_EQ(f.say(Verb::kNotify, f.entry_id(), Role::kWorkingGroup, "wu", "2025-03-24"), "");
  EXPECT_EQ(format_time(f.entry().due.at), "2025-06-25T00:00:00.000+08:00");
  EXPECT_EQ(f.say(Verb::kFix, f.entry_id(), Role::kSubject, "keeper", "2025-06-20"), "");
  EXPECT_EQ(f.say(Verb::kRefuse, f.entry_id(), Role::kRegulator, "zhao", "2025-06-30"), "");
  EXPECT_EQ(f.state(), "RECTIFYING") << "four days were left, and they are";
  EXPECT_EQ(format_time(f.entry().due.at), "2025-07-05T00:00:00.000+08:00");
  f.policy.verify_pauses = 0;
  EXPECT_EQ(f.say(Verb::kFix, f.entry_id(), Role::kSubject, "keeper", "2025-07-04"), "");
  EXPECT_EQ(f.say(Verb::kRefuse, f.entry_id(), Role::kRegulator, "zhao", "2025-07-06"), "");
  EXPECT_EQ(f.state(), "OVERDUE") << "without the pause the term is over";
}

TEST(SubjectFile, ListingNeedsADecisionAnsweredNoticeAndAClass) {
  File f;
  f.to_be_decided();
  Papers bare;
  bare.note = "repair: …";
  bare.basis = "art. 9";
  f.file = [&] {  // a proposal without any document
    File g;
    g.policy = f.policy;
    Papers p = full_papers();
    p.list = "BLACK";
    p.document.clear();
    g.confirmed_case();
    EXPECT_EQ(g.say(Verb::kPropose, g.case_id(), Role::kAnalyst, "sun", "2025-03-10", p), "");
    EXPECT_EQ(g.say(Verb::kReview, g.entry_id(), Role::kRegulator, "zhao", "2025-03-11"), "half");
    EXPECT_EQ(g.say(Verb::kReview, g.entry_id(), Role::kAuthority, "qian", "2025-03-11"), "");
    EXPECT_EQ(g.say(Verb::kNotify, g.entry_id(), Role::kRegulator, "zhao", "2025-03-12"), "");
    g.until("2025-03-20");
    return g.file;
  }();
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kRegulator, "zhao", "2025-03-21", bare), "decision_document_needed") << "A4";
  f.policy.decision_needed = 0;
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kRegulator, "zhao", "2025-03-21", bare), "half") << "A4 is configuration";
  Papers minor = full_papers();
  minor.grade = "minor";
  minor.list = "BLACK";
  File g;
  EXPECT_EQ(g.say(Verb::kPropose, g.file.id(), Role::kRegulator, "zhao", "2025-03-10", minor), "");
  EXPECT_EQ(g.say(Verb::kReview, g.entry_id(), Role::kRegulator, "zhao", "2025-03-11", minor), "class_general_or_serious");
}

TEST(SubjectFile, ThePapersOfBothPersonsMustAgree) {
  File f;
  f.to_be_decided();
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kRegulator, "zhao", "2025-03-21"), "half");
  Papers other = full_papers();
  other.document = "another";
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-03-21", other), "papers_differ");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-03-21", Papers{}), "") << "the second may rely on the first's papers";
  EXPECT_EQ(f.entry().document, full_papers().document);
}

TEST(SubjectFile, BlackRemovesRedInTheSameStep) {
  File f;
  Papers p = full_papers();
  p.list = "RED";
  EXPECT_EQ(f.say(Verb::kPropose, f.file.id(), Role::kPlatform, "taobao", "2025-01-02", p), "");
  const std::string red = f.entry_id();
  EXPECT_EQ(f.say(Verb::kReview, red, Role::kRegulator, "zhao", "2025-01-03"), "half");
  EXPECT_EQ(f.say(Verb::kReview, red, Role::kAuthority, "qian", "2025-01-03"), "");
  EXPECT_EQ(f.say(Verb::kList, red, Role::kAuthority, "qian", "2025-01-03"), "not_in_this_state") << "not without publicity";
  EXPECT_EQ(f.say(Verb::kPublicise, red, Role::kAuthority, "qian", "2025-01-06"), "");
  f.until("2025-01-20");
  EXPECT_EQ(f.say(Verb::kList, red, Role::kRegulator, "zhao", "2025-01-20"), "document_of_the_future") << "the papers are of March";
  Papers january = full_papers();
  january.document_date = start_of(*parse_date("2025-01-15"));
  EXPECT_EQ(f.say(Verb::kList, red, Role::kRegulator, "zhao", "2025-01-20", january), "half");
  EXPECT_EQ(f.say(Verb::kList, red, Role::kAuthority, "qian", "2025-01-20", january), "");
  EXPECT_EQ(f.file.entries()[0].state, EntryState::kListed);
  f.listed();
  EXPECT_EQ(f.file.entries()[0].state, EntryState::kRemoved);
  EXPECT_EQ(f.file.entries()[0].ended_at, f.entry().listed_at) << "the same moment";
  EXPECT_EQ(f.file.entries()[0].end_reason, "black_listed");
  EXPECT_EQ(f.say(Verb::kPropose, f.file.id(), Role::kPlatform, "taobao", "2025-03-25", p), "on_the_black_list");
}

TEST(SubjectFile, WatchIsForThePenalisedUnlessConfigured) {
  File f;
  f.confirmed_case();
  Papers p = full_papers();
  p.list = "WATCH";
  p.document.clear();
  EXPECT_EQ(f.say(Verb::kPropose, f.case_id(), Role::kRegulator, "zhao", "2025-03-10", p), "penalty_needed") << "A5";
  f.policy.watch_suspected = 1;
  EXPECT_EQ(f.say(Verb::kPropose, f.case_id(), Role::kRegulator, "zhao", "2025-03-10", p), "");
  EXPECT_EQ(f.entry().list, List::kWatch);
}

TEST(SubjectFile, AWatchedSubjectIsEducatedAndRemovedOrItsTermEnds) {
  File corrected, forgotten;
  corrected.listed("WATCH");
  EXPECT_EQ(corrected.say(Verb::kEducate, corrected.entry_id(), Role::kRegulator, "zhao", "2025-04-01"), "");
  EXPECT_EQ(corrected.say(Verb::kAccept, corrected.entry_id(), Role::kRegulator, "zhao", "2025-05-01"), "");
  EXPECT_EQ(corrected.state(), "REMOVED");
  forgotten.listed("WATCH");
  forgotten.until("2027-03-22");
  EXPECT_EQ(forgotten.state(), "EXPIRED");
}

TEST(SubjectFile, LevelsAndClocksOfTheAmbiguitiesAreConfiguration) {
  File one_level, from_listing;
  one_level.policy.two_levels = 0;  // A1
  one_level.listed();
  EXPECT_EQ(one_level.entry().level, 2);
  from_listing.policy.rectify_from_service = 0;  // A2
  from_listing.listed();
  EXPECT_EQ(from_listing.say(Verb::kNotify, from_listing.entry_id(), Role::kWorkingGroup, "wu", "2025-03-27"), "");
  EXPECT_EQ(format_date(date_of(from_listing.entry().due.at - 1)), "2025-06-23") << "21 June is a Saturday";
  File reply;
  reply.policy.reply_wd = 10;  // A3
  Papers p = full_papers();
  p.list = "BLACK";
  EXPECT_EQ(reply.say(Verb::kPropose, reply.file.id(), Role::kRegulator, "zhao", "2025-03-10", p), "");
  EXPECT_EQ(reply.say(Verb::kReview, reply.entry_id(), Role::kRegulator, "zhao", "2025-03-11"), "half");
  EXPECT_EQ(reply.say(Verb::kReview, reply.entry_id(), Role::kAuthority, "qian", "2025-03-11"), "");
  EXPECT_EQ(reply.say(Verb::kNotify, reply.entry_id(), Role::kRegulator, "zhao", "2025-03-12"), "");
  reply.until("2025-03-20");
  EXPECT_EQ(reply.state(), "PRE_NOTICED");
  reply.until("2025-03-27");
  EXPECT_EQ(reply.state(), "REVIEW_DONE");
}

TEST(SubjectFile, ASecondRepairWithinAYearIsBarred) {
  File f;
  const auto rectified_and_asked = [&](const std::string& served, const std::string& fixed, const std::string& asked) {
    EXPECT_EQ(f.say(Verb::kNotify, f.entry_id(), Role::kWorkingGroup, "wu", served), "");
    EXPECT_EQ(f.say(Verb::kCommit, f.entry_id(), Role::kSubject, "keeper", served), "");
    EXPECT_EQ(f.say(Verb::kFix, f.entry_id(), Role::kSubject, "keeper", fixed), "");
    EXPECT_EQ(f.say(Verb::kAccept, f.entry_id(), Role::kRegulator, "zhao", fixed), "");
    return f.say(Verb::kRequestRepair, f.entry_id(), Role::kSubject, "keeper", asked);
  };
  f.listed();
  EXPECT_EQ(rectified_and_asked("2025-03-24", "2025-04-01", "2025-06-10"), "");
  EXPECT_EQ(f.say(Verb::kGrant, f.entry_id(), Role::kAuthority, "qian", "2025-06-11"), "");
  f.to_be_decided("BLACK", "2025-06-16", "2025-06-30");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kRegulator, "zhao", "2025-07-01"), "half");
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-07-01"), "");
  EXPECT_EQ(rectified_and_asked("2025-07-03", "2025-08-01", "2025-10-15"), "repaired_lately");
  EXPECT_EQ(f.say(Verb::kRequestRepair, f.entry_id(), Role::kSubject, "keeper", "2026-02-28"), "repaired_lately");
}

TEST(SubjectFile, ARevokedEntryIsOffAtOnceAndACorrectedOneStays) {
  File f;
  f.listed();
  Papers p = full_papers();
  p.note = "facts as corrected";
  EXPECT_EQ(f.say(Verb::kCorrect, f.entry_id(), Role::kAuthority, "qian", "2025-04-01", p), "");
  EXPECT_EQ(f.entry().facts, "facts as corrected");
  EXPECT_EQ(f.state(), "LISTED");
  EXPECT_EQ(f.say(Verb::kRevoke, f.entry_id(), Role::kRegulator, "zhao", "2025-04-02"), "role");
  EXPECT_EQ(f.say(Verb::kRevoke, f.entry_id(), Role::kAuthority, "qian", "2025-04-02"), "");
  EXPECT_EQ(f.state(), "REVOKED");
  EXPECT_EQ(f.entry().level, 0);
}

TEST(SubjectFile, AReopenedCaseThatEndsOtherwiseNoLongerWeighs) {
  File f;
  f.confirmed_case();
  Papers p = full_papers();
  p.list = "BLACK";
  EXPECT_EQ(f.say(Verb::kPropose, f.case_id(), Role::kAnalyst, "sun", "2025-03-07", p), "");
  EXPECT_EQ(f.file.archive().score_at(date_of(moment("2025-03-08"))).value, 500);
  Papers fresh = full_papers();
  fresh.evidence = kOtherHash;
  EXPECT_EQ(f.say(Verb::kReopen, f.case_id(), Role::kSenior, "zhou", "2025-04-01", fresh), "");
  EXPECT_EQ(f.say(Verb::kReopen, f.case_id(), Role::kSenior, "zhou", "2025-04-01", fresh), "not_in_this_state");
  EXPECT_EQ(f.say(Verb::kClose, f.case_id(), Role::kSenior, "zheng", "2025-04-02", "cleared"), "");
  EXPECT_EQ(f.file.archive().score_at(date_of(moment("2025-04-03"))).value, 600);
  EXPECT_TRUE(told(f, "credit case confirmed 500")) << "what was counted stays history";
}

TEST(SubjectFile, ARefusedCommandChangesNothingAndIsTold) {
  File f;
  f.listed();
  const std::string before = f.file.write();
  EXPECT_EQ(f.say(Verb::kList, f.entry_id(), Role::kAuthority, "qian", "2025-03-21"), "not_in_this_state");
  EXPECT_EQ(f.file.write(), before);
  EXPECT_TRUE(told(f, "refused:not_in_this_state"));
  EXPECT_EQ(f.say(Verb::kGrant, "L-unknown", Role::kAuthority, "qian", "2025-03-21"), "no_such_target");
}

TEST(SubjectFile, AProvisionalTermIsCountedAgainUnderTheNewCalendar) {
  File f;
  f.policy.calendar_version = 1;  // the notice for 2026 is not known yet
  f.alert("2025-12-30");
  EXPECT_EQ(f.say(Verb::kTake, "A-1", Role::kAnalyst, "li", "2025-12-30"), "");
  EXPECT_EQ(f.say(Verb::kOpen, "A-1", Role::kAnalyst, "li", "2025-12-30"), "");
  EXPECT_EQ(f.say(Verb::kAskSubject, f.case_id(), Role::kAnalyst, "li", "2025-12-31"), "");
  EXPECT_TRUE(f.file.cases().back().due.provisional);
  EXPECT_EQ(format_date(date_of(f.file.cases().back().due.at - 1)), "2026-01-07");
  f.policy.calendar_version = 2;
  f.until("2026-01-05");
  EXPECT_FALSE(f.file.cases().back().due.provisional);
  EXPECT_EQ(format_date(date_of(f.file.cases().back().due.at - 1)), "2026-01-08");
}

TEST(SubjectFile, DeadlinesFallInTheirOrderHoweverLateTheClockComes) {
  File in_steps, at_once;
  for (File* f : {&in_steps, &at_once}) {
    f->listed();
    EXPECT_EQ(f->say(Verb::kNotify, f->entry_id(), Role::kWorkingGroup, "wu", "2025-03-24"), "");
  }
  for (const char* day : {"2025-04-01", "2025-06-25", "2025-06-26", "2025-07-20", "2026-03-03", "2026-03-04"}) in_steps.until(day);
  at_once.until("2026-12-31");
  EXPECT_EQ(in_steps.file.write(), at_once.file.write());
  EXPECT_EQ(in_steps.told, at_once.told);
  EXPECT_EQ(at_once.state(), "EXPIRED");
}

TEST(SubjectFile, ReadsNothingThatIsNotWhole) {
  File f;
  f.listed();
  const std::string bytes = f.file.write();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    SubjectFile read;
    EXPECT_FALSE(read.read(std::string_view(bytes).substr(0, n))) << n;
  }
  SubjectFile read;
  EXPECT_FALSE(read.read(bytes + "x"));
}

}  // namespace
}  // namespace brushwatch
