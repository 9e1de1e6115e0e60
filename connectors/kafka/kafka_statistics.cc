#include "connectors/kafka/kafka_statistics.h"

#include <rapidjson/document.h>

#include <algorithm>

namespace brushwatch {
namespace {

double number(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsNumber() ? found->value.GetDouble() : 0.0;
}

/// A rolling window of librdkafka ("rtt", "int_latency", "throttle"): one of its members, µs or ms, in seconds.
double window(const rapidjson::Value& object, const char* name, const char* member, double unit) {
  const auto found = object.FindMember(name);
  if (found == object.MemberEnd() || !found->value.IsObject()) return 0;
  return number(found->value, member) / unit;
}

void add_counters(KafkaRoleStats& to, const KafkaRoleStats& from) {
  to.sent_bytes += from.sent_bytes;
  to.received_bytes += from.received_bytes;
  to.sent_messages += from.sent_messages;
  to.received_messages += from.received_messages;
  to.requests += from.requests;
  to.request_errors += from.request_errors;
  to.retries += from.retries;
  to.timeouts += from.timeouts;
  to.reconnects += from.reconnects;
}

}  // namespace

void KafkaStatistics::report(const std::string& role, const std::string& client, std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return;
  constexpr double kMicros = 1e6, kMillis = 1e3;
  KafkaRoleStats s;
  s.clients = 1;
  s.sent_bytes = number(document, "tx_bytes");
  s.received_bytes = number(document, "rx_bytes");
  s.requests = number(document, "tx");
  s.sent_messages = number(document, "txmsgs");
  s.received_messages = number(document, "rxmsgs");
  s.queued_messages = number(document, "msg_cnt");
  s.queued_bytes = number(document, "msg_size");
  s.waiting_operations = number(document, "replyq");
  const auto brokers = document.FindMember("brokers");
  if (brokers != document.MemberEnd() && brokers->value.IsObject()) {
    for (const auto& entry : brokers->value.GetObject()) {
      const rapidjson::Value& b = entry.value;
      // The group coordinator is a second name of a broker that is in the list already.
      if (!b.IsObject() || number(b, "nodeid") < 0) continue;
      const auto state = b.FindMember("state");
      const bool up = state != b.MemberEnd() && state->value.IsString() && std::string_view(state->value.GetString()) == "UP";
      (up ? s.brokers_up : s.brokers_down) += 1;
      s.outbuf_requests += number(b, "outbuf_cnt");
      s.request_errors += number(b, "txerrs") + number(b, "rxerrs");
      s.retries += number(b, "txretries");
      s.timeouts += number(b, "req_timeouts");
      s.reconnects += std::max(0.0, number(b, "connects") - 1);
      s.round_trip_p99_s = std::max(s.round_trip_p99_s, window(b, "rtt", "p99", kMicros));
      s.round_trip_mean_s = std::max(s.round_trip_mean_s, window(b, "rtt", "avg", kMicros));
      s.queue_latency_p99_s = std::max(s.queue_latency_p99_s, window(b, "int_latency", "p99", kMicros));
      s.throttle_max_s = std::max(s.throttle_max_s, window(b, "throttle", "max", kMillis));
    }
  }
  const std::lock_guard lock(mutex_);
  clients_[{role, client}] = s;
}

void KafkaStatistics::forget(const std::string& role, const std::string& client) {
  const std::lock_guard lock(mutex_);
  const auto found = clients_.find({role, client});
  if (found == clients_.end()) return;
  add_counters(gone_[role], found->second);
  clients_.erase(found);
}

std::map<std::string, KafkaRoleStats> KafkaStatistics::roles() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, KafkaRoleStats> out = gone_;
  for (const auto& [key, s] : clients_) {
    KafkaRoleStats& to = out[key.role];
    add_counters(to, s);
    to.clients += s.clients;
    to.queued_messages += s.queued_messages;
    to.queued_bytes += s.queued_bytes;
    to.waiting_operations += s.waiting_operations;
    to.brokers_up += s.brokers_up;
    to.brokers_down += s.brokers_down;
    to.outbuf_requests += s.outbuf_requests;
    to.round_trip_p99_s = std::max(to.round_trip_p99_s, s.round_trip_p99_s);
    to.round_trip_mean_s = std::max(to.round_trip_mean_s, s.round_trip_mean_s);
    to.queue_latency_p99_s = std::max(to.queue_latency_p99_s, s.queue_latency_p99_s);
    to.throttle_max_s = std::max(to.throttle_max_s, s.throttle_max_s);
  }
  return out;
}

}  // namespace brushwatch
