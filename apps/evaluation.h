#pragma once
/// One world through the whole pipeline inside this process: memory log, memory state, no file; and what it said.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apps/host.h"
#include "evaluate/adaptive.h"
#include "evaluate/measure.h"
#include "simulate/world.h"

namespace brushwatch::app {

struct EvaluationRules {
  std::vector<std::pair<std::string, std::int64_t>> rules;  ///< in force from the first record, as `replay --rule`
  unsigned threads = 1;
};

/// What the detectors of a world said, in the order in which fusion heard it: to be fused again without some of them.
struct FindingTape {
  struct Record {
    std::uint64_t key = 0;      ///< of the subject's row
    EventTime watermark{};
    std::string finding;        ///< the event, encoded
  };
  std::vector<Record> records;
};

/// Generates the world and folds it. Cost: ~3 µs an event on one core; memory: the world's text, and its state.
Result<evaluate::JudgedWorld> judge_simulated(const Operators& operators, const simulate::WorldOptions& world, const EvaluationRules& rules, FindingTape* tape = nullptr);

/// The cases that the findings of a tape make without those that `drop` names. Detectors know nothing of each other, so what
/// the others say stays as it is. No time passes between the findings: what fusion does at a deadline, it does at the end.
Result<std::vector<evaluate::Case>> fuse_again(const Operators& operators, const FindingTape& tape, const EvaluationRules& rules,
                                               const std::function<bool(const FindingEvent&)>& drop);

/// A small world of its own in which six campaigns follow the plan; a campaign is penalised when one of its shops has a promote
/// case within seven days after the campaign's last fake. `n` seeds the world.
Result<evaluate::TryOutcome> run_attack_plan(const Operators& operators, const evaluate::AttackPlan& plan, std::uint32_t n, const EvaluationRules& rules);

/// Folds somebody else's world: a folder of NDJSON in the public contract, and a truth file as docs/evaluation/README.md
/// describes it. Errors: kNotFound (no events), those of read_truth.
Result<evaluate::JudgedWorld> judge_folder(const Operators& operators, const std::string& events, const std::string& truth, const EvaluationRules& rules);

}  // namespace brushwatch::app
