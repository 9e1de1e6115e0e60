#pragma once
/// Ingest: the only place that meets the outside. Sources → decoders → rounds of frames, appended to the ledger.
///
/// Two ways of cutting rounds, chosen once at start:
/// `merge`  all sources are bounded and carry their own clock: records are merged by (ingest time, source number), rounds end
///          at multiples of round_ms of that time or after round_events records. The rounds are a function of the input only.
/// `live`   take what there is; a round ends when the sources have nothing more at this moment, or after round_events, or
///          after tick_ms of silence. The ledger records where each round ended, so a replay cuts at the same places.

#include <functional>
#include <memory>
#include <optional>

#include "engine/base/time.h"
#include "engine/log/decoder.h"
#include "engine/log/frame.h"
#include "engine/stage/claim.h"
#include "engine/stage/ingest_stats.h"
#include "engine/stage/round.h"

namespace brushwatch {

struct IngestSource {
  std::shared_ptr<Source> source;  ///< shared with its door when it has one: requests may outlive the ingest
  std::unique_ptr<Decoder> decoder;
  IngestClock clock = IngestClock::kRecord;
  bool moves_time = true;  ///< its events' times count for the watermark
  std::string party{};     ///< whose source it is: its dead letters are that party's; "" = as the record's kPartyHeader says
};

struct IngestOptions {
  bool merge = true;
  std::int64_t round_ms = 60'000;      ///< merge: a minute of stream time keeps a round's overhead far below its folding
  std::uint32_t round_events = 16'384; ///< bounds memory and, live, the latency of a backlog
  std::int64_t tick_ms = 1'000;        ///< live: silence after which time moves on by a tick
  /// live: a source that was asked in vain for this long no longer holds the watermark back. Time in which nobody asked does not count.
  std::int64_t idle_ms = 30'000;
  /// An appendix: what is written behind a stream that has ended leaves it ended (officers' commands on a finished replay).
  bool appendix = false;
  /// Rules of the configuration that differ from the defaults: written into the ledger's first round, so that the ledger
  /// alone replays to the same bytes.
  std::vector<std::pair<std::string, std::int64_t>> initial_rules;
  /// Told about each source after each round; may be absent.
  std::shared_ptr<IngestStats> stats;
};

struct IngestCounters {
  std::uint64_t records = 0, events = 0, rejected = 0, duplicates = 0, rounds = 0;
};

class Ingest {
 public:
  Ingest(Log& ledger, std::vector<IngestSource> sources, IngestOptions options, Clock& clock);

  /// Where to go on, from the last complete round of the ledger. `names` are the sources declared so far, by number.
  /// Sources that the ledger knows are sought to their position. Call once, before the first next_round().
  Result<void> resume(std::uint64_t next_round, Tenure tenure, const TickEvent* last_tick, const std::vector<std::string>& names);
  /// The same for a ledger that nobody else writes.
  Result<void> resume(std::uint64_t next_round, std::uint32_t epoch, const TickEvent* last_tick, const std::vector<std::string>& names);
  /// Cuts, appends and returns the next round. In live mode it is durable (ledger synced) and lies in front of any later
  /// writer's claim, and the sources have been told so (Source::durable_up_to); in merge mode, where every writer cuts the same
  /// rounds, after the next sync(). nullopt at the end of a bounded input, after the round that says so. `stop` ends live
  /// waiting early. Errors: kFenced when a later writer has claimed the ledger; those of sources and ledger.
  Result<std::optional<Round>> next_round(const std::function<bool()>& stop);
  [[nodiscard]] const IngestCounters& counters() const { return counters_; }
  /// Positions after the last round, by source number.
  [[nodiscard]] const std::vector<SourcePosition>& positions() const { return positions_; }

 private:
  struct Slot {
    IngestSource in;
    std::uint16_t number = 0;
    std::vector<SourceRecord> records;  // polled, not yet taken
    std::size_t at = 0;
    std::vector<Event> events;          // of the record at `at`, when decoded
    std::size_t event_count = 0, event_at = 0;
    bool decoded = false;
    std::optional<Error> rejected;      // instead of events
    EventTime head_time{};              // ingest time of what comes next
    EventTime max_event = EventTime::min(), max_arrival = EventTime::min();
    std::int64_t asked_ns = 0;          // monotonic time of the last poll
    std::int64_t silent_ns = 0;         // how long it was asked in vain since its last record
    std::uint64_t next = 0;             // first offset not yet in the ledger
    bool ended = false;
    std::uint64_t event_total = 0, rejected_total = 0, duplicate_total = 0, ahead_total = 0;
    EventTime record_time{};            // the transport's, of the newest record taken
    SourceStats* stats = nullptr;
  };
  Result<bool> fill(Slot& slot, int wait_ms);        // decodes the head; false when there is nothing (now)
  void take(Slot& slot, std::uint32_t& count);       // routes the head's events into the frames
  Result<void> merge_round(std::uint32_t& count);
  Result<void> live_round(std::uint32_t& count, const std::function<bool()>& stop);
  void add(std::uint32_t partition, Stage stage, std::uint64_t key, const Event& event);
  Result<void> close_frame(std::uint32_t partition);
  [[nodiscard]] EventTime live_watermark() const;
  [[nodiscard]] bool idle(const Slot& slot) const;
  void publish();

  Log& ledger_;
  IngestOptions options_;
  Clock& clock_;
  std::vector<Slot> slots_;
  std::vector<FrameBuilder> builders_;
  std::vector<std::uint64_t> frame_seq_;
  std::vector<std::vector<std::string>> round_frames_;
  std::vector<SourcePosition> positions_;
  std::vector<std::string> names_;
  std::optional<Error> append_error_;
  Event scratch_, internal_;
  std::optional<Tenure> tenure_;  // since resume()
  std::uint64_t round_ = 0;
  std::size_t turn_ = 0;          // live: whose turn it is
  EventTime watermark_ = EventTime::min(), merge_clock_ = EventTime::min();
  std::int64_t received_ns_ = 0;
  std::vector<Slot*> undeclared_;
  bool finished_ = false, ended_before_ = false;
  IngestCounters counters_;
};

}  // namespace brushwatch
