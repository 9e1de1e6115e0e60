/// The bare loop: librdkafka in, simdjson, hash maps, librdkafka out. No durable state: after a crash everything is gone.
///
/// It is the ceiling that the other engines are measured against, not a rival. One thread folds, librdkafka has its own.
/// Guarantee alo: offsets are committed once a second, after the alerts before them. eos: transactions of 100 ms that carry alerts
/// and offsets; the output is then exactly once as long as the process lives.
/// Every 50 ms in which something was done it prints "progress <orders> <pair updates>".

#include <simdjson.h>

#include <array>

#include "bare/work.h"
#include "tools/client.h"

namespace {

using peers::must;

/// Reads only what the work needs; members come in the order of the file, so on-demand parsing walks the record once.
class OrderParser {
 public:
  peers::Order parse(std::string_view bytes) {
    buffer_.assign(bytes);  // simdjson reads up to 64 bytes beyond the end: our own padded copy
    buffer_.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);
    auto document = parser_.iterate(buffer_.data(), bytes.size(), buffer_.capacity());
    peers::Order order;
    order.time_ms = document["event_time"].get_int64();
    order.id = document["order_id"].get_string();
    order.shop = document["shop_id"].get_string();
    order.buyer = document["buyer_pid"].get_string();
    order.device = document["device_pid"].get_string();
    order.paid_fen = document["paid_fen"].get_int64();
    return order;
  }

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

class Loop {
 public:
  explicit Loop(const peers::Arguments& args) : exactly_once_(args["guarantee"] == "eos"), work_(args["work"] == "w2") {
    consumer_ = peers::make_client(
        RD_KAFKA_CONSUMER,
        {{"bootstrap.servers", args["bootstrap"]}, {"group.id", args["group"]}, {"enable.auto.commit", "false"},
         {"auto.offset.reset", "earliest"}, {"isolation.level", "read_committed"}, {"fetch.wait.max.ms", "20"},
         {"queued.max.messages.kbytes", "65536"}});
    peers::Settings out = {{"bootstrap.servers", args["bootstrap"]}, {"enable.idempotence", "true"}, {"linger.ms", "1"},
                           {"compression.type", "lz4"}};
    if (exactly_once_) out["transactional.id"] = args["group"];
    producer_ = peers::make_client(RD_KAFKA_PRODUCER, out, peers::must_deliver);
    if (exactly_once_) must(rd_kafka_init_transactions(producer_.get(), 30'000), "init_transactions");
    out_.reset(rd_kafka_topic_new(producer_.get(), args["out"].c_str(), nullptr));
    rd_kafka_poll_set_consumer(consumer_.get());
    offsets_.reset(rd_kafka_topic_partition_list_new(4));
    for (int p = 0; p < 4; ++p) {
      rd_kafka_topic_partition_list_add(offsets_.get(), args["in"].c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    must(rd_kafka_assign(consumer_.get(), offsets_.get()), "assign");
    queue_.reset(rd_kafka_queue_get_consumer(consumer_.get()));
  }

  void run() {
    std::array<rd_kafka_message_t*, 1024> messages{};
    std::int64_t committed = peers::steady_us(), told = committed;
    std::uint64_t orders_told = 0;
    while (!peers::stop_asked) {
      const ssize_t n = rd_kafka_consume_batch_queue(queue_.get(), 5, messages.data(), messages.size());
      if (n > 0 && exactly_once_ && !open_) {
        must(rd_kafka_begin_transaction(producer_.get()), "begin_transaction");
        open_ = true;
      }
      for (ssize_t i = 0; i < n; ++i) take(messages[static_cast<std::size_t>(i)]);
      rd_kafka_poll(producer_.get(), 0);
      const std::int64_t now = peers::steady_us();
      if (now - committed > (exactly_once_ ? 100'000 : 1'000'000)) {
        commit();
        committed = now;
      }
      if (now - told > 50'000 && orders_ != orders_told) {
        std::printf("progress %llu %llu\n", static_cast<unsigned long long>(orders_), static_cast<unsigned long long>(work_.pair_updates()));
        std::fflush(stdout);
        told = now;
        orders_told = orders_;
      }
    }
    commit();
  }

 private:
  void take(rd_kafka_message_t* message) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto order = parser_.parse({static_cast<const char*>(message->payload), message->len});
      work_.fold(order, [this, &order](const std::string& alert) {
        if (rd_kafka_produce(out_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK,
                             const_cast<char*>(alert.data()), alert.size(), order.shop.data(), order.shop.size(), nullptr) != 0) {
          peers::die(rd_kafka_err2str(rd_kafka_last_error()));
        }
      });
      offsets_->elems[message->partition].offset = message->offset + 1;
      ++orders_;
      dirty_ = true;
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      std::fprintf(stderr, "%s\n", rd_kafka_message_errstr(message));
    }
    rd_kafka_message_destroy(message);
  }

  void commit() {
    if (!dirty_) return;
    const peers::Partitions offsets(rd_kafka_topic_partition_list_new(4));
    for (int p = 0; p < offsets_->cnt; ++p) {
      const auto& from = offsets_->elems[p];
      if (from.offset >= 0) rd_kafka_topic_partition_list_add(offsets.get(), from.topic, from.partition)->offset = from.offset;
    }
    if (exactly_once_) {
      rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(consumer_.get());
      must(rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), group, 30'000), "send_offsets");
      rd_kafka_consumer_group_metadata_destroy(group);
      must(rd_kafka_commit_transaction(producer_.get(), 30'000), "commit_transaction");
      open_ = false;
    } else {
      must(rd_kafka_flush(producer_.get(), 30'000), "flush");
      must(rd_kafka_commit(consumer_.get(), offsets.get(), 1), "commit");
    }
    dirty_ = false;
  }

  bool exactly_once_;
  bool open_ = false, dirty_ = false;
  std::uint64_t orders_ = 0;
  OrderParser parser_;
  peers::Work work_;
  peers::Client consumer_, producer_;
  peers::Topic out_;
  peers::Partitions offsets_;
  peers::Queue queue_;
};

}  // namespace

int main(int argc, char** argv) {
  const peers::Arguments args(argc, argv,
                              {{"bootstrap", ""}, {"in", ""}, {"out", ""}, {"group", "peers-bare"}, {"work", "w1"}, {"guarantee", "alo"}});
  peers::stop_on_signals();
  Loop(args).run();
  return 0;
}
