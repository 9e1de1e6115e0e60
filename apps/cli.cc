// The command line: names, options, help. What the commands do is in cmd_*.cc.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "alliance/machine/act.h"
#include "apps/commands.h"
#include "apps/exit_codes.h"

namespace brushwatch::app {
namespace {

volatile std::sig_atomic_t g_stop = 0;
void on_signal(int) { g_stop = g_stop + 1; if (g_stop > 2) std::_Exit(kExitInterrupted); }

constexpr const char* kVersion = "brushwatch 0.1.0";
constexpr const char* kFooter =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 done with findings, 4 not found, 69 a dependency is away, 78 configuration, 130 interrupted.\n"
    "Data goes to stdout, everything else to stderr. NO_COLOR is honoured.";

}  // namespace

bool stop_requested() { return g_stop != 0; }
void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int run_cli(int argc, char** argv) {
  install_signal_handlers();
  CLI::App app{"Brushwatch (刷单哨): detects fake orders, reviews, parcels and traffic while they happen"};
  app.set_version_flag("--version", kVersion);
  app.footer(kFooter);
  app.require_subcommand(1);

  DemoOptions demo_options;
  auto* demo_cmd = app.add_subcommand("demo", "One simulated province, planted rings, alerts as they rise, and the score");
  demo_cmd->add_option("--seed", demo_options.seed, "seed of the world")->capture_default_str();
  demo_cmd->add_option("--shops", demo_options.shops, "shops in the world")->check(CLI::Range(20, 200000))->capture_default_str();
  demo_cmd->add_option("--days", demo_options.days, "days of orders")->check(CLI::Range(1, 60))->capture_default_str();
  demo_cmd->add_option("--threads", demo_options.threads, "folding threads")->check(CLI::Range(1, 64))->capture_default_str();
  demo_cmd->add_option("--out", demo_options.out, "directory for world, ledger, state and alerts")->capture_default_str();
  demo_cmd->add_flag("--json", demo_options.json, "the score as one JSON object on stdout");

  RunCommandOptions run_options;
  auto* run_cmd = app.add_subcommand("run", "Run a pipeline from a configuration file");
  run_cmd->add_option("--config,-c", run_options.config, "TOML file (examples/*.toml)")->required();
  run_cmd->add_option("--set", run_options.set, "override: section.key=value");
  run_cmd->add_flag("--json", run_options.json, "the summary as one JSON object on stdout");
  run_cmd->add_option("--restore", run_options.restore, "a snapshot to begin with where there is no state yet");
  bool standby = false;
  run_cmd->add_flag("--standby", standby, "one of several instances: lead, or fold silently until the leader is gone (standby.enabled)");

  TopCommandOptions top_options;
  auto* top_cmd = app.add_subcommand("top", "A running instance at a glance: rates, watermark, where the time goes");
  top_cmd->add_option("address", top_options.address, "of its HTTP door")->capture_default_str();
  top_cmd->add_option("--interval-ms", top_options.interval_ms, "between two looks")->check(CLI::Range(100, 600000))->capture_default_str();
  top_cmd->add_flag("--once", top_options.once, "one screen, after one interval");

  GenerateOptions generate_options;
  auto* generate_cmd = app.add_subcommand("generate", "Write a labelled world: one seed, always the same bytes");
  generate_cmd->add_option("--seed", generate_options.seed, "64-bit seed")->capture_default_str();
  generate_cmd->add_option("--shops", generate_options.shops, "shops")->check(CLI::Range(20, 1000000))->capture_default_str();
  generate_cmd->add_option("--days", generate_options.days, "days of orders")->check(CLI::Range(1, 366))->capture_default_str();
  generate_cmd->add_option("--attacks", generate_options.attacks, "scripts, e.g. S2,S3 (default: all of this version; none: \"none\")")->delimiter(',');
  generate_cmd->add_option("--intensity", generate_options.intensity, "scale of the attacks")->check(CLI::Range(0.0, 100.0))->capture_default_str();
  generate_cmd->add_option("--out", generate_options.out, "directory to write")->required();
  generate_cmd->add_flag("--json", generate_options.json, "the summary as one JSON object on stdout");
  generate_cmd->add_flag("--quiet,-q", generate_options.quiet, "no progress");

  ReplayOptions replay_options;
  generate_cmd->add_option("--suite", generate_options.suite, "a world that `evaluate` judges, instead of the options above")
      ->check(CLI::IsMember({"train", "test", "train-clean", "test-clean"}));
  generate_cmd->add_option("--world", generate_options.number, "with --suite: which one")->capture_default_str();
  auto* replay_cmd = app.add_subcommand("replay", "Fold files or a ledger from the beginning; go on where an interrupted replay stopped");
  auto* input = replay_cmd->add_option("--input,-i", replay_options.input, "directory or file of NDJSON (or of CSV, with --mapping)");
  replay_cmd->add_option("--ledger", replay_options.ledger, "a ledger to fold again: its folder, or kafka://HOST:PORT/TOPIC")->excludes(input);
  replay_cmd->add_option("--mapping", replay_options.mapping, "CSV mapping (examples/mapping/*.toml)");
  replay_cmd->add_option("--out,-o", replay_options.out, "directory for ledger, state and outputs")->required();
  replay_cmd->add_option("--threads", replay_options.threads, "folding threads; changes no byte")->check(CLI::Range(1, 64))->capture_default_str();
  replay_cmd->add_option("--partitions", replay_options.partitions, "ledger partitions")->check(CLI::Range(1, 1024))->capture_default_str();
  replay_cmd->add_option("--memory-mib", replay_options.memory_mib, "memory of the process; half of it is the cap of hot rows")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  replay_cmd->add_option("--epoch-records", replay_options.epoch_records, "records between two epochs; changes no byte")->capture_default_str();
  replay_cmd->add_option("--rule", replay_options.rules, "rule at the first record, e.g. D1.min_count=30 (see `rules ls`)");
  replay_cmd->add_option("--source", replay_options.source, "platform of records that name none")->capture_default_str();
  replay_cmd->add_option("--restore", replay_options.restore, "a snapshot of this ledger's state to begin with; the outputs then begin behind it")->excludes(input);
  replay_cmd->add_flag("--force", replay_options.force, "remove what --out holds of another replay");
  replay_cmd->add_flag("--json", replay_options.json, "the summary as one JSON object on stdout");
  replay_cmd->add_flag("--quiet,-q", replay_options.quiet, "no progress");

  ReadOptions read;
  auto* explain_cmd = app.add_subcommand("explain", "Why an alert was raised: reasons, arithmetic, evidence");
  explain_cmd->add_option("alert", read.id, "alert id (A-…) or its beginning")->required();
  explain_cmd->add_option("--alerts,--file", read.file, "alerts.ndjson")->default_str("out/demo/alerts.ndjson");
  explain_cmd->add_option("--ledger", read.ledger, "folder or kafka://HOST:PORT/TOPIC of the ledger: also print the events behind the alert");
  explain_cmd->add_option("--lang", read.lang, "en or zh")->check(CLI::IsMember({"en", "zh"}))->capture_default_str();
  explain_cmd->add_flag("--json", read.json, "the alert's newest line as it stands in the chain");

  auto* verify_cmd = app.add_subcommand("verify", "Check that no line of an output was lost, repeated, moved or edited");
  verify_cmd->add_option("file", read.file, "alerts, late, dlq, cases, lists or credit .ndjson");
  auto* proof_option = verify_cmd->add_option("--proof", read.proof, "check a proof instead (of `proof` or the HTTP door): does it lead to its head, and does FILE have the line");
  verify_cmd->add_option("--head", read.head, "a head known from elsewhere: the proof must end with it, or (of consistency) begin with it")->needs(proof_option);
  verify_cmd->add_option("--entry", read.entry, "a file with nothing but the entry that must be proven")->needs(proof_option);
  verify_cmd->add_flag("--topic", read.topic, "the lines were read from a topic: partitions interleave, and a line may stand there twice");
  verify_cmd->add_flag("--open", read.open_ended, "the run still goes on: no seals yet");
  verify_cmd->add_option("--key", read.key, "public keys (PEM): check the signatures beside the file as well");
  verify_cmd->add_option("--signatures", read.signatures, "default: FILE.sig");
  verify_cmd->add_flag("--json", read.json, "the report as one JSON object on stdout");

  TreeCommand tree;
  auto* heads_cmd = app.add_subcommand("heads", "Merkle tree heads of an output's chains: publish them, and nobody can rewrite what they cover");
  heads_cmd->add_option("--every", tree.every, "also at each multiple of so many lines (0: only at the end)")->capture_default_str();
  auto* proof_cmd = app.add_subcommand("proof", "A proof that a line is in its chain's tree, or that the tree begins with an older one");
  proof_cmd->add_option("--task", tree.task, "the line's task, e.g. subject/3")->required();
  auto* seq_option = proof_cmd->add_option("--seq", tree.seq, "the line's seq");
  proof_cmd->add_option("--from", tree.from, "instead: the size of the older tree")->excludes(seq_option)->check(CLI::PositiveNumber);
  proof_cmd->add_option("--size", tree.size, "of the tree that it is proven in (0: all lines)")->capture_default_str();
  for (auto* cmd : {heads_cmd, proof_cmd}) {
    cmd->add_option("file", tree.file, "an output file from its beginning")->required();
    cmd->add_option("--sign", tree.sign, "sign the heads with this key (PEM, `brushwatch keys new`)");
  }

  GatewayCommand gateway_options;
  auto* gateway_cmd = app.add_subcommand("gateway", "Replace personal data by pseudonyms, at the member, before anything is sent");
  gateway_cmd->require_subcommand(1);
  auto* gateway_run_cmd = gateway_cmd->add_subcommand("run", "NDJSON in, NDJSON of the contract out");
  gateway_run_cmd->add_option("--in", gateway_options.in, "file, - for standard input, or kafka://HOST:PORT/TOPIC")->capture_default_str();
  gateway_run_cmd->add_option("--out", gateway_options.out, "file, - for standard output, or kafka://HOST:PORT/TOPIC (as many partitions as the one read)")->capture_default_str();
  gateway_run_cmd->add_option("--position", gateway_options.position, "of a topic that is read: file to go on from");
  gateway_run_cmd->add_flag("--follow", gateway_options.follow, "of a topic that is read: wait for more until asked to stop");
  gateway_run_cmd->add_option("--keys", gateway_options.keys, "the member's epoch keys")->required();
  gateway_run_cmd->add_option("--member", gateway_options.member, "as events name it, e.g. taobao")->required();
  gateway_run_cmd->add_option("--link", gateway_options.link, "kinds that link across members, e.g. phone device")->delimiter(',');
  gateway_run_cmd->add_option("--evaluator", gateway_options.evaluator, "command that reaches the key holder, e.g. \"ssh alliance brushwatch oprf evaluate …\"");
  auto* gateway_epoch_cmd = gateway_cmd->add_subcommand("epoch", "Begin a key epoch");
  gateway_epoch_cmd->add_option("keys", gateway_options.keys, "file; made when absent")->required();
  gateway_epoch_cmd->add_option("--at", gateway_options.at, "event time from which the new key counts")->required();
  auto* gateway_erase_cmd = gateway_cmd->add_subcommand("erase", "Destroy the keys of epochs that ended");
  gateway_erase_cmd->add_option("keys", gateway_options.keys, "file")->required();
  gateway_erase_cmd->add_option("--before", gateway_options.at, "epochs that ended by this time")->required();
  auto* oprf_cmd = app.add_subcommand("oprf", "The key holder's side of linking across members (RFC 9497)");
  oprf_cmd->require_subcommand(1);
  auto* oprf_key_cmd = oprf_cmd->add_subcommand("key", "Make a key");
  oprf_key_cmd->add_option("file", gateway_options.keys, "must not exist")->required();
  auto* oprf_evaluate_cmd = oprf_cmd->add_subcommand("evaluate", "Blinded elements (hex, one a line) in, evaluated ones out");
  oprf_evaluate_cmd->add_option("--key", gateway_options.keys, "key file")->required();
  oprf_evaluate_cmd->add_option("--member", gateway_options.member, "who asks: the budget is theirs")->required();
  oprf_evaluate_cmd->add_option("--per-second", gateway_options.per_second, "budget")->capture_default_str();
  oprf_evaluate_cmd->add_option("--per-day", gateway_options.per_day, "budget (0: none)")->capture_default_str();

  KeysOptions keys;
  auto* keys_cmd = app.add_subcommand("keys", "The key pair that signs output lines");
  keys_cmd->require_subcommand(1);
  auto* keys_new_cmd = keys_cmd->add_subcommand("new", "Make one: FILE (secret) and FILE.pub");
  keys_new_cmd->add_option("file", keys.file, "must not exist")->required();
  auto* keys_show_cmd = keys_cmd->add_subcommand("show", "Ids of the public keys in a file");
  keys_show_cmd->add_option("file", keys.file, "PEM")->required();

  auto* tap_cmd = app.add_subcommand("tap", "Print the events of a ledger as JSON, one a line");
  tap_cmd->add_option("ledger", read.ledger, "folder of the ledger, or kafka://HOST:PORT/TOPIC")->required();
  tap_cmd->add_option("--type", read.type, "only this type, e.g. order.paid, or its beginning, e.g. order.");
  tap_cmd->add_option("--limit", read.limit, "stop after this many (0: all)")->capture_default_str();

  auto* dlq_cmd = app.add_subcommand("dlq", "Dead letters: records that were refused, with their bytes");
  dlq_cmd->require_subcommand(1);
  auto* dlq_ls_cmd = dlq_cmd->add_subcommand("ls", "List them");
  dlq_ls_cmd->add_option("--file", read.file, "dlq.ndjson")->default_str("out/demo/dlq.ndjson");
  dlq_ls_cmd->add_option("--limit", read.limit, "at most this many rows (0: all)")->capture_default_str();
  dlq_ls_cmd->add_flag("--bytes", read.bytes, "print the original bytes, one record a line, and nothing else");
  dlq_ls_cmd->add_flag("--json", read.json, "the lines as they stand");

  auto* config_cmd = app.add_subcommand("config", "Configuration");
  config_cmd->require_subcommand(1);
  auto* check_cmd = config_cmd->add_subcommand("check", "Name every mistake with file, line and column");
  auto* show_cmd = config_cmd->add_subcommand("show", "The configuration in force");
  bool origin = false;
  for (auto* cmd : {check_cmd, show_cmd}) {
    cmd->add_option("--config,-c,config", run_options.config, "TOML file")->required();
    cmd->add_option("--set", run_options.set, "override: section.key=value");
    cmd->add_flag("--json", run_options.json, "as one JSON object on stdout");
  }
  show_cmd->add_flag("--origin", origin, "where each value comes from");

  SnapshotOptions snapshot_options;
  auto* snapshot_cmd = app.add_subcommand("snapshot", "Copies of the state, to restore from elsewhere");
  snapshot_cmd->require_subcommand(1);
  auto* snapshot_create_cmd = snapshot_cmd->add_subcommand("create", "Of the state of a process that does not run; a running one makes its own (snapshot.directory)");
  snapshot_create_cmd->add_option("--state", snapshot_options.state, "the state directory, e.g. brushwatch-data/state")->required();
  snapshot_create_cmd->add_option("--to", snapshot_options.where, "the directory of snapshots")->required();
  auto* snapshot_ls_cmd = snapshot_cmd->add_subcommand("ls", "Those in a directory");
  snapshot_ls_cmd->add_option("directory", snapshot_options.where, "the directory of snapshots")->required();
  auto* snapshot_verify_cmd = snapshot_cmd->add_subcommand("verify", "Read every byte against the manifest; exit code 3 when one differs");
  snapshot_verify_cmd->add_option("snapshot", snapshot_options.where, "one snapshot's folder")->required();
  for (auto* cmd : {snapshot_create_cmd, snapshot_ls_cmd, snapshot_verify_cmd}) cmd->add_flag("--json", snapshot_options.json, "one JSON object a snapshot");

  auto* topics_cmd = app.add_subcommand("topics", "The Kafka topics of a configuration");
  topics_cmd->require_subcommand(1);
  auto* topics_plan_cmd = topics_cmd->add_subcommand("plan", "Each topic as it should be and as it is; exit code 3 when they differ");
  auto* topics_apply_cmd = topics_cmd->add_subcommand("apply", "Make the missing ones; what exists is not changed");
  for (auto* cmd : {topics_plan_cmd, topics_apply_cmd}) {
    cmd->add_option("--config,-c,config", run_options.config, "TOML file")->required();
    cmd->add_option("--set", run_options.set, "override: section.key=value");
    cmd->add_flag("--json", run_options.json, "as one JSON array on stdout");
  }

  WebhookOptions webhook;
  auto* webhooks_cmd = app.add_subcommand("webhooks", "A member's endpoints at a running instance");
  webhooks_cmd->require_subcommand(1);
  const auto remote_sub = [](CLI::App* noun, const char* name, const char* help, RemoteOptions& remote) {
    auto* cmd = noun->add_subcommand(name, help);
    cmd->add_option("--address", remote.address, "host:port of the instance")->capture_default_str();
    cmd->add_option("--token-file", remote.token_file, "file whose first line is the bearer token");
    cmd->add_option("--ca", remote.ca, "PEM of the authority of an https:// address");
    cmd->add_option("--cert", remote.certificate, "PEM of the client certificate to show")->needs(cmd->add_option("--key", remote.key, "PEM of its key"));
    cmd->add_flag("--json", remote.json, "the answer as one JSON object on stdout");
    return cmd;
  };
  const auto webhooks_sub = [&](const char* name, const char* help, bool of_one) {
    auto* cmd = remote_sub(webhooks_cmd, name, help, webhook.remote);
    if (of_one) cmd->add_option("endpoint", webhook.id, "its id")->required();
    return cmd;
  };
  auto* webhooks_add_cmd = webhooks_sub("add", "A new endpoint; prints its secret once", false);
  webhooks_add_cmd->add_option("url", webhook.url, "https URL")->required();
  webhooks_add_cmd->add_option("--topic", webhook.topics, "alert, alert_state, case, refusal, list, credit; default: all that the role hears of");
  webhooks_add_cmd->add_option("--since", webhook.since, "\"start\", or an id of the stream; default: what comes from now on");
  auto* webhooks_ls_cmd = webhooks_sub("list", "Own endpoints", false);
  auto* webhooks_show_cmd = webhooks_sub("show", "One, with its dead letters", true);
  std::vector<CLI::App*> webhooks_actions = {webhooks_sub("test", "One test message, now; exit code 3 when it is not taken", true),
                                             webhooks_sub("resend", "Dead letters are due again", true),
                                             webhooks_sub("rotate", "New keys; the old ones sign beside them for a day", true),
                                             webhooks_sub("enable", "Goes on from its place", true),
                                             webhooks_sub("disable", "Sends nothing more; keeps its place", true),
                                             webhooks_sub("remove", "The endpoint, its keys and its dead letters", true)};
  webhooks_actions[1]->add_option("--message", webhook.message, "one of them; default: all");

  SightingOptions sighting;
  auto* sightings_cmd = app.add_subcommand("sightings", "What members say of alerts and entries, at a running instance");
  sightings_cmd->require_subcommand(1);
  auto* sightings_add_cmd = remote_sub(sightings_cmd, "add", "One's own word; a newer one replaces it", sighting.remote);
  auto* sightings_ls_cmd = remote_sub(sightings_cmd, "list", "The newest word of each member", sighting.remote);
  for (auto* cmd : {sightings_add_cmd, sightings_ls_cmd}) cmd->add_option("id", sighting.id, "A-… or L-…")->required();
  sightings_add_cmd->add_option("sighting", sighting.sighting, "confirmed, false_positive or expired")->required()->check(CLI::IsMember({"confirmed", "false_positive", "expired"}));
  sightings_add_cmd->add_option("--note", sighting.note, "at most 1000 bytes");
  auto* sightings_detectors_cmd = remote_sub(sightings_cmd, "detectors", "What they come to: the precision of each detector that spoke", sighting.remote);
  auto* receipts_cmd = app.add_subcommand("receipts", "How far members hold the stream, at a running instance");
  receipts_cmd->require_subcommand(1);
  auto* receipts_ls_cmd = remote_sub(receipts_cmd, "list", "Who holds an entry's newest line; exit code 3 when somebody lacks it", sighting.remote);
  receipts_ls_cmd->add_option("entry", sighting.id, "L-…")->required();
  auto* receipts_add_cmd = remote_sub(receipts_cmd, "add", "One holds everything up to a place", sighting.remote);
  receipts_add_cmd->add_option("reached", sighting.reached, "an id of the stream")->required();
  receipts_add_cmd->add_option("--channel", sighting.channel, "sse, kafka or poll")->required()->check(CLI::IsMember({"sse", "kafka", "poll"}));

  auto* rules_cmd = app.add_subcommand("rules", "Thresholds, priors and switches");
  rules_cmd->require_subcommand(1);
  RulesOptions rules_options;
  auto* rules_ls_cmd = rules_cmd->add_subcommand("ls", "Name, default, bounds, unit and reason of every rule");
  rules_ls_cmd->add_option("--ledger", rules_options.ledger, "folder or kafka://HOST:PORT/TOPIC: also the values in force at its end");
  auto* rules_history_cmd = rules_cmd->add_subcommand("history", "Every version of the rules that a ledger has seen: from which round on, what changed, by which record");
  rules_history_cmd->add_option("ledger", rules_options.ledger, "folder or kafka://HOST:PORT/TOPIC")->required();
  auto* rules_check_cmd = rules_cmd->add_subcommand("check", "Name every mistake of a file of rules with line and column; exit code 78 when there is one");
  auto* rules_apply_cmd = rules_cmd->add_subcommand("apply", "Send a file of rules to a pipeline: it takes effect at one place of the ledger, without a restart");
  for (auto* cmd : {rules_check_cmd, rules_apply_cmd}) cmd->add_option("file", rules_options.file, "TOML: [rules], [[promotion]], [[public_place]] (docs/operating/rules.md)")->required();
  rules_apply_cmd->add_option("--to", rules_options.to, "what a running pipeline reads: kafka://HOST:PORT/TOPIC, or an NDJSON file that it follows");
  rules_apply_cmd->add_option("--watch", rules_options.watch, "HTTP door of the running instance: wait until the rules are in force there");
  rules_apply_cmd->add_option("--timeout-ms", rules_options.timeout_ms, "of --watch")->check(CLI::Range(1, 3'600'000))->capture_default_str();
  rules_apply_cmd->add_option("--at", rules_options.at, "without --to: when it happens; default: now, or the ledger's time when that is ahead");
  rules_apply_cmd->add_option("--data,-d", rules_options.desk.data, "without --to: folder of an embedded run that is stopped")->capture_default_str();
  rules_apply_cmd->add_option("--config,-c", rules_options.desk.config, "without --to: a configured deployment that is stopped");
  rules_apply_cmd->add_option("--set", rules_options.desk.set, "override: section.key=value");
  for (auto* cmd : {rules_ls_cmd, rules_history_cmd, rules_check_cmd, rules_apply_cmd}) cmd->add_flag("--json", rules_options.desk.json, "as JSON");
  BacktestCommand backtest_options;
  auto* backtest_cmd = app.add_subcommand("backtest", "A ledger's history under other rules: which alerts appear, vanish or move, and by which term");
  backtest_cmd->add_option("--rules", backtest_options.rules, "file of rules, as for `rules apply`")->required();
  backtest_cmd->add_option("--ledger", backtest_options.ledger, "folder or kafka://HOST:PORT/TOPIC")->capture_default_str();
  backtest_cmd->add_option("--from", backtest_options.from, "the rules hold from the first round of this moment on (processing time; date or RFC 3339; default: the first round)");
  backtest_cmd->add_option("--to", backtest_options.to, "compare what stands before this moment (default: the end)");
  backtest_cmd->add_option("--work", backtest_options.work, "where both states are kept meanwhile (default: the system's temporary folder)");
  backtest_cmd->add_option("--threads", backtest_options.threads, "folding threads; changes no verdict")->check(CLI::Range(1, 64))->capture_default_str();
  backtest_cmd->add_option("--memory-mib", backtest_options.memory_mib, "memory of both folds")->check(CLI::Range(64, 1 << 20))->capture_default_str();
  backtest_cmd->add_flag("--json", backtest_options.json, "as one JSON object on stdout");
  backtest_cmd->add_flag("--quiet,-q", backtest_options.quiet, "no progress");
  bool json = false;
  auto* topology_cmd = app.add_subcommand("topology", "The stages: key, inputs, where they send");
  topology_cmd->add_flag("--json", json, "as JSON");

  EvaluateOptions evaluate_options;
  auto* evaluate_cmd = app.add_subcommand("evaluate", "Labelled worlds through the whole pipeline: recall, precision, time to detect, false cases");
  evaluate_cmd->add_option("--seeds", evaluate_options.seeds, "worlds with attacks")->check(CLI::Range(0, 1000))->capture_default_str();
  evaluate_cmd->add_option("--clean", evaluate_options.clean, "fraud-free worlds")->check(CLI::Range(0, 1000))->capture_default_str();
  evaluate_cmd->add_option("--first", evaluate_options.first, "number of the first world of each kind")->capture_default_str();
  evaluate_cmd->add_flag("--train", evaluate_options.train, "the train worlds, on which thresholds may be tuned, instead of the test worlds");
  evaluate_cmd->add_option("--attacks", evaluate_options.attacks, "scripts, e.g. S2,S3 (default: all known)")->delimiter(',');
  auto* events_option = evaluate_cmd->add_option("--events", evaluate_options.events, "a folder of NDJSON of somebody else's making");
  evaluate_cmd->add_option("--truth", evaluate_options.truth, "its truth file (docs/evaluation/README.md)")->needs(events_option);
  evaluate_cmd->add_option("--out,-o", evaluate_options.out, "folder for report.md and its pictures");
  evaluate_cmd->add_option("--rule", evaluate_options.rules, "rule at the first record, e.g. D1.enabled=0 (see `rules ls`)");
  evaluate_cmd->add_option("--base-rates", evaluate_options.base_rates, "percent of guilty shops, e.g. 0.1,1,10: as many worlds more of each")->delimiter(',')->check(CLI::Range(0.0, 50.0));
  evaluate_cmd->add_flag("--ablation", evaluate_options.ablation, "judge again without each detector and each family");
  evaluate_cmd->add_option("--adaptive", evaluate_options.adaptive, "an attacker who adapts, with so many black-box tries (200)")->check(CLI::Range(0, 100000));
  evaluate_cmd->add_option("--threads", evaluate_options.threads, "folding threads; changes no verdict")->check(CLI::Range(1, 64))->capture_default_str();
  evaluate_cmd->add_flag("--missed", evaluate_options.missed, "also list missed offenders with their findings, and false cases");
  evaluate_cmd->add_flag("--json", evaluate_options.json, "everything as one JSON object on stdout");
  evaluate_cmd->add_flag("--quiet,-q", evaluate_options.quiet, "no progress");

  ConvertOptions convert_options;
  auto* convert_cmd = app.add_subcommand("convert", "CSV with a mapping → events of the public contract, sorted by time");
  convert_cmd->add_option("--mapping", convert_options.mapping, "mapping (examples/mapping/*.toml)")->required();
  convert_cmd->add_option("--input,-i", convert_options.input, "directory of the CSV files")->required();
  convert_cmd->add_option("--out,-o", convert_options.out, "NDJSON file to write")->required();
  convert_cmd->add_flag("--json", convert_options.json, "the summary as one JSON object on stdout");

  BrowseOptions browse;
  ActOptions act_options;
  const auto at_desk = [](CLI::App* cmd, DeskOptions& desk) {
    cmd->add_option("--data,-d", desk.data, "folder of an embedded run (demo, replay)")->capture_default_str();
    cmd->add_option("--config,-c", desk.config, "or: a configured deployment's TOML file");
    cmd->add_option("--set", desk.set, "override: section.key=value");
    cmd->add_flag("--json", desk.json, "lines as they stand");
  };
  auto* case_cmd = app.add_subcommand("case", "Alerts in people's hands, and cases; `brushwatch machines` tells which command who may give when");
  auto* list_cmd = app.add_subcommand("list", "The black, watch and red list");
  auto* archive_cmd = app.add_subcommand("archive", "Credit archives");
  for (auto* cmd : {case_cmd, list_cmd, archive_cmd}) cmd->require_subcommand(1);
  auto* case_ls_cmd = case_cmd->add_subcommand("ls", "Alerts and cases that wait for somebody");
  auto* list_ls_cmd = list_cmd->add_subcommand("ls", "Entries under way or in force");
  for (auto* cmd : {case_ls_cmd, list_ls_cmd}) {
    cmd->add_option("--state", browse.state, "only this state, e.g. OPEN");
    cmd->add_option("--subject", browse.subject, "only this subject: KIND:ID, or its id");
    cmd->add_flag("--all", browse.all, "what is over as well");
    at_desk(cmd, browse.desk);
  }
  auto* case_seeds_cmd = case_cmd->add_subcommand("seeds", "What closed cases found, as ref.confirmed_shop records for a source: who shares buyers with such a shop is looked at sooner");
  at_desk(case_seeds_cmd, browse.desk);
  auto* case_show_cmd = case_cmd->add_subcommand("show", "An alert, a case or an entry with its history");
  auto* list_show_cmd = list_cmd->add_subcommand("show", "An entry with its history");
  for (auto* cmd : {case_show_cmd, list_show_cmd}) {
    cmd->add_option("id", browse.id, "A-…, C-… or L-…, or its beginning")->required();
    cmd->add_flag("--history", browse.history, "with --json: all its lines");
    at_desk(cmd, browse.desk);
  }
  auto* list_diff_cmd = list_cmd->add_subcommand("diff", "Which entries changed since a moment");
  list_diff_cmd->add_option("--since", browse.since, "date or RFC 3339")->required();
  at_desk(list_diff_cmd, browse.desk);
  for (auto* cmd : {list_ls_cmd, list_diff_cmd}) cmd->add_option("--list", browse.list, "only this list")->check(CLI::IsMember({"BLACK", "WATCH", "RED"}));
  auto* archive_show_cmd = archive_cmd->add_subcommand("show", "One subject: identity, score with its terms, and what is on record");
  archive_show_cmd->add_option("subject", browse.subject, "KIND:ID, e.g. shop:taobao:S-1, operator:USCC:91…, carrier:zto")->required();
  archive_show_cmd->add_option("--as-of", browse.as_of, "as it stood at the end of this date");
  at_desk(archive_show_cmd, browse.desk);

  PublishOptions publish_options;
  auto* publish_cmd = app.add_subcommand("publish", "The public pages, feeds, records and proofs as files: posted black entries and the red list, nothing else");
  publish_cmd->add_option("--out,-o", publish_options.out, "folder of the site; its old content is replaced")->required();
  publish_cmd->add_option("--sign", publish_options.sign, "sign the tree heads with this key (PEM)");
  publish_cmd->add_option("--publisher", publish_options.publisher, "who publishes: stands below every page");
  publish_cmd->add_option("--url", publish_options.url, "where readers find it, without a slash at the end");
  at_desk(publish_cmd, publish_options.desk);

  const auto add_act = [&](CLI::App* parent, Verb verb) {
    std::string name(verb_name(verb));
    std::replace(name.begin(), name.end(), '_', '-');
    auto* cmd = parent->add_subcommand(name, std::string(verb_help(verb)));
    cmd->add_option("target", act_options.target, verb == Verb::kPropose ? "case (C-…) or subject (KIND:ID)" : "A-…, C-… or L-…, or its beginning")->required();
    cmd->add_option("--as", act_options.actor, "who acts: the officer's name in the alliance")->required();
    cmd->add_option("--role", act_options.role, "AN SR PL CR RG CA WG SB")->required();
    cmd->add_option("--at", act_options.at, "when it happens: RFC 3339, or a date (its noon). Default: now, or the ledger's time when that is ahead");
    cmd->add_option("--subject", act_options.subject, "KIND:ID; default: whose the target is");
    cmd->add_option("--to", act_options.to, "send to a topic that a running pipeline reads, kafka://HOST:PORT/TOPIC, instead of the ledger");
    cmd->add_option("--reason", act_options.reason, "reason code, or outcome");
    cmd->add_option("--note", act_options.note, "facts, reasons or posting text");
    cmd->add_option("--document", act_options.document, "number of the deciding document");
    cmd->add_option("--issuer", act_options.issuer, "body that issued it");
    cmd->add_option("--document-date", act_options.document_date, "its date");
    cmd->add_option("--basis", act_options.basis, "law and article");
    cmd->add_option("--behaviour", act_options.behaviour, "FAKE_TRADE, FAKE_REVIEW, FAKE_LOGISTICS, …");
    cmd->add_option("--class", act_options.grade, "general or serious")->check(CLI::IsMember({"minor", "general", "serious"}));
    cmd->add_option("--evidence", act_options.evidence, "SHA-256 of the file, 64 hex digits");
    cmd->add_option("--measure", act_options.measure, "code of a joint measure");
    cmd->add_option("--member", act_options.member, "the member that is asked");
    cmd->add_option("--list", act_options.list, "BLACK, WATCH or RED")->check(CLI::IsMember({"BLACK", "WATCH", "RED"}));
    cmd->add_option("--until", act_options.until, "end of an extension");
    at_desk(cmd, act_options.desk);
    cmd->callback([&act_options, verb] { act_options.verb = verb_name(verb); });
  };
  for (std::size_t v = 0; v < kVerbs; ++v) {
    const auto verb = static_cast<Verb>(v);
    if (of_the_engine(verb)) continue;
    // One procedure runs through cases and lists: every command is under both nouns.
    add_act(case_cmd, verb);
    if (verb >= Verb::kPropose && verb != Verb::kReopen) add_act(list_cmd, verb);
  }
  auto* wait_cmd = case_cmd->add_subcommand("wait", "Let the ledger's time pass: deadlines fall due");
  wait_cmd->add_option("--until", act_options.until, "date or RFC 3339")->required();
  at_desk(wait_cmd, act_options.desk);

  auto* machines_cmd = app.add_subcommand("machines", "The tables of alert, case and list entry: every state, command, role, guard and deadline");
  bool explore = false;
  machines_cmd->add_flag("--explore", explore, "try every state × command × role × person from every reachable state");
  machines_cmd->add_flag("--json", json, "as JSON");

  std::string shell;
  auto* completion_cmd = app.add_subcommand("completion", "Completion script for a shell");
  completion_cmd->add_option("shell", shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e, std::cout, std::cerr);
    return code == 0 ? kExitOk : kExitUsage;
  }
  const auto given = [](CLI::App* cmd) { return cmd->parsed(); };
  if (given(demo_cmd)) return demo(demo_options);
  if (given(top_cmd)) return top(top_options);
  if (given(run_cmd)) {
    if (standby) run_options.set.emplace_back("standby.enabled=true");
    return run_command(run_options);
  }
  if (given(generate_cmd)) return generate(generate_options);
  if (given(replay_cmd)) return replay(replay_options);
  if (given(explain_cmd)) {
    if (read.file.empty()) read.file = "out/demo/alerts.ndjson";
    return explain(read);
  }
  if (given(verify_cmd)) return read.proof.empty() ? verify(read) : verify_proof(read);
  if (given(heads_cmd)) return heads(tree);
  if (given(proof_cmd)) return proof(tree);
  if (given(gateway_run_cmd)) return gateway(gateway_options);
  if (given(gateway_epoch_cmd)) return gateway_keys(gateway_options);
  if (given(gateway_erase_cmd)) {
    gateway_options.erase = true;
    return gateway_keys(gateway_options);
  }
  if (given(oprf_key_cmd)) return oprf_key(gateway_options);
  if (given(oprf_evaluate_cmd)) return oprf_evaluate_lines(gateway_options);
  if (given(keys_new_cmd)) return keys_new(keys);
  if (given(keys_show_cmd)) return keys_show(keys);
  if (given(tap_cmd)) return tap(read);
  if (given(dlq_cmd)) {
    if (read.file.empty()) read.file = "out/demo/dlq.ndjson";
    return dlq_ls(read);
  }
  if (given(check_cmd)) return config_check(run_options);
  if (given(show_cmd)) return config_show(run_options, origin);
  if (given(snapshot_create_cmd)) return snapshot_create(snapshot_options);
  if (given(snapshot_ls_cmd)) return snapshot_ls(snapshot_options);
  if (given(snapshot_verify_cmd)) return snapshot_verify(snapshot_options);
  if (given(topics_plan_cmd)) return topics(run_options, false);
  if (given(topics_apply_cmd)) return topics(run_options, true);
  if (given(webhooks_add_cmd)) return webhooks_add(webhook);
  if (given(webhooks_ls_cmd)) return webhooks_ls(webhook);
  if (given(webhooks_show_cmd)) return webhooks_show(webhook);
  for (auto* cmd : webhooks_actions) if (given(cmd)) return webhooks_act(webhook, cmd->get_name());
  if (given(sightings_add_cmd)) return sightings_add(sighting);
  if (given(sightings_ls_cmd)) return sightings_ls(sighting);
  if (given(sightings_detectors_cmd)) return sightings_detectors(sighting);
  if (given(receipts_ls_cmd)) return receipts_ls(sighting);
  if (given(receipts_add_cmd)) return receipts_add(sighting);
  if (given(rules_ls_cmd)) return rules_ls(rules_options);
  if (given(rules_history_cmd)) return rules_history(rules_options);
  if (given(rules_check_cmd)) return rules_check(rules_options);
  if (given(rules_apply_cmd)) return rules_apply(rules_options);
  if (given(backtest_cmd)) return backtest_command(backtest_options);
  if (given(topology_cmd)) return topology_show(json);
  if (given(convert_cmd)) return convert(convert_options);
  if (given(evaluate_cmd)) return evaluate_command(evaluate_options);
  if (given(case_ls_cmd)) return case_ls(browse);
  if (given(case_seeds_cmd)) return case_seeds(browse);
  if (given(list_ls_cmd)) return list_ls(browse);
  if (given(list_diff_cmd)) return list_diff(browse);
  if (given(case_show_cmd) || given(list_show_cmd)) return desk_show(browse);
  if (given(archive_show_cmd)) return archive_show(browse);
  if (given(publish_cmd)) return publish(publish_options);
  if (given(wait_cmd)) return let_time_pass(act_options);
  if (given(case_cmd) || given(list_cmd)) return act(act_options);
  if (given(machines_cmd)) return machines(explore, json);
  return completion(shell);
}

}  // namespace brushwatch::app
