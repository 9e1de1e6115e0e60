#pragma once
/// The end of a test's patience with another process or a broker: a wait that has none turns a dead process into a hang.

#include <chrono>

namespace brushwatch::test {

/// Nothing that a test waits for takes as long, also with a cold JVM on a busy machine (20 s were seen): it hangs.
inline constexpr std::chrono::seconds kPatience{300};

/// Begins with its construction.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds patience = kPatience) : at_(std::chrono::steady_clock::now() + patience) {}
  [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= at_; }

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace brushwatch::test
