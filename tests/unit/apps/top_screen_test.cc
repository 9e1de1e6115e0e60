#include "apps/top_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brushwatch::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PrometheusText, ReadsWhatWeWriteAndSkipsWhatItIsNot) {
  const MetricView m(parse_metrics("# HELP a x\na_total{source=\"t\\\"1\",result=\"event\"} 3\na_total{source=\"s\",result=\"event\"} 4.5\nb 1e3\nbroken{x=\"1 2\nnothing\nc{} x\n"));
  EXPECT_DOUBLE_EQ(m.sum("a_total"), 7.5);
  EXPECT_DOUBLE_EQ(m.sum("a_total", {{"source", "s"}}), 4.5);
  EXPECT_DOUBLE_EQ(m.sum("b"), 1000);
  EXPECT_DOUBLE_EQ(m.sum("absent"), 0);
  EXPECT_EQ(m.label("a_total", "source"), "t\"1");
  const auto sources = m.by("a_total", "source");
  ASSERT_EQ(sources.size(), 2U);
  EXPECT_EQ(sources[1].first, "s");
}

TopLook look(double at_s, int events, int rejected, double wait_s, double shop_s) {
  const std::string text = "brushwatch_build_info{version=\"9.8.7\"} 1\nbrushwatch_process_start_timestamp_seconds 1000\n"
                           "brushwatch_ingest_records_total{result=\"event\",source=\"orders/0\"} " + std::to_string(events) + "\n" +
                           "brushwatch_ingest_records_total{result=\"rejected\",source=\"orders/0\"} " + std::to_string(rejected) + "\n" +
                           "brushwatch_ingest_records_total{result=\"event\",source=\"orders/1\"} 5\nbrushwatch_ingest_source_idle{source=\"orders/1\"} 1\n"
                           "brushwatch_ingest_watermark_holder{source=\"orders/0\"} 1\nbrushwatch_ingest_lag_records{source=\"orders/0\"} 1234\n"
                           "brushwatch_pipeline_watermark_lag_seconds 90\n"
                           "brushwatch_pipeline_step_seconds_sum{step=\"wait\"} " + std::to_string(wait_s) + "\nbrushwatch_pipeline_step_seconds_count{step=\"wait\"} " + std::to_string(at_s * 10) + "\n" +
                           "brushwatch_pipeline_step_seconds_sum{step=\"shop\"} " + std::to_string(shop_s) + "\nbrushwatch_pipeline_step_seconds_count{step=\"shop\"} " + std::to_string(at_s * 10) + "\n";
  return {at_s, 1000 + at_s, MetricView(parse_metrics(text))};
}

TEST(TopScreen, ShowsRatesOfTheTimeBetweenTwoLooks) {
  TopOptions options;
  options.address = "h:1";
  options.events = {1, 2, 4};
  const std::string text = top_screen(look(10, 1'000, 0, 1.0, 1.0), look(12, 5'000, 100, 1.9, 1.1), options);
  EXPECT_THAT(text, HasSubstr("brushwatch 9.8.7  h:1  up 12 s"));
  EXPECT_THAT(text, HasSubstr("2,050/s"));
  EXPECT_THAT(text, HasSubstr("▂▄█")) << "relative to the largest";
  EXPECT_THAT(text, HasSubstr("refused 2.44 %"));
  EXPECT_THAT(text, HasSubstr("1.5 min behind, held by orders/0"));
  EXPECT_THAT(text, HasSubstr(" 90.0 %      45 ms\n")) << text;
  EXPECT_THAT(text, HasSubstr("1,234"));
  EXPECT_THAT(text, HasSubstr("holds time back"));
  EXPECT_THAT(text, HasSubstr("idle"));
  EXPECT_THAT(text, Not(HasSubstr("parcel"))) << "a step that the instance does not have";
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "no colour was asked for";
}

TEST(TopScreen, AnInstanceThatStartedAgainShowsNoNegativeRate) {
  const std::string text = top_screen(look(10, 1'000, 0, 1.0, 1.0), look(12, 0, 0, 0, 0), {});
  EXPECT_THAT(text, HasSubstr(" 0/s"));
  EXPECT_THAT(text, Not(HasSubstr("-")));
}

TEST(Sparkline, KeepsTheNewestAndSurvivesSilence) {
  EXPECT_EQ(sparkline({9, 0, 8}, 2), "▁█");
  EXPECT_EQ(sparkline({0, 0}, 5), "▁▁");
  EXPECT_EQ(sparkline({}, 5), "");
}

}  // namespace
}  // namespace brushwatch::app
