#pragma once
/// One table a machine: each row a transition with its guard, its roles, its deadline. `step` is the only way a state changes.
///
/// A row is tried when the object's state and the act's verb fit. Of several such rows the first whose role and guard let the
/// act pass is taken; when none does, the act is refused with what the last fitting row missed. Nothing is changed by a refusal.
/// Time   step() does not look at deadlines: whoever owns the object lets them pass first (Verb::kElapse, kExpire).
/// Cost   a scan of at most some thirty rows.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "alliance/machine/act.h"
#include "alliance/machine/policy.h"

namespace brushwatch {

/// What else stands in the subject's file that a guard asks for.
struct Facts {
  bool black = false;   ///< a black entry is in force
  bool watch = false;   ///< a watch entry is in force
  bool case_confirmed = false, case_penalised = false;  ///< the case an entry is proposed from
  EventTime last_repair = EventTime::min();
  std::uint32_t repairs = 0;   ///< within the policy's window
};
struct Env {
  const Policy& policy;
  const Calendar& calendar;
  Facts facts;
};

template <class Object>
struct Rule {
  using State = typename Object::State;
  std::string_view id;        ///< "p8"
  std::uint64_t from;         ///< bit per state
  Verb verb;
  RoleMask by;
  bool joint;                 ///< two persons, one of each role of `by`; the first waits for the second
  std::optional<State> to;    ///< absent: the state stays
  /// Empty when the act may pass, else the reason's key. Null: nothing is asked.
  std::string_view (*guard)(const Object&, const Act&, const Env&);
  void (*effect)(Object&, const Act&, const Env&);  ///< null: none
  std::string_view asks;      ///< the guard in words, for people
  std::string_view deadline;  ///< what runs from here, in words
};

template <class State>
constexpr std::uint64_t bit(State state) { return 1ULL << static_cast<unsigned>(state); }
template <class... State>
constexpr std::uint64_t any_of(State... states) { return (bit(states) | ...); }

enum class Verdict : std::uint8_t { kRefused, kDone, kHalf };  ///< kHalf: the first of two persons has spoken

struct Outcome {
  Verdict verdict = Verdict::kRefused;
  std::string_view rule;    ///< its id; empty when no row fitted
  std::string_view reason;  ///< of a refusal: a stable key such as "four_eyes"
  [[nodiscard]] bool accepted() const { return verdict != Verdict::kRefused; }
};

/// The first word of two persons.
struct Approval {
  Verb verb = Verb::kTake;
  Role role = Role::kSystem;
  std::string actor;
  EventTime at{};
  Papers papers;
  [[nodiscard]] bool given() const { return !actor.empty(); }
  bool operator==(const Approval&) const = default;
};

/// For `joint` rows: says whether `act` completes what waits, and gives it the papers of both. A first word is kept in
/// `object.pending`. Object needs the member only when its table has such rows.
template <class Object>
Outcome agree(Object& object, const Rule<Object>& rule, Act& act) {
  Approval& first = object.pending;
  const bool waits = first.given() && first.verb == act.verb;
  if (waits && first.actor == act.actor) return {Verdict::kRefused, rule.id, "second_person_needed"};
  if (waits && first.role == act.role) return {Verdict::kRefused, rule.id, "second_office_needed"};
  if (!waits) {
    first = {act.verb, act.role, act.actor, act.at, act.papers};
    return {Verdict::kHalf, rule.id, {}};
  }
  const auto differ = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; };
  if (differ(first.papers.document, act.papers.document) || differ(first.papers.grade, act.papers.grade)) {
    return {Verdict::kRefused, rule.id, "papers_differ"};
  }
  act.papers.complete_from(first.papers);
  return {Verdict::kDone, rule.id, {}};
}

template <class Object>
Outcome step(Object& object, const Act& stated, const Env& env, std::span<const Rule<Object>> rules) {
  Outcome refusal{Verdict::kRefused, {}, "not_in_this_state"};
  for (const Rule<Object>& rule : rules) {
    if ((rule.from & bit(object.state)) == 0 || rule.verb != stated.verb || !object.takes(rule)) continue;
    if (!rule.by.has(stated.role)) {
      refusal = {Verdict::kRefused, rule.id, "role"};
      continue;
    }
    if (stated.actor.empty()) return {Verdict::kRefused, rule.id, "no_actor"};
    if (rule.guard != nullptr) {
      if (const std::string_view missed = rule.guard(object, stated, env); !missed.empty()) {
        refusal = {Verdict::kRefused, rule.id, missed};
        continue;
      }
    }
    Outcome outcome{Verdict::kDone, rule.id, {}};
    Act act = stated;
    if constexpr (requires { object.pending; }) {
      if (rule.joint) outcome = agree(object, rule, act);
      if (outcome.verdict != Verdict::kDone) {
        if (outcome.verdict == Verdict::kHalf) ++object.version;
        return outcome;
      }
      if (rule.joint) object.seconded = {object.pending.role, object.pending.actor, act.role, act.actor};
    }
    if (rule.to && *rule.to != object.state) {
      object.state = *rule.to;
      object.due = {};
      if constexpr (requires { object.pending; }) object.pending = {};
    }
    if (rule.effect != nullptr) rule.effect(object, act, env);
    ++object.version;
    return outcome;
  }
  return refusal;
}

}  // namespace brushwatch
