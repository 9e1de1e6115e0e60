#include "alliance/machine/act.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

constexpr std::array<std::string_view, kRoles> kRoleNames = {"SYS", "AN", "SR", "PL", "CR", "RG", "CA", "WG", "SB"};
constexpr std::array<std::string_view, kRoles> kRoleWords = {"system",    "analyst",   "senior",        "platform", "carrier",
                                                             "regulator", "authority", "working_group", "subject"};
constexpr std::array<std::string_view, kVerbs> kVerbNames = {
    "take",     "dismiss",  "open",
    "request_evidence", "submit_evidence", "ask_subject", "answer", "confirm", "close", "refer", "accept_referral", "penalise", "drop",
    "propose",  "reopen",
    "withdraw", "review",   "notify",   "publicise", "object", "uphold", "reject", "list", "decline", "commit", "fix", "accept", "refuse",
    "extend",   "interview", "post",    "request_repair", "grant", "revoke", "correct", "educate", "remove", "measure", "end_measure",
    "raise",    "merge",    "retract",  "quiet", "elapse", "expire", "supersede"};
constexpr std::string_view kDueNames[] = {"",       "triage",    "evidence", "explain", "quiet",     "reply", "answer",
                                          "publicity", "notice", "rectify",  "verify",  "interview", "repair"};

bool same_word(std::string_view a, std::string_view b) {
  const auto plain = [](char c) { return c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return plain(x) == plain(y); });
}

}  // namespace

std::string_view role_name(Role role) { return kRoleNames[static_cast<unsigned>(role)]; }
std::optional<Role> role_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kRoles; ++i) {
    if (same_word(kRoleNames[i], name) || same_word(kRoleWords[i], name)) return static_cast<Role>(i);
  }
  return std::nullopt;
}

std::string RoleMask::text() const {
  std::string out;
  for (std::size_t i = 0; i < kRoles; ++i) {
    if (!has(static_cast<Role>(i))) continue;
    if (!out.empty()) out += ' ';
    out += kRoleNames[i];
  }
  return out;
}

std::string_view verb_name(Verb verb) { return kVerbNames[static_cast<unsigned>(verb)]; }
std::string_view verb_help(Verb verb) {
  constexpr std::array<std::string_view, kVerbs> kHelp = {
      "Take an alert into triage (AN)", "Dismiss an alert as a false positive: --reason (AN)", "Open a case from an alert (AN; a senior with --reason)",
      "Ask a member for evidence: --member (AN)", "Put evidence on the file: --evidence (PL CR)", "Ask the subject to explain (AN)",
      "The subject explains (SB)", "Confirm: somebody who did not work on the case (SR)", "Close: --reason victim, unproven or cleared (SR)",
      "Refer to the regulator: --evidence of the sealed dossier (SR)", "Take the referral: --document (RG)",
      "Record the penalty: --document --issuer --document-date (RG)", "Drop the referral: --document (RG)",
      "Propose a list entry: --list (BLACK: RG AN PL; WATCH: RG; RED: AN PL)", "Open a closed case again: --evidence (SR)",
      "Withdraw one's proposal", "Start the review: --class (CA and RG, both)",
      "Prior notice: --note --basis (CA or RG); after the listing the rectification notice (WG)", "Publicise a red proposal (CA or RG)",
      "Object: --note (SB; anybody against a red proposal)", "Uphold the objection: --note (CA or RG)", "Reject the objection: --note (CA or RG)",
      "List: --document --document-date --basis --note (CA and RG, both)", "Decline to list (CA and RG, both)", "Sign the public commitment: --document (SB)",
      "Say that it is put right: --evidence (SB)", "Accept the fix; of a watch entry the correction (CA or RG)",
      "Refuse the fix or the repair (CA or RG)", "Extend the term: --until (CA or RG)", "Interview held: --reason attended or absent (CA or RG)",
      "Post publicly: --note (CA or RG)", "Ask for repair (SB)", "Grant the repair (CA or RG)", "Revoke: --document of the court or reconsideration (CA)",
      "Correct the facts: --note (CA)", "Educate: --note (RG or WG)", "Remove a red entry: --note (CA or RG)",
      "Take a joint measure: --measure --basis (CA RG PL CR)", "End one's measure: --measure"};
  return kHelp[static_cast<unsigned>(verb)];
}

std::optional<Verb> verb_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kVerbs; ++i) if (same_word(kVerbNames[i], name)) return static_cast<Verb>(i);
  return std::nullopt;
}

void Papers::complete_from(const Papers& other) {
  const std::pair<std::string*, const std::string*> texts[] = {
      {&reason, &other.reason}, {&document, &other.document}, {&issuer, &other.issuer},   {&basis, &other.basis},
      {&behaviour, &other.behaviour}, {&grade, &other.grade}, {&evidence, &other.evidence}, {&measure, &other.measure},
      {&member, &other.member}, {&list, &other.list},         {&note, &other.note}};
  for (const auto& [mine, theirs] : texts) if (mine->empty()) *mine = *theirs;
  if (document_date.ms == 0) document_date = other.document_date;
  if (until.ms == 0) until = other.until;
}

Result<Act> act_of(const CommandEvent& command, EventTime at) {
  const auto verb = verb_from_name(command.command.text);
  if (!verb) return fail(ErrorCode::kBadType, "unknown_command");
  if (of_the_engine(*verb)) return fail(ErrorCode::kBadType, "command_of_the_engine");
  const auto role = role_from_name(command.role.text);
  if (!role) return fail(ErrorCode::kBadType, "unknown_role");
  if (*role == Role::kSystem) return fail(ErrorCode::kBadType, "role_of_the_engine");
  Act act;
  act.verb = *verb;
  act.role = *role;
  act.actor = command.actor.text;
  act.at = at;
  act.papers = {std::string(command.reason.text),   std::string(command.document.text),  std::string(command.issuer.text),
                std::string(command.basis.text),    std::string(command.behaviour.text), std::string(command.grade.text),
                std::string(command.evidence.text), std::string(command.measure.text),   std::string(command.member.text),
                std::string(command.list.text),     std::string(command.note),           command.document_date,
                command.until};
  return act;
}

std::string_view due_name(DueKind kind) { return kDueNames[static_cast<unsigned>(kind)]; }

Due Due::in(DueKind kind, EventTime from, Unit unit, std::uint32_t count, const Calendar& calendar) {
  Due due;
  due.kind = kind;
  due.from = date_of(from);
  due.unit = unit;
  due.count = count;
  due.provisional = true;
  due.calendar = 0;
  due.recount(calendar);
  return due;
}

Due Due::at_moment(DueKind kind, EventTime at, const Calendar& calendar) {
  Due due;
  due.kind = kind;
  due.at = at;
  due.from = date_of(at);
  due.unit = Unit::kMoment;
  due.calendar = calendar.number();
  return due;
}

void Due::recount(const Calendar& c) {
  if (!runs() || !provisional || calendar == c.number() || unit == Unit::kMoment) return;
  const CountedTerm term = unit == Unit::kWorkingDays ? c.working_days_after(from, count)
                    : unit == Unit::kDays      ? c.days_after(from, count)
                                               : c.months_after(from, count);
  at = end_of(term.last);
  calendar = term.version;
  provisional = term.provisional;
}

}  // namespace brushwatch
