#pragma once
/// The output hub of the product: a hash chain per (output, stage, partition), and a sink per output.

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alliance/chain.h"
#include "alliance/signature.h"
#include "engine/base/running_hash.h"
#include "engine/stage/output.h"

namespace brushwatch {
class KafkaStatistics;
}

namespace brushwatch::app {

/// What a sink held when an epoch was closed: so many bytes, and a digest of them.
struct SinkMark {
  std::uint64_t bytes = 0;
  RunningHash::Value digest{};
};

/// Where the lines of one output go. `task` is the chain's partition; lines of one chain keep their order.
class LineSink {
 public:
  virtual ~LineSink() = default;
  virtual Result<void> append(std::uint32_t partition, std::string_view line) = 0;
  virtual Result<void> flush() = 0;
  /// Visits lines that the sink already holds, at least all that follow `chains`' seqs; older ones may be among them.
  virtual Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) = 0;
  /// What the sink holds, after flush(); nullopt where that is not kept.
  [[nodiscard]] virtual std::optional<SinkMark> mark() const { return std::nullopt; }
  /// True when the sink still begins with the bytes of that mark: then the next for_each_existing() visits what is behind them.
  /// Cost: reads them, ~0.1 ns a byte from the page cache; to take each line apart and hash it costs 20 times that.
  virtual Result<bool> begins_with(const SinkMark& mark) { return (void)mark, false; }
  /// Visits lines that came since for_each_existing() or the last call, also those of other processes: what is there now, or
  /// (`to_end`) everything that the sink holds at the moment of the call. Errors: kUnsupported where only one process writes.
  virtual Result<void> for_each_new(bool to_end, const std::function<Result<void>(std::string_view)>& visit) {
    (void)to_end, (void)visit;
    return fail(ErrorCode::kUnsupported, "an output of one process cannot be followed");
  }
  /// True when for_each_existing() gives every line ever written, each once: then a line that the state counts must be among
  /// them. False for a topic: it may have lost its beginning, and a writer that was thought dead may have written lines again.
  [[nodiscard]] virtual bool keeps_all() const { return false; }
  /// True when for_each_existing() waits for another machine. The hub then asks several sinks at once, each on a thread of its own.
  [[nodiscard]] virtual bool waits() const { return false; }
  /// Lets a client that has nothing to write see to itself (reports, connections). About once a second; must not block.
  virtual void serve() {}
};
/// Lines of a file, in the order written. A torn last line is cut at open. Not `whole`: the file begins where a restored
/// snapshot ends.
Result<std::unique_ptr<LineSink>> make_file_line_sink(const std::string& path, bool whole = true);
/// The same; each flush() that brought lines signs where the chains stand then, into `path`.sig (docs/formats/signature.md).
Result<std::unique_ptr<LineSink>> make_signed_file_line_sink(const std::string& path, Output output, std::shared_ptr<const SigningKey> key);
/// One Kafka record a line, in the partition of the task; with a key, each signed in its header.
struct KafkaLineSinkOptions {
  Output output = Output::kAlert;
  std::shared_ptr<const SigningKey> key;
  std::string bootstrap, topic;
  std::uint32_t partitions = 1;
  int replication = 1;
  std::vector<std::pair<std::string, std::string>> config;
  std::shared_ptr<KafkaStatistics> statistics;  ///< hears the client; may be absent
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
  /// Lines before the last epoch are checked together, by the mark that the state has of them; one by one when it does not fit.
  /// Cost: one SHA-256 over each line behind the mark.
  Result<void> restore(StateStore& store) override;
  /// From now on (before restore()) lines are not written but kept until the sinks hold them, written by another instance.
  void listen() { listening_ = true; }
  /// Looks at what the sinks got meanwhile. Errors: kDivergence when another instance wrote a line that differs from ours.
  Result<void> hear();
  /// Ends the listening: what the sinks do not hold by now is written by this instance.
  Result<void> speak();
  /// Lines that this instance folded and no sink holds yet.
  [[nodiscard]] std::size_t unheard() const { return unheard_.size(); }
  Result<void> write(Output output, Stage stage, std::uint32_t partition, std::uint64_t round, std::string_view fields) override;
  Result<void> seal(std::uint64_t round) override;
  Result<void> flush() override;
  [[nodiscard]] bool settled() const override { return unheard_.empty(); }
  /// While listening: the sinks hold just what was folded here, nothing less and nothing more: what was heard is whole rounds.
  [[nodiscard]] bool level() const {
    return unheard_.empty() && std::all_of(chains_.begin(), chains_.end(), [](const ChainState& c) { return c.existing.empty(); });
  }
  void collect(StoreBatch& batch) override;
  /// Lines that a restart produced again and the sink already held.
  /// serve() of every sink.
  void serve();
  [[nodiscard]] std::uint64_t suppressed() const { return suppressed_; }

 private:
  struct ChainState {
    Chain chain;
    std::deque<Digest> existing;  // hashes of the lines that the sink holds beyond the chain's seq
    Chain held;                   // as far as the sink goes
    std::deque<Digest> recent;    // hashes of the last lines before held.seq; only where lines can come again
    bool sealed = false;
  };
  struct Unheard {
    std::size_t chain;
    std::uint64_t seq;
    Digest hash;
    Output output;
    std::uint32_t partition;
    std::string line;
  };
  /// Of all chains of the output.
  [[nodiscard]] std::uint64_t lines_of(std::size_t output) const;
  ChainState& state(Output output, Stage stage, std::uint32_t partition);
  /// Takes note of a line that the sink holds.
  Result<void> take_held(Output output, std::string_view line);
  Result<void> send(Output output, std::uint32_t partition, const std::string& line);

  Sinks sinks_;
  std::uint32_t partitions_;
  Observer observer_;
  std::vector<ChainState> chains_;
  std::uint64_t suppressed_ = 0;
  std::deque<Unheard> unheard_;  // in the order written
  bool listening_ = false;
};

}  // namespace brushwatch::app
