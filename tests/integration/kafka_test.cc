// The running program between real topics: kcat sends, `brushwatch run` folds, kcat reads; killed, it goes on.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/alert_sets.h"
#include "tests/support/kafka_broker.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wire_client.h"

namespace brushwatch {
namespace {

using test::brushwatch_binary;
using test::KafkaBroker;
using test::lines_of;
using test::read_file;
using test::run_program;
using test::TempDir;
using test::write_file;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("the example has no " + from);
  return text.replace(at, from.size(), to);
}
void send(const std::string& topic, const std::string& file) {
  const auto sent = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-P", "-t", topic, "-p", "0", "-l", file});
  ASSERT_EQ(sent.exit_code, 0) << sent.err;
}
std::string received(const std::string& topic) {
  const auto got = run_program({"kcat", "-b", KafkaBroker::shared().bootstrap(), "-C", "-t", topic, "-e", "-q"});
  EXPECT_EQ(got.exit_code, 0) << got.err;
  return got.out;
}

/// The quick start's file with the broker of this test and topics of its own.
struct QuickStart {
  explicit QuickStart(const TempDir& dir, const std::string& name, const std::string& folder) {
    auto& broker = KafkaBroker::shared();
    in = broker.fresh_topic(name + ".in");
    ledger = broker.fresh_topic(name + ".ledger");
    alert = broker.fresh_topic(name + ".alert");
    std::string text = read_file("examples/kafka-quickstart.toml");
    text = replaced(text, "127.0.0.1:19092", broker.bootstrap());
    text = replaced(text, "\"brushwatch.in\"", "\"" + in + "\"");
    text = replaced(text, "\"brushwatch.ledger\"", "\"" + ledger + "\"");
    text = replaced(text, "\"brushwatch.alert\"", "\"" + alert + "\"");
    text = replaced(text, "\"brushwatch.late\"", "\"" + broker.fresh_topic(name + ".late") + "\"");
    text = replaced(text, "\"brushwatch.dlq\"", "\"" + broker.fresh_topic(name + ".dlq") + "\"");
    const std::string list = broker.fresh_topic(name + ".list"), credit = broker.fresh_topic(name + ".credit");
    cases = broker.fresh_topic(name + ".case");
    text = replaced(text, "\"brushwatch.case\"", "\"" + cases + "\"");
    text = replaced(text, "\"brushwatch.list\"", "\"" + list + "\"");
    text = replaced(text, "\"brushwatch.credit\"", "\"" + credit + "\"");
    text = replaced(text, "out/quickstart", dir.path(folder));
    config = dir.path(folder + ".toml");
    write_file(config, text);
  }
  void make_topics() const {
    const auto made = run_program({brushwatch_binary(), "topics", "apply", "--config", config});
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  [[nodiscard]] std::vector<std::string> run(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> argv{brushwatch_binary(), "run", "--config", config, "--json"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  std::string config, in, ledger, alert, cases;
};

void expect_intact(const TempDir& dir, const std::string& lines) {
  write_file(dir.path("got.ndjson"), lines);
  const auto verified = run_program({brushwatch_binary(), "verify", dir.path("got.ndjson")});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

TEST(KafkaRun, TenEventsFromKcatBecomeAnAlertThatKcatReads) {
  TempDir dir;
  const QuickStart quick(dir, "ten", "ten");
  const auto before = run_program({brushwatch_binary(), "topics", "plan", "--config", quick.config});
  EXPECT_EQ(before.exit_code, 3) << "missing topics are findings";
  quick.make_topics();
  EXPECT_EQ(run_program({brushwatch_binary(), "topics", "plan", "--config", quick.config}).exit_code, 0);
  send(quick.in, "examples/ten-events.ndjson");
  const auto done = run_program(quick.run());
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string alerts = received(quick.alert);
  EXPECT_EQ(test::alert_set(alerts), (std::set<std::string>{"shop/taobao:S-5544 | fake_trade | 2026-11-09T00:00:00.000+08:00 | promote"}));
  expect_intact(dir, alerts);
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", "kafka://" + KafkaBroker::shared().bootstrap() + "/" + quick.ledger, "--out", dir.path("again"), "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_file(dir.path("again/alerts.ndjson")), alerts) << "the ledger's topic gives the same bytes";
}

TEST(KafkaRun, AnOfficersCommandGoesIntoTheLedgersTopicAndReplays) {
  TempDir dir;
  const QuickStart quick(dir, "officer", "officer");
  quick.make_topics();
  send(quick.in, "examples/ten-events.ndjson");
  ASSERT_EQ(run_program(quick.run()).exit_code, 0);
  const auto officer = [&](std::vector<std::string> words) {
    words.insert(words.begin(), brushwatch_binary());
    for (const std::string& more : {std::string("--config"), quick.config, std::string("--json")}) words.push_back(more);
    return run_program(words);
  };
  const auto waiting = officer({"case", "ls"});
  ASSERT_EQ(waiting.exit_code, 0) << waiting.err;
  const std::string alert = waiting.out.substr(waiting.out.find("\"id\":\"A-") + 6, 18);
  const auto taken = officer({"case", "take", alert, "--as", "li.na", "--role", "AN", "--at", "2026-11-30"});
  EXPECT_EQ(taken.exit_code, 0) << taken.err;
  EXPECT_NE(taken.out.find("\"to\":\"TRIAGE\""), std::string::npos) << taken.out;
  EXPECT_EQ(officer({"case", "open", alert, "--as", "li.na", "--role", "RG", "--at", "2026-12-01"}).exit_code, 3) << "not the regulator's";
  EXPECT_EQ(officer({"case", "open", alert, "--as", "li.na", "--role", "AN", "--at", "2026-12-01"}).exit_code, 0);
  EXPECT_NE(officer({"case", "ls"}).out.find("\"state\":\"OPEN\""), std::string::npos);
  const std::string cases = received(quick.cases);
  EXPECT_NE(cases.find("\"refused\":\"role\""), std::string::npos);
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", "kafka://" + KafkaBroker::shared().bootstrap() + "/" + quick.ledger, "--out", dir.path("again"), "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_file(dir.path("again/cases.ndjson")), cases) << "the ledger's topic gives the same bytes";
  EXPECT_EQ(read_file(dir.path("again/alerts.ndjson")), received(quick.alert));

  // To a pipeline that runs elsewhere: the record goes into a topic that it reads.
  const auto sent = officer({"case", "dismiss", alert, "--reason", "test", "--as", "li.na", "--role", "AN", "--to", "kafka://" + KafkaBroker::shared().bootstrap() + "/" + quick.in});
  EXPECT_EQ(sent.exit_code, 0) << sent.err;
  EXPECT_NE(received(quick.in).find("\"command\":\"dismiss\""), std::string::npos);
  EXPECT_EQ(received(quick.cases), cases) << "nothing is done here";
}

TEST(KafkaRun, KilledAndStartedAgainItGoesOnWithoutGapOrRepeat) {
  TempDir dir;
  std::string events;
  for (const auto& entry : std::filesystem::directory_iterator("tests/golden/world_s3"))
    if (entry.path().extension() == ".ndjson") events += read_file(entry.path().string());
  // One partition keeps the order of sending, so the world goes in by the time it arrived.
  auto lines = lines_of(events);
  const auto arrival = [](const std::string& line) { return std::stoll(line.substr(line.rfind("\"ingest_time\":") + 14)); };
  std::stable_sort(lines.begin(), lines.end(), [&](const std::string& a, const std::string& b) { return arrival(a) < arrival(b); });
  std::string sorted;
  for (const std::string& line : lines) sorted += line + "\n";
  write_file(dir.path("world.ndjson"), sorted);

  const QuickStart straight(dir, "straight", "straight");
  straight.make_topics();
  send(straight.in, dir.path("world.ndjson"));
  const auto done = run_program(straight.run());
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string expected = received(straight.alert);
  ASSERT_GE(test::alert_set(expected).size(), 2U);

  const QuickStart killed(dir, "killed", "killed");
  killed.make_topics();
  send(killed.in, dir.path("world.ndjson"));
  int kills = 0;
  for (int attempt = 0; attempt < 40 && kills < 3; ++attempt) {
    test::Background running(killed.run({"--set", "pipeline.epoch_events=500"}), dir.path("log"));
    // Killed at different points of its life; one that ended first is not counted.
    ::usleep(static_cast<useconds_t>(60'000 + 45'000 * attempt));
    if (!running.running()) break;
    running.signal(SIGKILL);
    running.wait();
    ++kills;
  }
  EXPECT_GE(kills, 1) << "the run ended before it could be killed";
  const auto rest = run_program(killed.run({"--set", "pipeline.epoch_events=500"}));
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  const std::string alerts = received(killed.alert);
  expect_intact(dir, alerts);
  EXPECT_EQ(test::alert_set(alerts), test::alert_set(expected));
  const auto again = run_program({brushwatch_binary(), "replay", "--ledger", "kafka://" + KafkaBroker::shared().bootstrap() + "/" + killed.ledger, "--out", dir.path("again"), "-q"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_file(dir.path("again/alerts.ndjson")), alerts) << "what was written piece by piece is what the ledger gives in one go";
}

TEST(KafkaRun, AQuotaHoldsASourceBackAndLosesNothingOfIt) {
  TempDir dir;
  auto& broker = KafkaBroker::shared();
  const std::string in = broker.fresh_topic("quota.in");
  std::string events;
  for (const char* name : {"orders", "parcels"}) events += read_file("tests/golden/world_s8/" + std::string(name) + ".ndjson");
  const std::vector<std::string> lines = lines_of(events);
  write_file(dir.path("run.toml"), "[pipeline]\npartitions = 2\ndata_dir = \"" + dir.path("data") + "\"\n[[source]]\nname = \"bus\"\nkind = \"kafka\"\ntopics = [\"" + in +
                                       "\"]\nclock = \"wall\"\nevents_per_s = 700\n[http]\nenabled = true\nport = 0\n[kafka]\nbootstrap.servers = \"" + broker.bootstrap() + "\"\n");
  test::Background process({brushwatch_binary(), "run", "--config", dir.path("run.toml"), "--json"}, dir.path("log"));
  const auto log = [&] { return read_file(dir.path("log")); };
  while (process.running() && log().find("\"event\":\"ready\"") == std::string::npos) ::usleep(5'000);
  write_file(dir.path("world.ndjson"), events);
  send(in, dir.path("world.ndjson"));
  const std::string address = log().substr(log().find("http://127.0.0.1:") + 17);
  const auto metric = [&](const std::string& name) {
    const std::string text = "\n" + test::WireClient(static_cast<std::uint16_t>(std::atoi(address.c_str()))).get("/metrics").body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1.0 : std::atof(text.c_str() + at + name.size() + 2);
  };
  const std::string taken = "brushwatch_pipeline_events_total";
  EXPECT_LT(metric(taken), static_cast<double>(lines.size())) << "seven hundred a second, and there are twice as many";
  while (process.running() && metric(taken) < static_cast<double>(lines.size())) ::usleep(50'000);
  EXPECT_GT(metric("brushwatch_source_throttled_total{source=\"bus\"}"), 0);
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait(), 0) << log();
  EXPECT_NE(log().find("\"records\":" + std::to_string(lines.size()) + ","), std::string::npos) << log();
}

TEST(KafkaRun, ABrokerThatIsAwayIsNamedWithItsAddressAndTheNextStep) {
  TempDir dir;
  std::string text = replaced(read_file("examples/kafka-quickstart.toml"), "127.0.0.1:19092", "127.0.0.1:1");
  text = replaced(text, "out/quickstart", dir.path("away"));
  write_file(dir.path("away.toml"), text);
  const auto done = run_program({brushwatch_binary(), "run", "--config", dir.path("away.toml")});
  EXPECT_EQ(done.exit_code, 69);
  EXPECT_NE(done.err.find("E4010"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("next:"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace brushwatch
