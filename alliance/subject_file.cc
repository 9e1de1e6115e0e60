#include "alliance/subject_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "alliance/bytes.h"
#include "engine/base/check.h"

namespace brushwatch {
namespace {

constexpr std::uint64_t kFileVersion = 1;
/// Features are kept 400 days (domain facts §4); an alert that is over is one.
constexpr std::int64_t kAlertKeptMs = 400 * kDayMs;

std::string id_of(char letter, const std::string& text) {
  const Digest digest = sha256(text);
  return std::string(1, letter) + "-" + to_hex(std::span(digest).first(8));
}

/// The engine's own act at a moment.
Act of_engine(Verb verb, EventTime at, std::string reason = {}) {
  Act act;
  act.verb = verb;
  act.role = Role::kSystem;
  act.actor = "engine";
  act.at = at;
  act.papers.reason = std::move(reason);
  return act;
}

template <class Object>
std::span<const Rule<Object>> table();
template <> std::span<const Rule<AlertFile>> table<AlertFile>() { return alert_rules(); }
template <> std::span<const Rule<CaseFile>> table<CaseFile>() { return case_rules(); }
template <> std::span<const Rule<Entry>> table<Entry>() { return entry_rules(); }

template <class Object>
Change change_of(const Object& object) {
  Change change;
  change.target = object.id;
  if constexpr (std::is_same_v<Object, AlertFile>) change.what = Change::What::kAlert, change.alert = &object;
  else if constexpr (std::is_same_v<Object, CaseFile>) change.what = Change::What::kCase, change.case_file = &object;
  else change.what = Change::What::kEntry, change.entry = &object;
  return change;
}

template <class Object>
Object* find(std::vector<Object>& list, std::string_view id) {
  for (Object& o : list) if (o.id == id) return &o;
  return nullptr;
}

}  // namespace

// ---- the bytes ---------------------------------------------------------------------------------------------------
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Due>
void fields(V& v, F& d) { v(d.kind); v(d.at); v(d.from); v(d.unit); v(d.count); v(d.calendar); v(d.provisional); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Papers>
void fields(V& v, F& p) {
  v(p.reason); v(p.document); v(p.issuer); v(p.basis); v(p.behaviour); v(p.grade); v(p.evidence); v(p.measure); v(p.member);
  v(p.list); v(p.note); v(p.document_date); v(p.until);
}
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Approval>
void fields(V& v, F& a) { v(a.verb); v(a.role); v(a.actor); v(a.at); v(a.papers); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Decided>
void fields(V& v, F& d) { v(d.role_a); v(d.actor_a); v(d.role_b); v(d.actor_b); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Measure>
void fields(V& v, F& m) { v(m.code); v(m.role); v(m.actor); v(m.basis); v(m.from); v(m.to); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, AlertFile>
void fields(V& v, F& a) {
  v(a.id); v(a.state); v(a.version); v(a.week); v(a.direction); v(a.severity); v(a.families); v(a.posterior_permille);
  v(a.possibly_framed); v(a.retracted); v(a.taken_by); v(a.reason); v(a.raised_at); v(a.due);
}
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, CaseFile>
void fields(V& v, F& c) {
  v(c.id); v(c.state); v(c.version); v(c.alert); v(c.possibly_framed); v(c.analysts); v(c.evidence); v(c.asked); v(c.dossier);
  v(c.confirmed_by); v(c.penalty_document); v(c.penalty_issuer); v(c.reason); v(c.behaviour); v(c.penalty_date); v(c.opened_at);
  v(c.confirmed_at); v(c.entry); v(c.reopened); v(c.due);
}
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Entry>
void fields(V& v, F& e) {
  v(e.id); v(e.list); v(e.state); v(e.version); v(e.level); v(e.proposer_role); v(e.proposer); v(e.case_id); v(e.behaviour);
  v(e.facts); v(e.basis); v(e.document); v(e.issuer); v(e.document_date); v(e.grade); v(e.pending); v(e.seconded);
  v(e.reviewers); v(e.proposed_at); v(e.noticed_at); v(e.listed_at); v(e.served_at); v(e.ended_at); v(e.due); v(e.rectify);
  v(e.paused_at); v(e.min_until); v(e.max_until); v(e.notice_late); v(e.answer_late); v(e.verify_late); v(e.interview_late);
  v(e.repair_late); v(e.commitment); v(e.corrected); v(e.uncorrected_at_end); v(e.commitment_document); v(e.objection);
  v(e.answer); v(e.interview); v(e.posting); v(e.end_reason); v(e.commitment_at); v(e.objections); v(e.extensions);
  v(e.repair_requests); v(e.corrections); v(e.evidence); v(e.measures);
}
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Archive::Bucket>
void fields(V& v, F& b) { v(b.month); v(b.kind); v(b.count); v(b.sum); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Archive::Commitment>
void fields(V& v, F& c) { v(c.kind); v(c.document); v(c.signed_at); v(c.breaches); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Archive::Span>
void fields(V& v, F& s) { v(s.id); v(s.list); v(s.from); v(s.to); v(s.corrected); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Archive::Point>
void fields(V& v, F& p) { v(p.day); v(p.score); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Identity>
void fields(V& v, F& i) { v(i.name); v(i.region6); v(i.parent); v(i.links); v(i.links_total); v(i.told); v(i.uscc_warning); }
template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, Archive>
void fields(V& v, F& a) {
  v(a.identity); v(a.total);
  for (auto& count : a.counts) v(count);
  v(a.buckets); v(a.commitments); v(a.spans); v(a.past);
}
template <class V, class F>
void fields(V& v, F& f) requires std::is_same_v<std::remove_const_t<F>, SubjectFile> {
  v(f.kind_); v(f.id_); v(f.last_); v(f.alerts_); v(f.cases_); v(f.entries_); v(f.archive_);
}

bool SubjectFile::read(std::string_view bytes) {
  ByteReader reader(bytes);
  std::uint64_t version = 0;
  reader(version);
  if (version != kFileVersion) return false;
  fields(reader, *this);
  return reader.ok() && reader.at_end();
}

std::string SubjectFile::write() const {
  std::string out;
  ByteWriter writer(out);
  writer(kFileVersion);
  fields(writer, *this);
  return out;
}

// ---- ids ---------------------------------------------------------------------------------------------------------
std::string case_id(std::string_view alert, std::size_t ordinal) { return id_of('C', fmt::format("case|{}|{}", alert, ordinal)); }
std::string entry_id(SubjectKind kind, std::string_view subject, List list, std::size_t ordinal) {
  return id_of('L', fmt::format("entry|{}|{}|{}|{}", list_name(list), subject_kind_name(kind), subject, ordinal));
}

// ---- acts --------------------------------------------------------------------------------------------------------
template <class Object>
Outcome SubjectFile::run(Object& object, const Act& act, const Policy& policy, const Facts& facts, const Tell& tell) {
  const auto before = object.state;
  const Env env{policy, policy.calendar(), facts};
  const Outcome outcome = step<Object>(object, act, env, table<Object>());
  Change change = change_of(object);
  change.act = &act;
  change.outcome = outcome;
  if (outcome.accepted()) {
    change.from = state_name(before);
    change.to = state_name(object.state);
  } else {
    change.what = Change::What::kRefused;
  }
  tell(change);
  return outcome;
}

Facts SubjectFile::facts_for(const CaseFile* file, EventTime at, const Policy& policy) const {
  Facts facts;
  const Date since = policy.calendar().plain_months_after(date_of(at), 0);
  for (const Entry& e : entries_) {
    facts.black = facts.black || (e.list == List::kBlack && in_force(e.state));
    facts.watch = facts.watch || (e.list == List::kWatch && in_force(e.state));
    if (e.state != EntryState::kRepaired) continue;
    facts.last_repair = std::max(facts.last_repair, e.ended_at);
    const Date bar_ends = policy.calendar().plain_months_after(date_of(e.ended_at), static_cast<unsigned>(policy.bar_window_months));
    if (since < bar_ends) ++facts.repairs;
  }
  if (file != nullptr) {
    facts.case_confirmed = file->state == CaseState::kConfirmed;
    facts.case_penalised = file->state == CaseState::kPenalised;
  }
  return facts;
}

void SubjectFile::refuse(std::string_view target, const Act& act, std::string_view reason, const Tell& tell) {
  Change change;
  change.what = Change::What::kRefused;
  change.act = &act;
  change.target = target;
  change.outcome = {Verdict::kRefused, {}, reason};
  tell(change);
}

void SubjectFile::command(std::string_view target, Act act, const Policy& policy, const Tell& tell) {
  act.at = std::max(act.at, last_);
  advance(act.at, policy, tell);
  last_ = act.at;
  // An engine's verb never comes this way: act_of() lets none through.
  BW_CHECK(!of_the_engine(act.verb) && act.role != Role::kSystem, "people's commands are people's");
  if (act.verb == Verb::kPropose) return propose(target, act, policy, tell);
  if (AlertFile* alert = find(alerts_, target)) {
    if (!run(*alert, act, policy, {}, tell).accepted()) return;
    after(*alert, act, tell);
    if (act.verb == Verb::kOpen) open_case(*alert, act, policy, tell);
    return;
  }
  if (CaseFile* file = find(cases_, target)) {
    if (run(*file, act, policy, {}, tell).accepted()) after(*file, act, tell);
    return;
  }
  if (Entry* entry = find(entries_, target)) {
    if (run(*entry, act, policy, facts_for(nullptr, act.at, policy), tell).accepted()) after(*entry, act, policy, tell);
    return;
  }
  refuse(target, act, "no_such_target", tell);
}

void SubjectFile::open_case(AlertFile& alert, const Act& act, const Policy& policy, const Tell& tell) {
  CaseFile& file = cases_.emplace_back();
  file.id = case_id(alert.id, cases_.size());
  file.alert = alert.id;
  file.possibly_framed = alert.possibly_framed;
  // Who took the alert worked on the case as well: not only who opened it.
  if (!alert.taken_by.empty() && alert.taken_by != act.actor) file.analysts.push_back(alert.taken_by);
  const Outcome opened = run(file, act, policy, {}, tell);
  BW_CHECK(opened.accepted(), "what the alert's table lets open, the case's table opens");
}

void SubjectFile::propose(std::string_view target, const Act& act, const Policy& policy, const Tell& tell) {
  const auto list = list_from_name(act.papers.list);
  if (!list) return refuse(target, act, "list_needed", tell);
  CaseFile* file = find(cases_, target);
  if (file == nullptr && target != id_) return refuse(target, act, "no_such_target", tell);
  for (const Entry& e : entries_) {
    if (e.list == *list && !final_state(e.state)) return refuse(target, act, "already_proposed", tell);
  }
  Entry entry;
  entry.list = *list;
  entry.id = entry_id(kind_, id_, *list, entries_.size());
  const Facts facts = facts_for(file, act.at, policy);
  Act stated = act;
  if (file != nullptr) {
    entry.case_id = file->id;
    // The case's own words stand where the proposal has none.
    if (stated.papers.document.empty() && facts.case_penalised) {
      stated.papers.document = file->penalty_document;
      stated.papers.issuer = file->penalty_issuer;
      stated.papers.document_date = file->penalty_date;
    }
    if (stated.papers.behaviour.empty()) stated.papers.behaviour = file->behaviour;
    if (stated.papers.evidence.empty()) stated.papers.evidence = file->dossier;
    // Both tables must agree before either moves.
    Entry trial = entry;
    CaseFile linked = *file;
    const Env env{policy, policy.calendar(), facts};
    const Outcome may_propose = step<Entry>(trial, stated, env, entry_rules());
    if (!may_propose.accepted()) return refuse(target, act, may_propose.reason, tell);
    linked.entry = entry.id;
    if (!run(linked, act, policy, facts, tell).accepted()) return;
    *file = linked;
  }
  if (!run(entry, stated, policy, facts, tell).accepted()) return;
  entries_.push_back(std::move(entry));
}

void SubjectFile::after(const AlertFile& alert, const Act& act, const Tell& tell) {
  const std::string_view word = act.verb == Verb::kRaise     ? "raised"
                                : act.verb == Verb::kRetract ? "withdrawn"
                                : act.verb == Verb::kDismiss ? "dismissed"
                                                             : "";
  if (word.empty()) return;
  Item item;
  item.kind = ItemKind::kAlert;
  item.code = std::string(word);
  item.from = direction_name(alert.direction);
  item.id = alert.id;
  item.at = act.at;
  record(item, act.at, tell);
}

void SubjectFile::after(const CaseFile& file, const Act& act, const Tell& tell) {
  Item item;
  item.kind = ItemKind::kCase;
  item.id = file.id;
  item.at = act.at;
  item.document = act.papers.document;
  switch (act.verb) {
    case Verb::kConfirm: item.code = "confirmed"; break;
    case Verb::kClose: item.code = act.papers.reason; break;
    case Verb::kDrop: item.code = "dropped"; break;
    case Verb::kPenalise:
      item.kind = ItemKind::kPenalty;
      item.code = file.behaviour;
      item.from = act.papers.issuer;
      break;
    case Verb::kReopen: item.code = "reopened"; break;
    default: return;
  }
  record(item, act.at, tell);
  // A case that was confirmed once and ends otherwise no longer weighs; what was counted while it did stays history.
  if ((act.verb != Verb::kClose && act.verb != Verb::kDrop) || file.confirmed_at.ms == 0) return;
  item.kind = ItemKind::kCase;
  item.code = "reversed";
  item.value_milli = file.confirmed_at.ms;
  record(item, act.at, tell);
  find(cases_, file.id)->confirmed_at = {};
}

void SubjectFile::after(Entry& entry, const Act& act, const Policy& policy, const Tell& tell) {
  Item item;
  item.kind = ItemKind::kList;
  item.id = entry.id;
  item.at = act.at;
  item.document = entry.document;
  const bool listed = entry.state == EntryState::kListed && act.verb == Verb::kList && entry.listed_at == act.at;
  const bool rectified = entry.state == EntryState::kRectified && act.verb == Verb::kAccept;
  const bool ended = entry.listed_at.ms != 0 && final_state(entry.state);
  if (!listed && !rectified && !ended) return;
  std::string word = listed ? "listed" : rectified ? "rectified" : std::string(state_name(entry.state));
  for (char& c : word) if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  item.code = fmt::format("{} {}", list_name(entry.list), word);
  record(item, act.at, tell);
  if (!listed || entry.list == List::kRed) return;
  // Never red and black at once: the red entry goes in the same step; so does a watch entry that the black one replaces.
  for (Entry& other : entries_) {
    if (&other == &entry || final_state(other.state) || other.list == List::kBlack || (other.list == List::kWatch && entry.list == List::kWatch)) continue;
    const Act supersede = of_engine(Verb::kSupersede, act.at, fmt::format("{}_listed", entry.list == List::kBlack ? "black" : "watch"));
    if (run(other, supersede, policy, {}, tell).accepted()) after(other, supersede, policy, tell);
  }
}

void SubjectFile::alert_told(const AlertToldEvent& told, EventTime at, const Policy& policy, const Tell& tell) {
  at = std::max(at, last_);
  advance(at, policy, tell);
  last_ = at;
  AlertFile* alert = find(alerts_, told.alert.text);
  if (alert == nullptr) {
    if (told.change == AlertChange::kWithdrawn) return;  // its file was dropped long ago
    alert = &alerts_.emplace_back();
    alert->id = told.alert.text;
    alert->week = told.week;
    alert->direction = told.direction;
  }
  const bool same = alert->severity == told.severity && alert->families == told.families && alert->possibly_framed == told.possibly_framed;
  alert->severity = told.severity;
  alert->families = told.families;
  alert->posterior_permille = told.posterior_permille;
  alert->possibly_framed = told.possibly_framed;
  const bool over = alert->state == AlertState::kNone || alert->state == AlertState::kWithdrawn || alert->state == AlertState::kExpired;
  const Verb verb = told.change == AlertChange::kWithdrawn ? Verb::kRetract : over ? Verb::kRaise : Verb::kMerge;
  const Act act = of_engine(verb, at);
  if (verb == Verb::kRetract && over) return;
  // A merge that changes neither weight nor suspicion is in the alert's own line; the case output need not repeat it.
  const Tell quiet = [](const Change&) {};
  if (run(*alert, act, policy, {}, verb == Verb::kMerge && same ? quiet : tell).accepted()) after(*alert, act, tell);
  if (alert->possibly_framed) {
    for (CaseFile& file : cases_) if (file.alert == alert->id) file.possibly_framed = true;
  }
  std::erase_if(alerts_, [&](const AlertFile& a) { return a.over() && at - a.raised_at > kAlertKeptMs; });
}

void SubjectFile::record(const Item& item, EventTime now, const Tell& tell) {
  archive_.add(item);
  const Score score = archive_.score(date_of(std::max(now, item.at)));
  Change change;
  change.what = Change::What::kItem;
  change.item = &item;
  change.score = &score;
  change.target = item.id;
  tell(change);
}

// ---- time --------------------------------------------------------------------------------------------------------
EventTime SubjectFile::next_due() const {
  EventTime next = EventTime::max();
  for (const AlertFile& a : alerts_) next = std::min(next, a.due.at);
  for (const CaseFile& c : cases_) next = std::min(next, c.due.at);
  for (const Entry& e : entries_) {
    next = std::min(next, e.due.at);
    if (in_force(e.state) && e.max_until != INT64_MAX) next = std::min(next, end_of({e.max_until}));
  }
  return next;
}

bool SubjectFile::advance(EventTime now, const Policy& policy, const Tell& tell) {
  bool changed = false;
  const Calendar& calendar = policy.calendar();
  const auto recount = [&](Due& due) {
    const Due before = due;
    due.recount(calendar);
    changed = changed || !(before == due);
  };
  for (AlertFile& a : alerts_) recount(a.due);
  for (CaseFile& c : cases_) recount(c.due);
  for (Entry& e : entries_) {
    recount(e.due);
    recount(e.rectify);
  }
  // Oldest first, so that two deadlines that passed unseen fall in their order. Each step ends a term or an entry: it ends.
  for (EventTime due = next_due(); due <= now; due = next_due()) {
    changed = true;
    const EventTime at = std::max(due, last_);
    last_ = at;
    const Act elapse = of_engine(Verb::kElapse, at), expire = of_engine(Verb::kExpire, at);
    const auto pass = [&](auto& object) {
      if (object.due.at != due) return false;
      const Outcome outcome = run(object, elapse, policy, {}, tell);
      // A state whose table does not know the end of its term: the term is dropped, or time would stand still.
      if (!outcome.accepted()) object.due = {};
      return true;
    };
    bool done = false;
    for (AlertFile& a : alerts_) if (!done && pass(a)) done = true;
    for (CaseFile& c : cases_) if (!done && pass(c)) done = true;
    for (Entry& e : entries_) {
      if (done) break;
      if (in_force(e.state) && e.max_until != INT64_MAX && end_of({e.max_until}) == due) {
        if (run(e, expire, policy, {}, tell).accepted()) after(e, expire, policy, tell);
        else e.max_until = INT64_MAX;
        done = true;
      } else if (pass(e)) {
        done = true;
      }
    }
    BW_CHECK(done, "the next deadline belongs to somebody");
  }
  return changed;
}

}  // namespace brushwatch
