#pragma once
/// A source with a quota: while it is used up the source is not read, so its transport holds the rest (a Kafka partition is
/// fetched no further than the client's own bounded queue).

#include <atomic>
#include <memory>

#include "engine/base/time.h"
#include "engine/base/token_bucket.h"
#include "engine/log/source.h"

namespace brushwatch::app {

class QuotaSource final : public Source {
 public:
  /// What all partitions of one configured source share; they are polled by one thread.
  struct Shared {
    Quota quota;
    std::atomic<std::uint64_t> throttled{0};  ///< polls that the quota held back
  };
  QuotaSource(std::shared_ptr<Source> inner, std::shared_ptr<Shared> shared, Clock& clock) : inner_(std::move(inner)), shared_(std::move(shared)), clock_(clock) {}

  [[nodiscard]] const std::string& name() const override { return inner_->name(); }
  Result<void> seek(std::uint64_t offset) override { return inner_->seek(offset); }
  /// Gives no more events than the quota has left; bytes are known only when they are read, so one poll may go into debt.
  Result<void> poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) override;
  void durable_up_to(std::uint64_t next_offset) override { inner_->durable_up_to(next_offset); }
  [[nodiscard]] bool at_end() const override { return inner_->at_end(); }
  [[nodiscard]] std::optional<std::uint64_t> backlog() const override { return inner_->backlog(); }

 private:
  std::shared_ptr<Source> inner_;
  std::shared_ptr<Shared> shared_;
  Clock& clock_;
};

}  // namespace brushwatch::app
