#pragma once
/// Time that the test sets and other threads read.

#include <atomic>
#include <cstdint>

#include "engine/base/time.h"

namespace brushwatch::test {

class TestClock final : public Clock {
 public:
  EventTime now() override { return {ms_.load()}; }
  std::int64_t monotonic_ns() override { return ms_.load() * 1'000'000; }
  void advance(std::int64_t ms) { ms_ += ms; }

 private:
  std::atomic<std::int64_t> ms_{1'790'000'000'000};
};

}  // namespace brushwatch::test
