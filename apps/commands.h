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

/// Where an officer's command reads and writes: an embedded run's folder, or a configured deployment.
struct DeskOptions {
  std::string data = "out/demo";
  std::string config;
  std::vector<std::string> set;
  bool json = false;
};
struct BrowseOptions {
  DeskOptions desk;
  std::string id, state, subject, list, since, as_of;
  bool all = false, history = false;
};
int case_ls(const BrowseOptions& options);
int list_ls(const BrowseOptions& options);
int list_diff(const BrowseOptions& options);
/// An alert, a case or an entry with its history.
int desk_show(const BrowseOptions& options);
int archive_show(const BrowseOptions& options);

/// One act of a procedure (alliance/machine/act.h).
struct ActOptions {
  DeskOptions desk;
  std::string verb, target, subject, actor, role, at, to;
  std::string reason, document, issuer, document_date, basis, behaviour, grade, evidence, measure, member, list, until, note;
};
int act(const ActOptions& options);
/// Lets time pass up to --until: deadlines fall due.
int let_time_pass(const ActOptions& options);
/// The tables of the machines; `explore`: every state × event × role from every reachable state.
int machines(bool explore, bool json);

int completion(const std::string& shell);

/// Set by SIGINT and SIGTERM; long commands finish their round, close the epoch and leave.
bool stop_requested();
void install_signal_handlers();

/// The whole program.
int run_cli(int argc, char** argv);

}  // namespace brushwatch::app
