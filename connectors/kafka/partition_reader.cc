#include "connectors/kafka/partition_reader.h"

#include <algorithm>
#include <optional>

namespace brushwatch::kafka {

Result<std::unique_ptr<PartitionReader>> PartitionReader::open(const std::string& bootstrap, const Properties& config, const std::string& topic, std::uint32_t partition, bool dense,
                                                               ClientWatch watch) {
  auto reader = std::make_unique<PartitionReader>(std::move(watch));
  BW_ASSIGN(reader->client_, make_consumer(bootstrap, config, &reader->reports_));
  reader->queue_.reset(rd_kafka_queue_get_consumer(reader->client_.get()));
  reader->topic_ = topic;
  reader->partition_ = static_cast<std::int32_t>(partition);
  reader->dense_ = dense;
  return reader;
}

Result<void> PartitionReader::seek(std::uint64_t offset) {
  const auto wanted = static_cast<std::int64_t>(offset);
  if (position_ == wanted) return {};
  // A fresh assignment drops what was fetched for the old position; rd_kafka_seek of 2.0.2 races with fetches in flight.
  TopicList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition_)->offset = wanted;
  const auto code = rd_kafka_assign(client_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected<Error>(to_error(code, "assign " + topic_));
  position_ = wanted;
  return {};
}

Result<void> PartitionReader::poll(std::size_t max, int wait_ms, std::vector<Message>& out) {
  out.clear();
  raw_.resize(max);
  // Waits in slices: an error event or a stale message must not use up the wait for the first record.
  constexpr int kSliceMs = 100;
  int left = wait_ms;
  for (;;) {
    const int slice = std::min(left, kSliceMs);
    const ssize_t first = rd_kafka_consume_batch_queue(queue_.get(), slice, raw_.data(), 1);
    ssize_t n = first > 0 ? first : 0;
    if (n > 0 && max > 1) {
      const ssize_t more = rd_kafka_consume_batch_queue(queue_.get(), 0, raw_.data() + 1, max - 1);
      if (more > 0) n += more;
    }
    std::optional<Error> error;
    bool stepped_over = false;
    // The library's thread wrote the records on another core. Their ends are looked at soon (headers), their beginnings when they are decoded:
    // fetched ahead, the way from one core to the other is not waited for.
    constexpr ssize_t kAhead = 8;
    for (ssize_t i = 0; i < n; ++i) {
      if (i + kAhead < n) {
        const rd_kafka_message_t* const next = raw_[static_cast<std::size_t>(i + kAhead)];
        const char* const bytes = static_cast<const char*>(next->payload);
        __builtin_prefetch(bytes);
        __builtin_prefetch(bytes + next->len);
      }
      Message message(raw_[static_cast<std::size_t>(i)]);
      if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        error = Error(ErrorCode::kLogTruncated, "the position is no longer in the partition", position_).in(topic_);
      } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // Transport errors heal by themselves (the library reconnects); a fatal one comes back with every poll. Others (a
        // batch cut short by the fetch size) make 2.0.2 step over records: what follows in this batch is not to be trusted.
        if (message->err == RD_KAFKA_RESP_ERR__FATAL) error = to_error(message->err, "consume " + topic_);
        stepped_over = message->err != RD_KAFKA_RESP_ERR__TRANSPORT && message->err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
      } else if (stepped_over || (dense_ && message->offset > position_)) {
        stepped_over = true;
      } else if (message->offset >= position_ && message->partition == partition_) {
        position_ = message->offset + 1;
        out.push_back(std::move(message));
      }
    }
    if (error) return tl::unexpected<Error>(std::move(*error));
    if (stepped_over) {
      // Once more from the first record that is missing; a gap that is still there then is real.
      if (++retries_ > kRetries) return tl::unexpected<Error>(Error(ErrorCode::kLogTruncated, "records are missing in the partition", position_).in(topic_));
      const auto from = static_cast<std::uint64_t>(position_);
      position_ = -1;
      BW_TRY(seek(from));
      if (out.empty()) continue;
    } else if (!out.empty()) {
      retries_ = 0;
    }
    left -= slice;
    if (!out.empty() || left <= 0) return {};
  }
}

std::optional<std::uint64_t> PartitionReader::known_end() const {
  std::int64_t low = 0, high = 0;
  const auto code = rd_kafka_get_watermark_offsets(client_.get(), topic_.c_str(), partition_, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return static_cast<std::uint64_t>(high);
}

}  // namespace brushwatch::kafka
