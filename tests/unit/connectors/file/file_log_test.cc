#include "connectors/file/file_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

class FileLogTest : public ::testing::Test {
 protected:
  FileLogOptions options(std::uint32_t partitions = 1) {
    FileLogOptions o;
    o.directory = folder_.path("log");
    o.partitions = partitions;
    o.segment_bytes = 1024 * 1024;
    return o;
  }
  std::unique_ptr<Log> open(FileLogOptions o) {
    auto log = open_file_log(o);
    if (!log) throw std::runtime_error(log.error().message());
    return std::move(*log);
  }
  std::unique_ptr<Log> open() { return open(options()); }
  ErrorCode refused(const FileLogOptions& o) {
    auto log = open_file_log(o);
    return log ? ErrorCode::kNone : log.error().code;
  }
  static std::string text(std::uint64_t i) { return "record " + std::to_string(i) + std::string(i % 50, '.'); }
  void write(std::uint64_t from, std::uint64_t to) {
    auto log = open();
    for (; from < to; ++from) ASSERT_TRUE(log->append(0, text(from)));
    ASSERT_TRUE(log->sync());
  }
  void expect_records(Log& log, std::uint64_t count) {
    EXPECT_EQ(*log.end_offset(0), count);
    std::vector<LogRecord> out;
    for (std::uint64_t i = 0; i < count; i += out.size()) {
      const auto read = log.read(0, i, 1000, 0, out);
      ASSERT_TRUE(read) << read.error().message();
      ASSERT_FALSE(out.empty());
      for (std::size_t k = 0; k < out.size(); ++k) ASSERT_EQ(out[k].payload, text(i + k));
    }
  }
  std::string segment(std::uint64_t base = 0) {
    std::string digits = std::to_string(base);
    return folder_.path("log/0/" + std::string(20 - digits.size(), '0') + digits + ".log");
  }
  std::string bytes(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  void put(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

  test::TempDir folder_;
};

TEST_F(FileLogTest, EveryCutOfTheLastRecordIsATornTailThatIsDroppedAndWrittenAnew) {
  write(0, 4);
  const std::string before = bytes(segment());
  write(4, 5);
  const std::string whole = bytes(segment());
  for (std::size_t size = before.size(); size < whole.size(); ++size) {
    put(segment(), whole.substr(0, size));
    {
      auto log = open();
      ASSERT_EQ(*log->end_offset(0), 4U) << "cut at byte " << size;
      EXPECT_EQ(fs::file_size(segment()), before.size());
    }
    write(4, 5);
    ASSERT_EQ(bytes(segment()), whole) << "cut at byte " << size;
  }
}

TEST_F(FileLogTest, ZerosBehindTheLastRecordAreATornTail) {
  write(0, 3);
  put(segment(), bytes(segment()) + std::string(5000, '\0'));
  auto log = open();
  expect_records(*log, 3);
}

TEST_F(FileLogTest, AFlippedBitAnywhereBeforeTheLastRecordIsAnErrorWithFileAndOffset) {
  write(0, 2);
  const std::size_t two = bytes(segment()).size();
  write(2, 3);
  const std::string whole = bytes(segment());
  for (std::size_t at = 0; at < two; ++at) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 1 << at % 8);
    put(segment(), broken);
    const auto log = open_file_log(options());
    ASSERT_FALSE(log) << "byte " << at;
    EXPECT_EQ(log.error().code, ErrorCode::kLogCorrupt);
    EXPECT_LT(log.error().number, 2) << "byte " << at;
    EXPECT_NE(log.error().context.find(segment()), std::string::npos);
    ASSERT_EQ(bytes(segment()), broken) << "damage is kept for the person who looks";
  }
}

TEST_F(FileLogTest, AFlippedBitInAnEarlierSegmentIsMetByTheReadThatPassesIt) {
  FileLogOptions small = options();
  small.segment_bytes = 200;
  {
    auto log = open(small);
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(log->append(0, text(i)));
    ASSERT_TRUE(log->sync());
  }
  std::string broken = bytes(segment());
  broken[20] ^= 4;
  put(segment(), broken);
  auto log = open(small);
  std::vector<LogRecord> out;
  const auto read = log->read(0, 0, 100, 0, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kLogCorrupt);
  EXPECT_EQ(read.error().number, 0);
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(log->read(0, 30, 100, 0, out)) << "what is not damaged stays readable";
}

TEST_F(FileLogTest, SegmentsAreNamedByTheirFirstOffsetAndJoinWithoutAGap) {
  FileLogOptions small = options();
  small.segment_bytes = 500;
  for (int round = 0; round < 3; ++round) {
    auto log = open(small);
    const std::uint64_t from = *log->end_offset(0);
    for (std::uint64_t i = from; i < from + 40; ++i) ASSERT_TRUE(log->append(0, text(i)));
    ASSERT_TRUE(log->sync());
  }
  EXPECT_TRUE(fs::exists(segment(0)));
  EXPECT_GT(std::distance(fs::directory_iterator(folder_.path("log/0")), fs::directory_iterator()), 5);
  auto log = open(small);
  expect_records(*log, 120);
}

TEST_F(FileLogTest, AfterTheFirstSegmentsAreRemovedTheLogBeginsLaterAndAReadBelowIsAnError) {
  FileLogOptions small = options();
  small.segment_bytes = 500;
  {
    auto log = open(small);
    for (std::uint64_t i = 0; i < 60; ++i) ASSERT_TRUE(log->append(0, text(i)));
    ASSERT_TRUE(log->sync());
  }
  fs::remove(segment(0));
  auto log = open(small);
  const std::uint64_t begin = *log->begin_offset(0);
  EXPECT_GT(begin, 0U);
  std::vector<LogRecord> out;
  const auto below = log->read(0, begin - 1, 10, 0, out);
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().code, ErrorCode::kLogTruncated);
  ASSERT_TRUE(log->read(0, begin, 1, 0, out));
  EXPECT_EQ(out.at(0).payload, text(begin));
}

TEST_F(FileLogTest, AMissingSegmentInTheMiddleIsNeverJumpedOver) {
  FileLogOptions small = options();
  small.segment_bytes = 500;
  std::vector<fs::path> segments;
  {
    auto log = open(small);
    for (std::uint64_t i = 0; i < 60; ++i) ASSERT_TRUE(log->append(0, text(i)));
    ASSERT_TRUE(log->sync());
  }
  for (const auto& entry : fs::directory_iterator(folder_.path("log/0"))) segments.push_back(entry.path());
  std::sort(segments.begin(), segments.end());
  ASSERT_GT(segments.size(), 3U);
  fs::remove(segments[1]);
  auto log = open(small);
  std::vector<LogRecord> out;
  const auto read = log->read(0, 0, 1000, 0, out);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kLogCorrupt);
}

TEST_F(FileLogTest, TheNumberOfPartitionsIsFixed) {
  (void)open(options(4));
  EXPECT_EQ(refused(options(3)), ErrorCode::kTopicMismatch);
  EXPECT_EQ(open_file_log(options(3)).error().number, 4);
  EXPECT_EQ(open(options(0))->partitions(), 4U) << "0 takes what the log has";
}

TEST_F(FileLogTest, RecordsWithoutAReadableManifestAreNotANewLog) {
  write(0, 1);
  put(folder_.path("log/manifest"), "brushwatch-file-log 2\npartitions 1\n");
  EXPECT_EQ(refused(options()), ErrorCode::kStateVersion);
  for (const char* manifest : {"", "hello", "brushwatch-file-log 1\npartitions 0\n", "brushwatch-file-log 1\npartitions 1"}) {
    put(folder_.path("log/manifest"), manifest);
    EXPECT_EQ(refused(options()), ErrorCode::kLogCorrupt) << manifest;
  }
  fs::remove(folder_.path("log/manifest"));
  EXPECT_EQ(refused(options()), ErrorCode::kLogCorrupt);
}

TEST_F(FileLogTest, ASecondWriterIsRefusedUntilTheFirstIsGone) {
  auto first = open();
  EXPECT_EQ(refused(options()), ErrorCode::kStateForeign);
  first.reset();
  EXPECT_EQ(refused(options()), ErrorCode::kNone);
}

TEST_F(FileLogTest, AReadOnlyLogFollowsItsWriterAcrossSegmentsAndRefusesToWrite) {
  FileLogOptions small = options();
  small.segment_bytes = 300;
  auto writer = open(small);
  FileLogOptions reading = small;
  reading.read_only = true;
  auto reader = open(reading);
  std::vector<LogRecord> out;
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(writer->append(0, text(i)));
    if (i % 5 != 4) continue;
    ASSERT_TRUE(writer->sync());
    ASSERT_TRUE(reader->read(0, next, 100, 0, out));
    for (const LogRecord& record : out) EXPECT_EQ(record.payload, text(next++));
    EXPECT_EQ(next, i + 1);
  }
  EXPECT_EQ(reader->append(0, "x").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(reader->truncate(0, 0).error().code, ErrorCode::kUnsupported);
}

TEST_F(FileLogTest, AReadOnlyLogLeavesATornTailAloneAndDoesNotShowIt) {
  write(0, 3);
  const std::string torn = bytes(segment()) + "half of a record th";
  put(segment(), torn);
  FileLogOptions reading = options();
  reading.read_only = true;
  auto reader = open(reading);
  expect_records(*reader, 3);
  EXPECT_EQ(bytes(segment()), torn);
  // The writer comes back, cuts the tail and goes on: the reader sees the new record, not the half one it had read ahead.
  write(3, 4);
  expect_records(*reader, 4);
}

TEST_F(FileLogTest, ReadingOnlyNeedsALogThatIsThere) {
  FileLogOptions reading = options();
  reading.read_only = true;
  EXPECT_EQ(refused(reading), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(folder_.path("log"))) << "a reader makes nothing";
}

TEST_F(FileLogTest, AppendsWithoutSyncAreReadableAndWrittenWhenTheLogIsClosed) {
  auto log = open();
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(log->append(0, text(i)));
  expect_records(*log, 5);
  ASSERT_TRUE(log->append(0, text(5)));
  log.reset();
  log = open();
  expect_records(*log, 6);
}

TEST_F(FileLogTest, AReadKeepsToItsByteBoundHoweverManyRecordsAreAskedFor) {
  auto log = open();
  const std::string big(3 * 1024 * 1024, 'b');
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(log->append(0, big));
  std::vector<LogRecord> out;
  ASSERT_TRUE(log->read(0, 0, 1000, 0, out));
  EXPECT_EQ(out.size(), 3U) << "8 MiB a read, and the record that passes it";
}

}  // namespace
}  // namespace brushwatch
