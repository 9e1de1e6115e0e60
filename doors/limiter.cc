#include "doors/limiter.h"

#include <algorithm>

namespace brushwatch::doors {

int Limiter::ask(std::string_view principal) {
  const std::int64_t now = clock_.monotonic_ns();
  const std::int64_t full = std::int64_t{limits_.burst} * 1000;
  auto it = accounts_.find(principal);
  if (it == accounts_.end()) {
    if (accounts_.size() >= limits_.principals_most) {
      accounts_.erase(std::min_element(accounts_.begin(), accounts_.end(),
                                       [](const auto& a, const auto& b) { return a.second.refilled_ns < b.second.refilled_ns; }));
    }
    it = accounts_.emplace(std::string(principal), Account{full, now, -1, 0}).first;
  }
  Account& account = it->second;
  // Milli-tokens per nanosecond: per_second × 1000 / 10^9. A full bucket needs no more, which also keeps the product small.
  const std::int64_t passed_us = std::min<std::int64_t>((now - account.refilled_ns) / 1000, 3'600'000'000);
  if (passed_us > 0) {
    account.tokens_milli = std::min(full, account.tokens_milli + passed_us * limits_.per_second / 1000);
    account.refilled_ns = now;
  }
  if (limits_.per_day > 0) {
    const EventTime wall = clock_.now();
    const std::int64_t day = shanghai_day(wall);
    if (account.day != day) {
      account.day = day;
      account.used = 0;
    }
    if (account.used >= limits_.per_day) {
      const std::int64_t tomorrow = (day + 1) * kDayMs - kShanghaiOffsetMs;
      return static_cast<int>((tomorrow - wall.ms) / kSecondMs) + 1;
    }
  }
  if (account.tokens_milli < 1000) {
    const std::int64_t per_s = std::int64_t{limits_.per_second} * 1000;
    return static_cast<int>((1000 - account.tokens_milli + per_s - 1) / per_s);
  }
  account.tokens_milli -= 1000;
  ++account.used;
  return 0;
}

}  // namespace brushwatch::doors
