#include "engine/stage/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lent_log.h"
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
    if (!party_.empty()) record.headers.emplace_back(kPartyHeader, party_);
    out.push_back(record);
    return {};
  }
  void durable_up_to(std::uint64_t next) override { told_.push_back(next); }
  [[nodiscard]] bool at_end() const override { return false; }
  void give(std::string line, std::string party = "") { line_ = std::move(line), party_ = std::move(party); }

 private:
  std::string name_, line_, text_, party_;
  std::uint64_t at_;
  std::vector<std::uint64_t>& told_;
};

/// A ledger whose sync() can fail.
class Ledger final : public test::LentLog {
 public:
  using LentLog::LentLog;
  bool broken = false;
  Result<void> sync() override {
    if (broken) return fail(ErrorCode::kIo, "no");
    return LentLog::sync();
  }
};

struct TwoDoors {
  explicit TwoDoors(const std::vector<std::string>& known = {}, const std::string& party = "") {
    IngestOptions options;
    options.merge = false;
    options.stats = stats;
    std::vector<IngestSource> sources(2);
    first = std::make_shared<Door>("first", 7, told_first);
    second = std::make_shared<Door>("second", 5000, told_second);
    sources[0] = {first, std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    sources[0].party = party;
    sources[1] = {second, std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    ingest = std::make_unique<Ingest>(ledger, std::move(sources), options, clock);
    EXPECT_TRUE(ingest->resume(0, 1, nullptr, known));
  }
  Result<std::optional<Round>> round() {
    return ingest->next_round([] { return true; });
  }
  ManualClock clock;
  std::unique_ptr<Log> log = make_memory_log(2);
  Ledger ledger{*log};
  std::shared_ptr<IngestStats> stats = std::make_shared<IngestStats>();
  std::vector<std::uint64_t> told_first, told_second;
  std::shared_ptr<Door> first, second;
  std::unique_ptr<Ingest> ingest;
};

/// The dead letters of a round: whose they are.
std::vector<std::string> rejected_of(const Round& round) {
  std::vector<std::string> out;
  for (const auto& frames : round.frames) {
    for (const std::string& frame : frames) {
      auto reader = FrameReader::open(frame);
      Stage stage{};
      std::uint64_t key = 0;
      Event event;
      while (*reader->next(stage, key, event)) {
        if (event.type == EventType::kRejected) out.emplace_back("");
        if (event.type == EventType::kRejectedOf) {
          out.emplace_back(event.as<RejectedOfEvent>().party.text);
          EXPECT_EQ(event.as<RejectedOfEvent>().record.bytes, "bad");
        }
      }
    }
  }
  return out;
}

TEST(Ingest, WritesWhoseRecordADeadLetterWas) {
  TwoDoors doors({}, "taobao");
  doors.first->give("bad");
  auto round = doors.round();
  ASSERT_TRUE(round && *round);
  EXPECT_THAT(rejected_of(**round), ElementsAre("taobao"));
  doors.first->give("bad", "jd");
  round = doors.round();
  EXPECT_THAT(rejected_of(**round), ElementsAre("taobao")) << "a source's own party goes before what a record says";
  for (const auto& [header, party] : std::vector<std::pair<std::string, std::string>>{{"jd", "jd"}, {"", ""}, {"-", ""}, {std::string(65, 'x'), ""}}) {
    doors.second->give("bad", header);
    round = doors.round();
    EXPECT_THAT(rejected_of(**round), ElementsAre(party)) << header;
  }
}

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

TEST(Ingest, SaysWhenTheLatestEventsArrivedByTheRecordsOwnClock) {
  TwoDoors doors;
  doors.first->give("1762000009000 1762000000000 shop1");
  ASSERT_TRUE(doors.round());
  doors.first->give("1762000004000 1762000001000 shop1");
  ASSERT_TRUE(doors.round());
  const auto sources = doors.stats->sources();
  EXPECT_FALSE(sources[0]->wall_clock);
  EXPECT_EQ(sources[0]->watermark_ms, 1762000001000);
  EXPECT_EQ(sources[0]->arrival_ms, 1762000009000);
  EXPECT_EQ(sources[1]->arrival_ms, INT64_MIN) << "nothing came";
}

TEST(Ingest, TellsNobodyWhenTheLedgerCouldNotBeWritten) {
  TwoDoors doors;
  doors.first->give("1762000000000 1762000000000 shop1");
  doors.ledger.broken = true;
  EXPECT_FALSE(doors.round());
  EXPECT_THAT(doors.told_first, IsEmpty());
}

/// Brings both to the same event time, then lets the first one go on while the clock moves as `step` says; the last watermark.
std::int64_t watermark_while_second_is_silent(int rounds, std::int64_t step_ms) {
  TwoDoors doors;
  doors.first->give("1762000000000 1762000000000 shop1");
  doors.second->give("1762000000000 1762000000000 shop2");
  EXPECT_TRUE(doors.round());
  std::int64_t last = 0;
  for (int i = 1; i <= rounds; ++i) {
    doors.clock.advance(step_ms);
    const std::string time = std::to_string(1762000000000 + i);
    doors.first->give(time + " " + time + " shop1");
    const auto round = doors.round();
    EXPECT_TRUE(round && *round);
    last = (*round)->tick.watermark.ms;
  }
  return last;
}

TEST(Ingest, ASourceThatIsAskedInVainForLongNoLongerHoldsTheWatermarkBack) {
  EXPECT_EQ(watermark_while_second_is_silent(29, 1'000), 1762000000000);
  EXPECT_EQ(watermark_while_second_is_silent(32, 1'000), 1762000000032);
}

TEST(Ingest, APauseOfTheProcessIsNoSilenceOfItsSources) {
  // Found with a process that was stopped while its topic filled: the partition that answered first took the watermark past all others.
  EXPECT_EQ(watermark_while_second_is_silent(1, 10 * kMinuteMs), 1762000000000);
}

/// A live source that always has more; record n is of second n.
class Backlog final : public Source {
 public:
  explicit Backlog(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t next) override { return at_ = next, Result<void>{}; }
  Result<void> poll(std::size_t max, int, std::vector<SourceRecord>& out) override {
    out.clear();
    texts_.clear();
    for (std::size_t i = 0; i < max; ++i) texts_.push_back(std::to_string(1762000000000 + 1000 * static_cast<std::int64_t>(at_ + i)));
    for (std::string& text : texts_) {
      text += " " + text + " shop1";
      SourceRecord record;
      record.bytes = text;
      record.offset = at_++;
      record.next_offset = at_;
      out.push_back(record);
    }
    return {};
  }
  [[nodiscard]] bool at_end() const override { return false; }

 private:
  std::string name_;
  std::vector<std::string> texts_;
  std::uint64_t at_ = 0;
};

TEST(Ingest, SourcesWithABacklogTakeTurns) {
  ManualClock clock;
  const auto log = make_memory_log(2);
  Ledger ledger(*log);
  IngestOptions options;
  options.merge = false;
  options.round_events = 1500;
  std::vector<IngestSource> sources(3);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i] = {std::make_shared<Backlog>("backlog" + std::to_string(i)), std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
  }
  Ingest ingest(ledger, std::move(sources), options, clock);
  ASSERT_TRUE(ingest.resume(0, 1, nullptr, {}));
  for (int i = 0; i < 300; ++i) {
    const auto round = ingest.next_round([] { return false; });
    ASSERT_TRUE(round && *round);
    ASSERT_EQ((*round)->events, 1500U);
  }
  std::uint64_t least = UINT64_MAX, most = 0;
  for (const SourcePosition& position : ingest.positions()) {
    least = std::min(least, position.next);
    most = std::max(most, position.next);
  }
  EXPECT_LE(most - least, 1024U) << "nobody is more than two polls ahead";
}

/// A bounded source with one record that ends as far in the file as the test likes.
class OneRecord final : public Source {
 public:
  explicit OneRecord(std::uint64_t end) : end_(end) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t next) override { return at_ = next, Result<void>{}; }
  Result<void> poll(std::size_t, int, std::vector<SourceRecord>& out) override {
    out.clear();
    if (at_end()) return {};
    SourceRecord record;
    record.bytes = text_;
    record.offset = at_;
    record.next_offset = at_ = end_;
    out.push_back(record);
    return {};
  }
  [[nodiscard]] bool at_end() const override { return at_ >= end_; }

 private:
  std::string name_ = "one", text_ = "1762000000000 1762000000000 shop1";
  std::uint64_t at_ = 0, end_;
};

/// The ticks of a merge over a file of `bytes`; the process ends after `first_life` rounds and goes on from its last tick.
std::vector<std::pair<std::int64_t, bool>> watermarks(std::uint64_t bytes, std::size_t first_life = SIZE_MAX) {
  ManualClock clock;
  const auto ledger = make_memory_log(1);
  std::vector<std::pair<std::int64_t, bool>> out;
  std::optional<TickEvent> last;
  for (std::uint32_t life = 1; life <= 2; ++life) {
    std::vector<IngestSource> sources(1);
    sources[0] = {std::make_shared<OneRecord>(bytes), std::make_unique<test::ScriptDecoder>(), IngestClock::kRecord};
    Ingest ingest(*ledger, std::move(sources), {}, clock);
    EXPECT_TRUE(ingest.resume(out.size(), life, last ? &*last : nullptr, last ? std::vector<std::string>{"one"} : std::vector<std::string>{}));
    while (life == 2 || out.size() < first_life) {
      auto round = ingest.next_round([] { return false; });
      EXPECT_TRUE(round);
      if (!*round) return out;
      last = (*round)->tick;
      out.emplace_back(last->watermark.ms, last->end_of_input);
    }
  }
  return out;
}

TEST(Ingest, ASmallStreamEndsInOneRoundSixtyDaysOn) {
  const auto ticks = watermarks(1000);
  ASSERT_EQ(ticks.size(), 1U);
  EXPECT_EQ(ticks[0], std::pair(1762000000000 + 60 * kDayMs, true));
}

TEST(Ingest, ALargeStreamEndsInManyRoundsThatARestartContinues) {
  const auto ticks = watermarks(200'000'000);
  ASSERT_EQ(ticks.size(), 200U);
  for (std::size_t i = 0; i < ticks.size(); ++i) EXPECT_EQ(ticks[i].second, i + 1 == ticks.size());
  EXPECT_EQ(ticks.back().first, 1762000000000 + 60 * kDayMs);
  for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_EQ(ticks[i].first - ticks[i - 1].first, 60 * kDayMs / 200);
  for (const std::size_t first_life : {1U, 2U, 77U, 199U, 200U}) EXPECT_EQ(watermarks(200'000'000, first_life), ticks) << first_life;
}

}  // namespace
}  // namespace brushwatch
