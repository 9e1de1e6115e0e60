#include "alliance/machine/entry_machine.h"

#include <algorithm>
#include <array>

namespace brushwatch {
namespace {

using S = EntryState;
using R = Rule<Entry>;
using Unit = Due::Unit;

constexpr std::string_view kMeasureCodes[] = {"inspection", "bar_officers", "limit_trading", "limit_goods", "limit_finance",
                                              "refuse_entry", "lower_grade", "close_shop", "freeze_account", "expose"};

std::uint32_t count(std::int64_t n) { return static_cast<std::uint32_t>(n); }
Due working_days(DueKind kind, const Act& act, std::int64_t days, const Env& env) {
  return Due::in(kind, act.at, Unit::kWorkingDays, count(days), env.calendar);
}

// ---- guards: empty, or the key of what is missing ----------------------------------------------------------------
std::string_view passed(const Entry& e, const Act& act, const Env&) {
  return e.due.runs() && act.at >= e.due.at ? std::string_view() : "not_due";
}
std::string_view in_window(const Entry& e, const Act& act, const Env&) { return act.at < e.due.at ? "" : "window_over"; }
std::string_view grounds(const Act& act, const Env& env) {
  return !act.papers.document.empty() || env.facts.case_confirmed || env.facts.case_penalised ? "" : "case_or_decision_needed";
}
std::string_view black_grounds(const Entry&, const Act& act, const Env& env) { return grounds(act, env); }
std::string_view watch_grounds(const Entry&, const Act& act, const Env& env) {
  if (env.facts.black) return "on_the_black_list";
  // A5: the watch list is for penalised breaches; suspicion alone stays internal.
  if (env.policy.watch_suspected == 0 && act.papers.document.empty() && !env.facts.case_penalised) return "penalty_needed";
  return grounds(act, env);
}
std::string_view red_grounds(const Entry&, const Act& act, const Env& env) {
  if (env.facts.black) return "on_the_black_list";
  if (env.facts.watch) return "on_the_watch_list";
  return act.papers.note.empty() ? "merits_needed" : "";
}
std::string_view own_proposal(const Entry& e, const Act& act, const Env&) { return act.actor == e.proposer ? "" : "only_the_proposer"; }
Grade grade_of(std::string_view word) {
  return word == "general" ? Grade::kGeneral : word == "serious" ? Grade::kSerious : Grade::kNone;
}
std::string_view graded(const Entry& e, const Act& act, const Env&) {
  if (grade_of(act.papers.grade) != Grade::kNone) return {};
  return e.pending.given() && act.papers.grade.empty() ? "" : "class_general_or_serious";
}
std::string_view notice_text(const Entry&, const Act& act, const Env&) {
  // Facts, basis and rights are told before the decision.
  if (act.papers.note.empty()) return "facts_and_rights_needed";
  return act.papers.basis.empty() ? "basis_needed" : "";
}
std::string_view with_note(const Entry&, const Act& act, const Env&) { return act.papers.note.empty() ? "reasons_needed" : ""; }
std::string_view decision(const Entry& e, const Act& act, const Env& env) {
  if (e.noticed_at.ms == 0) return "no_prior_notice";
  // The second person may leave to the first what the first has put on the file.
  Papers papers = act.papers;
  if (e.pending.given() && e.pending.verb == act.verb) papers.complete_from(e.pending.papers);
  if (env.policy.decision_needed != 0) {
    if (papers.document.empty()) return "decision_document_needed";
    if (papers.document_date.ms == 0) return "document_date_needed";
    if (papers.document_date > act.at) return "document_of_the_future";
  }
  if (papers.basis.empty() && e.basis.empty()) return "basis_needed";
  // Two documents, one service: how to repair is told together with the decision.
  return papers.note.empty() ? "repair_notice_needed" : "";
}
std::string_view red_decision(const Entry& e, const Act& act, const Env& env) {
  if (env.facts.black) return "on_the_black_list";
  if (env.facts.watch) return "on_the_watch_list";
  if (e.noticed_at.ms == 0) return "no_publicity";
  Papers papers = act.papers;
  if (e.pending.given() && e.pending.verb == act.verb) papers.complete_from(e.pending.papers);
  if (env.policy.decision_needed != 0 && papers.document.empty()) return "decision_document_needed";
  return papers.document_date > act.at ? "document_of_the_future" : "";
}
std::string_view with_document(const Entry&, const Act& act, const Env&) { return act.papers.document.empty() ? "document_needed" : ""; }
std::string_view with_evidence(const Entry&, const Act& act, const Env&) { return act.papers.evidence.empty() ? "evidence_hash_needed" : ""; }
EventTime rectify_end(const Entry& e, const Act& act, const Env& env) {
  return env.policy.verify_pauses != 0 ? e.rectify.at + (act.at - e.paused_at) : e.rectify.at;
}
std::string_view time_left(const Entry& e, const Act& act, const Env& env) { return rectify_end(e, act, env) > act.at ? "" : "three_months_over"; }
std::string_view later(const Entry& e, const Act& act, const Env&) { return act.papers.until > e.due.at ? "" : "until_needed"; }
std::string_view attendance(const Entry&, const Act& act, const Env&) {
  return act.papers.reason == "attended" || act.papers.reason == "absent" ? "" : "attended_or_absent";
}
std::string_view repairable(const Entry& e, const Act& act, const Env& env) {
  const Date today = date_of(act.at);
  if (!e.commitment) return "commitment_needed";
  if (today.day < e.min_until) return "minimum_term";
  const Calendar& c = env.calendar;
  if (env.facts.last_repair != EventTime::min() &&
      today < c.plain_months_after(date_of(env.facts.last_repair), count(env.policy.bar_months))) {
    return "repaired_lately";
  }
  return env.facts.repairs >= static_cast<std::uint32_t>(env.policy.bar_repairs) ? "repaired_repeatedly" : "";
}
std::string_view known_measure(const Entry& e, const Act& act, const Env&) {
  const std::string& code = act.papers.measure;
  if (std::find(std::begin(kMeasureCodes), std::end(kMeasureCodes), code) == std::end(kMeasureCodes)) return "unknown_measure";
  if (act.papers.basis.empty()) return "basis_needed";
  if (code == "expose" && e.level < 2) return "not_public";
  if (e.measures.size() >= kMeasuresMax) return "too_many_measures";
  return {};
}
std::string_view running_measure(const Entry& e, const Act& act, const Env&) {
  for (const Measure& m : e.measures) {
    if (m.code == act.papers.measure && m.to == EventTime::max() && m.actor == act.actor) return {};
  }
  return "no_such_measure";
}
std::string_view term_over(const Entry& e, const Act& act, const Env&) {
  return e.max_until != INT64_MAX && act.at >= end_of({e.max_until}) ? "" : "not_due";
}

// ---- effects -----------------------------------------------------------------------------------------------------
void propose(Entry& e, const Act& act, const Env&) {
  e.proposer_role = act.role;
  e.proposer = act.actor;
  e.proposed_at = act.at;
  e.behaviour = act.papers.behaviour;
  e.facts = act.papers.note;
  e.basis = act.papers.basis;
  e.document = act.papers.document;
  e.issuer = act.papers.issuer;
  e.document_date = act.papers.document_date;
  e.evidence = act.papers.evidence;
}
void begin_review(Entry& e, const Act& act, const Env&) { e.grade = grade_of(act.papers.grade); }
void prior_notice(Entry& e, const Act& act, const Env& env) {
  e.noticed_at = act.at;
  e.facts = act.papers.note;
  e.basis = act.papers.basis;
  e.due = working_days(DueKind::kReply, act, env.policy.reply_wd, env);
}
void publicise(Entry& e, const Act& act, const Env& env) {
  e.noticed_at = act.at;
  e.due = Due::in(DueKind::kPublicity, act.at, Unit::kDays, count(env.policy.red_publicity_days), env.calendar);
}
void object(Entry& e, const Act& act, const Env& env) {
  ++e.objections;
  e.objection = act.papers.note;
  e.due = working_days(DueKind::kAnswer, act, env.policy.answer_wd, env);
}
void answer_late(Entry& e, const Act&, const Env&) { e.answer_late = true; e.due = {}; }
void answer(Entry& e, const Act& act, const Env&) { e.answer = act.papers.note; }
void upheld(Entry& e, const Act& act, const Env& env) {
  answer(e, act, env);
  end_entry(e, act.at, "objection_upheld");
}
void end_withdrawn(Entry& e, const Act& act, const Env&) { end_entry(e, act.at, "withdrawn"); }
void end_declined(Entry& e, const Act& act, const Env&) { end_entry(e, act.at, "not_listed"); }
void decide(Entry& e, const Act& act) {
  e.reviewers = e.seconded;
  e.listed_at = act.at;
  if (!act.papers.document.empty()) {
    e.document = act.papers.document;
    e.issuer = act.papers.issuer;
  }
  if (act.papers.document_date.ms != 0) e.document_date = act.papers.document_date;
  if (!act.papers.basis.empty()) e.basis = act.papers.basis;
}
void list(Entry& e, const Act& act, const Env& env) {
  decide(e, act);
  e.level = env.policy.two_levels != 0 ? 1 : 2;
  const bool serious = e.grade == Grade::kSerious;
  // Terms of posting count from the date of the deciding document.
  const Date from = date_of(e.document_date.ms != 0 ? e.document_date : act.at);
  const Policy& p = env.policy;
  e.min_until = env.calendar.plain_months_after(from, count(serious ? p.serious_min_months : p.general_min_months)).day;
  e.max_until = env.calendar.plain_months_after(from, count(serious ? p.serious_max_months : p.general_max_months)).day;
  e.due = working_days(DueKind::kNotice, act, p.notice_wd, env);
}
void list_watch(Entry& e, const Act& act, const Env& env) {
  decide(e, act);
  e.level = 1;
  e.max_until = env.calendar.plain_months_after(date_of(act.at), count(env.policy.watch_max_months)).day;
}
void list_red(Entry& e, const Act& act, const Env& env) {
  decide(e, act);
  e.level = 2;  // the red list commends: it is public
  e.max_until = env.calendar.plain_months_after(date_of(act.at), count(env.policy.red_valid_months)).day;
}
void notice_late(Entry& e, const Act&, const Env&) { e.notice_late = true; e.due = {}; }
void serve(Entry& e, const Act& act, const Env& env) {
  e.served_at = act.at;
  const EventTime from = env.policy.rectify_from_service != 0 ? act.at : e.listed_at;
  e.rectify = Due::in(DueKind::kRectify, from, Unit::kMonths, count(env.policy.rectify_months), env.calendar);
  e.due = e.rectify;
}
void commit(Entry& e, const Act& act, const Env&) {
  e.commitment = true;
  e.commitment_document = act.papers.document;
  e.commitment_at = act.at;
}
void claim(Entry& e, const Act& act, const Env& env) {
  e.paused_at = act.at;
  e.due = working_days(DueKind::kVerify, act, env.policy.verify_wd, env);
}
void verify_late(Entry& e, const Act&, const Env&) { e.verify_late = true; e.due = {}; }
void fixed(Entry& e, const Act&, const Env&) { e.corrected = true; }
void go_on(Entry& e, const Act& act, const Env& env) {
  const EventTime end = rectify_end(e, act, env);
  e.rectify.at = end;
  if (env.policy.verify_pauses != 0) e.rectify.unit = Unit::kMoment;  // moved by the pause: no calendar gives it again
  e.due = e.rectify;
}
void overdue(Entry& e, const Act& act, const Env& env) { e.due = working_days(DueKind::kInterview, act, env.policy.interview_wd, env); }
void extend(Entry& e, const Act& act, const Env& env) {
  ++e.extensions;
  e.rectify = Due::at_moment(DueKind::kRectify, act.papers.until, env.calendar);
  e.due = e.rectify;
}
void interview_late(Entry& e, const Act&, const Env&) { e.interview_late = true; e.due = {}; }
void interview(Entry& e, const Act& act, const Env&) { e.interview = act.papers.reason; }
void post(Entry& e, const Act& act, const Env&) {
  e.level = 2;
  e.posting = act.papers.note;
}
void ask_repair(Entry& e, const Act& act, const Env& env) {
  ++e.repair_requests;
  e.due = working_days(DueKind::kRepair, act, env.policy.repair_wd, env);
}
void repair_late(Entry& e, const Act&, const Env&) { e.repair_late = true; e.due = {}; }
void end_repaired(Entry& e, const Act& act, const Env&) { end_entry(e, act.at, "repaired"); }
void end_expired(Entry& e, const Act& act, const Env&) {
  e.uncorrected_at_end = e.list == List::kBlack && !e.corrected;
  end_entry(e, act.at, "maximum_term");
}
void end_revoked(Entry& e, const Act& act, const Env&) { end_entry(e, act.at, act.papers.document); }
void end_removed(Entry& e, const Act& act, const Env&) { end_entry(e, act.at, act.papers.reason.empty() ? "removed" : act.papers.reason); }
void correct(Entry& e, const Act& act, const Env&) {
  ++e.corrections;
  e.facts = act.papers.note;
  if (!act.papers.behaviour.empty()) e.behaviour = act.papers.behaviour;
}
void take_measure(Entry& e, const Act& act, const Env&) {
  e.measures.push_back({act.papers.measure, act.role, act.actor, act.papers.basis, act.at, EventTime::max()});
}
void end_measure(Entry& e, const Act& act, const Env&) {
  for (Measure& m : e.measures) {
    if (m.code == act.papers.measure && m.to == EventTime::max() && m.actor == act.actor) m.to = act.at;
  }
}

constexpr std::uint64_t kInForce = any_of(S::kListed, S::kRectifying, S::kVerify, S::kOverdue, S::kInterviewed, S::kSanctioned,
                                          S::kRectified, S::kRepairReview, S::kEducated);
constexpr RoleMask kDeciders{Role::kAuthority, Role::kRegulator};
constexpr std::uint8_t kB = 1, kW = 2, kR = 4, kBW = 3, kAll = 7;

struct Row {
  std::uint8_t lists;
  R rule;
};
constexpr Row kRows[] = {
    {kB, {"p1", bit(S::kNone), Verb::kPropose, {Role::kRegulator, Role::kAnalyst, Role::kPlatform}, false, S::kProposed, black_grounds, propose, "case or decision attached", ""}},
    {kW, {"p1", bit(S::kNone), Verb::kPropose, {Role::kRegulator}, false, S::kProposed, watch_grounds, propose, "a penalty (A5); not on the black list", ""}},
    {kR, {"p1", bit(S::kNone), Verb::kPropose, {Role::kAnalyst, Role::kPlatform}, false, S::kProposed, red_grounds, propose, "merits told; on no other list", ""}},
    {kAll, {"p2", bit(S::kProposed), Verb::kWithdraw, {Role::kRegulator, Role::kAnalyst, Role::kPlatform}, false, S::kWithdrawn, own_proposal, end_withdrawn, "the proposer", ""}},
    {kBW, {"p3", bit(S::kProposed), Verb::kReview, kDeciders, true, S::kReview, graded, begin_review, "class general or serious", ""}},
    {kR, {"p3", bit(S::kProposed), Verb::kReview, kDeciders, true, S::kReview, nullptr, nullptr, "", ""}},
    {kBW, {"p4", bit(S::kReview), Verb::kNotify, kDeciders, false, S::kPreNoticed, notice_text, prior_notice, "facts, basis and rights told", "reply: 5 working days"}},
    {kBW, {"p5", bit(S::kPreNoticed), Verb::kObject, {Role::kSubject}, false, S::kObjected, in_window, object, "in the window", "answer: 10 working days"}},
    {kAll, {"p6", bit(S::kObjected), Verb::kUphold, kDeciders, false, S::kRejected, with_note, upheld, "reasons", ""}},
    {kAll, {"p6", bit(S::kObjected), Verb::kReject, kDeciders, false, S::kReviewDone, with_note, answer, "reasons", ""}},
    {kAll, {"p6", bit(S::kObjected), Verb::kElapse, {Role::kSystem}, false, std::nullopt, passed, answer_late, "answer due passed: flagged", ""}},
    {kBW, {"p7", bit(S::kPreNoticed), Verb::kElapse, {Role::kSystem}, false, S::kReviewDone, passed, nullptr, "window over", ""}},
    {kB, {"p8", bit(S::kReviewDone), Verb::kList, kDeciders, true, S::kListed, decision, list, "CA and RG; decision, basis, class, repair notice", "rectification notice: 5 working days"}},
    {kW, {"p8", bit(S::kReviewDone), Verb::kList, kDeciders, true, S::kListed, decision, list_watch, "CA and RG; decision, basis, class, repair notice", "2 years"}},
    {kAll, {"p9", bit(S::kReviewDone), Verb::kDecline, kDeciders, true, S::kRejected, nullptr, end_declined, "CA and RG", ""}},
    {kB, {"p10", bit(S::kListed), Verb::kNotify, {Role::kWorkingGroup}, false, S::kRectifying, nullptr, serve, "late when 5 working days after the listing are over", "rectify: 3 months"}},
    {kB, {"p10", bit(S::kListed), Verb::kElapse, {Role::kSystem}, false, std::nullopt, passed, notice_late, "NOTICE_LATE", ""}},
    {kB, {"p11", any_of(S::kRectifying, S::kVerify, S::kOverdue, S::kInterviewed, S::kSanctioned, S::kRectified), Verb::kCommit, {Role::kSubject}, false, std::nullopt, with_document, commit, "public text; late signing is possible, or no late fixer could ever repair", ""}},
    {kB, {"p12", bit(S::kRectifying), Verb::kFix, {Role::kSubject}, false, S::kVerify, with_evidence, claim, "evidence", "verify: 10 working days; the three months pause"}},
    {kB, {"p13", bit(S::kVerify), Verb::kAccept, kDeciders, false, S::kRectified, nullptr, fixed, "sector rule", ""}},
    {kB, {"p13", bit(S::kVerify), Verb::kRefuse, kDeciders, false, S::kRectifying, time_left, go_on, "time is left", "what is left of the three months"}},
    {kB, {"p13", bit(S::kVerify), Verb::kRefuse, kDeciders, false, S::kOverdue, nullptr, overdue, "no time is left", "interview: 10 working days"}},
    {kB, {"p13", bit(S::kVerify), Verb::kElapse, {Role::kSystem}, false, std::nullopt, passed, verify_late, "VERIFY_LATE", ""}},
    {kB, {"p14", bit(S::kRectifying), Verb::kElapse, {Role::kSystem}, false, S::kOverdue, passed, overdue, "end of three months", "interview: 10 working days"}},
    {kB, {"p14", bit(S::kRectifying), Verb::kExtend, kDeciders, false, std::nullopt, later, extend, "a later end (none by default)", ""}},
    {kB, {"p15", bit(S::kOverdue), Verb::kInterview, kDeciders, false, S::kInterviewed, attendance, interview, "the principal attends, or the absence is recorded", ""}},
    {kB, {"p15", bit(S::kOverdue), Verb::kElapse, {Role::kSystem}, false, std::nullopt, passed, interview_late, "INTERVIEW_LATE", ""}},
    {kB, {"p16", bit(S::kInterviewed), Verb::kPost, kDeciders, false, S::kSanctioned, with_note, post, "posting text approved", ""}},
    {kB, {"p17", any_of(S::kOverdue, S::kSanctioned), Verb::kAccept, kDeciders, false, S::kRectified, with_evidence, fixed, "evidence of the late fix", ""}},
    {kB, {"p18", bit(S::kRectified), Verb::kRequestRepair, {Role::kSubject}, false, S::kRepairReview, repairable, ask_repair, "minimum term, commitment, no bar", "10 working days"}},
    {kB, {"p19", bit(S::kRepairReview), Verb::kGrant, kDeciders, false, S::kRepaired, nullptr, end_repaired, "posting, sharing and measures end", ""}},
    {kB, {"p19", bit(S::kRepairReview), Verb::kRefuse, kDeciders, false, S::kRectified, with_note, answer, "reasons", ""}},
    {kB, {"p19", bit(S::kRepairReview), Verb::kElapse, {Role::kSystem}, false, std::nullopt, passed, repair_late, "REPAIR_LATE", ""}},
    {kAll, {"p20", kInForce, Verb::kExpire, {Role::kSystem}, false, S::kExpired, term_over, end_expired, "maximum term or validity", ""}},
    {kAll, {"p21", kInForce, Verb::kRevoke, {Role::kAuthority}, false, S::kRevoked, with_document, end_revoked, "court or reconsideration document", "posting is purged at once (≤ 3 working days)"}},
    {kAll, {"p22", kInForce, Verb::kCorrect, {Role::kAuthority}, false, std::nullopt, with_note, correct, "corrected facts; all receivers are told", ""}},
    {kBW, {"m1", kInForce, Verb::kMeasure, {Role::kAuthority, Role::kRegulator, Role::kPlatform, Role::kCarrier}, false, std::nullopt, known_measure, take_measure, "a known code and its basis; expose: public only", ""}},
    {kBW, {"m2", kInForce, Verb::kEndMeasure, {Role::kAuthority, Role::kRegulator, Role::kPlatform, Role::kCarrier}, false, std::nullopt, running_measure, end_measure, "who took it", ""}},
    {kW, {"w1", bit(S::kListed), Verb::kEducate, {Role::kRegulator, Role::kWorkingGroup}, false, S::kEducated, with_note, nullptr, "what was taught", ""}},
    {kW, {"w2", bit(S::kEducated), Verb::kAccept, kDeciders, false, S::kRemoved, nullptr, end_removed, "corrected", ""}},
    {kW, {"w3", kInForce, Verb::kSupersede, {Role::kSystem}, false, S::kRemoved, nullptr, end_removed, "black listing takes its place", ""}},
    {kR, {"r1", bit(S::kReview), Verb::kPublicise, kDeciders, false, S::kPublicity, nullptr, publicise, "", "7 days"}},
    {kR, {"r2", bit(S::kPublicity), Verb::kObject, kAnyPerson, false, S::kObjected, in_window, object, "anybody, in the window", "answer: 10 working days"}},
    {kR, {"r3", bit(S::kPublicity), Verb::kElapse, {Role::kSystem}, false, S::kReviewDone, passed, nullptr, "publicity over", ""}},
    {kR, {"r4", bit(S::kReviewDone), Verb::kList, kDeciders, true, S::kListed, red_decision, list_red, "CA and RG; on no other list", "2 years"}},
    {kR, {"r5", bit(S::kListed), Verb::kRemove, kDeciders, false, S::kRemoved, with_note, end_removed, "reasons (yearly evaluation)", ""}},
    {kR, {"r6", kInForce | any_of(S::kProposed, S::kReview, S::kPublicity, S::kObjected, S::kReviewDone), Verb::kSupersede, {Role::kSystem}, false, S::kRemoved, nullptr, end_removed, "listed black or watch", ""}},
};

constexpr auto kRules = [] {
  std::array<R, std::size(kRows)> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = kRows[i].rule;
  return out;
}();

}  // namespace

std::string_view list_name(List list) {
  constexpr std::string_view kNames[] = {"BLACK", "WATCH", "RED"};
  return kNames[static_cast<unsigned>(list)];
}
std::optional<List> list_from_name(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  for (const List list : {List::kBlack, List::kWatch, List::kRed}) if (upper == list_name(list)) return list;
  return std::nullopt;
}

std::string_view state_name(EntryState state) {
  constexpr std::string_view kNames[] = {"-",         "PROPOSED",  "WITHDRAWN", "REVIEW",     "PRE_NOTICED", "PUBLICITY",
                                         "OBJECTED",  "REVIEW_DONE", "REJECTED", "LISTED",    "RECTIFYING",  "VERIFY",
                                         "OVERDUE",   "INTERVIEWED", "SANCTIONED", "RECTIFIED", "REPAIR_REVIEW", "EDUCATED",
                                         "REPAIRED",  "EXPIRED",   "REVOKED",   "REMOVED"};
  return kNames[static_cast<unsigned>(state)];
}

std::string_view grade_name(Grade grade) {
  constexpr std::string_view kNames[] = {"", "general", "serious"};
  return kNames[static_cast<unsigned>(grade)];
}

std::span<const std::string_view> measure_codes() { return kMeasureCodes; }

std::span<const Rule<Entry>> entry_rules() { return kRules; }
std::uint8_t entry_lists(const Rule<Entry>& rule) { return kRows[&rule - kRules.data()].lists; }
bool Entry::takes(const Rule<Entry>& rule) const { return ((entry_lists(rule) >> static_cast<unsigned>(list)) & 1U) != 0; }

void end_entry(Entry& entry, EventTime at, std::string_view reason) {
  entry.level = 0;
  entry.ended_at = at;
  entry.end_reason = reason;
  entry.due = {};
  for (Measure& m : entry.measures) if (m.to == EventTime::max()) m.to = at;
}

}  // namespace brushwatch
