// A configuration file becomes raw values with their places.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "apps/config_keys.h"
#include "connectors/codec/toml.h"

namespace brushwatch::config {
namespace {

struct Reader {
  const std::string& path;
  RawConfig& raw;
  std::vector<ConfigProblem>& problems;

  [[nodiscard]] std::string place(const toml::source_region& at) const {
    return fmt::format("{}:{}:{}", path, at.begin.line, at.begin.column);
  }
  void report(ErrorCode code, const toml::source_region& at, std::string key, std::string text) const {
    problems.push_back({code, place(at), std::move(key), std::move(text)});
  }

  /// nullopt, with a problem, when the value has a form that no key takes.
  [[nodiscard]] std::optional<RawValue> scalar(const std::string& key, const toml::node& node) const {
    if (const auto* v = node.as_integer()) return RawValue(v->get());
    if (const auto* v = node.as_floating_point()) return RawValue(v->get());
    if (const auto* v = node.as_boolean()) return RawValue(v->get());
    if (const auto* v = node.as_string()) return RawValue(v->get());
    if (const auto* list = node.as_array()) {
      std::vector<std::string> out;
      for (const toml::node& element : *list) {
        const auto* text = element.as_string();
        if (text == nullptr) {
          report(ErrorCode::kConfigType, element.source(), key, "every element of the list must be a string");
          return std::nullopt;
        }
        out.push_back(text->get());
      }
      return RawValue(std::move(out));
    }
    report(ErrorCode::kConfigType, node.source(), key, "dates and times are not taken here");
    return std::nullopt;
  }

  /// `prefix` + the dotted path below it; nested tables are the same as dotted keys.
  void flatten(const std::string& prefix, const toml::table& table, RawMap& out) const {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (const auto* nested = node.as_table()) {
        flatten(key + ".", *nested, out);
      } else if (auto value = scalar(key, node)) {
        out.insert_or_assign(key, Raw{std::move(*value), place(name.source())});
      }
    }
  }

  void sources(const toml::node& node, const toml::source_region& at) const {
    const auto* list = node.as_array();
    if (list == nullptr) {
      report(ErrorCode::kConfigType, at, "source", "write [[source]], with two brackets: there may be several");
      return;
    }
    for (const toml::node& element : *list) {
      const auto* table = element.as_table();
      if (table == nullptr) {
        report(ErrorCode::kConfigType, element.source(), "source", "each source is a table: [[source]]");
        continue;
      }
      const auto* name = table->get_as<std::string>("name");
      if (name == nullptr || name->get().empty()) {
        report(ErrorCode::kConfigMissing, table->source(), "source.name", "each source needs a name of its own");
        continue;
      }
      if (name->get().find('.') != std::string::npos) {
        report(ErrorCode::kConfigRange, name->source(), "source.name", "a source's name has no dots");
        continue;
      }
      // Twice in one file is a slip; in a later file it is an override.
      if (std::find(named.begin(), named.end(), name->get()) != named.end()) {
        report(ErrorCode::kConfigRange, name->source(), "source." + name->get(), "there is already a source of this name in this file");
        continue;
      }
      named.push_back(name->get());
      flatten("", *table, raw.source(name->get()));
    }
  }
  mutable std::vector<std::string> named;
};

}  // namespace

bool read_toml(const std::string& path, RawConfig& raw, std::vector<ConfigProblem>& problems) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) return false;
  const toml::parse_result parsed = toml::parse(text, path);
  const Reader reader{path, raw, problems, {}};
  if (!parsed) {
    reader.report(ErrorCode::kConfigSyntax, parsed.error().source(), "", std::string(parsed.error().description()));
    return true;
  }
  for (const auto& [name, node] : parsed.table()) {
    const std::string section(name.str());
    if (section == "source") {
      reader.sources(node, name.source());
    } else if (const auto* table = node.as_table()) {
      reader.flatten(section + ".", *table, raw.keys);
    } else if (auto value = reader.scalar(section, node)) {
      raw.keys.insert_or_assign(section, Raw{std::move(*value), reader.place(name.source())});
    }
  }
  return true;
}

}  // namespace brushwatch::config
