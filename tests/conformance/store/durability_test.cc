/// What is on disk: reopening, the death of the process, damage.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "state/memory_store.h"
#include "state/rocksdb/rocksdb_store.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

RocksDbOptions small(const std::string& directory, bool bulk = false) {
  return {.directory = directory, .cache_bytes = 4 << 20, .write_buffer_bytes = 1 << 20, .bulk = bulk};
}

/// Epoch n: `rows` rows and the epoch's number, which must agree after any crash.
StoreBatch epoch(int n, int rows) {
  StoreBatch batch;
  for (int i = 0; i < rows; ++i) batch.put("row" + std::to_string(i), std::to_string(n));
  batch.put("epoch", std::to_string(n));
  return batch;
}

TEST(RocksDbStore, HoldsItsContentWhenReopened) {
  test::TempDir folder;
  for (int n = 1; n <= 3; ++n) {
    auto store = open_rocksdb_store(small(folder.path("a/b/state")));
    ASSERT_TRUE(store) << store.error().message();
    const auto before = (*store)->get("epoch");
    EXPECT_EQ(before->value_or("0"), std::to_string(n - 1));
    ASSERT_TRUE((*store)->write(epoch(n, 10)));
  }
}

/// The child of the tests below: writes epoch after epoch and reports each one, until it is killed.
TEST(RocksDbWriter, DISABLED_UntilKilled) {
  const char* const directory = std::getenv("BW_WRITER_DIRECTORY");
  if (directory == nullptr) GTEST_SKIP() << "runs only as a child";
  const bool bulk = std::string_view(std::getenv("BW_WRITER_MODE")) == "bulk";
  const int pipe_end = std::atoi(std::getenv("BW_WRITER_PIPE"));
  auto store = open_rocksdb_store(small(directory, bulk));
  ASSERT_TRUE(store) << store.error().message();
  for (int n = std::atoi(std::getenv("BW_WRITER_FROM"));; ++n) {
    // Bulk: big and small epochs in turn, so that both ways of writing meet.
    ASSERT_TRUE((*store)->write(epoch(n, bulk && n % 2 == 0 ? 5000 : 400)));
    ASSERT_EQ(::write(pipe_end, &n, sizeof n), static_cast<ssize_t>(sizeof n));
  }
}

class RocksDbKill : public ::testing::TestWithParam<bool> {};

TEST_P(RocksDbKill, NeverLosesOrTearsAWrittenBatch) {
  const bool bulk = GetParam();
  test::TempDir folder;
  int known = 0;  // highest epoch that a killed process had reported as written
  for (int life = 0; life < 4; ++life) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // A fresh image: RocksDB's threads of this process do not live on in a fork.
      ::setenv("BW_WRITER_DIRECTORY", folder.path("state").c_str(), 1);
      ::setenv("BW_WRITER_MODE", bulk ? "bulk" : "logged", 1);
      ::setenv("BW_WRITER_FROM", std::to_string(known + 1).c_str(), 1);
      ::setenv("BW_WRITER_PIPE", std::to_string(pipe_ends[1]).c_str(), 1);
      ::unsetenv("GTEST_OUTPUT");
      ::execl("/proc/self/exe", "writer", "--gtest_brief=1", "--gtest_also_run_disabled_tests", "--gtest_filter=RocksDbWriter.DISABLED_UntilKilled",
              static_cast<char*>(nullptr));
      ::_exit(1);
    }
    ::close(pipe_ends[1]);
    const int stop_at = known + 6 + life * 5;
    int n = 0;
    while (n < stop_at && ::read(pipe_ends[0], &n, sizeof n) == sizeof n) {}
    ::kill(child, SIGKILL);
    int state = 0;
    ::waitpid(child, &state, 0);
    while (::read(pipe_ends[0], &n, sizeof n) == sizeof n) {}
    ::close(pipe_ends[0]);
    ASSERT_TRUE(WIFSIGNALED(state)) << "the child must not fail by itself";
    ASSERT_GE(n, stop_at);

    auto store = open_rocksdb_store(small(folder.path("state"), bulk));
    ASSERT_TRUE(store) << store.error().message();
    const int found = std::stoi((*store)->get("epoch")->value_or("0"));
    EXPECT_GE(found, n);
    EXPECT_LE(found, n + 1) << "at most the batch that was being written";
    for (int i = 0; i < 400; ++i) {
      ASSERT_EQ((*store)->get("row" + std::to_string(i))->value_or(""), std::to_string(found)) << i;
    }
    if (bulk) {
      const int big = found % 2 == 0 ? found : found - 1;
      ASSERT_EQ((*store)->get("row4999")->value_or(""), std::to_string(big));
    }
    known = found;
  }
}
INSTANTIATE_TEST_SUITE_P(Modes, RocksDbKill, ::testing::Values(false, true),
                         [](const auto& test) { return test.param ? "bulk" : "logged"; });

TEST(RocksDbStore, IsHeldByOneOwnerAtATime) {
  test::TempDir folder;
  auto first = open_rocksdb_store(small(folder.path("state")));
  ASSERT_TRUE(first);
  const auto second = open_rocksdb_store(small(folder.path("state")));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kStateIo);
}

TEST(RocksDbStore, ReportsDamageAndDoesNotRepairIt) {
  test::TempDir folder;
  {
    auto store = open_rocksdb_store(small(folder.path("state"), true));
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->write(epoch(1, 5000)));  // bulk: in a table file at once
  }
  int damaged = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path("state"))) {
    if (file.path().extension() != ".sst") continue;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(100);
    bytes.write("damage damage damage", 20);
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  auto store = open_rocksdb_store(small(folder.path("state")));
  if (store) {
    const auto outcome = (*store)->scan("", [](auto, auto) { return true; });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kStateCorrupt);
  } else {
    EXPECT_EQ(store.error().code, ErrorCode::kStateCorrupt);
  }
}

TEST(RocksDbStore, NamesAnUnusableDirectory) {
  test::TempDir folder;
  std::ofstream(folder.path("file")) << "not a folder";
  const auto store = open_rocksdb_store(small(folder.path("file/state")));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kStateIo);
}

TEST(RocksDbStore, TellsItsNumbersAndZeroForUnknownOnes) {
  test::TempDir folder;
  auto store = open_rocksdb_store(small(folder.path("state")));
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->write(epoch(1, 100)));
  EXPECT_GT((*store)->property("rocksdb.estimate-num-keys"), 50U);
  EXPECT_EQ((*store)->property("rocksdb.no-such-number"), 0U);
}

TEST(MemoryStore, RefusesADamagedOrAbsentSnapshot) {
  test::TempDir folder;
  EXPECT_EQ(open_memory_store(folder.path("none")).error().code, ErrorCode::kStateIo);
  auto store = make_memory_store();
  ASSERT_TRUE(store->write(epoch(1, 10)));
  ASSERT_TRUE(store->snapshot(folder.path("whole")));
  const std::string file = folder.path("whole") + "/memory.store";
  const auto size = static_cast<int>(std::filesystem::file_size(file));
  for (int at = 0; at < size; at += 7) {
    std::filesystem::remove_all(folder.path("copy"));
    std::filesystem::copy(folder.path("whole"), folder.path("copy"));
    std::fstream bytes(folder.path("copy") + "/memory.store", std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at);
    const char flipped = static_cast<char>(bytes.get() ^ 0x40);
    bytes.seekp(at);
    bytes.put(flipped);
    bytes.close();
    EXPECT_FALSE(open_memory_store(folder.path("copy"))) << at;
  }
  std::filesystem::resize_file(file, static_cast<std::uintmax_t>(size) / 2);
  EXPECT_EQ(open_memory_store(folder.path("whole")).error().code, ErrorCode::kStateCorrupt);
}

}  // namespace
}  // namespace brushwatch
