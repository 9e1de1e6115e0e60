#pragma once
/// The judgement of a subject's weeks: a pure function of the findings that stand now.
///
/// Per (direction, week w): of each family the best finding in the weeks w−1 and w, capped; prior + sum = log odds. Two
/// families at least must speak, one of the best must lie in w itself, and the posterior must reach the threshold. One
/// family alone can never accuse, however loud: its statistics share their blind spots (domain facts §0.3: two
/// independent families take a 45 % precise alarm to 98.5 %). A victim needs one strong family: the verdict accuses
/// nobody.
/// What a few detectors see comes in one family by its nature (`alone_detectors`: bought views bring no order, bought praise no
/// parcel): alone and strong it is a suspicion, which is told as a notice, never as an alert (docs/adr/0020).
/// What popularity explains (more orders than usual: `popularity_detectors`) is left out while only reviews and shared parties stand
/// beside it: a launch, a coupon and a live room bring orders, praise and neighbours alike, so these are one observation.
/// Parcels, traffic and complaints are not bought by popularity: beside them it counts.
///
/// Fails  when two families see one artefact (a platform's outage that breaks both the order and the view feed): they
/// are
///        then not independent, and the sum overstates. That is what the cap is for.

#include <cstdint>
#include <string_view>
#include <vector>

#include "alliance/calibration.h"
#include "alliance/subject_row.h"

namespace brushwatch {

struct FusionRules {
  std::int64_t prior_milli, family_cap_milli, family_min_milli, victim_llr_milli;
  std::int64_t alert_permille, urgent_permille, withdraw_permille;
  std::int64_t min_families;
  std::int64_t framed_llr_milli;
  std::int64_t popularity_detectors;  ///< bit n: what detector n sees, popularity explains as well
  std::int64_t alone_detectors = 0;   ///< bit n: detector n may raise a suspicion without a second family
  std::int64_t alone_llr_milli = 0;   ///< its evidence must be worth so much, before the cap
  Calibration calibration = {};       ///< for the line; decides nothing
};

/// "fake_trade", "malicious_review", "reverse_brushing_victim", "complicit_logistics"; empty when nobody may be alerted
/// so.
std::string_view pattern_name(SubjectKind kind, Direction direction);

/// One family's contribution.
struct Term {
  const HeldFinding* best = nullptr;
  std::int64_t llr_milli = 0;  ///< capped
};

struct Judgement {
  Direction direction = Direction::kPromote;
  EventTime week{};
  std::vector<Term> terms;           ///< by family; the sum's terms
  std::int64_t total_milli = 0;      ///< prior + terms
  int posterior_permille = 0;
  std::uint8_t families = 0;         ///< bit per family that speaks (≥ family_min)
  bool enough = false;               ///< families, place of the best one, or the victim's own bar
  bool supported = false;            ///< enough, and the posterior reaches the threshold (a victim: enough)
  bool suspicion = false;            ///< promote: enough by one family alone; a notice at most
  bool suppressed = false;           ///< promote: supported, but the subject is a victim in w or w−1, or was one in w−2
                                     ///< and the support leans on the week after that
  bool continues = false;            ///< supported, but w adds too little of its own to the alert of w−1
  bool possibly_framed = false;      ///< a victim; or an accusation beside evidence that somebody else did it
  std::vector<EventTime> suppresses; ///< victim: weeks of the promote alerts it holds back
  [[nodiscard]] bool holds() const { return supported && !suppressed && !continues; }
};

/// 1000 / (1 + e^(−total/1000)), rounded. Bits of the math library cannot show: for every whole total the unrounded
/// value keeps farther from a rounding boundary than 10^-8, where libraries differ by 10^-13 (a test measures the
/// distance).
int posterior_permille(std::int64_t total_milli);

/// All weeks from the row's horizon on that have findings or a record, by (week, direction). Before the horizon the
/// records speak. Cost: O(findings × weeks), a few µs; no state.
std::vector<Judgement> judge(const SubjectRow& row, const FusionRules& rules);

}  // namespace brushwatch
