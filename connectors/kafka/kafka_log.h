#pragma once
/// A log on a Kafka topic: one record a frame, dense offsets, acknowledged by all in-sync replicas at sync().
///
/// Threads  append() and sync() from one thread; read() from any, also beside them: a writer that looks for claims reads what the
///          folds read.
/// Errors   kTopicMismatch, kBrokerUnavailable (retry), kBrokerFatal (open the log again and read its tail).

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/kafka_statistics.h"
#include "engine/log/log.h"

namespace brushwatch {

struct KafkaLogOptions {
  std::string bootstrap;
  std::string topic;
  std::uint32_t partitions = 4;  ///< 0: as many as the topic has
  int replication = 1;
  bool create_if_missing = true;
  std::vector<std::pair<std::string, std::string>> config;  ///< librdkafka properties
  std::shared_ptr<KafkaStatistics> statistics;  ///< hears the clients; may be absent
};
Result<std::unique_ptr<Log>> open_kafka_log(const KafkaLogOptions& options);
/// Asks until a broker answers. False after `timeout_ms`.
bool wait_for_kafka(const std::string& bootstrap, int timeout_ms);

}  // namespace brushwatch
