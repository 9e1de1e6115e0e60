#pragma once
/// The order-brushing rule of the Shopee Code League 2020, streaming: shops with an hour in which orders / distinct buyers ≥ 3.
///
/// Rule    at any moment, the shop's orders of the closed hour that ends there; when they are at least `ratio` times their distinct
///         buyers, all of them are brushed. A window moves by seconds, so each set of orders that some hour holds is tried once.
/// Order   orders may come up to `lateness_s` behind the newest; they wait in a ring of seconds until nothing older can come. Later
///         ones are counted in late() and left out.
/// Cost    a push, a pop and two table look-ups an order. Memory: orders of lateness_s + window_s seconds, pairs that were brushed.
/// Source  rule text of the contest (kaggle "order-brushing-shopee2020"); the contest's answer names the buyers with most brushed orders.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/base/hash.h"

namespace brushwatch::bench {

/// Counts of 64-bit keys in open addressing; keys whose count is 0 are swept when the table is rebuilt.
class KeyCounts {
 public:
  KeyCounts() : slots_(1U << 12) {}
  /// The count after adding `by`.
  std::uint32_t add(std::uint64_t key, std::int32_t by) {
    if ((used_ + 1) * 2 > slots_.size()) rebuild();
    Slot& s = slot(key);
    if (s.key == 0) {
      s.key = key + 1;
      ++used_;
    }
    return s.count = static_cast<std::uint32_t>(static_cast<std::int32_t>(s.count) + by);
  }
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&slots_[mix64(key) & (slots_.size() - 1)], 1); }

 private:
  struct Slot {
    std::uint64_t key = 0;  ///< + 1; 0 = free
    std::uint32_t count = 0;
  };
  Slot& slot(std::uint64_t key) {
    std::size_t i = mix64(key) & (slots_.size() - 1);
    while (slots_[i].key != 0 && slots_[i].key != key + 1) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
  }
  void rebuild() {
    std::vector<Slot> old(std::move(slots_));
    std::size_t live = 0;
    for (const auto& s : old) live += s.count > 0 ? 1 : 0;
    slots_.assign(live * 3 > old.size() ? old.size() * 2 : old.size(), {});
    used_ = 0;
    for (const auto& s : old) {
      if (s.count == 0) continue;
      Slot& to = slot(s.key - 1);
      to = s;
      ++used_;
    }
  }
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

class ShopeeRule {
 public:
  struct Options {
    std::int64_t window_s = 3600, lateness_s = 3600;
    std::uint32_t ratio = 3;
  };
  explicit ShopeeRule(const Options& options) : options_(options), waiting_(static_cast<std::size_t>(options.lateness_s) + 1) {}

  void add(std::int64_t time_s, std::uint32_t shop, std::uint32_t buyer);
  /// Releases what waits and lets the last windows run out.
  void finish();
  /// Orders of the pair that lay in a brushed window.
  [[nodiscard]] std::uint32_t brushed(std::uint32_t shop, std::uint32_t buyer) const;
  [[nodiscard]] std::uint64_t late() const { return late_; }

 private:
  struct Order {
    std::int64_t time_s;
    std::uint32_t buyer;
  };
  struct Shop {
    std::vector<Order> orders;         ///< of the window from `first` on; the front is cut off now and then
    std::size_t first = 0, marked = 0; ///< orders before `marked` are already counted as brushed
    std::uint32_t buyers = 0;
    std::int64_t touched_s = INT64_MIN;
  };
  struct Waiting {
    std::uint32_t shop, buyer;
  };
  static std::uint64_t pair(std::uint32_t shop, std::uint32_t buyer) { return static_cast<std::uint64_t>(shop) << 32 | buyer; }
  void release(std::int64_t until_s);
  void arrive(std::int64_t time_s, std::uint32_t shop, std::uint32_t buyer);
  void leave_before(std::uint32_t id, Shop& shop, std::int64_t time_s, std::int64_t horizon_s);
  void check(std::uint32_t id, Shop& shop);

  Options options_;
  std::vector<std::vector<Waiting>> waiting_;  ///< by second modulo lateness + 1
  std::int64_t released_ = 0, newest_ = 0;
  bool begun_ = false;
  std::uint64_t late_ = 0;
  std::vector<Shop> shops_;
  std::vector<std::uint32_t> touched_;  ///< shops of the second that enters
  KeyCounts in_window_;
  std::unordered_map<std::uint64_t, std::uint32_t> brushed_;
};

}  // namespace brushwatch::bench
