#include "alliance/judgement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace brushwatch {
namespace {

constexpr std::array kDirectionOrder = {Direction::kPromote, Direction::kDemote, Direction::kVictim};

/// The louder finding; of two equally loud ones the later, then the one of smaller identity.
bool better(const HeldFinding& a, const HeldFinding& b) {
  if (a.llr_milli != b.llr_milli) return a.llr_milli > b.llr_milli;
  if (a.week() != b.week()) return a.week() > b.week();
  return a.identity() < b.identity();
}

bool is_in(const HeldFinding& f, std::int64_t detectors) { return f.detector < 63 && (detectors >> f.detector & 1) != 0; }
bool is_popularity(const HeldFinding& f, const FusionRules& rules) { return is_in(f, rules.popularity_detectors); }

/// By family the best finding of the weeks w−1 and w, and of w alone.
struct Best {
  std::array<const HeldFinding*, kFamilies> best{}, own{};
};
Best best_of(const SubjectRow& row, const FusionRules& rules, Direction direction, EventTime week, bool with_popularity) {
  Best out;
  for (const HeldFinding& f : row.findings()) {
    if (f.direction != direction || (!with_popularity && is_popularity(f, rules))) continue;
    const EventTime w = f.week();
    if (w != week && w != week - kWeekMs) continue;
    const auto family = static_cast<std::size_t>(f.family);
    if (out.best[family] == nullptr || better(f, *out.best[family])) out.best[family] = &f;
    if (w == week && (out.own[family] == nullptr || better(f, *out.own[family]))) out.own[family] = &f;
  }
  return out;
}

/// Reviews or shared parties speak, and nothing that popularity does not bring.
bool is_what_popularity_brings(const Best& found, const FusionRules& rules) {
  const auto speaks = [&](Family family) {
    const HeldFinding* const f = found.best[static_cast<std::size_t>(family)];
    return f != nullptr && f->llr_milli >= rules.family_min_milli;
  };
  return (speaks(Family::kReview) || speaks(Family::kGraph)) && !speaks(Family::kParcel) && !speaks(Family::kTraffic) && !speaks(Family::kComplaint);
}

/// A finding of this week and family that may raise a suspicion by itself. Asked of all findings and not of the family's best: a
/// louder one beside it makes it no weaker.
bool speaks_alone(const SubjectRow& row, const FusionRules& rules, Direction direction, EventTime week, Family family) {
  return std::any_of(row.findings().begin(), row.findings().end(), [&](const HeldFinding& f) {
    return f.direction == direction && f.family == family && f.week() == week && is_in(f, rules.alone_detectors) && f.llr_milli >= rules.alone_llr_milli;
  });
}

/// Judges one (direction, week) by its own evidence; neighbours come later.
Judgement weigh(const SubjectRow& row, const FusionRules& rules, Direction direction, EventTime week,
                std::size_t& own_families) {
  Best found = best_of(row, rules, direction, week, true);
  if (is_what_popularity_brings(found, rules)) found = best_of(row, rules, direction, week, false);
  const auto& [best, own] = found;

  Judgement out;
  out.direction = direction;
  out.week = week;
  out.total_milli = rules.prior_milli;
  bool best_in_week = false, strong_in_week = false, alone_in_week = false;
  own_families = 0;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    if (own[i] != nullptr && own[i]->llr_milli >= rules.family_min_milli) ++own_families;
    if (own[i] != nullptr && own[i]->llr_milli >= rules.victim_llr_milli) strong_in_week = true;
    if (best[i] == nullptr) continue;
    // A whisper neither counts nor adds (else six of them would make an alert); evidence of innocence does.
    const bool speaks = best[i]->llr_milli >= rules.family_min_milli;
    if (!speaks && best[i]->llr_milli >= 0) continue;
    const std::int64_t llr = std::clamp(best[i]->llr_milli, -rules.family_cap_milli, rules.family_cap_milli);
    out.terms.push_back({best[i], llr});
    out.total_milli += llr;
    if (!speaks) continue;
    alone_in_week = alone_in_week || speaks_alone(row, rules, direction, week, static_cast<Family>(i));
    out.families |= static_cast<std::uint8_t>(1U << i);
    best_in_week = best_in_week || best[i]->week() == week;
  }
  out.posterior_permille = posterior_permille(out.total_milli);
  if (pattern_name(row.kind(), direction).empty()) return out;  // nobody is alerted so, whatever was found
  if (direction == Direction::kVictim) {
    out.enough = out.supported = strong_in_week;
  } else {
    const int families = __builtin_popcount(out.families);
    out.suspicion = families == 1 && families < rules.min_families && direction == Direction::kPromote && row.kind() == SubjectKind::kShop && alone_in_week;
    out.enough = out.suspicion || (best_in_week && families >= rules.min_families);
    out.supported = out.enough && out.posterior_permille >= rules.alert_permille;
  }
  return out;
}

/// Somebody who orders fakes for another does it in days: the week before and after belong to it.
bool framed_beside(const SubjectRow& row, const FusionRules& rules, EventTime week) {
  if (pattern_name(row.kind(), Direction::kVictim).empty()) return false;  // nobody brushes an outlet
  for (const HeldFinding& f : row.findings()) {
    if (f.direction != Direction::kVictim || f.llr_milli < rules.framed_llr_milli) continue;
    if (f.week() >= week - kWeekMs && f.week() <= week + kWeekMs) return true;
  }
  return false;
}

}  // namespace

std::string_view pattern_name(SubjectKind kind, Direction direction) {
  constexpr std::string_view kShop[] = {"fake_trade", "malicious_review", "reverse_brushing_victim"};
  // Nobody brushes an outlet or a courier up or down; complicity is their only pattern.
  constexpr std::string_view kLogistics[] = {"complicit_logistics", "", ""};
  const bool logistics = kind == SubjectKind::kOutlet || kind == SubjectKind::kCourier || kind == SubjectKind::kCarrier;
  return (logistics ? kLogistics : kShop)[static_cast<unsigned>(direction)];
}

int posterior_permille(std::int64_t total_milli) {
  return static_cast<int>(std::lround(1000.0 / (1.0 + std::exp(static_cast<double>(-total_milli) / 1000.0))));
}

std::vector<Judgement> judge(const SubjectRow& row, const FusionRules& rules) {
  std::set<EventTime> weeks;
  for (const HeldFinding& f : row.findings()) weeks.insert(f.week());
  for (const AlertRecord& r : row.records()) weeks.insert(r.week);

  std::vector<Judgement> out;
  const auto judged = [&](Direction direction, EventTime week) -> Judgement* {
    for (Judgement& j : out) if (j.direction == direction && j.week == week) return &j;
    return nullptr;
  };
  const auto held_in = [&](Direction direction, EventTime week) {
    if (const Judgement* j = judged(direction, week)) return j->holds();
    // Before the horizon: what was told last stands for the judgement that can no longer be made.
    const AlertRecord* record = row.record(direction, week);
    return record != nullptr && record->standing;
  };

  const auto suspected_in = [&](Direction direction, EventTime week) {
    if (const Judgement* j = judged(direction, week)) return j->holds() && j->suspicion;
    const AlertRecord* record = row.record(direction, week);
    return record != nullptr && record->standing && __builtin_popcount(record->families) < rules.min_families;
  };

  for (const EventTime week : weeks) {  // upwards: each week looks at the one before it
    if (week < row.horizon()) continue;
    const EventTime before = week - kWeekMs;
    std::array<std::size_t, kDirectionOrder.size()> own_families{};
    const std::size_t first = out.size();
    for (std::size_t i = 0; i < kDirectionOrder.size(); ++i) {
      out.push_back(weigh(row, rules, kDirectionOrder[i], week, own_families[i]));
      Judgement& j = out.back();
      j.possibly_framed = j.direction == Direction::kVictim ? j.supported : framed_beside(row, rules, week);
    }
    const auto own_case = [&](std::size_t i) {
      return own_families[i] >= static_cast<std::size_t>(rules.min_families);
    };
    Judgement& promote = out[first];
    if (promote.supported) {
      for (const EventTime v : {before, week}) {
        if (!held_in(Direction::kVictim, v)) continue;
        promote.suppressed = true;
        if (Judgement* victim = judged(Direction::kVictim, v)) victim->suppresses.push_back(week);
      }
      // What a rival did to the subject must not accuse it one week later by being pooled.
      if (held_in(Direction::kVictim, before - kWeekMs) && !own_case(0)) promote.suppressed = true;
    }
    // One long attack is one alert: the next week must bring a case of its own. A victim's week always does.
    for (std::size_t i = 0; i < 2; ++i) {
      Judgement& j = out[first + i];
      // An accusation is more than the suspicion before it and is told; another week of the suspicion is not.
      j.continues = j.supported && held_in(j.direction, before) && !own_case(i) && (j.suspicion || !suspected_in(j.direction, before));
    }
  }
  return out;
}

}  // namespace brushwatch
