#include "alliance/machine/explore.h"

#include <fmt/format.h>

#include <deque>
#include <set>
#include <unordered_set>

#include "alliance/machine/alert_machine.h"
#include "alliance/machine/case_machine.h"
#include "alliance/machine/entry_machine.h"

namespace brushwatch {
namespace {

constexpr std::string_view kPersons[] = {"li", "wang", "zhang"};
constexpr std::string_view kHash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// A Monday morning; the calendar of that year is known.
constexpr std::int64_t kBeginMs = 1'741'564'800'000;  // 2025-03-10T08:00:00+08:00

/// Full papers but for the reason, which is tried in each spelling that a guard knows; and none at all.
std::vector<Papers> papers_to_try(EventTime now) {
  Papers full;
  full.document = "陕市监处〔2025〕1号";
  full.issuer = "SAMR";
  full.basis = "art. 9";
  full.behaviour = "FAKE_TRADE";
  full.grade = "general";
  full.evidence = kHash;
  full.measure = "limit_trading";
  full.member = "taobao";
  full.note = "told";
  full.document_date = now - kDayMs;
  full.until = now + 400 * kDayMs;
  std::vector<Papers> out{Papers{}};
  for (const char* reason : {"", "victim", "unproven", "cleared", "framing_ruled_out", "attended"}) {
    full.reason = reason;
    out.push_back(full);
  }
  Papers grave = full;
  grave.grade = "serious";
  grave.document = "陕市监处〔2025〕2号";
  grave.measure = "expose";
  out.push_back(grave);
  return out;
}

std::string running(const Due& due, EventTime now) {
  return due.runs() ? fmt::format("{}{}", due_name(due.kind), now >= due.at ? "!" : "") : std::string("-");
}

// ---- what a table can see of its object --------------------------------------------------------------------------
std::string seen(const AlertFile& a, EventTime now) {
  return fmt::format("{}|{}|{}|{}|{}", static_cast<int>(a.state), a.families, a.possibly_framed, a.retracted, running(a.due, now));
}
std::string seen(const CaseFile& c, EventTime now) {
  std::string analysts;
  for (const std::string_view p : kPersons) analysts += std::find(c.analysts.begin(), c.analysts.end(), p) != c.analysts.end() ? '1' : '0';
  return fmt::format("{}|{}|{}|{}|{}|{}", static_cast<int>(c.state), c.possibly_framed, analysts, c.evidence.empty(), c.confirmed_by, running(c.due, now));
}
std::string seen(const Entry& e, EventTime now) {
  std::string measures;  // the newest one: a guard asks for one at a time
  for (const Measure& m : e.measures) if (m.to == EventTime::max()) measures = m.code + m.actor;
  const bool minimum_over = e.min_until != INT64_MAX && date_of(now).day >= e.min_until;
  const bool maximum_over = e.max_until != INT64_MAX && now >= end_of({e.max_until});
  return fmt::format("{}|{}|{}|{}/{}/{}/{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", static_cast<int>(e.state), e.level, e.state == EntryState::kProposed ? std::string_view(e.proposer) : std::string_view(),
                     e.pending.given() ? static_cast<int>(e.pending.verb) : -1, static_cast<int>(e.pending.role), e.pending.actor,
                     e.pending.papers.document, static_cast<int>(e.grade), e.noticed_at.ms != 0, running(e.due, now),
                     e.rectify.runs() && now >= e.rectify.at, e.commitment, e.corrected, minimum_over, maximum_over, measures);
}

/// What was accepted on the way, watched from outside.
struct Ghost {
  std::set<std::string> workers;       ///< of a case: who did anything in it but confirm
  bool noticed = false, heard = false; ///< told; and the window over or the objection answered
  std::set<std::pair<Role, std::string>> votes;  ///< who said "list" since the review was done
  bool decided = false;                ///< a vote carried a document
  [[nodiscard]] bool two() const {
    for (const auto& [role_a, a] : votes) for (const auto& [role_b, b] : votes) if (role_a != role_b && a != b) return true;
    return false;
  }
  [[nodiscard]] std::string text() const {
    std::string out = fmt::format("{}{}{}", noticed, heard, decided);
    for (const std::string& w : workers) out += "," + w;
    // Once two have spoken it does not matter who else did.
    if (two()) return out + ";two";
    for (const auto& [role, actor] : votes) out += fmt::format(";{}{}", static_cast<int>(role), actor);
    return out;
  }
};

/// Empty, or what must not have happened.
std::string unsafe(const AlertFile& before, const AlertFile& after, const Act& act, Ghost&) {
  if (act.role == Role::kSystem && after.state != before.state && after.state == AlertState::kInCase) return "the engine opened a case";
  if (act.role == Role::kSystem && (after.state == AlertState::kDismissed || after.state == AlertState::kTriage) && after.state != before.state) return "the engine decided about an alert";
  return {};
}

std::string unsafe(const CaseFile& before, const CaseFile& after, const Act& act, Ghost& ghost) {
  const bool moved = before.state != after.state;
  if (act.role == Role::kSystem && moved && after.state != CaseState::kOpen) return "the engine decided in a case";
  if (moved && after.state == CaseState::kConfirmed) {
    if (ghost.workers.empty() || ghost.workers.contains(act.actor)) return "confirmed by somebody who worked on it";
    if (before.possibly_framed && act.papers.reason != "framing_ruled_out") return "confirmed though possibly framed";
  }
  const bool grave = after.state == CaseState::kReferred || after.state == CaseState::kPenalised || after.state == CaseState::kLinked;
  if (moved && grave && (after.confirmed_by.empty() || ghost.workers.contains(after.confirmed_by))) return "went on without a second person's confirmation";
  if (act.role == Role::kAnalyst || act.verb == Verb::kOpen || act.verb == Verb::kReopen || act.verb == Verb::kPropose) ghost.workers.insert(act.actor);
  return {};
}

std::string unsafe(const Entry& before, const Entry& after, const Act& act, Ghost& ghost) {
  const bool moved = before.state != after.state;
  if ((act.verb == Verb::kNotify && after.state == EntryState::kPreNoticed) || (act.verb == Verb::kPublicise && after.state == EntryState::kPublicity)) ghost.noticed = true;
  const bool window = before.state == EntryState::kPreNoticed || before.state == EntryState::kPublicity;
  if (act.verb == Verb::kElapse && window && moved) ghost.heard = true;
  if (act.verb == Verb::kReject && before.state == EntryState::kObjected && act.role != Role::kSystem) ghost.heard = true;
  if (act.verb == Verb::kList) {
    ghost.votes.emplace(act.role, act.actor);
    ghost.decided = ghost.decided || !act.papers.document.empty();
  }
  if (!in_force(before.state) && in_force(after.state)) {
    if (act.verb != Verb::kList || act.role == Role::kSystem) return "listed by something else than a decision";
    if (!ghost.noticed || !ghost.heard) return "listed without notice";
    if (!ghost.two()) return "listed by fewer than two persons of two offices";
    if (!ghost.decided) return "listed without a deciding document";
    ghost.votes.clear();  // what follows no longer depends on them
    if (after.reviewers.actor_a.empty() || after.reviewers.actor_a == after.reviewers.actor_b) return "the entry does not name its two reviewers";
  }
  if (act.role == Role::kSystem && moved && !final_state(after.state) && after.state != EntryState::kReviewDone && after.state != EntryState::kOverdue) return "the engine decided about an entry";
  if (after.level == 2 && before.level < 2 && act.verb != Verb::kPost && after.list != List::kRed) return "made public without its gate";
  if (after.level > 0 && !in_force(after.state)) return "ended and still announced";
  if (final_state(after.state)) {
    for (const Measure& m : after.measures) if (m.to == EventTime::max()) return "a measure outlives its entry";
  }
  return {};
}

template <class Object>
struct Node {
  Object object;
  Ghost ghost;
  EventTime now;
  std::string path;
};

EventTime soonest(const AlertFile& a) { return a.due.at; }
EventTime soonest(const CaseFile& c) { return c.due.at; }
EventTime soonest(const Entry& e) {
  const EventTime end = in_force(e.state) && e.max_until != INT64_MAX ? end_of({e.max_until}) : EventTime::max();
  return std::min(e.due.at, end);
}
template <class Object> EventTime minimum_term(const Object&) { return EventTime::max(); }
EventTime minimum_term(const Entry& e) { return e.min_until == INT64_MAX ? EventTime::max() : start_of({e.min_until}); }

template <class Object>
Explored explore(std::string name, std::vector<Object> begin, const Policy& policy, const std::vector<Facts>& facts, std::span<const Rule<Object>> rules) {
  Explored out;
  out.machine = std::move(name);
  std::unordered_set<std::string> known;
  std::set<std::string> steps;
  std::set<std::string_view> reasons;
  std::deque<Node<Object>> open;
  const auto reach = [&](Node<Object> node) {
    if (!known.insert(seen(node.object, node.now) + "#" + node.ghost.text()).second) return;
    ++out.states[std::string(state_name(node.object.state))];
    open.push_back(std::move(node));
  };
  for (Object& object : begin) reach({std::move(object), {}, {kBeginMs}, ""});
  // A refusal changes nothing, so one copy serves all that are refused.
  Object trial;
  const auto attempt = [&](const Node<Object>& from, const Act& act, const Facts& about) {
    ++out.tried;
    const Env env{policy, policy.calendar(), about};
    const std::uint32_t version = trial.version;
    const Outcome outcome = step<Object>(trial, act, env, rules);
    if (!outcome.accepted()) {
      reasons.insert(outcome.reason);
      if (trial.version != version || trial.state != from.object.state) out.unsafe.push_back("a refusal changed the object: " + from.path);
      return;
    }
    ++out.accepted;
    Node<Object> next{std::move(trial), from.ghost, act.at, from.path};
    trial = from.object;
    next.path += fmt::format("{}{}/{}:{}", next.path.empty() ? "" : " ", verb_name(act.verb), role_name(act.role), act.actor);
    steps.insert(fmt::format("{} -{}/{}-> {}", state_name(from.object.state), verb_name(act.verb), role_name(act.role), state_name(next.object.state)));
    if (const std::string why = unsafe(from.object, next.object, act, next.ghost); !why.empty()) out.unsafe.push_back(why + ": " + next.path);
    reach(std::move(next));
  };
  while (!open.empty()) {
    const Node<Object> node = std::move(open.front());
    open.pop_front();
    const EventTime due = soonest(node.object);
    const EventTime soon = node.now + kHourMs;
    trial = node.object;
    for (Papers& papers : papers_to_try(soon)) {
      Act act;
      act.at = soon;
      act.papers = std::move(papers);
      for (const std::string_view person : kPersons) {
        for (std::size_t r = 0; r < kRoles; ++r) {
          act.role = static_cast<Role>(r);
          if (act.role == Role::kSystem && person != kPersons[0]) continue;
          act.actor = act.role == Role::kSystem ? std::string_view("engine") : person;
          for (std::size_t v = 0; v < kVerbs; ++v) {
            act.verb = static_cast<Verb>(v);
            // Only these ask what else is in the subject's file.
            const bool asks = act.verb == Verb::kPropose || act.verb == Verb::kList || act.verb == Verb::kRequestRepair;
            for (std::size_t f = 0; f < (asks ? facts.size() : 1); ++f) attempt(node, act, facts[f]);
          }
        }
      }
    }
    // Time passes: to the deadline, by the engine; and to the end of the minimum term, without an act.
    if (due != EventTime::max()) {
      for (const Verb verb : {Verb::kElapse, Verb::kExpire}) attempt(node, {verb, Role::kSystem, "engine", due, {}}, facts.front());
    }
    const EventTime minimum = minimum_term(node.object);
    if (minimum != EventTime::max() && minimum > node.now && minimum < due) {
      Node<Object> later = node;
      later.now = minimum;
      reach(std::move(later));
    }
  }
  out.configurations = known.size();
  out.steps.assign(steps.begin(), steps.end());
  out.reasons.assign(reasons.begin(), reasons.end());
  return out;
}

}  // namespace

std::vector<Explored> explore_machines(const Policy& policy) {
  std::vector<Explored> out;
  std::vector<AlertFile> alerts;
  for (const std::uint8_t families : {std::uint8_t{1}, std::uint8_t{5}}) {
    AlertFile& a = alerts.emplace_back();
    a.id = "A-0";
    a.families = families;
  }
  out.push_back(explore<AlertFile>("alert", alerts, policy, {Facts{}}, alert_rules()));
  std::vector<CaseFile> cases;
  for (const bool framed : {false, true}) {
    CaseFile& c = cases.emplace_back();
    c.id = "C-0";
    c.possibly_framed = framed;
  }
  out.push_back(explore<CaseFile>("case", cases, policy, {Facts{}}, case_rules()));
  Facts confirmed, penalised, black, repaired;
  confirmed.case_confirmed = true;
  penalised.case_penalised = true;
  black.black = true;
  repaired.repairs = 5;
  for (const List list : {List::kBlack, List::kWatch, List::kRed}) {
    Entry e;
    e.id = "L-0";
    e.list = list;
    out.push_back(explore<Entry>(fmt::format("entry {}", list_name(list)), {e}, policy, {Facts{}, confirmed, penalised, black, repaired}, entry_rules()));
  }
  return out;
}

}  // namespace brushwatch
