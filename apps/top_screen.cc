#include "apps/top_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/terminal.h"

namespace brushwatch::app {
namespace {

// As a round goes through them; what an instance does not have is left out.
constexpr const char* kSteps[] = {"wait", "ledger", "intake", "parcel", "shop", "party", "ring", "subject", "alliance", "output", "epoch"};
constexpr const char* kStepSeconds = "brushwatch_pipeline_step_seconds_sum";

std::string duration(double s) {
  constexpr std::pair<const char*, double> kUnits[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}};
  for (const auto& [unit, size] : kUnits) if (std::abs(s) >= size) return fmt::format("{:.3g} {}", s / size, unit);
  return "0 s";
}
std::string whole(double n) { return grouped(static_cast<std::uint64_t>(std::max(0.0, n))); }
std::string bar(double share, std::size_t cells) {
  const auto full = static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(cells)));
  std::string out;
  for (std::size_t i = 0; i < cells; ++i) out += i < full ? "█" : "░";
  return out;
}

/// The version of the rules, and the first few that differ from what the program ships with.
std::string rules_in_force(const MetricView& m) {
  std::string out;
  for (const auto& [version, now] : m.by("brushwatch_rules_info", "version")) if (now > 0) out = version;
  if (out.empty()) return out;
  constexpr std::size_t kShown = 4;
  auto changed = m.by("brushwatch_rules_value", "rule");
  std::erase_if(changed, [](const auto& rule) { return rule.first.ends_with(".enabled") && rule.second == 1; });
  const double changes = m.sum("brushwatch_rules_changes_total");
  out += fmt::format(", changed {} times", whole(changes));
  for (std::size_t i = 0; i < changed.size() && i < kShown; ++i) out += fmt::format("  {}={:.0f}", changed[i].first, changed[i].second);
  return out + (changed.size() > kShown ? fmt::format("  and {} more", changed.size() - kShown) : "");
}

}  // namespace

std::string sparkline(const std::vector<double>& values, std::size_t cells) {
  constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t from = values.size() > cells ? values.size() - cells : 0;
  double most = 0;
  for (std::size_t i = from; i < values.size(); ++i) most = std::max(most, values[i]);
  std::string out;
  for (std::size_t i = from; i < values.size(); ++i) out += kBlocks[most > 0 ? std::min<std::size_t>(7, static_cast<std::size_t>(std::max(0.0, values[i]) / most * 7.999)) : 0];
  return out;
}

std::string top_screen(const TopLook& before, const TopLook& now, const TopOptions& options) {
  const MetricView& m = now.metrics;
  const double seconds = std::max(1e-3, now.at_s - before.at_s);
  const auto grown = [&](std::string_view name, const std::map<std::string, std::string>& where = {}) { return std::max(0.0, m.sum(name, where) - before.metrics.sum(name, where)); };
  const auto bold = [&](std::string_view text) { return paint(text, "1", options.colour); };
  const auto warn = [&](std::string_view text, bool bad) { return paint(text, bad ? "1;31" : "32", options.colour); };
  std::string out;
  const auto line = [&](std::string_view text) {
    out += text;
    out += '\n';
  };
  const double up_s = now.wall_s - m.sum("brushwatch_process_start_timestamp_seconds");
  line(fmt::format("{}  {}  up {}", bold("brushwatch " + m.label("brushwatch_build_info", "version")), options.address, duration(up_s)));
  const double taken = grown("brushwatch_ingest_records_total"), refused = grown("brushwatch_ingest_records_total", {{"result", "rejected"}});
  line(fmt::format("{:<10} {}/s  {}  refused {}  late {}", "events", bold(whole(taken / seconds)), sparkline(options.events, 24),
                   warn(fmt::format("{:.2f} %", taken > 0 ? 100 * refused / taken : 0.0), taken > 0 && refused / taken > 0.01), whole(grown("brushwatch_stage_late_events_total"))));
  const double lag_s = m.sum("brushwatch_pipeline_watermark_lag_seconds");
  std::string holder;
  for (const auto& [source, holds] : m.by("brushwatch_ingest_watermark_holder", "source")) if (holds > 0) holder = source;
  line(fmt::format("{:<10} {} behind{}", "watermark", warn(duration(lag_s), lag_s > 900), holder.empty() ? "" : ", held by " + holder));
  const double told = m.sum("brushwatch_pipeline_event_to_alert_seconds_count");
  const double mean_s = told > 0 ? m.sum("brushwatch_pipeline_event_to_alert_seconds_sum") / told : 0;
  line(fmt::format("{:<10} {} opened, {} urgent, {} withdrawn; event to alert {} in the mean", "alerts", bold(whole(m.sum("brushwatch_alert_lines_total", {{"event", "opened"}}))),
                   whole(m.sum("brushwatch_alert_lines_total", {{"event", "opened"}, {"severity", "urgent"}})), whole(m.sum("brushwatch_alert_lines_total", {{"event", "withdrawn"}})),
                   warn(duration(mean_s), mean_s > 0.1)));
  line(fmt::format("{:<10} {} rows, {} in memory ({}), process {}, disk {:.0f} % free", "state", whole(m.sum("brushwatch_state_rows")), whole(m.sum("brushwatch_state_hot_rows")),
                   bytes_text(static_cast<std::uint64_t>(m.sum("brushwatch_state_hot_bytes"))), bytes_text(static_cast<std::uint64_t>(m.sum("brushwatch_process_resident_bytes"))),
                   100 * m.sum("brushwatch_disk_free_bytes") / std::max(1.0, m.sum("brushwatch_disk_size_bytes"))));
  if (const std::string rules = rules_in_force(m); !rules.empty()) line(fmt::format("{:<10} {}", "rules", rules));
  line("");
  double all = 0;
  for (const char* step : kSteps) all += grown(kStepSeconds, {{"step", step}});
  const std::size_t cells = options.width > 60 ? std::min<std::size_t>(40, options.width - 44) : 16;
  line(bold(fmt::format("{:<10} {:<{}} {:>7} {:>10}", "step", "share of the time", cells, "", "a round")));
  for (const char* step : kSteps) {
    if (m.by(kStepSeconds, "step", {{"step", step}}).empty()) continue;
    const double spent = grown(kStepSeconds, {{"step", step}}), rounds = grown("brushwatch_pipeline_step_seconds_count", {{"step", step}});
    const double share = all > 0 ? spent / all : 0;
    line(fmt::format("{:<10} {} {:>5.1f} % {:>10}", step, paint(bar(share, cells), share > 0.5 ? "33" : "36", options.colour), 100 * share, rounds > 0 ? duration(spent / rounds) : "–"));
  }
  line("");
  line(bold(fmt::format("{:<28} {:>10} {:>10} {:>12}  {}", "source", "events/s", "waiting", "behind", "")));
  for (const auto& [source, total] : m.by("brushwatch_ingest_records_total", "source")) {
    const bool idle = m.sum("brushwatch_ingest_source_idle", {{"source", source}}) > 0;
    line(fmt::format("{:<28} {:>10} {:>10} {:>12}  {}", source.substr(0, 28), whole(grown("brushwatch_ingest_records_total", {{"source", source}}) / seconds),
                     whole(m.sum("brushwatch_ingest_lag_records", {{"source", source}})), duration(m.sum("brushwatch_ingest_watermark_lag_seconds", {{"source", source}})),
                     idle ? "idle" : source == holder ? "holds time back" : ""));
  }
  return out;
}

}  // namespace brushwatch::app
