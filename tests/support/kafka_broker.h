#pragma once
/// One real Kafka broker for all tests of an executable, started when the first one asks.

#include <sys/types.h>

#include <string>

namespace brushwatch::test {

/// With BW_KAFKA_BOOTSTRAP set, the broker at that address is used instead and nothing is started.
/// Errors: throws std::runtime_error with the next step when Java or the jars are missing or the broker does not come
/// up: a test that needs a broker fails then, it is never skipped.
class KafkaBroker {
 public:
  static KafkaBroker& shared();
  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }
  /// A topic name that no other test uses. The topic is not made.
  [[nodiscard]] std::string fresh_topic(const std::string& stem);
  /// Stops the broker's process where it is (SIGSTOP), and lets it go on: an outage without loss. Only of a broker
  /// started here.
  void pause();
  void resume();

  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

 private:
  KafkaBroker();
  ~KafkaBroker();
  bool start();

  std::string folder_, bootstrap_;
  pid_t pid_ = -1;
  int topics_ = 0;
};

}  // namespace brushwatch::test
