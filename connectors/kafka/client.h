#pragma once
/// RAII and small helpers over librdkafka's C API; private to this folder.

#include <librdkafka/rdkafka.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kafka/kafka_statistics.h"
#include "engine/base/result.h"

namespace brushwatch::kafka {

using Properties = std::vector<std::pair<std::string, std::string>>;

struct ClientDeleter { void operator()(rd_kafka_t* rk) const { rd_kafka_destroy(rk); } };
struct TopicListDeleter { void operator()(rd_kafka_topic_partition_list_t* l) const { rd_kafka_topic_partition_list_destroy(l); } };
struct QueueDeleter { void operator()(rd_kafka_queue_t* q) const { rd_kafka_queue_destroy(q); } };
struct MessageDeleter { void operator()(rd_kafka_message_t* m) const { rd_kafka_message_destroy(m); } };
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;
using TopicList = std::unique_ptr<rd_kafka_topic_partition_list_t, TopicListDeleter>;
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

/// Who hears a client's statistics, and as what.
struct ClientWatch {
  std::shared_ptr<KafkaStatistics> statistics;  ///< absent: the client reports nothing
  std::string role;
};

/// What was produced and what its callbacks reported; lives as long as the client. Locked: a callback runs on whichever
/// thread polls, and different partitions may be appended to from different threads.
class DeliveryState {
 public:
  DeliveryState() = default;
  explicit DeliveryState(ClientWatch watch) : watch_(std::move(watch)) {}
  ~DeliveryState();
  DeliveryState(const DeliveryState&) = delete;
  DeliveryState& operator=(const DeliveryState&) = delete;
  [[nodiscard]] bool watched() const { return watch_.statistics != nullptr; }
  void report(const std::string& client, std::string_view json);
  void count_produced(std::uint32_t partition);
  void count(const rd_kafka_message_t& message);
  /// The first record that was given up. From then on nothing is promised: open the client again.
  [[nodiscard]] rd_kafka_resp_err_t failure();
  /// How much was produced so far, and whether so much is delivered. By partition, as only there order is kept.
  [[nodiscard]] std::vector<std::uint64_t> produced();
  [[nodiscard]] bool delivered(const std::vector<std::uint64_t>& wanted);
  /// Where the last delivered record lies; −1 when none was.
  [[nodiscard]] std::int64_t last_offset(std::uint32_t partition);

 private:
  ClientWatch watch_;
  std::mutex mutex_;
  std::string reported_as_;
  std::vector<std::uint64_t> produced_, delivered_;
  std::vector<std::int64_t> last_;
  rd_kafka_resp_err_t failure_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

/// Longest record: a dead letter's 3 MiB with its envelope. Topics are created with the same cap.
inline constexpr std::size_t kMaxMessageBytes = 4U << 20;
inline constexpr int kRequestTimeoutMs = 10'000;
/// How long an append or a flush waits for a broker that is away: above a leader election, below a person's patience.
inline constexpr int kDeliveryTimeoutMs = 30'000;

Result<Client> make_producer(const std::string& bootstrap, const Properties& more, DeliveryState* state);
/// `state` hears the client's statistics, and outlives it.
Result<Client> make_consumer(const std::string& bootstrap, const Properties& more, DeliveryState* state = nullptr);
/// A member of a consumer group; `on_rebalance` runs on the thread that polls, with `opaque`.
using OnRebalance = void (*)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void* opaque);
Result<Client> make_member(const std::string& bootstrap, const Properties& more, OnRebalance on_rebalance, void* opaque);
Error to_error(rd_kafka_resp_err_t code, std::string_view what);

/// Number of partitions; 0 when the topic does not exist.
Result<std::uint32_t> partition_count(rd_kafka_t* client, const std::string& topic);
struct TopicSpec {
  std::uint32_t partitions = 1;  ///< 0: as many as it has
  int replication = 1;
  bool create = true;            ///< when it is missing
  bool keep_forever = false;     ///< of our own making: nothing in it may expire. Otherwise the broker's own retention holds
  Properties settings{};         ///< of a topic that is made here
};
/// Creates the topic when it is missing and waits until its metadata shows all partitions. Errors: kTopicMismatch when it
/// has another number of partitions, or must keep everything and is compacted; kBrokerUnavailable.
Result<std::uint32_t> ensure_topic(rd_kafka_t* client, const std::string& topic, const TopicSpec& spec);
/// The value of one property of a topic; empty when the broker does not say.
Result<std::string> topic_property(rd_kafka_t* client, const std::string& topic, const char* name);
struct Watermarks { std::int64_t low = 0, high = 0; };
/// Waits for a leader up to kDeliveryTimeoutMs: an election follows the death of a broker, and all replicas ask at once.
Result<Watermarks> watermarks(rd_kafka_t* client, const std::string& topic, std::uint32_t partition);
/// One message in flight from `payload` (copied); blocks (serving callbacks) while the local queue is full.
/// Errors: kBrokerUnavailable when it stays full for kDeliveryTimeoutMs: the message was not taken.
using RecordHeader = std::pair<std::string_view, std::string_view>;
Result<void> produce(rd_kafka_t* client, const std::string& topic, std::uint32_t partition, std::string_view key, std::string_view payload, DeliveryState& state,
                     std::span<const RecordHeader> headers = {});
/// Waits until what was produced before the call is delivered. Errors: the first failed delivery; kBrokerUnavailable after
/// kDeliveryTimeoutMs: the messages stay queued in order, and the next flush goes on waiting.
Result<void> flush(rd_kafka_t* client, DeliveryState& state);

}  // namespace brushwatch::kafka
