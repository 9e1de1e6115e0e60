#pragma once
/// XXH3-128 of bytes that come in pieces: tells whether a file still begins as it did. Finds damage, not forgery.

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace brushwatch {

/// Cost ~0.1 ns a byte; 576 bytes. Threads one.
class RunningHash {
 public:
  using Value = std::array<std::uint8_t, 16>;

  RunningHash();
  RunningHash(RunningHash&&) noexcept;
  RunningHash& operator=(RunningHash&&) noexcept;
  ~RunningHash();
  void add(std::string_view bytes);
  /// Of all bytes so far; more may follow.
  [[nodiscard]] Value value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace brushwatch
