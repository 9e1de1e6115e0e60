#pragma once
/// A configuration's members at the broker: their names, their topics, and a sink into them.

#include <set>
#include <string>
#include <vector>

#include "apps/config.h"
#include "connectors/kafka/kafka_topics.h"
#include "doors/member_topics.h"

namespace brushwatch::app {

struct ConfiguredMember {
  doors::Principal who;  ///< of a platform or carrier the party is the name
  std::string stream, list;
  std::string dead_letters;  ///< "" of whoever sends nothing in a party's name
  [[nodiscard]] std::vector<std::string> topics() const;
};
std::vector<ConfiguredMember> configured_members(const Config& config);
std::vector<KafkaTopicPlan> member_topic_plans(const Config& config);
/// The parties that have a topic for their dead letters.
std::set<std::string> parties_with_topics(const Config& config);
/// For doors::MemberTopics. `config` outlives what comes out.
std::vector<doors::MemberTopics::Member> member_sinks(const Config& config);

}  // namespace brushwatch::app
