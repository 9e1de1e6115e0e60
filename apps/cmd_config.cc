// `config check`, `config show`, `topics plan`, `topics apply`: a configuration without running it.

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdio>

#include "apps/config_command.h"
#include "apps/exit_codes.h"
#include "apps/host.h"
#include "apps/member_topics.h"
#include "apps/session.h"
#include "apps/terminal.h"
#include "connectors/kafka/kafka_access.h"

namespace brushwatch::app {

Result<Config> load_for_command(const RunCommandOptions& options, std::vector<ConfigProblem>& problems) {
  ConfigInputs inputs;
  inputs.path = options.config;
  inputs.environment = config_environment();
  for (const std::string& text : options.set) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return tl::unexpected<Error>(Error(ErrorCode::kUsage, "an override is section.key=value").in(text));
    inputs.overrides[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return load_config(inputs, problems);
}

int report_problems(const std::vector<ConfigProblem>& problems, const Error& error, bool json) {
  if (json) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
    const auto text = [&](const char* name, const std::string& v) { w.Key(name); w.String(v.c_str(), static_cast<rapidjson::SizeType>(v.size())); };
    w.StartObject();
    w.Key("ok"); w.Bool(false);
    w.Key("problems");
    w.StartArray();
    for (const ConfigProblem& p : problems) {
      w.StartObject();
      text("where", p.where);
      text("key", p.key);
      text("text", p.text);
      w.Key("code"); w.Uint(static_cast<unsigned>(p.code));
      w.EndObject();
    }
    w.EndArray();
    w.EndObject();
    std::printf("%s\n", buffer.GetString());
  }
  for (const ConfigProblem& p : problems) std::fprintf(stderr, "%s\n", p.message().c_str());
  return problems.empty() ? report(error) : kExitConfig;
}

int config_check(const RunCommandOptions& options) {
  std::vector<ConfigProblem> problems;
  auto config = load_for_command(options, problems);
  if (!config) return report_problems(problems, config.error(), options.json);
  // The registry knows the rules' names; the reader of the file does not.
  std::vector<std::string> rules;
  for (const auto& [name, value] : config->rules) rules.push_back(name + "=" + std::to_string(value));
  const auto checked = parse_rules(Operators(), rules);
  if (!checked) return report(checked.error());
  if (options.json) std::printf("{\"ok\":true,\"problems\":[],\"hash\":\"%s\"}\n", config_hash(*config).c_str());
  else std::printf("ok  %s  hash %s\n", options.config.c_str(), config_hash(*config).c_str());
  return kExitOk;
}

int config_show(const RunCommandOptions& options, bool origin) {
  std::vector<ConfigProblem> problems;
  auto config = load_for_command(options, problems);
  if (!config) return report_problems(problems, config.error(), options.json);
  const std::string text = show_config(*config, origin);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kExitOk;
}

namespace {

std::vector<KafkaTopicPlan> planned_topics(const Config& config) {
  std::vector<KafkaTopicPlan> out;
  for (const SourceConfig& s : config.sources) {
    if (s.kind != SourceKind::kKafka) continue;
    for (const std::string& topic : s.topics) out.push_back({config.bootstrap_of(s.bootstrap), topic, "in", 0, static_cast<int>(config.ledger.replication), false});
  }
  if (config.ledger.kind == Transport::kKafka) out.push_back({config.bootstrap_of(config.ledger.bootstrap), config.ledger.topic, "ledger", config.pipeline.partitions, static_cast<int>(config.ledger.replication), true});
  if (config.output.kind == Transport::kKafka) {
    const std::string at = config.bootstrap_of(config.output.bootstrap);
    out.push_back({at, config.output.alerts, "alerts", config.pipeline.partitions, static_cast<int>(config.output.replication), true});
    out.push_back({at, config.output.late, "late", config.pipeline.partitions, static_cast<int>(config.output.replication), true});
    out.push_back({at, config.output.dlq, "dlq", config.pipeline.partitions, static_cast<int>(config.output.replication), true});
    out.push_back({at, config.output.cases, "cases", config.pipeline.partitions, static_cast<int>(config.output.replication), true});
    out.push_back({at, config.output.lists, "lists", config.pipeline.partitions, static_cast<int>(config.output.replication), true});
    out.push_back({at, config.output.credit, "credit", config.pipeline.partitions, static_cast<int>(config.output.replication), true});
  }
  for (KafkaTopicPlan& plan : member_topic_plans(config)) out.push_back(std::move(plan));
  if (config.standby.enabled) {
    const std::string at = config.bootstrap_of(config.ledger.bootstrap);
    out.push_back({at, config.standby.topic, "lead", 1, static_cast<int>(config.ledger.replication), false});
    if (config.http.enabled) out.push_back({at, config.standby.doors, "doors", 1, static_cast<int>(config.ledger.replication), false, doors_topic_settings()});
  }
  return out;
}

/// What members' principals need at the broker: their permissions as they are, and the commands that give them passwords.
Result<bool> show_access(const Config& config, bool apply, rapidjson::Writer<rapidjson::StringBuffer>& w, bool json) {
  std::vector<KafkaAcl> wanted;
  for (const ConfiguredMember& m : configured_members(config)) {
    for (KafkaAcl& acl : reader_acls(m.who.name, m.topics())) wanted.push_back(std::move(acl));
  }
  if (wanted.empty()) return true;
  auto missing = missing_kafka_acls(config.members.bootstrap, wanted, config.kafka_properties());
  const bool open = !missing && missing.error().code == ErrorCode::kUnsupported;
  if (!missing && !open) return tl::unexpected<Error>(std::move(missing.error()));
  if (open) std::fprintf(stderr, "%s\n", missing.error().message().c_str());
  if (!open && apply) BW_TRY(create_kafka_acls(config.members.bootstrap, *missing, config.kafka_properties()));
  bool well = !open;
  if (!json) std::printf("\n%-8s %s\n", "ACL", "PERMISSION");
  for (const KafkaAcl& acl : wanted) {
    const bool lacks = open || std::find(missing->begin(), missing->end(), acl) != missing->end();
    well = well && (!lacks || apply);
    const char* state = !lacks ? "ok" : open ? "no acl" : apply ? "made" : "missing";
    if (!json) std::printf("%-8s %s\n", state, acl.text().c_str());
    w.StartObject();
    w.Key("role"); w.String("acl");
    w.Key("permission"); w.String(acl.text().c_str());
    w.Key("state"); w.String(state);
    w.EndObject();
  }
  if (!json) {
    std::printf("\nEach member's password is set once, by the broker's own tool (PASSWORD is the member's):\n");
    for (const ConfiguredMember& m : configured_members(config)) {
      std::printf("  kafka-configs.sh --bootstrap-server %s --command-config admin.properties --alter --entity-type users --entity-name %s --add-config 'SCRAM-SHA-512=[iterations=8192,password=PASSWORD]'\n",
                  config.members.bootstrap.c_str(), m.who.name.c_str());
    }
  }
  return well;
}

Result<bool> show_topics(const Config& config, bool apply, bool json) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> w(buffer);
  const auto text = [&](const char* name, const std::string& v) { w.Key(name); w.String(v.c_str(), static_cast<rapidjson::SizeType>(v.size())); };
  const auto planned = planned_topics(config);
  if (planned.empty()) std::fprintf(stderr, "no section of this configuration uses Kafka\n");
  bool all_well = true;
  w.StartArray();
  if (!json && !planned.empty()) std::printf("%-8s %-32s %10s  %s\n", "ROLE", "TOPIC", "PARTITIONS", "STATE");
  for (const KafkaTopicPlan& plan : planned) {
    BW_ASSIGN(KafkaTopicState state, look_at_kafka_topic(plan, config.kafka_properties()));
    const bool made = apply && state.partitions == 0;
    if (made) {
      BW_TRY(create_kafka_topic(plan, config.kafka_properties()));
      BW_ASSIGN(state, look_at_kafka_topic(plan, config.kafka_properties()));
    }
    const std::string problem = state.problem(plan);
    all_well = all_well && problem.empty();
    if (!json) std::printf("%-8s %-32s %10u  %s\n", plan.role.c_str(), plan.topic.c_str(), state.partitions, !problem.empty() ? problem.c_str() : made ? "made" : "ok");
    w.StartObject();
    text("role", plan.role);
    text("topic", plan.topic);
    w.Key("partitions"); w.Uint(state.partitions);
    w.Key("planned_partitions"); w.Uint(plan.partitions);
    text("retention_ms", state.retention_ms);
    w.Key("made"); w.Bool(made);
    text("problem", problem);
    w.EndObject();
  }
  BW_ASSIGN(const bool access_well, show_access(config, apply, w, json));
  w.EndArray();
  if (json) std::printf("%s\n", buffer.GetString());
  return all_well && access_well;
}

}  // namespace

int topics(const RunCommandOptions& options, bool apply) {
  std::vector<ConfigProblem> problems;
  auto config = load_for_command(options, problems);
  if (!config) return report_problems(problems, config.error(), options.json);
  auto well = show_topics(*config, apply, options.json);
  if (!well) return report(well.error());
  return *well ? kExitOk : kExitFindings;
}

}  // namespace brushwatch::app
