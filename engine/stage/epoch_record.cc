#include "engine/stage/epoch_record.h"

#include <cstring>
#include <string>

#include "engine/event/wire.h"

namespace brushwatch {
namespace {

constexpr std::string_view kMetaKey = "M/pipeline";
constexpr std::uint32_t kMetaVersion = 3;
/// Each epoch also writes its number under its place in this ring. A store that loses a batch between two that it kept (a
/// file dropped from a damaged manifest, a log that lost its middle) would give rows of different epochs; the ring shows it.
/// As many as a memtable could hold of small epochs, and 60 KiB.
constexpr std::uint64_t kEpochRing = 4096;
constexpr std::string_view kRingPrefix = "E/";

std::string ring_key(std::uint64_t epoch) {
  const std::uint64_t place = epoch % kEpochRing;
  std::string key(kRingPrefix);
  key.push_back(static_cast<char>(place >> 8));
  key.push_back(static_cast<char>(place));
  return key;
}

}  // namespace

Result<void> check_epochs(StateStore& store, std::uint64_t last) {
  const std::uint64_t first = last < kEpochRing ? 1 : last - kEpochRing + 1;
  std::uint64_t found = 0;
  bool right = true;
  BW_TRY(store.scan(kRingPrefix, [&](std::string_view key, std::string_view value) {
    std::uint64_t epoch = 0;
    if (value.size() == sizeof epoch) std::memcpy(&epoch, value.data(), sizeof epoch);
    right = right && epoch >= first && epoch <= last && key == ring_key(epoch);
    ++found;
    return right;
  }));
  if (right && found == last - first + 1) return {};
  return fail(ErrorCode::kStateCorrupt, "the state has lost an epoch between others", static_cast<std::int64_t>(last));
}

Result<std::optional<EpochRecord>> read_epoch(StateStore& store) {
  BW_ASSIGN(const auto bytes, store.get(kMetaKey));
  if (!bytes) return std::nullopt;
  std::size_t at = 0;
  const auto take = [&]() -> std::uint64_t {
    std::uint64_t v = 0;
    if (at + sizeof v <= bytes->size()) std::memcpy(&v, bytes->data() + at, sizeof v);
    at += sizeof v;
    return v;
  };
  const std::uint64_t version = take();
  if (version > kMetaVersion) return fail(ErrorCode::kStateVersion, "the state was written by a newer version");
  // A cache is not converted: what the ledger gives again is surer than what an older version meant.
  if (version < kMetaVersion) return fail(ErrorCode::kStateCorrupt, "the state was written by an older version");
  EpochRecord record;
  record.identity = take();
  record.writer_epoch = static_cast<std::uint32_t>(take());
  record.epoch = take();
  record.next_round = take();
  const std::uint64_t partitions = take();
  if (partitions > bytes->size() / sizeof(std::uint64_t)) return fail(ErrorCode::kStateCorrupt, "the epoch record is short");
  record.offsets.resize(partitions);
  for (std::uint64_t& offset : record.offsets) offset = take();
  if (at > bytes->size()) return fail(ErrorCode::kStateCorrupt, "the epoch record is short");
  std::string_view rest = std::string_view(*bytes).substr(at);
  Event event;
  BW_TRY(decode(rest, event));
  record.last_tick = event.as<TickEvent>();
  return record;
}

void put_epoch(const EpochRecord& record, StoreBatch& batch) {
  std::string out;
  const auto put = [&](std::uint64_t v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); };
  put(kMetaVersion);
  put(record.identity);
  put(record.writer_epoch);
  put(record.epoch);
  put(record.next_round);
  put(record.offsets.size());
  for (const std::uint64_t offset : record.offsets) put(offset);
  Event event;
  reset_body(event, EventType::kTick);
  event.emplace<TickEvent>() = record.last_tick;
  encode(event, out);
  batch.put(kMetaKey, out);
}

void put_epoch_number(std::uint64_t epoch, StoreBatch& batch) {
  batch.put(ring_key(epoch), std::string_view(reinterpret_cast<const char*>(&epoch), sizeof epoch));
}

}  // namespace brushwatch
