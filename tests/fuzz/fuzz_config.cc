// A configuration file of any bytes: every problem is named, or what is shown of it loads to the same configuration.

#include "apps/config.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace brushwatch;
  static const test::TempDir dir;
  // Secrets are read from files that the text names: not from files that a fuzzer names.
  const std::string_view text = fuzz::view_of(data, size);
  if (text.find("_file") != std::string_view::npos) return 0;
  ConfigInputs inputs;
  inputs.path = dir.path("fuzz.toml");
  fuzz::put_file(inputs.path, text);
  std::vector<ConfigProblem> problems;
  const auto config = load_config(inputs, problems);
  if (!config) {
    FUZZ_CHECK(!problems.empty());
    for (const ConfigProblem& p : problems) FUZZ_CHECK(p.code != ErrorCode::kNone && !p.message().empty());
    return 0;
  }
  FUZZ_CHECK(problems.empty());
  for (const bool origin : {false, true}) {
    const std::string shown = show_config(*config, origin);
    if (shown.find("\"***\"") != std::string::npos) return 0;  // a secret is shown masked, and loads as the mask
    fuzz::put_file(inputs.path, shown);
    const auto again = load_config(inputs, problems);
    FUZZ_CHECK(again);
    FUZZ_CHECK(config_hash(*again) == config_hash(*config));
  }
  return 0;
}
