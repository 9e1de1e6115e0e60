#pragma once
/// How much a sender may send: a token bucket whose clock is a parameter.
///
/// What is taken may go into debt, so that one large batch passes and pays by waiting; a bucket in debt refuses until the debt
/// is paid. So over any time t at most burst + rate × t + one batch passes.
/// Threads  one at a time.

#include <algorithm>
#include <cstdint>

namespace brushwatch {

class TokenBucket {
 public:
  /// `per_s` tokens a second, at most a second's worth kept; 0 = no limit. Begins full.
  explicit TokenBucket(std::uint64_t per_s, std::int64_t now_ns = 0) : per_s_(static_cast<std::int64_t>(per_s)), tokens_nano_(full()), at_ns_(now_ns) {}

  /// True when there is anything left: then take() is allowed, whatever the amount.
  [[nodiscard]] bool open(std::int64_t now_ns) {
    refill(now_ns);
    return per_s_ == 0 || tokens_nano_ > 0;
  }
  void take(std::uint64_t amount, std::int64_t now_ns) {
    if (per_s_ == 0) return;
    refill(now_ns);
    // Beyond an hour of debt nobody counts any more; and no batch may overflow the number.
    const auto capped = static_cast<std::int64_t>(std::min<std::uint64_t>(amount, static_cast<std::uint64_t>(per_s_) * 3'600));
    tokens_nano_ -= static_cast<__int128>(capped) * kNano;
    tokens_nano_ = std::max(tokens_nano_, -static_cast<__int128>(per_s_) * 3'600 * kNano);
  }
  /// How many whole tokens are there; UINT64_MAX without a limit.
  [[nodiscard]] std::uint64_t left(std::int64_t now_ns) {
    if (per_s_ == 0) return UINT64_MAX;
    refill(now_ns);
    return tokens_nano_ <= 0 ? 0 : static_cast<std::uint64_t>((tokens_nano_ + kNano - 1) / kNano);
  }
  /// Until open() says yes; 0 when it does now.
  [[nodiscard]] std::int64_t wait_ns(std::int64_t now_ns) {
    if (open(now_ns)) return 0;
    return static_cast<std::int64_t>((-tokens_nano_) / per_s_) + 1;
  }

 private:
  static constexpr std::int64_t kNano = 1'000'000'000;
  [[nodiscard]] __int128 full() const { return static_cast<__int128>(per_s_) * kNano; }
  void refill(std::int64_t now_ns) {
    // A clock that goes back gives nothing and takes nothing.
    if (now_ns <= at_ns_) return;
    tokens_nano_ = std::min(full(), tokens_nano_ + static_cast<__int128>(now_ns - at_ns_) * per_s_);
    at_ns_ = now_ns;
  }

  std::int64_t per_s_;
  __int128 tokens_nano_;  // billionths of a token: no fraction is lost between two calls
  std::int64_t at_ns_;
};

/// The quota of one sender: events and bytes a second, each 0 = none.
class Quota {
 public:
  Quota() : Quota(0, 0, 0) {}
  Quota(std::uint64_t events_per_s, std::uint64_t bytes_per_s, std::int64_t now_ns) : limited_(events_per_s != 0 || bytes_per_s != 0), events_(events_per_s, now_ns), bytes_(bytes_per_s, now_ns) {}
  [[nodiscard]] bool limited() const { return limited_; }
  [[nodiscard]] std::int64_t wait_ns(std::int64_t now_ns) { return std::max(events_.wait_ns(now_ns), bytes_.wait_ns(now_ns)); }
  [[nodiscard]] std::uint64_t events_left(std::int64_t now_ns) { return events_.left(now_ns); }
  void take(std::uint64_t events, std::uint64_t bytes, std::int64_t now_ns) {
    events_.take(events, now_ns);
    bytes_.take(bytes, now_ns);
  }

 private:
  bool limited_;
  TokenBucket events_, bytes_;
};

}  // namespace brushwatch
