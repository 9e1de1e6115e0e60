#pragma once
/// What the doors read from: the newest line of every object, its history, and the window of lines that streams follow.
///
/// Fed by the chained outputs and nothing else, so it can be rebuilt from them: add() stages the lines of a round, publish()
/// makes the round visible as a whole, in the order of StreamKey. A line whose key is not beyond what is visible was seen
/// before and is dropped.
///
/// Memory   about 500 B an object, 16 B a line of it and 56 B a line in the window; the lines themselves are in the store.
/// Threads  add() and publish() from one thread at a time; everything else from any thread.
/// Fails    a store that cannot be read: queries then say kStateIo, the pipeline goes on.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <string>
#include <tuple>
#include <vector>

#include "doors/record.h"
#include "doors/verdicts.h"
#include "state/store.h"

namespace brushwatch::doors {

struct ReadModelOptions {
  /// Lines that a stream can go back. A million lines are months of a province's alerts; 56 MB.
  std::size_t window_lines = 1'000'000;
  /// Objects that one page may look at before it gives up with a cursor: some 10 ms.
  std::size_t scan_most = 20'000;
};

/// An object as it stands, with the keys of all its lines.
struct Object {
  Record newest;
  std::vector<StreamKey> lines;  ///< oldest first
};

struct AlertFilter {
  std::string subject, subject_kind, pattern, direction, severity, state, list;  ///< "" = any
  std::int64_t min_posterior_permille = 0;
  EventTime since = EventTime::min(), until = EventTime::max();  ///< event_time in [since, until)
  [[nodiscard]] bool takes(const Record& record) const;
};

/// An object as an answer carries it.
struct Served {
  Record record;
  std::string json;
};
struct Page {
  std::vector<Served> items;
  std::optional<StreamKey> next;  ///< the next page begins below this key
};

struct SubjectSummary {
  std::string id;
  std::vector<std::string> kinds;
  std::uint64_t alerts_standing = 0, alerts_withdrawn = 0;
  EventTime last_event_time = EventTime::min();
  StreamKey newest;
};

struct Progress {
  std::uint64_t round = 0;
  EventTime watermark = EventTime::min(), processing_time = EventTime::min();
};

struct ModelCounts {
  Progress progress;
  bool has_progress = false;
  std::uint64_t lines = 0, alerts_standing = 0, alerts_withdrawn = 0, subjects = 0, cases = 0, list_entries = 0;
  std::optional<StreamKey> oldest, newest;  ///< of the window
};

class ReadModel {
 public:
  /// `store` is empty and outlives the model.
  explicit ReadModel(StateStore& store, ReadModelOptions options = {});

  /// Errors: kLogCorrupt for a line that is none; kStateIo.
  Result<void> add(Output output, std::string_view line);
  /// Errors: kStateIo; then nothing of the round is visible, and publish() may be tried again.
  Result<void> publish();
  Result<void> publish(const Progress& progress);
  /// Called with each line that add() takes, before anybody can see it; on add()'s thread, in the order of each chain.
  void on_line(std::function<void(Output, const Record&, std::string_view line)> also) { also_ = std::move(also); }
  /// Called after each publish() that made lines visible, on its thread.
  void on_published(std::function<void()> wake) { wake_ = std::move(wake); }

  /// nullopt when there is none, or none that `who` may see: the two must not be told apart.
  Result<std::optional<Served>> find(Topic topic, std::string_view id, const Principal& who) const;
  /// All lines of one object, as they were written.
  Result<std::optional<std::string>> history(Topic topic, std::string_view id, const Principal& who) const;
  /// The objects of a topic whose ids begin so and that `who` may see, by id.
  Result<std::vector<Served>> under(Topic topic, std::string_view prefix, std::size_t limit, const Principal& who) const;
  /// Newest first, from below `before`.
  Result<Page> page(Topic topic, const AlertFilter& filter, std::optional<StreamKey> before, std::size_t limit, const Principal& who) const;
  /// A subject's newest objects of a topic that `who` may see, newest first.
  Result<std::vector<Served>> of_subject(std::string_view subject, Topic topic, std::size_t limit, const Principal& who) const;
  /// Subjects with at least one object that `who` may see, most recently touched first; `contains` "" = any.
  [[nodiscard]] std::vector<SubjectSummary> subjects(std::string_view contains, std::string_view kind, std::optional<StreamKey> before,
                                                     std::size_t limit, const Principal& who, std::optional<StreamKey>& next) const;
  [[nodiscard]] std::optional<SubjectSummary> subject(std::string_view id, const Principal& who) const;
  [[nodiscard]] ModelCounts counts() const;
  /// What members say of alerts, by the detectors that speak in them; ordered by detector. A member's newest word counts, once an
  /// alert. Cost: all sightings; they are people's work.
  struct Sighted {
    std::string detector;
    std::uint64_t confirmed = 0, false_positive = 0, expired = 0;
    /// Of the words that say so: confirmed among confirmed and false, ‰; nullopt while nobody has said either.
    [[nodiscard]] std::optional<std::int64_t> precision_permille() const;
  };
  [[nodiscard]] std::vector<Sighted> sighted() const;
  /// What people made of the alerts of each detector. Cost: O(alerts and cases) in memory, some 10 ms a 100,000.
  [[nodiscard]] VerdictsByDetector verdicts() const;

  struct StreamItem {
    StreamKey key;
    Topic topic;
    std::shared_ptr<const std::string> json;
  };
  /// A piece of the stream.
  struct Piece {
    std::vector<StreamItem> items;
    StreamKey reached;     ///< go on after this one
    bool resync = false;   ///< `after` is not in the window: read everything again, go on after `reached`
  };
  /// What follows `after`, up to about `bytes`, in order. Cost: O(lines looked at), at most `scan_most`.
  Result<Piece> follow(const StreamKey& after, const std::set<Topic>& topics, const Principal& who, std::size_t bytes) const;
  /// The line at a key; nullopt when there is none, or none that `who` may see.
  Result<std::optional<StreamItem>> at(const StreamKey& key, const Principal& who) const;
  /// The newest visible key; a stream that begins now goes on after it.
  [[nodiscard]] StreamKey newest() const;
  /// A stream that goes on after it gets everything that is held.
  [[nodiscard]] StreamKey before_oldest() const;

 private:
  struct Ref { Topic topic; std::string id; };
  using Refs = std::map<StreamKey, Ref, std::greater<>>;  // newest line of each object of a subject
  struct SubjectEntry {
    Refs refs;
    StreamKey touched;  // by the newest line ever
  };
  struct Entry {
    StreamKey key;
    std::uint32_t marking;
    Topic topic;
    std::shared_ptr<const std::string> json;  ///< as served; of the last few lines only, which all live streams want
  };

  void apply(Record&& record);
  std::uint32_t intern(const Marking& marking);
  Result<void> write_lines();
  [[nodiscard]] Result<std::string> line_of(const StreamKey& key) const;
  [[nodiscard]] Result<Served> serve(const Record& record) const;
  [[nodiscard]] std::optional<SubjectSummary> summary_of(const std::string& id, const Refs& refs, const Principal& who) const;
  [[nodiscard]] const Record& newest_of(const Ref& ref) const { return objects_[static_cast<std::size_t>(ref.topic)].find(ref.id)->second.newest; }

  StateStore& store_;
  const ReadModelOptions options_;
  std::function<void()> wake_;
  std::function<void(Output, const Record&, std::string_view)> also_;
  // Staged by add(), one thread.
  std::vector<Record> staged_;
  StoreBatch staged_lines_;
  // Below: guarded.
  mutable std::shared_mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_[kTopics];
  std::map<StreamKey, std::string, std::greater<>> by_age_[kTopics];  // newest line of an object → its id
  std::map<std::string, SubjectEntry, std::less<>> by_subject_;
  std::map<StreamKey, std::string, std::greater<>> subjects_by_age_;  // by `touched`
  std::deque<Entry> window_;
  std::vector<Marking> markings_;
  StreamKey dropped_up_to_{};  // the window no longer has it, nor anything below
  bool dropped_any_ = false;
  std::map<std::tuple<Output, Stage, std::uint32_t>, std::uint64_t> next_seq_;  // per chain: lines seen
  ModelCounts counts_;
};

}  // namespace brushwatch::doors
