/// Makes and deletes topics: --create name:partitions,… and --delete name,… One replica, segments of 64 MiB.

#include <sstream>
#include <vector>

#include "tools/client.h"

namespace {

std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> out;
  std::istringstream in(list);
  for (std::string word; std::getline(in, word, ',');) out.push_back(word);
  return out;
}

/// Waits for the answer of one admin call and checks each topic's own result.
void await(rd_kafka_queue_t* queue, bool created) {
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 60'000);
  if (event == nullptr) peers::die("the broker does not answer");
  peers::must(rd_kafka_event_error(event), "admin");
  std::size_t n = 0;
  const rd_kafka_topic_result_t** results = created ? rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n)
                                                    : rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &n);
  for (std::size_t i = 0; i < n; ++i) peers::must(rd_kafka_topic_result_error(results[i]), rd_kafka_topic_result_name(results[i]));
  rd_kafka_event_destroy(event);
}

}  // namespace

int main(int argc, char** argv) {
  const peers::Arguments args(argc, argv, {{"bootstrap", ""}, {"create", ""}, {"delete", ""}});
  const peers::Client client = peers::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", args["bootstrap"]}});
  const peers::Queue queue(rd_kafka_queue_new(client.get()));
  char error[512];
  std::vector<rd_kafka_NewTopic_t*> fresh;
  for (const std::string& word : words(args["create"])) {
    const std::size_t colon = word.rfind(':');
    if (colon == std::string::npos) peers::die("name:partitions, not " + word);
    rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(word.substr(0, colon).c_str(), std::atoi(word.c_str() + colon + 1), 1, error, sizeof error);
    if (topic == nullptr) peers::die(error);
    rd_kafka_NewTopic_set_config(topic, "segment.bytes", "67108864");
    fresh.push_back(topic);
  }
  if (!fresh.empty()) {
    rd_kafka_CreateTopics(client.get(), fresh.data(), fresh.size(), nullptr, queue.get());
    await(queue.get(), true);
    rd_kafka_NewTopic_destroy_array(fresh.data(), fresh.size());
  }
  std::vector<rd_kafka_DeleteTopic_t*> old;
  for (const std::string& word : words(args["delete"])) old.push_back(rd_kafka_DeleteTopic_new(word.c_str()));
  if (!old.empty()) {
    rd_kafka_DeleteTopics(client.get(), old.data(), old.size(), nullptr, queue.get());
    await(queue.get(), false);
    rd_kafka_DeleteTopic_destroy_array(old.data(), old.size());
  }
  return 0;
}
