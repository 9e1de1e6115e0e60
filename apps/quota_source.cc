#include "apps/quota_source.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace brushwatch::app {

Result<void> QuotaSource::poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) {
  out.clear();
  Quota& quota = shared_->quota;
  const std::int64_t wait_ns = quota.wait_ns(clock_.monotonic_ns());
  if (wait_ns > 0) {
    ++shared_->throttled;
    // As long as the caller would have waited for a record: it goes on to the other sources then.
    if (wait_ms > 0) std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(std::chrono::nanoseconds(wait_ns), std::chrono::milliseconds(wait_ms)));
    return {};
  }
  const auto left = static_cast<std::size_t>(std::min<std::uint64_t>(max, std::max<std::uint64_t>(1, quota.events_left(clock_.monotonic_ns()))));
  BW_TRY(inner_->poll(left, wait_ms, out));
  std::uint64_t bytes = 0;
  for (const SourceRecord& record : out) bytes += record.bytes.size();
  if (!out.empty()) quota.take(out.size(), bytes, clock_.monotonic_ns());
  return {};
}

}  // namespace brushwatch::app
