#include "doors/ledger_finder.h"

#include <algorithm>
#include <utility>

#include "engine/detect/fold.h"
#include "engine/event/wire.h"
#include "engine/log/frame.h"

namespace brushwatch::doors {
namespace {

constexpr std::size_t kChunk = 64;  // frames: about a MiB
/// For a broker to hand out what it says it holds.
constexpr int kWaitMs = 1'000;

/// What tells two records of one place apart. When it was taken in is not: a successor takes in again what a fenced writer had.
std::string content_of(Event& event) {
  const EventTime taken = std::exchange(event.ingest_time, {});
  std::string out;
  encode(event, out);
  event.ingest_time = taken;
  return out;
}

/// The tick of a frame: always its last record.
Result<bool> tick_of(std::string_view payload, Event& event) {
  BW_ASSIGN(FrameReader reader, FrameReader::open(payload));
  Stage stage{};
  std::uint64_t key = 0;
  std::string_view bytes, last;
  for (;;) {
    BW_ASSIGN(const bool more, reader.next_raw(stage, key, bytes));
    if (!more) break;
    last = bytes;
  }
  if (last.empty() || static_cast<EventType>(static_cast<unsigned char>(last.front())) != EventType::kTick) return false;
  BW_TRY(decode(last, event));
  return true;
}

}  // namespace

LedgerFinder::LedgerFinder(std::unique_ptr<Log> ledger) : ledger_(std::move(ledger)), parts_(ledger_->partitions()) {}

Result<void> LedgerFinder::refresh() {
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    BW_ASSIGN(parts_[p].begin, ledger_->begin_offset(p));
    BW_ASSIGN(parts_[p].end, ledger_->end_offset(p));
    std::vector<Tick>& ticks = parts_[p].ticks;
    if (ticks.size() > kTicksMost) ticks.clear();
    // What retention has removed cannot be read any more.
    ticks.erase(ticks.begin(), std::partition_point(ticks.begin(), ticks.end(), [&](const Tick& t) { return t.offset < parts_[p].begin; }));
  }
  return {};
}

Result<void> LedgerFinder::look(std::uint32_t partition, std::uint64_t offset) {
  BW_TRY(ledger_->read(partition, offset, kChunk, kWaitMs, chunk_));
  std::vector<Tick>& ticks = parts_[partition].ticks;
  for (const LogRecord& record : chunk_) {
    BW_ASSIGN(const bool has_tick, tick_of(record.payload, event_));
    if (!has_tick) continue;
    const auto at = std::partition_point(ticks.begin(), ticks.end(), [&](const Tick& t) { return t.offset < record.offset; });
    if (at != ticks.end() && at->offset == record.offset) continue;
    const auto& body = event_.as<TickEvent>();
    Tick tick{record.offset, body.watermark, {}};
    for (const SourcePosition& position : body.positions) {
      if (tick.next.size() <= position.source) tick.next.resize(position.source + 1U);
      tick.next[position.source] = position.next;
    }
    ticks.insert(at, std::move(tick));
  }
  return {};
}

Result<std::optional<std::pair<std::uint64_t, std::uint64_t>>> LedgerFinder::between(std::uint32_t partition, const After& after) {
  Part& part = parts_[partition];
  // Ticks below `low` are before; those from `high` on are known to be after, or not to be there; between them is unknown.
  std::uint64_t low = part.begin, high = part.end;
  std::optional<std::uint64_t> found;
  const auto narrow = [&] {
    const auto at = std::partition_point(part.ticks.begin(), part.ticks.end(), [&](const Tick& t) { return !after(t); });
    if (at != part.ticks.begin()) low = std::max(low, std::prev(at)->offset + 1);
    if (at != part.ticks.end() && (!found || at->offset < *found)) {
      found = at->offset;
      high = std::min(high, *found);
    }
  };
  narrow();
  while (low < high) {
    const std::uint64_t middle = high - low <= kChunk ? low : low + (high - low) / 2;
    bool met = false;
    for (std::uint64_t at = middle; at < high && !met;) {
      BW_TRY(look(partition, at));
      if (chunk_.empty()) break;
      const std::uint64_t next = chunk_.back().offset + 1;
      const auto first = std::partition_point(part.ticks.begin(), part.ticks.end(), [&](const Tick& t) { return t.offset < at; });
      met = first != part.ticks.end() && first->offset < std::min(next, high);
      at = next;
    }
    if (met) narrow();
    else high = middle;
  }
  if (!found) return std::nullopt;
  return std::pair(low, *found);
}

Result<bool> LedgerFinder::each_record(std::uint32_t partition, std::uint64_t first, std::uint64_t last, std::size_t& bytes_left,
                                       const std::function<Result<void>(Stage, std::uint64_t, std::string_view)>& visit) {
  for (std::uint64_t at = first; at <= last;) {
    BW_TRY(ledger_->read(partition, at, std::min<std::uint64_t>(kChunk, last - at + 1), kWaitMs, chunk_));
    if (chunk_.empty()) break;
    for (const LogRecord& record : chunk_) {
      if (record.payload.size() > bytes_left) return false;
      bytes_left -= record.payload.size();
      BW_ASSIGN(FrameReader reader, FrameReader::open(record.payload));
      Stage stage{};
      std::uint64_t key = 0;
      std::string_view bytes;
      for (;;) {
        BW_ASSIGN(const bool more, reader.next_raw(stage, key, bytes));
        if (!more) break;
        BW_TRY(visit(stage, key, bytes));
      }
    }
    at = chunk_.back().offset + 1;
  }
  return true;
}

Result<std::optional<std::uint16_t>> LedgerFinder::number_of(const std::string& name) {
  for (;;) {
    const auto known = std::find(names_.begin(), names_.end(), name);
    if (known != names_.end()) return static_cast<std::uint16_t>(known - names_.begin());
    // A source is declared in the round after which ticks first tell its position.
    const std::size_t number = names_.size();
    BW_ASSIGN(const auto round, between(0, [number](const Tick& t) { return t.next.size() > number; }));
    if (!round) return std::nullopt;
    std::string declared;
    std::size_t any = SIZE_MAX;
    BW_ASSIGN(const bool whole_round, each_record(0, round->first, round->second, any, [&](Stage, std::uint64_t, std::string_view bytes) -> Result<void> {
      if (bytes.empty() || static_cast<EventType>(static_cast<unsigned char>(bytes.front())) != EventType::kSourceDeclared) return {};
      BW_TRY(decode(bytes, event_));
      const auto& source = event_.as<SourceDeclaredEvent>();
      if (source.source == number) declared = std::string(source.name.text);
      return {};
    }));
    (void)whole_round;  // of a round there is always enough
    names_.push_back(std::move(declared));  // "" when retention has taken its declaration: then nobody can name it
  }
}

Result<bool> LedgerFinder::find(const std::set<Place>& places, std::size_t bytes_most, const Visit& visit) {
  BW_TRY(refresh());
  struct Wanted {
    std::uint64_t packed;
    const Place* place;
    bool operator<(const Wanted& other) const { return packed < other.packed; }
  };
  std::vector<Wanted> wanted;
  for (const Place& place : places) {
    BW_ASSIGN(const auto number, number_of(place.source));
    if (number) wanted.push_back({EvidenceRef::of(*number, place.offset).packed, &place});
  }
  std::sort(wanted.begin(), wanted.end());
  std::size_t bytes_left = bytes_most;
  std::set<std::pair<std::uint64_t, std::string>> told;  // a record may stand in several rows, and in two writers' frames
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    for (auto first = wanted.begin(); first != wanted.end();) {
      const EvidenceRef ref{first->packed};
      const auto beyond = [&](const Tick& t) { return t.next.size() > ref.source() && t.next[ref.source()] > ref.offset(); };
      BW_ASSIGN(const auto round, between(p, beyond));
      if (!round) {
        ++first;
        continue;
      }
      // The others that the same round brought.
      auto last = first + 1;
      const auto tick = std::partition_point(parts_[p].ticks.begin(), parts_[p].ticks.end(), [&](const Tick& t) { return t.offset < round->second; });
      const auto in_round = [&](const Wanted& w) { return EvidenceRef{w.packed}.source() == ref.source() && EvidenceRef{w.packed}.offset() < tick->next[ref.source()]; };
      while (last != wanted.end() && in_round(*last)) ++last;
      BW_ASSIGN(const bool enough, each_record(p, round->first, round->second, bytes_left, [&](Stage, std::uint64_t, std::string_view bytes) -> Result<void> {
        BW_TRY(decode(bytes, event_));
        if (event_.type >= EventType::kTick) return {};
        const auto at = std::lower_bound(first, last, Wanted{event_.position.packed, nullptr});
        if (at == last || at->packed != event_.position.packed) return {};
        if (told.emplace(at->packed, content_of(event_)).second) visit(*at->place, event_);
        return {};
      }));
      if (!enough) return false;
      first = last;
    }
  }
  return true;
}

Result<bool> LedgerFinder::of_keys(Stage stage, const std::set<std::uint64_t>& keys, EventTime from, EventTime until, std::size_t bytes_most,
                                   const std::function<void(const Event&)>& visit) {
  BW_TRY(refresh());
  std::size_t bytes_left = bytes_most;
  std::set<std::string> told;
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    if (std::none_of(keys.begin(), keys.end(), [&](std::uint64_t key) { return partition_of(key, ledger_->partitions()) == p; })) continue;
    BW_ASSIGN(const auto begin, between(p, [&](const Tick& t) { return t.watermark >= from; }));
    if (!begin) continue;
    BW_ASSIGN(const auto end, between(p, [&](const Tick& t) { return t.watermark > until; }));
    const std::uint64_t last = end ? end->second : parts_[p].end == 0 ? 0 : parts_[p].end - 1;
    BW_ASSIGN(const bool enough, each_record(p, begin->first, last, bytes_left, [&](Stage of, std::uint64_t key, std::string_view bytes) -> Result<void> {
      if (of != stage || !keys.contains(key)) return {};
      BW_TRY(decode(bytes, event_));
      if (told.insert(content_of(event_)).second) visit(event_);
      return {};
    }));
    if (!enough) return false;
  }
  return true;
}

}  // namespace brushwatch::doors
