#include "apps/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class ConfigFile : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_.path(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  Result<Config> load(const std::string& text) {
    inputs_.path = write("run.toml", text);
    return load_config(inputs_, problems_);
  }
  [[nodiscard]] std::vector<std::string> messages() const {
    std::vector<std::string> out;
    for (const ConfigProblem& problem : problems_) {
      std::string text = problem.message();
      if (const std::size_t at = text.find(folder_.path() + "/"); at != std::string::npos) text.erase(at, folder_.path().size() + 1);
      out.push_back(text);
    }
    return out;
  }
  [[nodiscard]] static std::string origin_of(const Config& config, const std::string& key) {
    for (const ConfigEntry& entry : config.entries) {
      if (entry.key == key) return entry.origin;
    }
    return "absent";
  }

  test::TempDir folder_;
  ConfigInputs inputs_;
  std::vector<ConfigProblem> problems_;
};

TEST_F(ConfigFile, HasDefaultsWithoutAnyFile) {
  const auto config = load_config({}, problems_);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->pipeline.partitions, 4U);
  EXPECT_EQ(config->ledger.path, "brushwatch-data/ledger");
  EXPECT_EQ(config->output.alerts, "alerts.jsonl");
  EXPECT_FALSE(config->http.enabled);
  EXPECT_TRUE(load("")) << "an empty file is fine";
}

TEST_F(ConfigFile, ReadsEverySection) {
  const auto config = load(R"(
[pipeline]
partitions = 8
data_dir = "d"
[[source]]
name = "orders"
path = "in/*.csv"
format = "csv"
mapping = "olist.toml"
clock = "record"
source = "olist"
[[source]]
name = "bus"
kind = "kafka"
topics = ["brushwatch.in.order", "brushwatch.in.review"]
bounded = true
[[source]]
name = "door"
kind = "http"
[ledger]
fsync = true
[output]
kind = "kafka"
late = "late.mine"
[rules]
"D1.min_count" = 5
fusion.prior_milli = -4600
[kafka]
bootstrap.servers = "b:9092"
"linger.ms" = 5
enable.idempotence = true
[log]
level = "debug"
)");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->pipeline.partitions, 8U);
  ASSERT_EQ(config->sources.size(), 3U);
  EXPECT_EQ(config->sources[0].format, SourceFormat::kCsv);
  EXPECT_EQ(config->sources[0].clock, IngestClock::kRecord);
  EXPECT_EQ(config->sources[1].kind, SourceKind::kKafka);
  EXPECT_EQ(config->sources[1].bootstrap, "b:9092");
  EXPECT_THAT(config->sources[1].topics, ElementsAre("brushwatch.in.order", "brushwatch.in.review"));
  EXPECT_TRUE(config->http.enabled) << "a source of kind http opens the door";
  EXPECT_EQ(config->ledger.path, "d/ledger");
  EXPECT_TRUE(config->ledger.fsync);
  EXPECT_EQ(config->output.alerts, "brushwatch.alert.v1");
  EXPECT_EQ(config->output.late, "late.mine");
  EXPECT_EQ(config->output.bootstrap, "b:9092");
  EXPECT_EQ(config->rules.at("D1.min_count"), 5);
  EXPECT_EQ(config->rules.at("fusion.prior_milli"), -4600);
  EXPECT_EQ(config->kafka.at("linger.ms"), "5");
  EXPECT_EQ(config->kafka.at("enable.idempotence"), "true");
  EXPECT_EQ(config->log.level, LogLevel::kDebug);
}

TEST_F(ConfigFile, AsksWhetherAnotherKeyWasMeant) {
  ASSERT_FALSE(load("[pipeline]\nthraeds = 4\n[pipelin]\nthreads = 1\n[log]\nzzzzzz = 1\n[[source]]\nname=\"a\"\npath=\"p\"\n  foramt=\"csv\"\n"));
  EXPECT_THAT(messages(), ::testing::UnorderedElementsAre(
      "run.toml:2:1: E1002 pipeline.thraeds: unknown key; did you mean \"threads\"?",
      "run.toml:4:1: E1002 pipelin.threads: unknown section; did you mean [pipeline]?",
      "run.toml:6:1: E1002 log.zzzzzz: unknown key",
      "run.toml:10:3: E1002 source.a.foramt: unknown key; did you mean \"format\"?"));
}

TEST_F(ConfigFile, ReportsEveryProblemAndNotOnlyTheFirst) {
  const auto config = load(R"([pipeline]
partitions = 0
threads = "two"
[ledger]
kind = "kafak"
[[source]]
name = "a"
[[source]]
kind = "http"
[http]
port = 70000
enabled = 1
[rules]
D1.x = 1.5
)");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().number, 8);
  EXPECT_THAT(messages(), ElementsAre(
      "run.toml:2:1: E1004 pipeline.partitions: 0 is out of range: 1 to 256",
      "run.toml:3:1: E1003 pipeline.threads: must be a whole number from 0 to 256",
      "run.toml:5:1: E1004 ledger.kind: must be one of file, kafka; did you mean \"kafka\"?",
      "run.toml:7:1: E1005 source.a.path: kind file needs a path",
      "run.toml:8:1: E1005 source.name: each source needs a name of its own",
      "run.toml:11:1: E1004 http.port: 70000 is out of range: 0 to 65535",
      "run.toml:12:1: E1003 http.enabled: must be true or false",
      "run.toml:14:4: E1003 rules.D1.x: must be a whole number, in the unit of the rule"));
}

TEST_F(ConfigFile, NamesThePlaceOfASyntaxError) {
  ASSERT_FALSE(load("[pipeline]\nthreads = = 4\n"));
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_EQ(problems_[0].code, ErrorCode::kConfigSyntax);
  EXPECT_THAT(problems_[0].where, HasSubstr("run.toml:2:"));
}

TEST_F(ConfigFile, SaysNotFoundForAMissingFile) {
  inputs_.path = folder_.path("none.toml");
  const auto config = load_config(inputs_, problems_);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kNotFound);
}

TEST_F(ConfigFile, LetsLaterLayersWinAndKnowsWhereAValueCameFrom) {
  write("conf.d/20.toml", "[pipeline]\nround_ms = 20\nmemory_mib = 20\n");
  write("conf.d/10.toml", "[pipeline]\nround_ms = 10\nthreads = 10\n[[source]]\nname=\"a\"\npath=\"other\"\n[[source]]\nname=\"b\"\npath=\"q\"\n");
  inputs_.environment = {{"BRUSHWATCH_PIPELINE__MEMORY_MIB", "30"}, {"BRUSHWATCH_PIPELINE__EPOCH_EVENTS", "30"},
                         {"BRUSHWATCH_SOURCE__A__FOLLOW", "true"}, {"BRUSHWATCH_RULES__D1__MIN_COUNT", "9"},
                         {"BRUSHWATCH_BROKER", "ignored"}, {"HOME", "/"}};
  inputs_.overrides = {{"pipeline.epoch_events", "40"}};
  const auto config = load("[pipeline]\npartitions = 1\nround_ms = 1\n[[source]]\nname=\"a\"\npath=\"p\"\n");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->pipeline.partitions, 1U);
  EXPECT_EQ(config->pipeline.round_ms, 20U);
  EXPECT_EQ(config->pipeline.threads, 10U);
  EXPECT_EQ(config->pipeline.memory_mib, 30U);
  EXPECT_EQ(config->pipeline.epoch_events, 40U);
  ASSERT_EQ(config->sources.size(), 2U);
  EXPECT_EQ(config->sources[0].path, "other");
  EXPECT_TRUE(config->sources[0].follow);
  EXPECT_EQ(config->rules.at("D1.min_count"), 9);
  EXPECT_THAT(origin_of(*config, "pipeline.partitions"), EndsWith("run.toml:2:1"));
  EXPECT_THAT(origin_of(*config, "pipeline.round_ms"), EndsWith("conf.d/20.toml:2:1"));
  EXPECT_EQ(origin_of(*config, "pipeline.memory_mib"), "BRUSHWATCH_PIPELINE__MEMORY_MIB");
  EXPECT_EQ(origin_of(*config, "pipeline.epoch_events"), "--set pipeline.epoch_events");
  EXPECT_EQ(origin_of(*config, "pipeline.round_events"), "default");
}

TEST_F(ConfigFile, NamesTheVariableWithAWrongKeyOrValue) {
  inputs_.environment = {{"BRUSHWATCH_PIPELINE__THREDS", "3"}, {"BRUSHWATCH_HTTP__PORT", "eighty"}};
  ASSERT_FALSE(load(""));
  EXPECT_THAT(messages(), ElementsAre("BRUSHWATCH_HTTP__PORT: E1003 http.port: must be a whole number from 0 to 65535",
                                      "BRUSHWATCH_PIPELINE__THREDS: E1002 pipeline.threds: unknown key; did you mean \"threads\"?"));
}

TEST_F(ConfigFile, TakesSecretsFromFilesAndNeverShowsThem) {
  const std::string secret = write("password", "hunter2\n");
  const auto config = load("[kafka]\nsasl.password_file = \"" + secret + "\"\nsecurity.protocol = \"SASL_SSL\"\n");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->kafka.at("sasl.password"), "hunter2");
  EXPECT_EQ(show_config(*config, true).find("hunter2"), std::string::npos);
  EXPECT_THAT(show_config(*config, false), HasSubstr("\"security.protocol\" = \"SASL_SSL\""));
  ASSERT_FALSE(load("[kafka]\nsasl.password_file = \"" + secret + ".none\"\n"));
  EXPECT_EQ(problems_[0].code, ErrorCode::kConfigMissing);
}

TEST_F(ConfigFile, NamesASlipThatTheTomlLibraryAssertsAgainst) {
  ASSERT_FALSE(load("[{source]]\nname = \"a\"\n"));
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_EQ(problems_[0].code, ErrorCode::kConfigSyntax);
  EXPECT_THAT(problems_[0].where, HasSubstr("run.toml:1:2"));
}

TEST_F(ConfigFile, RefusesABrokerWithoutAnAddress) {
  ASSERT_FALSE(load("[ledger]\nkind = \"kafka\"\n"));
  EXPECT_THAT(messages(), ElementsAre(HasSubstr("run.toml:2:1: E1005 ledger.bootstrap: kind kafka needs a bootstrap")));
}

TEST_F(ConfigFile, RefusesADoorThatIsWantedAndShutAtOnce) {
  ASSERT_FALSE(load("[http]\nenabled = false\n[[source]]\nname = \"door\"\nkind = \"http\"\n"));
  EXPECT_THAT(messages(), ElementsAre("run.toml:2:1: E1004 http.enabled: must be true: there is a source of kind http"));
}

TEST_F(ConfigFile, ShowsWhatLoadsToTheSameConfigAgain) {
  const auto config = load("[rules]\nD1.min_count = 7\n[[source]]\nname = \"a\\\"b\"\npath = \"x\\\\y\\t\"\ntopics = [\"t\", \"u\"]\n");
  ASSERT_TRUE(config) << config.error().message();
  const auto again = load(show_config(*config, true));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(config_hash(*again), config_hash(*config));
  EXPECT_EQ(show_config(*again, false), show_config(*config, false));
}

TEST_F(ConfigFile, HashesValuesAndNotTheirOrigins) {
  const auto plain = load("[pipeline]\nthreads = 3\n");
  inputs_.environment = {{"BRUSHWATCH_PIPELINE__THREADS", "3"}};
  const auto by_variable = load("");
  inputs_.environment = {{"BRUSHWATCH_PIPELINE__THREADS", "4"}};
  const auto other = load("");
  ASSERT_TRUE(plain && by_variable && other);
  EXPECT_EQ(config_hash(*plain), config_hash(*by_variable));
  EXPECT_NE(config_hash(*plain), config_hash(*other));
  EXPECT_EQ(config_hash(*plain).size(), 16U);
}

TEST(Examples, AllLoad) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("examples")) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    std::vector<ConfigProblem> problems;
    ConfigInputs inputs;
    inputs.path = entry.path().string();
    EXPECT_TRUE(load_config(inputs, problems)) << (problems.empty() ? "" : problems[0].message());
  }
  EXPECT_GE(files, 3U);
}

TEST_F(ConfigFile, AStandbyIsNamedAfterItsLedgerAndNeedsTopics) {
  const auto config = load(R"(
[ledger]
kind = "kafka"
topic = "l"
replication = 3
[output]
kind = "kafka"
[standby]
enabled = true
instance = "a"
[kafka]
bootstrap.servers = "b:9092"
)");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->standby.topic, "l.lead");
  EXPECT_EQ(config->standby.group, "l.lead");
  EXPECT_EQ(config->standby.instance, "a");
  EXPECT_EQ(config->ledger.replication, 3U);
  const auto files = load("[standby]\nenabled = true\n");
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, ErrorCode::kConfigRange);
}

TEST_F(ConfigFile, ClientCertificatesNeedADoorThatSpeaksTlsAndLinesThatNameSomebody) {
  const std::string tls = "[http]\nenabled = true\ntls_certificate = \"d.pem\"\ntls_key = \"d.key\"\n";
  const std::string access = "[access]\nclient_ca = \"ca.pem\"\ncertificates = [\"CN=ops,O=Taobao -> platform:taobao\"]\n";
  const auto well = load(tls + access);
  ASSERT_TRUE(well) << messages().front();
  EXPECT_THAT(well->access.certificates, ElementsAre("CN=ops,O=Taobao -> platform:taobao"));
  const std::pair<std::string, std::string> wrong[] = {
      {"[http]\nenabled = true\n" + access, "http.tls_certificate"},
      {"[http]\nenabled = true\ntls_key = \"d.key\"\n", "given together"},
      {tls + "[access]\nclient_ca = \"ca.pem\"\n", "given together"},
      {tls + access + "anonymous_role = \"analyst\"\n", "anonymous role"},
      {tls + "[access]\nclient_ca = \"ca.pem\"\ncertificates = [\"CN=ops -> platform\"]\n", "SUBJECT -> ROLE"},
  };
  for (const auto& [text, said] : wrong) {
    problems_.clear();
    EXPECT_FALSE(load(text)) << text;
    ASSERT_FALSE(problems_.empty());
    EXPECT_THAT(messages().front(), HasSubstr(said));
  }
}

}  // namespace
}  // namespace brushwatch
