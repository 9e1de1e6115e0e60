#pragma once
/// Counts what people and clocks did, as the lines of cases, lists and archives tell it: transitions, refusals, terms that ran out
/// unanswered, and what analysts made of alerts, by family of evidence.
///
/// Reads the members where they stand in the line (alliance/case_line.h fixes their order), without parsing JSON.
/// Cost     under a microsecond a line. Threads: one at a time.

#include <string_view>

#include "connectors/metrics/metrics.h"

namespace brushwatch::app {

class AllianceMetrics {
 public:
  /// Series of all states and verdicts exist from the start, at 0.
  explicit AllianceMetrics(Metrics& metrics);
  /// A line of the case or of the list output.
  void count(std::string_view line);

 private:
  void count_verdict(std::string_view line, std::string_view state);
  Metrics& metrics_;
};

}  // namespace brushwatch::app
