/// Reads the alert topic (committed records only) and prints, a line each: arrival in µs since 1970, a space, the alert.
///
/// --want N ends it once N have come; else it ends on SIGTERM or after --idle-s seconds without an alert.

#include "tools/client.h"

int main(int argc, char** argv) {
  const peers::Arguments args(argc, argv, {{"bootstrap", ""}, {"topic", ""}, {"partitions", "4"}, {"want", "0"}, {"idle-s", "3600"}});
  peers::stop_on_signals();
  const peers::Client consumer = peers::make_client(
      RD_KAFKA_CONSUMER, {{"bootstrap.servers", args["bootstrap"]}, {"group.id", "peers-collect"}, {"enable.auto.commit", "false"},
                          {"isolation.level", "read_committed"}, {"auto.offset.reset", "earliest"}, {"fetch.wait.max.ms", "20"}});
  rd_kafka_poll_set_consumer(consumer.get());
  const peers::Partitions partitions(rd_kafka_topic_partition_list_new(4));
  for (int p = 0; p < args.number("partitions"); ++p) {
    rd_kafka_topic_partition_list_add(partitions.get(), args["topic"].c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  peers::must(rd_kafka_assign(consumer.get(), partitions.get()), "assign");
  std::int64_t seen = 0, newest = peers::steady_us();
  const std::int64_t want = args.number("want"), idle_us = args.number("idle-s") * 1'000'000;
  while (!peers::stop_asked && (want == 0 || seen < want) && peers::steady_us() - newest < idle_us) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer.get(), 50);
    if (message == nullptr) {
      std::fflush(stdout);
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      newest = peers::steady_us();
      ++seen;
      std::printf("%lld %.*s\n", static_cast<long long>(peers::wall_us()), static_cast<int>(message->len),
                  static_cast<const char*>(message->payload));
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      std::fprintf(stderr, "%s\n", rd_kafka_message_errstr(message));
    }
    rd_kafka_message_destroy(message);
  }
  std::fflush(stdout);
  rd_kafka_consumer_close(consumer.get());
  return 0;
}
