// The sinks of output lines: files and Kafka topics.

#include <algorithm>
#include <map>

#include "apps/hub.h"
#include "connectors/file/line_sink.h"
#include "connectors/kafka/kafka_sink.h"

namespace brushwatch::app {
namespace {

class FileLineSink final : public LineSink {
 public:
  FileLineSink(std::string path, bool whole, std::unique_ptr<brushwatch::LineSink> file) : path_(std::move(path)), whole_(whole), file_(std::move(file)) {}
  Result<void> append(std::uint32_t, std::string_view line) override { return file_->append(line); }
  Result<void> flush() override { return file_->flush(); }
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) override {
    return for_each_line(path_, visit);
  }
  bool keeps_all() const override { return whole_; }

 private:
  std::string path_;
  bool whole_;
  std::unique_ptr<brushwatch::LineSink> file_;
};

/// Signs beside another sink: after its lines are flushed, the place that each chain has reached.
class SigningSink final : public LineSink {
 public:
  SigningSink(std::unique_ptr<LineSink> inner, std::unique_ptr<brushwatch::LineSink> signatures, Output output, std::shared_ptr<const SigningKey> key)
      : inner_(std::move(inner)), signatures_(std::move(signatures)), output_(output), key_(std::move(key)) {}

  Result<void> append(std::uint32_t partition, std::string_view line) override {
    BW_TRY(inner_->append(partition, line));
    return reached(line);
  }
  Result<void> flush() override {
    BW_TRY(inner_->flush());
    for (const auto& [chain, line] : unsigned_) {
      BW_ASSIGN(const ParsedLine parsed, parse_line(line));
      BW_TRY(signatures_->append(head_line(*key_, output_, parsed)));
    }
    unsigned_.clear();
    return signatures_->flush();
  }
  /// A crash may have come between the lines and their signature: what is there and not yet signed is signed at the next flush.
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) override {
    return inner_->for_each_existing([&](std::string_view line) -> Result<void> {
      BW_TRY(visit(line));
      return reached(line);
    });
  }
  Result<void> for_each_new(bool to_end, const std::function<Result<void>(std::string_view)>& visit) override { return inner_->for_each_new(to_end, visit); }
  bool keeps_all() const override { return inner_->keeps_all(); }
  void serve() override { inner_->serve(); }
  void signed_before(const SignedHead& head) {
    auto& next = next_unsigned_[{head.stage, head.partition}];
    next = std::max(next, head.seq + 1);
  }

 private:
  using Chain = std::pair<Stage, std::uint32_t>;
  Result<void> reached(std::string_view line) {
    BW_ASSIGN(const ParsedLine parsed, parse_line(line));
    const Chain chain{parsed.stage, parsed.partition};
    if (const auto it = next_unsigned_.find(chain); it != next_unsigned_.end() && parsed.seq < it->second) return {};
    next_unsigned_[chain] = parsed.seq + 1;
    unsigned_[chain] = line;
    return {};
  }
  std::unique_ptr<LineSink> inner_;
  std::unique_ptr<brushwatch::LineSink> signatures_;
  Output output_;
  std::shared_ptr<const SigningKey> key_;
  std::map<Chain, std::uint64_t> next_unsigned_;
  std::map<Chain, std::string> unsigned_;  // last line of each chain that is not signed yet
};

class KafkaLineSink final : public LineSink {
 public:
  KafkaLineSink(std::unique_ptr<KafkaSink> sink, const KafkaLineSinkOptions& options)
      : sink_(std::move(sink)), partitions_(options.partitions), output_(options.output), key_(options.key) {}
  Result<void> append(std::uint32_t partition, std::string_view line) override {
    // The key keeps a compacted copy meaningful: the alert's id when the line has one.
    constexpr std::string_view kId = "\"id\":\"";
    const auto at = line.find(kId);
    const std::string_view key = at == std::string_view::npos ? std::string_view() : line.substr(at + kId.size(), line.find('"', at + kId.size()) - at - kId.size());
    if (!key_) return sink_->append(partition, key, line);
    BW_ASSIGN(const ParsedLine parsed, parse_line(line));
    const std::string signature = signature_header(*key_, output_, parsed);
    const KafkaSink::Header header{kSignatureHeader, signature};
    return sink_->append(partition, key, line, {&header, 1});
  }
  Result<void> flush() override { return sink_->flush(); }
  bool waits() const override { return true; }
  void serve() override { sink_->serve(); }
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>& visit) override {
    for (std::uint32_t p = 0; p < partitions_; ++p) BW_TRY(sink_->for_each(p, visit));
    return {};
  }
  Result<void> for_each_new(bool to_end, const std::function<Result<void>(std::string_view)>& visit) override {
    for (std::uint32_t p = 0; p < partitions_; ++p) BW_TRY(sink_->for_each_new(p, to_end, visit));
    return {};
  }

 private:
  std::unique_ptr<KafkaSink> sink_;
  std::uint32_t partitions_;
  Output output_;
  std::shared_ptr<const SigningKey> key_;
};

}  // namespace

Result<std::unique_ptr<LineSink>> make_file_line_sink(const std::string& path, bool whole) {
  BW_ASSIGN(auto file, open_line_sink(path));
  return std::make_unique<FileLineSink>(path, whole, std::move(file));
}

Result<std::unique_ptr<LineSink>> make_signed_file_line_sink(const std::string& path, Output output, std::shared_ptr<const SigningKey> key) {
  BW_ASSIGN(auto plain, make_file_line_sink(path));
  const std::string beside = path + ".sig";
  BW_ASSIGN(auto signatures, open_line_sink(beside));
  auto sink = std::make_unique<SigningSink>(std::move(plain), std::move(signatures), output, std::move(key));
  BW_TRY(for_each_line(beside, [&](std::string_view line) -> Result<void> {
    BW_ASSIGN(const SignedHead head, parse_head(line));
    sink->signed_before(head);
    return {};
  }));
  return sink;
}

Result<std::unique_ptr<LineSink>> make_kafka_line_sink(const KafkaLineSinkOptions& options) {
  KafkaSinkOptions sink;
  sink.bootstrap = options.bootstrap;
  sink.topic = options.topic;
  sink.partitions = options.partitions;
  sink.replication = options.replication;
  sink.config = options.config;
  sink.statistics = options.statistics;
  BW_ASSIGN(auto open, open_kafka_sink(sink));
  return std::make_unique<KafkaLineSink>(std::move(open), options);
}

}  // namespace brushwatch::app
