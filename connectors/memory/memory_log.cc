#include "connectors/memory/memory_log.h"

#include <algorithm>
#include <chrono>

namespace brushwatch {
namespace {

tl::unexpected<Error> no_partition(std::uint32_t partition) {
  return fail(ErrorCode::kUsage, "the log has no such partition", partition);
}
tl::unexpected<Error> before_log(std::uint64_t offset) {
  return fail(ErrorCode::kLogTruncated, "offset lies before the log", static_cast<std::int64_t>(offset));
}

}  // namespace

MemoryLog::MemoryLog(std::uint32_t partitions) : partitions_(partitions) {}

Result<std::uint64_t> MemoryLog::begin_offset(std::uint32_t partition) {
  if (partition >= partitions_.size()) return no_partition(partition);
  const std::lock_guard lock(partitions_[partition].mutex);
  return partitions_[partition].begin;
}

Result<std::uint64_t> MemoryLog::end_offset(std::uint32_t partition) {
  if (partition >= partitions_.size()) return no_partition(partition);
  const std::lock_guard lock(partitions_[partition].mutex);
  return partitions_[partition].begin + partitions_[partition].records.size();
}

Result<void> MemoryLog::append(std::uint32_t partition, std::string_view payload) {
  if (partition >= partitions_.size()) return no_partition(partition);
  if (payload.size() > kMaxRecordBytes)
    return fail(ErrorCode::kTooLarge, "record is larger than the log takes", static_cast<std::int64_t>(payload.size()));
  Partition& p = partitions_[partition];
  {
    const std::lock_guard lock(p.mutex);
    p.records.emplace_back(payload);
  }
  p.grown.notify_all();
  return {};
}

Result<void> MemoryLog::read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int wait_ms,
                             std::vector<LogRecord>& out) {
  out.clear();
  if (partition >= partitions_.size()) return no_partition(partition);
  Partition& p = partitions_[partition];
  std::unique_lock lock(p.mutex);
  const auto has_records = [&] { return offset < p.begin + p.records.size(); };
  if (wait_ms > 0 && !has_records()) p.grown.wait_for(lock, std::chrono::milliseconds(wait_ms), has_records);
  if (offset < p.begin) return before_log(offset);
  if (!has_records()) return {};
  const std::uint64_t first = offset - p.begin;
  const std::size_t count = std::min<std::size_t>(max_records, p.records.size() - first);
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back({offset + i, p.records[first + i]});
  return {};
}

Result<void> MemoryLog::truncate(std::uint32_t partition, std::uint64_t offset) {
  if (partition >= partitions_.size()) return no_partition(partition);
  Partition& p = partitions_[partition];
  const std::lock_guard lock(p.mutex);
  if (offset < p.begin) return before_log(offset);
  if (offset - p.begin < p.records.size()) p.records.resize(offset - p.begin);
  return {};
}

Result<void> MemoryLog::drop_before(std::uint32_t partition, std::uint64_t offset) {
  if (partition >= partitions_.size()) return no_partition(partition);
  Partition& p = partitions_[partition];
  const std::lock_guard lock(p.mutex);
  while (p.begin < offset && !p.records.empty()) {
    p.records.pop_front();
    ++p.begin;
  }
  return {};
}

std::unique_ptr<Log> make_memory_log(std::uint32_t partitions) { return std::make_unique<MemoryLog>(partitions); }

}  // namespace brushwatch
