#pragma once
/// What every command with --config shares.

#include <vector>

#include "apps/commands.h"
#include "apps/config.h"

namespace brushwatch::app {

/// The file, the environment and --set together. Errors: as load_config(); kUsage for a bad --set.
Result<Config> load_for_command(const RunCommandOptions& options, std::vector<ConfigProblem>& problems);
/// Prints all problems (stderr; with `json` also one object on stdout); returns the exit code.
int report_problems(const std::vector<ConfigProblem>& problems, const Error& error, bool json);

}  // namespace brushwatch::app
