#include "tests/sim/sim_life.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "apps/host.h"
#include "connectors/codec/json_decoder.h"
#include "engine/base/check.h"
#include "simulate/world.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_input.h"
#include "tests/sim/sim_log.h"
#include "tests/sim/sim_oracle.h"

namespace brushwatch::sim {

std::string_view bug_name(Bug bug) {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Bug::kCount)> kNames = {
      "none", "ledger_not_synced_before_epoch", "zombie_epoch_ignored", "writer_epoch_not_raised", "redelivery_not_recognised",
      "source_off_by_one_after_restore", "ledger_off_by_one_after_restore", "state_before_outputs", "timers_lost_on_restore",
      "outputs_not_read_on_restore", "chain_head_not_stored", "torn_epoch", "epoch_lost_between_others", "dirty_row_forgotten",
      "frame_appended_twice", "clock_in_the_fold", "claim_not_seen_by_writer"};
  return kNames[static_cast<std::size_t>(bug)];
}

namespace {

/// What does not change during a seed.
struct Plan {
  std::vector<Script> scripts;
  bool live = false, shared = false;
  std::uint32_t partitions = 1;
  std::uint32_t round_events = 8;
  std::uint64_t epoch_records = 50;
  std::size_t memory_bytes = 1 << 20;
  Bug bug = Bug::kNone;
  bool detectors = false;  ///< the product's stages over a recorded world, instead of the toys over a script
};

/// Twenty shops and one day, in memory: the lines of its streams, views thinned (they are many and alike).
const std::vector<Script>& recorded_world() {
  struct Recorder final : simulate::EventSink {
    std::vector<Script> streams{simulate::kStreams};
    std::uint64_t views = 0;
    Result<void> write(simulate::Stream stream, EventTime, std::string_view line) override {
      if (stream == simulate::Stream::kViews && ++views % 8 != 0) return {};
      streams[static_cast<std::size_t>(stream)].emplace_back(line);
      return {};
    }
  };
  static const std::vector<Script> world = [] {
    Recorder recorder;
    simulate::WorldOptions options;
    options.shops = 20;
    options.days = 1;
    options.intensity = 0.2;
    options.attacks = {"S3", "S8"};
    const auto made = simulate::generate_world(options, recorder);
    BW_CHECK(made.has_value(), "the recorded world is valid");
    return std::move(recorder.streams);
  }();
  return world;
}

std::unique_ptr<Decoder> make_decoder(const Plan& plan) {
  if (!plan.detectors) return make_sim_decoder();
  JsonDecoderOptions options;
  options.default_source = "import";
  options.clock = IngestClock::kRecord;
  return make_json_decoder(options);
}

/// The product's operators; one object serves every pipeline.
const app::Operators& product() {
  static const app::Operators operators;
  return operators;
}
std::vector<StageSpec> make_stages(const Plan& plan, Clock& clock) {
  return plan.detectors ? product().specs() : sim_stages(plan.bug == Bug::kClockInTheFold ? &clock : nullptr);
}
Rules make_rules(const Plan& plan) { return plan.detectors ? product().rules() : Rules{}; }

/// One process: what it opened, as far as it came. Members are destroyed in reverse order.
struct Life {
  std::shared_ptr<Process> process = std::make_shared<Process>();
  std::unique_ptr<app::Host> host;
  SimLog* ledger = nullptr;
  std::vector<std::shared_ptr<SimSource>> sources;
  std::unique_ptr<Ingest> ingest;
  bool writing = false;  // came as far as its first round
};

class World {
 public:
  World(const Plan& plan, std::uint64_t seed) : plan_(plan), chance_(seed), broker_(plan.partitions, plan.shared), clock_({1'762'100'000'000}) {}

  Result<void> start(Life& life, Disk& disk) {
    auto ledger = std::make_unique<SimLog>(broker_, life.process);
    life.ledger = ledger.get();
    app::HostOptions options;
    options.partitions = plan_.partitions;
    options.memory_bytes = plan_.memory_bytes;
    options.epoch_records = plan_.epoch_records;
    options.state_home = make_sim_home(disk, life.process);
    BW_ASSIGN(life.host, app::Host::open(make_stages(plan_, clock_), make_rules(plan_), std::move(ledger), make_sim_sinks(disk, life.process), options, {}, clock_));
    refolds += life.host->state_damage().has_value();
    Pipeline& pipeline = life.host->pipeline();
    if (plan_.bug == Bug::kWriterEpochNotRaised) pipeline.set_writer_epoch(std::max(1U, pipeline.writer_epoch()));
    else BW_TRY(life.host->begin_writing());
    std::vector<IngestSource> in;
    for (std::size_t i = 0; i < plan_.scripts.size(); ++i) {
      life.sources.push_back(std::make_shared<SimSource>("s" + std::to_string(i), plan_.scripts[i], plan_.live, life.process));
      in.push_back({life.sources.back(), make_decoder(plan_), plan_.live && !plan_.detectors ? IngestClock::kWall : IngestClock::kRecord});
    }
    IngestOptions ingest;
    ingest.merge = !plan_.live;
    ingest.round_events = plan_.round_events;
    ingest.tick_ms = 1;
    life.ingest = std::make_unique<Ingest>(*life.ledger, std::move(in), ingest, clock_);
    TickEvent last;
    if (pipeline.last_tick() != nullptr) last = *pipeline.last_tick();
    if (plan_.bug == Bug::kSourceOffByOneAfterRestore && pipeline.next_round() > 0) {
      for (SourcePosition& position : last.positions) position.next += 1;
    }
    const TickEvent* const tick = pipeline.last_tick() != nullptr ? &last : nullptr;
    if (plan_.bug == Bug::kWriterEpochNotRaised) BW_TRY(life.ingest->resume(pipeline.next_round(), pipeline.writer_epoch(), tick, pipeline.source_names()));
    else BW_TRY(life.ingest->resume(pipeline.next_round(), life.host->tenure(), tick, pipeline.source_names()));
    life.writing = true;
    return {};
  }

  /// engine/stage/pipeline.cc's run(), its two threads taken in turns.
  Result<void> live(Life& life) {
    std::deque<Round> ready;
    bool ended = false;
    int quiet = 0;
    Pipeline& pipeline = life.host->pipeline();
    while (!ended || !ready.empty()) {
      clock_.advance(static_cast<std::int64_t>(chance_.below(400)));
      if (chance_.one_in(50)) clock_.advance(static_cast<std::int64_t>(chance_.below(2 * kHourMs)) - static_cast<std::int64_t>(kHourMs));
      if (zombie_ && chance_.one_in(4)) haunt();
      if (!ended && ready.size() < 2 && (ready.empty() || chance_.one_in(2))) {
        BW_ASSIGN(auto round, life.ingest->next_round([] { return true; }));
        if (!round) {
          ended = true;
          continue;
        }
        // A live input is over when all has been sent and a while has passed.
        const bool drained = std::all_of(life.sources.begin(), life.sources.end(), [](const auto& s) { return s->drained(); });
        quiet = drained && round->events == 0 ? quiet + 1 : 0;
        if (plan_.live && quiet > 3) ended = true;
        ready.push_back(std::move(*round));
      } else if (!ready.empty()) {
        BW_TRY(pipeline.fold(ready.front(), plan_.live || chance_.one_in(2)));
        ready.pop_front();
      }
    }
    const TickEvent* last = pipeline.last_tick();
    if (last != nullptr && last->end_of_input) BW_TRY(life.host->hub().seal(pipeline.next_round()));
    return pipeline.close_epoch();
  }

  /// The stopped writer wakes: it believes that the ledger is still its own.
  void haunt() {
    auto round = zombie_->ingest->next_round([] { return true; });
    if (!round && round.error().code == ErrorCode::kFenced) ++fenced;
    if (!round || !*round) zombie_.reset();
  }

  Chance& chance() { return chance_; }
  Broker& broker() { return broker_; }
  ManualClock& clock() { return clock_; }
  std::unique_ptr<Life> zombie_;
  std::uint64_t refolds = 0, fenced = 0;

 private:
  const Plan& plan_;
  Chance chance_;
  Broker broker_;
  ManualClock clock_;
};

}  // namespace

Outcome simulate(std::uint64_t seed, Bug bug, bool detectors) {
  Chance setup(seed * 0x9E3779B97F4A7C15ULL + 1);
  Plan plan;
  plan.detectors = detectors;
  plan.scripts = detectors ? recorded_world() : make_scripts(setup);
  plan.live = setup.one_in(2);
  plan.shared = setup.one_in(2);
  plan.partitions = 1 + static_cast<std::uint32_t>(setup.below(3));
  plan.round_events = 2 + static_cast<std::uint32_t>(setup.below(24));
  plan.epoch_records = 5 + setup.below(120);
  plan.memory_bytes = setup.one_in(2) ? 1 << 10 : 1 << 20;
  plan.bug = bug;
  if (detectors) {
    plan.round_events = 50 + static_cast<std::uint32_t>(setup.below(400));
    plan.epoch_records = 500 + setup.below(20'000);
    plan.memory_bytes = setup.one_in(2) ? 1 << 18 : 64 << 20;
  }

  Outcome outcome;
  World world(plan, setup.next());
  Disk disk;
  const std::uint64_t error_in = setup.one_in(2) ? (detectors ? 2'000 : 200) + setup.below(800) : 0;
  const std::uint64_t faulty_lives = 1 + setup.below(6);
  for (std::uint64_t n = 0; n <= faulty_lives; ++n) {
    auto life = std::make_unique<Life>();
    life->process->chance = &world.chance();
    life->process->bug = bug;
    const bool faulty = n < faulty_lives;
    if (faulty) {
      // Small numbers hit opening and recovery, large ones the middle of the work.
      life->process->dies_at = 1 + (world.chance().one_in(3) ? world.chance().below(60) : world.chance().below(detectors ? 12'000 : 2'000));
      life->process->error_in = error_in;
    } else {
      // No more ghosts: what they sent is there or lost.
      world.zombie_.reset();
    }
    ++outcome.lives;
    auto done = world.start(*life, disk);
    if (done) done = world.live(*life);
    if (!faulty && !done) {
      outcome.failure = "the last life, without a fault, stopped: " + done.error().message();
      break;
    }
    if (done) continue;
    if (!life->process->dead) {
      // An error of the world is answered by stopping; an error that accuses data must not come from a death alone.
      ++outcome.errors;
      const ErrorCode code = done.error().code;
      if (code != ErrorCode::kIo && code != ErrorCode::kStateIo && code != ErrorCode::kBrokerUnavailable) {
        outcome.failure = "a life stopped: " + done.error().message();
        break;
      }
      continue;
    }
    ++outcome.deaths;
    if (plan.shared && life->writing && world.chance().one_in(2)) {
      // Not dead after all, only stopped: it will go on writing to the ledger. Its disk is gone with its machine.
      life->process->dead = false;
      life->process->dies_at = UINT64_MAX;
      life->process->error_in = 0;
      world.zombie_ = std::move(life);
      ++outcome.zombies;
    }
    life.reset();
    if (world.chance().one_in(2)) {
      disk.power_cut(world.chance(), bug);
      ++outcome.power_cuts;
    }
  }
  world.zombie_.reset();
  outcome.refolds = world.refolds;
  outcome.fenced = world.fenced;
  for (const auto& file : disk.files) outcome.lines += file.lines.size();
  if (outcome.failure.empty()) outcome.failure = chains_of(disk, !plan.live);
  if (outcome.failure.empty() && !detectors) outcome.failure = conservation(plan.scripts, disk);
  if (outcome.failure.empty()) {
    // What should be there: bounded, the world without faults; live, the same ledger from its beginning.
    Disk again;
    Plan straight = plan;
    straight.bug = bug == Bug::kClockInTheFold ? bug : Bug::kNone;
    World other(straight, seed);
    Life life;
    life.process->chance = &other.chance();
    Result<void> done;
    if (plan.live) {
      other.broker().parts = world.broker().parts;
      auto ledger = std::make_unique<SimLog>(other.broker(), life.process);
      app::HostOptions options;
      options.partitions = plan.partitions;
      options.epoch_records = 1'000'000;
      options.may_truncate_ledger = false;
      options.state_home = make_sim_home(again, life.process);
      auto host = app::Host::open(make_stages(straight, other.clock()), make_rules(straight), std::move(ledger), make_sim_sinks(again, life.process), options, {}, other.clock());
      done = host ? (*host)->finish_ledger_replay() : Result<void>(tl::unexpected<Error>(host.error()));
    } else {
      done = other.start(life, again);
      if (done) done = other.live(life);
    }
    if (!done) outcome.failure = "the undisturbed run stopped: " + done.error().message();
    else outcome.failure = compare(disk, again, plan.live ? "a fold of the ledger" : "the undisturbed run");
  }
  return outcome;
}

}  // namespace brushwatch::sim
