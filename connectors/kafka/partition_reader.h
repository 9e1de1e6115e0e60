#pragma once
/// Reads one partition from a position of our own choosing; private to this folder.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kafka/client.h"

namespace brushwatch::kafka {

class PartitionReader {
 public:
  /// `dense`: the topic has neither transactions nor compaction, so that a missing offset is a fault of the fetch.
  static Result<std::unique_ptr<PartitionReader>> open(const std::string& bootstrap, const Properties& config, const std::string& topic, std::uint32_t partition, bool dense = false, ClientWatch watch = {});
  /// Next to hand out. Free when it follows what was handed out; otherwise the partition is assigned anew at `offset`.
  Result<void> seek(std::uint64_t offset);
  /// Replaces `out`: waits up to `wait_ms` for the first message, then takes what is there without waiting.
  /// Errors: kLogTruncated when the position is not in the partition any more.
  Result<void> poll(std::size_t max, int wait_ms, std::vector<Message>& out);
  /// The end of the partition as the last fetch saw it; nullopt before the first one. Asks nobody.
  [[nodiscard]] std::optional<std::uint64_t> known_end() const;
  /// `offset` is what the next poll() gives, without an assignment.
  [[nodiscard]] bool at(std::uint64_t offset) const { return position_ == static_cast<std::int64_t>(offset); }
  [[nodiscard]] rd_kafka_t* client() const { return client_.get(); }

  explicit PartitionReader(ClientWatch watch = {}) : reports_(std::move(watch)) {}

 private:
  DeliveryState reports_;  // before the client, whose last callback may still speak to it
  Client client_;
  Queue queue_;
  std::string topic_;
  std::int32_t partition_ = 0;
  std::int64_t position_ = -1;
  bool dense_ = false;
  int retries_ = 0;
  static constexpr int kRetries = 5;
  std::vector<rd_kafka_message_t*> raw_;
};

}  // namespace brushwatch::kafka
