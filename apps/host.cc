#include "apps/host.h"

#include <algorithm>

#include "alliance/fusion.h"
#include "detectors/detector_stage.h"
#include "detectors/registry.h"
#include "state/memory_store.h"
#include "state/rocksdb/rocksdb_store.h"

namespace brushwatch::app {

struct Operators::Parts {
  std::vector<std::unique_ptr<DetectorStage>> stages;
  std::vector<const DetectorInfo*> infos;
  std::unique_ptr<FusionStage> fusion;
};

Operators::Operators() : parts_(std::make_unique<Parts>()) {
  const Registry& registry = default_registry();
  for (const Stage stage : {Stage::kParcel, Stage::kShop, Stage::kParty, Stage::kRing}) {
    parts_->stages.push_back(std::make_unique<DetectorStage>(stage, registry));
  }
  for (const Detector* d : registry.detectors) parts_->infos.push_back(&d->info());
  parts_->fusion = std::make_unique<FusionStage>(parts_->infos);
}
Operators::~Operators() = default;

Rules Operators::rules() const {
  Rules rules;
  for (auto& stage : parts_->stages) stage->declare(rules);
  parts_->fusion->declare(rules);
  return rules;
}

std::vector<StageSpec> Operators::specs() const {
  std::vector<StageSpec> out;
  for (auto& stage : parts_->stages) {
    StageSpec spec{stage.get(), {}, false};
    for (const auto& column : stage->columns()) spec.layout.add(column.name, column.version, column.bytes);
    if (spec.layout.columns.empty()) spec.layout.add("none", 1, 8);
    out.push_back(std::move(spec));
  }
  StageSpec fusion{parts_->fusion.get(), {}, true};
  fusion.layout.add("fusion", 1, 8);
  out.push_back(std::move(fusion));
  return out;
}

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
      }
    };
    for (const DetectorInfo* d : parts_->infos) describe("D" + std::to_string(d->number), d->params);
    describe("fusion", FusionStage::params());
    out.push_back(std::move(p));
  }
  return out;
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
  host->options_ = options;
  host->ledger_ = std::move(ledger);
  if (options.state_directory.empty()) {
    host->store_ = make_memory_store();
  } else {
    RocksDbOptions rocks;
    rocks.directory = options.state_directory;
    rocks.bulk = true;
    BW_ASSIGN(host->store_, open_rocksdb_store(rocks));
  }
  host->hub_ = std::make_unique<ChainedHub>(std::move(sinks), host->ledger_->partitions(), std::move(observer));
  PipelineOptions pipeline;
  pipeline.threads = options.threads;
  pipeline.memory_bytes = options.memory_bytes;
  pipeline.epoch_records = options.epoch_records;
  pipeline.state_identity = options.identity;
  host->pipeline_ = std::make_unique<Pipeline>(*host->ledger_, *host->store_, *host->hub_, std::move(specs), std::move(rules), pipeline, clock);
  BW_TRY(host->pipeline_->open());
  BW_ASSIGN(host->caught_up_, host->pipeline_->catch_up(each_caught_up));
  if (options.may_truncate_ledger) {
    for (std::uint32_t p = 0; p < host->ledger_->partitions(); ++p) {
      const auto cut = host->ledger_->truncate(p, host->pipeline_->offsets()[p]);
      if (!cut && cut.error().code != ErrorCode::kUnsupported) return tl::unexpected<Error>(cut.error());
    }
  }
  return host;
}

Result<void> Host::run(std::vector<IngestSource> sources, const IngestOptions& ingest_options, const RunOptions& run_options) {
  Ingest ingest(*ledger_, std::move(sources), ingest_options, *clock_);
  pipeline_->set_writer_epoch(pipeline_->writer_epoch() + 1);
  BW_TRY(ingest.resume(pipeline_->next_round(), pipeline_->writer_epoch(), pipeline_->last_tick(), pipeline_->source_names()));
  auto result = brushwatch::run(*pipeline_, ingest, *hub_, *clock_, run_options);
  ingest_counters_ = ingest.counters();
  return result;
}

Result<void> Host::finish_ledger_replay() {
  const TickEvent* last = pipeline_->last_tick();
  if (last != nullptr && last->end_of_input) BW_TRY(hub_->seal(pipeline_->next_round()));
  return pipeline_->close_epoch();
}

}  // namespace brushwatch::app
