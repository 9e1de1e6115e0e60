#include "apps/line_metrics.h"

#include <algorithm>
#include <string>

namespace brushwatch::app {
namespace {

constexpr std::string_view kPatterns[] = {"fake_trade", "malicious_review", "reverse_brushing_victim", "complicit_logistics"};
constexpr std::string_view kSeverities[] = {"notice", "alert", "urgent"};
constexpr std::string_view kWithdrawals[] = {"evidence_retracted", "below_threshold", "victim_of_reverse_brushing", "continues_previous_week"};
// The type of the line, and the word that the metric uses for it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kEvents = {{{"alert", "opened"}, {"alert_update", "updated"}, {"alert_withdrawn", "withdrawn"}}};

/// A word that is not among the known ones counts as "other": a label must not grow with what a line says.
std::string known(std::string_view word, std::span<const std::string_view> words) {
  return std::string(std::find(words.begin(), words.end(), word) == words.end() ? std::string_view("other") : word);
}

Counter& alert_lines(Metrics& metrics, std::string_view event, std::string pattern, std::string severity) {
  return metrics.counter("brushwatch_alert_lines_total", "Lines about alerts, by what happened to the alert",
                         {{"event", std::string(event)}, {"pattern", std::move(pattern)}, {"severity", std::move(severity)}});
}
Counter& withdrawals(Metrics& metrics, std::string reason) {
  return metrics.counter("brushwatch_alert_withdrawals_total", "Alerts that stopped to hold, by reason", {{"reason", std::move(reason)}});
}
Counter& voices(Metrics& metrics, std::string detector) {
  return metrics.counter("brushwatch_alert_voices_total", "Alerts opened in which the detector is the voice of a family", {{"detector", std::move(detector)}});
}

Counter& findings_on_trial(Metrics& metrics, std::string detector) {
  return metrics.counter("brushwatch_detector_shadow_findings_total", "Findings of detectors on trial, which count for nothing", {{"detector", std::move(detector)}});
}

}  // namespace

std::string_view string_member(std::string_view line, std::string_view name, std::size_t from) {
  std::string key;
  key.reserve(name.size() + 4);
  key.append("\"").append(name).append("\":\"");
  const auto at = line.find(key, from);
  if (at == std::string_view::npos) return {};
  const auto begin = at + key.size();
  const auto end = line.find('"', begin);
  return end == std::string_view::npos ? std::string_view() : line.substr(begin, end - begin);
}

LineMetrics::LineMetrics(Metrics& metrics, std::span<const std::string> detectors) : metrics_(metrics), alliance_(metrics) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    lines_[o] = &metrics_.counter("brushwatch_output_lines_total", "Lines written, by output", {{"output", std::string(output_name(static_cast<Output>(o)))}});
  }
  for (const auto& [type, event] : kEvents)
    for (const std::string_view pattern : kPatterns)
      for (const std::string_view severity : kSeverities) (void)alert_lines(metrics_, event, std::string(pattern), std::string(severity));
  for (const std::string_view reason : kWithdrawals) (void)withdrawals(metrics_, std::string(reason));
  for (const std::string& detector : detectors) {
    (void)voices(metrics_, detector);
    (void)findings_on_trial(metrics_, detector);
  }
}

void LineMetrics::count(Output output, std::string_view line) {
  lines_[static_cast<std::size_t>(output)]->add();
  if (output == Output::kAlert) count_alert(line);
  if (output == Output::kDeadLetter) count_dead_letter(line);
  if (output == Output::kLate && string_member(line, "type") == "shadow_finding") findings_on_trial(metrics_, std::string(string_member(line, "detector"))).add();
  if (output == Output::kCase || output == Output::kList) alliance_.count(line);
}

void LineMetrics::count_alert(std::string_view line) {
  const std::string_view type = string_member(line, "type");
  const auto event = std::find_if(kEvents.begin(), kEvents.end(), [&](const auto& e) { return e.first == type; });
  if (event == kEvents.end()) return;  // a line about something else
  alert_lines(metrics_, event->second, known(string_member(line, "pattern"), kPatterns), known(string_member(line, "severity"), kSeverities)).add();
  if (event->second == "withdrawn") withdrawals(metrics_, known(string_member(line, "withdrawn_reason"), kWithdrawals)).add();
  if (event->second != "opened") return;
  // "score":{…,"families":[{"family":"O","llr_milli":4000,"detector":"D1"},…]: one entry a family that speaks.
  const auto begin = line.find("\"families\":[");
  const auto end = begin == std::string_view::npos ? begin : line.find(']', begin);
  if (end == std::string_view::npos) return;
  const std::string_view families = line.substr(begin, end - begin);
  for (std::size_t at = families.find("\"detector\":\""); at != std::string_view::npos; at = families.find("\"detector\":\"", at + 1)) {
    voices(metrics_, std::string(string_member(families, "detector", at))).add();
  }
}

void LineMetrics::count_dead_letter(std::string_view line) {
  const std::string_view error = string_member(line, "error");
  metrics_.counter("brushwatch_ingest_dead_letters_by_error_total", "Records refused, by what was wrong with them", {{"error", std::string(error.empty() ? "other" : error)}}).add();
}

}  // namespace brushwatch::app
