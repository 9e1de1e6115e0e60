#pragma once
/// The configuration of a run: what is read from TOML, the environment and flags, checked as a whole.
///
/// Order, later wins: default < the file < conf.d/*.toml beside it (by name) < BRUSHWATCH_SECTION__KEY < --set section.key=value.
/// Every problem is reported, not only the first, each with its place and what would be right. Each value knows its origin.
/// Relative paths are relative to the working directory.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/log/decoder.h"

namespace brushwatch {

// Enumerations are one byte: config_keys.cc sets them through their index in the key's list of words.
enum class SourceKind : std::uint8_t { kFile, kKafka, kHttp };
enum class SourceFormat : std::uint8_t { kNdjson, kCsv };
enum class Transport : std::uint8_t { kFile, kKafka };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kAuto, kJson, kText };

struct PipelineConfig {
  std::uint32_t partitions = 4;         ///< of every stage; fixed for the life of a ledger
  std::uint32_t threads = 0;            ///< 0 = one per core
  std::uint64_t epoch_events = 400'000; ///< events between two state writes: what one core refolds in about a second
  std::uint32_t round_ms = 5;           ///< longest wait before a round begins; a quarter of the 20 ms latency goal
  std::uint32_t round_events = 8'192;   ///< most events a round takes: some 20 ms of one core
  std::uint32_t memory_mib = 1024;      ///< of the process; half of it is the cap of hot rows
  std::string data_dir = "brushwatch-data";
};

struct SourceConfig {
  std::string name;                     ///< unique; later files and the environment override by name
  SourceKind kind = SourceKind::kFile;
  std::string path;                     ///< file: a path or a glob pattern
  SourceFormat format = SourceFormat::kNdjson;
  std::string mapping;                  ///< csv: the mapping file
  std::string source;                   ///< platform of events that name none, e.g. "taobao"
  IngestClock clock = IngestClock::kWall;
  std::string bootstrap;                ///< kafka: host:port,…; default kafka."bootstrap.servers"
  std::vector<std::string> topics;      ///< kafka
  bool bounded = false;                 ///< kafka: stop at the end offsets seen at the start
  bool follow = false;                  ///< file: wait for more lines at the end
  bool commands = false;                ///< may carry command.issued and rule.set; default true for kind file
  std::string party;                    ///< the platform or carrier whose source it is: no other's events are taken, its dead letters go to its topic
  std::uint64_t events_per_s = 0;       ///< quota of this source at the door; 0 = none
  std::uint64_t bytes_per_s = 0;        ///< likewise, of raw bytes
};

struct LedgerConfig {
  Transport kind = Transport::kFile;
  std::string path;                     ///< default <data_dir>/ledger
  std::string bootstrap;
  std::string topic = "brushwatch.ledger.v1";
  bool fsync = false;                   ///< survive the death of the machine, not only of the process
  std::uint32_t replication = 1;        ///< kafka: of a topic that is made, and of input topics that are missing; 3 on a cluster
};

struct OutputConfig {
  Transport kind = Transport::kFile;
  std::string path;                     ///< folder of the output files; default <data_dir>/out
  std::string bootstrap;
  std::string alerts, late, dlq;        ///< file names or topics; default alerts.jsonl … or brushwatch.alert.v1 …
  std::string cases, lists, credit;
  std::uint32_t replication = 1;        ///< kafka: of a topic that is made
};

/// Several instances over one ledger: one leads, the others fold the same ledger silently (docs/operating/standby-and-snapshots.md).
struct StandbyConfig {
  bool enabled = false;
  std::string topic;                    ///< of the lead, one partition; default <ledger.topic>.lead
  std::string group;                    ///< consumer group of the instances; default the topic's name
  std::string instance;                 ///< unique among them, the same after a restart; default the host's name
  std::string doors;                    ///< compacted topic of what webhooks and members' topics must remember; default <ledger.topic>.doors
  std::uint32_t session_ms = 6'000;     ///< silence after which another one leads; a broker's own floor is 6 s unless it is lowered
};

/// Copies of the state, to restore from elsewhere.
struct SnapshotConfig {
  std::string directory;                ///< empty: none are made
  std::uint32_t every_s = 3'600;        ///< an hour of ledger is folded again in minutes
  std::uint32_t keep = 3;
};

/// Whose lines they are (docs/formats/signature.md).
struct SigningConfig {
  std::string key;                      ///< file with an Ed25519 key pair in PEM; "" = unsigned
};

struct HttpConfig {
  bool enabled = false;                 ///< default true when there is a source of kind http
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::uint32_t body_limit_mib = 8;
  std::uint32_t max_connections = 1024;
  std::uint32_t queue_events = 1 << 18;
  std::uint32_t max_streams = 768;      ///< of max_connections
  std::uint32_t rate_per_s = 50, rate_burst = 200;  ///< of one principal
  std::uint32_t quota_per_day = 0;      ///< of one principal; 0 = none
  std::string tls_certificate, tls_key; ///< PEM files; with them the door speaks TLS and nothing else
};

/// Who may read and command over HTTP. Nothing here: nobody may (docs/access.md).
struct AccessConfig {
  std::string jwks;                     ///< file with the identity provider's keys
  std::string issuer, audience;         ///< `iss` and `aud` that a token must have
  std::string client_ca;                ///< PEM of the authority whose client certificates are believed
  std::vector<std::string> certificates;  ///< "SUBJECT -> ROLE[:PARTY[:NAME]]" (doors/certificate.h); one that is in none is nobody
  std::string anonymous_role;           ///< role of whoever asks; only while http.address is loopback
};

/// The key holder's half of the members' OPRF (docs/gateway.md).
struct OprfConfig {
  std::string key;                      ///< file made by `brushwatch oprf key`; "" = none is held here
  std::uint32_t per_second = 100;       ///< evaluations of one party: all 5 × 10^9 phone numbers then take a year and a half
  std::uint32_t per_day = 0;            ///< likewise; 0 = none
};

/// Members that read topics of their own (docs/operating/member-topics.md).
struct MembersConfig {
  std::vector<std::string> topics;      ///< "name:role"; of a platform or carrier the name is its party
  std::string prefix = "brushwatch.to.";
  std::string bootstrap;                ///< default output.bootstrap, then kafka."bootstrap.servers"
  std::uint32_t replication = 1;        ///< of a topic that is made
};

/// What the program sends to members' endpoints (docs/operating/webhooks.md).
struct WebhooksConfig {
  bool enabled = false;                 ///< default: http.enabled
  bool allow_loopback = false;          ///< plain http and loopback endpoints as well: for tests and one's own machine
  std::string ca_file;                  ///< PEM of the authorities that endpoints' certificates may have; "" = the system's
  std::vector<std::string> resolve;     ///< names with fixed addresses, "host:port:address"
  std::uint32_t jitter_percent = 20;    ///< of each step of the schedule, added by chance
  std::uint32_t disable_after_days = 5; ///< without one success
  std::uint32_t max_posts = 256;        ///< that run at once; a post is some 40 KB
  std::uint32_t endpoints_per_owner = 10;
};

/// What anybody may read (docs/formats/public.md).
struct PublicationConfig {
  bool enabled = false;                 ///< nothing is open by itself
  std::string publisher;                ///< who publishes: stands below every page and in feeds
  std::string url;                      ///< where readers find it, "https://host" without a slash at the end; "" = relative links
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kAuto;  ///< JSON unless stderr is a terminal
};

struct ConfigEntry {
  std::string key;     ///< "pipeline.threads", "source.orders.path"
  std::string value;   ///< as TOML; secrets masked
  std::string origin;  ///< "default", "brushwatch.toml:12:3", "BRUSHWATCH_PIPELINE__THREADS", "--set pipeline.threads"
};

struct Config {
  /// librdkafka's properties but the address.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> kafka_properties() const;
  /// The address of a section, or the common one when it has none of its own.
  [[nodiscard]] std::string bootstrap_of(const std::string& own) const;

  PipelineConfig pipeline;
  std::vector<SourceConfig> sources;
  LedgerConfig ledger;
  OutputConfig output;
  SigningConfig signing;
  StandbyConfig standby;
  SnapshotConfig snapshot;
  HttpConfig http;
  AccessConfig access;
  OprfConfig oprf;
  MembersConfig members;
  WebhooksConfig webhooks;
  PublicationConfig publication;
  LogConfig log;
  std::map<std::string, std::int64_t> rules;   ///< "D1.min_count" → value; the registry knows the names
  std::map<std::string, std::string> kafka;    ///< librdkafka properties; `<name>_file` was replaced by the file's content
  std::vector<ConfigEntry> entries;            ///< every value in effect, in a fixed order, with its origin
};

/// One thing to correct. `where` is file:line:col, a variable or a flag.
struct ConfigProblem {
  ErrorCode code = ErrorCode::kNone;
  std::string where;
  std::string key;
  std::string text;
  /// "brushwatch.toml:3:1: E1002 pipeline.thread: unknown key; did you mean \"threads\"?"
  [[nodiscard]] std::string message() const;
};

struct ConfigInputs {
  std::string path;                               ///< "" = no file
  std::map<std::string, std::string> environment; ///< variables with a double underscore in BRUSHWATCH_… are looked at
  std::map<std::string, std::string> overrides;   ///< --set section.key=value
};

/// Reads and checks. `problems` gets all of them, in order of place; with any the result is an error: the first one's code,
/// their number. Errors: kNotFound when `path` cannot be read; kConfigSyntax, kConfigUnknownKey, kConfigType, kConfigRange,
/// kConfigMissing.
Result<Config> load_config(const ConfigInputs& inputs, std::vector<ConfigProblem>& problems);
/// The BRUSHWATCH_… variables of this process.
std::map<std::string, std::string> config_environment();
/// TOML that loads to the same config (but for masked secrets); with `origin`, each line ends in a comment with its origin.
std::string show_config(const Config& config, bool origin);
/// 16 hex digits over all values in effect, without origins and without secrets: equal configs have equal hashes.
std::string config_hash(const Config& config);

}  // namespace brushwatch
