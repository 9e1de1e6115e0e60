#include "alliance/discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "alliance/bytes.h"
#include "alliance/calendar.h"
#include "alliance/subject_row.h"

namespace brushwatch {
namespace {

constexpr std::uint64_t kBookVersion = 1;

constexpr ParamInfo kParamInfos[] = {
    {"on", 1, "0 or 1", "the bar changes no alert, so nothing is lost by it; 0: no line is told"},
    {"alpha_permille", 50, "permille", "of twenty discoveries one may be wrong: the usual bound where each one is looked at by a person"},
    {"hypotheses", 2'000, "count",
     "subjects watched in a week: a thousand shops, as in the evaluation, their outlets and couriers. Set it to yours: a number too small weakens the promise in proportion"},
};

std::int64_t step_of(std::int64_t evidence_milli) {
  return std::clamp<std::int64_t>(evidence_milli, 0, kEvidenceSteps * kEvidenceStepMilli) / kEvidenceStepMilli;
}

}  // namespace

template <class V, class F> requires std::is_same_v<std::remove_const_t<F>, WeekBar>
void fields(V& v, F& b) { v(b.alerts); v(b.discoveries); v(b.bar_milli); }
template <class V, class F> void fields(V& v, F& c) requires std::is_same_v<std::remove_const_t<F>, DiscoveryBook::Count> { v(c.place); v(c.alerts); }
template <class V, class F> void fields(V& v, F& w) requires std::is_same_v<std::remove_const_t<F>, DiscoveryBook::Week> {
  v(w.week); v(w.told); v(w.last); v(w.counts);
}

std::uint16_t evidence_place(std::int64_t evidence_milli) { return static_cast<std::uint16_t>(1 + step_of(evidence_milli)); }
bool reaches(std::int64_t evidence_milli, std::int64_t bar) { return step_of(evidence_milli) * kEvidenceStepMilli >= bar; }

std::span<const ParamInfo> DiscoveryRules::params() { return kParamInfos; }

std::pair<std::int64_t, std::int64_t> DiscoveryRules::bounds(std::size_t i) {
  // A billion subjects are more than anybody sells to; α of 0 would ask for the infinite.
  constexpr std::pair<std::int64_t, std::int64_t> kBounds[] = {{0, 1}, {1, 1'000}, {1, 1'000'000'000}};
  return kBounds[i];
}

DiscoveryRules DiscoveryRules::of(const Rules& rules, std::size_t first) {
  const auto value = [&](std::size_t i) { return std::clamp(rules.value(first + i), bounds(i).first, bounds(i).second); };
  return {value(0) != 0, value(1), value(2)};
}

std::int64_t bar_milli(const DiscoveryRules& rules, std::uint64_t k) {
  const double one_in = static_cast<double>(rules.hypotheses) * 1000 / (static_cast<double>(rules.alpha_permille) * static_cast<double>(std::max<std::uint64_t>(k, 1)));
  // The logarithm of a ratio of whole numbers is whole only at 1: no other value lies on the boundary of the rounding (docs/adr/0005).
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil(1000 * std::log(one_in))));
}

bool DiscoveryBook::read(std::string_view bytes) {
  ByteReader reader(bytes);
  std::uint64_t version = 0;
  reader(version);
  if (version == kBookVersion) reader(weeks_);
  if (version == kBookVersion && reader.ok() && reader.at_end()) return true;
  weeks_.clear();
  return false;
}

std::string DiscoveryBook::write() const {
  std::string out;
  ByteWriter writer(out);
  writer(kBookVersion);
  writer(weeks_);
  return out;
}

DiscoveryBook::Week* DiscoveryBook::find(EventTime week) {
  for (Week& w : weeks_) if (w.week == week) return &w;
  return nullptr;
}

void DiscoveryBook::move(EventTime week, std::uint16_t from, std::uint16_t to) {
  Week* here = find(week);
  if (here == nullptr) {
    const auto at = std::find_if(weeks_.begin(), weeks_.end(), [&](const Week& w) { return w.week < week; });
    if (at == weeks_.end() && weeks_.size() >= kWeeksKept) return;
    const auto index = at - weeks_.begin();
    Week fresh;
    fresh.week = week;
    weeks_.insert(at, std::move(fresh));
    if (weeks_.size() > kWeeksKept) weeks_.pop_back();
    here = &weeks_[static_cast<std::size_t>(index)];
  }
  std::vector<Count>& counts = here->counts;
  const auto place = [&](std::uint16_t p) { return std::find_if(counts.begin(), counts.end(), [&](const Count& c) { return c.place <= p; }); };
  if (from != 0) {
    // What is not here was counted before its week was dropped and begun again.
    if (const auto at = place(from); at != counts.end() && at->place == from && --at->alerts == 0) counts.erase(at);
  }
  if (to != 0) {
    const auto at = place(to);
    if (at != counts.end() && at->place == to) ++at->alerts;
    else counts.insert(at, {to, 1});
  }
}

WeekBar DiscoveryBook::bar(EventTime week, const DiscoveryRules& rules) const {
  WeekBar out;
  for (const Week& w : weeks_) {
    if (w.week != week) continue;
    // k* is one of the counts: if k alerts reach the bar of k, the c ≥ k that do reach the lower bar of c.
    for (const Count& c : w.counts) {
      out.alerts += c.alerts;
      if ((c.place - 1) * kEvidenceStepMilli >= brushwatch::bar_milli(rules, out.alerts)) out.discoveries = out.alerts;
    }
  }
  out.bar_milli = brushwatch::bar_milli(rules, out.discoveries);
  return out;
}

bool DiscoveryBook::tell(EventTime week, const WeekBar& bar) {
  Week* const here = find(week);
  if (here == nullptr || (here->told && here->last == bar)) return false;
  here->told = true;
  here->last = bar;
  return true;
}

Event count_event(SubjectKind kind, const NamedId& subject, Direction direction, EventTime week, std::uint16_t from, std::uint16_t to) {
  Event event;
  event.type = EventType::kFinding;
  auto& body = event.emplace<FindingEvent>();
  body.subject_kind = kind;
  body.subject = subject;
  body.direction = direction;
  body.window_start = week;
  body.window_end = week + kWeekMs;
  body.baseline_milli = from;
  body.value_milli = to;
  return event;
}

std::optional<CountedMove> counted_move(const Event& event) {
  const auto* const body = std::get_if<FindingEvent>(&event.body);
  const auto place = [](std::int64_t v) { return v >= 0 && v <= 1 + kEvidenceSteps; };
  if (body == nullptr || body->detector != 0 || !place(body->baseline_milli) || !place(body->value_milli)) return std::nullopt;
  return CountedMove{body->window_start, static_cast<std::uint16_t>(body->baseline_milli), static_cast<std::uint16_t>(body->value_milli)};
}

std::string control_id(EventTime week) { return fmt::format("control#{}", format_date(date_of(week))); }

}  // namespace brushwatch
