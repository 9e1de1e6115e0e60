#include "apps/evaluation.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "apps/commands.h"
#include "apps/rule_book.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/line_source.h"
#include "connectors/memory/memory_log.h"
#include "engine/event/wire.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

/// The lines of one stream of a world, as a bounded source.
class TextSource final : public Source {
 public:
  TextSource(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t offset) override {
    next_ = offset;
    return {};
  }
  Result<void> poll(std::size_t max, int, std::vector<SourceRecord>& out) override {
    out.clear();
    while (out.size() < max && next_ < text_.size()) {
      const std::size_t end = text_.find('\n', next_);
      SourceRecord& record = out.emplace_back();
      record.bytes = std::string_view(text_).substr(next_, end - next_);
      record.offset = next_;
      record.next_offset = next_ = end + 1;
    }
    return {};
  }
  [[nodiscard]] bool at_end() const override { return next_ >= text_.size(); }

 private:
  std::string name_, text_;
  std::size_t next_ = 0;
};

/// Keeps a world's lines in memory; each stream becomes a source.
class TextSink final : public simulate::EventSink {
 public:
  Result<void> write(simulate::Stream stream, EventTime, std::string_view line) override {
    std::string& text = texts_[static_cast<std::size_t>(stream)];
    text += line;
    text += '\n';
    return {};
  }
  std::vector<std::shared_ptr<Source>> sources() {
    std::vector<std::shared_ptr<Source>> out;
    for (std::size_t s = 0; s < texts_.size(); ++s)
      out.push_back(std::make_shared<TextSource>(std::string(simulate::stream_name(static_cast<simulate::Stream>(s))) + ".ndjson", std::move(texts_[s])));
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a->name() < b->name(); });
    return out;
  }

 private:
  std::array<std::string, simulate::kStreams> texts_;
};

/// The subject stage with an ear at its door: it hears what detectors say before fusion has judged it.
class Ear final : public StageOperator {
 public:
  Ear(const StageOperator& inner, evaluate::JudgedWorld& world, FindingTape* tape) : inner_(inner), world_(world), tape_(tape) {}
  [[nodiscard]] Stage stage() const override { return inner_.stage(); }
  void fold(const Event& event, std::byte* columns, std::string& tail, FoldContext& ctx) const override {
    if (tape_ != nullptr && event.type == EventType::kFinding) {
      FindingTape::Record record{ctx.key, ctx.watermark, {}};
      encode(event, record.finding);
      const std::lock_guard lock(mutex_);
      tape_->records.push_back(std::move(record));
    }
    if (const auto* finding = std::get_if<FindingEvent>(&event.body)) {
      const std::lock_guard lock(mutex_);
      std::string subject(finding->subject.text.starts_with("PLAT:") ? finding->subject.text.substr(5) : finding->subject.text);
      const bool accuses = finding->direction == Direction::kPromote;
      if (accuses) {
        std::int64_t& of_family = families_[subject][static_cast<std::size_t>(finding->family)];
        of_family = std::max(of_family, finding->llr_milli);
      }
      std::int64_t& best = (accuses ? world_.findings : world_.defences)[std::move(subject)][finding->detector];
      best = std::max(best, finding->llr_milli);
    }
    inner_.fold(event, columns, tail, ctx);
  }
  bool on_timer(std::byte* columns, std::string& tail, FoldContext& ctx) const override { return inner_.on_timer(columns, tail, ctx); }
  [[nodiscard]] std::int64_t allowed_lateness_ms(EventType type) const override { return inner_.allowed_lateness_ms(type); }
  /// What all families of each subject came to.
  void sum_evidence(std::int64_t family_min_milli, std::int64_t family_cap_milli) {
    for (const auto& [subject, families] : families_) {
      std::int64_t& sum = world_.evidence[subject];
      for (const std::int64_t best : families) sum += best >= family_min_milli ? std::min(best, family_cap_milli) : 0;
    }
  }

 private:
  const StageOperator& inner_;
  mutable std::map<std::string, std::array<std::int64_t, kFamilies>> families_;
  evaluate::JudgedWorld& world_;
  FindingTape* tape_;
  mutable std::mutex mutex_;
};

std::int64_t value_of(const Rules& rules, std::string_view name) {
  for (std::size_t i = 0; i < rules.size(); ++i) if (rules.name(i) == name) return rules.value(i);
  return 0;
}

Result<void> judge(const Operators& operators, std::vector<std::shared_ptr<Source>> inputs, const EvaluationRules& rules, evaluate::JudgedWorld& world, FindingTape* tape = nullptr) {
  std::vector<StageSpec> specs = operators.specs();
  std::unique_ptr<Ear> ear;
  for (StageSpec& spec : specs) {
    if (spec.op->stage() != Stage::kSubject) continue;
    ear = std::make_unique<Ear>(*spec.op, world, tape);
    spec.op = ear.get();
  }
  HostOptions options;
  options.partitions = 1;
  options.threads = rules.threads;
  options.memory_bytes = 4ULL << 30;         // a world's rows all stay hot: nothing is measured here but verdicts
  options.epoch_records = UINT64_MAX;        // and nothing is restored
  evaluate::CaseBook book;
  std::optional<Error> bad;
  const auto observe = [&](Output output, std::string_view line) {
    if (output != Output::kAlert && output != Output::kCase) return;
    if (auto added = output == Output::kAlert ? book.add(line) : book.add_control(line); !added && !bad) bad = added.error();
  };
  BW_ASSIGN(auto host, Host::open(std::move(specs), operators.rules(), make_memory_log(options.partitions), {}, options, observe, system_clock()));
  std::vector<IngestSource> sources;
  const RuleCheck check = RuleBook(operators).checker();
  for (auto& input : inputs) {
    IngestSource in;
    in.source = std::move(input);
    JsonDecoderOptions decoder;
    decoder.default_source = "import";
    decoder.clock = IngestClock::kRecord;
    decoder.rule_check = check;
    in.decoder = make_json_decoder(decoder);
    in.clock = IngestClock::kRecord;
    sources.push_back(std::move(in));
  }
  IngestOptions ingest;
  ingest.merge = true;
  ingest.initial_rules = rules.rules;
  RunOptions run;
  run.flush_each_round = false;
  run.stop = stop_requested;
  BW_TRY(host->run(std::move(sources), ingest, run));
  if (bad) return tl::unexpected<Error>(*bad);
  world.events = host->ingest_counters().events;
  world.cases = book.cases();
  Rules in_force = operators.rules();
  for (const auto& [name, value] : rules.rules) in_force.set(name, value);
  ear->sum_evidence(value_of(in_force, "fusion.family_min_milli"), value_of(in_force, "fusion.family_cap_milli"));
  return {};
}

}  // namespace

Result<evaluate::JudgedWorld> judge_simulated(const Operators& operators, const simulate::WorldOptions& options, const EvaluationRules& rules, FindingTape* tape) {
  TextSink sink;
  BW_ASSIGN(simulate::WorldSummary summary, simulate::generate_world(options, sink));
  evaluate::JudgedWorld world;
  world.seed = options.seed;
  world.shops = options.shops;
  world.days = options.days;
  world.orders = summary.orders;
  world.rings = std::move(summary.rings);
  world.orders_of_rings = std::move(summary.truth_orders);
  BW_TRY(judge(operators, sink.sources(), rules, world, tape));
  return world;
}

Result<std::vector<evaluate::Case>> fuse_again(const Operators& operators, const FindingTape& tape, const EvaluationRules& evaluation,
                                               const std::function<bool(const FindingEvent&)>& drop) {
  const StageOperator* fusion = nullptr;
  for (const StageSpec& spec : operators.specs()) if (spec.op->stage() == Stage::kSubject) fusion = spec.op;
  Rules rules = operators.rules();
  for (const auto& [name, value] : evaluation.rules) rules.set(name, value);
  SourceNames sources;
  Outbox outbox;
  FoldContext ctx;
  ctx.stage = Stage::kSubject;
  ctx.rules = &rules;
  ctx.sources = &sources;
  ctx.outbox = &outbox;
  std::map<std::uint64_t, std::string> rows;
  evaluate::CaseBook book;
  const auto read_lines = [&]() -> Result<void> {
    for (const Outbox::Line& line : outbox.lines()) if (line.output == Output::kAlert) BW_TRY(book.add("{" + line.fields + "}"));
    outbox.clear();
    return {};
  };
  Event event;
  for (const FindingTape::Record& record : tape.records) {
    std::string_view bytes = record.finding;
    BW_TRY(decode(bytes, event));
    if (drop(event.as<FindingEvent>())) continue;
    ctx.key = record.key;
    ctx.watermark = record.watermark;
    ctx.position = event.position;
    ctx.wake = EventTime::max();
    fusion->fold(event, nullptr, rows[record.key], ctx);
    BW_TRY(read_lines());
  }
  ctx.watermark = EventTime::max();
  for (auto& [key, tail] : rows) {
    ctx.key = key;
    ctx.wake = EventTime::max();
    fusion->on_timer(nullptr, tail, ctx);
    BW_TRY(read_lines());
  }
  return book.cases();
}

Result<evaluate::TryOutcome> run_attack_plan(const Operators& operators, const evaluate::AttackPlan& plan, std::uint32_t n, const EvaluationRules& rules) {
  constexpr std::int64_t kSeenAfterMs = 7 * kDayMs;  // what the attacker learns, he learns a week later
  constexpr std::uint32_t kCampaigns = 6, kShops = 160, kDays = 14;
  simulate::WorldOptions world;
  world.seed = 700'000 + n;
  world.shops = kShops;
  world.days = kDays;
  world.orders_per_shop_day = 2.2;
  world.views_per_order = 5;
  world.guilty_shop_share = 0.03;  // one ring of the scripts that size themselves
  world.quarrels = true;
  world.quiet_days = 5;
  world.attacks = {plan.script};
  world.intensity = plan.volume;
  world.knobs = plan.knobs;
  world.rings_per_script = kCampaigns;
  BW_ASSIGN(const evaluate::JudgedWorld judged, judge_simulated(operators, world, rules));
  evaluate::TryOutcome out;
  for (const simulate::TruthRing& ring : judged.rings) {
    if (ring.role != "offender" || ring.orders == 0) continue;
    ++out.campaigns;
    out.orders += ring.orders;
    const bool penalised = std::any_of(judged.cases.begin(), judged.cases.end(), [&](const evaluate::Case& c) {
      return c.standing && c.direction == Direction::kPromote && c.raised <= ring.last_fake + kSeenAfterMs &&
             std::find(ring.subjects.begin(), ring.subjects.end(), c.subject) != ring.subjects.end();
    });
    if (penalised) ++out.penalised;
    else out.surviving += ring.orders;
  }
  return out;
}

Result<evaluate::JudgedWorld> judge_folder(const Operators& operators, const std::string& events, const std::string& truth, const EvaluationRules& rules) {
  evaluate::JudgedWorld world;
  BW_ASSIGN(world.rings, simulate::read_truth(truth));
  // The orders of the rings stand beside the rings; without them there is no time to detect in orders.
  const fs::path orders = fs::path(truth).parent_path() / "orders.ndjson";
  std::error_code code;
  if (fs::path(truth).filename() == "truth.ndjson" && fs::exists(orders, code)) {
    BW_ASSIGN(world.orders_of_rings, simulate::read_truth_orders(orders.string()));
  }
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(events, code)) {
    if (entry.is_regular_file() && entry.path().extension() == ".ndjson") files.push_back(entry.path().string());
  }
  if (files.empty()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "no .ndjson files to read").in(events));
  std::sort(files.begin(), files.end());
  std::vector<std::shared_ptr<Source>> sources;
  for (const std::string& file : files) {
    BW_ASSIGN(auto source, open_line_source(file, fs::path(file).filename().string(), false));
    sources.push_back(std::move(source));
  }
  BW_TRY(judge(operators, std::move(sources), rules, world));
  return world;
}

}  // namespace brushwatch::app
