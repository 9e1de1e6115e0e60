#pragma once
/// What the weekly detectors share: weeks kept in a column, the smallest evidence, and saying a claim once.
///
/// Shape   a week is a tumbling window of 7 days (Monday 00:00 Shanghai); a column keeps at most three: the present one,
///         the one before, which late records may still change, and one ahead for clocks that run fast.
/// Order   everything here gives the same bytes for any order of the same records, except that a finding is told again
///         only when it moved; the last word at the close of the week makes the final one independent of order, too.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "engine/detect/detector.h"

namespace brushwatch {

inline constexpr std::int64_t kWeekMs = 7 * kDayMs;
/// A week stays open this long after its end: a parcel signed on Sunday is revised by scans of the next days, and those may
/// be 48 h late themselves.
inline constexpr std::int64_t kWeekGraceMs = 7 * kDayMs;

/// A name kept in a column: up to N bytes; a longer one is kept as absent, never cut (its hash would lie).
template <std::size_t N>
struct KeptText {
  std::uint8_t size = 0;
  std::array<char, N> bytes{};

  void set(std::string_view text) {
    *this = {};
    if (text.empty() || text.size() > N) return;  // empty: its data() may be null
    size = static_cast<std::uint8_t>(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
  }
  [[nodiscard]] std::string_view text() const { return {bytes.data(), size}; }
  [[nodiscard]] NamedId named() const { return NamedId::of(text()); }
};
/// Any name of an event, whole.
using KeptName = KeptText<kNamedIdMax>;

/// The N smallest evidence positions, sorted, no repeats: a sample whose content does not depend on order.
template <std::size_t N>
struct SmallestRefs {
  std::uint64_t size = 0;
  std::array<std::uint64_t, N> refs{};

  void add(EvidenceRef ref) {
    std::uint64_t* const end = refs.data() + size;
    std::uint64_t* const at = std::lower_bound(refs.data(), end, ref.packed);
    if ((at != end && *at == ref.packed) || at == refs.data() + N) return;
    std::memmove(at + 1, at, static_cast<std::size_t>((size < N ? end : end - 1) - at) * sizeof *at);
    *at = ref.packed;
    if (size < N) ++size;
  }
  void remove(EvidenceRef ref) {
    std::uint64_t* const end = refs.data() + size;
    std::uint64_t* const at = std::lower_bound(refs.data(), end, ref.packed);
    if (at == end || *at != ref.packed) return;
    std::memmove(at, at + 1, static_cast<std::size_t>(end - at - 1) * sizeof *at);
    refs[--size] = 0;
  }
  [[nodiscard]] std::span<const std::uint64_t> span() const { return {refs.data(), size}; }
};

/// Head of every week: which one, and what was last said about it.
struct WeekHead {
  std::int64_t start_ms = 0;  ///< 0 = empty slot: no Monday 00:00 Shanghai is the epoch
  std::int32_t told_llr_milli = 0;  ///< 0 = nothing stands
  std::uint32_t told_count = 0;
  std::uint64_t changed = 0;  ///< since it was last told

  [[nodiscard]] EventTime start() const { return {start_ms}; }
  [[nodiscard]] EventTime end() const { return {start_ms + kWeekMs}; }
  [[nodiscard]] EventTime close() const { return {start_ms + kWeekMs + kWeekGraceMs}; }
};

/// Three weeks, oldest first, empty slots behind. `Week` has a member `head`.
template <class Week>
struct Weeks {
  static constexpr std::size_t kKept = 3;
  std::array<Week, kKept> slots{};

  /// nullptr when the week is not kept.
  Week* find(EventTime t) {
    const std::int64_t start = window_start(t, kWeekMs).ms;
    for (Week& week : slots) {
      if (week.head.start_ms == start) return &week;
    }
    return nullptr;
  }
  /// The week of `t`, opened when new. A fourth pushes the oldest out, unsaid; that takes records two weeks ahead of the
  /// watermark. nullptr when the week of `t` is closed, or older than three open ones.
  Week* open(EventTime t, EventTime watermark) {
    if (Week* known = find(t)) return known;
    const std::int64_t start = window_start(t, kWeekMs).ms;
    if (WeekHead{start}.close() <= watermark) return nullptr;
    if (slots.back().head.start_ms != 0) {
      if (start < slots.front().head.start_ms) return nullptr;
      drop_front();
    }
    std::size_t at = kKept - 1;
    while (at > 0 && (slots[at - 1].head.start_ms == 0 || slots[at - 1].head.start_ms > start)) {
      slots[at] = slots[at - 1];
      --at;
    }
    slots[at] = Week{};
    slots[at].head.start_ms = start;
    return &slots[at];
  }
  [[nodiscard]] bool empty() const { return slots.front().head.start_ms == 0; }
  void drop_front() {
    std::copy(slots.begin() + 1, slots.end(), slots.begin());
    slots.back() = Week{};
  }
  /// Closes the weeks whose time has come, oldest first, after a last `say(week)`; asks for the next wake.
  /// Returns true while a week is left.
  template <class Say>
  bool close(FoldContext& ctx, Say&& say) {
    while (!empty() && slots.front().head.close() <= ctx.watermark) {
      say(slots.front());
      drop_front();
      ctx.changed = true;
    }
    ask(ctx);
    return !empty();
  }
  void ask(FoldContext& ctx) const {
    if (!empty()) ctx.wake_at(slots.front().head.close());
  }
};

struct RateRule;

/// What a detector holds to be true of a week.
struct Claim {
  std::int64_t llr_milli = 0;  ///< ≤ 0: nothing to say
  std::int64_t value_milli = 0, baseline_milli = 0, threshold_milli = 0;
  std::uint16_t reason = 0;
  std::array<std::int64_t, kFindingParams> params{};
  std::uint32_t count = 0;
  Direction direction = Direction::kPromote;  ///< the same for all claims of one head
};
/// The claim "`marked` of `total`, which `rule` finds too many": value, baseline, threshold, count and the first two params.
Claim rate_claim(std::uint16_t reason, std::int64_t marked, std::int64_t total, const RateRule& rule);

/// When is a share of marked things too large for honest chance.
struct RateRule {
  std::int64_t min_total = 0;
  std::int64_t min_marked = 0;
  double honest = 0;          ///< rate among the honest
  double least = 0;           ///< smallest rate that we would call guilty
  double log_p_max = 0;       ///< log of the largest tail probability that counts
  std::int64_t cap_milli = 0;
};
/// Where a detector's parameters hold the numbers of its rule; honest, least and log_p_max are in thousandths.
struct RateParams {
  std::size_t min_total, min_marked, honest, least, log_p_max, cap_milli;
};
/// The rule as the parameters say now.
RateRule rate_rule(const FoldContext& ctx, const RateParams& params);
/// The capped log-likelihood ratio of `marked` of `total`, ×1000; 0 when the rule says nothing.
/// Cost: two logarithms; the tail (engine/math/tails.h) only when the ratio is already in favour.
std::int64_t rate_llr_milli(std::int64_t marked, std::int64_t total, const RateRule& rule);

struct Subject {
  SubjectKind kind = SubjectKind::kShop;
  NamedId id;
};
/// Tells the claim if it is new, moved by ≥ 250 milli-nats, doubled its count, or `last` and anything changed since; takes
/// it back when it no longer holds. Evidence is `refs`; the event position is the smallest of them.
void tell(const DetectorInfo& info, const Claim& claim, WeekHead& head, const Subject& subject,
          std::span<const std::uint64_t> refs, EventTime at, bool last, FoldContext& ctx);

/// x − 1, not below 0: the reference may have changed between a count and its taking back.
inline void uncount(std::uint32_t& x) { x -= x > 0 ? 1 : 0; }

}  // namespace brushwatch
