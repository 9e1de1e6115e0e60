#pragma once
/// The events behind a subject's findings, as the ledger recorded them: what its evidence names, and the whole track of each parcel
/// among it. Pseudonyms stay pseudonyms; a review's text never entered.
///
/// Bound    as many asks wait as kAsksMost; each reads at most kBytesMost of frames, under a second from a warm disk.
/// Threads  ask() from any; the ledger is opened at the first ask and read on one thread of its own, so that neither the fold nor the
///          server waits for it. `done` is called on that thread, before the reader's destruction has ended.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "doors/ledger_finder.h"

namespace brushwatch::doors {

/// An event as an answer carries it: in the words of the event contract (api/schema).
struct EvidenceEvent {
  Place place;
  std::string owner;  ///< platform or carrier that sent it, as events name it; "" when it names none
  std::string json;
  EventTime event_time{};
};
struct ParcelTrack {
  std::string carrier, waybill;
  std::vector<EvidenceEvent> scans;  ///< by event time
};
struct Evidence {
  std::vector<EvidenceEvent> events;  ///< by place
  std::vector<ParcelTrack> tracks;    ///< by (carrier, waybill)
  std::size_t found = 0;              ///< places of which at least one event was found
  bool complete = true;               ///< false when more would have had to be read than one answer may cost
};

class EvidenceReader {
 public:
  static constexpr std::size_t kAsksMost = 32;
  static constexpr std::size_t kBytesMost = 256ULL << 20;
  static constexpr std::size_t kTracksMost = 48;  ///< more than anybody looks through; the first in order of (carrier, waybill)

  using Open = std::function<Result<std::unique_ptr<Log>>()>;
  using Done = std::function<void(Result<Evidence>)>;
  /// `open` gives a log to read that nobody else uses; asked again after it failed.
  explicit EvidenceReader(Open open);
  /// Asks that wait are dropped unanswered: the server that would send the answers is gone by then.
  ~EvidenceReader();
  EvidenceReader(const EvidenceReader&) = delete;
  EvidenceReader& operator=(const EvidenceReader&) = delete;

  /// False when too many wait already; then `done` is not called.
  bool ask(std::set<Place> places, Done done);

 private:
  struct Ask {
    std::set<Place> places;
    Done done;
  };
  void work();
  Result<Evidence> read(const std::set<Place>& places);

  Open open_;
  std::unique_ptr<LedgerFinder> finder_;  // the thread's own
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Ask> asks_;
  bool ending_ = false;
  std::thread thread_;
};

/// What a ledger holds of `places`: the reader's work, for whoever has a finder and the time. Errors: those of the finder.
Result<Evidence> read_evidence(LedgerFinder& finder, const std::set<Place>& places, std::size_t bytes_most = EvidenceReader::kBytesMost);

/// The places that findings (JSON array, as findings_of() gives it) rest on, the loudest finding's first, at most `most`; `named` counts all.
std::set<Place> places_of(std::string_view findings, std::size_t most, std::size_t& named);

}  // namespace brushwatch::doors
