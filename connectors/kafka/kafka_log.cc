#include "connectors/kafka/kafka_log.h"

#include <algorithm>
#include <mutex>

#include "connectors/kafka/client.h"
#include "connectors/kafka/partition_reader.h"

namespace brushwatch {
namespace {

class KafkaLog final : public Log {
 public:
  explicit KafkaLog(KafkaLogOptions options) : delivery({options.statistics, "ledger"}), options_(std::move(options)) {}
  ~KafkaLog() override {
    readers_.clear();
  }

  std::uint32_t partitions() const override { return partitions_; }
  Result<std::uint64_t> begin_offset(std::uint32_t partition) override {
    BW_TRY(check(partition));
    BW_ASSIGN(const auto w, kafka::watermarks(producer.get(), options_.topic, partition));
    return static_cast<std::uint64_t>(w.low);
  }
  Result<std::uint64_t> end_offset(std::uint32_t partition) override {
    BW_TRY(check(partition));
    BW_ASSIGN(const auto w, kafka::watermarks(producer.get(), options_.topic, partition));
    return static_cast<std::uint64_t>(w.high);
  }
  Result<void> append(std::uint32_t partition, std::string_view payload) override {
    BW_TRY(check(partition));
    if (payload.size() > max_record_bytes()) return fail(ErrorCode::kTooLarge, "a record is longer than the log takes", static_cast<std::int64_t>(payload.size()));
    return kafka::produce(producer.get(), options_.topic, partition, {}, payload, delivery);
  }
  Result<void> sync() override { return kafka::flush(producer.get(), delivery); }
  Result<std::uint64_t> last_offset(std::uint32_t partition) override {
    BW_TRY(check(partition));
    const std::int64_t last = delivery.last_offset(partition);
    if (last < 0) return fail(ErrorCode::kUsage, "nothing of ours was delivered to this partition", partition);
    return static_cast<std::uint64_t>(last);
  }
  Result<void> read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms, std::vector<LogRecord>& out) override {
    out.clear();
    BW_TRY(check(partition));
    if (max_records == 0) return {};
    const std::lock_guard lock(reading_[partition]);
    auto& reader = readers_[partition];
    kafka::Watermarks w;
    // Who waits at the end of what was read before asks nobody: the next record comes by itself.
    const bool waits = wait_ms > 0 && reader && reader->at(offset);
    if (!waits) {
      BW_ASSIGN(w, kafka::watermarks(producer.get(), options_.topic, partition));
      if (offset < static_cast<std::uint64_t>(w.low)) return fail(ErrorCode::kLogTruncated, "the offset is no longer in the log", static_cast<std::int64_t>(offset));
      if (offset >= static_cast<std::uint64_t>(w.high) && wait_ms <= 0) return {};
    }
    if (!reader) {
      BW_ASSIGN(reader, kafka::PartitionReader::open(options_.bootstrap, options_.config, options_.topic, partition, true));
    }
    BW_TRY(reader->seek(offset));
    // What the broker said is there must come; an empty answer would read as the end of the log.
    const bool known = offset < static_cast<std::uint64_t>(w.high);
    // Here and not a member: partitions are read from different threads, and a client that is destroyed while one of its
    // messages is held waits for ever.
    std::vector<kafka::Message> messages;
    BW_TRY(reader->poll(max_records, known ? kafka::kRequestTimeoutMs : wait_ms, messages));
    if (known && messages.empty()) return fail(ErrorCode::kBrokerUnavailable, "the broker did not hand out records it holds", static_cast<std::int64_t>(offset), Retry::kBackoff);
    for (const auto& m : messages) {
      out.push_back({static_cast<std::uint64_t>(m->offset), std::string(static_cast<const char*>(m->payload), m->len)});
    }
    return {};
  }
  Result<void> truncate(std::uint32_t, std::uint64_t) override { return fail(ErrorCode::kUnsupported, "a Kafka log cannot be cut"); }
  std::size_t max_record_bytes() const override { return kafka::kMaxMessageBytes - 1024; }  // 1 KiB for the batch's envelope

  void shape(std::uint32_t partitions) {
    partitions_ = partitions;
    readers_.resize(partitions);
    reading_ = std::vector<std::mutex>(partitions);
  }

  kafka::DeliveryState delivery;
  kafka::Client producer;

 private:
  /// The library would ask the broker about a missing partition for seconds, and 2.0.2 must not produce to one.
  [[nodiscard]] Result<void> check(std::uint32_t partition) const {
    if (partition >= partitions_) return fail(ErrorCode::kTopicMismatch, "the log has no such partition", partition);
    return {};
  }

  KafkaLogOptions options_;
  std::uint32_t partitions_ = 0;
  std::vector<std::unique_ptr<kafka::PartitionReader>> readers_;
  std::vector<std::mutex> reading_;  // one a reader
};

}  // namespace

Result<std::unique_ptr<Log>> open_kafka_log(const KafkaLogOptions& options) {
  auto log = std::make_unique<KafkaLog>(options);
  BW_ASSIGN(log->producer, kafka::make_producer(options.bootstrap, options.config, &log->delivery));
  BW_ASSIGN(const std::uint32_t there, kafka::partition_count(log->producer.get(), options.topic));
  BW_ASSIGN(const std::uint32_t partitions, kafka::ensure_topic(log->producer.get(), options.topic, {options.partitions, options.replication, options.create_if_missing, true}));
  // A client that saw the topic missing goes by that for a while.
  if (there == 0) {
    BW_ASSIGN(log->producer, kafka::make_producer(options.bootstrap, options.config, &log->delivery));
  }
  log->shape(partitions);
  return std::unique_ptr<Log>(std::move(log));
}

bool wait_for_kafka(const std::string& bootstrap, int timeout_ms) {
  kafka::DeliveryState state;
  auto client = kafka::make_producer(bootstrap, {}, &state);
  if (!client) return false;
  for (int waited = 0; waited < timeout_ms; waited += 200) {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto code = rd_kafka_metadata(client->get(), 0, nullptr, &metadata, 200);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const bool there = metadata->broker_cnt > 0;
      rd_kafka_metadata_destroy(metadata);
      if (there) return true;
    }
    rd_kafka_poll(client->get(), 50);
  }
  return false;
}

}  // namespace brushwatch
