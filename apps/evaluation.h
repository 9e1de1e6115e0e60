#pragma once
/// One world through the whole pipeline inside this process: memory log, memory state, no file; and what it said.

#include <string>
#include <utility>
#include <vector>

#include "apps/host.h"
#include "evaluate/measure.h"
#include "simulate/world.h"

namespace brushwatch::app {

struct EvaluationRules {
  std::vector<std::pair<std::string, std::int64_t>> rules;  ///< in force from the first record, as `replay --rule`
  unsigned threads = 1;
};

/// Generates the world and folds it. Cost: ~3 µs an event on one core; memory: the world's text, and its state.
Result<evaluate::JudgedWorld> judge_simulated(const Operators& operators, const simulate::WorldOptions& world, const EvaluationRules& rules);

/// Folds somebody else's world: a folder of NDJSON in the public contract, and a truth file as docs/evaluation/README.md
/// describes it. Errors: kNotFound (no events), those of read_truth.
Result<evaluate::JudgedWorld> judge_folder(const Operators& operators, const std::string& events, const std::string& truth, const EvaluationRules& rules);

}  // namespace brushwatch::app
