// States that earlier builds wrote, tests/fixtures/state/<version>/memory.store, each of one run stopped half way: a start on them goes on to
// the same outputs. UPDATE_STATE=1 writes the one of this build; the others stay as they are for ever.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "apps/host.h"
#include "connectors/memory/memory_log.h"
#include "state/memory_store.h"
#include "tests/support/lent_log.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/toy_pipeline.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFixtures = "tests/fixtures/state";
constexpr const char* kFile = "memory.store";
constexpr const char* kThisBuild = "3-ends";  // version of the epoch record, and what was added since
constexpr std::uint64_t kHalfWay = 12;  // rounds

/// Orders of shops that stay, shops that end (their timer), and times out of order.
std::vector<std::string> script() {
  std::vector<std::string> lines;
  for (int i = 0; i < 400; ++i) {
    const long long t = 1'762'000'000'000LL + i * 7'000LL;
    lines.push_back(std::to_string(t) + " " + std::to_string(t - i % 5 * 900) + " shop" + std::to_string(i < 100 ? i * 37 % 23 : i * 37 % 11));
  }
  return lines;
}

class GivenState final : public StateHome {
 public:
  explicit GivenState(std::unique_ptr<StateStore> store) : store_(std::move(store)) {}
  Result<std::unique_ptr<StateStore>> open() override { return store_ ? std::move(store_) : make_memory_store(); }
  Result<void> discard() override { return {}; }  // the next open() gives an empty one

 private:
  std::unique_ptr<StateStore> store_;
};

struct ToyRun {
  test::TempDir dir;
  std::unique_ptr<StateStore> state = make_memory_store();
  std::string save_to;  ///< the state's copy after kHalfWay rounds
  std::optional<ErrorCode> damage;
  std::uint64_t caught_up = 0, rounds = 0;

  Result<void> go(Log& ledger) {
    ManualClock clock;
    HostOptions options;
    options.partitions = 2;
    options.epoch_records = 50;
    options.state_home = std::make_shared<GivenState>(std::move(state));
    ChainedHub::Sinks sinks;
    for (std::size_t o = 0; o < kOutputs; ++o) {
      BW_ASSIGN(sinks[o], make_file_line_sink(output(o)));
    }
    BW_ASSIGN(auto host, Host::open(test::toy_stages(), Rules{}, std::make_unique<test::LentLog>(ledger), std::move(sinks), options, {}, clock));
    damage = host->state_damage() ? std::optional(host->state_damage()->code) : std::nullopt;
    caught_up = host->caught_up_rounds();
    std::vector<IngestSource> sources(1);
    sources[0] = {std::make_unique<test::ScriptSource>("s", script()), std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    IngestOptions ingest;
    ingest.round_events = 16;
    Result<void> saved;
    RunOptions how;
    how.each_round = [&](const Round&, std::int64_t) {
      if (++rounds != kHalfWay || save_to.empty()) return;
      saved = host->pipeline().close_epoch();
      if (saved) saved = host->store().snapshot(save_to);
    };
    BW_TRY(host->run(std::move(sources), ingest, how));
    return saved;
  }
  std::string output(std::size_t o) const { return dir.path("out" + std::to_string(o)); }
  std::string alerts() const { return test::read_file(output(0)); }
};

/// An uninterrupted run, the state that it had half way, and the ledger that it wrote.
struct Uninterrupted {
  ToyRun run;
  MemoryLog ledger{2};
  Uninterrupted() {
    run.save_to = run.dir.path("half");
    const auto done = run.go(ledger);
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_GT(run.alerts().size(), 10'000U);
  }
  /// A start on this state, with all that the run wrote.
  void start_on(std::unique_ptr<StateStore> state, ToyRun& again) {
    for (std::size_t o = 0; o < kOutputs; ++o) fs::copy_file(run.output(o), again.output(o));
    again.state = std::move(state);
    const auto done = again.go(ledger);
    ASSERT_TRUE(done) << done.error().message();  // a line that differs from the one written is kDivergence
    EXPECT_EQ(again.alerts(), run.alerts());
  }
};

TEST(StateVersions, AStateOfEveryVersionThatIsKeptGoesOnToTheSameOutputs) {
  Uninterrupted whole;
  std::size_t versions = 0;
  for (const auto& entry : fs::directory_iterator(kFixtures)) {
    SCOPED_TRACE(entry.path().string());
    auto kept = open_memory_store(entry.path());
    ASSERT_TRUE(kept) << kept.error().message();
    ToyRun again;
    whole.start_on(std::move(*kept), again);
    EXPECT_EQ(again.damage, std::nullopt) << "it is read, not folded again";
    EXPECT_GT(again.caught_up, 0U);
    EXPECT_LT(again.caught_up, whole.run.rounds);
    ++versions;
  }
  EXPECT_GE(versions, 2U);
}

TEST(StateVersions, AnOlderRecordIsDiscardedAndFoldedAgainToTheSameOutputs) {
  Uninterrupted whole;
  auto old = open_memory_store(whole.run.save_to);
  ASSERT_TRUE(old);
  auto record = (*old)->get("M/pipeline");
  ASSERT_TRUE(record && *record);
  (**record)[0] = static_cast<char>((**record)[0] - 1);  // its version
  StoreBatch batch;
  batch.put("M/pipeline", **record);
  ASSERT_TRUE((*old)->write(batch));
  ToyRun again;
  whole.start_on(std::move(*old), again);
  EXPECT_EQ(again.damage, ErrorCode::kStateCorrupt);
  EXPECT_EQ(again.caught_up, whole.run.rounds);
}

TEST(StateVersions, WhatThisBuildWritesIsKept) {
  const Uninterrupted whole;
  const std::string kept = std::string(kFixtures) + "/" + kThisBuild;
  if (std::getenv("UPDATE_STATE") != nullptr) {
    fs::create_directories(kept);
    fs::copy_file(whole.run.save_to + "/" + kFile, kept + "/" + kFile, fs::copy_options::overwrite_existing);
  }
  EXPECT_TRUE(test::read_file(whole.run.save_to + "/" + kFile) == test::read_file(kept + "/" + kFile))
      << "the format of the state has changed: leave " << kept << ", give kThisBuild a new name, run with UPDATE_STATE=1";
}

}  // namespace
}  // namespace brushwatch::app
