#pragma once
/// Who may do what at a broker whose authorizer asks: ACLs as they should be, and those that are missing.
///
/// Needs    a principal that may alter the cluster. SCRAM passwords are not set here: librdkafka 2.0 cannot; the commands that do are
///          printed by `brushwatch topics plan`.

#include <string>
#include <vector>

#include "connectors/kafka/kafka_topics.h"

namespace brushwatch {

/// One permission, from any host.
struct KafkaAcl {
  enum class Resource : std::uint8_t { kTopic, kGroup };
  enum class Operation : std::uint8_t { kRead, kDescribe };
  std::string user;        ///< principal "User:<user>"
  Resource resource = Resource::kTopic;
  std::string name;
  bool prefixed = false;   ///< all names that begin so
  Operation operation = Operation::kRead;
  /// "User:taobao may READ topic brushwatch.to.taobao.v1".
  [[nodiscard]] std::string text() const;
  bool operator==(const KafkaAcl&) const = default;
};

/// What a reader of these topics needs: READ and DESCRIBE of each, and groups that begin with its name and a dot.
std::vector<KafkaAcl> reader_acls(const std::string& user, const std::vector<std::string>& topics);
/// Those of `wanted` that the broker does not have. Errors: kBrokerUnavailable; kUnsupported when the broker has no authorizer.
Result<std::vector<KafkaAcl>> missing_kafka_acls(const std::string& bootstrap, const std::vector<KafkaAcl>& wanted, const KafkaProperties& config);
/// Errors: kBrokerUnavailable, kUnsupported.
Result<void> create_kafka_acls(const std::string& bootstrap, const std::vector<KafkaAcl>& acls, const KafkaProperties& config);

}  // namespace brushwatch
