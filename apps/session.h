#pragma once
/// One run of the pipeline over files or a ledger, as `replay` and `demo` share it: progress, alerts as they rise, a summary.

#include <functional>
#include <string>
#include <vector>

#include "apps/host.h"

namespace brushwatch::app {

struct SessionOptions {
  std::string input, ledger, mapping, out, source = "import";
  std::string restore;  ///< a snapshot of the ledger's state; only with `ledger`
  unsigned threads = 1;
  std::uint32_t partitions = 4;
  std::uint64_t memory_mib = 1024, epoch_records = 400'000;
  std::vector<std::string> rules;
  bool force = false;
  bool flush_each_round = false;
  std::function<void(const std::string& line)> on_alert;             ///< each new alert line
  std::function<void(double share, std::uint64_t events, EventTime watermark)> on_progress;  ///< share of the input, 0..1
};
struct SessionSummary {
  std::uint64_t records = 0, events = 0, rejected = 0, late = 0, duplicates = 0, rounds = 0, alerts = 0, alert_lines = 0, suppressed = 0;
  std::uint64_t stage_records = 0, live_rows = 0, peak_live_rows = 0, hot_rows = 0, row_bytes = 0, epochs = 0, store_reads = 0;
  std::array<std::uint64_t, kStages> records_by_stage{}, nanoseconds_by_stage{}, timers_by_stage{};
  double wall_s = 0, cpu_s = 0;
  std::uint64_t peak_rss_bytes = 0;
  std::vector<std::int64_t> alert_ns;  ///< per round with output lines: first record read → lines visible
  bool complete = false;               ///< false when it was stopped
  bool was_complete = false;           ///< there was nothing left to do
  [[nodiscard]] std::int64_t alert_ns_at(double quantile) const;
  [[nodiscard]] std::string json() const;  ///< one object; deterministic members first, measured ones under "measured"
};

/// The files of the outputs in an embedded run's directory, by Output.
inline constexpr std::array<const char*, kOutputs> kOutputFiles = {
    "alerts.ndjson", "late.ndjson", "dlq.ndjson", "cases.ndjson", "lists.ndjson", "credit.ndjson"};

/// Files: out/{alerts,late,dlq,cases,lists,credit}.ndjson, out/ledger/, out/state/, out/summary.json.
Result<SessionSummary> run_session(const Operators& operators, const SessionOptions& options);

/// "name=value" pairs checked against the declared rules. Errors: kConfigUnknownKey with the nearest name, kConfigType.
Result<std::vector<std::pair<std::string, std::int64_t>>> parse_rules(const Operators& operators, const std::vector<std::string>& rules);

}  // namespace brushwatch::app
