/// Puts orders of a file on the input topic: as fast as it goes, or at a rate that does not wait for anybody (open loop).
///
/// An order's partition is its market (shop number % 4), its key the shop. In an open loop order i is due at start + i / rate;
/// when the feeder itself is late it sends at once, and latency counts from the due time all the same, so no wait is left out.
/// Prints one JSON object: orders sent, the due time of the first one, and how late the feeder itself was at worst.

#include <fstream>
#include <thread>

#include "tools/client.h"

namespace {

using peers::die;

/// "shop_id":"p:S01234" → the eight bytes of the id.
const char* shop_of(const std::string& line) {
  static const std::string kMember = "\"shop_id\":\"";
  const std::size_t at = line.find(kMember);
  if (at == std::string::npos || at + kMember.size() + 8 > line.size()) die("not an order: " + line);
  return line.data() + at + kMember.size();
}

void send(rd_kafka_t* producer, rd_kafka_topic_t* topic, const std::string& line) {
  const char* shop = shop_of(line);
  const int partition = std::atoi(std::string(shop + 3, 5).c_str()) % 4;
  while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(line.data()), line.size(), shop, 8, nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) die(rd_kafka_err2str(rd_kafka_last_error()));
    rd_kafka_poll(producer, 10);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Arguments args(argc, argv, {{"bootstrap", ""}, {"topic", ""}, {"in", ""}, {"from", "0"}, {"count", "0"}, {"rate", "0"}});
  const std::int64_t from = args.number("from"), count = args.number("count"), rate = args.number("rate");
  // Flat out: large compressed batches, so that reading them costs the engines little. Open loop: 1 ms, the load's own share of
  // the latency stays small.
  const peers::Client producer = peers::make_client(
      RD_KAFKA_PRODUCER,
      {{"bootstrap.servers", args["bootstrap"]}, {"enable.idempotence", "true"}, {"compression.type", "lz4"},
       {"linger.ms", rate > 0 ? "1" : "50"}, {"batch.size", "262144"}, {"queue.buffering.max.kbytes", "262144"}},
      peers::must_deliver);
  {
    const peers::Topic topic(rd_kafka_topic_new(producer.get(), args["topic"].c_str(), nullptr));
    std::ifstream in(args["in"]);
    std::string line;
    for (std::int64_t i = 0; i < from; ++i) {
      if (!std::getline(in, line)) die("the file has fewer orders");
    }
    const std::int64_t start_wall = peers::wall_us() + 1000, start = peers::steady_us() + 1000;
    std::int64_t late = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      if (!std::getline(in, line)) die("the file has fewer orders");
      if (rate > 0) {
        const std::int64_t due = start + i * 1'000'000 / rate, now = peers::steady_us();
        if (now < due) std::this_thread::sleep_for(std::chrono::microseconds(due - now));
        else if (now - due > late) late = now - due;
      }
      send(producer.get(), topic.get(), line);
      if (rate > 0 || i % 1024 == 0) rd_kafka_poll(producer.get(), 0);
    }
    peers::must(rd_kafka_flush(producer.get(), 60'000), "flush");
    std::printf("{\"sent\":%lld,\"start_us\":%lld,\"late_us\":%lld}\n", static_cast<long long>(count),
                static_cast<long long>(start_wall), static_cast<long long>(late));
  }
  return 0;
}
