#pragma once
/// MIDAS-R and MIDAS-F as printed, for comparison only: a sweep over the sketch at every tick.
///
/// Source  Bhatia et al., "MIDAS", AAAI'20, §5 (MIDAS-R) and "Real-time anomaly detection in edge streams", TKDD'22, §6 (MIDAS-F).

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/base/hash.h"

namespace brushwatch::bench {

class Midas {
 public:
  struct Options {
    std::size_t columns = 1024;
    double decay = 0.5;        ///< of the current count at a tick
    double threshold = 1000;   ///< filtering: above it a cell's tick is not merged
    bool filtering = true;     ///< MIDAS-F; otherwise MIDAS-R
    std::uint64_t seed = 1;
  };
  explicit Midas(const Options& options) : options_(options) {
    for (auto& sketch : sketches_) sketch = {std::vector<Cell>(2 * options.columns)};
  }
  double add(std::uint64_t u, std::uint64_t v, std::uint32_t tick) {
    while (tick_ < tick) end_tick();
    const std::array<std::uint64_t, 3> key = {hash_combine(u, v), mix64(u + 1), mix64(v + 2)};
    double highest = 0;
    for (unsigned s = 0; s < 3; ++s) highest = std::max(highest, add(sketches_[s], key[s]));
    return std::log1p(highest);
  }

 private:
  struct Cell {
    double current = 0, total = 0, score = 0;
  };
  struct Sketch {
    std::vector<Cell> cells;
  };
  double add(Sketch& sketch, std::uint64_t key) {
    std::array<Cell*, 2> cell;
    double current = INFINITY, total = INFINITY;
    for (unsigned row = 0; row < 2; ++row) {
      cell[row] = &sketch.cells[row * options_.columns + mix64(key + options_.seed * 1000 + row) % options_.columns];
      cell[row]->current += 1;
      if (!options_.filtering) cell[row]->total += 1;
      current = std::min(current, cell[row]->current);
      total = std::min(total, cell[row]->total);
    }
    const double t = tick_;
    double score = 0;
    if (options_.filtering) {
      const double off = current + total - current * t;
      score = total == 0 || t <= 1 ? 0 : off * off / (total * (t - 1));
    } else {
      const double off = current - total / t;
      score = total == 0 || t <= 1 ? 0 : off * off * t * t / (total * (t - 1));
    }
    for (Cell* c : cell) c->score = score;
    return score;
  }
  void end_tick() {
    for (auto& sketch : sketches_) {
      for (auto& c : sketch.cells) {
        if (options_.filtering) {
          if (c.score < options_.threshold) c.total += c.current;
          else if (tick_ > 1) c.total += c.total / (tick_ - 1);
        }
        c.current *= options_.decay;
      }
    }
    ++tick_;
  }
  Options options_;
  std::uint32_t tick_ = 1;
  std::array<Sketch, 3> sketches_;
};

}  // namespace brushwatch::bench
