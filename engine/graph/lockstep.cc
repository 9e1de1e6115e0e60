#include "engine/graph/lockstep.h"

#include <algorithm>
#include <cmath>

#include "engine/graph/peel.h"

namespace brushwatch {
namespace {

/// Ascending distinct values; a value's place is its local id.
class Names {
 public:
  void add(std::uint32_t value) { values_.push_back(value); }
  void close() {
    std::sort(values_.begin(), values_.end());
    values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  }
  [[nodiscard]] std::uint32_t place(std::uint32_t value) const {
    return static_cast<std::uint32_t>(std::lower_bound(values_.begin(), values_.end(), value) - values_.begin());
  }
  [[nodiscard]] std::uint32_t name(std::uint32_t place) const { return values_[place]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(values_.size()); }

 private:
  std::vector<std::uint32_t> values_;
};

}  // namespace

void Lockstep::forget_into_past(const ActorEdge& edge) {
  if (edge.target >= past_.size()) return;
  ++past_[edge.target];
  ++past_all_;
}

std::vector<LockstepGroup> Lockstep::close_window(std::span<const ActorEdge> window) const {
  std::vector<ActorEdge> edges;
  for (const auto& e : window) {
    if (e.target < past_.size()) edges.push_back(e);
  }
  const auto by_target = [](const ActorEdge& a, const ActorEdge& b) { return a.target != b.target ? a.target < b.target : a.actor < b.actor; };
  std::sort(edges.begin(), edges.end(), by_target);
  const auto all = static_cast<double>(edges.size());

  // Weigh: one number a target, the same for all its edges.
  std::vector<ActorEdge> heavy;
  std::vector<std::uint32_t> weight;
  for (std::size_t i = 0; i < edges.size();) {
    std::size_t end = i;
    while (end < edges.size() && edges[end].target == edges[i].target) ++end;
    const auto visits = static_cast<double>(end - i);
    const double share = (static_cast<double>(past_[edges[i].target]) + options_.prior_edges) / (static_cast<double>(past_all_) + options_.prior_edges * options_.prior_targets);
    const double nats = std::log(visits / (share * all));
    for (std::size_t k = i; k < end; ++k) {
      const bool repeated = k > i && edges[k].actor == edges[k - 1].actor;
      if (end - i >= options_.least_visits && nats > 0 && !repeated) {
        heavy.push_back(edges[k]);
        weight.push_back(static_cast<std::uint32_t>(std::llround(nats * 1000)));
      }
    }
    i = end;
  }

  std::vector<LockstepGroup> groups;
  while (groups.size() < options_.groups_max && !heavy.empty()) {
    Names actors, targets;
    for (const auto& e : heavy) {
      actors.add(e.actor);
      targets.add(e.target);
    }
    actors.close();
    targets.close();
    std::vector<WeightedEdge> local;
    for (std::size_t i = 0; i < heavy.size(); ++i) local.push_back({actors.place(heavy[i].actor), actors.size() + targets.place(heavy[i].target), weight[i]});
    const DenseBlock block = peel(local, actors.size() + targets.size());
    std::vector<bool> chosen(targets.size(), false);
    LockstepGroup group;
    for (const std::uint32_t v : block.nodes) {
      if (v < actors.size()) continue;
      chosen[v - actors.size()] = true;
      group.targets.push_back(targets.name(v - actors.size()));
    }
    if (group.targets.empty()) break;
    // Who came once to one target of the block is too light to stay in it and belongs to it all the same: a star's points are like that.
    Names members;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < heavy.size(); ++i) {
      if (chosen[targets.place(heavy[i].target)]) {
        members.add(heavy[i].actor);
        group.surprise_milli += weight[i];
      } else {
        heavy[kept] = heavy[i];
        weight[kept++] = weight[i];
      }
    }
    heavy.resize(kept);
    weight.resize(kept);
    members.close();
    for (std::uint32_t i = 0; i < members.size(); ++i) group.actors.push_back(members.name(i));
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace brushwatch
