#pragma once
/// The topics of a configuration as they should be and as the broker has them.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch {

struct KafkaTopicPlan {
  std::string bootstrap, topic;
  std::string role;              ///< "in", "ledger", "alerts", "late", "dlq", "lead"
  std::uint32_t partitions = 1;  ///< 0: any number will do
  int replication = 1;
  bool keep_forever = false;     ///< nothing in it may expire or be compacted
  std::vector<std::pair<std::string, std::string>> settings{};  ///< what it is made with, and must have
};
/// A member's topics: everything it may see for 90 days, and its list, compacted. A week may pass before an older record of an entry
/// goes, and a tombstone stays for 90 days: who was away reads it still.
std::vector<std::pair<std::string, std::string>> member_stream_settings();
std::vector<std::pair<std::string, std::string>> member_list_settings();
/// What the doors must remember beyond a change of the lead (apps/shared_rows.h): the newest record of each row, for as long as there is one.
std::vector<std::pair<std::string, std::string>> doors_topic_settings();
struct KafkaTopicState {
  std::uint32_t partitions = 0;  ///< 0: it does not exist
  std::string retention_ms, cleanup_policy;  ///< empty when the broker does not say
  /// What would keep a run from being correct; empty: as planned.
  [[nodiscard]] std::string problem(const KafkaTopicPlan& plan) const;
};
using KafkaProperties = std::vector<std::pair<std::string, std::string>>;
/// Errors: kBrokerUnavailable.
Result<KafkaTopicState> look_at_kafka_topic(const KafkaTopicPlan& plan, const KafkaProperties& config);
/// Makes it when it is missing; changes nothing that exists. Errors: kTopicMismatch, kBrokerUnavailable.
Result<void> create_kafka_topic(const KafkaTopicPlan& plan, const KafkaProperties& config);

}  // namespace brushwatch
