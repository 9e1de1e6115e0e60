/// Damage at rest, in one process: real file ledger, RocksDB and output files under toy stages, thousands of damages a minute.
/// tools/prove.py flips does the same to the whole program.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "alliance/verify.h"
#include "apps/host.h"
#include "connectors/file/file_log.h"
#include "tests/sim/sim_input.h"
#include "tests/support/process.h"

namespace brushwatch::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kShortCount = 250;
constexpr const char* kOutputFiles[] = {"alerts.ndjson", "late.ndjson", "dlq.ndjson", "cases.ndjson", "lists.ndjson", "credit.ndjson"};

/// Memory when there is some, as tools/prove does: the device is not what is tested.
fs::path scratch() {
  const fs::path root = fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
  std::string pattern = (root / "brushwatch-bits-XXXXXX").string();
  return ::mkdtemp(pattern.data());
}

/// So many shops that an epoch is ingested as a file, and a rest that stays in the log of the store.
const Script& script() {
  static const Script lines = [] {
    Script made;
    Chance chance(11);
    long long t = 1'762'000'000'000LL;
    for (int i = 0; i < 2'600; ++i) {
      t += 10 + static_cast<long long>(chance.below(20));  // all shops within the minute after which a row ends
      if (i % 400 == 399) made.emplace_back("bad");
      const long long behind = i % 500 == 499 ? 6 * kHourMs : 0;
      made.push_back(std::to_string(t) + " " + std::to_string(t - behind) + " shop" + std::to_string(i < 2'100 ? i % 2'000 : i % 40));
    }
    return made;
  }();
  return lines;
}

struct Ended {
  ErrorCode code = ErrorCode::kNone;
  bool refolded = false;
  std::string message;
};

/// Runs over `dir` to the end, or for `rounds` rounds and leaves.
Ended go(const fs::path& dir, int rounds = -1) {
  Ended ended;
  auto process = std::make_shared<Process>();
  Chance chance(1);
  process->chance = &chance;
  const auto run = [&]() -> Result<void> {
    ManualClock clock;
    FileLogOptions log;
    log.directory = (dir / "ledger").string();
    log.partitions = 2;
    log.segment_bytes = 48 * 1024;  // several, so that damage also meets those that opening does not read
    BW_ASSIGN(auto ledger, open_file_log(log));
    app::ChainedHub::Sinks sinks;
    for (std::size_t o = 0; o < kOutputs; ++o) {
      BW_ASSIGN(sinks[o], app::make_file_line_sink((dir / kOutputFiles[o]).string()));
    }
    app::HostOptions options;
    options.partitions = 2;
    options.epoch_records = 2'150;
    options.state_directory = (dir / "state").string();
    Log* const lent = ledger.get();
    BW_ASSIGN(auto host, app::Host::open(sim_stages(nullptr), Rules{}, std::move(ledger), std::move(sinks), options, {}, clock));
    ended.refolded = host->state_damage().has_value();
    BW_TRY(host->begin_writing());
    std::vector<IngestSource> in;
    in.push_back({std::make_shared<SimSource>("s", script(), false, process), make_sim_decoder(), IngestClock::kRecord});
    IngestOptions ingest_options;
    ingest_options.round_events = 200;
    ingest_options.round_ms = kDayMs;
    Ingest ingest(*lent, std::move(in), ingest_options, clock);
    Pipeline& pipeline = host->pipeline();
    BW_TRY(ingest.resume(pipeline.next_round(), pipeline.writer_epoch(), pipeline.last_tick(), pipeline.source_names()));
    for (; rounds != 0; --rounds) {
      BW_ASSIGN(auto round, ingest.next_round([] { return false; }));
      if (!round) {
        BW_TRY(host->hub().seal(pipeline.next_round()));
        return pipeline.close_epoch();
      }
      BW_TRY(pipeline.fold(*round, true));
    }
    return {};
  };
  if (auto done = run(); !done) {
    ended.code = done.error().code;
    ended.message = done.error().message();
  }
  return ended;
}

std::vector<std::string> outputs_of(const fs::path& dir) {
  std::vector<std::string> out;
  for (const char* name : kOutputFiles) out.push_back(fs::exists(dir / name) ? test::read_file((dir / name).string()) : std::string());
  return out;
}

bool verifies(const fs::path& dir) {
  for (const char* name : kOutputFiles) {
    std::ifstream file(dir / name);
    if (!verify_lines([&](std::string& line) { return static_cast<bool>(std::getline(file, line)); }).ok()) return false;
  }
  return true;
}

std::string damage(const fs::path& path, Chance& chance) {
  std::string data = test::read_file(path.string());
  std::size_t at = 0;
  if (!data.empty()) {
    const std::size_t near = std::min<std::size_t>(data.size(), 4'096);
    const std::size_t places[] = {chance.below(data.size()), chance.below(near), data.size() - 1 - chance.below(near)};
    at = places[chance.below(3)];
  }
  const std::uint64_t kind = data.empty() ? 6 : chance.below(7);
  const char* name = "bit";
  if (kind < 3) {
    data[at] = static_cast<char>(data[at] ^ (1 << chance.below(8)));
  } else if (kind == 3) {
    name = "bits";
    for (std::uint64_t n = 2 + chance.below(40); n > 0; --n) data[chance.below(data.size())] ^= static_cast<char>(1 << chance.below(8));
  } else if (kind == 4) {
    name = "sector";
    at -= at % 512;
    std::fill(data.begin() + static_cast<std::ptrdiff_t>(at), data.begin() + static_cast<std::ptrdiff_t>(std::min(data.size(), at + 512)), '\0');
  } else if (kind == 5) {
    name = "cut";
    data.resize(at);
  } else {
    name = "grown";
    for (std::uint64_t n = 1 + chance.below(600); n > 0; --n) data.push_back(static_cast<char>(chance.below(256)));
  }
  test::write_file(path.string(), data);
  return path.filename().string() + ": " + name + " at byte " + std::to_string(at) + " of " + std::to_string(data.size());
}

/// Bases and reference, made once.
struct Bases {
  fs::path root = scratch();
  std::vector<std::string> reference;
  Bases() {
    EXPECT_EQ(go(root / "done").message, "");
    reference = outputs_of(root / "done");
    EXPECT_TRUE(verifies(root / "done"));
    EXPECT_EQ(go(root / "middle", 12).message, "");
    EXPECT_NE(outputs_of(root / "middle"), reference);
    bool sst = false;
    for (const auto& entry : fs::directory_iterator(root / "middle" / "state")) sst = sst || entry.path().extension() == ".sst";
    EXPECT_TRUE(sst) << "an epoch was ingested";
  }
  ~Bases() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
};

std::string one_case(const Bases& bases, std::uint64_t number, std::map<std::string, int>& counts) {
  Chance chance(number * 0x9E3779B97F4A7C15ULL + 5);
  const std::string base = chance.below(3) == 0 ? "done" : "middle";
  const fs::path dir = bases.root / "case";
  fs::remove_all(dir);
  fs::copy(bases.root / base, dir, fs::copy_options::recursive);
  // By folder first: the state has many files, and the ledger and the outputs must not drown in them.
  std::vector<fs::path> files;
  const std::uint64_t folder = chance.below(4);
  for (const auto& entry : fs::recursive_directory_iterator(folder == 0 ? dir / "ledger" : folder == 1 ? dir : dir / "state")) {
    const std::string name = entry.path().filename().string();
    const bool output = entry.path().parent_path() == dir;
    if (entry.is_regular_file() && name != "LOCK" && name != "LOG" && (folder != 1 || output)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  const fs::path file = files[chance.below(files.size())];
  const bool output = file.parent_path() == dir;
  const std::string what = base + ": " + fs::relative(file.parent_path(), dir).string() + "/" + damage(file, chance);
  Ended ended = go(dir);
  const bool state = file.parent_path() == dir / "state";
  if (ended.code != ErrorCode::kNone) {
    ++counts["told"];
    const auto number_of = static_cast<unsigned>(ended.code);
    if (number_of >= 9'000 && !output && state) return what + ": a damaged state led to " + ended.message;
    if (!output) {
      const auto found = outputs_of(dir);
      for (std::size_t o = 0; o < found.size(); ++o) {
        const std::string whole = found[o].substr(0, found[o].rfind('\n') + 1);
        if (bases.reference[o].compare(0, whole.size(), whole) != 0) return what + ": told, but lines were written that never were: " + ended.message;
      }
    }
    if (!state) return {};
    ended = go(dir);  // the damaged state is gone by now
    if (ended.code != ErrorCode::kNone) return what + ": the start after the damaged one: " + ended.message;
  } else {
    ++counts[ended.refolded ? "folded again" : "same"];
  }
  if (outputs_of(dir) == bases.reference) return {};
  if (output && !verifies(dir)) {
    ++counts["only verify saw it"];
    return {};
  }
  return what + ": success with other bytes";
}

TEST(Damage, IsToldOrHealedAndNeverSilent) {
  unsigned long long first = 1, count = kShortCount;
  if (const char* asked = std::getenv("BW_BITS")) {
    ASSERT_EQ(std::sscanf(asked, "%llu %llu", &first, &count), 2) << "BW_BITS=\"FIRST COUNT\"";
  }
  const Bases bases;
  ASSERT_FALSE(HasFailure());
  std::map<std::string, int> counts;
  int wrong = 0;
  for (std::uint64_t number = first; number < first + count && wrong < 5; ++number) {
    const std::string failure = one_case(bases, number, counts);
    if (failure.empty()) continue;
    ++wrong;
    ADD_FAILURE() << failure << "\n  again: BW_BITS=\"" << number << " 1\" build/release/tests/sim --gtest_filter=Damage.*";
  }
  std::printf("bits: {\"first\": %llu, \"flips\": %llu, \"silent\": %d, \"told\": %d, \"refolded\": %d, \"same\": %d, \"verify_only\": %d}\n", first, count, wrong,
              counts["told"], counts["folded again"], counts["same"], counts["only verify saw it"]);
  if (count < 100) return;
  EXPECT_GT(counts["told"], 0);
  EXPECT_GT(counts["folded again"], 0);
}

}  // namespace
}  // namespace brushwatch::sim
