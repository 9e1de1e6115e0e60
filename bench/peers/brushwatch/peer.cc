/// Brushwatch on W1 and W2: its own doors, ledger, stages, state and chained outputs, as `brushwatch run` puts them together.
///
/// Events come through the ordinary JSON decoder of the public contract. The ledger is a file log, the state RocksDB, both in
/// --state; alerts leave through the idempotent, chained Kafka sink. That is exactly once. --guarantee alo is for eos_tax_pct only, for
/// the product has no weaker guarantee to choose: the ledger keeps nothing, so that after a crash only the sources could be read again.
/// Every 50 ms in which something was done it prints "progress <orders> <buyer records> <pair updates>".

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "apps/host.h"
#include "brushwatch/work.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/file_log.h"
#include "connectors/kafka/kafka_log.h"
#include "connectors/kafka/kafka_source.h"
#include "tools/client.h"

namespace {

using namespace brushwatch;

/// A ledger that counts and forgets: all that the job costs without what makes it exactly once. Nothing can be read from it.
class ForgetfulLog final : public Log {
 public:
  explicit ForgetfulLog(std::uint32_t partitions) : ends_(partitions, 0) {}
  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(ends_.size()); }
  Result<std::uint64_t> begin_offset(std::uint32_t partition) override { return ends_[partition]; }
  Result<std::uint64_t> end_offset(std::uint32_t partition) override { return ends_[partition]; }
  Result<void> append(std::uint32_t partition, std::string_view) override {
    ++ends_[partition];
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<void> read(std::uint32_t, std::uint64_t, std::size_t, int, std::vector<LogRecord>& out) override {
    out.clear();
    return {};
  }
  Result<void> truncate(std::uint32_t, std::uint64_t) override { return {}; }
  std::size_t max_record_bytes() const override { return 4U << 20; }

 private:
  std::vector<std::uint64_t> ends_;
};

Result<std::unique_ptr<Log>> open_ledger(bool exactly_once, const std::string& folder, std::uint32_t partitions) {
  if (!exactly_once) return std::make_unique<ForgetfulLog>(partitions);
  FileLogOptions log;
  log.directory = folder + "/ledger";
  log.partitions = partitions;
  return open_file_log(log);
}

Result<void> run(const ::peers::Arguments& args) {
  Clock& clock = system_clock();
  const std::string folder = args["state"];
  std::filesystem::create_directories(folder);
  const brushwatch::peers::WorkStages work(args["work"] == "w2");
  const auto partitions = static_cast<std::uint32_t>(args.number("partitions"));

  BW_ASSIGN(auto ledger, open_ledger(args["guarantee"] == "eos", folder, partitions));
  app::ChainedHub::Sinks sinks;
  app::KafkaLineSinkOptions alerts;
  alerts.bootstrap = args["bootstrap"];
  alerts.topic = args["out"];
  alerts.partitions = partitions;
  BW_ASSIGN(sinks[static_cast<std::size_t>(Output::kAlert)], app::make_kafka_line_sink(alerts));

  app::HostOptions options;
  options.partitions = partitions;
  options.threads = 2;
  options.memory_bytes = static_cast<std::size_t>(args.number("memory-mib")) << 20;
  options.state_directory = folder + "/state";
  options.identity = hash64(args["work"]);
  BW_ASSIGN(auto host, app::Host::open(work.specs(), work.rules(), std::move(ledger), std::move(sinks), options, {}, clock));

  KafkaSourceOptions in;
  in.bootstrap = args["bootstrap"];
  in.topics = {args["in"]};
  in.config = {{"fetch.wait.max.ms", "20"}};
  BW_ASSIGN(auto opened, open_kafka_sources(in));
  std::vector<IngestSource> sources;
  for (auto& source : opened) {
    IngestSource s;
    s.source = std::move(source);
    s.clock = IngestClock::kRecord;
    JsonDecoderOptions json;
    json.clock = s.clock;
    s.decoder = make_json_decoder(json);
    sources.push_back(std::move(s));
  }
  IngestOptions ingest;
  ingest.merge = false;
  ingest.round_events = static_cast<std::uint32_t>(args.number("round-events"));
  RunOptions how;
  how.flush_each_round = true;
  how.stop = [] { return ::peers::stop_asked.load(); };
  const PipelineStats& stats = host->pipeline().stats();
  std::atomic<bool> ended{false};
  std::thread progress([&] {
    std::uint64_t told = 0;
    while (!ended) {
      const auto of = [&](Stage s) { return static_cast<unsigned long long>(stats.records_by_stage[static_cast<unsigned>(s)]); };
      if (of(Stage::kShop) + of(Stage::kRing) != told) {
        told = of(Stage::kShop) + of(Stage::kRing);
        std::printf("progress %llu %llu %llu\n", of(Stage::kShop), of(Stage::kParty), of(Stage::kRing));
        std::fflush(stdout);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  auto result = host->run(std::move(sources), ingest, how);
  ended = true;
  progress.join();
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const ::peers::Arguments args(argc, argv,
                                {{"bootstrap", ""}, {"in", ""}, {"out", ""}, {"group", ""}, {"work", "w1"}, {"guarantee", "eos"}, {"state", ""},
                                 {"partitions", "4"}, {"memory-mib", "1536"}, {"round-events", "8192"}});
  ::peers::stop_on_signals();
  const auto result = run(args);
  if (!result) ::peers::die(std::string(result.error().text) + " " + result.error().context);
  return 0;
}
