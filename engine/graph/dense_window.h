#pragma once
/// The densest community of a graph whose edges expire, kept at every insert, with a proof that nothing is twice as dense.
///
/// How     Each live edge is charged to one of its ends. The charges are a dual certificate: for every set S of nodes
///         weight(S) ≤ Σ charges ≤ |S| · greatest charge, so no community is denser than the greatest charge. An insert
///         charges the end that bears less. Only when that end would bear more than `cap` is a path of edges turned round to
///         a node with room; when no such path exists, the nodes reached form a community denser than cap, which is peeled
///         and becomes the answer, and cap rises. When the answer has lost edges to expiry, cap falls and overloaded nodes are
///         relieved in the same way.
/// Bound   with edges of weight 1: density of the answer ≥ ½ of the greatest density, after every call. With weights up to W:
///         the same once the greatest density exceeds 3 W; `bound()` is an upper bound in any case.
/// Shape   nodes are dense ids below nodes_max; at most edges_max live edges: one more pushes the oldest out.
/// Memory  16 B a node, 20 B an edge, fixed at construction. A search allocates what it reaches.
/// Cost    insert: two node reads, one sequential write, and one node read for the edge that expires. A search is rare; its cost
///         is the part of the graph that is saturated. No sweep over the graph but when the answer has lost a quarter.
/// Order   a function of the sequence of calls alone. Stamps of successive edges may fall (late events): an edge leaves when it is
///         the oldest by arrival and its stamp lies before the horizon.
/// Source  duality: Charikar, APPROX'00, §2.1. Turning paths: Brodal & Fagerberg, WADS'99; Sawlani & Wang, STOC'20, §3. What for: Jiang
///         et al., "Spade", PVLDB 16(3), 2022. Departure from Spade: no peeling order of the whole graph is kept.

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph/peel.h"

namespace brushwatch {

class DenseWindow {
 public:
  struct Options {
    std::uint32_t nodes_max = 1U << 20;
    std::uint32_t edges_max = 10'000'000;
    std::uint16_t weight_max = 1;  ///< of an edge; heavier ones are taken for this
  };
  explicit DenseWindow(const Options& options);

  /// An edge between two different nodes below nodes_max (others are left out). `stamp` in the caller's unit.
  void insert(std::uint32_t u, std::uint32_t v, std::uint32_t stamp, std::uint16_t weight = 1);
  /// Drops edges from the oldest on while their stamp is before `horizon`.
  void expire_before(std::uint32_t horizon);

  /// Names the answer's members afresh, with whoever joined since it was found: for the moment somebody looks, not for each insert.
  /// Cost: up to kSharpenings passes over the live edges. The density does not fall.
  void sharpen();

  /// Members of the answer, ascending; empty while there is no edge.
  [[nodiscard]] std::span<const std::uint32_t> community() const { return community_; }
  [[nodiscard]] std::uint64_t community_weight() const { return community_weight_; }
  /// Weight of the live edges among the members / members.
  [[nodiscard]] double density() const { return community_.empty() ? 0.0 : static_cast<double>(community_weight_) / static_cast<double>(community_.size()); }
  /// No community of the live graph is denser than this.
  [[nodiscard]] std::uint32_t bound() const { return cap_; }
  [[nodiscard]] std::uint32_t edges() const { return count_; }
  /// Searches that ended in a peeling, and lowerings of the cap, since the beginning.
  [[nodiscard]] std::uint64_t peelings() const { return peelings_; }
  [[nodiscard]] std::uint64_t lowerings() const { return lowerings_; }

 private:
  static constexpr std::uint32_t kNone = ~0U;
  static constexpr int kSharpenings = 4;
  struct Node {
    std::uint32_t load = 0;     ///< weight of the edges charged to it
    std::uint32_t head = kNone; ///< its newest charged edge
    std::uint32_t visit = 0;    ///< search that reached it last
    std::uint32_t local = 0;    ///< its place in that search; bit 31: member of the answer
  };
  struct Edge {
    std::uint32_t owner = 0, other = 0;
    std::uint32_t next = kNone;  ///< the owner's next older edge
    std::uint32_t stamp = 0;
    std::uint16_t weight = 0;
    std::uint16_t inside = 0;  ///< both ends are members
  };
  struct Reached {
    std::uint32_t node, parent, edge;
  };

  [[nodiscard]] std::uint32_t age_rank(std::uint32_t slot) const { return slot >= tail_ ? slot - tail_ : slot + options_.edges_max - tail_; }
  [[nodiscard]] bool follows(std::uint32_t slot, std::uint32_t next) const;
  [[nodiscard]] std::uint32_t slot_of(std::uint32_t rank) const { return tail_ + rank < options_.edges_max ? tail_ + rank : tail_ + rank - options_.edges_max; }
  void pop_oldest();
  void charge(std::uint32_t slot);
  void discharge(std::uint32_t slot);
  void turn(std::uint32_t slot);
  /// Brings the node to at most `limit`; false when it cannot be done: reached_ is then closed and saturated.
  bool relieve(std::uint32_t node, std::uint32_t limit);
  enum class Found : std::uint8_t { kRoom, kClosed, kTooMuch };
  /// Breadth first along charged edges to a node with room; `budget` edges are looked at.
  Found search(std::uint32_t node, std::uint32_t limit, std::size_t budget);
  void rebuild();
  void adopt_reached();
  void adopt(const DenseBlock& block, std::span<const std::uint32_t> names);
  void keep_promise();
  [[nodiscard]] std::uint32_t allowed(double times) const;

  Options options_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  std::uint32_t tail_ = 0, count_ = 0;
  std::uint32_t cap_ = 0, floor_ = 1;
  std::uint32_t visit_ = 0;
  std::vector<Reached> reached_;
  std::vector<std::uint32_t> community_;
  std::uint64_t community_weight_ = 0;
  std::uint64_t peelings_ = 0, lowerings_ = 0, inserts_ = 0, rebuilt_ = 0, looked_ = 0;
};

}  // namespace brushwatch
