#include "apps/run_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "apps/host.h"
#include "connectors/memory/memory_log.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/toy_pipeline.h"

namespace brushwatch::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunMetrics::Options options_of(const std::vector<std::string>& detectors = {"D1", "D16"}) { return {"1.2.3", "00ff", "/", detectors}; }

std::vector<std::string> lines_of_text(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}
/// Every series line; HELP and TYPE left out.
std::vector<std::string> series_of(const std::string& text) {
  std::vector<std::string> out = lines_of_text(text);
  out.erase(std::remove_if(out.begin(), out.end(), [](const std::string& l) { return l.empty() || l[0] == '#'; }), out.end());
  return out;
}
std::set<std::string> label_names(const std::string& text) {
  std::set<std::string> out;
  for (const std::string& line : series_of(text)) {
    const auto open = line.find('{'), close = line.rfind('}');
    for (std::size_t at = open; open != std::string::npos && at < close;) {
      const auto equals = line.find("=\"", at);
      if (equals == std::string::npos || equals > close) break;
      out.insert(line.substr(at + 1, equals - at - 1));
      at = line.find('"', equals + 2) + 1;
    }
  }
  return out;
}

/// A pipeline of toys whose numbers are read.
struct Watched {
  test::TempDir dir;
  ManualClock clock{EventTime{1'800'000'000'000}};
  std::unique_ptr<Host> host;
  explicit Watched(std::uint32_t partitions) {
    HostOptions options;
    options.partitions = partitions;
    options.state_directory = dir.path("state");
    auto opened = Host::open(test::toy_stages(), Rules{}, std::make_unique<MemoryLog>(partitions), {}, options, {}, clock);
    if (!opened) throw std::runtime_error(opened.error().message());
    host = std::move(*opened);
  }
};

TEST(RunMetrics, TellsWhatPeopleMadeOfEachDetector) {
  ManualClock clock{EventTime{1'800'000'000'000}};
  RunMetrics metrics(options_of(), clock);
  doors::VerdictsByDetector verdicts;
  metrics.watch_verdicts([&] { return verdicts; });
  EXPECT_THAT(metrics.serialize(), HasSubstr(R"(brushwatch_detector_alerts{detector="D16",verdict="rejected"} 0)"));
  verdicts["D16"] = {.confirmed = 3, .worthy = 2, .rejected = 1, .undecided = 4};
  verdicts["D99"].confirmed = 7;
  const std::string text = metrics.serialize();
  for (const char* line : {R"(confirmed"} 3)", R"(worthy"} 2)", R"(rejected"} 1)", R"(undecided"} 4)"}) {
    EXPECT_THAT(text, HasSubstr(std::string(R"(brushwatch_detector_alerts{detector="D16",verdict=")") + line));
  }
  EXPECT_THAT(text, Not(HasSubstr("D99"))) << "a name that no detector has makes no series";
}

TEST(RunMetrics, TellsWhatBecameOfDeliveries) {
  RunMetrics metrics(options_of(), system_clock());
  doors::WebhookCounts posts;
  posts.delivered = 3;
  posts.failed = posts.retried = 2;
  metrics.watch_webhooks([&] { return posts; });
  const doors::WebhookWatch watch = metrics.webhook_watch();
  watch.post(true, 0.2);
  watch.post(false, 4);
  watch.delivered(900);
  metrics.observe_stream_lag(0.04);
  int clients = 7;
  doors::MemberTopics::Counts topics{.lines = 5, .tombstones = 1, .dead_letters = 4, .failures = 2, .resyncs = 0};
  metrics.watch_streams([&] { return clients; }, [&] { return topics; });
  const std::string text = metrics.serialize();
  for (const char* line : {"brushwatch_webhook_posts_total{result=\"taken\"} 3", "brushwatch_webhook_retries_total 2", "brushwatch_webhook_post_seconds_sum{result=\"taken\"} 0.2",
                           "brushwatch_webhook_post_seconds_sum{result=\"failed\"} 4", "brushwatch_webhook_delivery_seconds_bucket{le=\"1800\"} 1", "brushwatch_webhook_delivery_seconds_bucket{le=\"300\"} 0",
                           "brushwatch_stream_lag_seconds_bucket{le=\"0.05\"} 1", "brushwatch_stream_lag_seconds_bucket{le=\"0.03\"} 0", "brushwatch_stream_clients 7",
                           "brushwatch_member_topic_lines_total{kind=\"line\"} 5", "brushwatch_member_topic_lines_total{kind=\"tombstone\"} 1",
                           "brushwatch_member_topic_lines_total{kind=\"dead_letter\"} 4", "brushwatch_member_topic_failures_total 2",
                           "brushwatch_member_topic_resyncs_total 0"})
    EXPECT_THAT(text, HasSubstr(line));
  clients = 0;
  EXPECT_THAT(metrics.serialize(), HasSubstr("brushwatch_stream_clients 0"));
}

TEST(RunMetrics, HasASilenceForEachDetectorFromTheStart) {
  Watched watched(1);
  RunMetrics metrics(options_of(), watched.clock);
  const WatchedHost scope(metrics, *watched.host);
  EXPECT_THAT(metrics.serialize(), HasSubstr(R"(brushwatch_detector_silence_ratio{detector="D16"} 0)"));
}

TEST(RunMetrics, NamesNoIdsAndKeepsItsSeriesBounded) {
  Watched watched(64);
  std::vector<std::string> detectors;
  for (int d = 1; d <= 28; ++d) detectors.push_back("D" + std::to_string(d));
  RunMetrics metrics(options_of(detectors), watched.clock);
  const WatchedHost scope(metrics, *watched.host);
  // Far more of everything than a real run has: source partitions, routes, kinds of dead letters, clients.
  for (int i = 0; i < 500; ++i) {
    SourceStats& s = metrics.ingest()->add("topic/" + std::to_string(i));
    s.watermark_ms = 1'799'999'000'000;
    s.backlog_records = i;
    metrics.observe_http("/api/v1/route" + std::to_string(i), 200, 0.01);
    metrics.count_line(Output::kDeadLetter, R"({"seq":0,"type":"dead_letter","code":2009,"error":"e)" + std::to_string(i) + R"("})");
    metrics.kafka()->report("source", "client-" + std::to_string(i), R"({"tx":1,"brokers":{}})");
  }
  const std::string text = metrics.serialize();
  // One "other" series a family may come on top.
  EXPECT_LE(series_of(text).size(), Metrics::kSeriesMax + 100);
  EXPECT_THAT(label_names(text), ::testing::IsSubsetOf({"source", "result", "stage", "partition", "detector", "kind", "output", "event", "pattern", "severity", "reason", "error", "task",
                                                        "step", "le", "role", "direction", "state", "what", "mode", "route", "status", "version", "hash",
                                                        "machine", "to", "family", "verdict"}));
}

TEST(RunMetrics, ARunOfTheUsualSizeIsFarBelowTheBound) {
  Watched watched(4);
  std::vector<std::string> detectors;
  for (int d = 1; d <= 28; ++d) detectors.push_back("D" + std::to_string(d));
  RunMetrics metrics(options_of(detectors), watched.clock);
  const WatchedHost scope(metrics, *watched.host);
  for (int i = 0; i < 12; ++i) metrics.ingest()->add("topic/" + std::to_string(i));
  for (const char* role : {"source", "ledger", "output"}) metrics.kafka()->report(role, "c", R"({"tx":1,"brokers":{}})");
  const std::string text = metrics.serialize();
  EXPECT_LT(series_of(text).size(), 800U);
  EXPECT_EQ(series_of(text).size(), metrics.series());
}

TEST(RunMetrics, SaysWhichSourceHoldsTheWatermarkBackAndWhatWaits) {
  ManualClock clock{EventTime{1'800'000'000'000}};
  RunMetrics metrics(options_of(), clock);
  SourceStats& slow = metrics.ingest()->add("orders/0");
  slow.events = 7;
  slow.watermark_ms = 1'799'999'940'000;
  slow.backlog_records = 12;
  slow.record_time_ms = 1'799'999'970'000;
  slow.holds_back = true;
  SourceStats& silent = metrics.ingest()->add("orders/1");
  silent.idle = true;
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_lag_seconds{source=\"orders/0\"} 60\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_lag_seconds{source=\"orders/0\"} 30\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_lag_records{source=\"orders/0\"} 12\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_holder{source=\"orders/0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_holder{source=\"orders/1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_source_idle{source=\"orders/1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_records_total{result=\"event\",source=\"orders/0\"} 7\n"));
  // A source that cannot tell says nothing, rather than zero.
  EXPECT_THAT(text, Not(HasSubstr("brushwatch_ingest_lag_records{source=\"orders/1\"}")));
}

TEST(RunMetrics, TimeIsTheLatestArrivalWhereAllSourcesBringTheirOwnClock) {
  ManualClock clock{EventTime{1'800'000'000'000}};
  RunMetrics metrics(options_of(), clock);
  // Two years ago, played back now: one source is a minute behind the other.
  SourceStats& first = metrics.ingest()->add("past/0");
  first.wall_clock = false;
  first.watermark_ms = 1'740'000'000'000;
  first.arrival_ms = 1'740'000'005'000;
  SourceStats& second = metrics.ingest()->add("past/1");
  second.wall_clock = false;
  second.watermark_ms = 1'740'000'060'000;
  second.arrival_ms = 1'740'000'065'000;
  std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_lag_seconds{source=\"past/0\"} 65\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_lag_seconds{source=\"past/1\"} 5\n"));
  // One that is live beside them: now is now, and the past is late.
  SourceStats& live = metrics.ingest()->add("live/0");
  live.watermark_ms = 1'799'999'999'000;
  text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_lag_seconds{source=\"live/0\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_watermark_lag_seconds{source=\"past/1\"} 59999940\n"));
}

TEST(RunMetrics, TheLedgersPartOfARoundIsAStepOfItsOwn) {
  Watched watched(1);
  RunMetrics metrics(options_of(), watched.clock);
  const WatchedHost scope(metrics, *watched.host);
  Round round;
  round.events = 1;
  round.received_ns = watched.clock.monotonic_ns();
  metrics.observe_round(round, 0);  // the first one cannot be told from what was folded before
  watched.clock.advance(500);
  round.ledger_ns = 300'000'000;
  metrics.observe_round(round, 0);
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("brushwatch_pipeline_step_seconds_sum{step=\"ledger\"} 0.3\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_pipeline_step_seconds_sum{step=\"wait\"} 0.2\n"));
}

TEST(RunMetrics, CountsAlertsAsTheirLinesTellThem) {
  ManualClock clock;
  RunMetrics metrics(options_of(), clock);
  const std::string alert = test::read_file("api/examples/alert.json");
  metrics.count_line(Output::kAlert, alert);
  std::string withdrawn = alert;
  withdrawn.replace(withdrawn.find("\"type\":\"alert\""), 14, R"("type":"alert_withdrawn","withdrawn_reason":"below_threshold")");
  metrics.count_line(Output::kAlert, withdrawn);
  metrics.count_line(Output::kDeadLetter, test::read_file("api/examples/dead_letter.json"));
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("brushwatch_alert_lines_total{event=\"opened\",pattern=\"fake_trade\",severity=\"urgent\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alert_lines_total{event=\"withdrawn\",pattern=\"fake_trade\",severity=\"urgent\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alert_withdrawals_total{reason=\"below_threshold\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alert_voices_total{detector=\"D1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alert_voices_total{detector=\"D16\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_ingest_dead_letters_by_error_total{error=\"bad_money\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_output_lines_total{output=\"alert\"} 2\n"));
}

TEST(RunMetrics, CountsWhatPeopleAndClocksDid) {
  ManualClock clock;
  RunMetrics metrics(options_of(), clock);
  const auto line = [](const std::string& members) { return R"({"seq":1,"task":"alliance/0","of":1,"round":3,)" + members + R"(,"prev":"00","hash":"00"})"; };
  metrics.count_line(Output::kCase, line(R"("type":"alert_state","id":"A-1","from":"TRIAGE","to":"IN_CASE","command":"open","alert":{"state":"IN_CASE","families":"OP"})"));
  metrics.count_line(Output::kCase, line(R"("type":"alert_state","id":"A-2","from":"TRIAGE","to":"DISMISSED","command":"dismiss","alert":{"state":"DISMISSED","families":"P"})"));
  metrics.count_line(Output::kCase, line(R"("type":"alert_state","id":"A-1","from":"IN_CASE","to":"IN_CASE","command":"merge","alert":{"state":"IN_CASE","families":"OP"})"));
  metrics.count_line(Output::kCase, line(R"("type":"case","id":"C-1","from":"EVIDENCE","to":"OPEN","command":"elapse")"));
  metrics.count_line(Output::kCase, line(R"("type":"refused","id":"C-1#refused","refused":"four_eyes","command":"confirm")"));
  metrics.count_line(Output::kList, line(R"("type":"entry","id":"L-1","from":"REVIEW_DONE","to":"LISTED","command":"list")"));
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_verdicts_total{family=\"P\",verdict=\"case_worthy\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_verdicts_total{family=\"P\",verdict=\"dismissed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_verdicts_total{family=\"O\",verdict=\"case_worthy\"} 1\n")) << "a verdict counts once, however often the alert grows";
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_transitions_total{machine=\"alert\",to=\"IN_CASE\"} 1\n")) << "staying is no step";
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_transitions_total{machine=\"case\",to=\"OPEN\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_terms_over_total{machine=\"case\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_refusals_total{reason=\"four_eyes\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alliance_transitions_total{machine=\"entry\",to=\"LISTED\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("brushwatch_output_lines_total{output=\"list\"} 1\n"));
}

TEST(RunMetrics, ReadsTheHostOnlyWhileItIsWatched) {
  Watched watched(2);
  RunMetrics metrics(options_of(), watched.clock);
  EXPECT_THAT(metrics.serialize(), Not(HasSubstr("brushwatch_pipeline_rounds_total")));
  {
    const WatchedHost scope(metrics, *watched.host);
    const std::string text = metrics.serialize();
    EXPECT_THAT(text, HasSubstr("brushwatch_pipeline_rounds_total 0\n"));
    EXPECT_THAT(text, HasSubstr("brushwatch_partition_records_total{partition=\"1\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("brushwatch_store_cache_capacity_bytes "));
  }
  watched.host.reset();
  EXPECT_THAT(metrics.serialize(), HasSubstr("brushwatch_pipeline_rounds_total 0\n"));
}

}  // namespace
}  // namespace brushwatch::app
