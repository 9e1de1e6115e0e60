#include "connectors/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brushwatch {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, WritesPrometheusText) {
  Metrics metrics;
  metrics.counter("brushwatch_ingest_events_total", "Events taken.", {{"source", "orders"}, {"result", "ok"}}).add(3);
  metrics.gauge("brushwatch_state_rows", "Hot rows.").set(42);
  metrics.histogram("brushwatch_alert_latency_seconds", "Event to alert.", {0.01, 0.1}).observe(0.05);
  const std::string text = metrics.serialize();
  EXPECT_THAT(text, HasSubstr("# HELP brushwatch_ingest_events_total Events taken."));
  EXPECT_THAT(text, HasSubstr("# TYPE brushwatch_ingest_events_total counter"));
  EXPECT_THAT(text, HasSubstr(R"(brushwatch_ingest_events_total{result="ok",source="orders"} 3)"));
  EXPECT_THAT(text, HasSubstr("brushwatch_state_rows 42"));
  EXPECT_THAT(text, HasSubstr(R"(brushwatch_alert_latency_seconds_bucket{le="0.01"} 0)"));
  EXPECT_THAT(text, HasSubstr(R"(brushwatch_alert_latency_seconds_bucket{le="0.1"} 1)"));
  EXPECT_THAT(text, HasSubstr("brushwatch_alert_latency_seconds_count 1"));
}

TEST(Metrics, GivesTheSameSeriesForTheSameLabelsInAnyOrder) {
  Metrics metrics;
  Counter& a = metrics.counter("brushwatch_x_total", "x", {{"a", "1"}, {"b", "2"}});
  Counter& b = metrics.counter("brushwatch_x_total", "x", {{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(&a, &b);
  b.add();
  EXPECT_EQ(a.value(), 1);
  EXPECT_EQ(metrics.series(), 1U);
}

TEST(Metrics, RefreshesGaugesAtTheScrape) {
  Metrics metrics;
  Gauge& lag = metrics.gauge("brushwatch_watermark_lag_seconds", "Lag.");
  int scrapes = 0;
  metrics.on_scrape([&] { lag.set(++scrapes); });
  EXPECT_THAT(metrics.serialize(), HasSubstr("brushwatch_watermark_lag_seconds 1\n"));
  EXPECT_THAT(metrics.serialize(), HasSubstr("brushwatch_watermark_lag_seconds 2\n"));
}

TEST(Metrics, KeepsTheNumberOfSeriesBounded) {
  Metrics metrics;
  for (int i = 0; i < 5'000; ++i) metrics.counter("brushwatch_x_total", "x", {{"code", std::to_string(i)}}).add();
  EXPECT_LE(metrics.series(), Metrics::kSeriesMax + 1);
  EXPECT_THAT(metrics.serialize(), HasSubstr(R"(brushwatch_x_total{code="other"} 3000)"));
}

TEST(MetricsDeathTest, StopsAtANameAgainstTheConvention) {
  Metrics metrics;
  EXPECT_DEATH(metrics.counter("brushwatch_events", "x"), "metric names");
  EXPECT_DEATH(metrics.gauge("brushwatch_events_total", "x"), "metric names");
  EXPECT_DEATH(metrics.gauge("events", "x"), "metric names");
  EXPECT_DEATH(metrics.gauge("brushwatch_lag_ms", "x"), "metric names");
}

TEST(MetricsDeathTest, StopsAtTwoKindsOrTwoSetsOfLabelsOfOneName) {
  Metrics metrics;
  metrics.gauge("brushwatch_rows", "x", {{"a", "1"}});
  EXPECT_DEATH(metrics.histogram("brushwatch_rows", "x", {1}), "one kind");
  EXPECT_DEATH(metrics.gauge("brushwatch_rows", "x", {{"b", "1"}}), "same label names");
}

}  // namespace
}  // namespace brushwatch
