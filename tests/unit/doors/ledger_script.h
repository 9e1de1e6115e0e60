#pragma once
/// A ledger that a test writes round by round, as an ingest would: events routed to their partitions, then a tick in each.

#include <memory>
#include <string>
#include <vector>

#include "connectors/memory/memory_log.h"
#include "engine/log/frame.h"
#include "engine/stage/route.h"

namespace brushwatch::test {

class LedgerScript {
 public:
  explicit LedgerScript(std::uint32_t partitions, std::vector<std::string> sources)
      : log_(std::make_shared<MemoryLog>(partitions)), frames_(partitions), next_(sources.size()), seq_(partitions), sources_(std::move(sources)) {}

  /// The same log for every reader.
  [[nodiscard]] std::unique_ptr<Log> open() const { return std::make_unique<Shared>(log_); }
  [[nodiscard]] MemoryLog& log() { return *log_; }

  /// The next record of a source; its position is set here.
  void add(std::uint16_t source, Event event) {
    event.position = EvidenceRef::of(source, next_[source]++);
    Event scratch;
    route(event, log_->partitions(), scratch, [&](std::uint32_t p, Stage stage, std::uint64_t key, const Event& e) { frames_[p].add(stage, key, e); });
  }
  void close_round(EventTime watermark) {
    for (std::uint32_t p = 0; p < log_->partitions(); ++p) {
      if (round_ == 0) {
        for (std::size_t s = 0; s < sources_.size(); ++s) {
          Event event;
          event.type = EventType::kSourceDeclared;
          event.emplace<SourceDeclaredEvent>() = {static_cast<std::uint16_t>(s), NamedId::of(sources_[s])};
          frames_[p].add(Stage::kIntake, 0, event);
        }
      }
      // Sometimes the events stand in a frame in front of the tick's, as in any round that is more than one frame.
      if (round_ % 3 == 1 && !frames_[p].empty()) append(p);
      Event event;
      event.type = EventType::kTick;
      auto& tick = event.emplace<TickEvent>();
      tick.round = round_;
      tick.watermark = watermark;
      for (std::size_t s = 0; s < next_.size(); ++s) tick.positions.push_back({static_cast<std::uint16_t>(s), next_[s]});
      frames_[p].add(Stage::kIntake, 0, event);
      append(p);
    }
    ++round_;
  }

 private:
  class Shared final : public Log {
   public:
    explicit Shared(std::shared_ptr<MemoryLog> log) : log_(std::move(log)) {}
    std::uint32_t partitions() const override { return log_->partitions(); }
    Result<std::uint64_t> begin_offset(std::uint32_t p) override { return log_->begin_offset(p); }
    Result<std::uint64_t> end_offset(std::uint32_t p) override { return log_->end_offset(p); }
    Result<void> append(std::uint32_t p, std::string_view payload) override { return log_->append(p, payload); }
    Result<void> sync() override { return log_->sync(); }
    Result<void> read(std::uint32_t p, std::uint64_t offset, std::size_t most, int wait_ms, std::vector<LogRecord>& out) override { return log_->read(p, offset, most, wait_ms, out); }
    Result<void> truncate(std::uint32_t p, std::uint64_t offset) override { return log_->truncate(p, offset); }
    std::size_t max_record_bytes() const override { return log_->max_record_bytes(); }

   private:
    std::shared_ptr<MemoryLog> log_;
  };
  void append(std::uint32_t p) {
    if (!log_->append(p, frames_[p].finish(1, seq_[p]++))) std::abort();
    frames_[p].reset();
  }

  std::shared_ptr<MemoryLog> log_;
  std::vector<FrameBuilder> frames_;
  std::vector<std::uint64_t> next_, seq_;
  std::vector<std::string> sources_;
  std::uint64_t round_ = 0;
};

inline Event scan_event(const std::string& waybill, EventTime at, ScanCode code, std::string_view carrier = "sf") {
  Event event;
  event.type = EventType::kParcelScan;
  event.event_time = event.ingest_time = at;
  auto& scan = event.emplace<ScanEvent>();
  scan.carrier = NamedId::of(carrier);
  scan.waybill = NamedId::of(waybill);
  scan.code = code;
  return event;
}
/// With a waybill: shipped, else created.
inline Event order_event(const std::string& order, const std::string& shop, EventTime at, const std::string& waybill = {}) {
  Event event;
  event.type = waybill.empty() ? EventType::kOrderCreated : EventType::kOrderShipped;
  event.event_time = event.ingest_time = at;
  auto& body = event.emplace<OrderEvent>();
  body.order = NamedId::of(order);
  body.shop = NamedId::of(shop);
  body.buyer = 77;
  if (!waybill.empty()) {
    body.carrier = NamedId::of("sf");
    body.waybill = NamedId::of(waybill);
  }
  return event;
}

}  // namespace brushwatch::test
