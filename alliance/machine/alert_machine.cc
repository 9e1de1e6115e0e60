#include "alliance/machine/alert_machine.h"

#include <bit>

namespace brushwatch {
namespace {

using S = AlertState;
using R = Rule<AlertFile>;

int families_of(const AlertFile& a) { return std::popcount(static_cast<unsigned>(a.families)); }

std::string_view passed(const AlertFile& a, const Act& act, const Env&) {
  return a.due.runs() && act.at >= a.due.at ? std::string_view() : "not_due";
}
std::string_view one_family(const AlertFile& a, const Act& act, const Env& env) {
  return families_of(a) < 2 ? passed(a, act, env) : "second_family";
}
std::string_view with_reason(const AlertFile&, const Act& act, const Env&) { return act.papers.reason.empty() ? "reason_needed" : ""; }
/// ≥ 2 families, or a senior's override with its reason.
std::string_view case_worthy(const AlertFile& a, const Act& act, const Env&) {
  if (families_of(a) >= 2) return {};
  if (act.role != Role::kSenior) return "one_family";
  return act.papers.reason.empty() ? "reason_needed" : "";
}

void wait_quiet(AlertFile& a, const Act& act, const Env& env) {
  if (a.state != S::kNew) return;
  // Two families do not fade: somebody must look, however long it takes.
  if (families_of(a) >= 2) a.due = {};
  else a.due = Due::at_moment(DueKind::kQuiet, act.at + env.policy.quiet_days * kDayMs, env.calendar);
}
void raise(AlertFile& a, const Act& act, const Env& env) {
  if (a.raised_at.ms == 0) a.raised_at = act.at;
  a.retracted = false;
  wait_quiet(a, act, env);
}
void take(AlertFile& a, const Act& act, const Env& env) {
  a.taken_by = act.actor;
  a.due = Due::in(DueKind::kTriage, act.at, Due::Unit::kWorkingDays, static_cast<std::uint32_t>(env.policy.triage_wd), env.calendar);
}
void keep_reason(AlertFile& a, const Act& act, const Env&) { a.reason = act.papers.reason; }
void note_retraction(AlertFile& a, const Act&, const Env&) { a.retracted = true; }
void forget_due(AlertFile& a, const Act&, const Env&) { a.due = {}; }

constexpr R kRules[] = {
    {"a1", any_of(S::kNone, S::kWithdrawn, S::kExpired), Verb::kRaise, {Role::kSystem}, false, S::kNew, nullptr, raise,
     "score ≥ threshold; one alert a (pattern, subject, week, direction)", ""},
    {"a2", any_of(S::kNew, S::kTriage, S::kInCase, S::kDismissed), Verb::kMerge, {Role::kSystem}, false, std::nullopt, nullptr, raise,
     "same key", ""},
    {"a3", bit(S::kNew), Verb::kRetract, {Role::kSystem}, false, S::kWithdrawn, nullptr, nullptr, "score < lower threshold", ""},
    {"a3", any_of(S::kTriage, S::kInCase, S::kDismissed), Verb::kRetract, {Role::kSystem}, false, std::nullopt, nullptr,
     note_retraction, "a person has it: noted, and the person decides", ""},
    {"a4", bit(S::kNew), Verb::kElapse, {Role::kSystem}, false, S::kExpired, one_family, nullptr, "no second family, 7 days quiet", ""},
    {"a5", bit(S::kNew), Verb::kTake, {Role::kAnalyst}, false, S::kTriage, nullptr, take, "", "1 working day"},
    {"a5", bit(S::kTriage), Verb::kElapse, {Role::kSystem}, false, std::nullopt, passed, forget_due, "the working day is over: noted", ""},
    {"a6", bit(S::kTriage), Verb::kDismiss, {Role::kAnalyst}, false, S::kDismissed, with_reason, keep_reason,
     "a reason code: the false positive is labelled", ""},
    {"a7", bit(S::kTriage), Verb::kOpen, {Role::kAnalyst, Role::kSenior}, false, S::kInCase, case_worthy, nullptr,
     "two families, or a senior's override with its reason", ""},
};

}  // namespace

std::string_view state_name(AlertState state) {
  constexpr std::string_view kNames[] = {"-", "NEW", "WITHDRAWN", "EXPIRED", "TRIAGE", "DISMISSED", "IN_CASE"};
  return kNames[static_cast<unsigned>(state)];
}

std::span<const Rule<AlertFile>> alert_rules() { return kRules; }

}  // namespace brushwatch
