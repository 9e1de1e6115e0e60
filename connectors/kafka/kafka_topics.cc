#include "connectors/kafka/kafka_topics.h"

#include <algorithm>

#include "connectors/kafka/client.h"

namespace brushwatch {

std::string KafkaTopicState::problem(const KafkaTopicPlan& plan) const {
  if (partitions == 0) return "missing";
  if (plan.partitions != 0 && partitions != plan.partitions) return "has " + std::to_string(partitions) + " partitions, not " + std::to_string(plan.partitions);
  for (const auto& [name, value] : plan.settings) {
    if (name == "cleanup.policy" && !cleanup_policy.empty() && cleanup_policy != value) return "cleanup.policy is " + cleanup_policy + ", not " + value;
    if (name == "retention.ms" && !retention_ms.empty() && retention_ms != value) return "retention.ms is " + retention_ms + ", not " + value;
  }
  if (!plan.keep_forever) return {};
  if (cleanup_policy.find("compact") != std::string::npos) return "is compacted";
  if (!retention_ms.empty() && retention_ms != "-1") return "forgets after " + retention_ms + " ms: set retention.ms=-1";
  return {};
}

namespace {
constexpr const char* kNinetyDaysMs = "7776000000";
constexpr const char* kWeekMs = "604800000";
}  // namespace

std::vector<std::pair<std::string, std::string>> member_stream_settings() { return {{"cleanup.policy", "delete"}, {"retention.ms", kNinetyDaysMs}}; }
std::vector<std::pair<std::string, std::string>> member_list_settings() {
  return {{"cleanup.policy", "compact"}, {"min.compaction.lag.ms", kWeekMs}, {"delete.retention.ms", kNinetyDaysMs}};
}

std::vector<std::pair<std::string, std::string>> doors_topic_settings() { return {{"cleanup.policy", "compact"}}; }

Result<KafkaTopicState> look_at_kafka_topic(const KafkaTopicPlan& plan, const KafkaProperties& config) {
  kafka::DeliveryState unused;
  BW_ASSIGN(auto client, kafka::make_producer(plan.bootstrap, config, &unused));
  KafkaTopicState state;
  BW_ASSIGN(state.partitions, kafka::partition_count(client.get(), plan.topic));
  if (state.partitions == 0) return state;
  // A member may be allowed to use a topic and not to describe it: silence is no problem.
  state.retention_ms = kafka::topic_property(client.get(), plan.topic, "retention.ms").value_or("");
  state.cleanup_policy = kafka::topic_property(client.get(), plan.topic, "cleanup.policy").value_or("");
  return state;
}

Result<void> create_kafka_topic(const KafkaTopicPlan& plan, const KafkaProperties& config) {
  kafka::DeliveryState unused;
  BW_ASSIGN(auto client, kafka::make_producer(plan.bootstrap, config, &unused));
  BW_ASSIGN(const auto there, kafka::partition_count(client.get(), plan.topic));
  if (there != 0) return {};
  BW_ASSIGN(const auto made, kafka::ensure_topic(client.get(), plan.topic, {std::max(1U, plan.partitions), plan.replication, true, plan.keep_forever, plan.settings}));
  (void)made;
  return {};
}

}  // namespace brushwatch
