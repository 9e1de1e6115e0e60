#pragma once
/// How much one principal may ask: a token bucket for the rate, a count for the day.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace brushwatch::doors {

struct Limits {
  std::uint32_t per_second = 50;    ///< a console page asks five times, a poller once a second: room for ten of them
  std::uint32_t burst = 200;
  std::uint64_t per_day = 0;        ///< 0 = no quota
  std::size_t principals_most = 10'000;  ///< remembered; beyond it the one that has been quiet longest is forgotten
};

/// One thread at a time.
class Limiter {
 public:
  Limiter(Limits limits, Clock& clock) : limits_(limits), clock_(clock) {}
  /// 0 = go on; else seconds to wait.
  int ask(std::string_view principal);

 private:
  struct Account {
    std::int64_t tokens_milli = 0, refilled_ns = 0;
    std::int64_t day = -1;
    std::uint64_t used = 0;
  };
  const Limits limits_;
  Clock& clock_;
  std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace brushwatch::doors
