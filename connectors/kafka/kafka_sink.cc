#include "connectors/kafka/kafka_sink.h"

#include "connectors/kafka/client.h"
#include "connectors/kafka/partition_reader.h"

namespace brushwatch {
namespace {

class ProducerSink final : public KafkaSink {
 public:
  explicit ProducerSink(KafkaSinkOptions options) : delivery({options.statistics, "output"}), options_(std::move(options)) {}
  Result<void> append(std::uint32_t partition, std::string_view key, std::string_view value, std::span<const Header> headers) override {
    return kafka::produce(producer.get(), options_.topic, partition, key, value, delivery, headers);
  }
  Result<void> bury(std::uint32_t partition, std::string_view key, std::span<const Header> headers) override {
    return kafka::produce(producer.get(), options_.topic, partition, key, std::string_view(nullptr, 0), delivery, headers);  // no bytes, not none of them
  }
  Result<void> flush() override { return kafka::flush(producer.get(), delivery); }
  void serve() override { rd_kafka_poll(producer.get(), 0); }
  Result<void> for_each(std::uint32_t partition, const std::function<Result<void>(std::string_view)>& visit) override {
    BW_ASSIGN(const auto w, kafka::watermarks(producer.get(), options_.topic, partition));
    tails_.resize(options_.partitions);
    tails_[partition].next = w.high;
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

  Result<void> for_each_new(std::uint32_t partition, bool to_end, const std::function<Result<void>(std::string_view)>& visit) override {
    tails_.resize(options_.partitions);
    Tail& tail = tails_[partition];
    std::int64_t high = 0;
    if (to_end) {
      BW_ASSIGN(const auto w, kafka::watermarks(producer.get(), options_.topic, partition));
      high = w.high;
      if (tail.next >= high) return {};
    }
    if (!tail.reader) {
      // A broker answers as soon as there is a record; the longer wait only spares it the questions in between.
      kafka::Properties config = options_.config;
      config.emplace_back("fetch.wait.max.ms", "500");
      BW_ASSIGN(tail.reader, kafka::PartitionReader::open(options_.bootstrap, config, options_.topic, partition));
      BW_TRY(tail.reader->seek(static_cast<std::uint64_t>(tail.next)));
    }
    std::vector<kafka::Message> messages;
    do {
      BW_TRY(tail.reader->poll(512, to_end ? kafka::kRequestTimeoutMs : 0, messages));
      if (messages.empty() && to_end) return fail(ErrorCode::kBrokerUnavailable, "the broker did not hand out records it holds", tail.next, Retry::kBackoff);
      for (const auto& m : messages) {
        tail.next = m->offset + 1;
        if (m->payload != nullptr) BW_TRY(visit(std::string_view(static_cast<const char*>(m->payload), m->len)));
      }
    } while (to_end ? tail.next < high : !messages.empty());
    return {};
  }

  kafka::DeliveryState delivery;
  kafka::Client producer;

 private:
  struct Tail {
    std::int64_t next = 0;
    std::unique_ptr<kafka::PartitionReader> reader;
  };
  std::vector<Tail> tails_;
  KafkaSinkOptions options_;
};

}  // namespace

Result<std::unique_ptr<KafkaSink>> open_kafka_sink(const KafkaSinkOptions& options) {
  auto sink = std::make_unique<ProducerSink>(options);
  BW_ASSIGN(sink->producer, kafka::make_producer(options.bootstrap, options.config, &sink->delivery));
  BW_ASSIGN(const auto partitions, kafka::ensure_topic(sink->producer.get(), options.topic, {options.partitions, options.replication, true, options.keep_forever, options.settings}));
  (void)partitions;
  return std::unique_ptr<KafkaSink>(std::move(sink));
}

}  // namespace brushwatch
