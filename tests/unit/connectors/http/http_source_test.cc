#include "connectors/http/http_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace brushwatch {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> bytes_of(const std::vector<SourceRecord>& records) {
  std::vector<std::string> out;
  for (const SourceRecord& record : records) out.emplace_back(record.bytes);
  return out;
}

TEST(HttpSource, GivesRecordsInTheOrderOfSubmissionWithDenseOffsets) {
  HttpSource source;
  ASSERT_TRUE(source.submit_records({"a", "b"}, nullptr));
  const auto ticket = source.submit_records({"c"}, nullptr);
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->first_offset, 2U);
  EXPECT_EQ(ticket->count, 1U);
  std::vector<SourceRecord> out;
  ASSERT_TRUE(source.poll(10, 0, out));
  EXPECT_THAT(bytes_of(out), ElementsAre("a", "b", "c"));
  EXPECT_EQ(out[2].offset, 2U);
  EXPECT_EQ(out[2].next_offset, 3U);
  ASSERT_EQ(out[0].headers.size(), 1U);
  EXPECT_EQ(out[0].headers[0].second, "application/json");
}

TEST(HttpSource, RefusesBeyondItsQuotaAndSaysHowLong) {
  ManualClock clock({1'000});
  HttpSource::Options options;
  options.events_per_s = 2;
  options.clock = &clock;
  HttpSource source(options);
  ASSERT_TRUE(source.submit_records({"a", "b", "c"}, nullptr)) << "the last one in debt";
  const auto refused = source.submit_records({"d"}, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kQuotaExceeded);
  EXPECT_EQ(refused.error().number, 501) << "half a second for the debt, and the moment after";
  EXPECT_EQ(source.pending_records(), 3U);
  clock.advance(501);
  const auto ticket = source.submit_records({"d"}, nullptr);
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->first_offset, 3U) << "a refused batch leaves no hole";
  EXPECT_EQ(source.throttled(), 1U);
}

TEST(HttpSource, CutsABatchAtTheWantedNumberAndGoesOnWithTheRest) {
  HttpSource source;
  ASSERT_TRUE(source.submit_records({"a"}, nullptr));
  ASSERT_TRUE(source.submit_records({"b", "c", "d"}, nullptr));
  std::vector<SourceRecord> out;
  ASSERT_TRUE(source.poll(2, 0, out));
  EXPECT_THAT(bytes_of(out), ElementsAre("a", "b"));
  ASSERT_TRUE(source.submit_records({"e"}, nullptr));
  EXPECT_THAT(bytes_of(out), ElementsAre("a", "b")) << "views hold until the next poll";
  ASSERT_TRUE(source.poll(2, 0, out));
  EXPECT_THAT(bytes_of(out), ElementsAre("c", "d"));
  EXPECT_EQ(out[0].offset, 2U);
  ASSERT_TRUE(source.poll(2, 0, out));
  EXPECT_THAT(bytes_of(out), ElementsAre("e"));
  ASSERT_TRUE(source.poll(2, 0, out));
  EXPECT_TRUE(out.empty());
}

TEST(HttpSource, TellsASenderOnlyWhenAllItsRecordsAreDurable) {
  HttpSource source;
  std::vector<std::uint64_t> told;
  const auto tell = [&told](const SubmitTicket& ticket) { told.push_back(ticket.first_offset); };
  ASSERT_TRUE(source.submit_records({"a", "b"}, tell));
  ASSERT_TRUE(source.submit_records({"c"}, tell));
  source.durable_up_to(1);
  EXPECT_TRUE(told.empty());
  source.durable_up_to(2);
  EXPECT_THAT(told, ElementsAre(0));
  source.durable_up_to(3);
  source.durable_up_to(3);
  EXPECT_THAT(told, ElementsAre(0, 2));
  EXPECT_EQ(source.pending_records(), 0U);
  EXPECT_EQ(source.pending_bytes(), 0U);
}

TEST(HttpSource, TakesAllOrNothingWhenItIsFull) {
  HttpSource source({"http", 3, 1000});
  ASSERT_TRUE(source.submit_records({"a", "b"}, nullptr));
  const auto refused = source.submit_records({"c", "d"}, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBackpressure);
  EXPECT_EQ(refused.error().retry, Retry::kBackoff);
  EXPECT_TRUE(source.submit_records({"c"}, nullptr));
}

TEST(HttpSource, StaysFullUntilRecordsAreDurableAndNotJustPolled) {
  HttpSource source({"http", 1, 1000});
  ASSERT_TRUE(source.submit_records({"a"}, nullptr));
  std::vector<SourceRecord> out;
  ASSERT_TRUE(source.poll(1, 0, out));
  EXPECT_FALSE(source.submit_records({"b"}, nullptr));
  source.durable_up_to(1);
  EXPECT_TRUE(source.submit_records({"b"}, nullptr));
}

TEST(HttpSource, CallsABatchThatNeverFitsTooLarge) {
  HttpSource source({"http", 2, 4});
  EXPECT_EQ(source.submit_records({"a", "b", "c"}, nullptr).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(source.submit_records({"12345"}, nullptr).error().code, ErrorCode::kTooLarge);
}

TEST(HttpSource, GoesOnAtTheLedgersPositionAfterARestart) {
  HttpSource source;
  ASSERT_TRUE(source.seek(500));
  EXPECT_EQ(source.submit_records({"a"}, nullptr)->first_offset, 500U);
  std::vector<SourceRecord> out;
  ASSERT_TRUE(source.poll(1, 0, out));
  EXPECT_EQ(out[0].offset, 500U);
  EXPECT_FALSE(source.seek(0)) << "a ticket already names 500";
}

TEST(HttpSource, RefusesUntilItKnowsWhereTheLedgerEndsWhenToldToWait) {
  HttpSource::Options options;
  options.wait_for_position = true;
  HttpSource source(options);
  EXPECT_EQ(source.submit_records({"early"}, nullptr).error().code, ErrorCode::kNotReady);
  ASSERT_TRUE(source.seek(7)) << "what was refused holds no offset";
  EXPECT_EQ(source.submit_records({"a"}, nullptr)->first_offset, 7U);
}

TEST(HttpSource, WakesAWaitingPollWhenARecordArrives) {
  HttpSource source;
  std::vector<SourceRecord> out;
  std::thread poller([&] { ASSERT_TRUE(source.poll(1, 60'000, out)); });
  ASSERT_TRUE(source.submit_records({"a"}, nullptr));
  poller.join();
  EXPECT_THAT(bytes_of(out), ElementsAre("a"));
}

TEST(HttpSource, IsAtItsEndOnceClosedAndEmpty) {
  HttpSource source;
  ASSERT_TRUE(source.submit_records({"a"}, nullptr));
  EXPECT_FALSE(source.at_end());
  source.close();
  EXPECT_FALSE(source.at_end());
  EXPECT_FALSE(source.submit_records({"b"}, nullptr));
  std::vector<SourceRecord> out;
  ASSERT_TRUE(source.poll(10, 60'000, out));
  EXPECT_EQ(out.size(), 1U);
  EXPECT_TRUE(source.at_end());
  ASSERT_TRUE(source.poll(10, 60'000, out));
  EXPECT_TRUE(out.empty());
}

TEST(HttpSource, LosesAndRepeatsNothingUnderManySenders) {
  HttpSource source({"http", 64, 1 << 20});
  constexpr int kSenders = 4, kBatches = 200;
  std::atomic<int> durable = 0;
  std::vector<std::thread> senders;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      for (int i = 0; i < kBatches;) {
        const std::string a = std::to_string(s) + ":" + std::to_string(2 * i);
        const std::string b = std::to_string(s) + ":" + std::to_string(2 * i + 1);
        if (source.submit_records({a, b}, [&durable](const SubmitTicket& t) { durable += static_cast<int>(t.count); })) ++i;
        else std::this_thread::yield();
      }
    });
  }
  std::vector<int> next(kSenders, 0);
  std::vector<SourceRecord> out;
  for (std::uint64_t seen = 0; seen < 2ULL * kSenders * kBatches;) {
    ASSERT_TRUE(source.poll(7, 1'000, out));
    for (const SourceRecord& record : out) {
      ASSERT_EQ(record.offset, seen);
      const int sender = record.bytes[0] - '0';
      ASSERT_EQ(record.bytes.substr(2), std::to_string(next[sender]++));
      ++seen;
    }
    source.durable_up_to(seen);
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(durable, 2 * kSenders * kBatches);
}

}  // namespace
}  // namespace brushwatch
