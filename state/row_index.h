#pragma once
/// Hash of a key → slot of its row: open addressing with linear probing, 8 bytes an entry, 8 entries a cache line.
///
/// Shape   power-of-two table, at most 3/4 full; deletes shift back instead of leaving tombstones, so probes stay short.
/// Why     an entry keeps 32 bits of the hash: most wrong entries are refused without touching their rows, and the table
///         can grow and shift without reading a row.
/// Memory  10.7–21.4 B a row. Threads one.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace brushwatch {

class RowIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  RowIndex() : entries_(kLeast) {}

  /// The slot whose entry fits the hash and for which same(slot) holds; kNone when there is none.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same&& same) const {
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t i = tag & mask();; i = (i + 1) & mask()) {
      const Entry entry = entries_[i];
      if (entry.slot_plus_one == 0) return kNone;
      if (entry.tag == tag && same(entry.slot_plus_one - 1)) return entry.slot_plus_one - 1;
    }
  }
  /// The hash's key is not in the table yet.
  void insert(std::uint64_t hash, std::uint32_t slot) {
    if ((size_ + 1) * 4 > entries_.size() * 3) rebuild(entries_.size() * 2);
    ++size_;
    place({static_cast<std::uint32_t>(hash), slot + 1});
  }
  void erase(std::uint64_t hash, std::uint32_t slot) {
    std::size_t hole = position(hash, slot);
    for (std::size_t i = (hole + 1) & mask(); entries_[i].slot_plus_one != 0; i = (i + 1) & mask()) {
      const std::size_t home = entries_[i].tag & mask();
      if (((i - home) & mask()) >= ((i - hole) & mask())) {  // its home is not after the hole: it may move back
        entries_[hole] = entries_[i];
        hole = i;
      }
    }
    entries_[hole] = {};
    --size_;
  }
  void move(std::uint64_t hash, std::uint32_t from, std::uint32_t to) {
    entries_[position(hash, from)].slot_plus_one = to + 1;
  }
  /// Halves the table while it is far too large for what it holds.
  void shrink() {
    if (const std::size_t fit = entries_if(size_); fit < entries_.size()) rebuild(fit);
  }
  /// Asks for the cache line that find(hash) reads first.
  void warm(std::uint64_t hash) const { __builtin_prefetch(&entries_[static_cast<std::uint32_t>(hash) & mask()]); }
  /// A guess without reading rows: the first slot whose tag fits.
  [[nodiscard]] std::uint32_t guess(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }
  /// What bytes() would be after shrink() with only `rows` left.
  [[nodiscard]] std::size_t bytes_if(std::size_t rows) const { return entries_if(rows) * sizeof(Entry); }

 private:
  struct Entry {
    std::uint32_t tag = 0;            // low half of the hash; its low bits are the home
    std::uint32_t slot_plus_one = 0;  // 0 = empty, so that fresh zeroed memory is an empty table
  };
  static constexpr std::size_t kLeast = 16;

  [[nodiscard]] std::size_t mask() const { return entries_.size() - 1; }
  // Half of the table must be at most 5/8 full: far enough from 3/4 that it does not grow and shrink in turn.
  [[nodiscard]] std::size_t entries_if(std::size_t rows) const {
    std::size_t n = entries_.size();
    while (n > kLeast && rows * 16 <= n * 5) n /= 2;
    return n;
  }
  [[nodiscard]] std::size_t position(std::uint64_t hash, std::uint32_t slot) const {
    std::size_t i = static_cast<std::uint32_t>(hash) & mask();
    while (entries_[i].slot_plus_one != slot + 1) i = (i + 1) & mask();
    return i;
  }
  void place(Entry entry) {
    std::size_t i = entry.tag & mask();
    while (entries_[i].slot_plus_one != 0) i = (i + 1) & mask();
    entries_[i] = entry;
  }
  void rebuild(std::size_t entries) {
    std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(entries));
    for (const Entry entry : old) {
      if (entry.slot_plus_one != 0) place(entry);
    }
  }

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace brushwatch
