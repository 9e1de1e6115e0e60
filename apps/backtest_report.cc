// A backtest's result as text and as JSON.

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "apps/backtest.h"

namespace brushwatch::app {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

std::string nats(std::int64_t milli) { return fmt::format("{:+.2f}", static_cast<double>(milli) / 1000); }

std::string term_text(const TermShift& t) {
  const auto side = [](const std::string& detector, std::int64_t milli) { return detector.empty() ? std::string("–") : detector + " " + nats(milli); };
  return fmt::format("{} {} → {}", t.family, side(t.detector_before, t.before_milli), side(t.detector_after, t.after_milli));
}

std::string why_not(const AlertStand& s) {
  if (s.held_back == "families") return "too few families";
  if (s.held_back == "posterior") return fmt::format("{:.3f} is below the threshold", s.posterior_permille / 1000.0);
  if (s.held_back == "victim") return "the subject is named a victim";
  if (s.held_back == "continues") return "it continues the alert of the week before";
  if (s.held_back == "no_finding") return "no finding";
  return "withdrawn";
}

std::string stand_text(const AlertStand& s) {
  return s.standing ? fmt::format("{} {:.3f} since {}", s.severity, s.posterior_permille / 1000.0, format_time(s.raised).substr(0, 16)) : why_not(s);
}

/// Why the two folds differ: the terms, else the prior, else what stands between evidence and an alert.
std::string because(const AlertShift& s) {
  std::string out;
  for (const TermShift& t : s.terms) out += (out.empty() ? "" : ", ") + term_text(t);
  if (s.before.prior_milli != s.after.prior_milli && s.before.prior_milli != 0 && s.after.prior_milli != 0)
    out += (out.empty() ? "" : ", ") + fmt::format("prior {} → {}", nats(s.before.prior_milli), nats(s.after.prior_milli));
  if (!out.empty()) return out;
  return s.before.raised != s.after.raised ? "the same terms, told at another time" : "the same terms, judged by other thresholds";
}

void text(Json& w, const char* name, std::string_view v) {
  w.Key(name);
  w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
}
void number(Json& w, const char* name, std::int64_t v) {
  w.Key(name);
  w.Int64(v);
}
void stand(Json& w, const char* name, const AlertStand& s) {
  w.Key(name);
  w.StartObject();
  w.Key("standing");
  w.Bool(s.standing);
  if (!s.severity.empty()) text(w, "severity", s.severity);
  number(w, "posterior_permille", s.posterior_permille);
  number(w, "prior_milli", s.prior_milli);
  number(w, "total_milli", s.total_milli);
  if (s.raised.ms != 0) text(w, "raised", format_time(s.raised));
  if (!s.held_back.empty()) text(w, "held_back", s.held_back);
  w.EndObject();
}

}  // namespace

std::string backtest_text(const BacktestReport& r) {
  std::array<std::uint64_t, 3> kinds{};
  std::string out;
  for (const AlertShift& s : r.shifts) {
    ++kinds[static_cast<std::size_t>(s.kind)];
    out += fmt::format("{:<8}  {}  {:<10} {:<28} week of {}\n          recorded  {}\n          proposed  {}\n          by        {}\n", shift_name(s.kind), s.id, s.direction,
                       s.subject_kind + ":" + s.subject, format_time(s.week).substr(0, 10), stand_text(s.before), stand_text(s.after), because(s));
  }
  if (!r.detectors.empty()) {
    out += fmt::format("\n{:<9} {:>10} {:>10} {:>12} {:>12} {:>10} {:>10}\n", "DETECTOR", "FINDINGS", "PROPOSED", "ON TRIAL", "PROPOSED", "IN ALERTS", "PROPOSED");
    for (const DetectorShift& d : r.detectors)
      out += fmt::format("{:<9} {:>10} {:>10} {:>12} {:>12} {:>10} {:>10}\n", d.name, d.counted_before, d.counted_after, d.trial_before, d.trial_after, d.alerts_before, d.alerts_after);
  }
  return out + fmt::format("\n{} appear, {} vanish, {} move, {} stand alike; {} rounds compared, {} to {}; rules {:016x} → {:016x}\n", kinds[0], kinds[1], kinds[2], r.unchanged,
                           r.compared_rounds, format_time(r.from).substr(0, 16), format_time(r.to).substr(0, 16), r.version_before, r.version_after);
}

std::string backtest_json(const BacktestReport& r, const BacktestOptions& options) {
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartObject();
  if (!options.ledger.empty()) text(w, "ledger", options.ledger);
  w.Key("rules");
  w.StartObject();
  for (const auto& [name, value] : options.proposed.rules) number(w, name.c_str(), value);
  w.EndObject();
  number(w, "reference_records", static_cast<std::int64_t>(options.proposed.places.size()));
  number(w, "rounds", static_cast<std::int64_t>(r.rounds));
  number(w, "first_round", static_cast<std::int64_t>(r.first_round));
  number(w, "compared_rounds", static_cast<std::int64_t>(r.compared_rounds));
  text(w, "from", format_time(r.from));
  text(w, "to", format_time(r.to));
  text(w, "version_recorded", fmt::format("{:016x}", r.version_before));
  text(w, "version_proposed", fmt::format("{:016x}", r.version_after));
  number(w, "unchanged", static_cast<std::int64_t>(r.unchanged));
  w.Key("shifts");
  w.StartArray();
  for (const AlertShift& s : r.shifts) {
    w.StartObject();
    text(w, "change", shift_name(s.kind));
    text(w, "id", s.id);
    text(w, "pattern", s.pattern);
    text(w, "direction", s.direction);
    text(w, "subject_kind", s.subject_kind);
    text(w, "subject", s.subject);
    text(w, "week", format_time(s.week));
    stand(w, "recorded", s.before);
    stand(w, "proposed", s.after);
    w.Key("terms");
    w.StartArray();
    for (const TermShift& t : s.terms) {
      w.StartObject();
      text(w, "family", std::string_view(&t.family, 1));
      text(w, "detector_recorded", t.detector_before);
      text(w, "detector_proposed", t.detector_after);
      number(w, "recorded_milli", t.before_milli);
      number(w, "proposed_milli", t.after_milli);
      w.EndObject();
    }
    w.EndArray();
    text(w, "because", because(s));
    w.EndObject();
  }
  w.EndArray();
  w.Key("detectors");
  w.StartArray();
  for (const DetectorShift& d : r.detectors) {
    w.StartObject();
    text(w, "detector", d.name);
    number(w, "findings_recorded", static_cast<std::int64_t>(d.counted_before));
    number(w, "findings_proposed", static_cast<std::int64_t>(d.counted_after));
    number(w, "on_trial_recorded", static_cast<std::int64_t>(d.trial_before));
    number(w, "on_trial_proposed", static_cast<std::int64_t>(d.trial_after));
    number(w, "alerts_recorded", static_cast<std::int64_t>(d.alerts_before));
    number(w, "alerts_proposed", static_cast<std::int64_t>(d.alerts_after));
    w.EndObject();
  }
  w.EndArray();
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace brushwatch::app
