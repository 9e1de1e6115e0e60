#pragma once
/// The metrics of an evaluation: what the cases of judged worlds are worth beside their truth.
///
/// Source: detection notes §7.4. All counts are of standing cases; a case that was taken back counts only in `taken_back`.

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/case_book.h"
#include "evaluate/interval.h"
#include "simulate/truth.h"

namespace brushwatch::evaluate {

/// One world after the pipeline: its truth, and what the pipeline said.
struct JudgedWorld {
  std::uint64_t seed = 0;
  std::uint32_t shops = 0, days = 0;  ///< 0 when not known (somebody else's world)
  std::uint64_t orders = 0, events = 0;
  std::vector<simulate::TruthRing> rings;
  std::vector<simulate::TruthOrder> orders_of_rings;
  std::vector<Case> cases;            ///< as CaseBook::cases() gives them
  /// Of each subject the best log-likelihood ratio (×1000) of each detector, promote direction: for "why was it missed".
  std::map<std::string, std::map<int, std::int64_t>> findings;
  /// The same for what speaks of the subject as a victim or a target.
  std::map<std::string, std::map<int, std::int64_t>> defences;
  /// Of each subject what its families say for a promotion, each at its best of the whole world and held to the cap, summed (×1000).
  std::map<std::string, std::int64_t> evidence;
};

/// How one attack at one level of camouflage was met. `camouflage` −1: all levels.
struct AttackScore {
  std::string scenario;
  std::string role;                    ///< "offender" or "victim"
  int camouflage = -1;
  Interval found;                      ///< of rings: ≥ 1 right case within the budget. A victim's: named as what it is
  Interval subjects_found;             ///< of subjects: shops (outlets are counted apart)
  double orders_before_p50 = 0, orders_before_p90 = 0;  ///< fake orders of the ring made before its first case
  double hours_p50 = 0, hours_p90 = 0;                  ///< event time from first fake order to first case
  double fakes_after_share = 0;        ///< of the found rings' fake orders: made after the case (loss avoided)
};

/// How many honest shops a detector's evidence ever carried past 1/alpha. An e-value may do so for a share alpha at most.
struct Crossing {
  int detector = 0;
  std::uint64_t at_0_05 = 0, at_0_01 = 0, at_0_001 = 0;
};
/// What one detector is worth alone, before fusion: whom it speaks of, and whether they are what it says.
struct DetectorScore {
  int detector = 0;
  bool accuses = true;              ///< false: what it says of victims and targets
  std::uint64_t told = 0;           ///< subjects of whom it says half a nat and more (what fusion counts); those of whom the truth says neither are left out
  std::uint64_t right = 0;          ///< of them offenders; of those it defends, victims
  std::uint64_t seen = 0, of = 0;   ///< offenders' shops (victims) of whom it speaks, and all there are
};
struct Reliability { double predicted = 0, guilty = 0; std::size_t n = 0; };

struct Metrics {
  std::size_t worlds = 0;
  std::uint64_t orders = 0, events = 0;
  double budget_per_1000_shop_days = 0;
  std::vector<AttackScore> attacks;    ///< by scenario, then camouflage; −1 first
  Interval outlets_found;              ///< complicit outlets with a case
  double outlets_in_top10 = 0;         ///< share of worlds' complicit outlets among the ten highest outlet cases
  std::map<std::size_t, double> precision_at;   ///< k → share of guilty among the k highest cases of all worlds
  std::map<std::size_t, std::size_t> cases_at;  ///< how many of the k there were
  double roc_auc = 0;                  ///< shops, by their best case; a shop without a case ties with all such
  double roc_auc_shuffled = 0;         ///< control: the same with labels dealt at random; 0.5 up to chance
  std::uint64_t suspicions = 0, suspicions_false = 0;  ///< standing promote cases that rest on one family
  double pr_auc = 0;                   ///< average precision over shops; shops without a case rank last
  Interval false_per_1m_orders;        ///< standing promote cases on innocents, by world
  std::uint64_t false_cases = 0, false_urgent = 0, taken_back = 0, promote_cases = 0;
  std::uint64_t lookalike_episodes = 0, lookalike_false = 0, lookalike_urgent = 0;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> lookalikes;  ///< scenario → episodes, accused
  std::uint64_t victims = 0, victims_accused = 0;
  Interval victims_named;
  /// [truth][verdict]: truth promote, demote, victim, innocent; verdict promote, demote, victim, none.
  std::array<std::array<std::uint64_t, 4>, 4> direction{};
  double ece = 0;                      ///< expected calibration error of standing promote cases by their learnt probability, ten equal bins
  double ece_score = 0;                ///< the same by the posterior of the score
  std::vector<Reliability> reliability;  ///< of the learnt probability
  std::uint64_t honest_shops = 0;            ///< shops of no script at all, each once a world
  std::vector<Crossing> crossings;           ///< of those, by detector
  std::vector<DetectorScore> detectors;      ///< by number; accusers first
  /// Of those, the mean of exp(evidence), each family at its best of the whole world: an upper estimate of a week's. 1 at most is what
  /// the promise of the discovery control asks; it holds for α × this mean.
  double honest_e_mean = 0;
  /// Standing accusations (promote and demote) that reach the bar of their week, those of them on innocents, and the mean of each
  /// world's share of these (0 where there are none).
  std::uint64_t accusations = 0, discoveries = 0, discoveries_false = 0;
  double discoveries_false_share = 0;
  Interval found_by_discovery;               ///< of offenders' rings: ≥ 1 subject with a discovery
  std::vector<std::string> false_subjects;   ///< "seed subject families", at most 200
  std::vector<std::string> near;             ///< look-alikes that some detector speaks of, and victims whom nobody named; at most 400
  std::vector<std::string> missed;           ///< "scenario/camouflage seed subject: D1 3.2, D16 4.0", at most 400
};

/// Every standing case of a world as one JSON object a line, with what calibration is learnt from: seed, subject, category
/// (alliance/calibration.h), total_milli, posterior_permille, probability_permille, and whether the truth says that it is right. Cases of which
/// the truth says neither (operators and couriers of an offender) are left out.
std::string case_lines(const JudgedWorld& world);

/// `budget`: cases a 1,000 shop-days an analyst can take (0: no bound). Worlds without a known size have no bound.
Metrics measure(std::span<const JudgedWorld> worlds, double budget_per_1000_shop_days);

}  // namespace brushwatch::evaluate
