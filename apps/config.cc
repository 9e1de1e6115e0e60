#include "apps/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <tuple>

#include "apps/config_keys.h"
#include "doors/access.h"
#include "doors/certificate.h"

extern char** environ;  // NOLINT: POSIX

namespace brushwatch {
namespace {

using config::Key;
using config::Raw;
using config::RawConfig;
using config::RawMap;

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool is_secret(std::string_view property) {
  return property.find("password") != std::string_view::npos || property.find("secret") != std::string_view::npos ||
         property == "ssl.key.pem" || property == "sasl.oauthbearer.config";
}

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> out;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(by, begin);
    out.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return out;
    begin = end + by.size();
  }
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Loader {
 public:
  Loader(const ConfigInputs& inputs, std::vector<ConfigProblem>& problems) : inputs_(inputs), problems_(problems) {}

  Result<Config> load() {
    if (!inputs_.path.empty()) {
      if (!config::read_toml(inputs_.path, raw_, problems_)) {
        problems_.push_back({ErrorCode::kNotFound, inputs_.path, "", "the file cannot be read"});
      }
      read_fragments();
    }
    for (const auto& [name, value] : inputs_.environment) take_variable(name, value);
    for (const auto& [key, value] : inputs_.overrides) take(split(key, "."), value, "--set " + key);
    bind_plain();
    for (const auto& [name, keys] : raw_.sources) bind_source(name, keys);
    bind_rules();
    bind_kafka();
    fill_in();
    list_entries();
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const ConfigProblem& a, const ConfigProblem& b) { return place(a.where) < place(b.where); });
    if (problems_.empty()) return std::move(config_);
    return tl::unexpected<Error>(Error(problems_.front().code, "the configuration has problems",
                                       static_cast<std::int64_t>(problems_.size())).in(problems_.front().message()));
  }

 private:
  void report(ErrorCode code, const std::string& where, const std::string& key, std::string text) {
    problems_.push_back({code, where, key, std::move(text)});
  }

  /// "file:12:3" in an order where line 9 comes before line 12.
  static std::tuple<std::string, std::int64_t, std::int64_t> place(const std::string& where) {
    const std::vector<std::string> parts = split(where, ":");
    if (parts.size() < 3) return {where, 0, 0};
    return {parts[0], to_integer(parts[parts.size() - 2]).value_or(0), to_integer(parts.back()).value_or(0)};
  }

  void read_fragments() {
    const auto folder = std::filesystem::path(inputs_.path).parent_path() / "conf.d";
    std::vector<std::string> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (entry.path().extension() == ".toml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      if (!config::read_toml(file, raw_, problems_)) report(ErrorCode::kNotFound, file, "", "the file cannot be read");
    }
  }

  /// BRUSHWATCH_PIPELINE__THREADS, BRUSHWATCH_SOURCE__ORDERS__PATH, BRUSHWATCH_RULES__D1__MIN_COUNT. Variables have no dots
  /// and mostly no lower case: a double underscore is a dot, and names are compared without case.
  void take_variable(const std::string& name, const std::string& value) {
    static constexpr std::string_view kPrefix = "BRUSHWATCH_";
    if (name.rfind(kPrefix, 0) != 0 || name.find("__") == std::string::npos) return;
    std::vector<std::string> parts = split(std::string_view(name).substr(kPrefix.size()), "__");
    const bool rule = lower(parts[0]) == "rules";
    for (std::string& part : parts) part = lower(part);
    // Detectors are called D1…; all other owners of rules are lower case.
    if (rule && parts.size() > 1 && parts[1].size() > 1 && parts[1][0] == 'd' && to_integer(parts[1].substr(1))) parts[1][0] = 'D';
    if (parts[0] == "source" && parts.size() > 1) {
      for (const auto& [source, keys] : raw_.sources) {
        std::string plain = lower(source);
        std::replace(plain.begin(), plain.end(), '-', '_');
        if (plain == parts[1]) parts[1] = source;
      }
    }
    take(parts, value, name);
  }

  void take(const std::vector<std::string>& parts, const std::string& value, const std::string& where) {
    std::string key = parts[0];
    if (parts[0] == "source" && parts.size() >= 3) {
      key.clear();
      for (std::size_t i = 2; i < parts.size(); ++i) key += (i > 2 ? "." : "") + parts[i];
      RawMap& source = raw_.source(parts[1]);
      source.insert_or_assign("name", source.count("name") != 0 ? source.at("name") : Raw{parts[1], where});
      source.insert_or_assign(key, Raw{value, where, false});
      return;
    }
    for (std::size_t i = 1; i < parts.size(); ++i) key += "." + parts[i];
    raw_.keys.insert_or_assign(key, Raw{value, where, false});
  }

  // --- From raw values to fields. ---

  template <class T>
  void set(const Key<T>& key, T& object, const std::string& full, const Raw& raw) {
    const auto wrong = [&](std::string_view wanted) {
      report(ErrorCode::kConfigType, raw.where, full, fmt::format("must be {}", wanted));
    };
    const auto* text = std::get_if<std::string>(&raw.value);
    const auto number = [&](auto* at) {
      std::optional<std::int64_t> n;
      if (const auto* v = std::get_if<std::int64_t>(&raw.value)) n = *v;
      else if (!raw.typed && text != nullptr) n = to_integer(*text);
      if (!n) return wrong(fmt::format("a whole number from {} to {}", key.low, key.high));
      if (*n < key.low || *n > key.high) {
        return report(ErrorCode::kConfigRange, raw.where, full, fmt::format("{} is out of range: {} to {}", *n, key.low, key.high));
      }
      *at = static_cast<std::remove_reference_t<decltype(*at)>>(*n);
    };
    std::visit(Overload{
        [&](std::uint16_t* at) { number(at); },
        [&](std::uint32_t* at) { number(at); },
        [&](std::uint64_t* at) { number(at); },
        [&](bool* at) {
          if (const auto* v = std::get_if<bool>(&raw.value)) *at = *v;
          else if (!raw.typed && text != nullptr && (*text == "true" || *text == "false")) *at = *text == "true";
          else wrong("true or false");
        },
        [&](std::string* at) { text != nullptr ? void(*at = *text) : wrong("a string"); },
        [&](std::vector<std::string>* at) {
          if (const auto* v = std::get_if<std::vector<std::string>>(&raw.value)) *at = *v;
          else if (!raw.typed && text != nullptr) *at = split(*text, ",");
          else wrong("a list of strings");
        },
        [&](config::Word word) {
          const auto it = text == nullptr ? key.words.end() : std::find(key.words.begin(), key.words.end(), *text);
          if (it != key.words.end()) { *word.at = static_cast<std::uint8_t>(it - key.words.begin()); return; }
          const std::vector<std::string> words(key.words.begin(), key.words.end());
          const std::string near = text == nullptr ? "" : config::nearest(*text, words);
          report(text == nullptr ? ErrorCode::kConfigType : ErrorCode::kConfigRange, raw.where, full,
                 fmt::format("must be one of {}{}", fmt::join(words, ", "), near.empty() ? "" : "; did you mean \"" + near + "\"?"));
        },
    }, key.field(object));
  }

  void unknown(const std::string& full, const std::string& word, const Raw& raw, const std::vector<std::string>& candidates) {
    const std::string near = config::nearest(word, candidates);
    report(ErrorCode::kConfigUnknownKey, raw.where, full,
           near.empty() ? "unknown key" : fmt::format("unknown key; did you mean \"{}\"?", near));
  }

  void bind_plain() {
    for (const auto& [full, raw] : raw_.keys) {
      const std::size_t dot = full.find('.');
      const std::string section = full.substr(0, dot);
      if (dot != std::string::npos && std::count(std::begin(config::kFreeSections), std::end(config::kFreeSections), section) != 0) continue;
      const Key<Config>* found = nullptr;
      std::vector<std::string> siblings, sections{"source"};
      for (const std::string_view free : config::kFreeSections) sections.emplace_back(free);
      for (const Key<Config>& key : config::config_keys()) {
        if (key.name == full) found = &key;
        const std::size_t at = key.name.find('.');
        if (key.name.substr(0, at) == section) siblings.emplace_back(key.name.substr(at + 1));
        if (sections.back() != key.name.substr(0, at)) sections.emplace_back(key.name.substr(0, at));
      }
      if (found != nullptr) {
        set(*found, config_, full, raw);
        origins_[full] = raw.where;
      } else if (siblings.empty()) {
        const std::string near = config::nearest(section, sections);
        report(ErrorCode::kConfigUnknownKey, raw.where, full,
               near.empty() ? "unknown section" : fmt::format("unknown section; did you mean [{}]?", near));
      } else {
        unknown(full, dot == std::string::npos ? full : full.substr(dot + 1), raw, siblings);
      }
    }
  }

  void bind_source(const std::string& name, const RawMap& keys) {
    SourceConfig source;
    source.name = name;
    const std::string prefix = "source." + name + ".";
    std::vector<std::string> names;
    for (const auto& key : config::source_keys()) names.emplace_back(key.name);
    for (const auto& [word, raw] : keys) {
      const auto table = config::source_keys();
      const auto it = std::find_if(table.begin(), table.end(), [&w = word](const auto& key) { return key.name == w; });
      if (it == table.end()) { unknown(prefix + word, word, raw, names); continue; }
      set(*it, source, prefix + word, raw);
      origins_[prefix + word] = raw.where;
    }
    config_.sources.push_back(std::move(source));
  }

  void bind_rules() {
    for (const auto& [full, raw] : raw_.keys) {
      if (full.rfind("rules.", 0) != 0) continue;
      std::optional<std::int64_t> value;
      if (const auto* v = std::get_if<std::int64_t>(&raw.value)) value = *v;
      else if (!raw.typed) value = to_integer(std::get<std::string>(raw.value));
      if (!value) { report(ErrorCode::kConfigType, raw.where, full, "must be a whole number, in the unit of the rule"); continue; }
      config_.rules[full.substr(6)] = *value;
      origins_[full] = raw.where;
    }
  }

  void bind_kafka() {
    for (const auto& [full, raw] : raw_.keys) {
      if (full.rfind("kafka.", 0) != 0) continue;
      std::string property = full.substr(6);
      std::string value = std::visit(Overload{
          [](const std::string& v) { return v; },
          [](bool v) { return std::string(v ? "true" : "false"); },
          [](const std::vector<std::string>& v) { return fmt::format("{}", fmt::join(v, ",")); },
          [](auto v) { return fmt::format("{}", v); },
      }, raw.value);
      static constexpr std::string_view kFile = "_file";
      if (property.size() > kFile.size() && property.compare(property.size() - kFile.size(), kFile.size(), kFile) == 0) {
        property.resize(property.size() - kFile.size());
        std::ifstream file(value, std::ios::binary);
        std::string line;
        if (!std::getline(file, line) || line.empty()) {
          report(ErrorCode::kConfigMissing, raw.where, full, "the secret's file cannot be read or its first line is empty");
          continue;
        }
        if (line.back() == '\r') line.pop_back();
        value = std::move(line);
      }
      config_.kafka[property] = std::move(value);
      origins_["kafka." + property] = raw.where;
    }
  }

  // --- What follows from other values. ---

  [[nodiscard]] std::string origin(const std::string& key) const {
    const auto it = origins_.find(key);
    return it == origins_.end() ? "default" : it->second;
  }
  void derive(std::string& field, const std::string& key, const std::string& value) {
    if (field.empty()) field = value;
    else if (origins_.count(key) == 0) origins_[key] = "default";
  }

  void fill_in() {
    const auto servers = config_.kafka.find("bootstrap.servers");
    const std::string fallback = servers == config_.kafka.end() ? "" : servers->second;
    const auto needs_broker = [&](std::string& bootstrap, const std::string& section, const std::string& kind_key) {
      derive(bootstrap, section + ".bootstrap", fallback);
      if (bootstrap.empty()) {
        report(ErrorCode::kConfigMissing, origin(kind_key), section + ".bootstrap",
               "kind kafka needs a bootstrap (host:port), here or as kafka.\"bootstrap.servers\"");
      }
    };
    const std::string& data = config_.pipeline.data_dir;
    if (data.empty()) report(ErrorCode::kConfigRange, origin("pipeline.data_dir"), "pipeline.data_dir", "must not be empty");
    derive(config_.ledger.path, "ledger.path", data + "/ledger");
    if (config_.ledger.kind == Transport::kKafka) needs_broker(config_.ledger.bootstrap, "ledger", "ledger.kind");
    const bool topics = config_.output.kind == Transport::kKafka;
    derive(config_.output.path, "output.path", data + "/out");
    derive(config_.output.alerts, "output.alerts", topics ? "brushwatch.alert.v1" : "alerts.jsonl");
    derive(config_.output.late, "output.late", topics ? "brushwatch.late.v1" : "late.jsonl");
    derive(config_.output.dlq, "output.dlq", topics ? "brushwatch.dlq.v1" : "dlq.jsonl");
    derive(config_.output.cases, "output.cases", topics ? "brushwatch.case.v1" : "cases.jsonl");
    derive(config_.output.lists, "output.lists", topics ? "brushwatch.list.v1" : "lists.jsonl");
    derive(config_.output.credit, "output.credit", topics ? "brushwatch.credit.v1" : "credit.jsonl");
    if (topics) needs_broker(config_.output.bootstrap, "output", "output.kind");
    derive(config_.standby.topic, "standby.topic", config_.ledger.topic + ".lead");
    derive(config_.standby.doors, "standby.doors", config_.ledger.topic + ".doors");
    derive(config_.standby.group, "standby.group", config_.standby.topic);
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    derive(config_.standby.instance, "standby.instance", host[0] == '\0' ? "brushwatch" : host);
    if (config_.standby.enabled && (config_.ledger.kind != Transport::kKafka || !topics)) {
      report(ErrorCode::kConfigRange, origin("standby.enabled"), "standby.enabled", "needs a ledger and outputs that every instance can reach: kind kafka for both");
    }
    bool http_source = false;
    for (SourceConfig& source : config_.sources) {
      const std::string section = "source." + source.name;
      const std::string where = origin(section + ".name");
      const auto missing = [&](std::string_view key, std::string_view why) {
        report(ErrorCode::kConfigMissing, where, section + "." + std::string(key), std::string(why));
      };
      if (source.kind == SourceKind::kFile && source.path.empty()) missing("path", "kind file needs a path");
      if (source.format == SourceFormat::kCsv && source.mapping.empty()) missing("mapping", "format csv needs a mapping file");
      if (source.kind == SourceKind::kKafka) {
        if (source.topics.empty()) missing("topics", "kind kafka needs topics");
        needs_broker(source.bootstrap, section, section + ".name");
      }
      // Whoever can write the file runs the program; a topic and a door are open to members.
      if (origins_.count(section + ".commands") == 0) source.commands = source.kind == SourceKind::kFile;
      if (source.party.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") != std::string::npos || source.party.size() > kNamedIdMax) {
        report(ErrorCode::kConfigRange, where, section + ".party", "is a platform or carrier as events name it, e.g. \"taobao\"");
      }
      if (source.kind == SourceKind::kHttp) {
        if (http_source) report(ErrorCode::kConfigRange, where, section + ".kind", "there is one HTTP door, so one source of kind http");
        http_source = true;
      }
    }
    if (http_source && origins_.count("http.enabled") == 0) config_.http.enabled = true;
    const std::string& role = config_.access.anonymous_role;
    if (!role.empty() && (!doors::role_from_name(role) || role == "public")) {
      report(ErrorCode::kConfigRange, origin("access.anonymous_role"), "access.anonymous_role", "is a role of docs/access.md, e.g. \"analyst\"");
    } else if (!role.empty() && !is_loopback(config_.http.address)) {
      report(ErrorCode::kConfigRange, origin("access.anonymous_role"), "access.anonymous_role", "is for loopback only; others show a token");
    }
    const AccessConfig& access = config_.access;
    if (access.jwks.empty() != access.issuer.empty() || access.jwks.empty() != access.audience.empty()) {
      report(ErrorCode::kConfigMissing, origin("access.jwks"), "access.jwks", "jwks, issuer and audience are given together");
    } else if (!access.jwks.empty() && !role.empty()) {
      report(ErrorCode::kConfigRange, origin("access.anonymous_role"), "access.anonymous_role", "either tokens or an anonymous role");
    }
    const HttpConfig& http = config_.http;
    if (http.tls_certificate.empty() != http.tls_key.empty()) {
      report(ErrorCode::kConfigMissing, origin("http.tls_certificate"), "http.tls_certificate", "tls_certificate and tls_key are given together");
    }
    if (access.client_ca.empty() != access.certificates.empty()) {
      report(ErrorCode::kConfigMissing, origin("access.client_ca"), "access.client_ca", "client_ca and certificates are given together");
    } else if (!access.client_ca.empty() && http.tls_certificate.empty()) {
      report(ErrorCode::kConfigMissing, origin("access.client_ca"), "http.tls_certificate", "client certificates are shown over TLS: give the door a certificate");
    } else if (!access.client_ca.empty() && !role.empty()) {
      report(ErrorCode::kConfigRange, origin("access.anonymous_role"), "access.anonymous_role", "either client certificates or an anonymous role");
    }
    for (const std::string& line : access.certificates) {
      if (!doors::read_certificate_rule(line))
        report(ErrorCode::kConfigRange, origin("access.certificates"), "access.certificates", "each is \"SUBJECT -> ROLE[:PARTY[:NAME]]\", e.g. \"CN=ops,O=Taobao -> platform:taobao\" (docs/access.md)");
    }
    for (const std::string& member : config_.members.topics) {
      const std::size_t colon = member.find(':');
      const std::string name = member.substr(0, colon);
      const auto of = colon == std::string::npos ? std::nullopt : doors::role_from_name(member.substr(colon + 1));
      const bool plain = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
      if (!plain || !of || *of == doors::Role::kPublic)
        report(ErrorCode::kConfigRange, origin("members.topics"), "members.topics", "each is name:role, the name of a-z, 0-9 and -, the role one of docs/access.md");
    }
    if (!config_.members.topics.empty()) {
      derive(config_.members.bootstrap, "members.bootstrap", config_.output.bootstrap.empty() ? fallback : config_.output.bootstrap);
      if (config_.members.bootstrap.empty()) report(ErrorCode::kConfigMissing, origin("members.topics"), "members.bootstrap", "members' topics need a broker (host:port)");
      if (!config_.http.enabled && !http_source) report(ErrorCode::kConfigRange, origin("members.topics"), "http.enabled", "members' topics are fed from what the HTTP door reads: enable it");
    }
    if (origins_.count("webhooks.enabled") == 0) config_.webhooks.enabled = config_.http.enabled;
    if (config_.webhooks.allow_loopback && !is_loopback(config_.http.address)) {
      report(ErrorCode::kConfigRange, origin("webhooks.allow_loopback"), "webhooks.allow_loopback", "is for loopback only: members must not reach what listens on this machine");
    }
    if (http_source && !config_.http.enabled) {
      report(ErrorCode::kConfigRange, origin("http.enabled"), "http.enabled", "must be true: there is a source of kind http");
    }
  }

  static bool is_loopback(const std::string& address) { return address.rfind("127.", 0) == 0 || address == "::1"; }

  // --- What is in effect. ---

  template <class T>
  std::string written(const Key<T>& key, T& object) {
    return std::visit(Overload{
        [](const std::string* at) { return config::toml_string(*at); },
        [](const bool* at) { return std::string(*at ? "true" : "false"); },
        [](const std::vector<std::string>* at) {
          std::vector<std::string> out;
          for (const std::string& element : *at) out.push_back(config::toml_string(element));
          return fmt::format("[{}]", fmt::join(out, ", "));
        },
        [&key](config::Word word) { return config::toml_string(key.words[*word.at]); },
        [](const auto* at) { return fmt::format("{}", *at); },
    }, key.field(object));
  }

  void list_entries() {
    for (const auto& key : config::config_keys()) {
      config_.entries.push_back({std::string(key.name), written(key, config_), origin(std::string(key.name))});
    }
    for (SourceConfig& source : config_.sources) {
      for (const auto& key : config::source_keys()) {
        const std::string full = "source." + source.name + "." + std::string(key.name);
        config_.entries.push_back({full, written(key, source), origin(full)});
      }
    }
    for (const auto& [name, value] : config_.rules) {
      config_.entries.push_back({"rules." + name, std::to_string(value), origin("rules." + name)});
    }
    for (const auto& [name, value] : config_.kafka) {
      config_.entries.push_back({"kafka." + name, is_secret(name) ? config::toml_string("***") : config::toml_string(value), origin("kafka." + name)});
    }
  }

  const ConfigInputs& inputs_;
  std::vector<ConfigProblem>& problems_;
  RawConfig raw_;
  Config config_;
  std::map<std::string, std::string> origins_;
};

}  // namespace

std::string ConfigProblem::message() const {
  return fmt::format("{}: E{} {}{}{}", where, static_cast<unsigned>(code), key, key.empty() ? "" : ": ", text);
}

Result<Config> load_config(const ConfigInputs& inputs, std::vector<ConfigProblem>& problems) {
  problems.clear();
  return Loader(inputs, problems).load();
}

std::map<std::string, std::string> config_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (text.rfind("BRUSHWATCH_", 0) == 0 && equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> Config::kafka_properties() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : kafka) if (name != "bootstrap.servers") out.emplace_back(name, value);
  return out;
}

std::string Config::bootstrap_of(const std::string& own) const {
  if (!own.empty()) return own;
  const auto it = kafka.find("bootstrap.servers");
  return it == kafka.end() ? std::string() : it->second;
}

}  // namespace brushwatch
