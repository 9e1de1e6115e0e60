#include "apps/host.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "alliance/alliance_stage.h"
#include "alliance/fusion.h"
#include "detectors/detector_stage.h"
#include "detectors/registry.h"
#include "engine/base/failpoint.h"
#include "engine/stage/epoch_record.h"
#include "state/memory_store.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch::app {

StageSpec stage_spec(const DetectorStage& stage) {
  StageSpec spec{&stage, {}, false};
  for (const auto& column : stage.columns()) spec.layout.add(column.name, column.version, column.bytes);
  if (spec.layout.columns.empty()) spec.layout.add("none", 1, 8);
  spec.layout.forms = stage.forms();
  return spec;
}

struct Operators::Parts {
  std::vector<std::unique_ptr<DetectorStage>> stages;
  std::vector<const DetectorInfo*> infos;
  std::unique_ptr<FusionStage> fusion;
  std::unique_ptr<AllianceStage> alliance;
};

Operators::Operators() : parts_(std::make_unique<Parts>()) {
  const Registry& registry = default_registry();
  for (const Stage stage : {Stage::kParcel, Stage::kShop, Stage::kParty, Stage::kRing}) {
    parts_->stages.push_back(std::make_unique<DetectorStage>(stage, registry));
  }
  for (const Detector* d : registry.detectors) parts_->infos.push_back(&d->info());
  parts_->fusion = std::make_unique<FusionStage>(parts_->infos);
  parts_->alliance = std::make_unique<AllianceStage>();
}
Operators::~Operators() = default;

Rules Operators::rules() const {
  Rules rules;
  for (auto& stage : parts_->stages) stage->declare(rules);
  parts_->fusion->declare(rules);
  parts_->alliance->declare(rules);
  return rules;
}

std::vector<StageSpec> Operators::specs() const {
  std::vector<StageSpec> out;
  for (auto& stage : parts_->stages) out.push_back(stage_spec(*stage));
  StageSpec fusion{parts_->fusion.get(), {}, true};
  fusion.layout.add("fusion", 1, 8);
  out.push_back(std::move(fusion));
  StageSpec alliance{parts_->alliance.get(), {}, true};
  alliance.layout.add("alliance", 1, 8);
  out.push_back(std::move(alliance));
  return out;
}

std::vector<std::string> Operators::detectors() const {
  std::set<std::uint16_t> numbers;  // parts of a detector share its number
  for (const DetectorInfo* d : parts_->infos) numbers.insert(d->number);
  std::vector<std::string> out;
  for (const std::uint16_t number : numbers) out.push_back("D" + std::to_string(number));
  return out;
}

namespace {

/// What a rule's unit says of its values: a permille lies in 0 .. 1000, and there is no negative count. Nats are signed.
std::pair<std::int64_t, std::int64_t> bounds_of(const ParamInfo& param) {
  constexpr std::string_view kUnsigned[] = {"count", "days", "hours", "minutes", "months", "ms", "g", "fen", "km", "km/h", "ppm", "shops", "milli-count", "working days"};
  if (param.unit == "0 or 1") return {0, 1};
  if (param.unit == "0, 1 or 2") return {0, 2};
  if (param.unit == "permille") return {0, 1'000};
  for (const std::string_view unit : kUnsigned) if (param.unit == unit) return {0, INT64_MAX};
  return {INT64_MIN, INT64_MAX};
}

}  // namespace

std::vector<Operators::Param> Operators::params() const {
  const Rules rules = this->rules();
  std::vector<Param> out;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    Param p{rules.name(i), rules.value(i), "", ""};
    const auto dot = p.name.find('.');
    const auto describe = [&](std::string_view owner, std::span<const ParamInfo> params) {
      if (p.name.substr(0, dot) != owner) return;
      for (const ParamInfo& info : params) {
        if (p.name.substr(dot + 1) != info.name) continue;
        p.unit = info.unit;
        p.reason = info.reason;
        std::tie(p.low, p.high) = bounds_of(info);
      }
    };
    if (p.name.ends_with(".enabled")) describe(p.name.substr(0, dot), {&DetectorStage::switch_info(), 1});
    for (const StageCore* core : default_registry().cores) describe(core->info().name, core->info().params);
    for (const DetectorInfo* d : parts_->infos) describe("D" + std::to_string(d->number), d->params);
    describe("fusion", FusionStage::params());
    const auto describe_bounded = [&](std::string_view owner, std::span<const ParamInfo> params, auto bounds) {
      describe(owner, params);
      for (std::size_t k = 0; k < params.size(); ++k) {
        if (p.name == std::string(owner) + "." + std::string(params[k].name)) std::tie(p.low, p.high) = bounds(k);
      }
    };
    describe_bounded(Policy::kOwner, Policy::params(), Policy::bounds);
    describe_bounded(DiscoveryRules::kOwner, DiscoveryRules::params(), DiscoveryRules::bounds);
    describe_bounded(Calibration::kOwner, Calibration::params(), Calibration::bounds);
    out.push_back(std::move(p));
  }
  return out;
}

namespace {

class MemoryHome final : public StateHome {
 public:
  Result<std::unique_ptr<StateStore>> open() override { return make_memory_store(); }
  Result<void> discard() override { return {}; }
};

class RocksHome final : public StateHome {
 public:
  explicit RocksHome(std::string directory) : directory_(std::move(directory)) {}
  Result<std::unique_ptr<StateStore>> open() override {
    RocksDbOptions options;
    options.directory = directory_;
    options.bulk = true;
    BW_ASSIGN(auto store, open_rocksdb_store(options));
    return store;
  }
  /// A crash on the way leaves a part of the files, which is damage again: whoever opens it next comes here again.
  Result<void> discard() override {
    std::error_code code;
    std::filesystem::remove_all(directory_, code);
    if (code) return tl::unexpected<Error>(Error(ErrorCode::kStateIo, "cannot remove the damaged state", code.value()).in(directory_));
    return {};
  }

 private:
  std::string directory_;
};

/// From its first record on the ledger is whole, so that all state can be folded from it again.
Result<bool> has_beginning(Log& ledger) {
  for (std::uint32_t p = 0; p < ledger.partitions(); ++p) {
    BW_ASSIGN(const std::uint64_t begin, ledger.begin_offset(p));
    if (begin != 0) return false;
  }
  return true;
}

}  // namespace

Host::~Host() {
  pipeline_.reset();
  hub_.reset();
  store_.reset();
  if (discard_at_end_) (void)options_.state_home->discard();  // if it cannot, the next start meets the damage and tries again
}

Result<void> Host::noting_damage(Result<void> result) {
  if (!result && result.error().code == ErrorCode::kStateCorrupt) discard_at_end_ = true;
  return result;
}

Result<void> Host::open_pipeline(const std::vector<StageSpec>& specs, const Rules& rules, ChainedHub::Sinks& sinks,
                                 const ChainedHub::Observer& observer, const std::function<void(const Round&)>& each_caught_up) {
  if (!hub_) hub_ = std::make_unique<ChainedHub>(std::move(sinks), ledger_->partitions(), observer);
  if (options_.listen) hub_->listen();
  BW_ASSIGN(store_, options_.state_home->open());
  PipelineOptions pipeline;
  pipeline.threads = options_.threads;
  pipeline.memory_bytes = options_.memory_bytes / 2;
  pipeline.epoch_records = options_.epoch_records;
  pipeline.state_identity = options_.identity;
  pipeline_ = std::make_unique<Pipeline>(*ledger_, *store_, *hub_, specs, rules, pipeline, *clock_);
  BW_TRY(pipeline_->open());
  BW_ASSIGN(caught_up_, pipeline_->catch_up(each_caught_up));
  return {};
}

Result<std::unique_ptr<Host>> Host::open(const Operators& operators, std::unique_ptr<Log> ledger, ChainedHub::Sinks sinks,
                                         HostOptions options, ChainedHub::Observer observer, Clock& clock,
                                         const std::function<void(const Round&)>& each_caught_up) {
  return open(operators.specs(), operators.rules(), std::move(ledger), std::move(sinks), std::move(options), std::move(observer), clock, each_caught_up);
}

Result<std::unique_ptr<Host>> Host::open(std::vector<StageSpec> specs, Rules rules, std::unique_ptr<Log> ledger, ChainedHub::Sinks sinks,
                                         HostOptions options, ChainedHub::Observer observer, Clock& clock,
                                         const std::function<void(const Round&)>& each_caught_up) {
  std::unique_ptr<Host> host(new Host);
  host->clock_ = &clock;
  if (!options.state_home) {
    if (options.state_directory.empty()) options.state_home = std::make_shared<MemoryHome>();
    else options.state_home = std::make_shared<RocksHome>(options.state_directory);
  }
  host->options_ = options;
  host->ledger_ = std::move(ledger);
  auto opened = host->open_pipeline(specs, rules, sinks, observer, each_caught_up);
  if (!opened && opened.error().code == ErrorCode::kStateCorrupt) {
    BW_ASSIGN(const bool refold, has_beginning(*host->ledger_));
    if (!refold) return tl::unexpected<Error>(std::move(opened.error()));
    host->state_damage_ = std::move(opened.error());
    host->pipeline_.reset();
    host->store_.reset();
    BW_TRY(options.state_home->discard());
    opened = host->open_pipeline(specs, rules, sinks, observer, each_caught_up);
  }
  BW_TRY(host->noting_damage(std::move(opened)));
  if (options.may_truncate_ledger) {
    for (std::uint32_t p = 0; p < host->ledger_->partitions(); ++p) {
      const auto cut = host->ledger_->truncate(p, host->pipeline_->offsets()[p]);
      if (!cut && cut.error().code != ErrorCode::kUnsupported) return tl::unexpected<Error>(cut.error());
      host->shared_ledger_ = host->shared_ledger_ || !cut;
    }
  }
  BW_FAILPOINT("restore-end");
  return host;
}

Result<void> Host::stand_by(const std::function<bool()>& until, const std::function<Result<void>()>& each_turn) {
  // Longer than a broker takes to hand over a frame, shorter than anybody waits for a takeover.
  constexpr int kWaitMs = 5;
  const auto listen = [&]() -> Result<void> {
    while (!until()) {
      BW_ASSIGN(const bool folded, pipeline_->follow(kWaitMs));
      (void)folded;
      BW_TRY(hub_->hear());
      if (each_turn) BW_TRY(each_turn());
    }
    return {};
  };
  return noting_damage(listen());
}

Result<void> Host::leave() {
  if (pipeline_->last_tick() == nullptr || !hub_->settled()) return {};
  return noting_damage(pipeline_->close_epoch());
}

Result<void> Host::begin_writing() {
  // A log that only one process can write was cut behind the last whole round. In any other, a writer that was thought dead
  // may still append: from the claim on it does not count.
  const auto begin = [&]() -> Result<void> {
    if (shared_ledger_) {
      BW_ASSIGN(tenure_, pipeline_->claim());
      return hub_->speak();
    }
    pipeline_->set_writer_epoch(pipeline_->writer_epoch() + 1);
    std::vector<std::uint64_t> ends(ledger_->partitions());
    for (std::uint32_t p = 0; p < ends.size(); ++p) {
      BW_ASSIGN(ends[p], ledger_->end_offset(p));
    }
    tenure_.emplace(*ledger_, pipeline_->writer_epoch(), std::move(ends));
    return {};
  };
  return noting_damage(begin());
}

Result<void> Host::run(std::vector<IngestSource> sources, const IngestOptions& ingest_options, const RunOptions& run_options) {
  if (!tenure_) BW_TRY(begin_writing());
  Ingest ingest(*ledger_, std::move(sources), ingest_options, *clock_);
  BW_TRY(ingest.resume(pipeline_->next_round(), *tenure_, pipeline_->last_tick(), pipeline_->source_names()));
  auto result = brushwatch::run(*pipeline_, ingest, *hub_, *clock_, run_options);
  ingest_counters_ = ingest.counters();
  return noting_damage(std::move(result));
}

Result<SnapshotManifest> describe_state(StateStore& store, EventTime now) {
  BW_ASSIGN(const auto epoch, read_epoch(store));
  if (!epoch) return fail(ErrorCode::kNotFound, "the state has no epoch yet");
  SnapshotManifest about;
  about.created = now;
  about.identity = epoch->identity;
  about.writer_epoch = epoch->writer_epoch;
  about.epoch = epoch->epoch;
  about.next_round = epoch->next_round;
  about.offsets = epoch->offsets;
  return about;
}

Result<std::optional<SnapshotManifest>> Host::copy_state(const std::string& folder) {
  if (pipeline_->last_tick() == nullptr || !hub_->settled()) return std::nullopt;
  BW_TRY(noting_damage(pipeline_->close_epoch()));
  BW_ASSIGN(auto about, describe_state(*store_, clock_->now()));
  BW_TRY(store_->snapshot(folder));
  return about;
}

Result<void> Host::finish_ledger_replay() {
  const TickEvent* last = pipeline_->last_tick();
  if (last != nullptr && last->end_of_input) BW_TRY(hub_->seal(pipeline_->next_round()));
  return noting_damage(pipeline_->close_epoch());
}

}  // namespace brushwatch::app
