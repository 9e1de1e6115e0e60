#pragma once
/// Kafka partitions as sources: raw records with their offsets, times and headers.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/kafka_statistics.h"
#include "engine/log/source.h"

namespace brushwatch {

struct KafkaSourceOptions {
  std::string bootstrap;
  std::vector<std::string> topics;
  std::vector<std::pair<std::string, std::string>> config;
  bool bounded = false;            ///< end at the high watermarks seen at open
  bool create_if_missing = false;  ///< a live run may start before its platforms do
  std::uint32_t partitions = 1;    ///< of a topic that is created
  int replication = 1;
  std::shared_ptr<KafkaStatistics> statistics;  ///< hears the clients; may be absent
};
/// One Source a (topic, partition), named "topic/partition", in the order of topics and partitions. Each has a client of its
/// own: librdkafka fetches them side by side, and a slow reader of one cannot hold back the others.
/// Errors: kTopicMismatch (a topic is missing), kBrokerUnavailable.
Result<std::vector<std::unique_ptr<Source>>> open_kafka_sources(const KafkaSourceOptions& options);

}  // namespace brushwatch
