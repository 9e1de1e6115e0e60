#include "apps/desk.h"

#include <algorithm>
#include <filesystem>

#include "alliance/calendar.h"
#include "apps/config_command.h"
#include "apps/host.h"
#include "apps/rule_book.h"
#include "apps/topic_address.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/file/file_log.h"
#include "connectors/kafka/kafka_sink.h"

namespace brushwatch::app {
namespace {

namespace fs = std::filesystem;

/// The source of officers' words in an embedded ledger: gives one record, and goes on where the last one ended.
class OneRecord final : public Source {
 public:
  explicit OneRecord(std::string record) : record_(std::move(record)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t offset) override {
    offset_ = offset;
    return {};
  }
  Result<void> poll(std::size_t, int, std::vector<SourceRecord>& out) override {
    out.clear();
    if (given_ || record_.empty()) return {};
    given_ = true;
    SourceRecord& r = out.emplace_back();
    r.bytes = record_;
    r.offset = offset_;
    r.next_offset = offset_ + 1;
    return {};
  }
  // The stream of officers' words does not end: that would end the stream of events with it.
  [[nodiscard]] bool at_end() const override { return false; }

 private:
  std::string name_ = "officers", record_;
  std::uint64_t offset_ = 0;
  bool given_ = false;
};

Result<void> read_once(const JsonDecoderOptions& options, const std::string& text, EventTime now) {
  auto decoder = make_json_decoder(options);
  SourceRecord record;
  record.bytes = text;
  std::vector<Event> events;
  BW_TRY(decoder->decode(record, now, events));
  return {};
}

}  // namespace

Result<EventTime> parse_moment(std::string_view text) {
  if (const auto t = parse_time(text)) return *t;
  if (const auto date = parse_date(text)) return start_of(*date) + 12 * kHourMs;
  return tl::unexpected<Error>(Error(ErrorCode::kUsage, "a moment is RFC 3339 (2026-11-11T10:00:00+08:00) or a date (2026-11-11)").in(std::string(text)));
}

Result<Desk> Desk::open(const DeskOptions& options) {
  Desk desk;
  desk.options_ = options;
  if (options.config.empty()) return desk;
  RunCommandOptions run;
  run.config = options.config;
  run.set = options.set;
  std::vector<ConfigProblem> problems;
  auto config = load_for_command(run, problems);
  if (!config) {
    report_problems(problems, config.error(), false);
    return tl::unexpected<Error>(std::move(config.error()));
  }
  desk.config_ = std::move(*config);
  return desk;
}

Result<void> Desk::each_line(Output output, const std::function<void(std::string_view)>& visit) const {
  if (config_) return app::each_line(*config_, output, visit);
  std::error_code code;
  if (!fs::is_directory(options_.data, code)) {
    return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "there is no such folder; `brushwatch demo` makes out/demo").in(options_.data));
  }
  if (!fs::exists(options_.data + "/" + kOutputFiles[static_cast<std::size_t>(output)], code)) return {};
  return app::each_line(options_.data, output, visit);
}

Result<Desk::Answer> Desk::append(const std::function<std::string(EventTime at)>& record, std::optional<EventTime> at) const {
  const Operators operators;
  HostOptions host_options;
  std::unique_ptr<Log> ledger;
  ChainedHub::Sinks sinks;
  if (config_) {
    BW_ASSIGN(ledger, open_ledger(*config_));
    BW_ASSIGN(sinks, open_outputs(*config_));
    host_options.state_directory = config_->pipeline.data_dir + "/state";
    host_options.identity = identity_of(*config_);
    host_options.memory_bytes = static_cast<std::size_t>(config_->pipeline.memory_mib) << 20;
  } else {
    std::error_code code;
    if (!fs::is_directory(options_.data + "/ledger", code)) {
      return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "there is no ledger; `brushwatch demo` makes one in out/demo").in(options_.data + "/ledger"));
    }
    FileLogOptions log;
    log.directory = options_.data + "/ledger";
    log.partitions = 0;
    BW_ASSIGN(ledger, open_file_log(log));
    for (std::size_t o = 0; o < kOutputs; ++o) {
      BW_ASSIGN(sinks[o], make_file_line_sink(options_.data + "/" + kOutputFiles[o]));
    }
    host_options.state_directory = options_.data + "/state";
  }
  host_options.partitions = ledger->partitions();
  Answer answer;
  ManualClock clock(system_clock().now());
  BW_ASSIGN(auto host, Host::open(operators, std::move(ledger), std::move(sinks), host_options,
                                  [&](Output output, std::string_view line) {
                                    if (outlives_the_stream(output)) answer.lines.emplace_back(output, std::string(line));
                                  },
                                  clock));
  answer.lines.clear();  // what a crash had left to fold again is not ours
  answer.at = at.value_or(clock.now());
  const TickEvent* last = host->pipeline().last_tick();
  if (last != nullptr && answer.at < last->processing_time) {
    const std::string stands = "the ledger stands at " + format_time(last->processing_time);
    if (at) return tl::unexpected<Error>(Error(ErrorCode::kUsage, "time runs forward: --at lies before the ledger's time").in(stands));
    answer.at = last->processing_time;
  }
  clock.set(answer.at);
  const std::string text = record(answer.at);
  JsonDecoderOptions decoder;
  decoder.default_source = "office";
  decoder.clock = IngestClock::kWall;
  decoder.rule_check = RuleBook(operators).checker();
  // Read it before it is written: a record that cannot be read is the caller's to correct, and no dead letter.
  if (!text.empty()) BW_TRY(read_once(decoder, text, answer.at));
  std::vector<IngestSource> sources;
  IngestSource& in = sources.emplace_back();
  in.source = std::make_shared<OneRecord>(text);
  in.decoder = make_json_decoder(decoder);
  in.clock = IngestClock::kWall;
  IngestOptions ingest;
  ingest.merge = false;
  ingest.appendix = true;
  RunOptions run;
  run.stop = [] { return true; };  // one round, with what there is
  BW_TRY(host->run(std::move(sources), ingest, run));
  return answer;
}

Result<void> send_to_topic(const std::string& address, const std::string& record) {
  BW_ASSIGN(const TopicAddress to, parse_topic(address));
  KafkaSinkOptions options;
  options.bootstrap = to.bootstrap;
  options.topic = to.topic;
  options.partitions = 0;
  BW_ASSIGN(auto sink, open_kafka_sink(options));
  BW_TRY(sink->append(0, {}, record));
  return sink->flush();
}

}  // namespace brushwatch::app
