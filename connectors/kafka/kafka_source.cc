#include "connectors/kafka/kafka_source.h"

#include <optional>

#include "connectors/kafka/partition_reader.h"

namespace brushwatch {
namespace {

class KafkaSource final : public Source {
 public:
  KafkaSource(std::string name, std::unique_ptr<kafka::PartitionReader> reader, std::uint64_t low, std::optional<std::uint64_t> end)
      : name_(std::move(name)), reader_(std::move(reader)), low_(low), end_(end) {}
  const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t offset) override {
    // 0 means "from the beginning": of what the topic still holds. Any later position that is gone is an error.
    position_ = offset == 0 ? low_ : offset;
    if (position_ < low_) return tl::unexpected<Error>(Error(ErrorCode::kLogTruncated, "records were removed before they were read", static_cast<std::int64_t>(offset)).in(name_));
    return {};
  }
  Result<void> poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) override {
    out.clear();
    messages_.clear();
    if (at_end()) return {};
    if (!started_) {
      BW_TRY(reader_->seek(position_));
      started_ = true;
    }
    auto polled = reader_->poll(max, wait_ms, messages_);
    if (!polled) return tl::unexpected<Error>(std::move(polled.error()).in(name_));
    for (const auto& m : messages_) {
      const auto offset = static_cast<std::uint64_t>(m->offset);
      if (end_ && offset >= *end_) break;
      SourceRecord record;
      record.bytes = m->payload == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(m->payload), m->len);
      record.offset = offset;
      record.next_offset = offset + 1;
      rd_kafka_timestamp_type_t kind{};
      const std::int64_t time = rd_kafka_message_timestamp(m.get(), &kind);
      if (time > 0) record.record_time = {time};
      rd_kafka_headers_t* headers = nullptr;
      if (rd_kafka_message_headers(m.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* key = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &key, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
          record.headers.emplace_back(key, value == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(value), size));
        }
      }
      position_ = offset + 1;
      out.push_back(std::move(record));
    }
    return {};
  }
  bool at_end() const override { return end_ && position_ >= *end_; }
  std::optional<std::uint64_t> backlog() const override {
    const auto high = reader_->known_end();
    if (!high) return std::nullopt;
    return *high > position_ ? *high - position_ : 0;
  }

 private:
  std::string name_;
  std::unique_ptr<kafka::PartitionReader> reader_;
  std::uint64_t low_;
  std::optional<std::uint64_t> end_;
  std::uint64_t position_ = 0;
  bool started_ = false;
  std::vector<kafka::Message> messages_;
};

/// An answer of 1 MiB instead of the ledger's 8: above 8 MiB the heap gives memory back at once, so that each answer was fresh pages. A
/// record above that still comes, alone. How many records may wait is left alone: with few of them 2.0.2 pauses for a second each time
/// (docs/performance). What the user sets wins.
kafka::Properties source_properties(const kafka::Properties& set_by_user) {
  kafka::Properties out{{"fetch.message.max.bytes", "1048576"}};
  out.insert(out.end(), set_by_user.begin(), set_by_user.end());
  return out;
}

}  // namespace

Result<std::vector<std::unique_ptr<Source>>> open_kafka_sources(const KafkaSourceOptions& options) {
  const kafka::Properties properties = source_properties(options.config);
  kafka::DeliveryState unused;
  BW_ASSIGN(auto probe, kafka::make_producer(options.bootstrap, options.config, &unused));
  std::vector<std::unique_ptr<Source>> out;
  for (const std::string& topic : options.topics) {
    BW_ASSIGN(std::uint32_t partitions, kafka::partition_count(probe.get(), topic));
    if (partitions == 0) {
      BW_ASSIGN(partitions, kafka::ensure_topic(probe.get(), topic, {options.partitions, options.replication, options.create_if_missing, false}));
    }
    for (std::uint32_t p = 0; p < partitions; ++p) {
      BW_ASSIGN(const auto w, kafka::watermarks(probe.get(), topic, p));
      BW_ASSIGN(auto reader, kafka::PartitionReader::open(options.bootstrap, properties, topic, p, false, {options.statistics, "source"}));
      std::optional<std::uint64_t> end;
      if (options.bounded) end = static_cast<std::uint64_t>(w.high);
      out.push_back(std::make_unique<KafkaSource>(topic + "/" + std::to_string(p), std::move(reader), static_cast<std::uint64_t>(w.low), end));
    }
  }
  return out;
}

}  // namespace brushwatch
