#pragma once
/// One seed: a world with its faults, the engine's lives in it, and what must hold at the end.
///
/// A life is the product's own composition (apps/host.h, engine/stage) over simulated log, state, outputs, sources and clock,
/// on one thread. Lives end by death (of the process or the machine) at any step, by an error, or by reaching the end of the
/// input. The last life meets no fault. Then:
/// - bounded input: every output has the lines of the run that nothing disturbed;
/// - live input: the ledger, folded from nothing, gives the lines that are there;
/// - both: every record is exactly once an alert line, a late line or a dead letter, and the chains hang together.

#include <cstdint>
#include <string>

#include "tests/sim/sim_process.h"

namespace brushwatch::sim {

struct Outcome {
  std::string failure;  ///< empty: all held
  std::uint64_t lives = 0, deaths = 0, power_cuts = 0, errors = 0, zombies = 0, lines = 0, refolds = 0, fenced = 0, takeovers = 0, repeats = 0;
};

/// `detectors`: the product's stages over a recorded world, compared likewise (every byte; records are not counted).
/// Cost: 3 ms with the toy stages, half a second with the product's.
Outcome simulate(std::uint64_t seed, Bug bug = Bug::kNone, bool detectors = false);

/// Several instances over one shared ledger and topics: one leads, the others listen, and the group that gives the lead is as
/// wrong as it can be: it takes the lead from the living, gives it to the slow, and tells the old leader late or never. At the
/// end the topics, each line counted once, are a fold of the ledger, and every record is in one line (tests/sim/sim_group.cc).
Outcome simulate_group(std::uint64_t seed, Bug bug = Bug::kNone);

}  // namespace brushwatch::sim
