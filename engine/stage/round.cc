#include "engine/stage/round.h"

#include <algorithm>

#include "engine/event/wire.h"
#include "engine/log/frame.h"

namespace brushwatch {
namespace {

/// The tick of a frame, when it has one: ticks are always the last record of a frame.
Result<bool> find_tick(std::string_view payload, FrameHeader& header, TickEvent& tick) {
  BW_ASSIGN(FrameReader reader, FrameReader::open(payload));
  header = reader.header();
  Stage stage{};
  std::uint64_t key = 0;
  std::string_view bytes, last;
  for (;;) {
    BW_ASSIGN(const bool more, reader.next_raw(stage, key, bytes));
    if (!more) break;
    last = bytes;
  }
  if (last.empty() || static_cast<EventType>(static_cast<unsigned char>(last[0])) != EventType::kTick) return false;
  Event event;
  BW_TRY(decode(last, event));
  tick = event.as<TickEvent>();
  return true;
}

constexpr std::size_t kReadAhead = 64;  // frames: about a MiB of 16 KiB frames a partition

}  // namespace

LedgerReader::LedgerReader(Log& ledger, std::vector<std::uint64_t> offsets, std::uint64_t next_round, std::uint32_t floor)
    : ledger_(ledger), parts_(ledger.partitions()), committed_(std::move(offsets)), next_round_(next_round), floor_(floor) {
  committed_.resize(parts_.size(), 0);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    parts_[p].offset = committed_[p];
    parts_[p].epoch = floor_;
  }
}

Result<bool> LedgerReader::collect(std::uint32_t partition, std::uint32_t minimum, int wait_ms) {
  Part& part = parts_[partition];
  if (part.complete && part.epoch >= minimum) return true;
  if (part.complete) {  // superseded: a later writer wrote this round again
    part.frames.clear();
    part.complete = false;
  }
  for (;;) {
    if (part.at == part.buffer.size()) {
      BW_TRY(ledger_.read(partition, part.offset, kReadAhead, wait_ms, part.buffer));
      part.at = 0;
      if (part.buffer.empty()) return false;
      part.offset = part.buffer.back().offset + 1;
    }
    LogRecord& record = part.buffer[part.at++];
    FrameHeader header;
    TickEvent tick;
    auto has_tick = find_tick(record.payload, header, tick);
    if (!has_tick) return tl::unexpected<Error>(std::move(has_tick.error()).in("ledger partition " + std::to_string(partition) + " offset " + std::to_string(record.offset)));
    epoch_ = std::max(epoch_, header.epoch);
    if (header.epoch < part.epoch) continue;  // a zombie's frame behind its successor's
    if (header.epoch > part.epoch) {  // what a dead writer left torn
      part.frames.clear();
      part.next_seq.reset();
      part.holed = false;
    }
    part.epoch = header.epoch;
    if (header.count == 0) continue;  // a claim
    if (part.next_seq && header.seq < *part.next_seq) continue;  // delivered again
    part.holed = part.holed || (part.next_seq && header.seq > *part.next_seq);
    part.next_seq = header.seq + 1;
    const std::uint64_t offset = record.offset;
    part.frames.push_back(std::move(record.payload));
    if (!*has_tick) continue;
    if (tick.round < next_round_ || header.epoch < minimum || (part.holed && tick.round == next_round_)) {  // an older writing of a round that is known or superseded
      part.frames.clear();
      continue;
    }
    if (tick.round > next_round_) return fail(ErrorCode::kLogCorrupt, "a round is missing in the ledger", static_cast<std::int64_t>(next_round_));
    part.tick = std::move(tick);
    part.after = offset + 1;
    part.complete = true;
    return true;
  }
}

Result<std::optional<Round>> LedgerReader::next(int wait_ms) {
  // All partitions must agree on the writer: the highest epoch that wrote this round in any of them. Each pass can only
  // raise `minimum`, and epochs are finite, so this ends.
  std::uint32_t minimum = 0;
  for (std::uint32_t p = 0; p < parts_.size();) {
    BW_ASSIGN(const bool complete, collect(p, minimum, wait_ms));
    if (!complete) return std::nullopt;
    if (parts_[p].epoch > minimum) {
      minimum = parts_[p].epoch;
      p = 0;  // ask the earlier partitions again for this writer's version
    } else {
      ++p;
    }
  }
  Round round;
  round.tick = parts_.front().tick;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    Part& part = parts_[p];
    round.frames.push_back(std::move(part.frames));
    round.next_offset.push_back(part.after);
    committed_[p] = part.after;
    part.frames.clear();
    part.complete = false;
  }
  ++next_round_;
  return round;
}

}  // namespace brushwatch
