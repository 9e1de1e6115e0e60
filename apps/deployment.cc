#include "apps/deployment.h"

#include "apps/key_file.h"

#include <array>
#include <filesystem>
#include <future>

#include "connectors/file/file_log.h"
#include "connectors/file/line_source.h"
#include "connectors/kafka/kafka_log.h"
#include "connectors/kafka/kafka_source.h"
#include "engine/base/hash.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

std::string output_folder(const Config& config) {
  return config.output.path.empty() ? config.pipeline.data_dir + "/out" : config.output.path;
}
std::array<std::string, kOutputs> output_names(const Config& config) {
  return {config.output.alerts, config.output.late,  config.output.dlq,
          config.output.cases,  config.output.lists, config.output.credit};
}

Result<void> each_line_of_file(const std::string& path, const std::function<void(std::string_view)>& visit) {
  BW_ASSIGN(auto source, open_line_source(path, path, false));
  std::vector<SourceRecord> records;
  while (!source->at_end()) {
    BW_TRY(source->poll(1024, 0, records));
    for (const SourceRecord& r : records) visit(r.bytes);
  }
  return {};
}

Result<void> each_line_of_topic(const KafkaSourceOptions& options, const std::function<void(std::string_view)>& visit) {
  BW_ASSIGN(auto partitions, open_kafka_sources(options));
  std::vector<SourceRecord> records;
  for (auto& source : partitions) {
    while (!source->at_end()) {
      records.clear();
      BW_TRY(source->poll(1024, 200, records));
      for (const SourceRecord& r : records) visit(r.bytes);
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> open_ledger(const Config& config, std::shared_ptr<KafkaStatistics> statistics) {
  if (config.ledger.kind == Transport::kKafka) {
    KafkaLogOptions options;
    options.bootstrap = config.bootstrap_of(config.ledger.bootstrap);
    options.topic = config.ledger.topic;
    options.partitions = config.pipeline.partitions;
    options.replication = static_cast<int>(config.ledger.replication);
    options.config = config.kafka_properties();
    options.statistics = std::move(statistics);
    return open_kafka_log(options);
  }
  FileLogOptions options;
  options.directory = config.ledger.path.empty() ? config.pipeline.data_dir + "/ledger" : config.ledger.path;
  options.partitions = config.pipeline.partitions;
  options.fsync = config.ledger.fsync;
  return open_file_log(options);
}

Result<ChainedHub::Sinks> open_outputs(const Config& config, std::shared_ptr<KafkaStatistics> statistics) {
  ChainedHub::Sinks sinks;
  const auto names = output_names(config);
  std::shared_ptr<const SigningKey> key;
  if (!config.signing.key.empty()) {
    BW_ASSIGN(key, read_signing_key(config.signing.key));
  }
  const auto open = [&](std::size_t o) -> Result<std::unique_ptr<LineSink>> {
    if (config.output.kind == Transport::kKafka) {
      KafkaLineSinkOptions options;
      options.output = static_cast<Output>(o);
      options.key = key;
      options.bootstrap = config.bootstrap_of(config.output.bootstrap);
      options.topic = names[o];
      options.partitions = config.pipeline.partitions;
      options.replication = static_cast<int>(config.output.replication);
      options.config = config.kafka_properties();
      options.statistics = statistics;
      return make_kafka_line_sink(options);
    }
    const std::string folder = output_folder(config);
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot create the output folder", code.value()).in(folder));
    const std::string path = folder + "/" + names[o];
    return key ? make_signed_file_line_sink(path, static_cast<Output>(o), key) : make_file_line_sink(path);
  };
  // Each waits for a broker: all of them at once, or a restart would take the sum of their waits.
  std::array<std::future<Result<std::unique_ptr<LineSink>>>, kOutputs> opening;
  for (std::size_t o = 0; o < kOutputs; ++o) opening[o] = std::async(config.output.kind == Transport::kKafka ? std::launch::async : std::launch::deferred, open, o);
  for (std::size_t o = 0; o < kOutputs; ++o) {
    BW_ASSIGN(sinks[o], opening[o].get());
  }
  return sinks;
}

std::uint64_t identity_of(const Config& config) {
  std::uint64_t h = hash_combine(hash64("brushwatch/run/1"), config.pipeline.partitions);
  h = hash_combine(h, hash64(config.ledger.kind == Transport::kKafka ? config.ledger.topic : config.ledger.path));
  return h;
}

Result<void> each_line(const Config& config, Output output, const std::function<void(std::string_view)>& visit) {
  const std::string name = output_names(config)[static_cast<std::size_t>(output)];
  if (config.output.kind == Transport::kFile) return each_line_of_file(output_folder(config) + "/" + name, visit);
  KafkaSourceOptions options;
  options.bootstrap = config.bootstrap_of(config.output.bootstrap);
  options.topics = {name};
  options.config = config.kafka_properties();
  options.bounded = true;
  return each_line_of_topic(options, visit);
}

Result<void> each_line(const std::string& folder, Output output, const std::function<void(std::string_view)>& visit) {
  return each_line_of_file(folder + "/" + kOutputFiles[static_cast<std::size_t>(output)], visit);
}

}  // namespace brushwatch::app
