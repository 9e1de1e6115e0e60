#include "connectors/kafka/kafka_lead.h"

#include <algorithm>

#include "connectors/kafka/client.h"

namespace brushwatch {
namespace {

class Member final : public KafkaLead {
 public:
  Result<bool> poll(int wait_ms) override {
    kafka::Message message(rd_kafka_consumer_poll(client.get(), wait_ms));
    char text[256];
    const auto fatal = rd_kafka_fatal_error(client.get(), text, sizeof text);
    if (fatal == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) return fail(ErrorCode::kFenced, "another process runs under this instance name");
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected<Error>(kafka::to_error(fatal, text));
    // Others (a broker that is away, a coordinator that moves) heal by themselves; if they do not, the session ends and with it
    // the lead. A session that the broker refuses does not heal.
    if (message && message->err == RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT)
      return fail(ErrorCode::kConfigRange, "standby.session_ms is outside of what the broker allows (group.min.session.timeout.ms)");
    return leads;
  }
  bool placed() const override { return placed_; }
  ~Member() override {
    if (client) rd_kafka_consumer_close(client.get());
  }

  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    auto& self = *static_cast<Member*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      rd_kafka_assign(client, partitions);
      rd_kafka_pause_partitions(client, partitions);  // there is nothing to read
      self.leads = partitions->cnt > 0;
      self.placed_ = true;
    } else {
      // Taken for good only when the session is over; else the group is being formed anew and says in a moment who leads.
      if (rd_kafka_assignment_lost(client) != 0) self.leads = false;
      rd_kafka_assign(client, nullptr);
    }
  }

  bool leads = false;
  bool placed_ = false;
  kafka::Client client;  // destroyed first: its callbacks name this object
};

}  // namespace

Result<std::unique_ptr<KafkaLead>> join_kafka_lead(const KafkaLeadOptions& options) {
  kafka::DeliveryState unused;
  BW_ASSIGN(auto probe, kafka::make_producer(options.bootstrap, options.config, &unused));
  BW_ASSIGN(const auto partitions, kafka::ensure_topic(probe.get(), options.topic, {1, options.replication, true, false}));
  (void)partitions;
  kafka::Properties properties = options.config;
  const int session = options.session_ms;
  properties.emplace_back("group.id", options.group);
  properties.emplace_back("group.instance.id", options.instance);
  properties.emplace_back("session.timeout.ms", std::to_string(session));
  // Three heartbeats a session, as the protocol's authors advise: two may be lost.
  properties.emplace_back("heartbeat.interval.ms", std::to_string(std::max(1, session / 3)));
  properties.emplace_back("max.poll.interval.ms", std::to_string(std::max(session, 60'000)));
  auto member = std::make_unique<Member>();
  BW_ASSIGN(member->client, kafka::make_member(options.bootstrap, properties, &Member::on_rebalance, member.get()));
  kafka::TopicList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(member->client.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected<Error>(kafka::to_error(code, "join " + options.group));
  return std::unique_ptr<KafkaLead>(std::move(member));
}

}  // namespace brushwatch
