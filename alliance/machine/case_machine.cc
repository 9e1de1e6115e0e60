#include "alliance/machine/case_machine.h"

#include <algorithm>

namespace brushwatch {
namespace {

using S = CaseState;
using R = Rule<CaseFile>;

std::string_view passed(const CaseFile& c, const Act& act, const Env&) {
  return c.due.runs() && act.at >= c.due.at ? std::string_view() : "not_due";
}
std::string_view names_member(const CaseFile&, const Act& act, const Env&) { return act.papers.member.empty() ? "member_needed" : ""; }
bool is_hash(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
std::string_view with_hash(const CaseFile&, const Act& act, const Env&) { return is_hash(act.papers.evidence) ? "" : "evidence_hash_needed"; }
std::string_view four_eyes(const CaseFile& c, const Act& act, const Env&) {
  if (c.analysts.empty() || std::find(c.analysts.begin(), c.analysts.end(), act.actor) != c.analysts.end()) return "four_eyes";
  // A shop that may be the victim of another's fake orders is confirmed only by somebody who says why that is not so.
  if (c.possibly_framed && act.papers.reason != "framing_ruled_out") return "possibly_framed";
  return {};
}
std::string_view as_victim(const CaseFile&, const Act& act, const Env&) { return act.papers.reason == "victim" ? "" : "outcome_needed"; }
std::string_view as_unproven(const CaseFile&, const Act& act, const Env&) { return act.papers.reason == "unproven" ? "" : "outcome_needed"; }
std::string_view as_cleared(const CaseFile&, const Act& act, const Env&) { return act.papers.reason == "cleared" ? "" : "outcome_needed"; }
std::string_view with_document(const CaseFile&, const Act& act, const Env&) { return act.papers.document.empty() ? "document_needed" : ""; }
std::string_view dated_document(const CaseFile&, const Act& act, const Env&) {
  if (act.papers.document.empty()) return "document_needed";
  if (act.papers.document_date.ms == 0) return "document_date_needed";
  return act.papers.document_date > act.at ? "document_of_the_future" : "";
}
std::string_view new_evidence(const CaseFile& c, const Act& act, const Env&) {
  if (!is_hash(act.papers.evidence)) return "evidence_hash_needed";
  return std::find(c.evidence.begin(), c.evidence.end(), act.papers.evidence) == c.evidence.end() ? "" : "evidence_known";
}

void worked_on(CaseFile& c, const Act& act) {
  if (std::find(c.analysts.begin(), c.analysts.end(), act.actor) == c.analysts.end()) c.analysts.push_back(act.actor);
}
void keep_evidence(CaseFile& c, const Act& act) {
  if (!act.papers.evidence.empty() && c.evidence.size() < kCaseEvidenceMax) c.evidence.push_back(act.papers.evidence);
}
void open(CaseFile& c, const Act& act, const Env&) {
  c.opened_at = act.at;
  worked_on(c, act);
}
void ask_member(CaseFile& c, const Act& act, const Env& env) {
  worked_on(c, act);
  c.asked = act.papers.member;
  c.due = Due::in(DueKind::kEvidence, act.at, Due::Unit::kWorkingDays, static_cast<std::uint32_t>(env.policy.evidence_wd), env.calendar);
}
void ask_subject(CaseFile& c, const Act& act, const Env& env) {
  worked_on(c, act);
  c.due = Due::in(DueKind::kExplain, act.at, Due::Unit::kWorkingDays, static_cast<std::uint32_t>(env.policy.explain_wd), env.calendar);
}
void file_evidence(CaseFile& c, const Act& act, const Env&) { keep_evidence(c, act); }
void confirm(CaseFile& c, const Act& act, const Env&) {
  c.confirmed_by = act.actor;
  c.confirmed_at = act.at;
  c.behaviour = act.papers.behaviour;
  c.reason = act.papers.reason;
}
void close(CaseFile& c, const Act& act, const Env&) { c.reason = act.papers.reason; }
void seal(CaseFile& c, const Act& act, const Env&) { c.dossier = act.papers.evidence; }
void penalise(CaseFile& c, const Act& act, const Env&) {
  c.penalty_document = act.papers.document;
  c.penalty_issuer = act.papers.issuer;
  c.penalty_date = act.papers.document_date;
}
void link(CaseFile& c, const Act& act, const Env&) { worked_on(c, act); }
void reopen(CaseFile& c, const Act& act, const Env&) {
  keep_evidence(c, act);
  ++c.reopened;
  // Who reopens it works on it: another senior must confirm it this time.
  worked_on(c, act);
  c.confirmed_by.clear();
}

constexpr auto kClosed = any_of(S::kClosedVictim, S::kClosedUnproven, S::kClosedCleared, S::kClosedDropped);

constexpr R kRules[] = {
    {"a7", bit(S::kNone), Verb::kOpen, {Role::kAnalyst, Role::kSenior}, false, S::kOpen, nullptr, open, "from an alert in triage", ""},
    {"c1", bit(S::kOpen), Verb::kRequestEvidence, {Role::kAnalyst}, false, S::kEvidence, names_member, ask_member, "a named member", "5 working days"},
    {"c2", bit(S::kEvidence), Verb::kSubmitEvidence, {Role::kPlatform, Role::kCarrier}, false, S::kOpen, with_hash, file_evidence, "hash recorded", ""},
    {"c2", bit(S::kEvidence), Verb::kElapse, {Role::kSystem}, false, S::kOpen, passed, nullptr, "due passed", ""},
    {"c3", bit(S::kOpen), Verb::kAskSubject, {Role::kAnalyst}, false, S::kExplain, nullptr, ask_subject, "", "5 working days"},
    {"c4", bit(S::kExplain), Verb::kAnswer, {Role::kSubject}, false, S::kOpen, nullptr, file_evidence, "", ""},
    {"c4", bit(S::kExplain), Verb::kElapse, {Role::kSystem}, false, S::kOpen, passed, nullptr, "due passed", ""},
    {"c5", bit(S::kOpen), Verb::kConfirm, {Role::kSenior}, false, S::kConfirmed, four_eyes, confirm,
     "four eyes: nobody who worked on the case; framing ruled out when it is possible", ""},
    {"c6", bit(S::kOpen), Verb::kClose, {Role::kSenior}, false, S::kClosedVictim, as_victim, close, "outcome victim", ""},
    {"c6", bit(S::kOpen), Verb::kClose, {Role::kSenior}, false, S::kClosedUnproven, as_unproven, close, "outcome unproven", ""},
    {"c6", bit(S::kOpen), Verb::kClose, {Role::kSenior}, false, S::kClosedCleared, as_cleared, close, "outcome cleared", ""},
    {"c7", bit(S::kConfirmed), Verb::kRefer, {Role::kSenior}, false, S::kReferred, with_hash, seal, "dossier sealed: its hash", ""},
    {"c8", bit(S::kReferred), Verb::kAcceptReferral, {Role::kRegulator}, false, std::nullopt, with_document, nullptr, "document number", ""},
    {"c8", bit(S::kReferred), Verb::kPenalise, {Role::kRegulator}, false, S::kPenalised, dated_document, penalise, "document number and date", ""},
    {"c8", bit(S::kReferred), Verb::kDrop, {Role::kRegulator}, false, S::kClosedDropped, with_document, close, "document number", ""},
    {"c9", any_of(S::kPenalised, S::kConfirmed), Verb::kPropose, {Role::kRegulator, Role::kPlatform, Role::kAnalyst}, false, S::kLinked,
     nullptr, link, "the entry's p1", ""},
    {"c10", kClosed | bit(S::kLinked), Verb::kReopen, {Role::kSenior}, false, S::kOpen, new_evidence, reopen, "new evidence: its hash", ""},
};

}  // namespace

std::string_view state_name(CaseState state) {
  constexpr std::string_view kNames[] = {"-",        "OPEN",           "EVIDENCE",     "EXPLAIN",  "CONFIRMED", "CLOSED_VICTIM",
                                         "CLOSED_UNPROVEN", "CLOSED_CLEARED", "REFERRED", "PENALISED", "CLOSED_DROPPED", "LINKED"};
  return kNames[static_cast<unsigned>(state)];
}

std::span<const Rule<CaseFile>> case_rules() { return kRules; }

}  // namespace brushwatch
