#pragma once
/// Who leads: membership of a consumer group over a topic with one partition. Who holds the partition leads.
///
/// Of the members that are present the one whose name sorts first leads. Whenever another one comes or goes the group is formed
/// anew; who led leads on until the group says otherwise: there is no gap, and two at once are the ledger's business.
/// Membership is static (group.instance.id): an instance that is killed and started again within the session leads on without
/// a rebalance, and a second process under the same name is refused by the broker. Nothing is written to the topic.
/// Threads  one; it must poll at least once a session.
/// Fails    a process that was stopped longer than its session learns of it only when it runs again: what it writes in between
///          is the ledger's business (engine/stage/claim.h), not that of the group.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch {

struct KafkaLeadOptions {
  std::string bootstrap;
  std::string topic;      ///< made with one partition when it is missing
  std::string group;
  std::string instance;   ///< unique among the group's members
  int session_ms = 6'000; ///< silence after which the broker gives the lead to another member
  int replication = 1;
  std::vector<std::pair<std::string, std::string>> config;  ///< librdkafka properties
};

class KafkaLead {
 public:
  virtual ~KafkaLead() = default;
  /// Serves the group for up to `wait_ms`; true while this instance leads. Errors: kFenced when another process runs under this
  /// instance name; kBrokerFatal.
  virtual Result<bool> poll(int wait_ms) = 0;
  /// The group has told this member at least once whether it leads.
  [[nodiscard]] virtual bool placed() const = 0;
};
/// Joins the group. Errors: kTopicMismatch (not one partition), kConfigRange (the broker does not take the session), kBrokerUnavailable.
Result<std::unique_ptr<KafkaLead>> join_kafka_lead(const KafkaLeadOptions& options);

}  // namespace brushwatch
