#include "apps/lead_watch.h"

#include "engine/base/time.h"

namespace brushwatch::app {

Result<std::unique_ptr<LeadWatch>> LeadWatch::join(const KafkaLeadOptions& options) {
  BW_ASSIGN(auto lead, join_kafka_lead(options));
  return std::make_unique<LeadWatch>(std::move(lead));
}

LeadWatch::LeadWatch(std::unique_ptr<KafkaLead> lead) : lead_(std::move(lead)), thread_([this] { watch(); }) {}

LeadWatch::~LeadWatch() {
  ends_ = true;
  thread_.join();
}

void LeadWatch::watch() {
  constexpr int kPollMs = 50;  // of leaving: a rebalance wakes the poll at once
  while (!ends_) {
    auto leads = lead_->poll(kPollMs);
    placed_ = lead_->placed();
    if (leads && *leads && state_ == State::kWaits) {
      since_ns_ = system_clock().monotonic_ns();
      state_ = State::kLeads;
    }
    // Taken away again it leads on: whom the group names instead may be dead, or on its way out. When that one claims the
    // ledger, the next round says so.
    if (leads) continue;
    const std::lock_guard lock(mutex_);
    error_ = std::move(leads.error());
    state_ = State::kFailed;
    return;
  }
}

Result<void> LeadWatch::check() {
  if (state_ != State::kFailed) return {};
  const std::lock_guard lock(mutex_);
  return tl::unexpected<Error>(*error_);
}

}  // namespace brushwatch::app
