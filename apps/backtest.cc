#include "apps/backtest.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <tuple>

#include "alliance/fusion.h"
#include "apps/ledger_address.h"
#include "apps/line_metrics.h"
#include "connectors/codec/json_decoder.h"
#include "engine/event/wire.h"
#include "engine/log/frame.h"
#include "engine/stage/route.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch::app {
namespace {

/// The last judgement of one (subject, direction, week), told or not.
struct Judged {
  struct Part { std::uint16_t detector = 0; std::int64_t llr_milli = 0; };
  std::map<char, Part> parts;  // by family letter
  std::int64_t prior_milli = 0, total_milli = 0;
  int posterior_permille = 0;
  std::string held_back;
};

/// The fusion stage with an ear behind it: what it made of a row, also when it told nobody.
class JudgementEar final : public StageOperator {
 public:
  explicit JudgementEar(const FusionStage& inner) : inner_(inner) {}
  [[nodiscard]] Stage stage() const override { return inner_.stage(); }
  void fold(const Event& event, std::byte* columns, std::string& tail, FoldContext& ctx) const override {
    inner_.fold(event, columns, tail, ctx);
    listen(tail, ctx);
  }
  bool on_timer(std::byte* columns, std::string& tail, FoldContext& ctx) const override {
    const bool keep = inner_.on_timer(columns, tail, ctx);
    listen(tail, ctx);
    return keep;
  }
  [[nodiscard]] std::int64_t allowed_lateness_ms(EventType type) const override { return inner_.allowed_lateness_ms(type); }

  [[nodiscard]] const Judged* find(const std::string& alert) const {
    const auto it = judged_.find(alert);
    return it == judged_.end() ? nullptr : &it->second;
  }
  /// What the other ear has heard so far.
  void begin_as(const JudgementEar& other) { judged_ = other.judged_; }

 private:
  void listen(const std::string& tail, const FoldContext& ctx) const {
    SubjectRow row;
    if (tail.empty() || !row.read(tail)) return;
    const FusionRules rules = inner_.rules_of(ctx);
    for (const Judgement& j : judge(row, rules)) {
      if (pattern_name(row.kind(), j.direction).empty()) continue;
      Judged heard;
      for (const Term& term : j.terms) heard.parts[family_letter(term.best->family)] = {term.best->detector, term.llr_milli};
      heard.prior_milli = rules.prior_milli;
      heard.total_milli = j.total_milli;
      heard.posterior_permille = j.posterior_permille;
      heard.held_back = j.holds() ? "" : j.suppressed ? "victim" : j.continues ? "continues" : !j.enough ? "families" : "posterior";
      const std::lock_guard lock(mutex_);
      judged_[alert_id(row.kind(), row.subject(), j.direction, j.week)] = std::move(heard);
    }
  }

  const FusionStage& inner_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Judged> judged_;
};

/// The alert lines of a fold, by alert.
class AlertBook {
 public:
  struct Entry {
    std::string pattern, direction, subject_kind, subject, severity;
    EventTime week{}, raised{};
    bool standing = false;
    std::vector<std::string> detectors;  // of the terms, as last told
  };
  void add(std::string_view line) {
    rapidjson::Document d;
    d.Parse(line.data(), line.size());
    const auto text = [](const rapidjson::Value& v) { return std::string(v.GetString(), v.GetStringLength()); };
    if (d.HasParseError() || !d.IsObject() || !d.HasMember("id") || !d.HasMember("score")) return;  // a seal
    Entry& e = entries_[text(d["id"])];
    const std::string type = text(d["type"]);
    e.pattern = text(d["pattern"]);
    e.direction = text(d["direction"]);
    e.subject_kind = text(d["subject"]["kind"]);
    e.subject = text(d["subject"]["id"]);
    e.severity = text(d["severity"]);
    e.week = parse_time(text(d["window"]["start"])).value_or(EventTime{});
    if (e.raised.ms == 0) e.raised = parse_time(text(d["event_time"])).value_or(EventTime{});
    e.standing = type != "alert_withdrawn";
    e.detectors.clear();
    for (const auto& term : d["score"]["families"].GetArray()) e.detectors.push_back(text(term["detector"]));
  }
  [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
};

/// One of the two folds.
class Side {
 public:
  Result<void> open(const Operators& operators, Log& ledger, const BacktestOptions& options, const std::string& directory) {
    specs_ = operators.specs();
    for (StageSpec& spec : specs_) {
      if (spec.op->stage() != Stage::kSubject) continue;
      ear = std::make_unique<JudgementEar>(dynamic_cast<const FusionStage&>(*spec.op));
      spec.op = ear.get();
    }
    RocksDbOptions store;
    store.directory = directory;
    store.bulk = true;
    BW_ASSIGN(store_, open_rocksdb_store(store));
    hub_ = std::make_unique<ChainedHub>(ChainedHub::Sinks{}, ledger.partitions(), [this](Output output, std::string_view line) {
      if (output == Output::kAlert) book.add(line);
      if (output == Output::kLate) ++on_trial[std::string(string_member(line, "detector"))];
    });
    PipelineOptions pipeline_options;
    pipeline_options.threads = options.threads;
    pipeline_options.memory_bytes = options.memory_bytes / 4;  // two folds; half of each stands beside its rows
    pipeline = std::make_unique<Pipeline>(ledger, *store_, *hub_, specs_, operators.rules(), pipeline_options, system_clock());
    return pipeline->open();
  }
  Result<void> copy_to(const std::string& directory) {
    BW_TRY(pipeline->close_epoch());
    return store_->snapshot(directory);
  }

  std::unique_ptr<JudgementEar> ear;
  std::unique_ptr<Pipeline> pipeline;
  AlertBook book;
  std::map<std::string, std::uint64_t> on_trial;  // findings on trial by detector; "" for late events

 private:
  std::vector<StageSpec> specs_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<ChainedHub> hub_;
  // Members above are used by the pipeline: it goes first.
 public:
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  ~Side() { pipeline.reset(); }
};

/// The proposed changes as frames, one a partition, that a round can be given at its end.
Result<std::vector<std::string>> frames_of(const Operators& operators, const RuleFile& file, std::uint32_t partitions, EventTime at) {
  std::vector<FrameBuilder> builders(partitions);
  JsonDecoderOptions json;
  json.default_source = "office";
  json.clock = IngestClock::kRecord;
  json.rule_check = RuleBook(operators).checker();
  auto decoder = make_json_decoder(json);
  std::vector<Event> events;
  Event scratch;
  for (const std::string& text : file.records(at)) {
    SourceRecord record;
    record.bytes = text;
    BW_ASSIGN(const std::size_t n, decoder->decode(record, at, events));
    for (std::size_t i = 0; i < n; ++i) {
      events[i].position = {};
      route(events[i], partitions, scratch, [&](std::uint32_t p, Stage stage, std::uint64_t key, const Event& e) { builders[p].add(stage, key, e); });
    }
  }
  std::vector<std::string> out;
  for (FrameBuilder& b : builders) out.emplace_back(b.empty() ? std::string() : std::string(b.finish(0, 0)));
  return out;
}

/// Whether the round's own records set one of the proposed rules: what is proposed holds on.
Result<bool> sets_one_of(const Round& round, const RuleFile& file) {
  Event event;
  for (const std::string& frame : round.frames.front()) {
    BW_ASSIGN(FrameReader reader, FrameReader::open_checked(frame));
    Stage stage{};
    std::uint64_t key = 0;
    std::string_view bytes;
    for (;;) {
      BW_ASSIGN(const bool more, reader.next_raw(stage, key, bytes));
      if (!more) break;
      if (stage != Stage::kIntake || bytes.empty() || static_cast<EventType>(static_cast<unsigned char>(bytes[0])) != EventType::kRuleSet) continue;
      BW_TRY(decode(bytes, event));
      const std::string_view name = event.as<RuleEvent>().name.text;
      for (const auto& [proposed, value] : file.rules) if (proposed == name) return true;
    }
  }
  return false;
}

AlertStand stand_of(const AlertBook::Entry* told, const Judged* judged) {
  AlertStand s;
  s.standing = told != nullptr && told->standing;
  if (told != nullptr) {
    s.severity = told->severity;
    s.raised = told->raised;
  }
  if (judged == nullptr) {
    s.held_back = "no_finding";
    return s;
  }
  s.posterior_permille = judged->posterior_permille;
  s.prior_milli = judged->prior_milli;
  s.total_milli = judged->total_milli;
  if (!s.standing) s.held_back = judged->held_back;
  return s;
}

std::vector<TermShift> term_shifts(const Judged* before, const Judged* after) {
  std::map<char, TermShift> by_family;
  const auto name = [](const Judged::Part& p) { return "D" + std::to_string(p.detector); };
  if (before != nullptr) {
    for (const auto& [family, part] : before->parts) {
      by_family[family].before_milli = part.llr_milli;
      by_family[family].detector_before = name(part);
    }
  }
  if (after != nullptr) {
    for (const auto& [family, part] : after->parts) {
      by_family[family].after_milli = part.llr_milli;
      by_family[family].detector_after = name(part);
    }
  }
  std::vector<TermShift> out;
  for (auto& [family, shift] : by_family) {
    shift.family = family;
    if (shift.before_milli != shift.after_milli || shift.detector_before != shift.detector_after) out.push_back(std::move(shift));
  }
  std::stable_sort(out.begin(), out.end(), [](const TermShift& a, const TermShift& b) {
    return std::abs(a.after_milli - a.before_milli) > std::abs(b.after_milli - b.before_milli);
  });
  return out;
}

void compare_alerts(const Side& before, const Side& after, BacktestReport& report) {
  std::map<std::string, const AlertBook::Entry*> all;
  for (const auto* side : {&before, &after}) for (const auto& [id, entry] : side->book.entries()) all.emplace(id, &entry);
  for (const auto& [id, entry] : all) {
    const auto told = [&](const Side& side) -> const AlertBook::Entry* {
      const auto it = side.book.entries().find(id);
      return it == side.book.entries().end() ? nullptr : &it->second;
    };
    const Judged *then = before.ear->find(id), *now = after.ear->find(id);
    AlertShift shift;
    shift.before = stand_of(told(before), then);
    shift.after = stand_of(told(after), now);
    if (!shift.before.standing && !shift.after.standing) continue;
    shift.terms = term_shifts(then, now);
    const auto seen = [](const AlertStand& s) { return std::tie(s.standing, s.severity, s.posterior_permille, s.total_milli, s.raised); };
    if (seen(shift.before) == seen(shift.after) && shift.terms.empty()) {
      ++report.unchanged;
      continue;
    }
    shift.kind = !shift.before.standing ? AlertShift::Kind::kAppears : !shift.after.standing ? AlertShift::Kind::kVanishes : AlertShift::Kind::kMoves;
    shift.id = id;
    shift.pattern = entry->pattern;
    shift.direction = entry->direction;
    shift.subject_kind = entry->subject_kind;
    shift.subject = entry->subject;
    shift.week = entry->week;
    report.shifts.push_back(std::move(shift));
  }
  std::stable_sort(report.shifts.begin(), report.shifts.end(), [](const AlertShift& a, const AlertShift& b) { return std::tie(a.week, a.subject, a.direction) < std::tie(b.week, b.subject, b.direction); });
}

using Counts = std::array<std::uint64_t, kDetectorNumbers>;
Counts counts_of(const Pipeline& pipeline) {
  Counts c{};
  for (std::size_t d = 0; d < kDetectorNumbers; ++d) c[d] = pipeline.stats().findings_by_detector[d];
  return c;
}

void compare_detectors(const Operators& operators, const Side& before, const Side& after, const Counts& at_copy, BacktestReport& report) {
  // The second fold counts from the copy on; the first one from the beginning.
  const Counts then = counts_of(*before.pipeline), now = counts_of(*after.pipeline);
  const auto alerts_with = [](const Side& side, const std::string& name) {
    return static_cast<std::uint64_t>(std::count_if(side.book.entries().begin(), side.book.entries().end(), [&](const auto& e) {
      return e.second.standing && std::find(e.second.detectors.begin(), e.second.detectors.end(), name) != e.second.detectors.end();
    }));
  };
  for (const std::string& name : operators.detectors()) {
    const auto d = static_cast<std::size_t>(std::atoi(name.c_str() + 1));
    if (d >= kDetectorNumbers) continue;
    const auto on_trial = [&](const Side& side) {
      const auto it = side.on_trial.find(name);
      return it == side.on_trial.end() ? 0 : it->second;
    };
    DetectorShift s{name, then[d] - at_copy[d], now[d], on_trial(before), on_trial(after), alerts_with(before, name), alerts_with(after, name)};
    if (s.counted_before + s.counted_after + s.trial_before + s.trial_after + s.alerts_before + s.alerts_after > 0) report.detectors.push_back(std::move(s));
  }
}

}  // namespace

std::string_view shift_name(AlertShift::Kind kind) {
  constexpr std::string_view kNames[] = {"appears", "vanishes", "moves"};
  return kNames[static_cast<unsigned>(kind)];
}

Result<BacktestReport> backtest(const Operators& operators, const BacktestOptions& options) {
  BW_ASSIGN(const auto ledger, options.open_ledger ? options.open_ledger() : open_ledger_to_read(options.ledger));
  std::error_code code;
  std::filesystem::create_directories(options.work, code);
  if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot make the folder for the states", code.value()).in(options.work));
  std::uint64_t end = 0;
  for (std::uint32_t p = 0; p < ledger->partitions(); ++p) {
    BW_ASSIGN(const std::uint64_t last, ledger->end_offset(p));
    end += last;
  }
  BacktestReport report;
  Side recorded, proposed;
  BW_TRY(recorded.open(operators, *ledger, options, options.work + "/recorded"));
  Counts at_copy;
  std::vector<std::string> frames;
  LedgerReader reader(*ledger, {}, 0);
  bool split = false;
  for (;;) {
    if (options.stop()) {
      report.complete = false;
      break;
    }
    BW_ASSIGN(auto round, reader.next());
    if (!round) break;
    const EventTime at = round->tick.processing_time;
    if (options.to && at >= *options.to) break;
    ++report.rounds;
    bool change = false;
    if (!split && (!options.from || at >= *options.from)) {
      if (round->tick.round > 0) {
        BW_TRY(recorded.copy_to(options.work + "/proposed"));
      }
      BW_TRY(proposed.open(operators, *ledger, options, options.work + "/proposed"));
      proposed.ear->begin_as(*recorded.ear);
      proposed.book = recorded.book;
      recorded.on_trial.clear();
      at_copy = counts_of(*recorded.pipeline);
      BW_ASSIGN(frames, frames_of(operators, options.proposed, ledger->partitions(), at));
      split = change = true;
      report.first_round = round->tick.round;
      report.from = at;
    }
    BW_TRY(recorded.pipeline->fold(*round, false));
    if (split) {
      ++report.compared_rounds;
      report.to = at;
      if (!change) {
        BW_ASSIGN(change, sets_one_of(*round, options.proposed));
      }
      if (change) {
        for (std::uint32_t p = 0; p < ledger->partitions(); ++p) if (!frames[p].empty()) round->frames[p].push_back(frames[p]);
      }
      BW_TRY(proposed.pipeline->fold(*round, false));
    }
    std::uint64_t done = 0;
    for (const std::uint64_t offset : round->next_offset) done += offset;
    if (options.on_progress) options.on_progress(end == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(end)), report.rounds, at);
    if (done >= end) break;  // a ledger that grows as fast as it is read would have no end
  }
  if (!split && report.complete) return fail(ErrorCode::kNotFound, "the ledger has no round in the window; its rounds are", static_cast<std::int64_t>(report.rounds));
  if (!split) return report;
  report.version_before = recorded.pipeline->stats().rules()->digest();
  report.version_after = proposed.pipeline->stats().rules()->digest();
  compare_alerts(recorded, proposed, report);
  compare_detectors(operators, recorded, proposed, at_copy, report);
  return report;
}

}  // namespace brushwatch::app
