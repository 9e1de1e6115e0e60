// What a real broker does too seldom to be waited for: librdkafka's own broker inside the client refuses on demand.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "connectors/kafka/client.h"

namespace brushwatch::kafka {
namespace {

constexpr std::int16_t kListOffsets = 2;  // its number in the protocol

// After a broker's death its partitions had no leader for more than five seconds, and every standby of the group ended (E4011).
TEST(KafkaClient, AsksForOffsetsForAsLongAsAnElectionMayLast) {
  DeliveryState state;
  auto client = make_producer("unused:1", {{"test.mock.num.brokers", "1"}}, &state);
  ASSERT_TRUE(client) << client.error().message();
  rd_kafka_mock_cluster_t* const cluster = rd_kafka_handle_mock_cluster(client->get());
  ASSERT_NE(cluster, nullptr);
  ASSERT_EQ(rd_kafka_mock_topic_create(cluster, "ledger", 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  // Two requests a question, a question each 50 ms: refused for six seconds.
  const std::vector<rd_kafka_resp_err_t> refusals(240, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  rd_kafka_mock_push_request_errors_array(cluster, kListOffsets, refusals.size(), refusals.data());
  const auto found = watermarks(client->get(), "ledger", 0);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->high, 0);
}

// What no election heals is said at once.
TEST(KafkaClient, OffsetsThatMayNotBeReadAreNotAskedForAgain) {
  DeliveryState state;
  auto client = make_producer("unused:1", {{"test.mock.num.brokers", "1"}}, &state);
  ASSERT_TRUE(client) << client.error().message();
  rd_kafka_mock_cluster_t* const cluster = rd_kafka_handle_mock_cluster(client->get());
  ASSERT_EQ(rd_kafka_mock_topic_create(cluster, "ledger", 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  const std::vector<rd_kafka_resp_err_t> refusals(2, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  rd_kafka_mock_push_request_errors_array(cluster, kListOffsets, refusals.size(), refusals.data());
  EXPECT_FALSE(watermarks(client->get(), "ledger", 0));
  EXPECT_TRUE(watermarks(client->get(), "ledger", 0));
}

}  // namespace
}  // namespace brushwatch::kafka
