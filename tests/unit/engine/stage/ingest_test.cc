#include "engine/stage/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/toy_pipeline.h"

namespace brushwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A source like the HTTP door: it never ends, starts at an offset far from the others', and notes what it is told is durable.
class Door final : public Source {
 public:
  Door(std::string name, std::uint64_t first, std::vector<std::uint64_t>& told) : name_(std::move(name)), at_(first), told_(told) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t) override { return {}; }
  Result<void> poll(std::size_t, int, std::vector<SourceRecord>& out) override {
    out.clear();
    if (line_.empty()) return {};
    text_ = std::move(line_);
    line_.clear();
    SourceRecord record;
    record.bytes = text_;
    record.offset = at_++;
    record.next_offset = at_;
    out.push_back(record);
    return {};
  }
  void durable_up_to(std::uint64_t next) override { told_.push_back(next); }
  [[nodiscard]] bool at_end() const override { return false; }
  void give(std::string line) { line_ = std::move(line); }

 private:
  std::string name_, line_, text_;
  std::uint64_t at_;
  std::vector<std::uint64_t>& told_;
};

/// A ledger whose sync() can fail.
class Ledger final : public Log {
 public:
  bool broken = false;
  [[nodiscard]] std::uint32_t partitions() const override { return inner_->partitions(); }
  [[nodiscard]] std::size_t max_record_bytes() const override { return inner_->max_record_bytes(); }
  Result<std::uint64_t> begin_offset(std::uint32_t p) override { return inner_->begin_offset(p); }
  Result<std::uint64_t> end_offset(std::uint32_t p) override { return inner_->end_offset(p); }
  Result<void> append(std::uint32_t p, std::string_view bytes) override { return inner_->append(p, bytes); }
  Result<void> sync() override {
    if (broken) return fail(ErrorCode::kIo, "no");
    return inner_->sync();
  }
  Result<void> read(std::uint32_t p, std::uint64_t offset, std::size_t max, int wait, std::vector<LogRecord>& out) override { return inner_->read(p, offset, max, wait, out); }
  Result<void> truncate(std::uint32_t p, std::uint64_t offset) override { return inner_->truncate(p, offset); }

 private:
  std::unique_ptr<Log> inner_ = make_memory_log(2);
};

struct TwoDoors {
  explicit TwoDoors(const std::vector<std::string>& known = {}) {
    IngestOptions options;
    options.merge = false;
    std::vector<IngestSource> sources(2);
    first = std::make_shared<Door>("first", 7, told_first);
    second = std::make_shared<Door>("second", 5000, told_second);
    sources[0] = {first, std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    sources[1] = {second, std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    ingest = std::make_unique<Ingest>(ledger, std::move(sources), options, clock);
    EXPECT_TRUE(ingest->resume(0, 1, nullptr, known));
  }
  Result<std::optional<Round>> round() {
    return ingest->next_round([] { return true; });
  }
  ManualClock clock;
  Ledger ledger;
  std::vector<std::uint64_t> told_first, told_second;
  std::shared_ptr<Door> first, second;
  std::unique_ptr<Ingest> ingest;
};

TEST(Ingest, TellsEachSourceOfItsOwnPositionFromTheFirstRoundOn) {
  TwoDoors doors;
  doors.first->give("1762000000000 1762000000000 shop1");
  doors.second->give("1762000000000 1762000000000 shop2");
  ASSERT_TRUE(doors.round());
  EXPECT_THAT(doors.told_first, ElementsAre(8));
  EXPECT_THAT(doors.told_second, ElementsAre(5001));
}

TEST(Ingest, TellsEachSourceOfItsOwnPositionWhateverTheirNumbersInTheLedger) {
  TwoDoors doors({"gone", "second", "first"});
  doors.second->give("1762000000000 1762000000000 shop2");
  ASSERT_TRUE(doors.round());
  EXPECT_THAT(doors.told_first, ElementsAre(0)) << "nothing of it was taken yet";
  EXPECT_THAT(doors.told_second, ElementsAre(5001));
}

TEST(Ingest, TellsNobodyWhenTheLedgerCouldNotBeWritten) {
  TwoDoors doors;
  doors.first->give("1762000000000 1762000000000 shop1");
  doors.ledger.broken = true;
  EXPECT_FALSE(doors.round());
  EXPECT_THAT(doors.told_first, IsEmpty());
}

}  // namespace
}  // namespace brushwatch
