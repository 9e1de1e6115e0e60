#pragma once
/// Events where the ledger holds them: by the source position that evidence names, or by the row that folded them.
///
/// There is no index to keep. The tick that closes a round says in every partition how far each source had come and where the
/// watermark stood, so a round is found by halving the partition between its ticks, and only that round is read.
///
/// Cost     about log2(frames / 64) reads of 64 frames for the first place of a partition; ticks that were met are remembered, and
///          places of one round are read together. At most `bytes_most` of frames a call.
/// Memory   some 100 B a remembered tick, at most kTicksMost a partition; one chunk of frames.
/// Order    records that a fenced writer wrote, and its successor again, are the same source records: each is told once.
/// Threads  one at a time. The ledger is only read, and may grow meanwhile.
/// Errors   those of Log::read; kBadFrame. A place that retention has removed, or that never was, is no error: it is not told.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/event.h"
#include "engine/log/log.h"

namespace brushwatch::doors {

/// A record of a source, as evidence names it: the source's name, and the offset that the source itself counts.
struct Place {
  std::string source;
  std::uint64_t offset = 0;
  auto operator<=>(const Place&) const = default;
};

class LedgerFinder {
 public:
  /// Enough for the busiest day of a province at a round each 20 ms; above it what was remembered is forgotten and met again.
  static constexpr std::size_t kTicksMost = 1 << 15;

  explicit LedgerFinder(std::unique_ptr<Log> ledger);

  /// The views in `event` are valid during the call.
  using Visit = std::function<void(const Place&, const Event& event)>;
  /// Visits the events that the records at `places` became, in order of (partition, place). False when `bytes_most` of frames were
  /// not enough to look at all.
  Result<bool> find(const std::set<Place>& places, std::size_t bytes_most, const Visit& visit);
  /// Visits the records of `stage` with one of `keys`, of the rounds in which the watermark went through [from, until]. False as above.
  Result<bool> of_keys(Stage stage, const std::set<std::uint64_t>& keys, EventTime from, EventTime until, std::size_t bytes_most,
                       const std::function<void(const Event& event)>& visit);

 private:
  struct Tick {
    std::uint64_t offset = 0;
    EventTime watermark = EventTime::min();
    std::vector<std::uint64_t> next;  ///< by source number: the first offset that is not yet in the ledger
  };
  struct Part {
    std::vector<Tick> ticks;  ///< met so far, by offset
    std::uint64_t begin = 0, end = 0;
  };
  using After = std::function<bool(const Tick&)>;
  Result<void> refresh();
  /// Reads frames from `offset` on into chunk_ and remembers their ticks.
  Result<void> look(std::uint32_t partition, std::uint64_t offset);
  /// Offsets [first, second] of the frames behind the last tick for which `after` does not hold, up to the first for which it does.
  /// nullopt when there is no such tick yet. `after` holds from some tick on.
  Result<std::optional<std::pair<std::uint64_t, std::uint64_t>>> between(std::uint32_t partition, const After& after);
  /// Visits raw records of frames [first, last]; takes what it read from `bytes_left`. False when they did not suffice.
  Result<bool> each_record(std::uint32_t partition, std::uint64_t first, std::uint64_t last, std::size_t& bytes_left,
                           const std::function<Result<void>(Stage, std::uint64_t key, std::string_view event)>& visit);
  /// The number of a source by its name; nullopt when the ledger knows none.
  Result<std::optional<std::uint16_t>> number_of(const std::string& name);

  std::unique_ptr<Log> ledger_;
  std::vector<Part> parts_;
  std::vector<std::string> names_;  ///< by source number, as far as they were looked up
  std::vector<LogRecord> chunk_;
  Event event_;
};

}  // namespace brushwatch::doors
