#include "tests/sim/sim_log.h"

#include <algorithm>
#include <cstring>

#include "engine/base/hash.h"

namespace brushwatch::sim {
namespace {

/// The same frame under another writer epoch or number (engine/log/frame.h has the layout).
std::string patched(std::string frame, std::uint32_t epoch, std::uint64_t seq) {
  std::memcpy(frame.data() + 12, &epoch, sizeof epoch);
  std::memcpy(frame.data() + 16, &seq, sizeof seq);
  const std::uint32_t crc = crc32c(std::string_view(frame).substr(8));
  std::memcpy(frame.data() + 4, &crc, sizeof crc);
  return frame;
}

std::uint32_t epoch_of(const std::string& frame) {
  std::uint32_t epoch = 0;
  std::memcpy(&epoch, frame.data() + 12, sizeof epoch);
  return epoch;
}
std::uint64_t seq_of(std::string_view frame) {
  std::uint64_t seq = 0;
  std::memcpy(&seq, frame.data() + 16, sizeof seq);
  return seq;
}
std::uint32_t highest_epoch(const std::vector<std::string>& frames) {
  std::uint32_t highest = 0;
  for (const std::string& f : frames) highest = std::max(highest, epoch_of(f));
  return highest;
}

}  // namespace

void Broker::deliver_late(Chance& chance) {
  for (std::size_t p = 0; p < late.size(); ++p) {
    while (!late[p].empty() && chance.one_in(3)) {
      parts[p].push_back(std::move(late[p].front()));
      late[p].pop_front();
    }
  }
}

SimLog::~SimLog() {
  for (std::uint32_t p = 0; p < partitions(); ++p) {
    deliver(p, process_->chance->below(sent_[p].size() + 1));
    if (!broker_.shared) continue;
    // Only a prefix of a writer's stream can arrive: the connection keeps its order.
    for (std::size_t n = process_->chance->below(sent_[p].size() + 1); n > 0; --n) {
      broker_.late[p].push_back(std::move(sent_[p].front()));
      sent_[p].pop_front();
    }
  }
}

void SimLog::deliver(std::uint32_t partition, std::size_t count) {
  for (; count > 0; --count) {
    // The bug: as if nobody else had appended since.
    last_[partition] = process_->bug == Bug::kClaimNotSeenByWriter && last_[partition] != 0 ? last_[partition] + 1 : broker_.parts[partition].size();
    broker_.parts[partition].push_back(std::move(sent_[partition].front()));
    sent_[partition].pop_front();
  }
}

Result<std::uint64_t> SimLog::last_offset(std::uint32_t partition) {
  BW_TRY(process_->step());
  return last_[partition];
}

Result<std::uint64_t> SimLog::end_offset(std::uint32_t partition) {
  BW_TRY(process_->step());
  return broker_.parts[partition].size() + sent_[partition].size();
}

Result<void> SimLog::append(std::uint32_t partition, std::string_view payload) {
  BW_TRY(process_->step());
  if (broker_.shared) broker_.deliver_late(*process_->chance);
  if (process_->fails()) return fail(ErrorCode::kIo, "simulated: the record was not taken");
  sent_[partition].emplace_back(payload);
  if (process_->bug == Bug::kFrameAppendedTwice && process_->chance->one_in(8)) {
    // As a writer would that counts its retry as a frame of its own: no reader can know that it is the same.
    sent_[partition].back() = patched(sent_[partition].back(), epoch_of(sent_[partition].back()), shifted_[partition]++ + seq_of(payload));
    sent_[partition].push_back(patched(sent_[partition].back(), epoch_of(sent_[partition].back()), shifted_[partition] + seq_of(payload)));
  } else if (process_->bug == Bug::kFrameAppendedTwice) {
    sent_[partition].back() = patched(sent_[partition].back(), epoch_of(sent_[partition].back()), shifted_[partition] + seq_of(payload));
  }
  // A buffer that is full is written; a connection sends when it likes.
  if (process_->chance->one_in(6)) deliver(partition, process_->chance->below(sent_[partition].size() + 1));
  return {};
}

Result<void> SimLog::sync() {
  if (process_->bug == Bug::kLedgerNotSyncedBeforeEpoch) return process_->step();
  for (std::uint32_t p = 0; p < partitions(); ++p) {
    BW_TRY(process_->step());
    if (broker_.shared) broker_.deliver_late(*process_->chance);
    if (process_->fails()) {
      if (broker_.shared && process_->chance->one_in(2)) deliver(p, sent_[p].size());  // only the acknowledgement was lost
      return fail(ErrorCode::kIo, "simulated: nobody knows whether it arrived");
    }
    deliver(p, sent_[p].size());
  }
  return {};
}

Result<void> SimLog::read(std::uint32_t partition, std::uint64_t offset, std::size_t max_records, int, std::vector<LogRecord>& out) {
  out.clear();
  BW_TRY(process_->step());
  if (broker_.shared) broker_.deliver_late(*process_->chance);
  const auto& part = broker_.parts[partition];
  // A read gives fewer than asked for whenever it likes, but never nothing when there is something.
  const std::uint64_t most = 1 + process_->chance->below(max_records);
  const bool late = process_->bug == Bug::kLedgerOffByOneAfterRestore && offset > 0 && !read_before_[partition];
  read_before_[partition] = true;
  for (std::uint64_t o = offset + (late ? 1 : 0); o < part.size() && out.size() < most; ++o) {
    std::string frame = part[o];
    if (process_->bug == Bug::kZombieEpochIgnored) frame = patched(std::move(frame), highest_epoch(part), o);
    out.push_back({o, std::move(frame)});
  }
  return {};
}

Result<void> SimLog::truncate(std::uint32_t partition, std::uint64_t offset) {
  BW_TRY(process_->step());
  if (broker_.shared) return fail(ErrorCode::kUnsupported, "a topic cannot be cut");
  auto& part = broker_.parts[partition];
  if (offset < part.size()) part.resize(offset);
  return {};
}

}  // namespace brushwatch::sim
