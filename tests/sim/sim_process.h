#pragma once
/// Chance, death and planted bugs: what every simulated part asks before it does anything.

#include <cstdint>
#include <string_view>

#include "engine/base/result.h"

namespace brushwatch::sim {

/// SplitMix64: one 64-bit state, every value follows from the seed.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// 0 … n − 1.
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Bugs that somebody could write, planted at the border of the engine: what the engine does wrong then is what it would do
/// if the bug were inside it. The simulator must find each (tests/sim/sim_test.cc).
enum class Bug : std::uint8_t {
  kNone,
  kLedgerNotSyncedBeforeEpoch,   // sync() says yes and does nothing
  kZombieEpochIgnored,           // the reader takes all writers for one
  kWriterEpochNotRaised,         // a restarted writer goes on under its predecessor's epoch
  kRedeliveryNotRecognised,      // a record delivered again gets a new offset
  kSourceOffByOneAfterRestore,   // reading goes on one record too far
  kLedgerOffByOneAfterRestore,   // folding again begins one frame too late
  kStateBeforeOutputs,           // the epoch is written while its lines are still in a buffer
  kTimersLostOnRestore,          // rows come back, their timers do not
  kOutputsNotReadOnRestore,      // lines written since the epoch are not recognised
  kChainHeadNotStored,           // seq and hash are not part of the epoch
  kTornEpoch,                    // a crash leaves half of an epoch
  kEpochLostBetweenOthers,       // the store loses a batch and keeps a later one
  kDirtyRowForgotten,            // one row of an epoch is not written
  kFrameAppendedTwice,           // a retry appends what was there already, as another frame
  kClockInTheFold,               // an operator asks the wall clock
  kClaimNotSeenByWriter,         // a writer does not look whether a successor's claim lies in front of its round
  kCount,
};
std::string_view bug_name(Bug bug);

/// One life of the engine. Every simulated call takes a step; at step `dies_at` the process is dead and nothing it does
/// counts any more.
struct Process {
  Chance* chance = nullptr;
  Bug bug = Bug::kNone;
  std::uint64_t steps = 0, dies_at = UINT64_MAX;
  std::uint64_t error_in = 0;  ///< one call in so many fails without a death; 0 = none
  bool dead = false;

  /// Errors: kIo when the process is dead, or the call fails.
  Result<void> step() {
    if (!dead && ++steps >= dies_at) dead = true;
    if (dead) return fail(ErrorCode::kIo, "the simulated process is dead");
    return {};
  }
  /// Errors: kIo; what the call was to do is then not done, or (lost acknowledgement) done all the same.
  [[nodiscard]] bool fails() { return error_in != 0 && chance->one_in(error_in); }
};

}  // namespace brushwatch::sim
