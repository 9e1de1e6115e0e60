#pragma once
/// Cases: what an analyst would see of the alert chain, one a (subject, direction), from the alert lines of a run.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/event/event.h"

namespace brushwatch::evaluate {

/// All alerts of one subject in one direction; several weeks are one case.
struct Case {
  std::string subject;             ///< canonical shop id (a leading "PLAT:" is dropped), outlet or courier
  SubjectKind kind = SubjectKind::kShop;
  Direction direction = Direction::kPromote;
  bool standing = false;           ///< at least one of its alerts was not withdrawn
  bool urgent = false;             ///< some standing alert is urgent
  bool discovery = false;          ///< some standing alert reaches the bar of its week as last told (alliance/discovery.h)
  std::int64_t total_milli = 0;    ///< log odds of the best standing alert, as last told; the rank
  int posterior_permille = 0;      ///< of the same
  int probability_permille = 0;    ///< learnt (alliance/calibration.h), of the same; the posterior where the line has none
  std::string families;            ///< letters of the same, in family order
  EventTime raised{};              ///< event time of the first line of any alert that stands
};

/// Folds alert lines, in order, into cases. Not thread safe.
class CaseBook {
 public:
  /// One line of the alert output. Lines of other types (seals) are ignored. Errors: kNotJson.
  Result<void> add(std::string_view line);
  /// One line of the case output: a week's bar. Lines of other types are ignored. Errors: kNotJson.
  Result<void> add_control(std::string_view line);
  /// Standing cases first, then by rank, then by subject: the same for any partition count.
  [[nodiscard]] std::vector<Case> cases() const;

 private:
  struct Alert {
    Case now;
    bool withdrawn = false;
    std::string week;              // as the line writes it
    std::int64_t evidence_milli = 0;
  };
  std::map<std::string, Alert> alerts_;       // by alert id
  std::map<std::string, std::int64_t> bars_;  // by week
};

}  // namespace brushwatch::evaluate
