#pragma once
/// The output hub of the product: a hash chain per (output, stage, partition), and a sink per output.

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alliance/chain.h"
#include "alliance/signature.h"
#include "engine/stage/output.h"

namespace brushwatch::app {

/// Where the lines of one output go. `task` is the chain's partition; lines of one chain keep their order.
class LineSink {
 public:
  virtual ~LineSink() = default;
  virtual Result<void> append(std::uint32_t partition, std::string_view line) = 0;
  virtual Result<void> flush() = 0;
  /// Visits lines that the sink already holds, at least all that follow `chains`' seqs; older ones may be among them.
  virtual Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) = 0;
  /// True when for_each_existing() gives every line ever written: then a line that the state counts must be among them.
  [[nodiscard]] virtual bool keeps_all() const { return false; }
};
/// Lines of a file, in the order written. A torn last line is cut at open. With a key, each flush() that brought lines signs
/// where the chains stand then, into `path`.sig (docs/formats/signature.md).
Result<std::unique_ptr<LineSink>> make_file_line_sink(const std::string& path, Output output = Output::kAlert, std::shared_ptr<const SigningKey> key = nullptr);
/// One Kafka record a line, in the partition of the task; with a key, each signed in its header.
struct KafkaLineSinkOptions {
  Output output = Output::kAlert;
  std::shared_ptr<const SigningKey> key;
  std::string bootstrap, topic;
  std::uint32_t partitions = 1;
  std::vector<std::pair<std::string, std::string>> config;
};
Result<std::unique_ptr<LineSink>> make_kafka_line_sink(const KafkaLineSinkOptions& options);

class ChainedHub final : public OutputHub {
 public:
  using Sinks = std::array<std::unique_ptr<LineSink>, kOutputs>;
  /// Called for each line that is new (not suppressed), after its chain fields are known.
  using Observer = std::function<void(Output, std::string_view line)>;
  ChainedHub(Sinks sinks, std::uint32_t partitions, Observer observer = {});

  /// Also checks what the sinks hold: each line against its own hash and its predecessor (kLogCorrupt: edited or damaged),
  /// and that no line is missing that the state counts (kStateCorrupt: fold again from the ledger, which writes it again).
  /// Cost: one SHA-256 over each line held.
  Result<void> restore(StateStore& store) override;
  Result<void> write(Output output, Stage stage, std::uint32_t partition, std::uint64_t round, std::string_view fields) override;
  Result<void> seal(std::uint64_t round) override;
  Result<void> flush() override;
  void collect(StoreBatch& batch) override;
  /// Lines that a restart produced again and the sink already held.
  [[nodiscard]] std::uint64_t suppressed() const { return suppressed_; }

 private:
  struct ChainState {
    Chain chain;
    std::deque<Digest> existing;  // hashes of the lines that the sink holds beyond the chain's seq
    bool sealed = false;
  };
  ChainState& state(Output output, Stage stage, std::uint32_t partition);

  Sinks sinks_;
  std::uint32_t partitions_;
  Observer observer_;
  std::vector<ChainState> chains_;
  std::uint64_t suppressed_ = 0;
};

}  // namespace brushwatch::app
