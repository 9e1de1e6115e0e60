#pragma once
/// The discovery control: which of a week's alerts stand out so far that, of all that do, at most a share α is expected to be wrong.
///
/// A shop is one of many that are watched, and of many honest ones some look guilty by chance. The control counts the standing
/// accusations of each week (promote and demote; a victim's verdict accuses nobody) by their evidence and gives the week a bar:
/// an alert whose evidence reaches it is a *discovery*, any other a *candidate*. The bar changes no alert: a candidate is told, taken
/// and opened as before.
///
/// e-value     exp(evidence), evidence = total − prior of the alert as last told: the ratio that the families' findings come to.
/// Bar         e-BH: with N hypotheses (fdr.hypotheses), k* the largest k of which k alerts have evidence ≥ ln(N / (α k)): the bar is
///             ln(N / (α max(k*, 1))). It may be looked at at any moment: it is e-BH of what stands then.
/// Promise     E[wrong discoveries / discoveries] ≤ α of every week at every moment, for any dependence among the subjects, if each
///             honest subject's e-value has a mean ≤ 1 and N is at least the number of subjects watched. How far that holds of ours:
///             docs/adr/0022.
/// Order       counts are sums, so the bar is a function of the alerts as they stand, not of their order; of the alert output alone.
/// State       ≤ kWeeksKept weeks, ≤ kEvidenceSteps counts each: some hundred bytes, 7 KB at most. Cost: a µs or two an alert line.
/// Source      Wang & Ramdas, "False discovery rate control with e-values", JRSS B 84 (2022), Thm 2; as a rule that may accept first
///             and reject later: Fischer, Xu & Ramdas, "An online generalization of the (e-)Benjamini-Hochberg procedure" (2024), §2,
///             with equal weights 1/N. It never asks more than e-LOND (Xu & Ramdas, AISTATS 2024) with the same weights.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/detect/fold.h"

namespace brushwatch {

/// Evidence is counted in whole steps, rounded down: against the alert, by 5 % of its e-value at most.
inline constexpr std::int64_t kEvidenceStepMilli = 50;
/// Six families at the cap of 4 nats. What a rule lets a family say beyond that is counted as so much.
inline constexpr std::int64_t kEvidenceSteps = 24'000 / kEvidenceStepMilli;
/// An alert's week is judged for three weeks after it began and forgotten a week later; one more for clocks that differ.
inline constexpr std::size_t kWeeksKept = 5;

/// The place of an alert of this evidence: 1 … 1 + kEvidenceSteps. What speaks for innocence counts as nothing.
std::uint16_t evidence_place(std::int64_t evidence_milli);
/// Whether an alert of this evidence reaches the bar: by its step, as it is counted.
bool reaches(std::int64_t evidence_milli, std::int64_t bar_milli);

struct DiscoveryRules {
  bool on = true;
  std::int64_t alpha_permille = 50;
  std::int64_t hypotheses = 2'000;

  static constexpr std::string_view kOwner = "fdr";
  static std::span<const ParamInfo> params();
  /// The least and the greatest value that params()[i] takes.
  static std::pair<std::int64_t, std::int64_t> bounds(std::size_t i);
  static DiscoveryRules of(const Rules& rules, std::size_t first);
};

/// ln(N / (α max(k, 1))), ×1000, rounded up; never below 0.
std::int64_t bar_milli(const DiscoveryRules& rules, std::uint64_t k);

/// What the control says of one week.
struct WeekBar {
  std::uint64_t alerts = 0, discoveries = 0;
  std::int64_t bar_milli = 0;
  bool operator==(const WeekBar&) const = default;
};

/// The standing accusations of the newest weeks, counted by evidence. Value type; the tail of one row of the alliance stage.
class DiscoveryBook {
 public:
  /// False when the bytes are no book of this version; the book is then empty.
  bool read(std::string_view bytes);
  [[nodiscard]] std::string write() const;

  /// An alert of `week` moves from one place to another; 0 is outside. A week older than all kept ones is passed over.
  void move(EventTime week, std::uint16_t from, std::uint16_t to);
  [[nodiscard]] WeekBar bar(EventTime week, const DiscoveryRules& rules) const;
  /// Notes what is told of a week; false when that was told last.
  bool tell(EventTime week, const WeekBar& bar);

 private:
  struct Count { std::uint16_t place = 0; std::uint32_t alerts = 0; };
  struct Week {
    EventTime week{};
    bool told = false;
    WeekBar last;
    std::vector<Count> counts;  ///< by place, loudest first
  };
  template <class V, class F> friend void fields(V& v, F& f) requires std::is_same_v<std::remove_const_t<F>, Count>;
  template <class V, class F> friend void fields(V& v, F& f) requires std::is_same_v<std::remove_const_t<F>, Week>;
  Week* find(EventTime week);

  std::vector<Week> weeks_;  // newest first
};

/// The row of the control: one a ledger, so that all partitions' alerts meet in it.
inline std::uint64_t discovery_key() { return hash_combine(0xAF00U, 0); }

/// What fusion tells the control: an accusation moved. It has the form of a finding, fusion's own of the whole week: detector 0, the week
/// as its window, the places before and now as baseline and value. `subject` is viewed, not kept.
Event count_event(SubjectKind kind, const NamedId& subject, Direction direction, EventTime week, std::uint16_t from, std::uint16_t to);
struct CountedMove { EventTime week{}; std::uint16_t from = 0, to = 0; };
/// Nullopt when it is no such event.
std::optional<CountedMove> counted_move(const Event& event);

/// "control#2025-11-03", the line's id, by the day on which the week begins.
std::string control_id(EventTime week);

}  // namespace brushwatch
