#pragma once
/// Output lines to a topic: one record a line, in the partition of the chain, acknowledged at flush(); and their tail back.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kafka/kafka_statistics.h"
#include "engine/base/result.h"

namespace brushwatch {

struct KafkaSinkOptions {
  std::string bootstrap, topic;
  std::uint32_t partitions = 1;
  int replication = 1;
  std::vector<std::pair<std::string, std::string>> config;
  std::shared_ptr<KafkaStatistics> statistics;  ///< hears the clients; may be absent
  bool keep_forever = true;                     ///< false: `settings` say how long
  std::vector<std::pair<std::string, std::string>> settings{};  ///< of a topic that is made here
};

class KafkaSink {
 public:
  virtual ~KafkaSink() = default;
  using Header = std::pair<std::string_view, std::string_view>;
  virtual Result<void> append(std::uint32_t partition, std::string_view key, std::string_view value, std::span<const Header> headers = {}) = 0;
  /// A record without a value: a compacted topic forgets the key.
  virtual Result<void> bury(std::uint32_t partition, std::string_view key, std::span<const Header> headers = {}) = 0;
  virtual Result<void> flush() = 0;
  /// Serves the client's callbacks without waiting.
  virtual void serve() = 0;
  /// Visits all values of a partition, oldest first, up to its end as of the call.
  virtual Result<void> for_each(std::uint32_t partition, const std::function<Result<void>(std::string_view)>& visit) = 0;
  /// Visits the values that came behind those of the last for_each() or for_each_new() of the partition: what has arrived
  /// here, or (`to_end`) all that the partition holds at the call. The first call opens a reader that stays open.
  virtual Result<void> for_each_new(std::uint32_t partition, bool to_end, const std::function<Result<void>(std::string_view)>& visit) = 0;
};
/// Creates the topic when it is missing. Errors: kTopicMismatch, kBrokerUnavailable.
Result<std::unique_ptr<KafkaSink>> open_kafka_sink(const KafkaSinkOptions& options);

}  // namespace brushwatch
