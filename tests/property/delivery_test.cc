// What sources may do to us: deliver again what they had delivered, and deliver late and out of order.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "apps/host.h"
#include "apps/session.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/memory/memory_log.h"
#include "detectors/registry.h"
#include "tests/support/alert_sets.h"
#include "tests/support/process.h"
#include "tests/support/seeds.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;

/// Lines as a bus delivers them: at least once. Every now and then, and at the end, it begins again at an earlier record.
class ForgetfulSource final : public Source {
 public:
  /// `seed` 0 never forgets.
  ForgetfulSource(std::string name, std::vector<std::string> lines, std::uint64_t seed)
      : name_(std::move(name)), lines_(std::move(lines)), random_(seed), forgets_(seed != 0 ? 1 + lines_.size() / 20 : 0) {}
  const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t offset) override {
    at_ = offset;
    return {};
  }
  Result<void> poll(std::size_t max, int, std::vector<SourceRecord>& out) override {
    out.clear();
    if (forgets_ > 0) max = std::min<std::size_t>(max, 1 + random_() % 40);
    while (out.size() < max && at_ < lines_.size()) {
      SourceRecord record;
      record.bytes = lines_[at_];
      record.offset = at_;
      record.next_offset = ++at_;
      out.push_back(record);
      if (forgets_ > 0 && random_() % 20 == 0) {
        --forgets_;
        at_ -= random_() % std::min<std::uint64_t>(at_ + 1, 60);
      }
    }
    return {};
  }
  bool at_end() const override { return at_ >= lines_.size(); }

 private:
  std::string name_;
  std::vector<std::string> lines_;
  std::mt19937_64 random_;
  std::size_t forgets_;
  std::size_t at_ = 0;
};

class KeptLines final : public app::LineSink {
 public:
  explicit KeptLines(std::string& text) : text_(text) {}
  Result<void> append(std::uint32_t, std::string_view line) override {
    text_.append(line).push_back('\n');
    return {};
  }
  Result<void> flush() override { return {}; }
  Result<void> for_each_existing(const std::function<Result<void>(std::string_view)>&) override { return {}; }

 private:
  std::string& text_;
};

std::vector<fs::path> world_files(const std::string& world) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator("tests/golden/" + world)) {
    if (entry.path().extension() == ".ndjson") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

struct Outputs {
  std::array<std::string, kOutputs> text;
  std::uint64_t duplicates = 0;
};

Outputs judge(const app::Operators& operators, const std::string& world, std::uint64_t seed) {
  Outputs outputs;
  app::ChainedHub::Sinks sinks;
  for (std::size_t o = 0; o < kOutputs; ++o) sinks[o] = std::make_unique<KeptLines>(outputs.text[o]);
  std::vector<IngestSource> sources;
  for (const fs::path& path : world_files(world)) {
    auto lines = test::lines_of(test::read_file(path.string()));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2), "{\"not\":\"an event\"");  // dead letters are not doubled either
    JsonDecoderOptions decoder;
    decoder.clock = IngestClock::kRecord;
    sources.push_back({std::make_unique<ForgetfulSource>(path.filename().string(), std::move(lines), seed), make_json_decoder(decoder), IngestClock::kRecord});
  }
  app::HostOptions options;
  options.partitions = 2;
  options.epoch_records = 700;
  ManualClock clock;
  auto host = app::Host::open(operators, make_memory_log(2), std::move(sinks), options, {}, clock);
  EXPECT_TRUE(host) << host.error().message();
  if (!host) return outputs;
  const auto done = (*host)->run(std::move(sources), {}, {});
  EXPECT_TRUE(done) << done.error().message();
  outputs.duplicates = (*host)->ingest_counters().duplicates;
  return outputs;
}

TEST(DeliveryProperty, RecordsThatComeAgainChangeNoByteOfAnyOutput) {
  const app::Operators operators;
  for (const char* world : {"world_s3", "world_s8"}) {
    const Outputs once = judge(operators, world, 0);
    EXPECT_EQ(once.duplicates, 0U);
    ASSERT_GT(test::alert_set(once.text[0]).size(), 0U) << world;
    test::for_each_seed(3, [&](std::uint64_t seed) {
      const Outputs again = judge(operators, world, seed);
      EXPECT_GT(again.duplicates, 100U);
      for (std::size_t o = 0; o < kOutputs; ++o) EXPECT_TRUE(again.text[o] == once.text[o]) << world << " output " << o;
    });
  }
}

TEST(DeadLetters, AreJsonAlsoWhenThePointerToTheFaultIsCut) {
  for (int depth = 20; depth <= 30; ++depth) {
    std::string line = R"({"type":"order.paid","source":"taobao","event_time":1794189600000,"order_id":"1","shop_id":"2","x":)";
    for (int i = 0; i < depth; ++i) line += R"({"x":)";
    line += R"({"收货地址":1})" + std::string(static_cast<std::size_t>(depth) + 1, '}');
    std::string dead;
    app::ChainedHub::Sinks sinks;
    sinks[static_cast<std::size_t>(Output::kDeadLetter)] = std::make_unique<KeptLines>(dead);
    std::vector<IngestSource> sources;
    JsonDecoderOptions decoder;
    decoder.clock = IngestClock::kRecord;
    sources.push_back({std::make_unique<ForgetfulSource>("a", std::vector<std::string>{line}, 0), make_json_decoder(decoder), IngestClock::kRecord});
    app::HostOptions options;
    options.partitions = 1;
    const app::Operators operators;
    ManualClock clock;
    auto host = app::Host::open(operators, make_memory_log(1), std::move(sinks), options, {}, clock);
    ASSERT_TRUE(host) << host.error().message();
    ASSERT_TRUE((*host)->run(std::move(sources), {}, {}));
    const auto lines = test::lines_of(dead);
    ASSERT_EQ(lines.size(), 2U);
    rapidjson::Document letter;
    letter.Parse<rapidjson::kParseValidateEncodingFlag>(lines[0].c_str());
    ASSERT_FALSE(letter.HasParseError()) << lines[0];
    EXPECT_STREQ(letter["error"].GetString(), "raw_personal_data");
    EXPECT_LE(letter["field"].GetStringLength(), kNamedIdMax);
  }
}

/// How late an event of this type may come so that everybody who takes it still counts it.
std::int64_t shared_lateness_ms(EventType type) {
  std::int64_t least = 48 * kHourMs;
  for (const Detector* d : default_registry().detectors) {
    if (d->info().inputs.has(type)) least = std::min(least, d->info().lateness_ms);
  }
  for (const StageCore* c : default_registry().cores) {
    if (c->info().inputs.has(type)) least = std::min(least, c->info().lateness_ms);
  }
  return least;
}

struct Arrival {
  std::int64_t ingest_ms;
  std::string line;
};

/// The world's events, each arriving by chance at its own time or later, within what is allowed; reference data first.
std::string shuffled(const std::string& world, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  JsonDecoderOptions options;
  options.clock = IngestClock::kRecord;
  const auto decoder = make_json_decoder(options);
  std::vector<Event> out;
  std::vector<Arrival> arrivals;
  for (const fs::path& path : world_files(world)) {
    for (const std::string& line : test::lines_of(test::read_file(path.string()))) {
      SourceRecord record;
      record.bytes = line;
      const auto decoded = decoder->decode(record, EventTime{}, out);
      EXPECT_TRUE(decoded) << line;
      const EventType type = out[0].type;
      const std::size_t sent = line.find(",\"ingest_time\":");
      const bool reference = type >= EventType::kRefOperator && type <= EventType::kRuleSet;
      std::int64_t ingest = out[0].ingest_time.ms;
      std::string plain = line;
      if (!reference) {
        ingest = out[0].event_time.ms;
        if (seed != 0) ingest += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(shared_lateness_ms(type)));
        EXPECT_NE(sent, std::string::npos) << line;
        const std::size_t end = line.find_first_of(",}", sent + 1);
        plain.replace(sent, end - sent, ",\"ingest_time\":" + std::to_string(ingest));
      }
      arrivals.push_back({ingest, std::move(plain)});
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) { return a.ingest_ms < b.ingest_ms; });
  std::string text;
  for (const Arrival& a : arrivals) text += a.line + "\n";
  return text;
}

TEST(DeliveryProperty, AnyOrderWithinTheAllowedLatenessEndsInTheSameAlerts) {
  const app::Operators operators;
  for (const char* world : {"world_s3", "world_s5", "world_s8"}) {
    const auto states = [&](std::uint64_t seed) {
      test::TempDir dir;
      test::write_file(dir.path("in.ndjson"), shuffled(world, seed));
      app::SessionOptions options;
      options.input = dir.path("in.ndjson");
      options.out = dir.path("out");
      options.partitions = 2;
      const auto done = app::run_session(operators, options);
      EXPECT_TRUE(done) << done.error().message();
      EXPECT_EQ(done->late, 0U);
      EXPECT_EQ(done->rejected, 0U);
      return test::alert_states(test::read_file(dir.path("out/alerts.ndjson")));
    };
    const auto in_order = states(0);
    ASSERT_FALSE(in_order.empty()) << world;
    test::for_each_seed(3, [&](std::uint64_t seed) { EXPECT_EQ(states(seed), in_order) << world; });
  }
}

}  // namespace
}  // namespace brushwatch
