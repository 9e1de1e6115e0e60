#include "alliance/fusion.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdlib>

#include "alliance/discovery.h"
#include "engine/base/check.h"

namespace brushwatch {
namespace {

enum Param : std::size_t {
  kPrior,
  kFamilyCap,
  kFamilyMin,
  kAlertPosterior,
  kUrgentPosterior,
  kWithdrawPosterior,
  kMinFamilies,
  kVictimLlr,
  kFramedLlr,
  kPopularityDetectors,
  kAloneDetectors,
  kAloneLlr,
  kParams,
};
constexpr ParamInfo kParamInfos[] = {
    {"prior_log_odds_milli", -3178, "milli-nats", "4 % of shops brush in a week: ln(0.04 / 0.96)"},
    {"family_cap_milli", 4000, "milli-nats",
     "detectors of one family share their blind spots: none may say more than e^4 to 1"},
    {"family_min_milli", 500, "milli-nats",
     "a family speaks from 1.6 to 1 on; below it is noise that must not be counted twice"},
    {"alert_posterior_permille", 500, "permille",
     "more likely guilty than not: the least that may cost a person's time"},
    {"urgent_permille", 950, "permille", "nineteen to one: worth interrupting somebody"},
    {"withdraw_posterior_permille", 300, "permille",
     "clearly below the alert threshold, so that trembling does not withdraw"},
    {"min_families", 2, "count", "two independent families take a 45 % precise alarm to 98.5 % at a 1 % base rate"},
    {"victim_llr_milli", 3000, "milli-nats",
     "twenty to one in one family: a victim's verdict accuses nobody, and must come in time"},
    {"framed_llr_milli", 500, "milli-nats",
     "beside an accusation, evidence of a victim counts from the least that speaks: the mark only makes people look twice"},
    {"popularity_detectors", 1 << 1 | 1 << 27, "bits",
     "bit n stands for Dn: D1 sees more orders than usual, D27 more praise, which a launch or a coupon brings with its neighbours"},
    {"alone_detectors", 1LL << 24 | 1LL << 31, "bits",
     "bit n stands for Dn: bought views (D24) bring no order and bought praise (D31) no parcel: alone they raise a suspicion"},
    {"alone_llr_milli", 4000, "milli-nats", "as much as a family may say at all: a suspicion rests on the strongest evidence only"},
};
static_assert(std::size(kParamInfos) == kParams);

/// A posterior that moves less has changed no decision; it is told with the next line, or after a quiet day.
constexpr int kPosteriorStep = 50;
/// Signals within 24 h belong together (alert machine, row a2): what was not worth a line at once is told a day later.
constexpr std::int64_t kQuietMs = kDayMs;
/// A week is judged until three weeks after it began: the longest allowed lateness (scans, 48 h) is long over, and so
/// is the parcel's life of fifteen days that a finding can wait for.
constexpr std::int64_t kJudgedMs = 3 * kWeekMs;

/// The first week that is still judged when the watermark stands at `t`.
EventTime horizon_at(EventTime t) { return week_of(t - kJudgedMs) + kWeekMs; }

/// Hash of everything a line would tell.
std::uint64_t content_of(const SubjectRow& row, const Judgement& j) {
  std::uint64_t hash = hash_combine(static_cast<std::uint64_t>(j.total_milli), j.suppresses.size() * 2 + (j.possibly_framed ? 1 : 0));
  for (const HeldFinding& f : row.findings()) {
    if (f.direction != j.direction || (f.week() != j.week && f.week() != j.week - kWeekMs)) continue;
    hash = hash_combine(hash, hash64(f.bytes));
  }
  return hash;
}

/// What a line says besides families, severity and posterior.
std::uint8_t told_bits(const Judgement& j) {
  std::uint8_t bits = j.possibly_framed ? 4 : 0;
  for (const EventTime week : j.suppresses) bits |= week == j.week ? 1 : 2;
  return bits;
}

/// Nothing is dropped in silence: what came too late for its week goes to the late output.
void tell_late(const FindingEvent& f, const Event& event, FoldContext& ctx) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto member = [&](std::string_view name, std::string_view value) {
    json.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  member("type", "late");
  member("event_type", "finding");
  member("detector", fmt::format("D{}", f.detector));
  member("subject_kind", subject_kind_name(f.subject_kind));
  member("subject_id", f.subject.text);
  member("window_start", format_time(f.window_start));
  member("event_time", format_time(event.event_time));
  json.Key("position");
  json.StartObject();
  member("source", ctx.sources->name(event.position.source()));
  json.Key("offset");
  json.Uint64(event.position.offset());
  json.EndObject();
  json.EndObject();
  ctx.outbox->output(Output::kLate, {buffer.GetString() + 1, buffer.GetSize() - 2});
}

/// Asks for the next moment at which time alone changes the row.
void ask_wake(const SubjectRow& row, FoldContext& ctx) {
  for (const AlertRecord& r : row.records()) {
    if (r.due != EventTime::max()) ctx.wake_at(r.due);
  }
  if (ctx.watermark == EventTime::max()) return;  // the input has ended: rows stay as the final state
  EventTime oldest = EventTime::max();
  for (const HeldFinding& f : row.findings()) oldest = std::min(oldest, f.week());
  for (const AlertRecord& r : row.records()) oldest = std::min(oldest, r.week);
  // Still the predecessor of a judged week for one week longer.
  if (oldest != EventTime::max()) ctx.wake_at(oldest + kJudgedMs + kWeekMs);
}

}  // namespace

std::span<const ParamInfo> FusionStage::params() { return kParamInfos; }

void FusionStage::declare(Rules& rules) {
  const std::size_t first = rules.declare(kOwner, kParamInfos, kParams);
  BW_CHECK(first_param_ == SIZE_MAX || first_param_ == first, "all partitions declare their rules in one order");
  first_param_ = first;
  first_calibration_ = rules.declare(Calibration::kOwner, Calibration::params().data(), Calibration::params().size());
}

FusionRules FusionStage::rules_of(const FoldContext& ctx) const {
  BW_CHECK(first_param_ != SIZE_MAX, "declare() comes before the first fold");
  const auto value = [&](Param p) { return ctx.rules->value(first_param_ + p); };
  return {.prior_milli = value(kPrior),
          .family_cap_milli = std::max<std::int64_t>(value(kFamilyCap), 0),
          .family_min_milli = value(kFamilyMin),
          .victim_llr_milli = value(kVictimLlr),
          .alert_permille = value(kAlertPosterior),
          .urgent_permille = value(kUrgentPosterior),
          .withdraw_permille = value(kWithdrawPosterior),
          .min_families = value(kMinFamilies),
          .framed_llr_milli = value(kFramedLlr),
          .popularity_detectors = value(kPopularityDetectors),
          .alone_detectors = value(kAloneDetectors),
          .alone_llr_milli = value(kAloneLlr),
          .calibration = Calibration::of(*ctx.rules, first_calibration_)};
}

void FusionStage::fold(const Event& event, std::byte*, std::string& tail, FoldContext& ctx) const {
  if (event.type != EventType::kFinding) return;
  const auto& finding = event.as<FindingEvent>();
  if (tail.empty() && finding.retracted) return;  // what was never said here needs no taking back

  SubjectRow row(finding.subject_kind, finding.subject.text);
  if (!tail.empty()) BW_CHECK(row.read(tail), "the subject's row cannot be read: rebuild the state from the ledger");
  const EventTime week = week_of(finding.window_start);
  if (row.horizon() != EventTime::min() && week < row.horizon() - kWeekMs) {
    tell_late(finding, event, ctx);
  } else if (row.apply(finding)) {
    const FusionRules rules = rules_of(ctx);
    const Cause cause{event.event_time, event.position};
    // Only this week and the next read the finding, but a victim's verdict and a continuation reach further: judge all.
    for (const Judgement& j : judge(row, rules)) settle(row, j, rules, cause, ctx.watermark == EventTime::max(), ctx);
    tail = row.write();
    ctx.changed = true;
  }
  ask_wake(row, ctx);
}

bool FusionStage::on_timer(std::byte*, std::string& tail, FoldContext& ctx) const {
  if (tail.empty()) return false;
  SubjectRow row;
  BW_CHECK(row.read(tail), "the subject's row cannot be read: rebuild the state from the ledger");
  const bool ended = ctx.watermark == EventTime::max();
  const EventTime horizon = ended || ctx.watermark == EventTime::min() ? row.horizon() : horizon_at(ctx.watermark);
  const FusionRules rules = rules_of(ctx);
  for (const Judgement& j : judge(row, rules)) {
    const AlertRecord* record = row.record(j.direction, j.week);
    if (record == nullptr || record->due == EventTime::max()) continue;
    if (record->due > ctx.watermark && j.week >= horizon) continue;  // a week about to be judged no more is settled now
    settle(row, j, rules, Cause{record->due, std::nullopt}, true, ctx);
  }
  row.expire(horizon);
  ctx.changed = true;
  if (row.empty()) {
    tail.clear();
    return false;
  }
  tail = row.write();
  ask_wake(row, ctx);
  return true;
}

void FusionStage::settle(SubjectRow& row, const Judgement& j, const FusionRules& rules, const Cause& cause,
                         bool quiet_over, FoldContext& ctx) const {
  const AlertRecord* record = row.record(j.direction, j.week);
  const bool standing = record != nullptr && record->standing;
  const EventTime due_before = record != nullptr ? record->due : EventTime::max();
  const bool victim = j.direction == Direction::kVictim;
  if (!j.holds() && !standing) return;

  const auto withdraw = [&](std::string_view reason) {
    tell(AlertEvent::kWithdrawn, Severity::kNotice, reason, row, j, rules, cause, ctx);
  };
  if (!j.holds()) {
    if (j.suppressed) return withdraw("victim_of_reverse_brushing");
    if (j.continues) return withdraw("continues_previous_week");
    if (!j.enough || j.posterior_permille < rules.withdraw_permille) return withdraw("evidence_retracted");
    if (quiet_over) return withdraw("below_threshold");
  }

  // It stands from here on: strongly, or weakly for a day.
  const bool weak = !j.holds();
  const Severity severity = victim || weak || j.suspicion                     ? Severity::kNotice
                            : j.posterior_permille >= rules.urgent_permille ? Severity::kUrgent
                                                                              : Severity::kAlert;
  if (!standing) {
    tell(AlertEvent::kAlert, severity, {}, row, j, rules, cause, ctx);
    record = row.record(j.direction, j.week);
  }
  const bool untold = content_of(row, j) != record->content;
  const bool worth_a_line = record->families != j.families || record->severity != severity ||
                            std::abs(record->posterior_permille - j.posterior_permille) >= kPosteriorStep ||
                            record->told != told_bits(j);
  if (worth_a_line || (untold && quiet_over)) tell(AlertEvent::kUpdate, severity, {}, row, j, rules, cause, ctx);

  AlertRecord& kept = row.record_for(j.direction, j.week);
  const bool pending = weak || content_of(row, j) != kept.content;
  if (!pending) kept.due = EventTime::max();
  // A day is never prolonged by what else comes. It counts from the later of event and watermark: a finding may speak
  // of events that lie days back.
  else kept.due = due_before != EventTime::max() ? due_before : std::max(cause.event_time, ctx.watermark) + kQuietMs;
}

void FusionStage::tell(AlertEvent event, Severity severity, std::string_view withdrawn_reason, SubjectRow& row,
                       const Judgement& j, const FusionRules& rules, const Cause& cause, FoldContext& ctx) const {
  AlertRecord& record = row.record_for(j.direction, j.week);
  ++record.version;
  record.standing = event != AlertEvent::kWithdrawn;
  record.severity = severity;
  record.posterior_permille = j.posterior_permille;
  record.families = j.families;
  record.told = told_bits(j);
  record.content = content_of(row, j);
  record.due = EventTime::max();
  const std::uint16_t counted_before = record.counted;
  // A victim's verdict accuses nobody: it is no hypothesis of the discovery control, and none of its alerts can be held to its bar.
  record.counted = record.standing && j.direction != Direction::kVictim ? evidence_place(j.total_milli - rules.prior_milli) : std::uint16_t{0};
  const AlertLine line{event, record.version, severity, withdrawn_reason, cause.event_time, cause.position};
  ctx.outbox->output(Output::kAlert, alert_fields(line, row, j, rules, book_, *ctx.sources, ctx.rules->digest()));

  Event told;
  told.type = EventType::kAlertTold;
  told.event_time = told.ingest_time = cause.event_time;
  const std::string id = alert_id(row.kind(), row.subject(), j.direction, j.week);
  auto& body = told.emplace<AlertToldEvent>();
  body.alert = NamedId::of(id);
  body.subject_kind = row.kind();
  body.subject = NamedId::of(row.subject());
  body.direction = j.direction;
  body.week = j.week;
  body.change = static_cast<AlertChange>(event);
  body.version = record.version;
  body.severity = static_cast<std::uint8_t>(severity);
  body.posterior_permille = static_cast<std::uint16_t>(j.posterior_permille);
  body.families = j.families;
  body.possibly_framed = j.possibly_framed;
  ctx.send(Stage::kAlliance, subject_key(row.kind(), body.subject.hash), told);
  if (record.counted == counted_before) return;
  Event accusation = count_event(row.kind(), body.subject, j.direction, j.week, counted_before, record.counted);
  accusation.event_time = accusation.ingest_time = cause.event_time;
  ctx.send(Stage::kAlliance, discovery_key(), accusation);
}

}  // namespace brushwatch
