// What every log must do, whatever it is made of.

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

#include "connectors/file/file_log.h"
#include "connectors/kafka/kafka_log.h"
#include "connectors/memory/memory_log.h"
#include "tests/support/kafka_broker.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kPartitions = 3;

/// One log and how to come back to it.
class Home {
 public:
  virtual ~Home() = default;
  virtual Log& log() = 0;
  /// The same log as a new process would see it.
  virtual Log& reopen() = 0;
  [[nodiscard]] virtual bool can_truncate() const { return true; }
};

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class MemoryHome final : public Home {
 public:
  Log& log() override { return *log_; }
  Log& reopen() override { return *log_; }  // memory is gone with its process; within one it is the same log

 private:
  std::unique_ptr<Log> log_ = make_memory_log(kPartitions);
};

class FileHome final : public Home {
 public:
  FileHome() { reopen(); }
  Log& log() override { return *log_; }
  Log& reopen() override {
    log_.reset();
    FileLogOptions options;
    options.directory = folder_.path("ledger");
    options.partitions = kPartitions;
    options.segment_bytes = 64 * 1024;  // small, so that every test crosses segments
    log_ = must(open_file_log(options));
    return *log_;
  }

 private:
  test::TempDir folder_;
  std::unique_ptr<Log> log_;
};

class KafkaHome final : public Home {
 public:
  KafkaHome() : topic_(test::KafkaBroker::shared().fresh_topic("conformance")) { reopen(); }
  Log& log() override { return *log_; }
  Log& reopen() override {
    log_.reset();
    KafkaLogOptions options;
    options.bootstrap = test::KafkaBroker::shared().bootstrap();
    options.topic = topic_;
    options.partitions = kPartitions;
    options.create_if_missing = true;
    log_ = must(open_kafka_log(options));
    return *log_;
  }
  [[nodiscard]] bool can_truncate() const override { return false; }

 private:
  std::string topic_;
  std::unique_ptr<Log> log_;
};

struct Kind {
  const char* name;
  std::unique_ptr<Home> (*make)();
};
template <class T>
std::unique_ptr<Home> make_home() {
  return std::make_unique<T>();
}

class LogConformance : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { home_ = GetParam().make(); }
  Log& log() { return home_->log(); }

  std::string payload(std::uint32_t partition, std::uint64_t offset) {
    // Lengths from 0 to about 4 KiB, so that records straddle every buffer.
    std::string text = "p" + std::to_string(partition) + " o" + std::to_string(offset) + " ";
    return offset % 7 == 3 ? std::string()
                           : text + std::string(offset * 131 % 4093, static_cast<char>('a' + offset % 26));
  }
  void fill(std::uint32_t partition, std::uint64_t count) {
    const std::uint64_t begin = must(log().end_offset(partition));
    for (std::uint64_t i = 0; i < count; ++i) must(log().append(partition, payload(partition, begin + i)));
    must(log().sync());
  }
  /// Reads from `offset` to the end, `step` records at a time.
  std::vector<LogRecord> rest(std::uint32_t partition, std::uint64_t offset, std::size_t step = 64) {
    std::vector<LogRecord> all, some;
    while (true) {
      must(log().read(partition, offset, step, 0, some));
      EXPECT_LE(some.size(), step);
      if (some.empty()) return all;
      offset += some.size();
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  void expect_filled(std::uint32_t partition, std::uint64_t from, std::uint64_t to, const std::vector<LogRecord>& got) {
    ASSERT_EQ(got.size(), to - from);
    for (std::uint64_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i].offset, from + i);
      ASSERT_EQ(got[i].payload, payload(partition, from + i)) << "offset " << from + i;
    }
  }

  std::unique_ptr<Home> home_;
  std::vector<LogRecord> out_;
};

TEST_P(LogConformance, AFreshLogHasItsPartitionsAndNoRecords) {
  EXPECT_EQ(log().partitions(), kPartitions);
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    EXPECT_EQ(must(log().begin_offset(p)), 0U);
    EXPECT_EQ(must(log().end_offset(p)), 0U);
    must(log().read(p, 0, 10, 0, out_));
    EXPECT_TRUE(out_.empty());
  }
}

TEST_P(LogConformance, OffsetsAreDenseFromZeroAndOrderIsKept) {
  fill(1, 300);
  EXPECT_EQ(must(log().end_offset(1)), 300U);
  expect_filled(1, 0, 300, rest(1, 0));
}

TEST_P(LogConformance, PartitionsDoNotMix) {
  for (int round = 0; round < 5; ++round)
    for (std::uint32_t p = 0; p < kPartitions; ++p) fill(p, 7 + p);
  for (std::uint32_t p = 0; p < kPartitions; ++p) expect_filled(p, 0, 5 * (7 + p), rest(p, 0, 4));
}

TEST_P(LogConformance, ReopeningGivesTheSameRecordsAndGoesOn) {
  fill(0, 90);
  home_->reopen();
  EXPECT_EQ(must(log().end_offset(0)), 90U);
  expect_filled(0, 0, 90, rest(0, 0));
  fill(0, 10);
  home_->reopen();
  expect_filled(0, 0, 100, rest(0, 0));
}

TEST_P(LogConformance, ReadingMayBeginAnywhereAndJumpBackAndForth) {
  fill(2, 200);
  for (const std::uint64_t from : {150U, 3U, 199U, 0U, 77U, 78U, 76U, 199U, 100U}) {
    must(log().read(2, from, 5, 0, out_));
    ASSERT_FALSE(out_.empty()) << "from " << from;
    expect_filled(2, from, from + out_.size(), out_);
  }
}

TEST_P(LogConformance, ReadingAtAndBeyondTheEndIsEmptyAndNoError) {
  fill(0, 3);
  for (const std::uint64_t from : {3U, 4U, 1000U}) {
    out_.assign(2, {7, "left over"});
    must(log().read(0, from, 10, 0, out_));
    EXPECT_TRUE(out_.empty()) << "from " << from;
  }
  must(log().read(0, 3, 10, 20, out_));
  EXPECT_TRUE(out_.empty());
  // What comes later is seen by the reader that waited at the end.
  fill(0, 1);
  expect_filled(0, 3, 4, rest(0, 3));
}

TEST_P(LogConformance, AReaderThatStandsAtTheEndSeesEachNewRecord) {
  for (std::uint64_t i = 0; i < 30; ++i) {
    fill(0, 1);
    must(log().read(0, i, 10, 0, out_));
    expect_filled(0, i, i + 1, out_);
  }
}

TEST_P(LogConformance, ReadGivesNoMoreThanAskedFor) {
  fill(0, 20);
  must(log().read(0, 5, 1, 0, out_));
  expect_filled(0, 5, 6, out_);
  must(log().read(0, 5, 0, 0, out_));
  EXPECT_TRUE(out_.empty());
}

TEST_P(LogConformance, PayloadsAreBytesNotText) {
  std::string every;
  for (int i = 0; i < 512; ++i) every.push_back(static_cast<char>(i));
  const std::vector<std::string> payloads = {every, std::string("\0\0\0", 3), "", "\n", "\xff\xfe", every + every};
  for (const std::string& p : payloads) must(log().append(0, p));
  must(log().sync());
  const auto got = rest(0, 0);
  ASSERT_EQ(got.size(), payloads.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].payload, payloads[i]);
}

TEST_P(LogConformance, ARecordOfThreeMebibytesPassesWhole) {
  std::string big(3 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 2654435761U >> 11);
  must(log().append(0, "before"));
  must(log().append(0, big));
  must(log().append(0, big));
  must(log().append(0, "after"));
  must(log().sync());
  home_->reopen();
  const auto got = rest(0, 0);
  ASSERT_EQ(got.size(), 4U);
  EXPECT_EQ(got[0].payload, "before");
  EXPECT_TRUE(got[1].payload == big);
  EXPECT_TRUE(got[2].payload == big);
  EXPECT_EQ(got[3].payload, "after");
}

TEST_P(LogConformance, TheLargestRecordPassesAndOneByteMoreIsRefused) {
  const std::size_t most = log().max_record_bytes();
  ASSERT_GE(most, 3U * 1024 * 1024);
  must(log().append(0, std::string(most, 'x')));
  const auto refused = log().append(0, std::string(most + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  // A refused record leaves no trace and no stain.
  must(log().append(0, "next"));
  must(log().sync());
  const auto got = rest(0, 0);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].payload.size(), most);
  EXPECT_EQ(got[1].payload, "next");
}

TEST_P(LogConformance, SyncWithNothingToDoSucceeds) {
  must(log().sync());
  fill(0, 1);
  must(log().sync());
  must(log().sync());
}

TEST_P(LogConformance, TruncateDropsTheTailOrSaysThatItCannot) {
  fill(1, 200);
  fill(0, 10);
  const auto cut = log().truncate(1, 60);
  if (!home_->can_truncate()) {
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::kUnsupported);
    expect_filled(1, 0, 200, rest(1, 0));
    return;
  }
  ASSERT_TRUE(cut) << cut.error().message();
  EXPECT_EQ(must(log().end_offset(1)), 60U);
  expect_filled(1, 0, 60, rest(1, 0));
  expect_filled(0, 0, 10, rest(0, 0));
  must(log().truncate(1, 500));  // beyond the end: nothing to drop
  fill(1, 5);
  home_->reopen();
  expect_filled(1, 0, 65, rest(1, 0));
  must(log().truncate(1, 0));
  home_->reopen();
  EXPECT_EQ(must(log().end_offset(1)), 0U);
  fill(1, 2);
  expect_filled(1, 0, 2, rest(1, 0));
}

TEST_P(LogConformance, APartitionThatIsNotThereIsAnErrorAndNoCrash) {
  EXPECT_FALSE(log().append(kPartitions, "x"));
  EXPECT_FALSE(log().end_offset(kPartitions));
  EXPECT_FALSE(log().begin_offset(kPartitions));
  EXPECT_FALSE(log().read(kPartitions, 0, 1, 0, out_));
}

TEST_P(LogConformance, DifferentPartitionsMayBeUsedFromDifferentThreads) {
  std::vector<std::thread> threads;
  std::vector<std::string> wrong(kPartitions);
  for (std::uint32_t p = 0; p < kPartitions; ++p) {
    threads.emplace_back([this, p, &wrong] {
      std::vector<LogRecord> some;
      std::uint64_t seen = 0;
      for (std::uint64_t i = 0; i < 60 && wrong[p].empty(); ++i) {
        auto appended = log().append(p, payload(p, i));
        if (!appended) wrong[p] = appended.error().message();
        if (i % 10 != 9) continue;
        if (auto synced = log().sync(); !synced) wrong[p] = synced.error().message();
        while (seen != i + 1 && wrong[p].empty()) {  // a read gives up to so many: a broker may hand them out in pieces
          if (auto read = log().read(p, seen, 100, 0, some); !read) wrong[p] = read.error().message();
          else if (some.empty()) wrong[p] = "a synced record is not read";
          for (const LogRecord& record : some)
            if (record.offset != seen || record.payload != payload(p, seen++))
              wrong[p] = "another record than was appended";
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : wrong) EXPECT_EQ(text, "");
  for (std::uint32_t p = 0; p < kPartitions; ++p) expect_filled(p, 0, 60, rest(p, 0));
}

INSTANTIATE_TEST_SUITE_P(Logs, LogConformance,
                         ::testing::Values(Kind{"memory", make_home<MemoryHome>}, Kind{"file", make_home<FileHome>},
                                           Kind{"kafka", make_home<KafkaHome>}),
                         [](const auto& log) { return log.param.name; });

}  // namespace
}  // namespace brushwatch
