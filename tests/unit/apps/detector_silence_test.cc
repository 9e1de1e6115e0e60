#include "apps/detector_silence.h"

#include <gtest/gtest.h>

namespace brushwatch::app {
namespace {

/// A detector that speaks where it is told to; hours of event time from a start of its own.
struct Spoken {
  DetectorSilence silence{2};
  std::uint64_t findings = 0;
  void at(std::int64_t hour, bool speaks, bool expected = true) {
    findings += speaks ? 3 : 0;
    silence.look(1, EventTime{1'790'000'000'000 + hour * kHourMs}, findings, expected);
  }
  /// Speaks every `step` hours in [from, to].
  void pace(std::int64_t from, std::int64_t to, std::int64_t step) {
    for (std::int64_t hour = from; hour <= to; ++hour) at(hour, (hour - from) % step == 0);
  }
  [[nodiscard]] double ratio() const { return silence.ratio(1); }
};

TEST(DetectorSilence, IsMeasuredAgainstTheLongestSilenceBefore) {
  Spoken d;
  d.pace(0, 72, 6);
  EXPECT_DOUBLE_EQ(d.ratio(), 0);
  d.at(78, false);
  EXPECT_DOUBLE_EQ(d.ratio(), 1);
  d.at(96, false);
  EXPECT_DOUBLE_EQ(d.ratio(), 4);
  d.at(97, true);
  EXPECT_DOUBLE_EQ(d.ratio(), 0) << "it speaks again";
  d.at(122, false);
  EXPECT_DOUBLE_EQ(d.ratio(), 1) << "and 25 hours are known now";
}

TEST(DetectorSilence, KnowsNoPaceBeforeTwoDaysAndEightSilences) {
  Spoken few;
  few.pace(0, 48, 12);
  few.at(480, false);
  EXPECT_DOUBLE_EQ(few.ratio(), 0);
  Spoken hasty;
  hasty.pace(0, 24, 1);
  hasty.at(480, false);
  EXPECT_DOUBLE_EQ(hasty.ratio(), 0) << "it has not seen a night";
}

TEST(DetectorSilence, DoesNotWonderAboutAShortPauseOfOneThatSpeaksAllTheTime) {
  DetectorSilence silence(1);
  std::uint64_t findings = 0;
  EventTime at{1'790'000'000'000};
  for (const EventTime end{at.ms + 3 * kDayMs}; at < end; at.ms += kMinuteMs) silence.look(0, at, ++findings, true);
  silence.look(0, EventTime{at.ms + 29 * kMinuteMs}, findings, true);
  EXPECT_DOUBLE_EQ(silence.ratio(0), 0.5);
}

TEST(DetectorSilence, WhoIsSwitchedOffIsSilentByDecision) {
  Spoken d;
  d.pace(0, 72, 6);
  for (std::int64_t hour = 73; hour < 500; ++hour) d.at(hour, false, false);
  EXPECT_DOUBLE_EQ(d.ratio(), 0);
  d.at(505, false);
  EXPECT_DOUBLE_EQ(d.ratio(), 1) << "on again, its silence counts from there";
}

TEST(DetectorSilence, AStreamThatStandsStillMakesNobodySilent) {
  Spoken d;
  d.pace(0, 72, 6);
  for (int look = 0; look < 1'000; ++look) d.at(72, false);
  EXPECT_DOUBLE_EQ(d.ratio(), 0);
  d.silence.look(1, EventTime::min(), d.findings, true);
  EXPECT_DOUBLE_EQ(d.ratio(), 0);
}

}  // namespace
}  // namespace brushwatch::app
