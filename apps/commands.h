#pragma once
/// The commands of `brushwatch`, one function each; cli.cc fills their options from the command line.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace brushwatch::app {

struct GenerateOptions {
  std::uint64_t seed = 7;
  std::uint32_t shops = 2000, days = 3;
  std::string out;
  std::vector<std::string> attacks;
  double intensity = 1.0;
  bool json = false, quiet = false;
};
int generate(const GenerateOptions& options);

struct ReplayOptions {
  std::string input;    ///< directory or file of NDJSON
  std::string ledger;   ///< or: an existing ledger
  std::string mapping;  ///< CSV: the mapping; `input` is then the data directory
  std::string out;
  unsigned threads = 1;
  std::uint32_t partitions = 4;
  std::uint64_t memory_mib = 512;
  std::uint64_t epoch_records = 400'000;
  std::vector<std::string> rules;  ///< "D1.min_count=30"
  std::string source = "import";   ///< `source` attribute of records that have none
  bool json = false, quiet = false, force = false;
};
int replay(const ReplayOptions& options);

struct DemoOptions {
  std::uint64_t seed = 1111;
  std::uint32_t shops = 400, days = 3;
  unsigned threads = 2;
  std::string out = "out/demo";
  bool json = false;
};
int demo(const DemoOptions& options);

struct RunCommandOptions {
  std::string config;
  std::vector<std::string> set;  ///< "pipeline.threads=2"
  bool json = false;
};
int run_command(const RunCommandOptions& options);
int config_check(const RunCommandOptions& options);
int config_show(const RunCommandOptions& options, bool origin);
/// The Kafka topics a configuration names: as planned and as they are; `apply` makes the missing ones.
int topics(const RunCommandOptions& options, bool apply);

struct ReadOptions {
  std::string key, signatures;  ///< verify: file of trusted public keys; default of the other: file + ".sig"
  std::string file, id, lang = "en", ledger, type;
  std::uint64_t limit = 0;
  bool json = false, open_ended = false, bytes = false;
};
int explain(const ReadOptions& options);
int verify(const ReadOptions& options);
int tap(const ReadOptions& options);
int dlq_ls(const ReadOptions& options);
int rules_ls(bool json);
int topology_show(bool json);

struct ConvertOptions {
  std::string mapping, input, out;
  bool json = false;
};
int convert(const ConvertOptions& options);

struct GatewayCommand {
  std::string in = "-", out = "-", keys, member, evaluator, at;
  std::vector<std::string> link;
  bool erase = false;
  std::uint32_t per_second = 100;  ///< of one member: all 5 × 10^9 phone numbers then take a year and a half
  std::uint64_t per_day = 0;
};
int gateway(const GatewayCommand& options);
int gateway_keys(const GatewayCommand& options);
int oprf_evaluate_lines(const GatewayCommand& options);
int oprf_key(const GatewayCommand& options);

struct KeysOptions {
  std::string file;
};
int keys_new(const KeysOptions& options);
int keys_show(const KeysOptions& options);

int completion(const std::string& shell);

/// Set by SIGINT and SIGTERM; long commands finish their round, close the epoch and leave.
bool stop_requested();
void install_signal_handlers();

/// The whole program.
int run_cli(int argc, char** argv);

}  // namespace brushwatch::app
