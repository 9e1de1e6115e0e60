#include "apps/alliance_metrics.h"

#include <array>
#include <string>

#include "alliance/machine/alert_machine.h"
#include "alliance/machine/case_machine.h"
#include "alliance/machine/entry_machine.h"
#include "apps/line_metrics.h"

namespace brushwatch::app {
namespace {

constexpr std::string_view kFamilyLetters = "ORPTGC";
// What an analyst made of an alert: the state it went to, and the word for it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kVerdicts = {{{"IN_CASE", "case_worthy"}, {"DISMISSED", "dismissed"}}};

Counter& transitions(Metrics& metrics, std::string_view machine, std::string_view to) {
  return metrics.counter("brushwatch_alliance_transitions_total", "Steps of the machines of alert, case and list entry, by the state they led to",
                         {{"machine", std::string(machine)}, {"to", std::string(to)}});
}
Counter& terms(Metrics& metrics, std::string_view machine) {
  return metrics.counter("brushwatch_alliance_terms_over_total", "Terms that ran out before anybody acted", {{"machine", std::string(machine)}});
}
Counter& verdicts(Metrics& metrics, char family, std::string_view verdict) {
  return metrics.counter("brushwatch_alliance_verdicts_total", "What analysts made of alerts, once for each family of evidence in the alert",
                         {{"family", std::string(1, family)}, {"verdict", std::string(verdict)}});
}
Counter& refusals(Metrics& metrics, std::string reason) {
  return metrics.counter("brushwatch_alliance_refusals_total", "Commands that the machines refused, by reason", {{"reason", std::move(reason)}});
}
std::string_view machine_of(std::string_view type) { return type == "alert_state" ? "alert" : type == "case" ? "case" : type == "entry" ? "entry" : ""; }

}  // namespace

AllianceMetrics::AllianceMetrics(Metrics& metrics) : metrics_(metrics) {
  for (std::size_t s = 1; s < kAlertStates; ++s) (void)transitions(metrics_, "alert", state_name(static_cast<AlertState>(s)));
  for (std::size_t s = 1; s < kCaseStates; ++s) (void)transitions(metrics_, "case", state_name(static_cast<CaseState>(s)));
  for (std::size_t s = 1; s < kEntryStates; ++s) (void)transitions(metrics_, "entry", state_name(static_cast<EntryState>(s)));
  for (const std::string_view machine : {"alert", "case", "entry"}) (void)terms(metrics_, machine);
  for (const char family : kFamilyLetters)
    for (const auto& [state, verdict] : kVerdicts) (void)verdicts(metrics_, family, verdict);
  for (const char* reason : {"four_eyes"}) (void)refusals(metrics_, reason);
}

void AllianceMetrics::count(std::string_view line) {
  const std::string_view type = string_member(line, "type");
  if (type == "refused") {
    refusals(metrics_, std::string(string_member(line, "refused"))).add();
    return;
  }
  const std::string_view machine = machine_of(type);
  const std::string_view to = string_member(line, "to");
  if (machine.empty() || to.empty()) return;
  if (string_member(line, "from") != to) transitions(metrics_, machine, to).add();
  if (string_member(line, "command") == "elapse") terms(metrics_, machine).add();
  if (machine == "alert") count_verdict(line, to);
}

void AllianceMetrics::count_verdict(std::string_view line, std::string_view state) {
  for (const auto& [to, verdict] : kVerdicts) {
    if (to != state || string_member(line, "from") == to) continue;
    for (const char family : string_member(line, "families")) {
      if (kFamilyLetters.find(family) != std::string_view::npos) verdicts(metrics_, family, verdict).add();
    }
  }
}

}  // namespace brushwatch::app
