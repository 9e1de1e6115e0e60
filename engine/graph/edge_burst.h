#pragma once
/// How unusual an edge of a stream is, from what its two ends have done lately and over the whole stream.
///
/// Score   of an end: the chi-squared statistic of its decayed rate against its own mean rate, and never less than what is left
///         of the highest it has reached (suspicion fades over half a week). Of an edge: (1 + source) × (1 + target); compare
///         it with a threshold, or take the logarithm for evidence. Prequential: an edge is scored with itself and what came before.
/// Why not MIDAS as printed   1. An attacker's pause is not innocence: the memory keeps an end suspect between its waves.
///         2. What one tick may add to the mean is capped, so a flood cannot become its own baseline; MIDAS-F refuses whole ticks
///         by a score threshold that has to be tuned to the sketch's size. 3. All decay is lazy, by the tick that each cell was
///         last touched in: no tick costs more than another.
///         4. Ids have cells of their own, four to a set; a newcomer to a full set takes over the least active cell and its total,
///         so it is never thought newer than it can be. A count-min sketch mixes two busy ids for ever when they collide.
/// Shape   one table of sets for each side. Ids are well mixed inside; any 64-bit id will do.
/// Memory  2 × sets × 80 B, fixed. Zeroed = empty.
/// Cost    two sets read, two cells written; no allocation, nothing at the end of a tick.
/// Time    ticks ≥ 1 in any unit (a minute here); one that is older than a cell's last is taken for that one.
/// Errors  none. Threads: one. Order: the result is a function of the sequence of edges.
/// Fails   on a slow drip below an end's own mean: use BurstFilter there.
/// Source  Bhatia et al., "MIDAS", AAAI'20, §4 (sketches, statistic) and "Real-time anomaly detection in edge streams", TKDD'22
///         (filtering core), with the departures above.
///         Taking over the least: Metwally et al., "SpaceSaving", ICDT'05, §3.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/base/hash.h"

namespace brushwatch {

class EdgeBurst {
 public:
  struct Options {
    std::uint32_t sets = 1U << 10;  ///< of four cells, on each side; rounded up to a power of two
    double decay = 0.8;             ///< of the recent rate a tick: a burst is a matter of minutes
    double cap = 10;                ///< events that one tick may add to the mean
    double memory = 5040;           ///< ticks in which suspicion falls to 1/e: half a week of minutes, longer than the pause of a night or a weekend
    std::uint64_t seed = 1;         ///< of the hash
  };
  explicit EdgeBurst(const Options& options)
      : gain_(static_cast<float>(1 - options.decay)),
        ceiling_(static_cast<float>(options.cap / (1 - options.decay))),
        shift_(64 - static_cast<unsigned>(std::bit_width(std::max(options.sets, 2U) - 1))),
        multiplier_(mix64(options.seed) | 1),  // multiply-shift needs an odd one (Dietzfelbinger et al., J. Algorithms 25, 1997)
        sets_(2ULL << (64 - shift_)) {
    for (unsigned i = 0; i < kFine; ++i) {
      decay_[i] = static_cast<float>(std::pow(options.decay, i));
      fine_[i] = static_cast<float>(std::exp(-static_cast<double>(i) / options.memory));
      coarse_[i] = static_cast<float>(std::exp(-static_cast<double>(i) * kFine / options.memory));
    }
  }

  /// The edge's score, ≥ 1. Adds the edge.
  float add(std::uint64_t source, std::uint64_t target, std::uint32_t tick) {
    return (1 + end(0, source, tick)) * (1 + end(1ULL << (64 - shift_), target, tick));
  }
  [[nodiscard]] std::size_t state_bytes() const { return sets_.size() * sizeof(Set); }

 private:
  static constexpr unsigned kFine = 256, kWays = 4;
  struct Cell {
    float recent = 0;        ///< decayed count
    float total = 0;         ///< capped count of what has decayed
    float highest = 0;       ///< what is left of the highest score
    std::uint32_t tick = 0;  ///< of the last event
  };
  struct Set {
    std::array<std::uint32_t, kWays> tag{};  ///< 0 = free
    std::array<Cell, kWays> cell{};
  };

  void age(Cell& cell, std::uint32_t tick) const {
    if (tick <= cell.tick) return;
    const std::uint32_t gone = tick - cell.tick;
    const float kept = gone < kFine ? decay_[gone] : 0;
    // The decayed count leaks into the total: in the end each event is there once, or its tick's cap.
    cell.total += std::min(cell.recent, ceiling_) * (1 - kept);
    cell.recent *= kept;
    cell.highest *= gone < kFine * kFine ? fine_[gone % kFine] * coarse_[gone / kFine] : 0;
    cell.tick = tick;
  }
  Cell& cell_of(Set& set, std::uint32_t tag) const {
    for (unsigned i = 0; i < kWays; ++i) {
      if (set.tag[i] == tag) return set.cell[i];
    }
    unsigned least = 0;
    for (unsigned i = 1; i < kWays; ++i) {
      if (set.cell[i].total + set.cell[i].recent < set.cell[least].total + set.cell[least].recent) least = i;
    }
    Cell& cell = set.cell[least];
    set.tag[least] = tag;
    cell.recent = cell.highest = 0;  // what is suspected of the one before is not suspected of the newcomer
    return cell;
  }
  float end(std::size_t side, std::uint64_t id, std::uint32_t tick) {
    const std::uint64_t hash = (id + 1) * multiplier_;
    Cell& cell = cell_of(sets_[side + (hash >> shift_)], static_cast<std::uint32_t>(hash >> 16) | 1);
    age(cell, tick);
    const auto t = static_cast<float>(std::max(cell.tick, 1U));
    cell.recent += 1;
    // (rate − mean)² / (mean / t), MIDAS eq. (4) with t for t² / (t − 1); the 1 keeps an end without a past from being infinitely new.
    const float excess = std::max(0.0F, cell.recent * gain_ - cell.total / t);
    cell.highest = std::max(cell.highest, excess * excess * t / (cell.total + 1));
    return cell.highest;
  }

  float gain_, ceiling_;
  unsigned shift_;
  std::uint64_t multiplier_;
  std::array<float, kFine> decay_{}, fine_{}, coarse_{};
  std::vector<Set> sets_;
};

}  // namespace brushwatch
