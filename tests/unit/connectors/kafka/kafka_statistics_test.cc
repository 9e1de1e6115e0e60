#include "connectors/kafka/kafka_statistics.h"

#include <gtest/gtest.h>

namespace brushwatch {
namespace {

/// The members of librdkafka's document that we read; times there are µs, throttling ms.
std::string document(int tx, int rtt_p99_us, const char* state) {
  return R"({"name":"c","tx":)" + std::to_string(tx) + R"(,"tx_bytes":1000,"rx_bytes":2000,"txmsgs":10,"rxmsgs":20,"msg_cnt":3,"msg_size":300,"replyq":1,"brokers":{)" +
         R"("h:1/bootstrap":{"nodeid":-1,"state":"UP","outbuf_cnt":9,"txerrs":9},)" + R"("h:1/1":{"nodeid":1,"state":")" + state +
         R"(","outbuf_cnt":2,"txerrs":1,"rxerrs":1,"txretries":4,"req_timeouts":5,"connects":3,"rtt":{"avg":500,"p99":)" + std::to_string(rtt_p99_us) +
         R"(},"int_latency":{"p99":7000},"throttle":{"max":30}}}})";
}

TEST(KafkaStatistics, SumsTheClientsOfARole) {
  KafkaStatistics statistics;
  statistics.report("source", "a", document(5, 2'000, "UP"));
  statistics.report("source", "b", document(7, 9'000, "DOWN"));
  statistics.report("ledger", "c", document(1, 1'000, "UP"));
  const auto roles = statistics.roles();
  ASSERT_EQ(roles.size(), 2U);
  const KafkaRoleStats& source = roles.at("source");
  EXPECT_EQ(source.clients, 2);
  EXPECT_EQ(source.requests, 12);
  EXPECT_EQ(source.queued_messages, 6);
  EXPECT_EQ(source.brokers_up, 1);
  EXPECT_EQ(source.brokers_down, 1);
  EXPECT_EQ(source.outbuf_requests, 4) << "the address we started from is no broker of its own";
  EXPECT_EQ(source.request_errors, 4);
  EXPECT_EQ(source.reconnects, 4);
  EXPECT_DOUBLE_EQ(source.round_trip_p99_s, 0.009) << "of the worst";
  EXPECT_DOUBLE_EQ(source.throttle_max_s, 0.03);
}

TEST(KafkaStatistics, ALaterReportOfAClientReplacesItsEarlierOne) {
  KafkaStatistics statistics;
  statistics.report("source", "a", document(5, 2'000, "UP"));
  statistics.report("source", "a", document(8, 1'000, "UP"));
  EXPECT_EQ(statistics.roles().at("source").requests, 8);
  EXPECT_EQ(statistics.roles().at("source").clients, 1);
}

TEST(KafkaStatistics, AClientThatGoesAwayLeavesItsCounters) {
  KafkaStatistics statistics;
  statistics.report("output", "a", document(5, 2'000, "UP"));
  statistics.forget("output", "a");
  statistics.forget("output", "a");
  const auto roles = statistics.roles();
  EXPECT_EQ(roles.at("output").requests, 5);
  EXPECT_EQ(roles.at("output").clients, 0);
  EXPECT_EQ(roles.at("output").brokers_up, 0);
}

TEST(KafkaStatistics, IgnoresWhatIsNoReport) {
  KafkaStatistics statistics;
  statistics.report("source", "a", "not json");
  statistics.report("source", "a", "[1]");
  EXPECT_TRUE(statistics.roles().empty());
}

}  // namespace
}  // namespace brushwatch
