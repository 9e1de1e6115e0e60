#include "engine/stage/ingest.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/failpoint.h"
#include "engine/stage/route.h"

namespace brushwatch {
namespace {

constexpr std::size_t kPollRecords = 512;
/// Two polls of a source further apart than this were no waiting for it: the process was stopped, or stood at a slow disk.
constexpr std::int64_t kAskedNs = 1'000'000'000;
/// A ledger record must stay below the log's cap with its header and neighbours; longer raw bytes are cut in the dead letter
/// (their length and position stay, and the source still holds them).
constexpr std::size_t kRejectedBytesMax = 3U << 20;

/// At most `most` bytes of UTF-8, never half a code point: a pointer may name a member in Chinese, and a dead letter is JSON.
std::string_view cut_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}
/// What an office says carries the office's clock, which is not the stream's.
bool of_an_office(EventType type) { return type == EventType::kRuleSet || type == EventType::kCommand; }
/// How far past the last event a bounded stream's final watermark goes: beyond every window and TTL that speaks (30 d).
constexpr std::int64_t kFlushHorizonMs = 60 * kDayMs;
/// Into how many rounds it is cut: every row of the stream ends on that way, and what ends in one round has to be held until its epoch
/// is written. A function of where the sources end, so that a restart in the middle goes on with the same rounds. Small streams (64
/// million bytes of files) end in one; the largest in hours, as the windows of a live stream would.
std::int64_t flush_rounds(const std::vector<SourcePosition>& ends) {
  std::uint64_t total = 0;
  for (const SourcePosition& end : ends) total += end.next;
  constexpr std::uint64_t kSmall = 64'000'000, kPerRound = 1'000'000, kMost = kFlushHorizonMs / kHourMs;
  return total < kSmall ? 1 : static_cast<std::int64_t>(std::min(total / kPerRound, kMost));
}

}  // namespace

Ingest::Ingest(Log& ledger, std::vector<IngestSource> sources, IngestOptions options, Clock& clock)
    : ledger_(ledger), options_(options), clock_(clock), builders_(ledger.partitions()), frame_seq_(ledger.partitions(), 0),
      round_frames_(ledger.partitions()) {
  for (IngestSource& in : sources) {
    Slot slot;
    slot.in = std::move(in);
    if (options_.stats) slot.stats = &options_.stats->add(slot.in.source->name());
    slots_.push_back(std::move(slot));
  }
}

Result<void> Ingest::resume(std::uint64_t next_round, std::uint32_t epoch, const TickEvent* last_tick, const std::vector<std::string>& names) {
  std::vector<std::uint64_t> ends(ledger_.partitions());
  for (std::uint32_t p = 0; p < ledger_.partitions(); ++p) {
    BW_ASSIGN(ends[p], ledger_.end_offset(p));
  }
  return resume(next_round, Tenure(ledger_, epoch, std::move(ends)), last_tick, names);
}

Result<void> Ingest::resume(std::uint64_t next_round, Tenure tenure, const TickEvent* last_tick, const std::vector<std::string>& names) {
  round_ = next_round;
  tenure_.emplace(std::move(tenure));
  names_ = names;
  if (last_tick != nullptr) {
    watermark_ = last_tick->watermark;
    // In a merge the processing time is the clock of the merge; only the rounds that flush the end have a watermark beyond it.
    merge_clock_ = options_.merge ? std::min(last_tick->watermark, last_tick->processing_time) : last_tick->watermark;
    positions_ = last_tick->positions;
    finished_ = last_tick->end_of_input && options_.merge;
    ended_before_ = last_tick->end_of_input && options_.appendix;
  }
  for (Slot& slot : slots_) {
    const std::string& name = slot.in.source->name();
    const auto known = std::find(names_.begin(), names_.end(), name);
    slot.number = static_cast<std::uint16_t>(known - names_.begin());
    if (known == names_.end()) {
      if (names_.size() >= 0xFFFF) return fail(ErrorCode::kConfigRange, "more than 65535 source partitions");
      names_.push_back(name);
      undeclared_.push_back(&slot);
    }
    if (positions_.size() <= slot.number) positions_.resize(slot.number + 1U);
    positions_[slot.number].source = slot.number;
    slot.next = positions_[slot.number].next;
    slot.asked_ns = clock_.monotonic_ns();
    BW_TRY(slot.in.source->seek(slot.next));
  }
  for (std::size_t i = 0; i < positions_.size(); ++i) positions_[i].source = static_cast<std::uint16_t>(i);
  return {};
}

Result<bool> Ingest::fill(Slot& slot, int wait_ms) {
  for (;;) {
    if (slot.decoded) return true;
    if (slot.at == slot.records.size()) {
      if (slot.in.source->at_end()) {
        slot.ended = true;
        return false;
      }
      BW_FAILPOINT("poll");
      slot.records.clear();  // also when the poll fails: what it gave before must not be looked at again
      slot.at = 0;
      BW_TRY(slot.in.source->poll(kPollRecords, wait_ms, slot.records));
      const std::int64_t now_ns = clock_.monotonic_ns();
      const std::int64_t since_ns = now_ns - std::exchange(slot.asked_ns, now_ns);
      if (slot.records.empty()) {
        slot.silent_ns += std::min(since_ns, kAskedNs);
        slot.ended = slot.in.source->at_end();
        return false;
      }
      slot.silent_ns = 0;
      if (received_ns_ == 0) received_ns_ = now_ns;
    }
    const SourceRecord& record = slot.records[slot.at];
    if (record.offset < slot.next) {  // delivered again after a restart or a rebalance
      ++counters_.duplicates;
      ++slot.duplicate_total;
      ++slot.at;
      continue;
    }
    ++counters_.records;
    const EventTime now = slot.in.clock == IngestClock::kWall ? clock_.now() : std::max(merge_clock_, EventTime{0});
    BW_FAILPOINT("decode");
    auto decoded = slot.in.decoder->decode(record, now, slot.events);
    slot.event_at = 0;
    slot.rejected.reset();
    if (!decoded) {
      slot.rejected = std::move(decoded.error());
      // No time of its own: it goes next, whatever the others hold, so that its place does not depend on when it was read.
      slot.head_time = EventTime::min();
      slot.decoded = true;
      return true;
    }
    slot.event_count = *decoded;
    if (slot.event_count == 0) {  // a header row or an empty line: nothing to keep but the position
      slot.next = record.next_offset;
      positions_[slot.number].next = slot.next;
      ++slot.at;
      continue;
    }
    slot.head_time = slot.events.front().ingest_time;
    slot.decoded = true;
    return true;
  }
}

void Ingest::add(std::uint32_t partition, Stage stage, std::uint64_t key, const Event& event) {
  builders_[partition].add(stage, key, event);
  if (builders_[partition].bytes() < kFrameTargetBytes) return;
  auto closed = close_frame(partition);
  if (!closed && !append_error_) append_error_ = std::move(closed.error());
}

Result<void> Ingest::close_frame(std::uint32_t partition) {
  FrameBuilder& builder = builders_[partition];
  if (builder.empty()) return {};
  BW_FAILPOINT("ledger-append");
  const std::string_view payload = builder.finish(tenure_->epoch(), frame_seq_[partition]++);
  auto appended = tenure_->append(partition, payload);
  round_frames_[partition].emplace_back(payload);
  builder.reset();
  return appended;
}

void Ingest::take(Slot& slot, std::uint32_t& count) {
  const SourceRecord& record = slot.records[slot.at];
  const EvidenceRef position = EvidenceRef::of(slot.number, record.offset);
  const auto to = [&](std::uint32_t p, Stage s, std::uint64_t k, const Event& e) { add(p, s, k, e); };
  if (slot.rejected) {
    ++counters_.rejected;
    ++slot.rejected_total;
    const std::string_view party = sender_of(record, slot.in.party);
    const bool of_a_party = !party.empty() && party != kNoParty && party.size() <= kNamedIdMax;
    reset_body(internal_, of_a_party ? EventType::kRejectedOf : EventType::kRejected);
    internal_.event_time = internal_.ingest_time =
        slot.in.clock == IngestClock::kWall ? clock_.now() : std::max(merge_clock_, EventTime{0});
    internal_.position = position;
    if (of_a_party) internal_.emplace<RejectedOfEvent>().party = NamedId::of(party);
    RejectedEvent& body = of_a_party ? std::get<RejectedOfEvent>(internal_.body).record : internal_.emplace<RejectedEvent>();
    body.code = static_cast<std::uint16_t>(slot.rejected->code);
    body.field = NamedId::of(cut_text(slot.rejected->context, kNamedIdMax));
    body.length = record.bytes.size();
    body.bytes = record.bytes.substr(0, kRejectedBytesMax);
    route(internal_, ledger_.partitions(), scratch_, to);
  } else {
    for (std::size_t i = 0; i < slot.event_count; ++i) {
      Event& event = slot.events[i];
      event.position = position;
      // One bad clock must not advance time for everybody: an event counts at most as of its ingest.
      if (slot.in.moves_time && !of_an_office(event.type)) {
        slot.max_event = std::max(slot.max_event, std::min(event.event_time, event.ingest_time));
        slot.max_arrival = std::max(slot.max_arrival, event.ingest_time);
      }
      slot.ahead_total += event.event_time > event.ingest_time;
      ++slot.event_total;
      ++counters_.events;
      route(event, ledger_.partitions(), scratch_, to);
    }
  }
  if (slot.in.moves_time) merge_clock_ = std::max(merge_clock_, slot.head_time);
  slot.next = record.next_offset;
  slot.record_time = record.record_time;
  positions_[slot.number].next = slot.next;
  slot.decoded = false;
  ++slot.at;
  ++count;
}

Result<void> Ingest::merge_round(std::uint32_t& count) {
  // A bounded source that has nothing yet (a broker still fetching) must be waited for: the merge needs every head.
  constexpr int kHeadWaitMs = 200;
  EventTime boundary = EventTime::max();
  bool first = true, exhausted = false;
  while (count < options_.round_events) {
    Slot* best = nullptr;
    for (Slot& slot : slots_) {
      while (!slot.ended) {
        BW_ASSIGN(const bool has, fill(slot, kHeadWaitMs));
        if (has) break;
      }
      if (slot.ended) continue;
      if (best == nullptr || slot.head_time < best->head_time) best = &slot;
    }
    if (best == nullptr) {
      exhausted = true;
      break;
    }
    if (first && best->head_time != EventTime::min()) {
      const EventTime from = std::max(best->head_time, merge_clock_);
      boundary = EventTime{floor_div(from.ms, options_.round_ms) * options_.round_ms + options_.round_ms};
      first = false;
    }
    if (best->head_time >= boundary) break;
    take(*best, count);
  }
  watermark_ = std::max(watermark_, merge_clock_);
  if (!exhausted) return {};
  if (watermark_ != EventTime::min()) {
    const EventTime end = merge_clock_ + kFlushHorizonMs;
    watermark_ = std::min(end, watermark_ + kFlushHorizonMs / flush_rounds(positions_));
    if (watermark_ != end) return {};
  }
  finished_ = true;
  return {};
}

bool Ingest::idle(const Slot& slot) const { return slot.silent_ns / 1'000'000 > options_.idle_ms && slot.at == slot.records.size(); }

EventTime Ingest::live_watermark() const {
  EventTime low = EventTime::max();
  EventTime high = EventTime::min();
  for (const Slot& slot : slots_) {
    high = std::max(high, slot.max_event);
    if (slot.ended || slot.max_event == EventTime::min()) continue;
    if (idle(slot)) continue;
    low = std::min(low, slot.max_event);
  }
  return low != EventTime::max() ? low : high;
}

void Ingest::publish() {
  const Slot* last = nullptr;  // the one that holds the watermark back: the first of those that stand lowest
  for (const Slot& slot : slots_) {
    if (slot.ended || slot.max_event == EventTime::min() || (!options_.merge && idle(slot))) continue;
    if (last == nullptr || slot.max_event < last->max_event) last = &slot;
  }
  for (const Slot& slot : slots_) {
    SourceStats* s = slot.stats;
    if (s == nullptr) continue;
    const auto set = [](auto& to, auto value) { to.store(value, std::memory_order_relaxed); };
    set(s->events, slot.event_total);
    set(s->rejected, slot.rejected_total);
    set(s->duplicates, slot.duplicate_total);
    set(s->ahead, slot.ahead_total);
    set(s->watermark_ms, slot.max_event.ms);
    set(s->arrival_ms, slot.max_arrival.ms);
    set(s->wall_clock, slot.in.clock == IngestClock::kWall);
    set(s->record_time_ms, slot.record_time.ms);
    set(s->idle, !slot.ended && idle(slot));
    set(s->holds_back, &slot == last);
    const auto waiting = slot.in.source->backlog();
    set(s->backlog_records, waiting ? static_cast<std::int64_t>(*waiting + (slot.records.size() - slot.at)) : -1);
  }
}

Result<void> Ingest::live_round(std::uint32_t& count, const std::function<bool()>& stop) {
  const std::int64_t wait_until = clock_.monotonic_ns() + options_.tick_ms * 1'000'000;
  for (;;) {
    bool any = false;
    // One poll's records from each in turn: a source with a backlog must not keep the others from being asked, or the watermark would run
    // ahead of what they hold.
    for (std::size_t i = 0; i < slots_.size() && count < options_.round_events; ++i) {
      Slot& slot = slots_[turn_];
      // Poll one with a short wait only while the round is empty; then drain with none (engines.md §0).
      const int wait_ms = count == 0 && slots_.size() == 1 ? 5 : 0;
      std::size_t taken = 0;
      for (; taken < kPollRecords && count < options_.round_events; ++taken) {
        BW_ASSIGN(const bool has, fill(slot, count == 0 ? wait_ms : 0));
        if (!has) break;
        take(slot, count);
        any = true;
      }
      // Whose turn the end of the round cuts short begins the next one: the last in the row would always get less.
      if (taken == kPollRecords || count < options_.round_events) turn_ = (turn_ + 1) % slots_.size();
    }
    const bool all_ended = !slots_.empty() && std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.ended; });
    if (all_ended) finished_ = true;
    if (finished_ || count >= options_.round_events || (count > 0 && !any) || stop()) break;
    if (count > 0 && any) continue;
    if (clock_.monotonic_ns() >= wait_until) break;
    if (count == 0 && slots_.size() != 1) {
      BW_ASSIGN(const bool has, fill(slots_[static_cast<std::size_t>(round_) % slots_.size()], 1));
      (void)has;
    }
  }
  watermark_ = std::max(watermark_, live_watermark());
  return {};
}

Result<std::optional<Round>> Ingest::next_round(const std::function<bool()>& stop) {
  if (finished_) return std::nullopt;
  for (auto& frames : round_frames_) frames.clear();
  received_ns_ = 0;
  for (const Slot& slot : slots_) if (slot.at < slot.records.size()) received_ns_ = clock_.monotonic_ns();
  for (Slot* slot : undeclared_) {
    reset_body(internal_, EventType::kSourceDeclared);
    internal_.event_time = internal_.ingest_time = {};
    internal_.position = {};
    auto& body = internal_.emplace<SourceDeclaredEvent>();
    body.source = slot->number;
    const std::string& name = slot->in.source->name();
    body.name = NamedId::of(std::string_view(name).substr(0, kNamedIdMax));
    route(internal_, ledger_.partitions(), scratch_, [&](std::uint32_t p, Stage s, std::uint64_t k, const Event& e) { add(p, s, k, e); });
  }
  undeclared_.clear();
  if (round_ == 0) {
    for (const auto& [name, value] : options_.initial_rules) {
      reset_body(internal_, EventType::kRuleSet);
      internal_.event_time = internal_.ingest_time = {};
      internal_.position = {};
      internal_.emplace<RuleEvent>() = RuleEvent{NamedId::of(name), value};
      route(internal_, ledger_.partitions(), scratch_, [&](std::uint32_t p, Stage s, std::uint64_t k, const Event& e) { add(p, s, k, e); });
    }
  }
  std::uint32_t count = 0;
  if (options_.merge) BW_TRY(merge_round(count));
  else BW_TRY(live_round(count, stop));

  Round round;
  round.tick.round = round_++;
  round.tick.watermark = watermark_;
  round.tick.processing_time = options_.merge ? std::max(merge_clock_, EventTime{0}) : clock_.now();
  round.tick.end_of_input = finished_ || ended_before_;
  round.tick.positions = positions_;
  reset_body(internal_, EventType::kTick);
  internal_.event_time = internal_.ingest_time = round.tick.processing_time;
  internal_.position = {};
  internal_.emplace<TickEvent>() = round.tick;
  const std::int64_t begun = options_.stats ? clock_.monotonic_ns() : 0;
  // A round one of whose frames was not taken gets no tick: with it the round would be whole, and the frame's events lost without a word. The
  // error stays: a round begun after it would be as incomplete.
  if (append_error_) return tl::unexpected<Error>(*append_error_);
  for (std::uint32_t p = 0; p < ledger_.partitions(); ++p) {
    BW_FAILPOINT("round-cut");  // also between two partitions: a torn round
    builders_[p].add(Stage::kIntake, 0, internal_);
    BW_TRY(close_frame(p));
  }
  if (!options_.merge) {
    BW_TRY(ledger_.sync());
    BW_TRY(tenure_->confirm());
    round.confirmed_ns = clock_.monotonic_ns();
    if (options_.stats) {
      round.ledger_ns = round.confirmed_ns - begun;
      options_.stats->ledger_nanoseconds += static_cast<std::uint64_t>(round.ledger_ns);
    }
    // Each source hears of its own position from the slot that polls it: no number is looked up, so none can be mistaken.
    for (Slot& slot : slots_) slot.in.source->durable_up_to(slot.next);
  }
  round.frames = std::exchange(round_frames_, std::vector<std::vector<std::string>>(ledger_.partitions()));
  round.next_offset = tenure_->offsets();
  round.events = count;
  round.received_ns = received_ns_;
  ++counters_.rounds;
  if (options_.stats) publish();
  return round;
}

}  // namespace brushwatch
