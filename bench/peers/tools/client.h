#pragma once
/// librdkafka with owners, and the few words of a command line. Any error ends the program: a benchmark that goes on after one
/// would measure something else.

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace peers {

[[noreturn]] inline void die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

struct EndClient {
  void operator()(rd_kafka_t* k) const { rd_kafka_destroy(k); }
};
struct EndPartitions {
  void operator()(rd_kafka_topic_partition_list_t* l) const { rd_kafka_topic_partition_list_destroy(l); }
};
struct EndTopic {
  void operator()(rd_kafka_topic_t* t) const { rd_kafka_topic_destroy(t); }
};
struct EndQueue {
  void operator()(rd_kafka_queue_t* q) const { rd_kafka_queue_destroy(q); }
};
using Client = std::unique_ptr<rd_kafka_t, EndClient>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, EndPartitions>;
using Topic = std::unique_ptr<rd_kafka_topic_t, EndTopic>;
using Queue = std::unique_ptr<rd_kafka_queue_t, EndQueue>;

using Settings = std::map<std::string, std::string>;

inline Client make_client(rd_kafka_type_t type, const Settings& settings,
                          void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) die(error);
  }
  if (delivered != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) die(error);
  return Client(client);
}

/// Fails on an error object, and frees it.
inline void must(rd_kafka_error_t* error, const char* what) {
  if (error != nullptr) die(std::string(what) + ": " + rd_kafka_error_string(error));
}
inline void must(rd_kafka_resp_err_t error, const char* what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) die(std::string(what) + ": " + rd_kafka_err2str(error));
}

/// A message that was not delivered is fatal.
inline void must_deliver(rd_kafka_t*, const rd_kafka_message_t* message, void*) { must(message->err, "delivery"); }

/// --name value, every name known beforehand.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::map<std::string, std::string> defaults) : values_(std::move(defaults)) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      if (name.rfind("--", 0) != 0 || values_.count(name.substr(2)) == 0 || i + 1 == argc) die("unknown or without a value: " + name);
      values_[name.substr(2)] = argv[i + 1];
    }
  }
  const std::string& operator[](const std::string& name) const { return values_.at(name); }
  [[nodiscard]] std::int64_t number(const std::string& name) const { return std::stoll(values_.at(name)); }

 private:
  std::map<std::string, std::string> values_;
};

inline std::atomic<bool> stop_asked{false};
inline void stop_on_signals() {
  std::signal(SIGTERM, [](int) { stop_asked = true; });
  std::signal(SIGINT, [](int) { stop_asked = true; });
}

inline std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}
inline std::int64_t steady_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace peers
