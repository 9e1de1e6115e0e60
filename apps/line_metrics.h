#pragma once
/// Counts output lines by what they say: alerts by pattern, severity and detector, withdrawals by reason, dead letters by code.
///
/// Reads the members it needs where they stand in the line (alliance/alert_line.h fixes their order), without parsing JSON.
/// Cost     under a microsecond a line. Threads: one at a time.

#include <array>
#include <span>
#include <string_view>

#include "apps/alliance_metrics.h"
#include "connectors/metrics/metrics.h"
#include "engine/detect/fold.h"

namespace brushwatch::app {

class LineMetrics {
 public:
  /// Series of all known words exist from the start, at 0: a rate needs a first value, and silence must be seen as silence.
  LineMetrics(Metrics& metrics, std::span<const std::string> detectors);
  void count(Output output, std::string_view line);

 private:
  void count_alert(std::string_view line);
  void count_dead_letter(std::string_view line);
  Metrics& metrics_;
  AllianceMetrics alliance_;
  std::array<Counter*, kOutputs> lines_{};
};

/// The text of the first string member of this name at or behind `from`; empty when there is none.
std::string_view string_member(std::string_view line, std::string_view name, std::size_t from = 0);

}  // namespace brushwatch::app
