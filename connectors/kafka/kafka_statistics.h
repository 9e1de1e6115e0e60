#pragma once
/// What librdkafka says about its clients, summed by role: "source", "ledger", "output".
///
/// Each client reports once in kStatisticsIntervalMs, on the thread that polls it; a client that goes away takes its share of
/// the gauges along, its counters stay. Bounded: a role has one KafkaRoleStats however many clients it has.
/// Cost     one JSON document of some KiB a client and interval.
/// Threads  any.
/// Source   STATISTICS.md of librdkafka 2.0.2; units there are microseconds, here seconds.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace brushwatch {

inline constexpr int kStatisticsIntervalMs = 5'000;

struct KafkaRoleStats {
  // Counters.
  double sent_bytes = 0, received_bytes = 0, sent_messages = 0, received_messages = 0, requests = 0, request_errors = 0, retries = 0, timeouts = 0, reconnects = 0;
  // Gauges: summed over the clients of the role; times are the worst client's.
  double clients = 0, queued_messages = 0, queued_bytes = 0, waiting_operations = 0, brokers_up = 0, brokers_down = 0, outbuf_requests = 0;
  double round_trip_p99_s = 0, round_trip_mean_s = 0, queue_latency_p99_s = 0, throttle_max_s = 0;
};

class KafkaStatistics {
 public:
  /// One report of a client. `client` names it among those of the role; a report that is not what we know is ignored.
  void report(const std::string& role, const std::string& client, std::string_view json);
  void forget(const std::string& role, const std::string& client);
  [[nodiscard]] std::map<std::string, KafkaRoleStats> roles() const;

 private:
  struct Key {
    std::string role, client;
    auto operator<=>(const Key&) const = default;
  };
  mutable std::mutex mutex_;
  std::map<Key, KafkaRoleStats> clients_;
  std::map<std::string, KafkaRoleStats> gone_;  // counters of clients that went away
};

}  // namespace brushwatch
