#include "apps/rule_book.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>

#include "apps/config_keys.h"
#include "connectors/codec/json_decoder.h"
#include "connectors/codec/toml.h"

namespace brushwatch::app {
namespace {

constexpr std::string_view kSwitch = ".enabled";
constexpr std::array<std::string_view, 3> kModes = {"off", "on", "shadow"};  // by value (DetectorMode)

std::string bounds(const Operators::Param& p) {
  const std::string low = p.low == INT64_MIN ? "…" : std::to_string(p.low), high = p.high == INT64_MAX ? "…" : std::to_string(p.high);
  return fmt::format("{} .. {}{}", low, high, p.unit.empty() ? "" : " (" + p.unit + ")");
}

/// Reads one file; problems carry their place.
struct Reader {
  const std::string& path;
  const RuleBook& book;
  std::vector<ConfigProblem>& problems;
  RuleFile out;

  void report(ErrorCode code, const toml::source_region& at, std::string key, std::string text) {
    problems.push_back({code, fmt::format("{}:{}:{}", path, at.begin.line, at.begin.column), std::move(key), std::move(text)});
  }

  void rule(const std::string& name, const toml::node& node, const toml::source_region& at) {
    std::optional<std::int64_t> value;
    if (const auto* whole = node.as_integer()) value = whole->get();
    if (const auto* truth = node.as_boolean(); truth != nullptr && name.ends_with(kSwitch)) value = truth->get() ? 1 : 0;
    if (const auto* word = node.as_string()) value = rule_value(name, word->get());
    if (!value) {
      report(ErrorCode::kConfigType, at, name, name.ends_with(kSwitch) ? "must be \"on\", \"off\" or \"shadow\"" : "must be a whole number, in the unit of the rule");
      return;
    }
    if (std::string wrong = book.complaint(name, *value); !wrong.empty()) {
      report(book.find(name) == nullptr ? ErrorCode::kConfigUnknownKey : ErrorCode::kConfigRange, at, name, std::move(wrong));
      return;
    }
    out.rules.emplace_back(name, *value);
  }

  void rules(const std::string& prefix, const toml::table& table) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      if (const auto* nested = node.as_table()) rules(key + ".", *nested);
      else rule(key, node, name.source());
    }
  }

  /// A table as a record of the public contract: its members are the contract's, checked by the contract's own reader.
  void place(std::string_view type, const toml::table& table) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    const auto text = [&](std::string_view v) { json.String(v.data(), static_cast<rapidjson::SizeType>(v.size())); };
    json.StartObject();
    text("type");
    text(type);
    for (const auto& [name, node] : table) {
      text(name.str());
      if (const auto* whole = node.as_integer()) json.Int64(whole->get());
      else if (const auto* truth = node.as_boolean()) json.Bool(truth->get());
      else if (const auto* word = node.as_string()) text(word->get());
      else return report(ErrorCode::kConfigType, name.source(), std::string(type) + "." + std::string(name.str()), "must be a text, a whole number or true or false; times are RFC 3339 texts");
    }
    if (!table.contains("source")) {
      text("source");
      text("office");
    }
    std::string open(buffer.GetString(), buffer.GetSize());
    JsonDecoderOptions options;
    options.clock = IngestClock::kRecord;
    SourceRecord record;
    const std::string whole = open + R"(,"event_time":"2020-01-01T00:00:00+08:00"})";
    record.bytes = whole;
    std::vector<Event> events;
    if (auto decoded = make_json_decoder(options)->decode(record, EventTime{1'577'836'800'000}, events); !decoded) {
      report(decoded.error().code, table.source(), std::string(type), std::string(decoded.error().text) + (decoded.error().context.empty() ? "" : " at " + decoded.error().context));
      return;
    }
    out.places.push_back(std::move(open));
  }

  void places(std::string_view type, const toml::node& node, const toml::source_region& at) {
    const auto* list = node.as_array();
    if (list == nullptr || !std::all_of(list->begin(), list->end(), [](const toml::node& e) { return e.is_table(); }))
      return report(ErrorCode::kConfigType, at, std::string(type), "write [[…]], with two brackets: there may be several");
    for (const toml::node& element : *list) place(type, *element.as_table());
  }

  void read(const toml::table& file) {
    for (const auto& [name, node] : file) {
      const std::string section(name.str());
      if (section == "rules" && node.is_table()) rules("", *node.as_table());
      else if (section == "promotion") places("ref.promotion", node, name.source());
      else if (section == "public_place") places("ref.public_place", node, name.source());
      else report(ErrorCode::kConfigUnknownKey, name.source(), section, "a file of rules has [rules], [[promotion]] and [[public_place]]");
    }
    std::sort(out.rules.begin(), out.rules.end());
    if (problems.empty() && out.empty()) problems.push_back({ErrorCode::kConfigMissing, path, "rules", "the file changes nothing"});
  }
};

}  // namespace

std::optional<std::int64_t> rule_value(std::string_view name, std::string_view text) {
  if (name.ends_with(kSwitch)) {
    const auto mode = std::find(kModes.begin(), kModes.end(), text);
    if (mode != kModes.end()) return mode - kModes.begin();
  }
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

RuleBook::RuleBook(const Operators& operators) : params_(operators.params()) {
  for (std::size_t i = 0; i < params_.size(); ++i) index_[params_[i].name] = i;
}

const Operators::Param* RuleBook::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &params_[it->second];
}

Result<void> RuleBook::check(std::string_view name, std::int64_t value) const {
  const Operators::Param* p = find(name);
  if (p == nullptr) return fail(ErrorCode::kConfigUnknownKey, "this program has no such rule");
  if (value < p->low || value > p->high) return fail(ErrorCode::kConfigRange, "the value lies outside the rule's bounds", value);
  return {};
}

std::string RuleBook::complaint(std::string_view name, std::int64_t value) const {
  const Operators::Param* p = find(name);
  if (p != nullptr) return value < p->low || value > p->high ? fmt::format("{} lies outside {}", value, bounds(*p)) : "";
  std::vector<std::string> names;
  for (const auto& param : params_) names.push_back(param.name);
  const std::string near = config::nearest(name, names);
  return "no such rule" + (near.empty() ? "; `brushwatch rules ls` lists them" : "; did you mean \"" + near + "\"?");
}

RuleCheck RuleBook::checker() const {
  return [book = std::make_shared<const RuleBook>(*this)](std::string_view name, std::int64_t value) { return book->check(name, value); };
}

std::vector<std::string> RuleFile::records(EventTime at) const {
  std::vector<std::string> out;
  const std::string time = format_time(at);
  for (const std::string& open : places) out.push_back(open + ",\"event_time\":\"" + time + "\"}");
  if (rules.empty()) return out;
  std::string line = R"({"type":"rule.set","source":"office","event_time":")" + time + R"(","rules":{)";
  for (std::size_t i = 0; i < rules.size(); ++i) line += fmt::format("{}\"{}\":{}", i == 0 ? "" : ",", rules[i].first, rules[i].second);
  out.push_back(line + "}}");
  return out;
}

Result<RuleFile> read_rule_file(const std::string& path, const RuleBook& book, std::vector<ConfigProblem>& problems) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) return tl::unexpected<Error>(Error(ErrorCode::kNotFound, "cannot read the file of rules").in(path));
  const toml::parse_result parsed = toml::parse(text, path);
  Reader reader{path, book, problems, {}};
  if (!parsed) reader.report(ErrorCode::kConfigSyntax, parsed.error().source(), "", std::string(parsed.error().description()));
  else reader.read(parsed.table());
  if (!problems.empty()) return tl::unexpected<Error>(Error(ErrorCode::kConfigSyntax, "the file of rules has problems").in(path));
  return std::move(reader.out);
}

}  // namespace brushwatch::app
