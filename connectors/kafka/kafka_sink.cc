#include "connectors/kafka/kafka_sink.h"

#include "connectors/kafka/client.h"
#include "connectors/kafka/partition_reader.h"

namespace brushwatch {
namespace {

class ProducerSink final : public KafkaSink {
 public:
  explicit ProducerSink(KafkaSinkOptions options) : options_(std::move(options)) {}
  Result<void> append(std::uint32_t partition, std::string_view key, std::string_view value, std::span<const Header> headers) override {
    return kafka::produce(producer.get(), options_.topic, partition, key, value, delivery, headers);
  }
  Result<void> flush() override { return kafka::flush(producer.get(), delivery); }
  Result<void> for_each(std::uint32_t partition, const std::function<Result<void>(std::string_view)>& visit) override {
    BW_ASSIGN(const auto w, kafka::watermarks(producer.get(), options_.topic, partition));
    if (w.low >= w.high) return {};
    BW_ASSIGN(auto reader, kafka::PartitionReader::open(options_.bootstrap, options_.config, options_.topic, partition));
    BW_TRY(reader->seek(static_cast<std::uint64_t>(w.low)));
    std::vector<kafka::Message> messages;
    for (std::int64_t next = w.low; next < w.high;) {
      BW_TRY(reader->poll(512, kafka::kRequestTimeoutMs, messages));
      if (messages.empty()) return fail(ErrorCode::kBrokerUnavailable, "the broker did not hand out records it holds", next, Retry::kBackoff);
      for (const auto& m : messages) {
        next = m->offset + 1;
        if (m->offset >= w.high || m->payload == nullptr) continue;
        BW_TRY(visit(std::string_view(static_cast<const char*>(m->payload), m->len)));
      }
    }
    return {};
  }

  kafka::DeliveryState delivery;
  kafka::Client producer;

 private:
  KafkaSinkOptions options_;
};

}  // namespace

Result<std::unique_ptr<KafkaSink>> open_kafka_sink(const KafkaSinkOptions& options) {
  auto sink = std::make_unique<ProducerSink>(options);
  BW_ASSIGN(sink->producer, kafka::make_producer(options.bootstrap, options.config, &sink->delivery));
  BW_ASSIGN(const auto partitions, kafka::ensure_topic(sink->producer.get(), options.topic, {options.partitions, options.replication, true, true}));
  (void)partitions;
  return std::unique_ptr<KafkaSink>(std::move(sink));
}

}  // namespace brushwatch
