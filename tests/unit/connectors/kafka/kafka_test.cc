// Sources, sinks and the log against a real broker: what the conformance suite does not ask.

#include <gtest/gtest.h>

#include "connectors/kafka/kafka_log.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"
#include "tests/support/kafka_broker.h"

namespace brushwatch {
namespace {

class Kafka : public ::testing::Test {
 protected:
  std::string bootstrap() { return test::KafkaBroker::shared().bootstrap(); }
  std::unique_ptr<KafkaSink> sink(std::uint32_t partitions) {
    KafkaSinkOptions options;
    options.bootstrap = bootstrap();
    options.topic = topic_;
    options.partitions = partitions;
    auto opened = open_kafka_sink(options);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }
  std::vector<std::unique_ptr<Source>> sources(bool bounded) {
    KafkaSourceOptions options;
    options.bootstrap = bootstrap();
    options.topics = {topic_};
    options.bounded = bounded;
    auto opened = open_kafka_sources(options);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }
  static std::vector<std::string> drain(Source& source) {
    std::vector<std::string> values;
    std::vector<SourceRecord> out;
    while (!source.at_end()) {
      const auto polled = source.poll(7, 100, out);
      if (!polled) throw std::runtime_error(polled.error().message());
      for (const SourceRecord& r : out) {
        EXPECT_EQ(r.next_offset, r.offset + 1);
        EXPECT_GT(r.record_time.ms, 0);
        values.emplace_back(r.bytes);
      }
    }
    return values;
  }

  std::string topic_ = test::KafkaBroker::shared().fresh_topic("unit");
};

TEST_F(Kafka, ABoundedSourceGivesWhatWasThereAtOpenAndEnds) {
  auto out = sink(2);
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(out->append(i % 2, "key", "value " + std::to_string(i)));
  ASSERT_TRUE(out->flush());
  auto in = sources(true);
  ASSERT_EQ(in.size(), 2U);
  ASSERT_TRUE(out->append(0, "key", "later"));
  ASSERT_TRUE(out->flush());
  for (std::size_t p = 0; p < 2; ++p) {
    EXPECT_EQ(in[p]->name(), topic_ + "/" + std::to_string(p));
    ASSERT_TRUE(in[p]->seek(0));
    const auto values = drain(*in[p]);
    ASSERT_EQ(values.size(), 20U);
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], "value " + std::to_string(2 * i + p));
  }
}

TEST_F(Kafka, ASourceGoesOnWhereItIsToldTo) {
  auto out = sink(1);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(out->append(0, "", std::to_string(i)));
  ASSERT_TRUE(out->flush());
  auto in = sources(true);
  ASSERT_TRUE(in[0]->seek(7));
  EXPECT_EQ(drain(*in[0]), (std::vector<std::string>{"7", "8", "9"}));
}

TEST_F(Kafka, AnUnboundedSourceSeesWhatComesAfterItBegan) {
  auto out = sink(1);
  auto in = sources(false);
  ASSERT_TRUE(in[0]->seek(0));
  std::vector<SourceRecord> records;
  ASSERT_TRUE(in[0]->poll(10, 0, records));
  EXPECT_TRUE(records.empty());
  ASSERT_TRUE(out->append(0, "", "hello"));
  ASSERT_TRUE(out->flush());
  ASSERT_TRUE(in[0]->poll(10, 30'000, records));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].bytes, "hello");
  EXPECT_FALSE(in[0]->at_end());
}

TEST_F(Kafka, ASinkReadsItsOwnTailBackAfterReopening) {
  {
    auto out = sink(2);
    for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(out->append(1, text, text));
    ASSERT_TRUE(out->flush());
  }
  std::vector<std::string> seen;
  const auto keep = [&](std::string_view value) -> Result<void> {
    seen.emplace_back(value);
    return {};
  };
  auto out = sink(2);
  ASSERT_TRUE(out->for_each(0, keep));
  EXPECT_TRUE(seen.empty());
  ASSERT_TRUE(out->for_each(1, keep));
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(Kafka, AnotherPartitionCountOrAMissingTopicIsAMismatch) {
  (void)sink(3);
  KafkaLogOptions options;
  options.bootstrap = bootstrap();
  options.topic = topic_;
  options.partitions = 2;
  const auto other = open_kafka_log(options);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kTopicMismatch);
  EXPECT_EQ(other.error().number, 3);
  options.topic = topic_ + ".absent";
  options.create_if_missing = false;
  EXPECT_EQ(open_kafka_log(options).error().code, ErrorCode::kTopicMismatch);
}

TEST_F(Kafka, RecordsAppendedWhileTheBrokerStandsStillArriveInOrderAndOnce) {
  if (std::getenv("BW_KAFKA_BOOTSTRAP") != nullptr) GTEST_SKIP() << "a broker of somebody else is not stopped";
  KafkaLogOptions options;
  options.bootstrap = bootstrap();
  options.topic = topic_;
  options.partitions = 1;
  options.create_if_missing = true;
  auto opened = open_kafka_log(options);
  ASSERT_TRUE(opened) << opened.error().message();
  Log& log = **opened;
  ASSERT_TRUE(log.append(0, "0"));
  ASSERT_TRUE(log.sync());
  test::KafkaBroker::shared().pause();
  for (int i = 1; i < 50; ++i) EXPECT_TRUE(log.append(0, std::to_string(i)));
  test::KafkaBroker::shared().resume();
  ASSERT_TRUE(log.sync());
  std::vector<LogRecord> out;
  for (std::uint64_t next = 0; next < 50; next += out.size()) {
    ASSERT_TRUE(log.read(0, next, 100, 0, out));
    ASSERT_FALSE(out.empty());
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i].payload, std::to_string(next + i));
  }
  EXPECT_EQ(*log.end_offset(0), 50U);
}

}  // namespace
}  // namespace brushwatch
