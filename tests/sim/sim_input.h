#pragma once
/// What the simulated world sends, and two stages small enough to reason about that fold it.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/decoder.h"
#include "engine/stage/task.h"
#include "tests/sim/sim_process.h"

namespace brushwatch::sim {

/// The records of one source: "<ingest ms> <event ms> <shop>", or "bad".
using Script = std::vector<std::string>;
std::vector<Script> make_scripts(Chance& chance);

/// One source partition of one process. It delivers records again now and then, and when live it has more with time.
class SimSource final : public Source {
 public:
  SimSource(std::string name, const Script& script, bool live, std::shared_ptr<Process> process)
      : name_(std::move(name)), script_(script), live_(live), process_(std::move(process)) {}
  const std::string& name() const override { return name_; }
  Result<void> seek(std::uint64_t offset) override;
  Result<void> poll(std::size_t max, int wait_ms, std::vector<SourceRecord>& out) override;
  bool at_end() const override { return !live_ && at_ >= script_.size(); }
  [[nodiscard]] bool drained() const { return at_ >= script_.size(); }

 private:
  std::string name_;
  const Script& script_;
  bool live_;
  std::shared_ptr<Process> process_;
  std::uint64_t at_ = 0, moved_ = 0;  // moved_: Bug::kRedeliveryNotRecognised
};

std::unique_ptr<Decoder> make_sim_decoder();

/// shop: counts, says so for every order, and once more when a minute passed without one. subject: a line for each.
/// `clock` is asked by the bug only.
std::vector<StageSpec> sim_stages(Clock* clock_in_the_fold);

}  // namespace brushwatch::sim
