#include "state/row_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "state/key_filter.h"
#include "state/row_codec.h"
#include "state/row_index.h"
#include "state/row_slabs.h"
#include "state/timer_queue.h"

namespace brushwatch {
namespace {

constexpr std::uint32_t kTouched = 1;   // somebody changed it since it was made; without it the row counts as absent
constexpr std::uint32_t kDirty = 2;     // differs from what the last collect() took
constexpr std::uint32_t kInFlight = 4;  // in a batch that is not committed yet: must not be read back, so must not leave
constexpr std::uint32_t kStored = 8;    // the store has (or will have, with that batch) a row of this key
constexpr std::uint32_t kRecent = 16;   // used since the clock's hand passed
constexpr std::uint32_t kEnds = 32;     // as the stage set it with the timer. Clean rows: also what the store has

/// A row in memory; its tail (if the table has tails) and its columns follow.
struct Slot {
  std::uint64_t key;
  EventTime timer;    // as the stage set it
  EventTime queued;   // its entry in the queue, never() = none. Clean rows: also what the store has. Dirty: ≤ timer
  std::uint32_t flags;
  std::uint32_t tail_bytes;  // of the tail's heap memory, as last counted
};
static_assert(sizeof(Slot) == 32, "four rows of 32-byte columns share two cache lines");

/// A set of the layout's columns, and where they are in a row that has only them.
struct Form {
  std::uint64_t set = 0;
  std::vector<RowPiece> pieces;
  std::uint32_t row_bytes = 0;
};

constexpr unsigned kFormShift = 30;  // a slot of the table: form, place in its slabs
constexpr std::uint32_t kPlaceMask = RowSlabs::kSlotsMax - 1;
constexpr std::size_t kFormsMax = 4;
static_assert(RowSlabs::kSlotsMax == 1U << kFormShift);

std::vector<Form> forms_of(const RowLayout& layout) {
  BW_CHECK(layout.forms.size() < kFormsMax, "two bits of a slot name its form");
  BW_CHECK(layout.forms.empty() || layout.columns.size() <= 64, "a form has one bit a column");
  std::vector<Form> forms(1);
  forms.front() = {~std::uint64_t{0}, {{0, 0, layout.row_bytes}}, layout.row_bytes};
  for (const std::uint64_t set : layout.forms) {
    Form& form = forms.emplace_back();
    form.set = set;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      if ((set >> i & 1) == 0) continue;
      const std::uint32_t from = layout.columns[i].offset, bytes = (layout.columns[i].bytes + 7) / 8 * 8;
      if (!form.pieces.empty() && form.pieces.back().from + form.pieces.back().bytes == from) form.pieces.back().bytes += bytes;
      else form.pieces.push_back({from, form.row_bytes, bytes});
      form.row_bytes += bytes;
    }
  }
  return forms;
}

constexpr std::string_view kEndsValue = "e";  // of the timer's entry of a row that ends

constexpr EventTime never() { return EventTime::max(); }

// Slabs of 64 KiB: large enough that the list of slabs stays in L2 at 10^7 rows, small enough that idle tables are cheap.
// With a small cap they shrink, so that the cap can be met to 1/32.
constexpr std::size_t kSlabBytesMax = 64 << 10;
constexpr std::size_t kSlabsOfCap = 32;
constexpr std::uint32_t kSlotsMin = 8;
// Eviction goes this much below the cap, so that the next rounds find free slots and trim() does not run every time.
constexpr std::size_t kHeadroom = 32;

std::uint32_t slots_per_slab(std::size_t stride, std::size_t cap) {
  const std::size_t bytes = std::min(kSlabBytesMax, cap / kSlabsOfCap);
  return std::max(kSlotsMin, static_cast<std::uint32_t>(std::bit_floor(std::max<std::size_t>(1, bytes / stride))));
}

// What a stored row that ends holds until its epoch is written: a node of the map with its bucket (48), its entry among the dirty and
// the timers (40), and on the way out two entries of the batch and of its index (~170).
constexpr std::size_t kErasedBytes = 256;

std::size_t heap_bytes(const std::string& text) {
  static const std::size_t kInside = std::string().capacity();
  return text.capacity() > kInside ? text.capacity() + 1 : 0;
}

class Table final : public RowTable {
 public:
  Table(StateStore& store, RowCodec codec, const RowLayout& layout, Options options)
      : store_(store),
        codec_(std::move(codec)),
        options_(std::move(options)),
        cap_(options_.memory_bytes),
        columns_(layout.columns),
        forms_(forms_of(layout)),
        head_bytes_(sizeof(Slot) + (options_.tails ? sizeof(std::string) : 0)),
        row_prefix_(options_.prefix + 'r'),
        timer_prefix_(options_.prefix + 't'),
        count_key_(options_.prefix + 'z') {
    for (const Form& form : forms_) {
      const std::size_t stride = head_bytes_ + form.row_bytes;
      slabs_.emplace_back(stride, slots_per_slab(stride, options_.memory_bytes));
      if (form.row_bytes < forms_[least_].row_bytes) least_ = static_cast<unsigned>(slabs_.size() - 1);
    }
    for (unsigned a = 0; a < forms_.size(); ++a) {
      for (unsigned b = 0; b < forms_.size(); ++b) joined_[a][b] = static_cast<std::uint8_t>(least_with(forms_[a].set | forms_[b].set));
    }
  }

  ~Table() override {
    if (!options_.tails) return;
    for (std::uint32_t form = 0; form < slabs_.size(); ++form) {
      for (std::uint32_t n = 0; n < slabs_[form].end(); ++n) {
        if (slabs_[form].slab_in_use(n) && slabs_[form].used(n)) std::destroy_at(tail(form << kFormShift | n));
      }
    }
  }

  Result<void> load_counts_and_timers() {
    BW_ASSIGN(const auto count, store_.get(count_key_));
    if (count && count->size() != 8) return fail(ErrorCode::kStateCorrupt, "the row count is damaged");
    stored_ = recorded_count_ = count ? get_big_endian(*count) : 0;
    if (stored_ == 0) known_.emplace();
    else begin_listing();
    if (stored_ == 0) {
      bool rows = false;
      BW_TRY(store_.scan(row_prefix_, [&](auto, auto) { return rows = true, false; }));
      if (rows) return fail(ErrorCode::kStateCorrupt, "there are rows but no row count");
    }
    horizon_ = Timer{EventTime::min(), 0};
    return load_timers();
  }

  Result<void> prefetch(std::span<const std::uint64_t> keys) override {
    misses_.clear();
    const bool may_miss = cold_rows() > 0;
    // In blocks: first the index lines, then the rows they point to, so that the cache misses of a block overlap.
    constexpr std::size_t kBlock = 16;
    std::uint64_t hashes[kBlock];
    for (std::size_t start = 0; start < keys.size(); start += kBlock) {
      const std::size_t n = std::min(kBlock, keys.size() - start);
      for (std::size_t i = 0; i < n; ++i) index_.warm(hashes[i] = mix64(keys[start + i]));
      for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t guess = index_.guess(hashes[i]);
        if (guess != RowIndex::kNone) warm_row(guess);
      }
      if (!may_miss) continue;
      for (std::size_t i = 0; i < n; ++i) {
        if (const std::uint32_t at = lookup(keys[start + i], hashes[i]); at != RowIndex::kNone) {
          slot(at)->flags |= kRecent;
        } else if (revive(keys[start + i], hashes[i]) == RowIndex::kNone && may_be_stored(hashes[i])) {
          // An untouched row stands for "known to be absent"; a duplicate finds it, and so does the find_or_create() to come.
          make(keys[start + i], hashes[i], least_);
          misses_.push_back(keys[start + i]);
        }
      }
    }
    if (misses_.empty()) return {};
    std::sort(misses_.begin(), misses_.end());
    auto outcome = read_misses();
    if (!outcome) {
      for (const std::uint64_t key : misses_) forget_if_untouched(key);
    }
    return outcome;
  }

  Result<Row> find_or_create(std::uint64_t key, unsigned form) override {
    BW_ASSIGN(std::uint32_t found, find_or_read(key));
    if (found == RowIndex::kNone) return row(make(key, mix64(key), form), true);
    slot(found)->flags |= kRecent;
    const bool holds = (slot(found)->flags & kTouched) != 0;
    if (const unsigned wanted = holds ? joined_[form_of(found)][form] : form; wanted != form_of(found)) found = reform(found, wanted);
    if (holds) return row(found, false);
    blank(found);  // whatever was written without touched() never happened: the outcome must not depend on eviction
    return row(found, true);
  }

  Result<Row> find(std::uint64_t key) override {
    BW_ASSIGN(const std::uint32_t at, find_or_read(key));
    if (at == RowIndex::kNone || (slot(at)->flags & kTouched) == 0) return Row{.key = key};
    slot(at)->flags |= kRecent;
    return row(at, false);
  }

  void touched(const Row& row) override {
    Slot* const s = reinterpret_cast<Slot*>(row.columns - head_bytes_);
    BW_CHECK(s->key == row.key, "a row is touched while it is valid");
    mark_dirty(s);
    s->flags = (s->flags & ~kEnds) | kTouched | (row.ends ? kEnds : 0);
    if (s->timer < s->queued) requeue(s);  // later than queued: the queue finds out when it gets there
    if (options_.tails) {
      count_tail(s, *row.tail);
    } else {
      BW_CHECK(no_tail_.empty(), "rows have tails only with Options::tails");
    }
  }

  void erase(std::uint64_t key) override {
    const auto found = find_or_read(key);
    if (!found) {
      if (!sticky_) sticky_ = found.error();  // the next collect() says so: this epoch must not be written
      return;
    }
    if (*found == RowIndex::kNone) return;
    Slot* const s = slot(*found);
    if ((s->flags & kTouched) == 0) return;
    if ((s->flags & kStored) != 0) mark_dirty(s);
    s->timer = never();
    requeue(s);
    s->flags &= ~(kTouched | kEnds);
    if ((s->flags & kInFlight) != 0) {
      blank(*found);  // it stays until the batch is written, and may be asked for again
      return;
    }
    if ((s->flags & kStored) != 0) {
      // Only its key has to be remembered until the epoch is written: a wave of ending rows must not fill the memory.
      erased_.emplace(key, false);
      ++dirty_rows_;  // release() takes it off, and it is still to be written
    }
    release(*found);
  }

  Result<void> due(EventTime now, std::size_t max, std::vector<std::uint64_t>& keys) override {
    keys.clear();
    if (now == never()) now = now - 1;  // "never" stays never
    for (bool more = true; more && keys.empty();) {  // a batch in which all rows end is no answer
      cold_due_.clear();
      for (std::size_t fired = 0; fired < max;) {
        const auto timer = timers_.pop(now);
        if (!timer) {
          if (more = horizon_ && horizon_->time <= now; !more) break;
          BW_TRY(load_timers());
          continue;
        }
        const std::uint32_t at = lookup(timer->key, mix64(timer->key));
        if (at == RowIndex::kNone) {
          cold_due_.push_back(*timer);
          keys.push_back(timer->key);
          ++fired;
          continue;
        }
        Slot* const s = slot(at);
        if ((s->flags & kDirty) != 0 && s->timer > timer->time) {  // moved later since it was queued
          s->queued = s->timer;
          if (s->queued != never()) enqueue({s->queued, s->key});
          continue;
        }
        const bool ends = (s->flags & kEnds) != 0;
        fire(s);
        ++fired;
        if (ends) end(timer->key);
        else keys.push_back(timer->key);
      }
      BW_TRY(take_cold(keys));
    }
    return {};
  }

  Result<void> collect(StoreBatch& batch) override {
    if (sticky_) return tl::unexpected<Error>(*sticky_);
    // In the order of the store's keys (rows by key, then timers by time and key): the store can write them as they come.
    std::sort(dirty_.begin(), dirty_.end(), [](const Dirty& a, const Dirty& b) { return a.key < b.key; });
    timer_changes_.clear();
    constexpr std::size_t kAhead = 8;  // overlaps the cache misses of the rows to come with the copying of this one
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
      if (i + 2 * kAhead < dirty_.size()) index_.warm(mix64(dirty_[i + 2 * kAhead].key));
      if (i + kAhead < dirty_.size()) {
        const std::uint32_t guess = index_.guess(mix64(dirty_[i + kAhead].key));
        if (guess != RowIndex::kNone) __builtin_prefetch(memory(guess));
      }
      const auto [key, timer_in_store, ended_in_store] = dirty_[i];
      const std::uint32_t at = lookup(key, mix64(key));
      if (at == RowIndex::kNone) {
        if (const auto erased = erased_.find(key); erased != erased_.end() && !erased->second) {
          collect_erased(key, timer_in_store, batch);
          erased->second = true;
          continue;
        }
      }
      // Gone again before it was ever written, or listed twice because it was made anew after that.
      if (at == RowIndex::kNone || (slot(at)->flags & kDirty) == 0) continue;
      collect_row(at, timer_in_store, ended_in_store, batch);
      in_flight_.push_back(key);
    }
    dirty_.clear();
    dirty_rows_ = 0;
    std::sort(timer_changes_.begin(), timer_changes_.end(), [](const TimerChange& a, const TimerChange& b) { return a.timer < b.timer; });
    for (const TimerChange& change : timer_changes_) {
      if (change.set) batch.put(timer_key(change.timer), change.ends ? kEndsValue : std::string_view());
      else batch.erase(timer_key(change.timer));
    }
    if (stored_ != recorded_count_) {
      value_buffer_.clear();
      put_big_endian(value_buffer_, stored_, 8);
      batch.put(count_key_, value_buffer_);
      recorded_count_ = stored_;
    }
    return {};
  }

  void committed() override {
    for (const std::uint64_t key : in_flight_) {
      const std::uint32_t at = lookup(key, mix64(key));
      if (at == RowIndex::kNone) continue;
      slot(at)->flags &= ~kInFlight;
      if ((slot(at)->flags & (kTouched | kDirty | kStored)) == 0) release(at);  // erased, and now out of the store
    }
    in_flight_.clear();
    list_some_keys();
    std::erase_if(erased_, [](const auto& entry) { return entry.second; });
    // Now, while few rows differ from the store, and not in the middle of an epoch.
    if (!horizon_ || timers_.bytes() >= timer_budget() / 4) return;
    if (auto loaded = load_timers(); !loaded) sticky_ = std::move(loaded.error());
  }

  void limit(std::size_t memory_bytes) override { cap_ = memory_bytes; }
  void trim() override {
    const std::size_t cap = cap_;
    if (memory_bytes() <= cap) return;
    dirty_.shrink_to_fit();
    in_flight_.shrink_to_fit();
    timer_changes_.clear();
    timer_changes_.shrink_to_fit();
    // What is in flight may not be in the store yet, so it cannot be read back from there.
    if (timers_.bytes() > timer_budget() && in_flight_.empty()) {
      if (const auto first = timers_.keep_first(timer_budget() / 2)) horizon_ = first;
    }
    // If timers and lists fill the cap nevertheless, the rows still get a quarter of it.
    const std::size_t others = std::min(timers_.bytes() + lists_bytes() + filter_bytes(), cap - cap / 4);
    const std::size_t room = cap - others;
    // Whole slabs count, so one of them, of each form, is part of the headroom.
    std::size_t one_each = 0, slots = 0;
    for (const RowSlabs& slabs : slabs_) one_each += slabs.slab_bytes(), slots += slabs.end();
    const std::size_t goal = room - std::min(room / 4, room / kHeadroom + one_each);
    const auto rows_bytes = [](const RowSlabs& slabs) { return slabs.live() * slabs.slab_bytes() / slabs.slots_per_slab(); };
    const auto all_rows_bytes = [&] {
      std::size_t bytes = 0;
      for (const RowSlabs& slabs : slabs_) bytes += rows_bytes(slabs);
      return bytes;
    };
    const auto needed = [&] { return all_rows_bytes() + index_.bytes_if(index_.size()) + tail_bytes_; };
    // Two rounds of the hand: the first may only take "recent" off every row, the second then finds all that may leave.
    std::size_t held = needed();
    for (std::uint64_t steps = 2 * (slots + slabs_.size()); steps > 0 && held > goal; --steps) {
      const RowSlabs& slabs = slabs_[hand_form_];
      if (hand_ >= slabs.end()) {
        hand_ = 0;
        hand_form_ = (hand_form_ + 1) % static_cast<unsigned>(slabs_.size());
        continue;
      }
      const std::uint32_t place = hand_++;
      if (!slabs.slab_in_use(place)) {
        const std::uint32_t skipped = slabs.slots_per_slab() - 1 - place % slabs.slots_per_slab();
        hand_ += skipped;
        steps -= std::min<std::uint64_t>(skipped, steps - 1);
        continue;
      }
      if (!slabs.used(place)) continue;
      const std::uint32_t at = hand_form_ << kFormShift | place;
      Slot* const s = slot(at);
      if ((s->flags & (kDirty | kInFlight)) != 0) continue;
      if ((s->flags & kRecent) != 0) {
        s->flags &= ~kRecent;
      } else {
        release(at);
        held = needed();
      }
    }
    index_.shrink();
    // The room for rows is shared by what each form needs; compact() keeps no fewer slabs than that.
    const std::size_t beside = index_.bytes() + tail_bytes_, rows = all_rows_bytes();
    const auto left = static_cast<double>(room - std::min(room, beside));
    for (std::uint32_t form = 0; form < slabs_.size(); ++form) {
      const double share = rows == 0 ? 0 : static_cast<double>(rows_bytes(slabs_[form])) / static_cast<double>(rows);
      slabs_[form].compact(static_cast<std::size_t>(share * left) / slabs_[form].slab_bytes(),
                           [&](std::uint32_t from, std::uint32_t to) { relocate(form << kFormShift | from, form << kFormShift | to); });
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const override {
    std::size_t bytes = index_.bytes() + tail_bytes_ + timers_.bytes() + lists_bytes() + filter_bytes();
    for (const RowSlabs& slabs : slabs_) bytes += slabs.bytes();
    return bytes;
  }
  [[nodiscard]] std::size_t hot_rows() const override { return index_.size(); }
  [[nodiscard]] std::uint64_t live_rows() const override { return index_.size() + cold_rows(); }
  [[nodiscard]] std::size_t dirty_rows() const override { return dirty_rows_; }
  [[nodiscard]] std::uint64_t ended_rows() const override { return ended_rows_; }
  [[nodiscard]] std::uint64_t store_reads() const override { return store_reads_; }
  [[nodiscard]] std::uint64_t reset_columns() const override { return reset_columns_; }

 private:
  struct Dirty {
    std::uint64_t key;
    EventTime timer_in_store;  // when the row became dirty; its slot forgets it
    bool ended_in_store;       // kEnds, likewise
  };

  struct TimerChange {
    Timer timer;
    bool set;  // false: it goes
    bool ends = false;
  };

  static std::uint64_t flip(std::int64_t ms) { return static_cast<std::uint64_t>(ms) ^ (1ULL << 63); }
  static std::int64_t unflip(std::uint64_t bits) { return static_cast<std::int64_t>(bits ^ (1ULL << 63)); }

  /// The lines that a fold looks at first; of a long row the processor fetches what follows once it is read in order.
  void warm_row(std::uint32_t at) const {
    constexpr std::size_t kLine = 64, kMost = 8 * kLine;
    const std::byte* const row = memory(at);
    const std::size_t bytes = std::min(head_bytes_ + forms_[form_of(at)].row_bytes, kMost);
    for (std::size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(row + i, 1);
  }
  static unsigned form_of(std::uint32_t at) { return at >> kFormShift; }
  std::byte* memory(std::uint32_t at) const { return slabs_[form_of(at)].at(at & kPlaceMask); }
  Slot* slot(std::uint32_t at) const { return reinterpret_cast<Slot*>(memory(at)); }
  std::string* tail(std::uint32_t at) const { return reinterpret_cast<std::string*>(memory(at) + sizeof(Slot)); }
  std::byte* columns(std::uint32_t at) const { return memory(at) + head_bytes_; }
  Row row(std::uint32_t at, bool created) {
    Slot* const s = slot(at);
    return {s->key, columns(at), options_.tails ? tail(at) : &no_tail_, &s->timer, (s->flags & kEnds) != 0, created, static_cast<std::uint8_t>(form_of(at))};
  }
  std::uint32_t lookup(std::uint64_t key, std::uint64_t hash) const {
    return index_.find(hash, [&](std::uint32_t at) { return slot(at)->key == key; });
  }
  /// Rows that only the store has. While there are none, an unknown key costs no read.
  [[nodiscard]] std::uint64_t cold_rows() const { return stored_ - hot_stored_; }
  [[nodiscard]] std::size_t lists_bytes() const {
    return dirty_.capacity() * sizeof(Dirty) + timer_changes_.capacity() * sizeof(TimerChange) + in_flight_.capacity() * sizeof(std::uint64_t) + erased_.size() * kErasedBytes;
  }

  /// False is certain: nobody has to ask the store.
  [[nodiscard]] bool may_be_stored(std::uint64_t hash) const { return !known_ || known_->may_hold(hash); }
  [[nodiscard]] std::size_t filter_bytes() const { return (known_ ? known_->bytes() : 0) + (listing_ ? listing_->bytes() : 0); }

  // The filter is not persisted: after a restart, and again when most of its keys have ended, it is listed anew from the store, a few
  // slices of the key space an epoch, so that neither the start nor an epoch waits for it. Until then `known_` is as it was.
  static constexpr std::size_t kListedAnEpoch = 1 << 16;  // ~50 ms of scanning beside the second that an epoch lasts
  void begin_listing() {
    listing_.emplace();
    next_slice_ = 0;
  }
  void list_some_keys() {
    if (!listing_) {
      if (known_->keys() <= 2 * stored_ + kListedAnEpoch) return;
      begin_listing();
    }
    const std::size_t enough = listing_->keys() + kListedAnEpoch;
    for (; next_slice_ < 256 && listing_->keys() < enough; ++next_slice_) {
      // Keys are hashes: their first byte cuts the table into equal slices.
      const auto listed = store_.scan(row_prefix_ + static_cast<char>(next_slice_), [&](std::string_view key, std::string_view) {
        listing_->add(mix64(get_big_endian(key.substr(row_prefix_.size()))));
        return true;
      });
      if (!listed) {
        sticky_ = listed.error();
        return;
      }
    }
    if (next_slice_ < 256) return;
    known_ = std::move(listing_);
    listing_.reset();
  }

  /// The slot of a row that ended in this epoch and is asked for again: absent, but its store entry is still to be dealt
  /// with. kNone when the row did not end in this epoch.
  std::uint32_t revive(std::uint64_t key, std::uint64_t hash) {
    if (erased_.empty()) return RowIndex::kNone;
    const auto erased = erased_.find(key);
    if (erased == erased_.end()) return RowIndex::kNone;
    const std::uint32_t at = make(key, hash, least_);
    if (!erased->second) {
      slot(at)->flags |= kStored | kDirty;
      ++hot_stored_;
      erased_.erase(erased);
    }
    return at;
  }
  std::uint32_t make(std::uint64_t key, std::uint64_t hash, unsigned form) {
    const std::uint32_t at = form << kFormShift | slabs_[form].take();
    new (slot(at)) Slot{key, never(), never(), kRecent, 0};
    if (options_.tails) new (tail(at)) std::string();
    std::memset(columns(at), 0, forms_[form].row_bytes);
    index_.insert(hash, at);
    return at;
  }
  // Timers that are far off are left to the store, which has them all in their order: tens of millions of keys that wait for their end must
  // not fill the memory, nor must a start read them all. `queued` of a row stays what it is whether its entry is in memory or beyond.
  [[nodiscard]] bool far(const Timer& timer) const { return horizon_ && timer >= *horizon_; }
  void enqueue(const Timer& timer) {
    if (!far(timer)) timers_.add(timer);
  }
  [[nodiscard]] std::size_t timer_budget() const { return cap_ / 4; }
  /// Moves the horizon on by as many timers as fit half of the budget, however near to each other they are.
  Result<void> load_timers() {
    const std::size_t most = std::max<std::size_t>(16, timer_budget() / 2 / TimerQueue::kBytesMax);
    const Timer from = *horizon_;
    std::vector<Timer> found;
    std::optional<Timer> next;
    bool damaged = false;
    BW_TRY(store_.scan_from(timer_key(from), timer_prefix_, [&](std::string_view key, std::string_view) {
      const auto timer = timer_of(key);
      damaged = !timer;
      if (damaged) return false;
      if (found.size() == most) {
        next = timer;
        return false;
      }
      found.push_back(*timer);
      return true;
    }));
    if (damaged) return fail(ErrorCode::kStateCorrupt, "a timer has a wrong key");
    // The store has them as of the last epoch: of rows that changed since, what counts is what they say themselves.
    std::erase_if(found, [this](const Timer& timer) {
      if (!erased_.empty() && erased_.contains(timer.key)) return true;
      const std::uint32_t at = lookup(timer.key, mix64(timer.key));
      return at != RowIndex::kNone && (slot(at)->flags & kDirty) != 0;
    });
    for (const Dirty& dirty : dirty_) {
      const std::uint32_t at = lookup(dirty.key, mix64(dirty.key));
      if (at == RowIndex::kNone || (slot(at)->flags & kDirty) == 0 || slot(at)->queued == never()) continue;
      if (const Timer timer{slot(at)->queued, dirty.key}; timer >= from && (!next || timer < *next)) found.push_back(timer);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());  // a row may be listed twice
    for (const Timer& timer : found) timers_.add(timer);
    horizon_ = next;
    return {};
  }
  /// Takes a row out of memory. Its timer stays queued.
  void release(std::uint32_t at) {
    Slot* const s = slot(at);
    if ((s->flags & kStored) != 0) --hot_stored_;
    if ((s->flags & kDirty) != 0) --dirty_rows_;
    tail_bytes_ -= s->tail_bytes;
    if (options_.tails) std::destroy_at(tail(at));
    index_.erase(mix64(s->key), at);
    slabs_[form_of(at)].give(at & kPlaceMask);
  }
  void blank(std::uint32_t at) {
    Slot* const s = slot(at);
    std::memset(columns(at), 0, forms_[form_of(at)].row_bytes);
    s->timer = never();
    if (!options_.tails) return;
    std::string().swap(*tail(at));
    count_tail(s, *tail(at));
  }
  /// To a free place of the same form.
  void relocate(std::uint32_t from, std::uint32_t to) {
    move_head(from, to);
    std::memcpy(columns(to), columns(from), forms_[form_of(to)].row_bytes);
  }
  /// To memory of another form; what both have memory for is kept. Where the row is then.
  std::uint32_t reform(std::uint32_t at, unsigned form) {
    const std::uint32_t to = form << kFormShift | slabs_[form].take();
    move_head(at, to);
    std::memset(columns(to), 0, forms_[form].row_bytes);
    for (const RowPiece& had : forms_[form_of(at)].pieces) {
      for (const RowPiece& has : forms_[form].pieces) {
        const std::uint32_t from = std::max(had.from, has.from), end = std::min(had.from + had.bytes, has.from + has.bytes);
        if (from < end) std::memcpy(columns(to) + has.to + (from - has.from), columns(at) + had.to + (from - had.from), end - from);
      }
    }
    slabs_[form_of(at)].give(at & kPlaceMask);
    return to;
  }
  void move_head(std::uint32_t from, std::uint32_t to) {
    index_.move(mix64(slot(from)->key), from, to);
    std::memcpy(memory(to), memory(from), sizeof(Slot));
    if (!options_.tails) return;
    new (tail(to)) std::string(std::move(*tail(from)));
    std::destroy_at(tail(from));
  }
  /// The form of the fewest bytes that has all these columns.
  [[nodiscard]] unsigned least_with(std::uint64_t set) const {
    unsigned best = 0;
    for (unsigned form = 1; form < forms_.size(); ++form) {
      if ((set & ~forms_[form].set) == 0 && forms_[form].row_bytes < forms_[best].row_bytes) best = form;
    }
    return best;
  }
  void count_tail(Slot* s, const std::string& text) {
    const std::size_t now = heap_bytes(text);
    tail_bytes_ += now - s->tail_bytes;
    s->tail_bytes = static_cast<std::uint32_t>(now);
  }
  /// While the row is clean, `queued` is what the store has: note it before it may change.
  void mark_dirty(Slot* s) {
    if ((s->flags & kDirty) != 0) return;
    s->flags |= kDirty;
    dirty_.push_back({s->key, s->queued, (s->flags & kEnds) != 0});
    ++dirty_rows_;
  }
  void requeue(Slot* s) {
    if (s->queued == s->timer) return;
    if (s->queued != never() && !far({s->queued, s->key})) timers_.remove({s->queued, s->key});
    if (s->timer != never()) enqueue({s->timer, s->key});
    s->queued = s->timer;
  }
  /// Its entry has just left the queue.
  void fire(Slot* s) {
    mark_dirty(s);
    s->timer = s->queued = never();
  }
  /// A row in memory that has fired is dropped.
  void end(std::uint64_t key) {
    ++ended_rows_;
    erase(key);
  }
  /// The rows of cold_due_ fire. A row that ends is not read for that: its timer's entry says so, and the entries lie in the order in which
  /// they are wanted, where their rows lie anywhere. Takes the ended ones out of `keys`.
  Result<void> take_cold(std::vector<std::uint64_t>& keys) {
    if (cold_due_.empty()) return {};
    std::vector<std::uint64_t> reading, ended;
    constexpr std::size_t kFew = 8;  // to begin a scan costs as much as to read some rows
    if (cold_due_.size() < kFew) {
      for (const Timer& timer : cold_due_) reading.push_back(timer.key);
    } else {
      BW_TRY(part_cold(reading, ended));
    }
    if (!reading.empty()) {
      // Read now, as the stage would do next anyway: only in memory can a row hold that its timer is gone.
      BW_TRY(prefetch(reading));
      std::size_t n = 0;
      for (const Timer& timer : cold_due_) {
        if (n == reading.size() || reading[n] != timer.key) continue;
        ++n;
        const std::uint32_t at = lookup(timer.key, mix64(timer.key));
        if (at == RowIndex::kNone || (slot(at)->flags & kTouched) == 0 || slot(at)->timer != timer.time) {
          return fail(ErrorCode::kStateCorrupt, "a timer and its row disagree");
        }
        const bool ends = (slot(at)->flags & kEnds) != 0;
        fire(slot(at));
        if (!ends) continue;
        end(timer.key);
        ended.push_back(timer.key);
      }
    }
    if (ended.empty()) return {};
    std::sort(ended.begin(), ended.end());
    std::erase_if(keys, [&](std::uint64_t key) { return std::binary_search(ended.begin(), ended.end(), key); });
    return {};
  }
  /// Parts the keys of cold_due_ by what their timers' entries say; the rows that end are dropped.
  Result<void> part_cold(std::vector<std::uint64_t>& reading, std::vector<std::uint64_t>& ended) {
    auto next = cold_due_.begin();
    BW_TRY(store_.scan_from(timer_key(*next), timer_prefix_, [&](std::string_view key, std::string_view value) {
      const auto timer = timer_of(key);
      if (!timer) return false;
      for (; next != cold_due_.end() && *next < *timer; ++next) reading.push_back(next->key);  // has no entry: reading finds the damage
      if (next == cold_due_.end()) return false;
      if (*next != *timer) return true;
      if (value == kEndsValue) {
        dirty_.push_back({timer->key, timer->time, true});
        erased_.emplace(timer->key, false);
        ++dirty_rows_;
        ++ended_rows_;
        ended.push_back(timer->key);
      } else {
        reading.push_back(timer->key);
      }
      return ++next != cold_due_.end();
    }));
    for (; next != cold_due_.end(); ++next) reading.push_back(next->key);
    return {};
  }

  void collect_row(std::uint32_t at, EventTime timer_in_store, bool ended_in_store, StoreBatch& batch) {
    Slot* const s = slot(at);
    requeue(s);
    s->flags = (s->flags & ~kDirty) | kInFlight;
    const bool was_stored = (s->flags & kStored) != 0, ends = (s->flags & kEnds) != 0;
    if ((s->flags & kTouched) != 0) {
      if (codec_.record_pending()) codec_.put_record(batch);
      codec_.put(s->timer, ends, options_.tails ? std::string_view(*tail(at)) : std::string_view(), columns(at), forms_[form_of(at)].pieces,
                 row_key(s->key), batch);
      if (!was_stored) {
        ++stored_, ++hot_stored_;
        if (known_) known_->add(mix64(s->key));
        if (listing_) listing_->add(mix64(s->key));
      }
      s->flags |= kStored;
    } else if (was_stored) {
      batch.erase(row_key(s->key));
      --stored_, --hot_stored_;
      s->flags &= ~kStored;
    }
    if (timer_in_store == s->timer && (ended_in_store == ends || s->timer == never())) return;
    if (timer_in_store != never() && timer_in_store != s->timer) timer_changes_.push_back({{timer_in_store, s->key}, false});
    if (s->timer != never()) timer_changes_.push_back({{s->timer, s->key}, true, ends});
  }
  void collect_erased(std::uint64_t key, EventTime timer_in_store, StoreBatch& batch) {
    batch.erase(row_key(key));
    --stored_;
    if (timer_in_store != never()) timer_changes_.push_back({{timer_in_store, key}, false});
  }
  /// Valid until the next row_key() or timer_key().
  const std::string& row_key(std::uint64_t key) {
    key_buffer_ = row_prefix_;
    put_big_endian(key_buffer_, key, 8);
    return key_buffer_;
  }
  const std::string& timer_key(Timer timer) {
    key_buffer_ = timer_prefix_;
    put_big_endian(key_buffer_, flip(timer.time.ms), 8);
    put_big_endian(key_buffer_, timer.key, 8);
    return key_buffer_;
  }
  /// The other way round; none when it is no key of a timer.
  [[nodiscard]] std::optional<Timer> timer_of(std::string_view key) const {
    key.remove_prefix(timer_prefix_.size());
    if (key.size() != 16) return std::nullopt;
    return Timer{{unflip(get_big_endian(key.substr(0, 8)))}, get_big_endian(key.substr(8))};
  }

  /// The slot of the key, read from the store if it is only there; kNone when there is no such row.
  Result<std::uint32_t> find_or_read(std::uint64_t key) {
    const std::uint64_t hash = mix64(key);
    const std::uint32_t at = lookup(key, hash);
    if (at != RowIndex::kNone || cold_rows() == 0) return at;
    if (const std::uint32_t again = revive(key, hash); again != RowIndex::kNone) return again;
    return may_be_stored(hash) ? read(key, hash) : at;
  }
  Result<std::uint32_t> read(std::uint64_t key, std::uint64_t hash) {
    ++store_reads_;
    BW_ASSIGN(const auto value, store_.get(row_key(key)));
    const std::uint32_t at = make(key, hash, least_);
    if (!value) return at;  // untouched: known to be absent
    auto loaded = load(at, *value);
    if (!loaded) release(at);
    return loaded;
  }
  Result<void> read_misses() {
    miss_keys_.resize(misses_.size());
    for (std::size_t i = 0; i < misses_.size(); ++i) {
      miss_keys_[i] = row_key(misses_[i]);
    }
    store_reads_ += misses_.size();
    BW_TRY(store_.multi_get(miss_keys_, miss_values_));
    for (std::size_t i = 0; i < misses_.size(); ++i) {
      if (miss_values_[i]) BW_TRY(load(lookup(misses_[i], mix64(misses_[i])), *miss_values_[i]));
    }
    return {};
  }
  /// Into an untouched row, which gets the form for it. Where the row is then; on an error it stays where it was.
  Result<std::uint32_t> load(std::uint32_t at, std::string_view value) {
    std::string_view text;
    bool ends = false;
    EventTime timer;
    const bool forms = forms_.size() > 1;
    if (forms) whole_.assign(forms_.front().row_bytes, std::byte{});
    BW_ASSIGN(const std::uint32_t missing, codec_.decode(value, timer, ends, text, forms ? whole_.data() : columns(at)));
    if (!options_.tails && !text.empty()) return fail(ErrorCode::kStateCorrupt, "a row has a tail, but this table has none");
    if (forms) at = take_whole(at);
    Slot* const s = slot(at);
    s->timer = timer;
    if (options_.tails) {
      tail(at)->assign(text);
      count_tail(s, *tail(at));
    }
    reset_columns_ += missing;
    s->queued = s->timer;  // its entry never left the queue
    s->flags |= kTouched | kStored | (ends ? kEnds : 0);
    ++hot_stored_;
    return at;
  }
  /// The columns in `whole_` into an untouched row, in the least form that has all that are not zero. Where the row is then.
  std::uint32_t take_whole(std::uint32_t at) {
    std::uint64_t set = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto begin = whole_.begin() + columns_[i].offset, end = begin + columns_[i].bytes;
      if (std::any_of(begin, end, [](std::byte b) { return b != std::byte{}; })) set |= std::uint64_t{1} << i;
    }
    if (const unsigned form = least_with(set); form != form_of(at)) at = reform(at, form);
    for (const RowPiece& piece : forms_[form_of(at)].pieces) std::memcpy(columns(at) + piece.to, whole_.data() + piece.from, piece.bytes);
    return at;
  }
  void forget_if_untouched(std::uint64_t key) {
    const std::uint32_t at = lookup(key, mix64(key));
    if (at != RowIndex::kNone && (slot(at)->flags & kTouched) == 0) release(at);
  }

  StateStore& store_;
  RowCodec codec_;
  const Options options_;
  std::size_t cap_;
  const std::vector<RowColumn> columns_;
  const std::vector<Form> forms_;
  std::array<std::array<std::uint8_t, kFormsMax>, kFormsMax> joined_{};  // the least form that has the columns of both
  unsigned least_ = 0;                                                   // the form of the fewest bytes
  const std::size_t head_bytes_;
  std::vector<RowSlabs> slabs_;  // by form
  RowIndex index_;
  TimerQueue timers_;               // all before the horizon
  std::optional<Timer> horizon_;    // none: all there are

  const std::string row_prefix_, timer_prefix_, count_key_;
  std::uint64_t stored_ = 0;          // rows in the store, as of the last collect()
  std::uint64_t hot_stored_ = 0;      // of them, also in memory
  std::uint64_t recorded_count_ = 0;  // `stored_` as the store knows it

  std::optional<KeyFilter> known_;    // absent until the first listing after a restart is through
  std::optional<KeyFilter> listing_;  // what takes its place when it is
  unsigned next_slice_ = 0;

  std::vector<TimerChange> timer_changes_;  // of the collect() that runs; kept for its memory
  std::vector<Dirty> dirty_;
  std::unordered_map<std::uint64_t, bool> erased_;  // stored rows that ended in this epoch; true = in the batch already
  std::vector<std::uint64_t> in_flight_;  // of the batch between collect() and committed()
  std::size_t dirty_rows_ = 0;
  std::size_t tail_bytes_ = 0;
  unsigned hand_form_ = 0;  // of the clock: at which rows
  std::uint32_t hand_ = 0;
  std::uint64_t store_reads_ = 0;
  std::uint64_t ended_rows_ = 0;
  std::uint64_t reset_columns_ = 0;
  std::optional<Error> sticky_;
  std::string no_tail_;

  // Kept for their memory.
  std::string key_buffer_, value_buffer_;
  std::vector<std::byte> whole_;
  std::vector<std::uint64_t> misses_;
  std::vector<std::string> miss_keys_;
  std::vector<std::optional<std::string>> miss_values_;
  std::vector<Timer> cold_due_;
};

}  // namespace

Result<std::unique_ptr<RowTable>> RowTable::open(StateStore& store, RowLayout layout, Options options) {
  BW_ASSIGN(auto codec, RowCodec::open(store, options.prefix, layout));
  auto table = std::make_unique<Table>(store, std::move(codec), layout, std::move(options));
  BW_TRY(table->load_counts_and_timers());
  return table;
}

}  // namespace brushwatch
