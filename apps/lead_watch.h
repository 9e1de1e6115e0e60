#pragma once
/// Watches the lead on a thread of its own, so that heartbeats go out however long a round folds.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "connectors/kafka/kafka_lead.h"

namespace brushwatch::app {

class LeadWatch {
 public:
  /// Joins the group and begins to watch. Errors: those of join_kafka_lead().
  static Result<std::unique_ptr<LeadWatch>> join(const KafkaLeadOptions& options);
  explicit LeadWatch(std::unique_ptr<KafkaLead> lead);
  ~LeadWatch();
  LeadWatch(const LeadWatch&) = delete;
  LeadWatch& operator=(const LeadWatch&) = delete;

  /// The group has proposed this instance. From then on the ledger decides how long it leads (engine/stage/claim.h), not the group.
  [[nodiscard]] bool leads() const { return state_ == State::kLeads; }
  /// The group has said so, or that another one does.
  [[nodiscard]] bool placed() const { return placed_; }
  [[nodiscard]] bool failed() const { return state_ == State::kFailed; }
  /// Monotonic time at which it was proposed.
  [[nodiscard]] std::int64_t since_ns() const { return since_ns_; }
  /// Errors: kFenced when another process runs under this name; kBrokerFatal. It stays so.
  [[nodiscard]] Result<void> check();

 private:
  enum class State { kWaits, kLeads, kFailed };
  void watch();

  std::unique_ptr<KafkaLead> lead_;
  std::atomic<State> state_{State::kWaits};
  std::atomic<bool> ends_{false}, placed_{false};
  std::atomic<std::int64_t> since_ns_{0};
  std::mutex mutex_;
  std::optional<Error> error_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace brushwatch::app
