#pragma once
/// Which keys the store may hold: "no" is certain and costs one cache line, "perhaps" is wrong for about two keys in a hundred.
///
/// A new key is the commonest miss of a growing table, and without this each asks RocksDB, which asks the filter of every file.
///
/// Shape   blocked Bloom filter (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, WEA 2007, §3): six bits
///         in one block of 512. The number of keys is not known before, so full layers are followed by one of four times the size.
/// Memory  10 to 13 bits a key, and what the last layer has not filled yet. Keys cannot be removed.
/// Threads one.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace brushwatch {

class KeyFilter {
 public:
  /// `hash` is uniform (mix64 of the key).
  void add(std::uint64_t hash) {
    if (layers_.empty() || layers_.back().keys == layers_.back().capacity) grow();
    Layer& layer = layers_.back();
    Block& block = layer.blocks[place(hash, layer)];
    for (std::uint64_t bits = spread(hash), i = 0; i < kBits; ++i, bits >>= 9) block[bits >> 6 & 7] |= std::uint64_t{1} << (bits & 63);
    ++layer.keys;
    ++keys_;
  }
  [[nodiscard]] bool may_hold(std::uint64_t hash) const {
    // The newest layers are the largest: most keys that are there are found first.
    for (std::size_t n = layers_.size(); n > 0; --n) {
      const Block& block = layers_[n - 1].blocks[place(hash, layers_[n - 1])];
      bool all = true;
      for (std::uint64_t bits = spread(hash), i = 0; i < kBits; ++i, bits >>= 9) all &= (block[bits >> 6 & 7] >> (bits & 63) & 1) != 0;
      if (all) return true;
    }
    return false;
  }
  /// Calls of add(); a key that was added twice counts twice.
  [[nodiscard]] std::size_t keys() const { return keys_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::uint64_t kBits = 6;            // of ten a key: within a tenth of the best for blocks of this size
  static constexpr std::size_t kFirstKeys = 1 << 12;   // 5 KiB: a table that stays small pays nothing
  using Block = std::array<std::uint64_t, 8>;          // a cache line
  struct Layer {
    std::vector<Block> blocks;
    std::size_t keys = 0, capacity = 0;
  };
  static std::size_t place(std::uint64_t hash, const Layer& layer) {
    return static_cast<std::size_t>((hash >> 32) * layer.blocks.size() >> 32);
  }
  static std::uint64_t spread(std::uint64_t hash) { return hash * 0x9E3779B97F4A7C15ULL >> 10; }
  void grow() {
    Layer layer;
    layer.capacity = layers_.empty() ? kFirstKeys : layers_.back().capacity * 4;
    layer.blocks.resize(layer.capacity * 10 / 512 + 1);
    bytes_ += layer.blocks.size() * sizeof(Block);
    layers_.push_back(std::move(layer));
  }
  std::vector<Layer> layers_;
  std::size_t keys_ = 0, bytes_ = 0;
};

}  // namespace brushwatch
