#pragma once
/// The composition root: ledger, state, detectors, fusion, outputs and sources put together into one running pipeline.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hub.h"
#include "engine/detect/detector.h"
#include "engine/stage/pipeline.h"
#include "state/snapshot.h"

namespace brushwatch {
class DetectorStage;
}

namespace brushwatch::app {

/// A detector stage with its row; a stage without detectors has one empty column.
StageSpec stage_spec(const DetectorStage& stage);

/// The operators of all stages, with the rules they declare. One object serves every pipeline of the process.
class Operators {
 public:
  Operators();
  ~Operators();
  [[nodiscard]] std::vector<StageSpec> specs() const;
  [[nodiscard]] Rules rules() const;
  /// Every declared parameter, for `rules ls` and for "did you mean".
  struct Param { std::string name; std::int64_t value; std::string unit, reason; std::int64_t low = INT64_MIN, high = INT64_MAX; };
  [[nodiscard]] std::vector<Param> params() const;
  /// "D1" …, in order, each once.
  [[nodiscard]] std::vector<std::string> detectors() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What a snapshot says of the state in a store. Errors: kNotFound when it has no epoch; those of the store.
Result<SnapshotManifest> describe_state(StateStore& store, EventTime now);

/// Where the state lives. A cache of the ledger: what is damaged is thrown away and folded again.
class StateHome {
 public:
  virtual ~StateHome() = default;
  virtual Result<std::unique_ptr<StateStore>> open() = 0;
  /// Removes all that open() would find. The store is closed by then.
  virtual Result<void> discard() = 0;
};

struct HostOptions {
  std::uint32_t partitions = 4;
  unsigned threads = 1;
  /// Of the whole process. Half of it goes to the rows of all tasks together; the other half is what stands beside them: the batch of
  /// an epoch (a tenth to a fifth of the rows it holds), RocksDB's cache and memtables, rounds in flight, reference data, code, and
  /// what malloc keeps. `bench/memory.py` measures that it is enough. Below some 256 MiB the fixed part alone is more than the half.
  std::size_t memory_bytes = 1024ULL << 20;
  std::uint64_t epoch_records = 400'000;
  std::string state_directory;           ///< RocksDB lives here; empty: state in memory
  std::shared_ptr<StateHome> state_home;  ///< instead of state_directory
  std::uint64_t identity = 0;            ///< of input and configuration
  bool may_truncate_ledger = true;       ///< file log: cut a torn round off
  bool listen = false;                   ///< begin as a standby: fold what another instance writes, write nothing
};

/// Owns what a pipeline refers to; members are destroyed in reverse order.
class Host {
 public:
  /// `ledger` has options.partitions partitions. Opens the state and folds what the ledger holds beyond it. A damaged state
  /// (kStateCorrupt) is discarded and everything folded again, when the ledger still has its beginning.
  static Result<std::unique_ptr<Host>> open(const Operators& operators, std::unique_ptr<Log> ledger, ChainedHub::Sinks sinks,
                                            HostOptions options, ChainedHub::Observer observer, Clock& clock,
                                            const std::function<void(const Round&)>& each_caught_up = {});
  /// The same with stages of one's own (benchmarks of other work, tests).
  static Result<std::unique_ptr<Host>> open(std::vector<StageSpec> specs, Rules rules, std::unique_ptr<Log> ledger, ChainedHub::Sinks sinks,
                                            HostOptions options, ChainedHub::Observer observer, Clock& clock,
                                            const std::function<void(const Round&)>& each_caught_up = {});
  /// Folds what another instance writes, round by round, until `until` says so (asked every few milliseconds). Only with
  /// HostOptions::listen. State epochs are closed when the outputs hold all that they count.
  Result<void> stand_by(const std::function<bool()>& until, const std::function<Result<void>()>& each_turn = {});
  /// Ends the standing by without a takeover: what is folded is kept when the outputs hold all of it.
  Result<void> leave();
  /// Makes this process the writer of the ledger: a new epoch, behind everything that earlier writers completed, and of the
  /// outputs. Once, before the ingest is made; run() does it when it was not done. Errors: kFenced when another writer was
  /// quicker.
  Result<void> begin_writing();
  /// Since begin_writing().
  [[nodiscard]] const Tenure& tenure() const { return *tenure_; }
  /// Ingests from the sources until they end or `run.stop` says so.
  Result<void> run(std::vector<IngestSource> sources, const IngestOptions& ingest, const RunOptions& run);
  /// A consistent copy of the state's last epoch, into a folder that does not exist yet, and what it is a copy of. Closes the
  /// epoch first; nullopt when that cannot be now (a standby whose leader has not written its lines yet).
  Result<std::optional<SnapshotManifest>> copy_state(const std::string& folder);
  /// For a ledger that is the whole input: seals when its last tick ended the input.
  Result<void> finish_ledger_replay();

  [[nodiscard]] Pipeline& pipeline() { return *pipeline_; }
  [[nodiscard]] ChainedHub& hub() { return *hub_; }
  [[nodiscard]] StateStore& store() { return *store_; }
  [[nodiscard]] const IngestCounters& ingest_counters() const { return ingest_counters_; }
  [[nodiscard]] std::uint64_t caught_up_rounds() const { return caught_up_; }
  /// Why the state was discarded at open; nullopt when it was not.
  [[nodiscard]] const std::optional<Error>& state_damage() const { return state_damage_; }
  /// A state found damaged on the way is discarded, so that the next start does not meet it again.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

 private:
  Host() = default;
  Result<void> open_pipeline(const std::vector<StageSpec>& specs, const Rules& rules, ChainedHub::Sinks& sinks, const ChainedHub::Observer& observer,
                             const std::function<void(const Round&)>& each_caught_up);
  /// Passes `result` on, and remembers when it says that the state is damaged.
  Result<void> noting_damage(Result<void> result);
  Clock* clock_ = nullptr;
  HostOptions options_;
  std::unique_ptr<Log> ledger_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<ChainedHub> hub_;
  std::unique_ptr<Pipeline> pipeline_;
  IngestCounters ingest_counters_;
  std::uint64_t caught_up_ = 0;
  std::optional<Error> state_damage_;
  std::optional<Tenure> tenure_;
  bool discard_at_end_ = false;
  bool shared_ledger_ = false;  // other writers can reach it: it cannot be cut
};

}  // namespace brushwatch::app
