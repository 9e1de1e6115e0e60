#pragma once
/// What survives a death besides the ledger: the state and the outputs, each with what a power cut may take.
///
/// State    batches are atomic and in order; a power cut loses the last few that were not forced. Discarding is a deletion.
/// Outputs  lines are buffered, then the operating system's, then the device's; a death loses the first, a power cut also
///          the second.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/host.h"
#include "tests/sim/sim_process.h"

namespace brushwatch::sim {

struct Disk {
  using Operation = std::pair<std::string, std::optional<std::string>>;  ///< key → value, or deleted
  std::map<std::string, std::string, std::less<>> forced;                ///< on the device
  std::vector<std::vector<Operation>> waiting;                           ///< batches after it, in order
  struct File {
    std::vector<std::string> lines;
    std::size_t forced = 0;  ///< of them, on the device
  };
  std::array<File, kOutputs> files;

  /// The death of the machine, not only of the process.
  void power_cut(Chance& chance, Bug bug);
  static void apply(std::map<std::string, std::string, std::less<>>& to, const std::vector<Operation>& batch);
};

/// The state's home of one process.
std::shared_ptr<app::StateHome> make_sim_home(Disk& disk, std::shared_ptr<Process> process);
/// The outputs of one process.
app::ChainedHub::Sinks make_sim_sinks(Disk& disk, std::shared_ptr<Process> process);
/// Outputs that several processes write and read, `topics.files`: what was not flushed at a death is lost, or arrives.
app::ChainedHub::Sinks make_sim_topics(Disk& topics, std::shared_ptr<Process> process);

}  // namespace brushwatch::sim
