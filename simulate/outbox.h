#pragma once
/// Outbox: holds the lines of the days to come and hands them out sorted by ingest_time; injects and counts disorder.

#include <deque>
#include <string>
#include <vector>

#include "engine/event/event.h"
#include "simulate/chance.h"
#include "simulate/world.h"

namespace brushwatch::simulate {

/// Nothing of a day's orders is ingested more than this before the day begins (views precede an order by ≤ 2 h).
inline constexpr std::int64_t kLookbackMs = 3 * kHourMs;

class Outbox {
 public:
  Outbox(const WorldOptions& options, EventSink& sink, WorldSummary& summary)
      : options_(options), sink_(sink), summary_(summary), disorder_(Chance::of(options.seed, 0x0D15'0BDE)) {}

  /// `open_line` is the JSON object without its ingest_time member and closing brace. Cost: one copy.
  void put(Stream stream, EventType type, EventTime event_time, EventTime ingest, std::string_view open_line);
  /// Writes all that was ingested before the end of day `day`, less the lookback; nothing earlier may be put afterwards.
  Result<void> end_day(std::uint32_t day);
  Result<void> end_world();

 private:
  struct Held {
    EventTime ingest, event_time;
    std::uint64_t tie;  ///< random: lines of one millisecond must not stand in the order in which we made them
    std::uint64_t offset;
    std::uint32_t length;
    EventType type;
  };
  struct Bucket {
    std::string text;
    std::vector<Held> held;
  };
  void hold(Stream stream, EventType type, EventTime event_time, EventTime ingest, std::uint64_t tie, std::string_view open_line);
  Result<void> write_first_day();

  const WorldOptions& options_;
  EventSink& sink_;
  WorldSummary& summary_;
  Chance disorder_;
  std::uint32_t first_day_ = 0;                         ///< day of days_[0]
  std::deque<std::array<Bucket, kStreams>> days_;
  std::array<EventTime, kStreams> newest_{EventTime::min(), EventTime::min(), EventTime::min(),
                                          EventTime::min(), EventTime::min(), EventTime::min()};
  std::string line_;
};

}  // namespace brushwatch::simulate
