// Real data through the example mappings: what the file log and a real broker make of it is the same, intact and replayable.
//
// The data is not part of the project (licences; size). BRUSHWATCH_DATA names its folder, else ../shared/data beside the sources.
// Thresholds are lowered where the data is honest or knows one kind of event only: the test needs alerts to compare, it does
// not judge anybody.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <tuple>

#include "tests/support/alert_sets.h"
#include "tests/support/kafka_broker.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace brushwatch {
namespace {

namespace fs = std::filesystem;
using test::brushwatch_binary;
using test::KafkaBroker;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::write_file;

/// DARPA has 4.5 million edges; these many hold the first attacks and fold in two seconds.
constexpr std::size_t kDarpaRows = 200'000;

using Rules = std::vector<std::pair<std::string, int>>;
struct Case {
  std::string name, mapping, folder;
  Rules rules;
  std::uint64_t events = 0;  ///< that the mapping makes of the data
};

std::string data_folder(const std::string& name) {
  const char* given = std::getenv("BRUSHWATCH_DATA");
  return (given != nullptr && *given != '\0' ? std::string(given) : std::string("../shared/data")) + "/" + name;
}
std::string intact(const std::string& file) {
  const auto verified = run_program({brushwatch_binary(), "verify", file});
  return verified.exit_code == 0 ? "" : verified.out + verified.err;
}
/// All lines of a topic in the order in which a file would hold them.
std::string in_file_order(const std::string& topic) {
  const auto got = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-C", "-t", topic, "-e", "-q"});
  EXPECT_EQ(got.exit_code, 0) << got.err;
  std::vector<std::tuple<std::uint64_t, std::string, std::uint64_t, std::string>> lines;
  for (const std::string& line : lines_of(got.out)) {
    rapidjson::Document json;
    json.Parse(line.c_str());
    if (json.HasParseError()) ADD_FAILURE() << line;
    else lines.emplace_back(json["round"].GetUint64(), json["task"].GetString(), json["seq"].GetUint64(), line);
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += std::get<3>(line) + "\n";
  return out;
}

/// What a run that ended well said with --json; nullopt, and the test has failed, when it said nothing of the kind.
std::optional<rapidjson::Document> summary_of(const test::Finished& done) {
  EXPECT_EQ(done.exit_code, 0) << done.err;
  rapidjson::Document summary;
  summary.Parse(done.out.c_str());
  if (!summary.HasParseError()) return summary;
  ADD_FAILURE() << done.out;
  return std::nullopt;
}

/// Rows to events to alerts, on the file log.
std::string on_file_log(const TempDir& dir, const Case& c) {
  std::vector<std::string> argv{brushwatch_binary(), "replay", "--mapping", c.mapping, "--input", c.folder, "--out", dir.path("file"), "--json", "-q", "--threads", "2"};
  for (const auto& [name, value] : c.rules) argv.insert(argv.end(), {"--rule", name + "=" + std::to_string(value)});
  const auto done = run_program(argv);
  const auto summary = summary_of(done);
  if (!summary) return {};
  EXPECT_EQ((*summary)["events"].GetUint64(), c.events);
  EXPECT_EQ((*summary)["dead_letters"].GetUint64(), 0U) << "every row is understood";
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", dir.path("file/ledger"), "--out", dir.path("file_again"), "-q"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  for (const char* name : {"/alerts.ndjson", "/late.ndjson", "/dlq.ndjson"}) {
    EXPECT_EQ(intact(dir.path("file") + name), "") << name;
    EXPECT_TRUE(read_file(dir.path("file_again") + name) == read_file(dir.path("file") + name)) << name << ": the ledger gives other bytes";
  }
  return read_file(dir.path("file/alerts.ndjson"));
}

/// Convert, send with kcat, fold between topics.
std::string through_broker(const TempDir& dir, const Case& c) {
  auto& broker = KafkaBroker::shared();
  const auto converted = run_program({brushwatch_binary(), "convert", "--mapping", c.mapping, "--input", c.folder, "--out", dir.path("events.ndjson")});
  EXPECT_EQ(converted.exit_code, 0) << converted.err;
  const auto topic = [&](const char* what) { return broker.fresh_topic(c.name + "." + what); };
  const std::string in = topic("in"), ledger = topic("ledger"), alert = topic("alert");
  std::string config = "[pipeline]\npartitions = 3\nthreads = 2\ndata_dir = \"" + dir.path("kafka") + "\"\n[[source]]\nname = \"bus\"\nkind = \"kafka\"\ntopics = [\"" + in +
                       "\"]\nclock = \"record\"\nbounded = true\n[ledger]\nkind = \"kafka\"\ntopic = \"" + ledger + "\"\n[output]\nkind = \"kafka\"\nalerts = \"" + alert +
                       "\"\nlate = \"" + topic("late") + "\"\ndlq = \"" + topic("dlq") + "\"\ncases = \"" + topic("case") + "\"\nlists = \"" + topic("list") + "\"\ncredit = \"" + topic("credit") + "\"\n[kafka]\nbootstrap.servers = \"" + broker.bootstrap() + "\"\n[rules]\n";
  for (const auto& [name, value] : c.rules) config += "\"" + name + "\" = " + std::to_string(value) + "\n";
  write_file(dir.path("kafka.toml"), config);
  const auto made = run_program({brushwatch_binary(), "topics", "apply", "--config", dir.path("kafka.toml")});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  // The file is in the order of arrival, and one partition keeps it.
  const auto sent = run_program({"kcat", "-b", broker.bootstrap(), "-P", "-t", in, "-p", "0", "-l", dir.path("events.ndjson")});
  EXPECT_EQ(sent.exit_code, 0) << sent.err;
  const auto done = run_program({brushwatch_binary(), "run", "--config", dir.path("kafka.toml"), "--json"});
  const auto summary = summary_of(done);
  if (!summary) return {};
  EXPECT_EQ((*summary)["events"].GetUint64(), c.events) << "kcat sent all of them";
  const std::string alerts = in_file_order(alert);
  write_file(dir.path("kafka_alerts.ndjson"), alerts);
  EXPECT_EQ(intact(dir.path("kafka_alerts.ndjson")), "");
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", "kafka://" + broker.bootstrap() + "/" + ledger, "--out", dir.path("kafka_again"), "-q"});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(read_file(dir.path("kafka_again/alerts.ndjson")) == alerts) << "the ledger's topic gives other bytes";
  return alerts;
}

void expect_same_on_both(const TempDir& dir, const Case& c) {
  const auto from_files = test::alert_set(on_file_log(dir, c));
  const auto from_topics = test::alert_set(through_broker(dir, c));
  EXPECT_FALSE(from_files.empty());
  EXPECT_EQ(from_files, from_topics);
}

TEST(Convert, OfTheProgramReadsAMappingAndItsRows) {
  TempDir dir;
  write_file(dir.path("soc-sign-bitcoinotc.csv"), "6,2,4,1289241911.72836\n6,5,2,1289241941.53378\n1,15,-10,1289243140.39049\n");
  const auto converted = run_program({brushwatch_binary(), "convert", "--mapping", "examples/mapping/bitcoin_otc.toml", "--input", dir.path(), "--out", dir.path("events.ndjson"), "--json"});
  ASSERT_EQ(converted.exit_code, 0) << converted.err;
  EXPECT_EQ(converted.out, "{\"rows\":3,\"events\":3,\"rejected\":0}\n");
  EXPECT_EQ(lines_of(read_file(dir.path("events.ndjson"))).size(), 3U);
}

TEST(PublicData, OlistOrdersGiveTheSameAlertsFromFilesAndTopics) {
  const std::string folder = data_folder("olist_sample");
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no data";
  TempDir dir;
  // Honest shops: only thresholds far below the defaults make the largest of them speak.
  expect_same_on_both(dir, {"olist", "examples/mapping/olist.toml", folder,
                            {{"fusion.min_families", 1}, {"fusion.prior_log_odds_milli", 0}, {"D1.min_count", 3}, {"D1.small_count", 3}, {"D1.tail_milli", 5000}, {"D1.small_tail_milli", 5000}, {"D1.min_history_days", 1}},
                            59'998});
}

TEST(PublicData, BitcoinOtcRatingsGiveTheSameAlertsFromFilesAndTopics) {
  const std::string folder = data_folder("bitcoin_otc");
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no data";
  TempDir dir;
  // Ratings are one family of evidence; low ones are capped below what the prior asks for.
  expect_same_on_both(dir, {"otc", "examples/mapping/bitcoin_otc.toml", folder, {{"fusion.min_families", 1}, {"fusion.prior_log_odds_milli", 0}}, 35'592});
}

TEST(PublicData, DarpaEdgesGiveTheSameAlertsFromFilesAndTopics) {
  const std::string packed = data_folder("darpa/edges.csv.zst");
  if (!fs::exists(packed)) GTEST_SKIP() << "skipped: no data";
  TempDir dir;
  fs::create_directories(dir.path("darpa"));
  const auto cut = run_program({"bash", "-c", "zstd -qdc \"$1\" 2>/dev/null | head -n \"$2\" > \"$3\"", "-", packed, std::to_string(kDarpaRows), dir.path("darpa/edges.csv")});
  ASSERT_EQ(cut.exit_code, 0) << cut.err;
  expect_same_on_both(dir, {"darpa", "examples/mapping/darpa.toml", dir.path("darpa"), {{"fusion.min_families", 1}}, kDarpaRows});
}

}  // namespace
}  // namespace brushwatch
