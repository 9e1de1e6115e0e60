// `rules ls|history|check|apply`: what may be set, what is in force, and how it is changed while the stream runs.

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "apps/commands.h"
#include "apps/config_command.h"
#include "apps/desk.h"
#include "apps/exit_codes.h"
#include "apps/ledger_address.h"
#include "apps/prometheus_text.h"
#include "apps/rule_book.h"
#include "apps/rule_history.h"
#include "apps/terminal.h"
#include "connectors/http/client.h"

namespace brushwatch::app {
namespace {

using Json = rapidjson::Writer<rapidjson::StringBuffer>;

void text(Json& w, const char* name, std::string_view v) {
  w.Key(name);
  w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
}
void number(Json& w, const char* name, std::int64_t v) {
  w.Key(name);
  w.Int64(v);
}

std::string version_text(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

/// Appends whole lines to a file that a pipeline follows. One write, so that no reader sees half of them.
Result<void> append_lines(const std::string& path, const std::vector<std::string>& records) {
  std::string lines;
  for (const std::string& r : records) lines += r + "\n";
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << lines;
  file.close();
  if (!file) return tl::unexpected<Error>(Error(ErrorCode::kIo, "cannot append to the file").in(path));
  return {};
}

Result<void> send(const std::string& to, const std::vector<std::string>& records) {
  if (!to.starts_with("kafka://")) return append_lines(to, records);
  for (const std::string& record : records) BW_TRY(send_to_topic(to, record));
  return {};
}

/// The version of the rules that an instance says is in force; empty while it does not hold all of `rules`. A rule that the
/// instance does not name has its default.
Result<std::string> version_at(const HttpAddress& door, const RuleValues& rules, const RuleBook& book) {
  constexpr int kTimeoutMs = 2'000;
  BW_ASSIGN(const std::string page, http_get(door, "/metrics", kTimeoutMs));
  const MetricView view(parse_metrics(page));
  const auto told = view.by("brushwatch_rules_value", "rule");
  for (const auto& [name, value] : rules) {
    const auto it = std::find_if(told.begin(), told.end(), [&n = name](const auto& t) { return t.first == n; });
    const double now = it != told.end() ? it->second : static_cast<double>(book.find(name)->value);
    if (now != static_cast<double>(value)) return std::string();
  }
  for (const auto& [version, in_force] : view.by("brushwatch_rules_info", "version")) if (in_force > 0) return version;
  return std::string();
}

/// Looks every few milliseconds; the time from `since_ns` until the rules were in force.
Result<std::int64_t> wait_in_force(const RulesOptions& options, const RuleFile& file, const RuleBook& book, std::int64_t since_ns, std::string& version) {
  BW_ASSIGN(const HttpAddress door, parse_http_address(options.watch));
  Clock& clock = system_clock();
  for (;;) {
    BW_ASSIGN(version, version_at(door, file.rules, book));
    const std::int64_t waited_ms = (clock.monotonic_ns() - since_ns) / 1'000'000;
    if (!version.empty()) return waited_ms;
    if (waited_ms >= options.timeout_ms || stop_requested()) return fail(ErrorCode::kNotReady, "the instance does not hold the rules yet; its dead letters tell whether it refused them; waited ms", waited_ms);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void print_versions(const std::vector<RuleVersion>& versions, bool as_json) {
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartArray();
  for (const RuleVersion& v : versions) {
    if (!as_json) std::printf("%s  round %llu  %s%s\n", version_text(v.digest).c_str(), static_cast<unsigned long long>(v.round), format_time(v.at).c_str(), v.changes.empty() ? "  the defaults" : "");
    w.StartObject();
    text(w, "version", version_text(v.digest));
    number(w, "round", static_cast<std::int64_t>(v.round));
    text(w, "processing_time", format_time(v.at));
    w.Key("changes");
    w.StartArray();
    for (const RuleChange& c : v.changes) {
      const std::string by = c.source.empty() ? "the configuration" : fmt::format("{}@{}", c.source, c.offset);
      if (!as_json) std::printf("  %-36s %lld → %lld  by %s\n", c.name.c_str(), static_cast<long long>(c.before), static_cast<long long>(c.after), by.c_str());
      w.StartObject();
      text(w, "rule", c.name);
      number(w, "before", c.before);
      number(w, "after", c.after);
      text(w, "source", c.source);
      number(w, "offset", static_cast<std::int64_t>(c.offset));
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
  }
  w.EndArray();
  if (as_json) std::printf("%s\n", buffer.GetString());
}

Result<std::vector<RuleVersion>> history_of(const std::string& address, const Operators& operators) {
  BW_ASSIGN(const auto ledger, open_ledger_to_read(address));
  return rule_history(*ledger, operators);
}

Result<int> apply(const RulesOptions& options, const RuleBook& book, const RuleFile& file) {
  Clock& clock = system_clock();
  const std::int64_t sent_ns = clock.monotonic_ns();
  std::string where = options.to, version;
  std::int64_t visible_ms = -1;
  if (!options.to.empty()) {
    BW_TRY(send(options.to, file.records(clock.now())));
    if (!options.watch.empty()) {
      BW_ASSIGN(visible_ms, wait_in_force(options, file, book, sent_ns, version));
    }
  } else {
    std::optional<EventTime> at;
    if (!options.at.empty()) {
      BW_ASSIGN(at, parse_moment(options.at));
    }
    BW_ASSIGN(const Desk desk, Desk::open(options.desk));
    for (std::size_t i = 0; i < file.records({}).size(); ++i) {
      BW_ASSIGN(const auto answer, desk.append([&](EventTime t) { return file.records(t)[i]; }, at));
      at = answer.at;
    }
    where = options.desk.config.empty() ? options.desk.data : options.desk.config;
  }
  if (options.desk.json) {
    rapidjson::StringBuffer buffer;
    Json w(buffer);
    w.StartObject();
    text(w, "to", where);
    number(w, "rules", static_cast<std::int64_t>(file.rules.size()));
    number(w, "reference", static_cast<std::int64_t>(file.places.size()));
    if (visible_ms >= 0) {
      text(w, "version", version);
      number(w, "visible_ms", visible_ms);
    }
    w.EndObject();
    std::printf("%s\n", buffer.GetString());
  } else {
    std::printf("%zu rules, %zu records of reference data → %s\n", file.rules.size(), file.places.size(), where.c_str());
    if (visible_ms >= 0) std::printf("in force as version %s, seen after %lld ms\n", version.c_str(), static_cast<long long>(visible_ms));
    else std::printf("%s\n", options.to.empty() ? "in force from the ledger's last round on" : "sent; `brushwatch rules history LEDGER` tells from which round on it holds, the dead letters whether it was refused");
  }
  return kExitOk;
}

}  // namespace

int rules_ls(const RulesOptions& options) {
  const Operators operators;
  std::optional<Rules> now;
  if (!options.ledger.empty()) {
    const auto versions = history_of(options.ledger, operators);
    if (!versions) return report(versions.error());
    now = versions->empty() ? operators.rules() : versions->back().rules;
  }
  const bool json = options.desk.json;
  if (!json) std::printf("%-36s %12s %s%14s  %-12s %s\n", "RULE", "DEFAULT", now ? "      IN FORCE " : "", "BOUNDS", "UNIT", "REASON");
  rapidjson::StringBuffer buffer;
  Json w(buffer);
  w.StartArray();
  const RuleBook book(operators);
  for (std::size_t i = 0; i < book.params().size(); ++i) {
    const auto& p = book.params()[i];
    const std::string low = p.low == INT64_MIN ? "" : std::to_string(p.low), high = p.high == INT64_MAX ? "" : std::to_string(p.high);
    const bool differs = now && now->value(i) != p.value;
    if (!json) {
      std::printf("%-36s %12lld %s%14s  %-12s %s\n", p.name.c_str(), static_cast<long long>(p.value), now ? fmt::format("{:>13}{} ", now->value(i), differs ? "*" : " ").c_str() : "",
                  (low + ".." + high).c_str(), p.unit.c_str(), p.reason.c_str());
    }
    w.StartObject();
    text(w, "name", p.name);
    number(w, "value", p.value);
    if (now) number(w, "in_force", now->value(i));
    if (!low.empty()) number(w, "low", p.low);
    if (!high.empty()) number(w, "high", p.high);
    text(w, "unit", p.unit);
    text(w, "reason", p.reason);
    w.EndObject();
  }
  w.EndArray();
  if (json) std::printf("%s\n", buffer.GetString());
  return kExitOk;
}

int rules_history(const RulesOptions& options) {
  const auto versions = history_of(options.ledger, Operators());
  if (!versions) return report(versions.error());
  print_versions(*versions, options.desk.json);
  return kExitOk;
}

int rules_check(const RulesOptions& options) {
  const RuleBook book{Operators()};
  std::vector<ConfigProblem> problems;
  const auto file = read_rule_file(options.file, book, problems);
  if (!file) return report_problems(problems, file.error(), options.desk.json);
  if (options.desk.json) std::printf("{\"ok\":true,\"problems\":[],\"rules\":%zu,\"reference\":%zu}\n", file->rules.size(), file->places.size());
  else {
    for (const auto& [name, value] : file->rules) std::printf("%-36s %12lld  default %lld\n", name.c_str(), static_cast<long long>(value), static_cast<long long>(book.find(name)->value));
    std::printf("ok  %s  %zu rules, %zu records of reference data\n", options.file.c_str(), file->rules.size(), file->places.size());
  }
  return kExitOk;
}

int rules_apply(const RulesOptions& options) {
  if (!options.watch.empty() && options.to.empty()) return report(Error(ErrorCode::kUsage, "--watch looks at a running pipeline: it goes with --to"));
  const RuleBook book{Operators()};
  std::vector<ConfigProblem> problems;
  const auto file = read_rule_file(options.file, book, problems);
  if (!file) return report_problems(problems, file.error(), options.desk.json);
  const auto done = apply(options, book, *file);
  return done ? *done : report(done.error());
}

}  // namespace brushwatch::app
