#include "engine/stage/claim.h"

#include <algorithm>
#include <utility>

#include "engine/log/frame.h"

namespace brushwatch {
namespace {

/// How often another claimant may be quicker. Each time one of them has the ledger, so this ends by itself; the bound is for a
/// clock that starts instances in a loop.
constexpr int kClaimAttempts = 16;

tl::unexpected<Error> fenced(std::uint32_t by) { return fail(ErrorCode::kFenced, "a later writer has claimed the ledger, epoch", by); }

}  // namespace

Result<std::uint32_t> highest_epoch(Log& ledger, std::uint32_t partition, std::uint64_t from, std::uint64_t to) {
  constexpr std::size_t kReadAhead = 64;
  std::uint32_t highest = 0;
  std::vector<LogRecord> records;
  while (from < to) {
    BW_TRY(ledger.read(partition, from, kReadAhead, 0, records));
    if (records.empty()) break;
    for (const LogRecord& record : records) {
      if (record.offset >= to) break;
      BW_ASSIGN(const FrameReader frame, FrameReader::open(record.payload));
      highest = std::max(highest, frame.header().epoch);
    }
    from = records.back().offset + 1;
  }
  return highest;
}

std::string claim_frame(std::uint32_t epoch) {
  FrameBuilder empty;
  return std::string(empty.finish(epoch, 0));
}

Tenure::Tenure(Log& ledger, std::uint32_t epoch, std::vector<std::uint64_t> begin)
    : ledger_(&ledger), epoch_(epoch), next_(std::move(begin)), confirmed_(next_) {}

Result<Tenure> Tenure::claim(Log& ledger, std::uint32_t above, const std::vector<std::uint64_t>& from) {
  std::uint32_t epoch = above + 1;
  std::vector<std::uint64_t> behind(from);
  for (int attempt = 0;; ++attempt) {
    if (attempt == kClaimAttempts) return fenced(epoch);
    BW_TRY(ledger.append(0, claim_frame(epoch)));
    BW_TRY(ledger.sync());
    BW_ASSIGN(const std::uint64_t mine, ledger.last_offset(0));
    BW_ASSIGN(const std::uint32_t taken, highest_epoch(ledger, 0, behind[0], mine));
    behind[0] = mine + 1;
    if (taken < epoch) break;
    epoch = taken + 1;  // somebody's claim came first; ours of the same epoch says nothing to anybody
  }
  for (std::uint32_t p = 1; p < ledger.partitions(); ++p) BW_TRY(ledger.append(p, claim_frame(epoch)));
  if (ledger.partitions() > 1) BW_TRY(ledger.sync());
  for (std::uint32_t p = 1; p < ledger.partitions(); ++p) {
    BW_ASSIGN(const std::uint64_t mine, ledger.last_offset(p));
    // Who claims here under a higher epoch claimed partition 0 behind us.
    BW_ASSIGN(const std::uint32_t other, highest_epoch(ledger, p, behind[p], mine));
    if (other > epoch) return fenced(other);
    behind[p] = mine + 1;
  }
  return Tenure(ledger, epoch, std::move(behind));
}

Result<void> Tenure::append(std::uint32_t partition, std::string_view payload) {
  ++next_[partition];
  return ledger_->append(partition, payload);
}

Result<void> Tenure::confirm() {
  for (std::uint32_t p = 0; p < next_.size(); ++p) {
    if (next_[p] == confirmed_[p]) continue;
    BW_ASSIGN(const std::uint64_t last, ledger_->last_offset(p));
    if (last + 1 != next_[p]) {
      // Others have appended between our records: a dead writer's late ones, or a successor's claim.
      BW_ASSIGN(const std::uint32_t other, highest_epoch(*ledger_, p, confirmed_[p], last + 1));
      if (other > epoch_) return fenced(other);
      next_[p] = last + 1;
    }
    confirmed_[p] = next_[p];
  }
  return {};
}

}  // namespace brushwatch
