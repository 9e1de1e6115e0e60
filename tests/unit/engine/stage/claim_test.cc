#include "engine/stage/claim.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <utility>

#include "connectors/memory/memory_log.h"
#include "engine/log/frame.h"

namespace brushwatch {
namespace {

/// One process's view of a ledger that others reach too: it knows where its own records went.
class Shared final : public Log {
 public:
  explicit Shared(MemoryLog& log) : log_(log), last_(log.partitions()) {}
  std::uint32_t partitions() const override { return log_.partitions(); }
  Result<std::uint64_t> begin_offset(std::uint32_t p) override { return log_.begin_offset(p); }
  Result<std::uint64_t> end_offset(std::uint32_t p) override { return log_.end_offset(p); }
  Result<void> append(std::uint32_t p, std::string_view payload) override {
    if (before_append) std::exchange(before_append, {})();
    BW_TRY(log_.append(p, payload));
    BW_ASSIGN(const std::uint64_t end, log_.end_offset(p));
    last_[p] = end - 1;
    return {};
  }
  Result<void> sync() override { return log_.sync(); }
  Result<std::uint64_t> last_offset(std::uint32_t p) override { return last_[p]; }
  Result<void> read(std::uint32_t p, std::uint64_t o, std::size_t max, int wait_ms, std::vector<LogRecord>& out) override { return log_.read(p, o, max, wait_ms, out); }
  Result<void> truncate(std::uint32_t, std::uint64_t) override { return fail(ErrorCode::kUnsupported, "shared"); }
  std::size_t max_record_bytes() const override { return log_.max_record_bytes(); }
  std::function<void()> before_append;

 private:
  MemoryLog& log_;
  std::vector<std::uint64_t> last_;
};

std::string frame(std::uint32_t epoch, std::uint64_t seq) {
  FrameBuilder builder;
  Event event;
  reset_body(event, EventType::kTick);
  event.emplace<TickEvent>();
  builder.add(Stage::kIntake, 0, event);
  return std::string(builder.finish(epoch, seq));
}
std::vector<std::uint32_t> epochs(Log& log, std::uint32_t partition) {
  std::vector<LogRecord> records;
  EXPECT_TRUE(log.read(partition, 0, 100, 0, records));
  std::vector<std::uint32_t> out;
  for (const LogRecord& r : records) out.push_back(FrameReader::open(r.payload)->header().epoch);
  return out;
}

TEST(Claim, IsAnEmptyFrameOfItsEpochInEveryPartition) {
  MemoryLog log(3);
  Shared mine(log);
  const auto tenure = Tenure::claim(mine, 4, {0, 0, 0});
  ASSERT_TRUE(tenure) << tenure.error().message();
  EXPECT_EQ(tenure->epoch(), 5U);
  for (std::uint32_t p = 0; p < 3; ++p) EXPECT_EQ(epochs(log, p), std::vector<std::uint32_t>{5});
  EXPECT_EQ(FrameReader::open(claim_frame(5))->header().count, 0U);
}

TEST(Claim, OfTwoOfOneEpochTheFirstInPartitionZeroWins) {
  MemoryLog log(2);
  Shared first(log), second(log);
  ASSERT_TRUE(log.append(0, claim_frame(1)));  // the first one's, which then stops for a while
  const auto late = Tenure::claim(second, 0, {0, 0});
  ASSERT_TRUE(late) << late.error().message();
  EXPECT_EQ(late->epoch(), 2U);
  EXPECT_EQ(epochs(log, 0), (std::vector<std::uint32_t>{1, 1, 2}));
  EXPECT_EQ(epochs(log, 1), std::vector<std::uint32_t>{2});
}

TEST(Claim, IsRefusedWhenALaterWriterOvertakesItBetweenThePartitions) {
  MemoryLog log(2);
  Shared mine(log), other(log);
  std::optional<Result<Tenure>> theirs;
  mine.before_append = [&] {
    mine.before_append = [&] { theirs.emplace(Tenure::claim(other, 1, {1, 0})); };  // behind ours in 0, before it in 1
  };
  const auto tenure = Tenure::claim(mine, 0, {0, 0});
  ASSERT_TRUE(theirs && *theirs);
  ASSERT_FALSE(tenure);
  EXPECT_EQ(tenure.error().code, ErrorCode::kFenced);
  EXPECT_EQ(tenure.error().number, 2);
}

TEST(Tenure, IsConfirmedWhileNobodyClaims) {
  MemoryLog log(2);
  Shared mine(log);
  auto tenure = *Tenure::claim(mine, 0, {0, 0});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(tenure.append(0, frame(1, static_cast<std::uint64_t>(i))));
    ASSERT_TRUE(tenure.confirm());
  }
  EXPECT_EQ(tenure.offsets(), (std::vector<std::uint64_t>{4, 1}));
}

TEST(Tenure, TakesADeadWritersLateFramesForWhatTheyAre) {
  MemoryLog log(1);
  Shared mine(log);
  auto tenure = *Tenure::claim(mine, 3, {0});
  ASSERT_TRUE(log.append(0, frame(3, 9)));
  ASSERT_TRUE(tenure.append(0, frame(4, 0)));
  ASSERT_TRUE(log.append(0, frame(2, 1)));
  ASSERT_TRUE(tenure.append(0, frame(4, 1)));
  ASSERT_TRUE(tenure.confirm());
  EXPECT_EQ(tenure.offsets(), std::vector<std::uint64_t>{5}) << "offsets count the frames of others too";
}

TEST(Tenure, EndsWithAClaimInFrontOfItsRecords) {
  MemoryLog log(2);
  Shared mine(log), other(log);
  auto tenure = *Tenure::claim(mine, 0, {0, 0});
  ASSERT_TRUE(tenure.append(0, frame(1, 0)));
  ASSERT_TRUE(tenure.append(1, frame(1, 0)));
  ASSERT_TRUE(tenure.confirm());
  ASSERT_TRUE(Tenure::claim(other, 1, {2, 2}));
  EXPECT_TRUE(tenure.confirm()) << "what was confirmed stays so";
  ASSERT_TRUE(tenure.append(1, frame(1, 1)));
  const auto over = tenure.confirm();
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::kFenced);
  EXPECT_EQ(over.error().number, 2);
}

TEST(Tenure, IsStillOnesOwnWhenTheClaimComesBehindTheRecords) {
  MemoryLog log(1);
  Shared mine(log);
  auto tenure = *Tenure::claim(mine, 0, {0});
  ASSERT_TRUE(tenure.append(0, frame(1, 0)));
  ASSERT_TRUE(log.append(0, claim_frame(2)));
  EXPECT_TRUE(tenure.confirm()) << "every reader counts this record";
}

}  // namespace
}  // namespace brushwatch
