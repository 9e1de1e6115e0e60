#include "connectors/kafka/client.h"

#include <chrono>
#include <thread>

namespace brushwatch::kafka {
namespace {

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) { static_cast<DeliveryState*>(opaque)->count(*message); }

int on_statistics(rd_kafka_t* client, char* json, size_t length, void* opaque) {
  static_cast<DeliveryState*>(opaque)->report(rd_kafka_name(client), {json, length});
  return 0;  // the library frees the document
}

void add_one(std::vector<std::uint64_t>& counts, std::size_t partition) {
  if (partition >= counts.size()) counts.resize(partition + 1);
  ++counts[partition];
}

Result<Client> make_client(rd_kafka_type_t type, Properties properties, const Properties& more, DeliveryState* state, OnRebalance on_rebalance = nullptr, void* opaque = nullptr) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char text[512];
  if (state != nullptr && state->watched()) properties.emplace_back("statistics.interval.ms", std::to_string(kStatisticsIntervalMs));
  for (const Properties* list : {static_cast<const Properties*>(&properties), &more}) {
    for (const auto& [name, value] : *list) {
      if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text, sizeof text) != RD_KAFKA_CONF_OK) {
        rd_kafka_conf_destroy(conf);
        return tl::unexpected<Error>(Error(ErrorCode::kConfigRange, "a Kafka property is not accepted").in(name + "=" + value + ": " + text));
      }
    }
  }
  if (state != nullptr) {
    rd_kafka_conf_set_opaque(conf, state);
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (state->watched()) rd_kafka_conf_set_stats_cb(conf, on_statistics);
  }
  if (on_rebalance != nullptr) {
    rd_kafka_conf_set_opaque(conf, opaque);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);  // errors come back as values; the library's own log lines would interleave with ours
  rd_kafka_t* rk = rd_kafka_new(type, conf, text, sizeof text);
  if (rk == nullptr) {
    rd_kafka_conf_destroy(conf);
    return tl::unexpected<Error>(Error(ErrorCode::kBrokerUnavailable, "cannot make a Kafka client").in(text));
  }
  return Client(rk);
}

}  // namespace

DeliveryState::~DeliveryState() {
  if (watch_.statistics && !reported_as_.empty()) watch_.statistics->forget(watch_.role, reported_as_);
}

void DeliveryState::report(const std::string& client, std::string_view json) {
  {
    const std::lock_guard lock(mutex_);
    reported_as_ = client;
  }
  watch_.statistics->report(watch_.role, client, json);
}

void DeliveryState::count_produced(std::uint32_t partition) {
  const std::lock_guard lock(mutex_);
  add_one(produced_, partition);
}

void DeliveryState::count(const rd_kafka_message_t& message) {
  const std::lock_guard lock(mutex_);
  // 2.0.2 reports some records as delivered that the broker does not hold (seen on topics made a moment ago): those come
  // without an offset. Only a record with an offset is in the log.
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR && message.offset >= 0) {
    const auto partition = static_cast<std::size_t>(message.partition);
    add_one(delivered_, partition);
    if (partition >= last_.size()) last_.resize(partition + 1, -1);
    last_[partition] = message.offset;
  } else if (failure_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
    failure_ = message.err != RD_KAFKA_RESP_ERR_NO_ERROR ? message.err : RD_KAFKA_RESP_ERR__INCONSISTENT;
  }
}

rd_kafka_resp_err_t DeliveryState::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::vector<std::uint64_t> DeliveryState::produced() {
  const std::lock_guard lock(mutex_);
  return produced_;
}

bool DeliveryState::delivered(const std::vector<std::uint64_t>& wanted) {
  const std::lock_guard lock(mutex_);
  for (std::size_t p = 0; p < wanted.size(); ++p)
    if (wanted[p] > (p < delivered_.size() ? delivered_[p] : 0)) return false;
  return true;
}

std::int64_t DeliveryState::last_offset(std::uint32_t partition) {
  const std::lock_guard lock(mutex_);
  return partition < last_.size() ? last_[partition] : -1;
}

Error to_error(rd_kafka_resp_err_t code, std::string_view what) {
  const bool away = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
                    code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
  return Error(away ? ErrorCode::kBrokerUnavailable : ErrorCode::kBrokerFatal, "Kafka request failed", code, away ? Retry::kBackoff : Retry::kNever)
      .in(std::string(what) + ": " + rd_kafka_err2str(code));
}

Result<Client> make_producer(const std::string& bootstrap, const Properties& more, DeliveryState* state) {
  // One request in flight: a broker that knows nothing of this producer takes any first sequence. With several in flight, a
  // retried first record then counts as a duplicate and is dropped, and 2.0.2 calls that delivered (seen in the log suite).
  // No message timeout: a record that was given up with the one behind it delivered would be a hole in the log. Instead
  // flush() gives up waiting, and the records stay queued in order.
  return make_client(RD_KAFKA_PRODUCER,
                     {{"bootstrap.servers", bootstrap}, {"enable.idempotence", "true"}, {"acks", "all"}, {"max.in.flight.requests.per.connection", "1"}, {"linger.ms", "0"},
                      {"socket.nagle.disable", "true"}, {"message.max.bytes", std::to_string(kMaxMessageBytes)},
                      {"queue.buffering.max.kbytes", "131072"}, {"message.timeout.ms", "0"}, {"log_level", "0"}},
                     more, state);
}

Result<Client> make_consumer(const std::string& bootstrap, const Properties& more, DeliveryState* state) {
  auto client = make_client(RD_KAFKA_CONSUMER,
                     {{"bootstrap.servers", bootstrap}, {"group.id", "brushwatch"}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"},
                      {"enable.partition.eof", "false"}, {"auto.offset.reset", "error"}, {"isolation.level", "read_committed"},
                      {"socket.nagle.disable", "true"}, {"fetch.wait.max.ms", "10"}, {"fetch.message.max.bytes", std::to_string(2 * kMaxMessageBytes)},
                      {"queued.max.messages.kbytes", "65536"}, {"check.crcs", "true"}, {"log_level", "0"}},
                     more, state);
  // All events of the client and of its partitions come by the queues that are read, none by a hidden one.
  if (client) rd_kafka_poll_set_consumer(client->get());
  return client;
}

Result<Client> make_member(const std::string& bootstrap, const Properties& more, OnRebalance on_rebalance, void* opaque) {
  // Eager and one partition: nothing of 2.0.2's cooperative mode is used. Nothing is read, so no offset is looked for.
  auto client = make_client(RD_KAFKA_CONSUMER,
                            {{"bootstrap.servers", bootstrap}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "latest"},
                             {"partition.assignment.strategy", "range"}, {"socket.nagle.disable", "true"}, {"log_level", "0"}},
                            more, nullptr, on_rebalance, opaque);
  if (client) rd_kafka_poll_set_consumer(client->get());
  return client;
}

Result<std::uint32_t> partition_count(rd_kafka_t* client, const std::string& topic) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  if (handle == nullptr) return tl::unexpected<Error>(to_error(rd_kafka_last_error(), topic));
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client, 0, handle, &metadata, kRequestTimeoutMs);
  rd_kafka_topic_destroy(handle);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected<Error>(to_error(code, "metadata of " + topic));
  std::uint32_t count = 0;
  bool leaderless = false;
  if (metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR) count = static_cast<std::uint32_t>(metadata->topics[0].partition_cnt);
  // A partition without a leader is not there yet: what is sent to it now may be lost.
  for (std::uint32_t p = 0; p < count; ++p) if (metadata->topics[0].partitions[p].leader < 0) leaderless = true;
  rd_kafka_metadata_destroy(metadata);
  if (leaderless) return tl::unexpected<Error>(Error(ErrorCode::kBrokerUnavailable, "a partition has no leader yet", 0, Retry::kBackoff).in(topic));
  return count;
}

Result<std::string> topic_property(rd_kafka_t* client, const std::string& topic, const char* name) {
  rd_kafka_ConfigResource_t* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  Queue queue(rd_kafka_queue_new(client));
  rd_kafka_DescribeConfigs(client, &resource, 1, nullptr, queue.get());
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs);
  rd_kafka_ConfigResource_destroy(resource);
  std::string value;
  rd_kafka_resp_err_t code = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
  if (event != nullptr && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::size_t resources = 0, entries = 0;
    const auto** described = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resources);
    if (resources == 1) code = rd_kafka_ConfigResource_error(described[0]);
    if (resources == 1 && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto** list = rd_kafka_ConfigResource_configs(described[0], &entries);
      for (std::size_t i = 0; i < entries; ++i) {
        const char* text = rd_kafka_ConfigEntry_value(list[i]);
        if (text != nullptr && std::string_view(rd_kafka_ConfigEntry_name(list[i])) == name) value = text;
      }
    }
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected<Error>(to_error(code, "configuration of " + topic));
  return value;
}

Result<std::uint32_t> ensure_topic(rd_kafka_t* client, const std::string& topic, const TopicSpec& spec) {
  const std::uint32_t partitions = spec.partitions;
  BW_ASSIGN(std::uint32_t count, partition_count(client, topic));
  if (count != 0 && spec.keep_forever) {
    // Who may not describe topics may still use them: only an answer that says so refuses.
    const auto policy = topic_property(client, topic, "cleanup.policy");
    if (policy && policy->find("compact") != std::string::npos)
      return tl::unexpected<Error>(Error(ErrorCode::kTopicMismatch, "the topic is compacted: records would vanish from the middle").in(topic));
  }
  if (count == 0) {
    if (!spec.create || partitions == 0) return tl::unexpected<Error>(Error(ErrorCode::kTopicMismatch, "the topic does not exist").in(topic));
    char text[256];
    rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(topic.c_str(), static_cast<int>(partitions), spec.replication, text, sizeof text);
    rd_kafka_NewTopic_set_config(wanted, "max.message.bytes", std::to_string(kMaxMessageBytes + 4096).c_str());
    if (spec.keep_forever) {
      rd_kafka_NewTopic_set_config(wanted, "cleanup.policy", "delete");
      rd_kafka_NewTopic_set_config(wanted, "retention.ms", "-1");
      rd_kafka_NewTopic_set_config(wanted, "retention.bytes", "-1");
    }
    for (const auto& [name, value] : spec.settings) rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
    Queue queue(rd_kafka_queue_new(client));
    rd_kafka_CreateTopics(client, &wanted, 1, nullptr, queue.get());
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), kRequestTimeoutMs);
    rd_kafka_resp_err_t code = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (event != nullptr && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::size_t n = 0;
      const auto* result = rd_kafka_event_CreateTopics_result(event);
      const auto** topics = rd_kafka_CreateTopics_result_topics(result, &n);
      if (n == 1) code = rd_kafka_topic_result_error(topics[0]);
    }
    if (event != nullptr) rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(wanted);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return tl::unexpected<Error>(to_error(code, "create " + topic));
    // The answer says the controller knows; every broker's metadata follows within moments.
    for (int tries = 0; tries < 100 && count != partitions; ++tries) {
      const auto ready = partition_count(client, topic);
      count = ready ? *ready : 0;
      if (count != partitions) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  if (partitions != 0 && count != partitions)
    return tl::unexpected<Error>(Error(ErrorCode::kTopicMismatch, "the topic has another number of partitions", count).in(topic));
  return count;
}

Result<Watermarks> watermarks(rd_kafka_t* client, const std::string& topic, std::uint32_t partition) {
  Watermarks w;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeliveryTimeoutMs);
  for (;;) {
    const auto code = rd_kafka_query_watermark_offsets(client, topic.c_str(), static_cast<std::int32_t>(partition), &w.low, &w.high, kRequestTimeoutMs);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return w;
    // A partition created a moment ago has no leader for an instant; one whose leader died has none until another is elected.
    const bool moment = code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                        code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    if (!moment || std::chrono::steady_clock::now() >= until) return tl::unexpected<Error>(to_error(code, "offsets of " + topic));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Result<void> produce(rd_kafka_t* client, const std::string& topic, std::uint32_t partition, std::string_view key, std::string_view payload, DeliveryState& state,
                     std::span<const RecordHeader> headers) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeliveryTimeoutMs);
  for (;;) {
    if (const auto failure = state.failure()) return tl::unexpected<Error>(to_error(failure, "produce to " + topic));
    // Taken over by the client when the record is; made anew when it was not.
    rd_kafka_headers_t* own = headers.empty() ? nullptr : rd_kafka_headers_new(headers.size());
    for (const auto& [name, value] : headers) rd_kafka_header_add(own, name.data(), static_cast<ssize_t>(name.size()), value.data(), static_cast<ssize_t>(value.size()));
    const auto code = rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition)),
                                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
                                        RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()), RD_KAFKA_V_HEADERS(own), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (own != nullptr) rd_kafka_headers_destroy(own);
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return fail(ErrorCode::kTooLarge, "a record is longer than the topic takes", static_cast<std::int64_t>(payload.size()));
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return tl::unexpected<Error>(to_error(code, "produce to " + topic));
    if (std::chrono::steady_clock::now() >= until) return tl::unexpected<Error>(to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "room to produce to " + topic));
    rd_kafka_poll(client, 10);
  }
  state.count_produced(partition);
  rd_kafka_poll(client, 0);
  return {};
}

Result<void> flush(rd_kafka_t* client, DeliveryState& state) {
  const std::vector<std::uint64_t> wanted = state.produced();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeliveryTimeoutMs);
  while (state.failure() == RD_KAFKA_RESP_ERR_NO_ERROR && !state.delivered(wanted)) {
    if (std::chrono::steady_clock::now() >= until) return tl::unexpected<Error>(to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "delivery"));
    rd_kafka_poll(client, 100);  // a report wakes it at once
  }
  if (const auto failure = state.failure()) return tl::unexpected<Error>(to_error(failure, "delivery"));
  return {};
}

}  // namespace brushwatch::kafka
