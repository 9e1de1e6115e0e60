#pragma once
/// Between the pipeline and the read model: lines are handed over a round at a time and indexed on a thread of their own,
/// so that readers never hold up a fold.
///
/// Bound    max_bytes of lines handed over and not yet indexed; beyond it hand_over() waits: outputs are rare beside events.
/// Threads  line() and hand_over() from the pipeline's thread.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "doors/read_model.h"

namespace brushwatch::doors {

class ModelFeed {
 public:
  /// `model` outlives the feed. Lines that cannot be read are counted, not fatal: the chain's own checks stand before this.
  explicit ModelFeed(ReadModel& model, std::size_t max_bytes = 64ULL << 20);
  ~ModelFeed();
  ModelFeed(const ModelFeed&) = delete;
  ModelFeed& operator=(const ModelFeed&) = delete;

  /// A line that is written but not yet visible to readers.
  void line(Output output, std::string_view line);
  /// The lines since the last call are visible now; `progress` is where the pipeline stands.
  void hand_over(const Progress& progress);
  /// Waits until everything handed over can be read.
  void settle();
  [[nodiscard]] std::uint64_t unreadable() const;

 private:
  struct Batch {
    std::vector<std::pair<Output, std::string>> lines;
    std::size_t bytes = 0;
    Progress progress;
  };
  void work();

  ReadModel& model_;
  const std::size_t max_bytes_;
  Batch collecting_;  // pipeline's thread only
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> queue_;
  std::optional<Progress> progress_;  // of rounds without lines: the newest is enough
  std::size_t queued_bytes_ = 0;
  std::uint64_t unreadable_ = 0;
  bool busy_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace brushwatch::doors
