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
  std::string suite;         ///< "train", "test", "train-clean", "test-clean": a world of `evaluate`, instead of the rest
  std::uint32_t number = 0;  ///< which one
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
  std::uint64_t memory_mib = 1024;
  std::uint64_t epoch_records = 400'000;
  std::vector<std::string> rules;  ///< "D1.min_count=30"
  std::string source = "import";   ///< `source` attribute of records that have none
  std::string restore;             ///< begin with this snapshot's state where there is none
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
  std::string restore;           ///< begin with this snapshot's state where there is none
  bool json = false;
};
int run_command(const RunCommandOptions& options);
int config_check(const RunCommandOptions& options);
int config_show(const RunCommandOptions& options, bool origin);
/// The Kafka topics a configuration names: as planned and as they are; `apply` makes the missing ones.
int topics(const RunCommandOptions& options, bool apply);

struct TopCommandOptions {
  std::string address = "127.0.0.1:8080";
  int interval_ms = 1'000;
  bool once = false;
};
/// The live screen of a running instance, from its /metrics.
int top(const TopCommandOptions& options);

struct SnapshotOptions {
  std::string state;  ///< create: the state directory of a process that does not run
  std::string where;  ///< create, ls: the directory of snapshots; verify: one of them
  bool json = false;
};
int snapshot_create(const SnapshotOptions& options);
int snapshot_ls(const SnapshotOptions& options);
int snapshot_verify(const SnapshotOptions& options);

struct ReadOptions {
  std::string key, signatures;  ///< verify: file of trusted public keys; default of the other: file + ".sig"
  std::string proof, head, entry;  ///< verify: a proof, the head it must fit, the entry it is about
  std::string file, id, lang = "en", ledger, type;
  std::uint64_t limit = 0;
  bool json = false, open_ended = false, topic = false, bytes = false;
};
int explain(const ReadOptions& options);
int verify(const ReadOptions& options);
int verify_proof(const ReadOptions& options);
int tap(const ReadOptions& options);
int dlq_ls(const ReadOptions& options);

/// Where an officer's command reads and writes: an embedded run's folder, or a configured deployment.
struct DeskOptions {
  std::string data = "out/demo";
  std::string config;
  std::vector<std::string> set;
  bool json = false;
};

/// `rules …`: what may be set, what is in force, and changes of it.
struct RulesOptions {
  std::string file;            ///< of changes (docs/operating/rules.md)
  std::string ledger;          ///< where to look for what is in force
  std::string to;              ///< kafka://HOST:PORT/TOPIC, or a file that a pipeline follows
  std::string watch;           ///< HTTP door of the running instance
  std::string at;
  std::int64_t timeout_ms = 10'000;
  DeskOptions desk;
};
int rules_ls(const RulesOptions& options);
int rules_check(const RulesOptions& options);
int rules_apply(const RulesOptions& options);
int rules_history(const RulesOptions& options);

/// `backtest`: a ledger's history under other rules.
struct BacktestCommand {
  std::string ledger = "out/demo/ledger", rules, from, to, work;
  unsigned threads = 1;
  std::uint64_t memory_mib = 1024;
  bool json = false, quiet = false;
};
int backtest_command(const BacktestCommand& command);

int topology_show(bool json);

struct TreeCommand {
  std::string file, task, sign;  ///< `sign`: key that signs the heads
  std::uint64_t every = 0;       ///< heads: also at each multiple of so many lines
  std::uint64_t seq = 0, from = 0, size = 0;  ///< proof: of a line, or (from ≠ 0) between two sizes; size 0: of all lines
};
/// Merkle tree heads of an output file's chains, one JSON object a line.
int heads(const TreeCommand& options);
int proof(const TreeCommand& options);

struct EvaluateOptions {
  std::uint32_t seeds = 5;         ///< worlds with attacks
  std::uint32_t clean = 5;         ///< fraud-free worlds
  std::uint32_t first = 0;         ///< number of the first world of each kind
  bool train = false;              ///< the public train worlds instead of the test worlds
  std::vector<std::string> attacks;
  std::string events, truth;       ///< somebody else's world instead
  std::string out;                 ///< folder of the report; empty: none
  std::vector<std::string> rules;
  std::vector<double> base_rates;  ///< percent of guilty shops: more worlds, `seeds` of each
  std::uint32_t adaptive = 0;      ///< tries of an attacker who adapts
  unsigned threads = 1;
  bool json = false, quiet = false, missed = false, ablation = false;
};
int evaluate_command(const EvaluateOptions& options);

struct ConvertOptions {
  std::string mapping, input, out;
  bool json = false;
};
int convert(const ConvertOptions& options);

struct GatewayCommand {
  std::string in = "-", out = "-", keys, member, evaluator, at;
  std::vector<std::string> link;
  std::string position;  ///< of a topic that is read
  bool erase = false, follow = false;
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
struct PublishOptions {
  DeskOptions desk;
  std::string out, sign, publisher, url;  ///< `sign`: key of the tree heads
};
/// The public site as files.
int publish(const PublishOptions& options);

struct BrowseOptions {
  DeskOptions desk;
  std::string id, state, subject, list, since, as_of;
  bool all = false, history = false;
};
int case_ls(const BrowseOptions& options);
int case_seeds(const BrowseOptions& options);
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

/// A request to a running instance's /api/v1, in somebody's name.
struct RemoteOptions {
  std::string address = "127.0.0.1:8080";
  std::string token_file;  ///< its first line is the bearer token; "" = none is shown
  std::string ca, certificate, key;  ///< of an https:// address: whom to believe (PEM; "" = the system's authorities), and what to show
  bool json = false;
};
struct WebhookOptions {
  RemoteOptions remote;
  std::string id, url, since, message;
  std::vector<std::string> topics;
};
int webhooks_add(const WebhookOptions& options);
int webhooks_ls(const WebhookOptions& options);
int webhooks_show(const WebhookOptions& options);
/// `action` as the API has them: test, resend, rotate, enable, disable, remove.
int webhooks_act(const WebhookOptions& options, const std::string& action);

struct SightingOptions {
  RemoteOptions remote;
  std::string id;       ///< A-… or L-…
  std::string sighting, note, channel, reached;
};
/// A member's word on an alert or an entry; what members said of it; what it comes to for each detector.
int sightings_add(const SightingOptions& options);
int sightings_ls(const SightingOptions& options);
int sightings_detectors(const SightingOptions& options);
/// Who holds an entry's newest line; and that oneself holds the stream up to a place.
int receipts_ls(const SightingOptions& options);
int receipts_add(const SightingOptions& options);

int completion(const std::string& shell);

/// Set by SIGINT and SIGTERM; long commands finish their round, close the epoch and leave.
bool stop_requested();
void install_signal_handlers();

/// The whole program.
int run_cli(int argc, char** argv);

}  // namespace brushwatch::app
