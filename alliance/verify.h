#pragma once
/// Verifies a file of output lines: nothing lost, repeated, reordered or edited.
///
/// Any deletion, swap, repetition or change of a byte of any line is found, as long as the chains are sealed. Without
/// seals
/// (`open_ended`: the run still goes on) lines cut off the end cannot be missed.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alliance/chain.h"
#include "alliance/signature.h"

namespace brushwatch {

struct VerifyOptions {
  /// The lines come from a topic: its partitions interleave as they like, and a writer that was stopped and woke up may have
  /// written lines once more. A line with the bytes of an earlier one is counted and left out; any other repeat is a fault.
  bool topic = false;
  bool open_ended = false;           ///< do not ask for seals, nor for what has said nothing yet: a partition, all
  std::optional<Output> output;  ///< which output the file is; found out from the first line of a chain when not given
  std::vector<Stage> stages;         ///< stages that must be there; otherwise those that are
  const SignatureBook* signatures = nullptr;  ///< every chain must end at a signed place, and agree with all of them
  std::size_t findings_max = 1000;   ///< beyond it they are only counted: one bad file must not fill the memory
};

enum class Fault : std::uint8_t { kEmpty, kMalformed, kEdited, kGap, kRepeat, kOrder, kUnsealed, kMissingPartition, kForged, kUnsigned };
/// "empty", "malformed", "edited", "gap", "repeat", "order", "unsealed", "missing_partition", "forged", "unsigned".
std::string_view fault_name(Fault fault);

struct VerifyFinding {
  std::uint64_t line = 0;  ///< from 1; 0 = about the file
  std::string task;        ///< "subject/3"; empty when unknown
  std::uint64_t seq = 0;
  Fault what = Fault::kMalformed;
  std::string sentence;    ///< for a person
};

/// One chain as it was found. Publish `head` and `lines` to let others prove later that nothing was rewritten.
struct TaskHead {
  std::string task;
  std::uint64_t lines = 0;  ///< with the seal
  Digest head{};
  bool sealed = false;
};

struct VerifyReport {
  std::vector<VerifyFinding> findings;  ///< in file order, at most findings_max
  std::uint64_t faults = 0;             ///< all of them
  std::uint64_t lines = 0;
  std::uint64_t alerts = 0;             ///< lines of type "alert"
  std::uint64_t repeats = 0;            ///< of a topic: lines that were there already, byte for byte; not among `lines`
  std::uint64_t last_round = 0;
  std::vector<TaskHead> tasks;          ///< by stage, partition
  [[nodiscard]] bool ok() const { return faults == 0; }
};

/// Reads lines until `next_line` returns false. Cost: one SHA-256 a line; state is one entry a task, of a topic also a hash a line.
VerifyReport verify_lines(const std::function<bool(std::string&)>& next_line, const VerifyOptions& options = {});

}  // namespace brushwatch
