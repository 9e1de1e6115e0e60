#pragma once
/// A detector: one behaviour, its column of a row, and what it says about a subject.
///
/// A detector knows events, the watermark, its own column for the key and an emitter. It knows no log, no store, no thread,
/// no clock and no other detector. It has no members that change: all state is in the column, a trivially copyable struct
/// whose zeroed bytes mean "nothing seen". A detector may have parts at several stages (D17 marks parcels at `parcel` and
/// counts them at `shop`); each part is one Detector object with its own column, and all live in one folder.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>

#include "engine/detect/fold.h"

namespace brushwatch {

/// A sentence that a finding can be told with. {0}…{3} are params, {v} value, {b} baseline, {t} threshold, {n} count,
/// {s} subject; numbers are fixed point ×1000 for v, b and t, and plain for params. {0/100} divides (fen → yuan, 2 digits).
struct ReasonText {
  std::uint16_t code;
  std::string_view key;  ///< stable name: "order_velocity.burst"
  std::string_view en;
  std::string_view zh;
};

/// Kinds of party, one bit each.
using PartyKinds = std::uint16_t;
constexpr PartyKinds parties(std::initializer_list<PartyKind> kinds) {
  PartyKinds set = 0;
  for (const PartyKind kind : kinds) set = static_cast<PartyKinds>(set | 1U << static_cast<unsigned>(kind));
  return set;
}
inline constexpr PartyKinds kAllParties = 0xFFFF;

struct DetectorInfo {
  std::uint16_t number;         ///< 1 = D1; the cores have 0
  std::string_view name;        ///< behaviour seen: "order_velocity"
  std::string_view part;        ///< "shop", "parcel", … : column name is "D<number>.<part>"
  Stage stage;
  Family family;
  std::uint16_t version;        ///< of what it says; part of every finding
  std::uint16_t state_version;  ///< of the column
  std::uint32_t state_bytes;
  EventMask inputs;
  std::int64_t lateness_ms;     ///< how late its inputs may be and still count
  std::span<const ParamInfo> params;
  std::span<const ReasonText> reasons;
  /// At `party`: whose edges it takes. Rows of other kinds have no memory for its column.
  PartyKinds parties = kAllParties;
};

class Detector {
 public:
  virtual ~Detector() = default;
  [[nodiscard]] virtual const DetectorInfo& info() const = 0;
  /// One event of `inputs`, in ledger order. Must not depend on the order of events within the allowed lateness, once the
  /// watermark has passed. Cost: O(1), no allocation except for the findings it emits.
  virtual void on_event(const Event& event, std::byte* state, FoldContext& ctx) const = 0;
  /// The watermark reached the row's wake time (any detector's of the row): close windows, expire, ask for the next wake.
  /// Returns true while the column still holds something worth keeping. Of a column that is zero: false, and nothing is said or asked; it
  /// need not be called for one.
  virtual bool on_timer(std::byte* state, FoldContext& ctx) const = 0;
};

/// Base that casts the column: implement event(event, State&, ctx) and timer(State&, ctx).
template <class State>
class DetectorOf : public Detector {
  static_assert(std::is_trivially_copyable_v<State> && alignof(State) <= 8, "a column is bytes: copied, stored, restored");

 public:
  void on_event(const Event& event, std::byte* state, FoldContext& ctx) const final {
    this->event(event, *reinterpret_cast<State*>(state), ctx);
  }
  bool on_timer(std::byte* state, FoldContext& ctx) const final { return timer(*reinterpret_cast<State*>(state), ctx); }
  virtual void event(const Event& event, State& state, FoldContext& ctx) const = 0;
  virtual bool timer(State& state, FoldContext& ctx) const = 0;
};

/// The core of a stage: what all its detectors share about a key, and what it passes on. At most one a stage.
/// For each event: core.on_event → the detectors → core.after. Its column is ctx.core for the detectors (read only).
class StageCore : public Detector {
 public:
  virtual void after(const Event& event, std::byte* state, FoldContext& ctx) const = 0;
};

/// All detectors, in a fixed order, from one explicit array (detectors/registry.cc).
struct Registry {
  std::span<const StageCore* const> cores;
  std::span<const Detector* const> detectors;
};

}  // namespace brushwatch
