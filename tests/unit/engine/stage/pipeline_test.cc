#include "engine/stage/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/lent_log.h"
#include "tests/support/test_clock.h"
#include "tests/support/toy_pipeline.h"

namespace brushwatch {
namespace {

using test::MemoryHub;

std::vector<std::string> script(int records) {
  std::vector<std::string> lines;
  for (int i = 0; i < records; ++i) {
    const long long t = 1'762'000'000'000LL + i * 7'000LL;
    lines.push_back(std::to_string(t) + " " + std::to_string(t - (i % 5) * 1000) + " shop" + std::to_string(i * 37 % 23));
    if (i % 50 == 49) lines.push_back("bad");
  }
  return lines;
}

std::vector<IngestSource> sources(const std::vector<std::string>& lines) {
  std::vector<IngestSource> out(2);
  std::vector<std::string> even, odd;
  for (std::size_t i = 0; i < lines.size(); ++i) (i % 2 == 0 ? even : odd).push_back(lines[i]);
  out[0] = {std::make_unique<test::ScriptSource>("even", even), std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
  out[1] = {std::make_unique<test::ScriptSource>("odd", odd), std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
  return out;
}

struct World {
  std::unique_ptr<Log> ledger = make_memory_log(4);
  std::unique_ptr<StateStore> store = make_memory_store();
  std::vector<std::string> lines;
};

/// Runs until the input ends, or dies after `die_after` rounds without a word (state, ledger and lines stay as they are).
Result<void> run_world(World& world, const std::vector<std::string>& input, unsigned threads, int die_after = -1, std::uint64_t epoch_records = 100) {
  ManualClock clock;
  MemoryHub hub(world.lines);
  PipelineOptions options;
  options.threads = threads;
  options.epoch_records = epoch_records;
  Pipeline pipeline(*world.ledger, *world.store, hub, test::toy_stages(), Rules{}, options, clock);
  BW_TRY(pipeline.open());
  auto caught_up = pipeline.catch_up();
  if (!caught_up) return tl::unexpected<Error>(caught_up.error());
  for (std::uint32_t p = 0; p < world.ledger->partitions(); ++p) BW_TRY(world.ledger->truncate(p, pipeline.offsets()[p]));
  IngestOptions ingest_options;
  ingest_options.round_events = 64;
  Ingest ingest(*world.ledger, sources(input), ingest_options, clock);
  BW_TRY(ingest.resume(pipeline.next_round(), pipeline.writer_epoch() + 1, pipeline.last_tick(), pipeline.source_names()));
  for (int n = 0; n != die_after; ++n) {
    auto round = ingest.next_round([] { return false; });
    if (!round) return tl::unexpected<Error>(round.error());
    if (!*round) return pipeline.close_epoch();
    BW_TRY(pipeline.fold(**round, true));
  }
  return {};
}

TEST(Pipeline, GivesTheSameLinesForAnyNumberOfThreads) {
  const auto input = script(600);
  World one, two, four;
  ASSERT_TRUE(run_world(one, input, 1));
  ASSERT_TRUE(run_world(two, input, 2));
  ASSERT_TRUE(run_world(four, input, 4));
  EXPECT_GT(one.lines.size(), 600U);
  EXPECT_EQ(one.lines, two.lines);
  EXPECT_EQ(one.lines, four.lines);
}

TEST(Pipeline, GivesTheSameLinesAfterACrashInAnyRound) {
  const auto input = script(300);
  World straight;
  ASSERT_TRUE(run_world(straight, input, 1));
  for (int die_after = 0; die_after < 12; ++die_after) {
    World world;
    ASSERT_TRUE(run_world(world, input, 1, die_after));
    ASSERT_TRUE(run_world(world, input, 1, 2));  // a second death, inside recovery's wake
    const auto finished = run_world(world, input, 2);
    ASSERT_TRUE(finished) << finished.error().message();
    EXPECT_EQ(world.lines, straight.lines) << "died after round " << die_after;
  }
}

TEST(Pipeline, ReplaysItsLedgerToTheSameLines) {
  const auto input = script(300);
  World live;
  ASSERT_TRUE(run_world(live, input, 1));
  ManualClock clock;
  std::vector<std::string> again;
  MemoryHub hub(again);
  auto store = make_memory_store();
  Pipeline pipeline(*live.ledger, *store, hub, test::toy_stages(), Rules{}, {}, clock);
  ASSERT_TRUE(pipeline.open());
  ASSERT_TRUE(pipeline.catch_up());
  EXPECT_EQ(again, live.lines);
}

TEST(Pipeline, SendsRefusedRecordsToTheDeadLettersWithTheirBytes) {
  World world;
  ASSERT_TRUE(run_world(world, script(100), 1));
  int dead = 0;
  for (const std::string& line : world.lines) {
    if (!line.starts_with("dlq ")) continue;
    ++dead;
    EXPECT_NE(line.find("\"bytes_base64\":\"YmFk\""), std::string::npos) << line;  // "bad"
    EXPECT_NE(line.find("\"error\":\"not_json\""), std::string::npos);
  }
  EXPECT_EQ(dead, 2);
}

TEST(Pipeline, SendsTooLateEventsToTheSideOutput) {
  auto input = script(100);
  input.push_back("1762099000000 1762000000000 late_shop");
  input.push_back("1762099000001 1762000000000 late_shop");
  World world;
  ASSERT_TRUE(run_world(world, input, 1));
  int late = 0;
  for (const std::string& line : world.lines) late += line.starts_with("late ") && line.find("late_shop") != std::string::npos;
  EXPECT_EQ(late, 0) << "the round's own watermark is the one before it: lateness is judged by what was known";
  input.push_back("1762199000000 1762000000000 late_shop");
  World again;
  ASSERT_TRUE(run_world(again, input, 1));
  late = 0;
  for (const std::string& line : again.lines) late += line.starts_with("late ") && line.find("late_shop") != std::string::npos;
  EXPECT_EQ(late, 1);
}

TEST(Pipeline, RefusesAStateThatIsAheadOfItsLedger) {
  World world;
  ASSERT_TRUE(run_world(world, script(200), 1));
  world.ledger = make_memory_log(4);
  const auto result = run_world(world, script(200), 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kStateForeign);
}

TEST(Pipeline, RefusesAStateThatLostAnEpochBetweenOthers) {
  World world;
  ASSERT_TRUE(run_world(world, script(300), 1, -1, 20));
  std::string third;
  ASSERT_TRUE(world.store->scan("E/", [&](std::string_view key, std::string_view) {
    third = key;
    return key != std::string_view("E/\0\3", 4);
  }));
  StoreBatch lost;
  lost.erase(third);
  ASSERT_TRUE(world.store->write(lost));
  const auto result = run_world(world, script(300), 1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kStateCorrupt);
}

TEST(Pipeline, NeverGivesAWriterANumberThatWasTaken) {
  World world;
  ASSERT_TRUE(run_world(world, script(200), 1));
  // The state is lost; folding the ledger closes epochs on the way, and dies there.
  world.store = make_memory_store();
  {
    ManualClock clock;
    MemoryHub hub(world.lines);
    PipelineOptions options;
    options.epoch_records = 1;
    Pipeline pipeline(*world.ledger, *world.store, hub, test::toy_stages(), Rules{}, options, clock);
    ASSERT_TRUE(pipeline.open());
    ASSERT_TRUE(pipeline.catch_up());
  }
  MemoryHub hub(world.lines);
  ManualClock clock;
  Pipeline pipeline(*world.ledger, *world.store, hub, test::toy_stages(), Rules{}, {}, clock);
  ASSERT_TRUE(pipeline.open());
  ASSERT_TRUE(pipeline.catch_up());
  EXPECT_EQ(pipeline.writer_epoch(), 1U) << "the epoch that wrote the ledger, from the state alone";
}

/// A ledger that counts how many frames it took, and how often one thread asked where it ends.
class AskedLog final : public test::LentLog {
 public:
  using LentLog::LentLog;
  Result<std::uint64_t> end_offset(std::uint32_t p) override {
    if (std::this_thread::get_id() == fold_) ++asked;
    return LentLog::end_offset(p);
  }
  Result<void> append(std::uint32_t p, std::string_view bytes) override {
    auto done = LentLog::append(p, bytes);
    ++frames;
    return done;
  }

  std::atomic<int> frames{0}, asked{0};

 private:
  std::thread::id fold_ = std::this_thread::get_id();
};

TEST(Pipeline, AsksOnceForAllRoundsThatWaitedTooLong) {
  // Rounds of four events, all of them written before the first is folded: the fold is behind by more than it may trust.
  constexpr int kRounds = 30;
  const auto log = make_memory_log(4);
  AskedLog ledger(*log);
  test::TestClock clock;
  const auto store = make_memory_store();
  std::vector<std::string> lines;
  MemoryHub hub(lines);
  Pipeline pipeline(ledger, *store, hub, test::toy_stages(), Rules{}, {}, clock);
  ASSERT_TRUE(pipeline.open());
  ASSERT_TRUE(pipeline.catch_up());
  IngestOptions how;
  how.merge = false;
  how.round_events = 4;
  Ingest ingest(ledger, sources(script(4 * kRounds)), how, clock);
  auto tenure = pipeline.claim();
  ASSERT_TRUE(tenure);
  ASSERT_TRUE(ingest.resume(pipeline.next_round(), std::move(*tenure), nullptr, {}));
  RunOptions options;
  options.trust_ms = 1'000;
  options.seal_at_end = false;
  int folded = 0;
  const int others = ledger.asked, claims = ledger.frames;  // what starting asked and wrote
  options.before_round = [&]() -> Result<void> {
    if (folded++ == 0) {
      while (ledger.frames - claims < kRounds * 4) std::this_thread::yield();
      clock.advance(10'000);
    }
    if (folded == kRounds / 2) clock.advance(10'000);
    return {};
  };
  const auto done = run(pipeline, ingest, hub, clock, options);
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_GE(folded, kRounds);
  EXPECT_EQ(ledger.asked - others, 2 * 4) << "each partition once after each of the two pauses, not before every round";
}

}  // namespace
}  // namespace brushwatch
