#include "connectors/kafka/kafka_access.h"

#include <algorithm>

#include "connectors/kafka/client.h"

namespace brushwatch {
namespace {

struct BindingDeleter { void operator()(rd_kafka_AclBinding_t* b) const { rd_kafka_AclBinding_destroy(b); } };
using Binding = std::unique_ptr<rd_kafka_AclBinding_t, BindingDeleter>;
struct EventDeleter { void operator()(rd_kafka_event_t* e) const { rd_kafka_event_destroy(e); } };
using AdminEvent = std::unique_ptr<rd_kafka_event_t, EventDeleter>;

rd_kafka_ResourceType_t type_of(KafkaAcl::Resource r) { return r == KafkaAcl::Resource::kTopic ? RD_KAFKA_RESOURCE_TOPIC : RD_KAFKA_RESOURCE_GROUP; }
rd_kafka_AclOperation_t operation_of(KafkaAcl::Operation o) { return o == KafkaAcl::Operation::kRead ? RD_KAFKA_ACL_OPERATION_READ : RD_KAFKA_ACL_OPERATION_DESCRIBE; }

tl::unexpected<Error> refused(rd_kafka_resp_err_t code, std::string_view what) {
  if (code == RD_KAFKA_RESP_ERR_SECURITY_DISABLED) return fail(ErrorCode::kUnsupported, "the broker has no authorizer: whoever reaches it may do everything");
  return tl::unexpected<Error>(kafka::to_error(code, what));
}

/// The answer to an admin request, or why there is none.
Result<AdminEvent> answer_of(rd_kafka_queue_t* queue, std::string_view what) {
  AdminEvent event(rd_kafka_queue_poll(queue, kafka::kRequestTimeoutMs));
  const auto code = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return refused(code, what);
  return event;
}

}  // namespace

std::string KafkaAcl::text() const {
  return "User:" + user + " may " + (operation == Operation::kRead ? "READ " : "DESCRIBE ") + (resource == Resource::kTopic ? "topic " : "group ") + name + (prefixed ? "*" : "");
}

std::vector<KafkaAcl> reader_acls(const std::string& user, const std::vector<std::string>& topics) {
  std::vector<KafkaAcl> out;
  for (const std::string& topic : topics) {
    for (const auto operation : {KafkaAcl::Operation::kRead, KafkaAcl::Operation::kDescribe}) out.push_back({user, KafkaAcl::Resource::kTopic, topic, false, operation});
  }
  out.push_back({user, KafkaAcl::Resource::kGroup, user + ".", true, KafkaAcl::Operation::kRead});
  return out;
}

Result<std::vector<KafkaAcl>> missing_kafka_acls(const std::string& bootstrap, const std::vector<KafkaAcl>& wanted, const KafkaProperties& config) {
  kafka::DeliveryState unused;
  BW_ASSIGN(auto client, kafka::make_producer(bootstrap, config, &unused));
  const kafka::Queue queue(rd_kafka_queue_new(client.get()));
  char text[256];
  const Binding everything(rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_ANY, nullptr, RD_KAFKA_RESOURCE_PATTERN_ANY, nullptr, nullptr, RD_KAFKA_ACL_OPERATION_ANY,
                                                         RD_KAFKA_ACL_PERMISSION_TYPE_ANY, text, sizeof text));
  rd_kafka_DescribeAcls(client.get(), everything.get(), nullptr, queue.get());
  BW_ASSIGN(const AdminEvent event, answer_of(queue.get(), "describe ACLs"));
  std::size_t n = 0;
  const auto** held = rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event.get()), &n);
  std::vector<KafkaAcl> out;
  for (const KafkaAcl& acl : wanted) {
    const bool there = std::any_of(held, held + n, [&](const rd_kafka_AclBinding_t* b) {
      return rd_kafka_AclBinding_permission_type(b) == RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW && rd_kafka_AclBinding_restype(b) == type_of(acl.resource) &&
             rd_kafka_AclBinding_operation(b) == operation_of(acl.operation) && acl.name == rd_kafka_AclBinding_name(b) && "User:" + acl.user == rd_kafka_AclBinding_principal(b) &&
             rd_kafka_AclBinding_resource_pattern_type(b) == (acl.prefixed ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL);
    });
    if (!there) out.push_back(acl);
  }
  return out;
}

Result<void> create_kafka_acls(const std::string& bootstrap, const std::vector<KafkaAcl>& acls, const KafkaProperties& config) {
  if (acls.empty()) return {};
  kafka::DeliveryState unused;
  BW_ASSIGN(auto client, kafka::make_producer(bootstrap, config, &unused));
  const kafka::Queue queue(rd_kafka_queue_new(client.get()));
  char text[256];
  std::vector<Binding> owned;
  std::vector<rd_kafka_AclBinding_t*> bindings;
  for (const KafkaAcl& acl : acls) {
    owned.emplace_back(rd_kafka_AclBinding_new(type_of(acl.resource), acl.name.c_str(), acl.prefixed ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                                               ("User:" + acl.user).c_str(), "*", operation_of(acl.operation), RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, text, sizeof text));
    bindings.push_back(owned.back().get());
  }
  rd_kafka_CreateAcls(client.get(), bindings.data(), bindings.size(), nullptr, queue.get());
  BW_ASSIGN(const AdminEvent event, answer_of(queue.get(), "create ACLs"));
  std::size_t n = 0;
  const auto** results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event.get()), &n);
  for (std::size_t i = 0; i < n; ++i) {
    if (const rd_kafka_error_t* error = rd_kafka_acl_result_error(results[i]); error != nullptr) return refused(rd_kafka_error_code(error), "create an ACL");
  }
  return {};
}

}  // namespace brushwatch
