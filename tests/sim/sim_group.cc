// Several instances, one ledger, and a group that is wrong about who lives.

#include <algorithm>
#include <deque>

#include "apps/host.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_input.h"
#include "tests/sim/sim_life.h"
#include "tests/sim/sim_log.h"
#include "tests/sim/sim_oracle.h"

namespace brushwatch::sim {
namespace {

struct GroupPlan {
  std::vector<Script> scripts;
  std::uint32_t partitions = 1, round_events = 8;
  std::uint64_t epoch_records = 50, error_in = 0;
  Bug bug = Bug::kNone;
};

/// One instance: its machine's disk, and its process while it has one.
struct Instance {
  Disk disk;
  std::shared_ptr<Process> process;
  std::unique_ptr<app::Host> host;  // before the ingest, which uses its ledger: destroyed after it
  SimLog* ledger = nullptr;
  std::vector<std::shared_ptr<SimSource>> sources;
  std::deque<Round> ready;
  std::unique_ptr<Ingest> ingest;  // while it believes that it leads
  std::uint64_t asleep = 0;        // turns for which the process is stopped where it is

  void end() {
    ready.clear();
    ingest.reset();
    sources.clear();
    host.reset();
    process.reset();
  }
};

class Group {
 public:
  Group(const GroupPlan& plan, std::uint64_t seed, std::size_t instances)
      : plan_(plan), chance_(seed), broker_(plan.partitions, true), clock_({1'762'100'000'000}), instances_(instances) {}

  /// One instance does one thing. `faulty`: it may die, err, sleep, and the group may be wrong.
  std::string turn(bool faulty) {
    clock_.advance(static_cast<std::int64_t>(chance_.below(300)));
    const std::size_t at = faulty ? chance_.below(instances_.size()) : lead_;
    Instance& self = instances_[at];
    if (faulty && chance_.one_in(60)) lead_ = chance_.below(instances_.size());
    if (self.asleep > 0) {
      --self.asleep;
      return {};
    }
    if (faulty && self.host && chance_.one_in(80)) {
      self.asleep = chance_.below(120);
      outcome.zombies += self.ingest != nullptr;
      return {};
    }
    const bool led = self.ingest != nullptr;
    auto done = step(self, at, faulty);
    if (done && !self.process->dead) return {};
    outcome.deaths += self.process->dead;
    // Death may hide behind a call that answers nothing (what is served in passing): the step went well, and nobody lives.
    const ErrorCode code = done ? ErrorCode::kIo : done.error().code;
    const bool fenced = code == ErrorCode::kFenced;
    outcome.fenced += fenced;
    const bool of_the_world = code == ErrorCode::kIo || code == ErrorCode::kStateIo || code == ErrorCode::kBrokerUnavailable;
    if (!self.process->dead && !fenced && !(of_the_world && faulty)) return (led ? "a leader stopped: " : "a standby stopped: ") + done.error().message();
    outcome.errors += !self.process->dead && !fenced;
    self.end();
    if (faulty && chance_.one_in(2)) {
      self.disk.power_cut(chance_, plan_.bug);
      ++outcome.power_cuts;
    }
    return {};
  }
  /// All but the leader are gone for good; it goes on without a fault until the input is drained.
  std::string finish() {
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      if (i != lead_) instances_[i].end();
    }
    Instance& last = instances_[lead_];
    last.asleep = 0;
    if (last.process) last.process->error_in = 0, last.process->dies_at = UINT64_MAX;
    for (int turns = 0; turns < 20'000; ++turns) {
      if (const std::string failure = turn(false); !failure.empty()) return "without faults, " + failure;
      if (last.ingest && quiet_ > 6 && last.ready.empty()) {
        const auto closed = last.host->pipeline().close_epoch();
        return closed ? std::string() : "the last epoch: " + closed.error().message();
      }
    }
    return "the last leader does not come to an end";
  }

  Broker& broker() { return broker_; }
  ManualClock& clock() { return clock_; }
  Disk topics;
  Outcome outcome;

 private:
  Result<void> step(Instance& self, std::size_t at, bool faulty) {
    if (!self.host) return start(self, faulty);
    if (!self.ingest) {
      if (lead_ == at) return lead(self);
      int asked = 0;
      return self.host->stand_by([&] { return ++asked > 1; });
    }
    // The group's word arrives late or never.
    if (lead_ != at && chance_.one_in(20)) return fail(ErrorCode::kFenced, "the group has given the lead to another instance");
    return work(self);
  }
  Result<void> start(Instance& self, bool faulty) {
    ++outcome.lives;
    self.process = std::make_shared<Process>();
    self.process->chance = &chance_;
    self.process->bug = plan_.bug;
    if (faulty) {
      self.process->dies_at = 1 + (chance_.one_in(4) ? chance_.below(60) : chance_.below(3'000));
      self.process->error_in = plan_.error_in;
    }
    auto ledger = std::make_unique<SimLog>(broker_, self.process);
    self.ledger = ledger.get();
    app::HostOptions options;
    options.partitions = plan_.partitions;
    options.epoch_records = plan_.epoch_records;
    options.state_home = make_sim_home(self.disk, self.process);
    options.listen = true;
    BW_ASSIGN(self.host, app::Host::open(sim_stages(nullptr), Rules{}, std::move(ledger), make_sim_topics(topics, self.process), options, {}, clock_));
    outcome.refolds += self.host->state_damage().has_value();
    return {};
  }
  Result<void> lead(Instance& self) {
    BW_TRY(self.host->begin_writing());
    ++outcome.takeovers;
    std::vector<IngestSource> in;
    for (std::size_t i = 0; i < plan_.scripts.size(); ++i) {
      self.sources.push_back(std::make_shared<SimSource>("s" + std::to_string(i), plan_.scripts[i], true, self.process));
      in.push_back({self.sources.back(), make_sim_decoder(), IngestClock::kWall});
    }
    IngestOptions options;
    options.merge = false;
    options.round_events = plan_.round_events;
    options.tick_ms = 1;
    auto ingest = std::make_unique<Ingest>(*self.ledger, std::move(in), options, clock_);
    Pipeline& pipeline = self.host->pipeline();
    BW_TRY(ingest->resume(pipeline.next_round(), self.host->tenure(), pipeline.last_tick(), pipeline.source_names()));
    self.ingest = std::move(ingest);
    quiet_ = 0;
    return {};
  }
  /// engine/stage/pipeline.cc's run(), its two threads taken in turns.
  Result<void> work(Instance& self) {
    if (self.ready.size() < 2 && (self.ready.empty() || chance_.one_in(2))) {
      BW_ASSIGN(auto round, self.ingest->next_round([] { return true; }));
      const bool drained = std::all_of(self.sources.begin(), self.sources.end(), [](const auto& s) { return s->drained(); });
      quiet_ = drained && round->events == 0 ? quiet_ + 1 : 0;
      self.ready.push_back(std::move(*round));
      return {};
    }
    BW_TRY(self.host->pipeline().fold(self.ready.front(), true));
    self.ready.pop_front();
    return {};
  }

  const GroupPlan& plan_;
  Chance chance_;
  Broker broker_;
  ManualClock clock_;
  std::vector<Instance> instances_;
  std::size_t lead_ = 0;
  int quiet_ = 0;  // rounds without an event since the input was drained
};

}  // namespace

Outcome simulate_group(std::uint64_t seed, Bug bug) {
  Chance setup(seed * 0xD1B54A32D192ED03ULL + 7);
  GroupPlan plan;
  plan.scripts = make_scripts(setup);
  plan.partitions = 1 + static_cast<std::uint32_t>(setup.below(3));
  plan.round_events = 2 + static_cast<std::uint32_t>(setup.below(12));
  plan.epoch_records = 5 + setup.below(120);
  plan.error_in = setup.one_in(2) ? 300 + setup.below(800) : 0;
  plan.bug = bug;
  Group group(plan, setup.next(), 2 + setup.below(3));
  std::string failure;
  for (std::uint64_t turns = 200 + setup.below(1'200); turns > 0 && failure.empty(); --turns) failure = group.turn(true);
  if (failure.empty()) failure = group.finish();
  Outcome outcome = group.outcome;
  Disk read = without_repeats(group.topics);
  for (std::size_t o = 0; o < kOutputs; ++o) {
    outcome.lines += read.files[o].lines.size();
    outcome.repeats += group.topics.files[o].lines.size() - read.files[o].lines.size();
  }
  sort_by_round(read);
  if (failure.empty()) failure = chains_of(read, false);
  if (failure.empty()) failure = conservation(plan.scripts, read);
  if (failure.empty()) {
    Disk again;
    Chance calm(seed);
    auto process = std::make_shared<Process>();
    process->chance = &calm;
    app::HostOptions options;
    options.partitions = plan.partitions;
    options.epoch_records = 1'000'000;
    options.may_truncate_ledger = false;
    options.state_home = make_sim_home(again, process);
    auto host = app::Host::open(sim_stages(nullptr), Rules{}, std::make_unique<SimLog>(group.broker(), process), make_sim_sinks(again, process), options, {}, group.clock());
    const auto done = host ? (*host)->finish_ledger_replay() : Result<void>(tl::unexpected<Error>(host.error()));
    if (!done) failure = "the fold of the ledger stopped: " + done.error().message();
    else failure = compare(read, again, "a fold of the ledger");
  }
  outcome.failure = failure;
  return outcome;
}

}  // namespace brushwatch::sim
