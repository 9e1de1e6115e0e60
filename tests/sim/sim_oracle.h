#pragma once
/// What must hold at the end of a simulated world; each check gives an empty string or what is wrong.

#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_input.h"

namespace brushwatch::sim {

/// The chains hang together; `sealed`: and have their ends.
std::string chains_of(const Disk& disk, bool sealed);
/// Every record of every source is in exactly one line.
std::string conservation(const std::vector<Script>& scripts, const Disk& disk);
/// The same lines in the same order.
std::string compare(const Disk& found, const Disk& expected, std::string_view what);

/// The lines of topics as a reader takes them: of lines with the same bytes the first.
Disk without_repeats(const Disk& topics);
/// Into the order of a file.
void sort_by_round(Disk& disk);

}  // namespace brushwatch::sim
