#include "alliance/alert_line.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "alliance/sentence.h"
#include "engine/base/check.h"

namespace brushwatch {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

void text(Json& json, std::string_view value) {
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void member(Json& json, std::string_view name, std::string_view value) {
  text(json, name);
  text(json, value);
}
void member(Json& json, std::string_view name, std::int64_t value) {
  text(json, name);
  json.Int64(value);
}
void window(Json& json, EventTime start, EventTime end) {
  text(json, "window");
  json.StartObject();
  member(json, "start", format_time(start));
  member(json, "end", format_time(end));
  json.EndObject();
}
void place(Json& json, EvidenceRef ref, const SourceNames& sources) {
  const std::string_view name = sources.name(ref.source());
  json.StartObject();
  member(json, "source", name.empty() ? fmt::format("#{}", ref.source()) : std::string(name));
  member(json, "offset", static_cast<std::int64_t>(ref.offset()));
  json.EndObject();
}
std::string detector_name(std::uint16_t number) { return fmt::format("D{}", number); }

void reason(Json& json, const HeldFinding& f, std::string_view subject, const ReasonBook& book,
            const SourceNames& sources) {
  const ReasonBook::Entry entry = book.find(f.detector, f.reason);
  json.StartObject();
  member(json, "detector", detector_name(f.detector));
  member(json, "name", entry.info != nullptr ? entry.info->name : std::string_view("unknown"));
  member(json, "version", f.version);
  // A reason that this program does not know (an older row, a newer detector) is still told with its numbers.
  member(json, "reason", entry.reason != nullptr ? std::string(entry.reason->key) : fmt::format("reason.{}", f.reason));
  member(json, "family", std::string_view(std::string(1, family_letter(f.family))));
  member(json, "llr_milli", f.llr_milli);
  member(json, "value_milli", f.value_milli);
  member(json, "baseline_milli", f.baseline_milli);
  member(json, "threshold_milli", f.threshold_milli);
  window(json, f.window_start, f.window_end);
  member(json, "scope", fmt::format("{:016x}", f.scope));
  member(json, "count", f.count);
  const SentenceValues values{f.params, f.value_milli, f.baseline_milli, f.threshold_milli, f.count, subject};
  const std::string_view en =
      entry.reason != nullptr ? entry.reason->en : "value {v}, baseline {b}, threshold {t}, {n} events";
  const std::string_view zh = entry.reason != nullptr ? entry.reason->zh : "观测值{v},基线{b},阈值{t},共{n}个事件";
  member(json, "en", render_sentence(en, values));
  member(json, "zh", render_sentence(zh, values));
  text(json, "evidence");
  json.StartArray();
  for (const EvidenceRef ref : evidence_of(f)) place(json, ref, sources);
  json.EndArray();
  json.EndObject();
}

bool louder(const HeldFinding* a, const HeldFinding* b) {
  return a->llr_milli != b->llr_milli ? a->llr_milli > b->llr_milli : a->identity() < b->identity();
}

}  // namespace

std::string alert_id(SubjectKind kind, std::string_view subject, Direction direction, EventTime week) {
  const Digest digest = sha256(fmt::format("{}|{}|{}|{}|{}", pattern_name(kind, direction), subject_kind_name(kind),
                                           subject, format_time(week), direction_name(direction)));
  return "A-" + to_hex(std::span(digest).first(8));
}

ReasonBook::ReasonBook(std::span<const DetectorInfo* const> detectors) : infos_(detectors.begin(), detectors.end()) {
  const auto valid = validate_reasons(infos_);
  if (!valid) check_failed(valid.error().context.c_str(), __FILE__, __LINE__, valid.error().text.data());
}

ReasonBook::Entry ReasonBook::find(std::uint16_t detector, std::uint16_t code) const {
  Entry found;
  for (const DetectorInfo* info : infos_) {
    if (info->number != detector) continue;
    if (found.info == nullptr) found.info = info;
    for (const ReasonText& r : info->reasons) if (r.code == code) return {info, &r};
  }
  return found;
}

std::vector<const HeldFinding*> told_findings(const SubjectRow& row, const Judgement& judgement, std::size_t& total) {
  std::vector<const HeldFinding*> all, told;
  for (const HeldFinding& f : row.findings()) {
    if (f.direction != judgement.direction) continue;
    if (f.week() == judgement.week || f.week() == judgement.week - kWeekMs) all.push_back(&f);
  }
  total = all.size();
  std::sort(all.begin(), all.end(), louder);
  for (const Term& term : judgement.terms) told.push_back(term.best);
  for (const HeldFinding* f : all) {
    if (told.size() >= kReasonsMax) break;
    if (std::find(told.begin(), told.end(), f) == told.end()) told.push_back(f);
  }
  std::sort(told.begin(), told.end(), louder);
  return told;
}

std::string alert_fields(const AlertLine& line, const SubjectRow& row, const Judgement& judgement,
                         const FusionRules& rules, const ReasonBook& book, const SourceNames& sources,
                         std::uint64_t rules_digest) {
  constexpr std::string_view kTypes[] = {"alert", "alert_update", "alert_withdrawn"};
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.StartObject();
  member(json, "type", kTypes[static_cast<unsigned>(line.event)]);
  member(json, "id", alert_id(row.kind(), row.subject(), judgement.direction, judgement.week));
  member(json, "version", line.version);
  member(json, "pattern", pattern_name(row.kind(), judgement.direction));
  member(json, "direction", direction_name(judgement.direction));
  member(json, "severity", severity_name(line.severity));
  if (judgement.possibly_framed) {
    text(json, "possibly_framed");
    json.Bool(true);
  }
  text(json, "subject");
  json.StartObject();
  member(json, "kind", subject_kind_name(row.kind()));
  member(json, "id", row.subject());
  json.EndObject();
  window(json, judgement.week, judgement.week + kWeekMs);
  if (line.event == AlertEvent::kWithdrawn) member(json, "withdrawn_reason", line.withdrawn_reason);
  member(json, "posterior_permille", judgement.posterior_permille);
  // Of what stands: that something was taken back has no probability of being right.
  if (rules.calibration.on && line.event != AlertEvent::kWithdrawn) {
    const bool one_family = __builtin_popcount(judgement.families) < rules.min_families;
    member(json, "probability_permille", rules.calibration.probability_permille(category_of(row.kind(), judgement.direction, one_family), judgement.total_milli));
  }
  text(json, "score");
  json.StartObject();
  member(json, "prior_milli", rules.prior_milli);
  text(json, "families");
  json.StartArray();
  for (const Term& term : judgement.terms) {
    json.StartObject();
    member(json, "family", std::string_view(std::string(1, family_letter(term.best->family))));
    member(json, "llr_milli", term.llr_milli);
    member(json, "detector", detector_name(term.best->detector));
    json.EndObject();
  }
  json.EndArray();
  member(json, "total_milli", judgement.total_milli);
  json.EndObject();
  std::size_t total = 0;
  const auto told = told_findings(row, judgement, total);
  text(json, "reasons");
  json.StartArray();
  for (const HeldFinding* f : told) reason(json, *f, row.subject(), book, sources);
  json.EndArray();
  member(json, "reasons_total", static_cast<std::int64_t>(total));
  text(json, "suppresses");
  json.StartArray();
  for (const EventTime week : judgement.suppresses)
    text(json, alert_id(row.kind(), row.subject(), Direction::kPromote, week));
  json.EndArray();
  member(json, "rules", fmt::format("{:016x}", rules_digest));
  member(json, "event_time", format_time(line.event_time));
  text(json, "caused_by");
  if (line.caused_by) place(json, *line.caused_by, sources);
  else json.Null();
  json.EndObject();
  return {buffer.GetString() + 1, buffer.GetSize() - 2};
}

}  // namespace brushwatch
