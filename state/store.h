#pragma once
/// The contract of a state store: ordered bytes with atomic batches. `rocksdb` in production, `memory` in tests.

#include <functional>
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
  [[nodiscard]] bool empty() const { return operations_ == 0; }
  [[nodiscard]] std::size_t operations() const { return operations_; }
  [[nodiscard]] std::size_t bytes() const { return buffer_.size(); }
  void clear();
  /// Calls visit(is_put, key, value) in order.
  void for_each(const std::function<void(bool, std::string_view, std::string_view)>& visit) const;

 private:
  std::string buffer_;  // op (1) | key length (4) | value length (4) | key | value
  std::size_t operations_ = 0;
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
  /// Visits all keys with the prefix in byte order until the visitor returns false.
  virtual Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view key, std::string_view value)>& visit) = 0;
  /// A consistent copy of everything written, as a directory that can be opened as a store.
  virtual Result<void> snapshot(const std::string& directory) = 0;
};

}  // namespace brushwatch
