#include "apps/config_keys.h"

#include <algorithm>
#include <numeric>

namespace brushwatch::config {
namespace {

template <class E>
Word word(E& of) {
  static_assert(sizeof(E) == 1, "an enumeration of the config is one byte");
  return {reinterpret_cast<std::uint8_t*>(&of)};
}

constexpr std::string_view kTransports[] = {"file", "kafka"};
constexpr std::string_view kSourceKinds[] = {"file", "kafka", "http"};
constexpr std::string_view kFormats[] = {"ndjson", "csv"};
constexpr std::string_view kClocks[] = {"wall", "record"};
constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"auto", "json", "text"};

// Upper ends are what was thought through, not what would overflow: beyond them a slip is likelier than a wish.
const Key<Config> kConfigKeys[] = {
    {"pipeline.partitions", [](Config& c) -> Field { return &c.pipeline.partitions; }, 1, 256},
    {"pipeline.threads", [](Config& c) -> Field { return &c.pipeline.threads; }, 0, 256},
    {"pipeline.epoch_events", [](Config& c) -> Field { return &c.pipeline.epoch_events; }, 1, 100'000'000},
    {"pipeline.round_ms", [](Config& c) -> Field { return &c.pipeline.round_ms; }, 0, 10'000},
    {"pipeline.round_events", [](Config& c) -> Field { return &c.pipeline.round_events; }, 1, 1'000'000},
    {"pipeline.memory_mib", [](Config& c) -> Field { return &c.pipeline.memory_mib; }, 16, 1'048'576},
    {"pipeline.data_dir", [](Config& c) -> Field { return &c.pipeline.data_dir; }},
    {"ledger.kind", [](Config& c) -> Field { return word(c.ledger.kind); }, 0, 0, kTransports},
    {"ledger.path", [](Config& c) -> Field { return &c.ledger.path; }},
    {"ledger.bootstrap", [](Config& c) -> Field { return &c.ledger.bootstrap; }},
    {"ledger.topic", [](Config& c) -> Field { return &c.ledger.topic; }},
    {"ledger.fsync", [](Config& c) -> Field { return &c.ledger.fsync; }},
    {"ledger.replication", [](Config& c) -> Field { return &c.ledger.replication; }, 1, 9},
    {"output.kind", [](Config& c) -> Field { return word(c.output.kind); }, 0, 0, kTransports},
    {"output.path", [](Config& c) -> Field { return &c.output.path; }},
    {"output.bootstrap", [](Config& c) -> Field { return &c.output.bootstrap; }},
    {"output.alerts", [](Config& c) -> Field { return &c.output.alerts; }},
    {"output.late", [](Config& c) -> Field { return &c.output.late; }},
    {"output.dlq", [](Config& c) -> Field { return &c.output.dlq; }},
    {"output.cases", [](Config& c) -> Field { return &c.output.cases; }},
    {"output.lists", [](Config& c) -> Field { return &c.output.lists; }},
    {"output.credit", [](Config& c) -> Field { return &c.output.credit; }},
    {"output.replication", [](Config& c) -> Field { return &c.output.replication; }, 1, 9},
    {"signing.key", [](Config& c) -> Field { return &c.signing.key; }},
    {"standby.enabled", [](Config& c) -> Field { return &c.standby.enabled; }},
    {"standby.topic", [](Config& c) -> Field { return &c.standby.topic; }},
    {"standby.group", [](Config& c) -> Field { return &c.standby.group; }},
    {"standby.instance", [](Config& c) -> Field { return &c.standby.instance; }},
    {"standby.doors", [](Config& c) -> Field { return &c.standby.doors; }},
    {"standby.session_ms", [](Config& c) -> Field { return &c.standby.session_ms; }, 300, 300'000},
    {"snapshot.directory", [](Config& c) -> Field { return &c.snapshot.directory; }},
    {"snapshot.every_s", [](Config& c) -> Field { return &c.snapshot.every_s; }, 1, 604'800},
    {"snapshot.keep", [](Config& c) -> Field { return &c.snapshot.keep; }, 1, 1'000},
    {"http.enabled", [](Config& c) -> Field { return &c.http.enabled; }},
    {"http.address", [](Config& c) -> Field { return &c.http.address; }},
    {"http.port", [](Config& c) -> Field { return &c.http.port; }, 0, 65'535},
    {"http.body_limit_mib", [](Config& c) -> Field { return &c.http.body_limit_mib; }, 1, 1'024},
    {"http.max_connections", [](Config& c) -> Field { return &c.http.max_connections; }, 1, 65'536},
    {"http.queue_events", [](Config& c) -> Field { return &c.http.queue_events; }, 1, 16'777'216},
    {"http.max_streams", [](Config& c) -> Field { return &c.http.max_streams; }, 0, 65'536},
    {"http.rate_per_s", [](Config& c) -> Field { return &c.http.rate_per_s; }, 1, 1'000'000},
    {"http.rate_burst", [](Config& c) -> Field { return &c.http.rate_burst; }, 1, 1'000'000},
    {"http.quota_per_day", [](Config& c) -> Field { return &c.http.quota_per_day; }, 0, 1'000'000'000},
    {"http.tls_certificate", [](Config& c) -> Field { return &c.http.tls_certificate; }},
    {"http.tls_key", [](Config& c) -> Field { return &c.http.tls_key; }},
    {"access.jwks", [](Config& c) -> Field { return &c.access.jwks; }},
    {"access.issuer", [](Config& c) -> Field { return &c.access.issuer; }},
    {"access.audience", [](Config& c) -> Field { return &c.access.audience; }},
    {"access.client_ca", [](Config& c) -> Field { return &c.access.client_ca; }},
    {"access.certificates", [](Config& c) -> Field { return &c.access.certificates; }},
    {"access.anonymous_role", [](Config& c) -> Field { return &c.access.anonymous_role; }},
    {"oprf.key", [](Config& c) -> Field { return &c.oprf.key; }},
    {"oprf.per_second", [](Config& c) -> Field { return &c.oprf.per_second; }, 1, 1'000'000},
    {"oprf.per_day", [](Config& c) -> Field { return &c.oprf.per_day; }, 0, 1'000'000'000},
    {"members.topics", [](Config& c) -> Field { return &c.members.topics; }},
    {"members.prefix", [](Config& c) -> Field { return &c.members.prefix; }},
    {"members.bootstrap", [](Config& c) -> Field { return &c.members.bootstrap; }},
    {"members.replication", [](Config& c) -> Field { return &c.members.replication; }, 1, 9},
    {"webhooks.enabled", [](Config& c) -> Field { return &c.webhooks.enabled; }},
    {"webhooks.allow_loopback", [](Config& c) -> Field { return &c.webhooks.allow_loopback; }},
    {"webhooks.ca_file", [](Config& c) -> Field { return &c.webhooks.ca_file; }},
    {"webhooks.resolve", [](Config& c) -> Field { return &c.webhooks.resolve; }},
    {"webhooks.jitter_percent", [](Config& c) -> Field { return &c.webhooks.jitter_percent; }, 0, 100},
    {"webhooks.disable_after_days", [](Config& c) -> Field { return &c.webhooks.disable_after_days; }, 1, 365},
    {"webhooks.max_posts", [](Config& c) -> Field { return &c.webhooks.max_posts; }, 2, 65'536},
    {"webhooks.endpoints_per_owner", [](Config& c) -> Field { return &c.webhooks.endpoints_per_owner; }, 1, 10'000},
    {"public.enabled", [](Config& c) -> Field { return &c.publication.enabled; }},
    {"public.publisher", [](Config& c) -> Field { return &c.publication.publisher; }},
    {"public.url", [](Config& c) -> Field { return &c.publication.url; }},
    {"log.level", [](Config& c) -> Field { return word(c.log.level); }, 0, 0, kLevels},
    {"log.format", [](Config& c) -> Field { return word(c.log.format); }, 0, 0, kLogFormats},
};

const Key<SourceConfig> kSourceKeys[] = {
    {"name", [](SourceConfig& s) -> Field { return &s.name; }},
    {"kind", [](SourceConfig& s) -> Field { return word(s.kind); }, 0, 0, kSourceKinds},
    {"path", [](SourceConfig& s) -> Field { return &s.path; }},
    {"format", [](SourceConfig& s) -> Field { return word(s.format); }, 0, 0, kFormats},
    {"mapping", [](SourceConfig& s) -> Field { return &s.mapping; }},
    {"source", [](SourceConfig& s) -> Field { return &s.source; }},
    {"clock", [](SourceConfig& s) -> Field { return word(s.clock); }, 0, 0, kClocks},
    {"bootstrap", [](SourceConfig& s) -> Field { return &s.bootstrap; }},
    {"topics", [](SourceConfig& s) -> Field { return &s.topics; }},
    {"bounded", [](SourceConfig& s) -> Field { return &s.bounded; }},
    {"follow", [](SourceConfig& s) -> Field { return &s.follow; }},
    {"commands", [](SourceConfig& s) -> Field { return &s.commands; }},
    {"party", [](SourceConfig& s) -> Field { return &s.party; }},
    {"events_per_s", [](SourceConfig& s) -> Field { return &s.events_per_s; }, 0, 100'000'000},
    {"bytes_per_s", [](SourceConfig& s) -> Field { return &s.bytes_per_s; }, 0, 100'000'000'000},
};

/// Optimal string alignment distance: insert, delete, change, or swap of two neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

RawMap& RawConfig::source(const std::string& name) {
  const auto it = std::find_if(sources.begin(), sources.end(), [&](const auto& source) { return source.first == name; });
  return it != sources.end() ? it->second : sources.emplace_back(name, RawMap{}).second;
}

std::span<const Key<Config>> config_keys() { return kConfigKeys; }
std::span<const Key<SourceConfig>> source_keys() { return kSourceKeys; }

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  // A third of the letters wrong is a slip; more is another word.
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace brushwatch::config
