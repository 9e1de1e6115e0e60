#pragma once
/// The contract of a state store: ordered bytes with atomic batches. `rocksdb` in production, `memory` in tests.

#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace brushwatch {

/// Puts and deletes that become visible together or not at all.
class StoreBatch {
 public:
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  /// A put whose value is written in place: room for `most` bytes, of which finish_put(used) keeps the first `used`.
  /// No other call may come between the two.
  [[nodiscard]] char* begin_put(std::string_view key, std::size_t most);
  void finish_put(std::size_t used);
  [[nodiscard]] bool empty() const { return operations_ == 0; }
  [[nodiscard]] std::size_t operations() const { return operations_; }
  [[nodiscard]] std::size_t bytes() const { return size_; }
  void clear();
  /// Calls visit(is_put, key, value) in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Chunk& chunk : chunks_) {
      const char* p = chunk.bytes.get();
      for (const char* const end = p + chunk.used; p != end;) {
        std::uint32_t key_bytes = 0, value_bytes = 0;
        std::memcpy(&key_bytes, p + 1, 4);
        std::memcpy(&value_bytes, p + 5, 4);
        const std::string_view key(p + kHead, key_bytes), value(p + kHead + key_bytes, value_bytes);
        visit(*p == 1, key, value);
        p += kHead + key_bytes + value_bytes;
      }
    }
  }

 private:
  static constexpr std::size_t kHead = 9;  // op (1) | key length (4) | value length (4), host order: it never leaves the process
  /// An epoch is up to hundreds of MiB: one buffer that grows would hold itself twice while it is copied, and is hard to place.
  static constexpr std::size_t kChunkBytes = 1 << 20;
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t used = 0, capacity = 0;
  };
  char* append(char op, std::string_view key, std::size_t value_bytes);

  std::vector<Chunk> chunks_;
  std::size_t size_ = 0, operations_ = 0;
  std::size_t open_head_ = 0, open_value_ = 0;  // in the last chunk: where the entry of begin_put() and its value start
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  /// nullopt when absent. Errors: kStateCorrupt, kStateIo.
  virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
  /// One slot a key, in the order asked. One call costs far less than as many get()s.
  virtual Result<void> multi_get(std::span<const std::string> keys, std::vector<std::optional<std::string>>& values) = 0;
  /// Atomic and in order of calls; survives the death of the process (not of the machine unless opened with fsync).
  virtual Result<void> write(const StoreBatch& batch) = 0;
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  /// Visits all keys with the prefix in byte order until the visitor returns false.
  Result<void> scan(std::string_view prefix, const Visit& visit) { return scan_from(prefix, prefix, visit); }
  /// The same from the first key that is not before `from`, which has the prefix.
  virtual Result<void> scan_from(std::string_view from, std::string_view prefix, const Visit& visit) = 0;
  /// A consistent copy of everything written, as a directory that can be opened as a store.
  virtual Result<void> snapshot(const std::string& directory) = 0;
};

}  // namespace brushwatch
