#include "apps/host.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "connectors/memory/memory_log.h"
#include "tests/support/lent_log.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/toy_pipeline.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> script() {
  std::vector<std::string> lines;
  for (int i = 0; i < 400; ++i) {
    const long long t = 1'762'000'000'000LL + i * 7'000LL;
    lines.push_back(std::to_string(t) + " " + std::to_string(t) + " shop" + std::to_string(i * 37 % 23));
  }
  return lines;
}

struct Folder {
  test::TempDir dir;
  std::unique_ptr<MemoryLog> ledger = std::make_unique<MemoryLog>(2);
  std::optional<ErrorCode> damage;

  Result<void> go() {
    ManualClock clock;
    HostOptions options;
    options.partitions = 2;
    options.epoch_records = 50;
    options.state_directory = dir.path("state");
    ChainedHub::Sinks sinks;
    for (std::size_t o = 0; o < kOutputs; ++o) {
      BW_ASSIGN(sinks[o], make_file_line_sink(dir.path("out" + std::to_string(o))));
    }
    BW_ASSIGN(auto host, Host::open(test::toy_stages(), Rules{}, std::make_unique<test::LentLog>(*ledger), std::move(sinks), options, {}, clock));
    damage = host->state_damage() ? std::optional(host->state_damage()->code) : std::nullopt;
    std::vector<IngestSource> sources(1);
    sources[0] = {std::make_unique<test::ScriptSource>("s", script()), std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    IngestOptions ingest;
    ingest.round_events = 16;
    return host->run(std::move(sources), ingest, {});
  }
  std::string alerts() { return test::read_file(dir.path("out0")); }
};

TEST(Host, FoldsADamagedStateAgainFromTheLedger) {
  Folder run;
  ASSERT_TRUE(run.go());
  EXPECT_EQ(run.damage, std::nullopt);
  const std::string before = run.alerts();
  ASSERT_GT(before.size(), 10'000U);
  std::ofstream(run.dir.path("state/CURRENT")) << "MANIFEST-999999\n";
  const auto again = run.go();
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(run.damage, ErrorCode::kStateCorrupt);
  EXPECT_EQ(run.alerts(), before);
  ASSERT_TRUE(run.go());
  EXPECT_EQ(run.damage, std::nullopt) << "healed";
}

TEST(Host, WritesAnOutputAgainWhoseEndWasLost) {
  Folder run;
  ASSERT_TRUE(run.go());
  const std::string before = run.alerts();
  fs::resize_file(run.dir.path("out0"), before.size() / 2);
  const auto again = run.go();
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(run.alerts(), before);
}

TEST(Host, RefusesADamagedStateWhenTheLedgerHasLostItsBeginning) {
  Folder run;
  ASSERT_TRUE(run.go());
  const std::string before = run.alerts();
  for (std::uint32_t p = 0; p < 2; ++p) ASSERT_TRUE(run.ledger->drop_before(p, 1));
  std::ofstream(run.dir.path("state/CURRENT")) << "MANIFEST-999999\n";
  const auto again = run.go();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kStateCorrupt);
  EXPECT_EQ(run.alerts(), before);
}

}  // namespace
}  // namespace brushwatch::app
