#include "engine/graph/dense_window.h"

#include <algorithm>

#include "engine/base/check.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kMember = 1U << 31;
/// After a lowering the cap leaves room for the answer to lose a quarter of its density before the next (2 / 1.5).
constexpr double kAfterLowering = 1.5;
/// A weighted path may have to be turned more than once; each turn gives room nearer to the node. Beyond this it is called closed.
constexpr int kTurnsMax = 16;
/// A search that has looked at so many edges is a sign that the answer is poor: peel what it reached before going on.
constexpr std::size_t kWide = 1U << 13;
/// How far ahead the owner of an expiring edge is fetched: an edge is 20 bytes, a miss about the time of eight inserts.
constexpr std::uint32_t kAhead = 8;

}  // namespace

DenseWindow::DenseWindow(const Options& options) : options_(options), nodes_(options.nodes_max), edges_(options.edges_max) {
  BW_CHECK(options.edges_max > 0 && options.edges_max < kMember && options.nodes_max < kMember, "a window has between 1 and 2^31 edges");
  BW_CHECK(options.weight_max > 0, "an edge weighs something");
  // Below three of the heaviest edges a turned path may miss its aim by an edge, and a community is two parallel edges anyway.
  floor_ = options.weight_max == 1 ? 1 : 3U * options.weight_max;
  cap_ = floor_;
}

bool DenseWindow::follows(std::uint32_t slot, std::uint32_t next) const {
  // Slots are used again in the order of arrival. What was older than `slot` and is not any more has been overwritten.
  return next != kNone && age_rank(next) < age_rank(slot);
}

void DenseWindow::charge(std::uint32_t slot) {
  Edge& edge = edges_[slot];
  Node& owner = nodes_[edge.owner];
  owner.load += edge.weight;
  // Newest first. A turned edge is older than some of its new owner's, so it is put into its place.
  const std::uint32_t rank = age_rank(slot);
  std::uint32_t before = kNone, at = owner.head;
  while (at != kNone && age_rank(at) > rank) {
    before = at;
    at = follows(at, edges_[at].next) ? edges_[at].next : kNone;
  }
  edge.next = at;
  (before == kNone ? owner.head : edges_[before].next) = slot;
}

void DenseWindow::discharge(std::uint32_t slot) {
  const Edge& edge = edges_[slot];
  Node& owner = nodes_[edge.owner];
  owner.load -= edge.weight;
  if (owner.head == slot) {
    owner.head = follows(slot, edge.next) ? edge.next : kNone;
    return;
  }
  std::uint32_t at = owner.head;
  while (edges_[at].next != slot) at = edges_[at].next;
  edges_[at].next = follows(slot, edge.next) ? edge.next : kNone;  // a link that has ended must not outlive its edge
}

void DenseWindow::turn(std::uint32_t slot) {
  discharge(slot);
  std::swap(edges_[slot].owner, edges_[slot].other);
  charge(slot);
}

void DenseWindow::pop_oldest() {
  const Edge& edge = edges_[tail_];
  nodes_[edge.owner].load -= edge.weight;  // it is the last of its owner's list; whoever walks there sees that it is gone
  if (nodes_[edge.owner].head == tail_) nodes_[edge.owner].head = kNone;
  if (edge.inside != 0) community_weight_ -= edge.weight;
  tail_ = tail_ + 1 == options_.edges_max ? 0 : tail_ + 1;
  --count_;
  const std::uint32_t ahead = tail_ + kAhead < options_.edges_max ? tail_ + kAhead : tail_ + kAhead - options_.edges_max;
  if (options_.edges_max > kAhead) __builtin_prefetch(&nodes_[edges_[ahead].owner], 1);
}

void DenseWindow::expire_before(std::uint32_t horizon) {
  while (count_ > 0 && edges_[tail_].stamp < horizon) pop_oldest();
  keep_promise();
}

void DenseWindow::insert(std::uint32_t u, std::uint32_t v, std::uint32_t stamp, std::uint16_t weight) {
  if (u == v || u >= options_.nodes_max || v >= options_.nodes_max || weight == 0) return;
  if (count_ == options_.edges_max) pop_oldest();
  const std::uint32_t slot = slot_of(count_);
  Edge& edge = edges_[slot];
  const bool first = nodes_[u].load <= nodes_[v].load;
  edge.owner = first ? u : v;
  edge.other = first ? v : u;
  edge.stamp = stamp;
  edge.weight = std::min(weight, options_.weight_max);
  edge.inside = static_cast<std::uint16_t>((nodes_[u].local & nodes_[v].local) >> 31);
  if (edge.inside != 0) community_weight_ += edge.weight;
  ++count_;
  ++inserts_;
  charge(slot);
  if (nodes_[edge.owner].load > cap_) [[unlikely]] {
    cap_ = std::max(cap_, allowed(2.0));
    if (!relieve(edge.owner, cap_)) adopt_reached();
  }
  keep_promise();
}

std::uint32_t DenseWindow::allowed(double times) const {
  return std::max(floor_, static_cast<std::uint32_t>(times * density()));
}

DenseWindow::Found DenseWindow::search(std::uint32_t node, std::uint32_t limit, std::size_t budget) {
  ++visit_;
  reached_.clear();
  reached_.push_back({node, kNone, kNone});
  nodes_[node].visit = visit_;
  std::size_t looked = 0;
  for (std::uint32_t i = 0; i < reached_.size(); ++i) {
    const std::uint32_t at = reached_[i].node;
    std::uint32_t slot = nodes_[at].head;
    while (slot != kNone) {
      const Edge& edge = edges_[slot];
      Node& other = nodes_[edge.other];
      if (other.visit != visit_) {
        other.visit = visit_;
        reached_.push_back({edge.other, i, slot});
        if (other.load + edge.weight <= limit) return Found::kRoom;
      }
      slot = follows(slot, edge.next) ? edge.next : kNone;
      ++looked;
    }
    if (looked > budget && i + 1 < reached_.size()) return Found::kTooMuch;
  }
  return Found::kClosed;
}

bool DenseWindow::relieve(std::uint32_t node, std::uint32_t limit) {
  for (int turns = 0; nodes_[node].load > limit; ++turns) {
    // With weights of 1 every path that is found lowers the node by one.
    if (options_.weight_max > 1 && turns == kTurnsMax) return false;
    Found found = search(node, limit, kWide);
    if (found == Found::kTooMuch) {
      // So many saturated neighbours may themselves be the better answer, which would justify a limit with room in it.
      if (inserts_ - looked_ > kWide) {
        looked_ = inserts_;
        adopt_reached();
        if (inserts_ - rebuilt_ > count_ / 2 && nodes_[node].load > allowed(2.0)) rebuild();
        limit = std::max(limit, allowed(2.0));
        cap_ = std::max(cap_, limit);
        if (nodes_[node].load <= limit) return true;
      }
      found = search(node, limit, ~std::size_t{0});
    }
    if (found == Found::kClosed) return false;
    // From the far end back: each turned edge makes the room that the one before it needs.
    for (std::uint32_t i = static_cast<std::uint32_t>(reached_.size()) - 1; reached_[i].parent != kNone; i = reached_[i].parent) {
      if (nodes_[reached_[i].node].load + edges_[reached_[i].edge].weight > limit) break;
      turn(reached_[i].edge);
    }
  }
  return true;
}

void DenseWindow::adopt(const DenseBlock& block, std::span<const std::uint32_t> names) {
  const auto set = [&](bool member) {
    for (const std::uint32_t v : community_) nodes_[v].local = member ? kMember : 0;
  };
  set(false);
  for (const std::uint32_t v : community_) {
    std::uint32_t slot = nodes_[v].head;
    for (; slot != kNone; slot = follows(slot, edges_[slot].next) ? edges_[slot].next : kNone) edges_[slot].inside = 0;
  }
  community_.clear();
  for (const std::uint32_t local : block.nodes) community_.push_back(names[local]);
  std::sort(community_.begin(), community_.end());
  set(true);
  community_weight_ = 0;
  for (const std::uint32_t v : community_) {
    std::uint32_t slot = nodes_[v].head;
    for (; slot != kNone; slot = follows(slot, edges_[slot].next) ? edges_[slot].next : kNone) {
      edges_[slot].inside = (nodes_[edges_[slot].other].local & kMember) != 0 ? 1 : 0;
      if (edges_[slot].inside != 0) community_weight_ += edges_[slot].weight;
    }
  }
}

void DenseWindow::rebuild() {
  rebuilt_ = inserts_;
  ++visit_;
  reached_.clear();
  const auto reach = [&](std::uint32_t v) {
    if (nodes_[v].visit == visit_) return;
    nodes_[v].visit = visit_;
    reached_.push_back({v, kNone, kNone});
  };
  for (std::uint32_t i = 0; i < count_; ++i) {
    reach(edges_[slot_of(i)].owner);
    reach(edges_[slot_of(i)].other);
  }
  adopt_reached();
}

void DenseWindow::adopt_reached() {
  ++peelings_;
  // When the search ended for want of room they are closed: every edge that one of them bears has both ends among them.
  std::vector<std::uint32_t> names;
  std::vector<WeightedEdge> edges;
  names.reserve(reached_.size());
  for (const auto& r : reached_) {
    nodes_[r.node].local = (nodes_[r.node].local & kMember) | static_cast<std::uint32_t>(names.size());
    names.push_back(r.node);
  }
  std::uint32_t greatest = 0;
  for (const std::uint32_t v : names) {
    greatest = std::max(greatest, nodes_[v].load);
    std::uint32_t slot = nodes_[v].head;
    for (; slot != kNone; slot = follows(slot, edges_[slot].next) ? edges_[slot].next : kNone) {
      const auto& e = edges_[slot];
      if (nodes_[e.other].visit != visit_) continue;
      edges.push_back({nodes_[e.owner].local & ~kMember, nodes_[e.other].local & ~kMember, e.weight});
    }
  }
  const DenseBlock block = peel(edges, static_cast<std::uint32_t>(names.size()));
  if (block.density() > density()) adopt(block, names);
  cap_ = std::max(cap_, greatest);
}

void DenseWindow::sharpen() {
  for (int round = 0; round < kSharpenings && !community_.empty(); ++round) {
    // Whoever has at least the answer's density of weight into it makes it denser by joining.
    std::vector<std::uint32_t> into(nodes_.size(), 0);
    const auto member = [&](std::uint32_t v) { return (nodes_[v].local & kMember) != 0; };
    for (std::uint32_t i = 0; i < count_; ++i) {
      const Edge& e = edges_[slot_of(i)];
      if (member(e.owner) && !member(e.other)) into[e.other] += e.weight;
      if (member(e.other) && !member(e.owner)) into[e.owner] += e.weight;
    }
    std::vector<std::uint32_t> names(community_.begin(), community_.end());
    for (std::uint32_t v = 0; v < into.size(); ++v) {
      if (static_cast<double>(into[v]) >= density()) names.push_back(v);
    }
    std::fill(into.begin(), into.end(), kNone);
    for (std::uint32_t i = 0; i < names.size(); ++i) into[names[i]] = i;
    std::vector<WeightedEdge> inside;
    for (std::uint32_t i = 0; i < count_; ++i) {
      const Edge& e = edges_[slot_of(i)];
      if (into[e.owner] != kNone && into[e.other] != kNone) inside.push_back({into[e.owner], into[e.other], e.weight});
    }
    const DenseBlock block = peel(inside, static_cast<std::uint32_t>(names.size()));
    if (block.density() <= density()) return;
    adopt(block, names);
  }
}

void DenseWindow::keep_promise() {
  if (2 * community_weight_ < options_.weight_max * community_.size() || community_.empty()) [[unlikely]] {
    // Thinner than one edge: the newest edge is the better answer, and enough while no node bears more than one.
    if (count_ > 0) {
      const Edge& edge = edges_[slot_of(count_ - 1)];
      const std::uint32_t names[] = {edge.owner, edge.other};
      if (static_cast<double>(edge.weight) > 2 * density()) adopt({{0, 1}, edge.weight}, names);
    } else {
      adopt({}, {});
    }
  }
  if (cap_ <= allowed(2.0)) [[likely]] return;
  ++lowerings_;
  // The answer has thinned. Whoever bears much may be the next answer: peeling them is cheaper than relieving them one by one.
  for (;;) {
    const std::uint32_t limit = allowed(kAfterLowering);
    std::uint32_t greatest = 0;
    ++visit_;
    reached_.clear();
    for (std::uint32_t v = 0; v < options_.nodes_max; ++v) {
      greatest = std::max(greatest, nodes_[v].load);
      if (2 * nodes_[v].load < limit) continue;
      nodes_[v].visit = visit_;
      reached_.push_back({v, kNone, kNone});
    }
    cap_ = std::max(greatest, floor_);
    if (greatest <= limit) return;
    adopt_reached();
    if (allowed(kAfterLowering) == limit) break;
  }
  // Nobody is denser: so there is room, or a search will end in a denser closed set after all.
  for (bool again = true; again;) {
    again = false;
    const std::uint32_t limit = allowed(kAfterLowering);
    std::uint32_t greatest = 0;
    for (std::uint32_t v = 0; v < options_.nodes_max; ++v) {
      if (nodes_[v].load > limit && !relieve(v, limit)) {
        adopt_reached();
        if (allowed(kAfterLowering) > limit) {
          again = true;
          break;
        }
      }
      greatest = std::max(greatest, nodes_[v].load);
    }
    if (!again) cap_ = std::max(greatest, floor_);
  }
}

}  // namespace brushwatch
