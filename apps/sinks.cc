// The sinks of output lines: files and Kafka topics.

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

class KafkaLineSink final : public LineSink {
 public:
  KafkaLineSink(std::unique_ptr<KafkaSink> sink, std::uint32_t partitions) : sink_(std::move(sink)), partitions_(partitions) {}
  Result<void> append(std::uint32_t partition, std::string_view line) override {
    // The key keeps a compacted copy meaningful: the alert's id when the line has one.
    constexpr std::string_view kId = "\"id\":\"";
    const auto at = line.find(kId);
    const std::string_view key = at == std::string_view::npos ? std::string_view() : line.substr(at + kId.size(), line.find('"', at + kId.size()) - at - kId.size());
    return sink_->append(partition, key, line);
  }
  Result<void> flush() override { return sink_->flush(); }
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
};

}  // namespace

Result<std::unique_ptr<LineSink>> make_file_line_sink(const std::string& path, bool whole) {
  BW_ASSIGN(auto file, open_line_sink(path));
  return std::make_unique<FileLineSink>(path, whole, std::move(file));
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
  return std::make_unique<KafkaLineSink>(std::move(open), options.partitions);
}

}  // namespace brushwatch::app
