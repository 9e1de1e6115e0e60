#pragma once
/// Topics of members' own: each line that a member may see, in the order of the stream, where nobody else may read; beside it
/// its list, one record an entry, compacted; and a platform's or carrier's own records that could not be decoded.
///
/// An entry's end is a record like its beginning. Only when it has been there for 90 days does a tombstone follow: a member that was
/// away for a season still reads that somebody is no longer listed.
///
/// Order    of the stream. Promise: at least once; a crash repeats what was sent since the last place, under the same key and place.
/// Durable  a place a member, and the tombstones that are due, once a piece is acknowledged by the topic.
/// Fails    a broker that is away: the member's sink is opened again every second, and nothing is skipped meanwhile.
/// Threads  one of its own; wake() and counts() from any.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "doors/dead_letters.h"
#include "doors/read_model.h"
#include "engine/base/time.h"
#include "state/store.h"

namespace brushwatch::doors {

/// Where one member's records go. After an error it is thrown away and opened again.
class MemberSink {
 public:
  virtual ~MemberSink() = default;
  /// `place` is the line's id in the stream.
  virtual Result<void> line(std::string_view key, std::string_view value, std::string_view place) = 0;
  /// nullopt: a tombstone.
  virtual Result<void> entry(std::string_view key, std::optional<std::string_view> value, std::string_view place) = 0;
  /// A record of the member's own that was refused (doors/dead_letters.h).
  virtual Result<void> dead_letter(std::string_view value, std::string_view place) = 0;
  /// Everything so far is acknowledged.
  virtual Result<void> flush() = 0;
};

/// "Removal is a state first": how long the state stands before the record goes. The ecosystem notes' 90 days.
inline constexpr std::int64_t kTombstoneAfterMs = 90 * kDayMs;

class MemberTopics {
 public:
  struct Member {
    Principal who;
    std::function<Result<std::unique_ptr<MemberSink>>()> open;
  };
  struct Counts {
    std::uint64_t lines = 0, tombstones = 0, dead_letters = 0, failures = 0, resyncs = 0;
  };

  /// `rows` (under "m/"), `model` and `letters` outlive it.
  MemberTopics(StateStore& rows, const ReadModel& model, const DeadLetters& letters, Clock& clock, std::vector<Member> members);
  ~MemberTopics() { stop(); }
  MemberTopics(const MemberTopics&) = delete;
  MemberTopics& operator=(const MemberTopics&) = delete;

  /// The model is whole and this process leads.
  void start();
  void stop();
  void wake();
  [[nodiscard]] Counts counts() const;

 private:
  struct State {
    Member member;
    std::unique_ptr<MemberSink> sink;
    std::optional<StreamKey> place;  // nullopt: not read from the rows yet
    StreamKey letters_place{};
    std::map<std::string, std::int64_t> ended;  // entry → when its tombstone is due
  };
  void work();
  /// One piece of the stream and the tombstones that are due. Whether there may be more.
  Result<bool> pass(State& state);
  Result<void> load(State& state);

  StateStore& rows_;
  const ReadModel& model_;
  const DeadLetters& letters_;
  Clock& clock_;
  std::vector<State> members_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Counts counts_;
  bool woken_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace brushwatch::doors
