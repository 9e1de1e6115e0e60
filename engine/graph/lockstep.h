#pragma once
/// Groups of actors that came to the same targets within one window, in spite of whatever else they did to look honest.
///
/// How     Each target has a history: its share of all edges before the window. An edge inside the window weighs how many nats its
///         target's count there exceeds what that share explains, so a camouflage edge to a popular target weighs almost
///         nothing, however many there are. The densest block by weight (peel) names the targets; whoever has a weighted edge to
///         one of them belongs to the group. The edges of the group are taken away and the next group is looked for.
/// Shape   actors and targets are dense ids of their own; edges within the window in any order. Repeated pairs count once.
/// Order   `close_window` at the end of each step (a day); the window's edges are handed in and become history when they
///         leave it. A group is named at the end of the step in which it shows: nothing after it is known.
/// State   8 B a target. Cost: window_edges · log(window_edges) a step.
/// Errors  none; a target beyond targets_max is left out.
/// Fails   on targets whose whole past lies inside the window (their burst is their history): ask for their age.
/// Source  lockstep as near-bicliques within Δt: Beutel et al., "CopyCatch", WWW'13, §3. Column weights against camouflage:
///         Hooi et al., "FRAUDAR", KDD'16, §4.3; the weight by surprise against the target's own past is ours.

#include <cstdint>
#include <span>
#include <vector>

namespace brushwatch {

struct ActorEdge {
  std::uint32_t actor = 0, target = 0;
};

struct LockstepGroup {
  std::vector<std::uint32_t> actors, targets;  ///< ascending
  std::uint64_t surprise_milli = 0;            ///< weight of its edges, nats × 1000
};

class Lockstep {
 public:
  struct Options {
    std::uint32_t targets_max = 1U << 20;
    std::uint32_t least_visits = 3;  ///< of a target in the window; two are a coincidence
    std::uint32_t groups_max = 2;    ///< of one window
    double prior_edges = 1;          ///< an unknown target counts as one that has this many edges …
    double prior_targets = 3000;     ///< … among so many equals
  };
  explicit Lockstep(const Options& options) : options_(options), past_(options.targets_max, 0) {}

  /// Groups of the window, most surprising block first.
  [[nodiscard]] std::vector<LockstepGroup> close_window(std::span<const ActorEdge> window) const;
  /// The edge has left the window and is history.
  void forget_into_past(const ActorEdge& edge);

 private:
  Options options_;
  std::vector<std::uint64_t> past_;
  std::uint64_t past_all_ = 0;
};

}  // namespace brushwatch
