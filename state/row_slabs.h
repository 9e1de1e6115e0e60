#pragma once
/// Memory of rows: slots of one stride in slabs of a fixed number of slots, so that a row stays where it is until it goes.
///
/// Shape   slot number → slab and place by shift and mask. Slots of one slab that are free form a list inside it; a slab
///         that holds no row can be given back whole.
/// Memory  whole slabs: slabs × slots × stride. Threads one.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "engine/base/check.h"

namespace brushwatch {

class RowSlabs {
 public:
  static constexpr std::uint32_t kSlotsMax = 1U << 30;  ///< two bits are left to whoever has several of these
  /// `slots_per_slab` is a power of two; `stride` ≥ 4 and a multiple of 8.
  RowSlabs(std::size_t stride, std::uint32_t slots_per_slab)
      : stride_(stride), slots_(slots_per_slab), shift_(static_cast<unsigned>(std::countr_zero(slots_per_slab))) {
    BW_CHECK(std::has_single_bit(slots_per_slab) && stride % 8 == 0 && stride > 0, "slots are addressed by shift and mask");
  }

  [[nodiscard]] std::byte* at(std::uint32_t slot) const {
    return slabs_[slot >> shift_].memory.get() + (slot & (slots_ - 1)) * stride_;
  }
  [[nodiscard]] bool used(std::uint32_t slot) const {
    const Slab& slab = slabs_[slot >> shift_];
    const std::uint32_t place = slot & (slots_ - 1);
    return (slab.used[place >> 6] >> (place & 63) & 1) != 0;
  }
  /// A free slot, its bytes undefined.
  std::uint32_t take() {
    if (open_.empty()) add_slab();
    const std::uint32_t id = open_.back();
    Slab& slab = slabs_[id];
    std::uint32_t place = slab.first_free;
    if (place != kEnd) {
      std::memcpy(&slab.first_free, slab.memory.get() + place * stride_, sizeof place);
    } else {
      place = slab.fresh++;
    }
    slab.used[place >> 6] |= std::uint64_t{1} << (place & 63);
    if (++slab.live == slots_) open_.pop_back();
    ++live_;
    return id << shift_ | place;
  }
  void give(std::uint32_t slot) {
    Slab& slab = slabs_[slot >> shift_];
    const std::uint32_t place = slot & (slots_ - 1);
    std::memcpy(slab.memory.get() + place * stride_, &slab.first_free, sizeof place);
    slab.first_free = place;
    slab.used[place >> 6] &= ~(std::uint64_t{1} << (place & 63));
    if (slab.live-- == slots_) open_.push_back(slot >> shift_);
    --live_;
  }
  /// Keeps the `keep` fullest slabs: rows of the others are moved, move(from, to), and their memory goes back.
  template <class Move>
  void compact(std::size_t keep, Move&& move) {
    keep = std::max(keep, (live_ + slots_ - 1) / slots_);
    std::vector<std::uint32_t> order;
    for (std::uint32_t id = 0; id < slabs_.size(); ++id) {
      if (slabs_[id].memory) order.push_back(id);
    }
    if (order.size() <= keep) return;
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return slabs_[a].live > slabs_[b].live; });
    open_.clear();
    for (std::size_t i = 0; i < keep; ++i) {
      if (slabs_[order[i]].live < slots_) open_.push_back(order[i]);
    }
    for (std::size_t i = keep; i < order.size(); ++i) {
      Slab& slab = slabs_[order[i]];
      for (std::uint32_t place = 0; slab.live > 0; ++place) {
        const std::uint32_t from = order[i] << shift_ | place;
        if (!used(from)) continue;
        move(from, take());
        slab.used[place >> 6] &= ~(std::uint64_t{1} << (place & 63));
        --slab.live;
        --live_;
      }
      slab = {};
      vacant_.push_back(order[i]);
    }
  }

  [[nodiscard]] std::size_t stride() const { return stride_; }
  [[nodiscard]] std::size_t live() const { return live_; }
  [[nodiscard]] std::size_t slab_bytes() const { return stride_ * slots_ + (slots_ + 63) / 64 * 8 + sizeof(Slab); }
  [[nodiscard]] std::size_t bytes() const { return (slabs_.size() - vacant_.size()) * slab_bytes(); }
  [[nodiscard]] std::uint32_t slots_per_slab() const { return slots_; }
  /// Slot numbers are below this.
  [[nodiscard]] std::uint32_t end() const { return static_cast<std::uint32_t>(slabs_.size()) << shift_; }
  /// False when no slot of the slab of this slot holds a row: a sweep may step over the slab.
  [[nodiscard]] bool slab_in_use(std::uint32_t slot) const { return slabs_[slot >> shift_].live > 0; }

 private:
  static constexpr std::uint32_t kEnd = UINT32_MAX;
  static constexpr std::align_val_t kAlign{64};  // a cache line: a row of up to 64 bytes with its header straddles no more
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete(memory, kAlign); }
  };
  struct Slab {
    std::unique_ptr<std::byte, Free> memory;
    std::vector<std::uint64_t> used;  // one bit a slot
    std::uint32_t live = 0;
    std::uint32_t fresh = 0;  // slots from here on were never used
    std::uint32_t first_free = kEnd;
  };

  void add_slab() {
    if (vacant_.empty()) {
      BW_CHECK((slabs_.size() + 1) << shift_ < kSlotsMax, "a task holds fewer than 2^30 hot rows of a form");
      vacant_.push_back(static_cast<std::uint32_t>(slabs_.size()));
      slabs_.emplace_back();
    }
    const std::uint32_t id = vacant_.back();
    vacant_.pop_back();
    slabs_[id].memory.reset(static_cast<std::byte*>(::operator new(stride_ * slots_, kAlign)));
    slabs_[id].used.assign((slots_ + 63) / 64, 0);
    open_.push_back(id);
  }

  const std::size_t stride_;
  const std::uint32_t slots_;
  const unsigned shift_;
  std::vector<Slab> slabs_;
  std::vector<std::uint32_t> open_;    // slabs with a free slot, the one in use last
  std::vector<std::uint32_t> vacant_;  // numbers of slabs without memory
  std::size_t live_ = 0;
};

}  // namespace brushwatch
