// What a real broker does too seldom to be waited for: librdkafka's own broker inside the client refuses on demand.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "connectors/kafka/client.h"

namespace brushwatch::kafka {
namespace {

constexpr std::int16_t kListOffsets = 2;  // its number in the protocol

class KafkaClient : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_producer("unused:1", {{"test.mock.num.brokers", "1"}}, &state_);
    ASSERT_TRUE(made) << made.error().message();
    client_ = std::move(*made);
    cluster_ = rd_kafka_handle_mock_cluster(client_.get());
    ASSERT_NE(cluster_, nullptr);
    ASSERT_EQ(rd_kafka_mock_topic_create(cluster_, "ledger", 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void refuse(std::size_t requests, rd_kafka_resp_err_t code) {
    const std::vector<rd_kafka_resp_err_t> refusals(requests, code);
    rd_kafka_mock_push_request_errors_array(cluster_, kListOffsets, refusals.size(), refusals.data());
  }
  [[nodiscard]] Result<Watermarks> ask() { return watermarks(client_.get(), "ledger", 0); }

 private:
  DeliveryState state_;
  Client client_;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

// After a broker's death its partitions had no leader for more than five seconds, and every standby of the group ended (E4011).
TEST_F(KafkaClient, AsksForOffsetsForAsLongAsAnElectionMayLast) {
  refuse(240, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);  // two requests a question, a question each 50 ms: for six seconds
  const auto found = ask();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->high, 0);
}

// What no election heals is said at once.
TEST_F(KafkaClient, OffsetsThatMayNotBeReadAreNotAskedForAgain) {
  refuse(2, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_FALSE(ask());
  EXPECT_TRUE(ask());
}

}  // namespace
}  // namespace brushwatch::kafka
