#include "apps/run_metrics.h"

#include "alliance/calendar.h"
#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

/// Adds what has come since the last scrape: the pipeline counts for itself, Prometheus counters only grow.
void advance(Counter& counter, std::uint64_t& seen, std::uint64_t now) {
  if (now <= seen) return;
  counter.add(static_cast<double>(now - seen));
  seen = now;
}

}  // namespace

RunMetrics::RunMetrics()
    : latency_(metrics_.histogram("brushwatch_pipeline_event_to_alert_seconds", "From the first record of a round to its output lines being visible",
                                  // The goal is 20 ms at p99; a bucket on each side of it, and room for trouble.
                                  {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10})) {
  for (std::size_t o = 0; o < kOutputs; ++o) {
    lines_[o] = &metrics_.counter("brushwatch_output_lines_total", "Lines written, by output", {{"output", std::string(output_name(static_cast<Output>(o)))}});
  }
  metrics_.on_scrape([this] { refresh(); });
}

void RunMetrics::watch(const PipelineStats& stats) { stats_ = &stats; }
void RunMetrics::count_line(Output output, std::string_view) { lines_[static_cast<std::size_t>(output)]->add(); }
void RunMetrics::observe_alert_latency(double seconds) { latency_.observe(seconds); }

void RunMetrics::refresh() {
  metrics_.gauge("brushwatch_process_resident_bytes", "Resident memory of the process").set(static_cast<double>(current_rss_bytes()));
  metrics_.gauge("brushwatch_alliance_calendar_left_days", "Days until the holiday table ends; terms beyond it are provisional")
      .set(static_cast<double>(Calendar::version(Calendar::newest()).days_left(date_of(system_clock().now()))));
  const PipelineStats* stats = stats_;
  if (stats == nullptr) return;
  advance(metrics_.counter("brushwatch_ingest_events_total", "Records taken from the sources"), events_, stats->events);
  advance(metrics_.counter("brushwatch_pipeline_rounds_total", "Rounds folded"), rounds_, stats->rounds);
  advance(metrics_.counter("brushwatch_pipeline_late_events_total", "Events behind the watermark by more than the allowed lateness"), late_, stats->late);
  advance(metrics_.counter("brushwatch_ingest_dead_letters_total", "Records refused, kept with their bytes"), rejected_, stats->rejected);
  advance(metrics_.counter("brushwatch_pipeline_epochs_total", "Epochs written to the state store"), epochs_, stats->epochs);
  metrics_.gauge("brushwatch_state_rows", "Rows in memory or in the state store").set(static_cast<double>(stats->live_rows));
  metrics_.gauge("brushwatch_state_hot_rows", "Rows in memory").set(static_cast<double>(stats->hot_rows));
  metrics_.gauge("brushwatch_state_hot_bytes", "Memory of the rows").set(static_cast<double>(stats->row_bytes));
  if (stats->watermark_ms != INT64_MIN) {
    metrics_.gauge("brushwatch_pipeline_watermark_timestamp_seconds", "Event time up to which all on-time events were seen").set(static_cast<double>(stats->watermark_ms) / 1000);
  }
  for (std::size_t s = 0; s < kStages; ++s) {
    const std::string stage(stage_name(static_cast<Stage>(s)));
    advance(metrics_.counter("brushwatch_stage_records_total", "Records folded, by stage", {{"stage", stage}}), records_[s], stats->records_by_stage[s]);
    const std::uint64_t now = stats->nanoseconds_by_stage[s];
    if (now > nanoseconds_[s]) {
      metrics_.counter("brushwatch_stage_busy_seconds_total", "Time spent folding, by stage", {{"stage", stage}}).add(static_cast<double>(now - nanoseconds_[s]) / 1e9);
      nanoseconds_[s] = now;
    }
  }
}

}  // namespace brushwatch::app
